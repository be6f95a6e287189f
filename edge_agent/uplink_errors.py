"""What can go wrong between this computer and the service.

``korean`` is what the desk page shows.  An error that ``parks`` is about the one recording and needs a person: it is
put aside, and the others go on.  Any other is about the way to the service: sending waits until it is mended.
"""

from typing import ClassVar

from edge_agent.errors import EdgeError
from scribe.domain.uplink import Receipt


class UplinkError(EdgeError):
    """The recording could not be sent to the service."""

    parks: ClassVar[bool] = False
    code: ClassVar[str] = "uplink"
    spoken: ClassVar[str] = "서버로 보내지 못했습니다."

    @property
    def korean(self) -> str:
        """One sentence for the physician: what is wrong and what to do."""
        return self.spoken

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asked to wait, None where it did not say."""
        seconds = self.context.get("retry_after")
        return float(seconds) if isinstance(seconds, int | float) else None


class NotEnrolledError(UplinkError):
    """This computer is not enrolled with a service yet: run `scribe edge enrol URL CODE`."""

    code = "not_enrolled"
    spoken = "이 컴퓨터가 아직 서버에 등록되지 않았습니다. 관리자에게 등록 코드를 받으세요."


class ServiceAddressError(UplinkError):
    """{url} is not an address of a service: it must be https://host, or http:// on this computer itself."""

    code = "address"
    spoken = "서버 주소 설정이 올바르지 않습니다. 관리자에게 알리세요."


class CertificateFileError(UplinkError):
    """{file} cannot be used for TLS: {problem}."""

    code = "certificate_file"
    spoken = "서버 인증서 설정이 올바르지 않습니다. 관리자에게 알리세요."


class UnreachableError(UplinkError):
    """The service does not answer: {problem}."""

    retryable = True
    code = "unreachable"
    spoken = "서버에 연결할 수 없습니다. 연결되면 자동으로 보냅니다."


class UntrustedServiceError(UplinkError):
    """The service's certificate cannot be verified: give its CA bundle, or have the certificate renewed."""

    retryable = True
    code = "untrusted"
    spoken = "서버 인증서를 확인할 수 없어 보내지 않았습니다. 관리자에게 알리세요."


class BusyError(UplinkError):
    """The service answers with status {status} for now."""

    retryable = True
    code = "busy"
    spoken = "서버가 지금 받을 수 없는 상태입니다. 잠시 뒤 자동으로 다시 보냅니다."


class NotTheServiceError(UplinkError):
    """What answers is not the service (status {status}): a proxy or another program stands in between."""

    retryable = True
    code = "not_the_service"
    spoken = "서버가 아닌 다른 장치가 응답합니다. 네트워크 연결을 확인하세요."


class ClockError(UplinkError):
    """The clock of this computer is {direction} by {minutes:g} minutes: set it right, sending goes on by itself."""

    retryable = True
    code = "clock"

    @property
    def korean(self) -> str:
        direction = "빠릅니다" if self.direction == "ahead" else "늦습니다"
        return f"이 컴퓨터의 시계가 {self.minutes:g}분 {direction}. 시계를 맞추면 자동으로 보냅니다."


class ReplayedError(UplinkError):
    """The service has seen this request before; a new one is made."""

    retryable = True
    code = "replayed"


class ChangedError(UplinkError):
    """The service holds less than this computer believed ({reason}): the upload is looked at again."""

    retryable = True
    code = "changed"


class RevokedError(UplinkError):
    """The service does not accept this computer any more; have it enrolled again. Recordings stay here."""

    retryable = True  # nothing is lost by waiting for the enrolment
    code = "revoked"
    spoken = "이 컴퓨터의 등록이 해지되었습니다. 녹음은 이 컴퓨터에 보관되어 있으니 관리자에게 알리세요."


class EnrolmentCodeError(UplinkError):
    """The code is wrong, used up or expired: ask for a new one (`scribe device invite`)."""

    code = "code"
    spoken = "등록 코드가 틀렸거나 기한이 지났습니다. 새 코드를 받으세요."


class RefusedError(UplinkError):
    """The service refuses the recording ({reason}): {sentence}"""

    parks = True

    @property
    def code(self) -> str:  # type: ignore[override]
        return str(self.reason)

    @property
    def korean(self) -> str:
        return _REFUSED.get(self.reason, _REFUSED_SOMEHOW)


class UntrustedReceiptError(UplinkError):
    """The service's receipt is not signed for this computer and recording; nothing is deleted."""

    parks = True
    code = "receipt"
    spoken = "서버의 수신 확인을 믿을 수 없습니다. 녹음은 지우지 않았습니다. 관리자에게 알리세요."


class ReceiptMismatchError(UplinkError):
    """The service acknowledges something else than was sent ({field} differs); nothing is deleted."""

    parks = True
    code = "mismatch"
    spoken = "서버가 받은 내용이 이 컴퓨터의 녹음과 다릅니다. 녹음은 지우지 않았습니다. 관리자에게 알리세요."


class UnreadableError(UplinkError):
    """The recording cannot be read here: {problem}"""

    parks = True
    code = "unreadable"
    spoken = "이 컴퓨터에서 녹음이나 전사문을 읽을 수 없어 보내지 못했습니다. 관리자에게 알리세요."


class DamagedError(UplinkError):
    """Chunks of the acknowledged recording are damaged here: its audio is kept until a person has looked at it."""

    parks = True
    code = "damaged"
    spoken = "이 컴퓨터에 저장된 녹음 일부가 손상되어 지우지 않고 보관합니다. 관리자에게 알리세요."


class RepeatedFailureError(UplinkError):
    """The service fails on this recording again and again ({failures} times): it is tried again in an hour."""

    parks = True
    code = "repeated"
    spoken = "서버가 이 녹음을 처리하지 못하고 있습니다. 한 시간마다 다시 보내니 계속되면 관리자에게 알리세요."


class ErasureOrderedError(UplinkError):
    """The patient has refused or withdrawn the recording: its copy here is destroyed."""

    code = "withdrawn"
    spoken = "환자가 녹음 동의를 거부하거나 철회하여 이 컴퓨터의 녹음을 파기했습니다."

    @property
    def receipt(self) -> Receipt:
        """The service's signed order."""
        found = self.context["receipt"]
        if not isinstance(found, Receipt):
            raise TypeError("an order without its receipt")
        return found


def reason_in_korean(code: str) -> str:
    """The sentence for a recording that was put aside with ``code``."""
    known = (UntrustedReceiptError, ReceiptMismatchError, UnreadableError, DamagedError, RepeatedFailureError)
    return next((error.spoken for error in known if error.code == code), _REFUSED.get(code, _REFUSED_SOMEHOW))


_REFUSED_SOMEHOW = "서버가 이 녹음을 받지 않습니다. 관리자에게 알리세요."
_REFUSED = {
    "not_found": "이 녹음을 연결한 진료를 서버에서 찾을 수 없습니다. 진료를 다시 선택하세요.",
    "conflict": "서버에 같은 번호의 다른 녹음이 있습니다. 관리자에게 알리세요.",
    "signed": "이미 서명된 진료입니다. 다른 진료를 선택하세요.",
    "invalid": "서버가 이 녹음의 전사문을 읽지 못했습니다. 관리자에게 알리세요.",
    "too_large": "녹음이 너무 커서 서버가 받지 않습니다. 관리자에게 알리세요.",
    "consent": "이 진료에 환자의 녹음 동의가 없습니다. 동의를 확인한 뒤 다시 보내세요.",
}
