"""Accounts as their pages show them: one's own with its sessions, and for IT those of the hospital."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from scribe.accounts import LoginError, SamePasswordError, WeakPasswordError
from scribe.domain.errors import ScribeError
from scribe.store.errors import DuplicateError
from scribe.store.permissions import Role
from scribe.store.records import AccountLine, AccountRecord, SessionRecord
from scribe.web.labels import moment
from scribe.web.refusals import wait

ROLES: Mapping[Role, str] = MappingProxyType(
    {"physician": "의사", "patient_services": "원무·환자지원", "admin": "전산", "service": "서비스"}
)
ROLE_HINTS: Mapping[Role, str] = MappingProxyType(
    {
        "physician": "자기 진료를 녹음·검토·서명합니다.",
        "patient_services": "접수하고, 승인된 환자 안내문을 출력하거나 보냅니다. 대화·초안·녹음은 보지 못합니다.",
        "admin": "계정과 장치, 전달 상태를 봅니다. 환자는 보지 못합니다.",
    }
)
"""The roles that people have, in the order of the form."""

_PROBLEMS: Mapping[type[ScribeError], str] = MappingProxyType(
    {
        WeakPasswordError: "새 비밀번호가 약합니다. 10자 이상으로, 글자에 숫자나 기호를 섞고 아이디는 넣지 마세요.",
        SamePasswordError: "지금 비밀번호와 같습니다. 다른 비밀번호를 정하세요.",
        DuplicateError: "이미 있는 아이디입니다. 다른 아이디를 정하세요.",
        LoginError: "아이디는 글자·숫자와 . - _ 로 2자 이상 64자까지 쓸 수 있습니다.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A browser that is signed in."""

    id: str
    browser: str
    began: str
    used: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account in IT's list; ``state_kind`` is the style of its badge, ``own`` that of the viewer."""

    id: str
    login: str
    name: str
    role: str
    department: str
    licence: str
    state: str
    state_kind: str
    last_sign_in: str
    disabled: bool
    locked: bool
    own: bool


def session_views(sessions: Iterable[SessionRecord], current: str) -> tuple[SessionView, ...]:
    """The sessions, this browser's first."""
    views = [
        SessionView(
            id=one.id,
            browser=one.browser or "알 수 없는 브라우저",
            began=moment(one.created_at),
            used=moment(one.last_seen_at),
            here=one.id == current,
        )
        for one in sessions
    ]
    return tuple(sorted(views, key=lambda view: not view.here))


def account_views(lines: Iterable[AccountLine], viewer_id: str, now: datetime) -> tuple[AccountView, ...]:
    """IT's list: those in use first."""
    views = [_account_view(line, viewer_id, now) for line in lines]
    return tuple(sorted(views, key=lambda view: view.disabled))


def facts(account: AccountRecord) -> tuple[tuple[str, str], ...]:
    """What one's own page says of the account."""
    licence = account.practitioner.identifier
    found = (
        ("이름", account.practitioner.name),
        ("아이디", account.login),
        ("역할", ROLES[account.role]),
        ("면허번호", licence.value if licence else ""),
        ("진료과 코드", account.practitioner.department or ""),
    )
    return tuple(fact for fact in found if fact[1])


def problem_in_words(error: ScribeError) -> str:
    """What a form's page says of an error that the person can mend."""
    return _PROBLEMS[type(error)]


def _account_view(line: AccountLine, viewer_id: str, now: datetime) -> AccountView:
    account = line.account
    state, kind = _state(line, now)
    licence = account.practitioner.identifier
    return AccountView(
        id=account.id,
        login=account.login,
        name=account.practitioner.name,
        role=ROLES[account.role],
        department=account.practitioner.department or "",
        licence=licence.value if licence else "",
        state=state,
        state_kind=kind,
        last_sign_in=moment(line.last_sign_in) if line.last_sign_in else "아직 없음",
        disabled=account.disabled,
        locked=line.locked_until is not None,
        own=account.id == viewer_id,
    )


def _state(line: AccountLine, now: datetime) -> tuple[str, str]:
    if line.account.disabled:
        return "사용 중지", "held"
    if line.locked_until is not None:
        return f"잠김 · {wait(-int(-(line.locked_until - now).total_seconds() // 1))} 남음", "attention"
    if line.account.temporary_until is None:
        return "사용 중", "done"
    if line.account.temporary_until <= now:
        return "임시 비밀번호 기한 지남", "attention"
    return "임시 비밀번호", "info"
