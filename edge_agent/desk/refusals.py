"""What the page answers where the agent refuses."""

from edge_agent.agent import CommandRefusedError, ConsentNeededError
from edge_agent.errors import (
    CaptureError,
    CaptureUnfinishedError,
    ConsentMissingError,
    NoMicrophoneError,
    RecordingStateError,
    SpoolError,
    SpoolFullError,
    SpoolRoomError,
    UnknownRecordingError,
)
from edge_agent.shelf import RecordingBusyError
from edge_agent.uplink_errors import UplinkError

_REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (CommandRefusedError, 409, "지금은 할 수 없는 동작입니다. 화면의 상태를 확인하세요."),
    (ConsentNeededError, 409, "녹음하려면 먼저 환자나 보호자의 동의가 필요합니다."),
    (ConsentMissingError, 409, "녹음하려면 먼저 환자나 보호자의 동의가 필요합니다."),
    (RecordingBusyError, 409, "아직 녹음 중입니다. 먼저 녹음을 끝내세요."),
    (RecordingStateError, 409, "이 녹음은 이미 처리되어 바꿀 수 없습니다."),
    (UnknownRecordingError, 404, "그 녹음이 더 이상 없습니다."),
    (NoMicrophoneError, 503, "마이크가 없습니다. 마이크를 연결한 뒤 다시 시작하세요."),
    (CaptureUnfinishedError, 503, "아직 저장되지 않은 소리가 있습니다. 저장 공간을 비우고 다시 끝내세요."),
    (CaptureError, 503, "마이크를 열 수 없습니다. 연결을 확인하거나 다른 마이크를 고르세요."),
    (SpoolFullError, 507, "저장 공간이 없습니다. 공간을 비운 뒤 다시 시작하세요."),
    (SpoolRoomError, 507, "저장 공간이 모자라 시작하지 않았습니다. 공간을 비운 뒤 다시 시작하세요."),
    (SpoolError, 500, "저장 장치에 문제가 있습니다. 전산 담당자에게 알리세요."),
)


def sentence_of(error: Exception) -> str:
    """One sentence for the physician: what is, and what to do."""
    if isinstance(error, UplinkError):
        return error.korean
    return next((sentence for kind, _, sentence in _REFUSALS if isinstance(error, kind)), "처리하지 못했습니다.")


def status_of(error: Exception) -> int:
    """The HTTP status that goes with it."""
    if isinstance(error, UplinkError):
        return 503
    return next((status for kind, status, _ in _REFUSALS if isinstance(error, kind)), 500)
