"""What is answered where a request cannot be: the status, and one kind sentence that says what to do."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from scribe.accounts import LockedError, LoginError, OwnAccountError, SamePasswordError, SignInError, WeakPasswordError
from scribe.devices import RefusalError
from scribe.domain.errors import ScribeError
from scribe.patient_sheet.errors import PdfTimeoutError, PdfUnavailableError
from scribe.signing import ContentChangedError, NothingToSignError
from scribe.store.errors import (
    CaptureKeyDestroyedError,
    DuplicateError,
    NotFoundError,
    NotHeldError,
    NotPermittedError,
    NumberSettledError,
    OtherPatientsNumberError,
    RecordedAlreadyError,
    RetractedNoteError,
    StaleVersionError,
)
from scribe.style import StyleRuleError
from scribe.web.access import whoever_asks
from scribe.web.errors import (
    AlreadySignedError,
    ChordsRefusedError,
    ForgedRequestError,
    IdentityDiffersError,
    NotConfirmedError,
    NothingToReviewError,
    PasswordChangeNeededError,
    RoleError,
    SectionsDifferError,
    SessionOverError,
    SignInNeededError,
    TooLargeRequestError,
    TooManyListenersError,
    UnknownTemplateError,
)
from scribe.web.pages import message_page
from scribe.web.patient.summary_view import SheetChangedError
from scribe.web.review.edits import EditError
from scribe.web.routes import devices
from scribe.web.signing.signatures import NotAcknowledgedError, NothingAmendedError, OpenQuestionsError

_log = logging.getLogger("scribe.web")


@dataclass(frozen=True, slots=True)
class Failure:
    """The status of an error, and what its page says."""

    status: int
    title: str
    text: str


FAILURES: Mapping[type[ScribeError], Failure] = MappingProxyType(
    {
        SignInError: Failure(401, "로그인하지 못했습니다", "아이디 또는 비밀번호가 맞지 않습니다."),
        LockedError: Failure(
            429, "잠시 막아 두었습니다", "비밀번호가 여러 번 맞지 않았습니다. 잠시 뒤 다시 시도하세요."
        ),
        ForgedRequestError: Failure(
            403, "요청을 확인할 수 없습니다", "화면이 오래되었습니다. 다시 열어 한 번 더 시도하세요."
        ),
        RoleError: Failure(
            403,
            "이 계정으로는 쓸 수 없는 화면입니다",
            "맡은 역할에 따라 볼 수 있는 화면이 다릅니다. 필요하면 전산 담당자에게 역할을 확인해 달라고 하세요.",
        ),
        OwnAccountError: Failure(
            403, "자기 계정은 막을 수 없습니다", "지금 로그인한 계정입니다. 다른 전산 담당자에게 부탁하세요."
        ),
        NotConfirmedError: Failure(403, "비밀번호가 맞지 않습니다", "비밀번호를 다시 확인하세요."),
        NotFoundError: Failure(
            404, "찾을 수 없습니다", "없는 기록이거나 다른 사람이 맡은 기록입니다. 목록에서 다시 찾아보세요."
        ),
        NotPermittedError: Failure(
            404, "찾을 수 없습니다", "없는 기록이거나 다른 사람이 맡은 기록입니다. 목록에서 다시 찾아보세요."
        ),
        NothingToReviewError: Failure(
            404, "아직 초안이 없습니다", "녹음을 글로 옮기고 나면 초안이 생깁니다. 목록에서 상태를 확인하세요."
        ),
        StaleVersionError: Failure(
            409, "그사이 바뀌었습니다", "다른 화면이나 다른 사람이 먼저 고쳤습니다. 다시 열어 확인하세요."
        ),
        AlreadySignedError: Failure(
            409, "이미 서명한 진료입니다", "서명한 기록은 바뀌지 않습니다. 고치려면 기록 화면에서 정정하세요."
        ),
        DuplicateError: Failure(409, "이미 있습니다", "같은 것이 이미 등록되어 있습니다. 목록에서 확인하세요."),
        RecordedAlreadyError: Failure(
            409, "닫을 수 없습니다", "이 진료는 녹음 중이거나 이미 녹음되었습니다. 진료 정보를 다시 열어 확인하세요."
        ),
        NumberSettledError: Failure(
            409, "내원번호를 바꿀 수 없습니다", "이미 병원으로 보냈거나 보내는 중인 기록입니다. 진료 정보를 확인하세요."
        ),
        OtherPatientsNumberError: Failure(
            409, "다른 환자의 번호입니다", "병원에 다른 환자의 것으로 등록된 번호입니다. 번호를 확인하세요."
        ),
        NotHeldError: Failure(
            409, "지금은 바꿀 수 없는 전달입니다", "이미 전달되었거나 보내는 중입니다. 전달 현황에서 상태를 확인하세요."
        ),
        RetractedNoteError: Failure(409, "취소한 기록입니다", "취소한 기록은 더 바꾸거나 내보낼 수 없습니다."),
        ContentChangedError: Failure(
            409, "내용이 바뀌었습니다", "보던 내용과 지금 내용이 다릅니다. 다시 열어 확인한 뒤 서명하세요."
        ),
        NothingToSignError: Failure(409, "서명할 문장이 없습니다", "검토로 돌아가 내용을 적어 주세요."),
        OpenQuestionsError: Failure(409, "확인할 것이 남았습니다", "검토 화면에서 남은 항목을 먼저 정리하세요."),
        NotAcknowledgedError: Failure(
            409, "확인하지 않은 문장이 있습니다", "대화에 근거가 없는 문장을 하나씩 확인해 주세요."
        ),
        NothingAmendedError: Failure(409, "바뀐 내용이 없습니다", "고친 곳이 없으면 정정을 그만두세요."),
        SheetChangedError: Failure(409, "안내문이 바뀌었습니다", "새 내용을 다시 확인한 뒤 승인하세요."),
        IdentityDiffersError: Failure(
            409, "등록번호의 환자 정보가 다릅니다", "등록번호와 이름·생년월일을 다시 확인하세요."
        ),
        TooLargeRequestError: Failure(413, "보낸 내용이 너무 큽니다", "내용을 나누어 다시 보내세요."),
        CaptureKeyDestroyedError: Failure(
            410, "볼 수 없는 녹음입니다", "환자가 녹음 동의를 철회하여 녹음과 초안이 파기되었습니다."
        ),
        EditError: Failure(422, "고칠 수 없습니다", "고치려는 곳이 그사이 없어졌을 수 있습니다. 다시 열어 확인하세요."),
        SectionsDifferError: Failure(422, "서식의 순서가 맞지 않습니다", "서식의 모든 항목을 한 번씩 적으세요."),
        ChordsRefusedError: Failure(422, "쓸 수 없는 단축키입니다", "다른 단축키를 고르세요."),
        StyleRuleError: Failure(422, "만들 수 없는 문장 규칙입니다", "사실이나 숫자가 들지 않은 표현으로 정하세요."),
        UnknownTemplateError: Failure(422, "없는 기록 서식입니다", "기록 서식을 다시 고르세요."),
        WeakPasswordError: Failure(
            422, "비밀번호가 약합니다", "10자 이상으로, 글자에 숫자나 기호를 섞어 새로 정하세요."
        ),
        LoginError: Failure(422, "쓸 수 없는 아이디입니다", "글자·숫자와 . - _ 로 2자 이상 64자까지 쓸 수 있습니다."),
        SamePasswordError: Failure(422, "지금 비밀번호와 같습니다", "다른 비밀번호를 정하세요."),
        TooManyListenersError: Failure(429, "열린 화면이 너무 많습니다", "쓰지 않는 창을 닫은 뒤 다시 여세요."),
        PdfUnavailableError: Failure(
            503,
            "PDF를 만들 수 없습니다",
            "서버에 PDF에 필요한 것이 없습니다. 전산 담당자에게 libpangoft2-1.0-0과 fonts-noto-cjk 설치를 부탁하세요. "
            "그동안은 ‘인쇄 화면’을 열어 바로 인쇄할 수 있습니다.",
        ),
        PdfTimeoutError: Failure(
            503, "PDF를 만드는 데 너무 오래 걸립니다", "잠시 뒤 다시 시도하거나, ‘인쇄 화면’을 열어 바로 인쇄하세요."
        ),
        ScribeError: Failure(
            500,
            "요청을 처리할 수 없습니다",
            "저장된 내용은 그대로 있습니다. 잠시 뒤 다시 시도하고, 계속되면 전산 담당자에게 알려 주세요.",
        ),
    }
)
"""By error; a subclass is answered like its nearest ancestor here."""

_FOR_THE_SIGNER = ("/amendment", "/retraction")
_SIGNERS_OWN = Failure(
    403,
    "서명한 의사만 정정하거나 취소할 수 있습니다",
    "진료기록은 기록하고 서명한 의사 본인이 정정합니다(의료법 제22조·제23조). 진료 목록에서 담당의를 확인해 "
    "고칠 내용을 알려 주세요. 그 의사가 자리에 없으면 의무기록 담당 부서에 문의하세요. 원래 기록은 그대로 보관됩니다.",
)
"""Said alike of a record that is not there and of one that is somebody else's."""

_BY_STATUS: Mapping[int, Failure] = MappingProxyType(
    {
        404: Failure(404, "없는 주소입니다", "주소를 잘못 적었거나 옮겨진 화면입니다. 처음 화면에서 다시 찾아보세요."),
        405: Failure(405, "이렇게는 열 수 없습니다", "처음 화면에서 다시 찾아보세요."),
        422: Failure(422, "요청이 올바르지 않습니다", "입력한 내용을 확인하세요."),
    }
)


def install(app: FastAPI) -> None:
    """Answer every error of this program as said here, for people a page and for machines ``{"error": …}``."""
    app.add_exception_handler(SignInNeededError, _ask_to_sign_in)
    app.add_exception_handler(PasswordChangeNeededError, _ask_for_password)
    for error in FAILURES:
        app.add_exception_handler(error, _failed)
    app.add_exception_handler(RefusalError, devices.refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _malformed)


def wants_json(request: Request) -> bool:
    """Whether a script or a machine asks."""
    by_script = request.headers.get("content-type") == "application/json"
    listens = "text/event-stream" in request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or by_script or listens


def answer_to(request: Request, error: ScribeError) -> Response:
    """The answer to a request that no route is asked about."""
    return _answer(request, failure_of(error), str(error))


def failure_of(error: Exception) -> Failure:
    """How ``error`` is answered."""
    return next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    if wants_json(request):
        return JSONResponse({"error": str(error)}, status_code=401)
    address = request.url.path if request.method == "GET" else "/encounters"
    over = "&over=1" if isinstance(error, SessionOverError) else ""
    return RedirectResponse(f"/sign-in?next={address}{over}", status_code=303)


def _ask_for_password(request: Request, error: Exception) -> Response:
    if wants_json(request):
        return JSONResponse({"error": str(error)}, status_code=403)
    return RedirectResponse("/account", status_code=303)


def _failed(request: Request, error: Exception) -> Response:
    failure = failure_of(error)
    if failure.status == 500:
        _log.error("%s: %s", type(error).__name__, error)
    if failure.status in {403, 404} and request.url.path.endswith(_FOR_THE_SIGNER):
        failure = Failure(failure.status, _SIGNERS_OWN.title, _SIGNERS_OWN.text)
    response = _answer(request, failure, str(error))
    if isinstance(error, LockedError):
        response.headers["retry-after"] = str(error.seconds)
    return response


def _malformed(request: Request, error: Exception) -> Response:
    del error  # it repeats what was sent
    return _answer(request, _BY_STATUS[422], "the request is not of the expected form")


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    failure = _BY_STATUS.get(status) or Failure(status, FAILURES[ScribeError].title, FAILURES[ScribeError].text)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    response = _answer(request, failure, "no such address" if status == 404 else "the request cannot be answered")
    response.headers.update(headers)
    return response


def _answer(request: Request, failure: Failure, reason: str) -> Response:
    if wants_json(request):
        return JSONResponse({"error": reason}, status_code=failure.status)
    viewer = whoever_asks(request) if failure.status < 500 else None
    return message_page(
        failure.title, failure.text, status=failure.status, viewer=viewer, link="/", link_text="처음 화면으로"
    )
