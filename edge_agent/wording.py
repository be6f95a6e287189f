"""What the physician reads: states, warnings with what to do, and where a recording stands."""

from dataclasses import dataclass

from edge_agent.events import Notice, NoticeKind, RecordingRow, Service, Upload
from edge_agent.states import AgentState

STATES = {
    AgentState.IDLE: "녹음 준비됨",
    AgentState.STARTING: "마이크 여는 중",
    AgentState.RECORDING: "녹음 중",
    AgentState.PAUSED: "일시정지",
    AgentState.FINISHING: "녹음 저장 중",
    AgentState.TRANSCRIBING: "받아쓰는 중 · 새 녹음 가능",
    AgentState.FAULT: "녹음되지 않고 있음",
}

CONSENTS = {"patient": "환자 동의", "guardian": "보호자 동의"}

SPEAKERS = {"doctor": "의사", "patient": "환자", "guardian": "보호자", "nurse": "간호사", "unknown": "미상"}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """``grave``: the recording itself is touched; ``title`` what is, ``advice`` what to do."""

    grave: bool
    title: str
    advice: str


_NOTICES: dict[NoticeKind, NoticeText] = {
    NoticeKind.CLIPPING: NoticeText(False, "소리가 너무 큽니다", "마이크를 조금 멀리 두거나 입력 음량을 낮추세요."),
    NoticeKind.SILENCE: NoticeText(
        True, "소리가 들리지 않습니다", "마이크가 꺼졌거나 음소거인지 확인하세요. 녹음은 계속되고 있습니다."
    ),
    NoticeKind.ONE_CHANNEL: NoticeText(
        False, "마이크 두 개 중 하나만 들립니다", "소리가 없는 쪽 마이크의 연결을 확인하세요."
    ),
    NoticeKind.DEVICE_LOST: NoticeText(
        True, "마이크가 빠졌습니다", "다시 꽂으면 이어서 녹음합니다. 지금까지의 녹음은 안전합니다."
    ),
    NoticeKind.DEVICE_CHANGED: NoticeText(
        False, "다른 마이크로 녹음하고 있습니다", "지정한 마이크가 없어 {detail} 마이크를 씁니다."
    ),
    NoticeKind.AUDIO_LOST: NoticeText(
        True, "소리 {amount:.1f}초를 받지 못했습니다", "빠진 부분은 기록에 빈 구간으로 남습니다. 다시 물어 확인하세요."
    ),
    NoticeKind.BACKLOG: NoticeText(
        False, "저장이 늦어지고 있습니다", "다른 프로그램을 닫으세요. 소리는 빠지지 않습니다."
    ),
    NoticeKind.SLEPT: NoticeText(
        True, "절전 때문에 {amount:.0f}초가 녹음되지 않았습니다", "절전을 끄고, 그사이 한 말은 다시 확인하세요."
    ),
    NoticeKind.DISK_LOW: NoticeText(
        False, "저장 공간이 부족합니다", "약 {amount:.0f}분만 더 녹음할 수 있습니다. 전산 담당자에게 알리세요."
    ),
    NoticeKind.DISK_FULL: NoticeText(
        True,
        "저장 공간이 없어 녹음을 멈췄습니다",
        "지금까지의 녹음은 저장되어 있습니다. 공간을 비운 뒤 다시 시작하세요.",
    ),
    NoticeKind.STORAGE_FAILED: NoticeText(
        True, "저장 장치에 쓸 수 없어 녹음을 멈췄습니다", "멈추기 전까지는 저장되어 있습니다. 전산 담당자에게 알리세요."
    ),
    NoticeKind.MICROPHONE_FAILED: NoticeText(
        True, "마이크를 열 수 없습니다", "연결을 확인하고 다른 마이크를 고른 뒤 다시 시작하세요."
    ),
    NoticeKind.MODEL_MISSING: NoticeText(
        False, "음성 인식 모델이 없습니다", "녹음은 됩니다. 전산 담당자에게 알리면 나중에 받아쓸 수 있습니다."
    ),
    NoticeKind.RECOGNISER_RESTARTED: NoticeText(
        False, "음성 인식을 다시 시작했습니다", "녹음은 계속되었고, 빠진 글자는 곧 따라옵니다."
    ),
    NoticeKind.RECOGNISER_FAILED: NoticeText(
        False, "받아쓰기가 되지 않고 있습니다", "녹음은 안전합니다. 나중에 ‘다시 받아쓰기’를 누르세요."
    ),
    NoticeKind.SERVICE_PROBLEM: NoticeText(
        False, "진료 기록 서버로 보내지 못하고 있습니다", "{detail} 녹음은 이 PC에 안전하게 쌓입니다."
    ),
    NoticeKind.UPLOAD_PROBLEM: NoticeText(
        False, "보내지 못한 녹음이 있습니다", "아래 ‘지난 녹음’에서 무엇을 해야 하는지 확인하세요."
    ),
    NoticeKind.ERASED_BY_ORDER: NoticeText(False, "동의 철회로 녹음을 파기했습니다", "{detail}"),
    NoticeKind.INTERRUPTED: NoticeText(
        True,
        "프로그램이 다시 시작되어 녹음이 끊겼습니다",
        "끊기기 전까지는 저장되어 있습니다. 이어서 녹음하려면 다시 시작하세요.",
    ),
}


def notice_text(notice: Notice) -> NoticeText:
    """The words of a warning, with its figures filled in."""
    text = _NOTICES[notice.kind]
    context = {"amount": notice.amount or 0.0, "detail": notice.detail or "기본"}
    return NoticeText(text.grave, text.title.format(**context), text.advice.format(**context))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a recording stands: ``kind`` is done, busy, attention or problem."""

    kind: str
    label: str
    advice: str


def standing(row: RecordingRow, service: Service) -> Standing:
    """One label and, where somebody has to act, what to do."""
    damaged = f"조각 {row.unreadable}개를 읽지 못해 따로 두었습니다." if row.unreadable else ""
    if row.has_transcript:
        return _on_its_way(row, service, damaged)
    if row.failed:
        return Standing("problem", "받아쓰기 실패", "녹음은 안전합니다. ‘다시 받아쓰기’를 누르세요.")
    if row.progress is not None:
        return Standing("busy", f"받아쓰는 중 {row.progress:.0%}", damaged)
    if row.unfinished:
        return Standing("attention", "중단된 녹음", damaged or "‘이어서 처리’를 누르면 받아쓰고 보냅니다.")
    return Standing("busy", "받아쓰기 대기", damaged)


def _on_its_way(row: RecordingRow, service: Service, damaged: str) -> Standing:
    usual = _UPLOADS[row.upload]
    if row.upload == "problem":
        return Standing(usual.kind, usual.label, row.advice or usual.advice)
    if row.upload == "waiting" and row.encounter_id is None:
        return Standing("attention", usual.label, "진료를 지정하면 보냅니다.")
    if row.upload == "waiting" and service.reachable is False:
        return Standing("attention", usual.label, service.advice or "서버에 연결되면 저절로 보냅니다.")
    return Standing(usual.kind, usual.label, damaged or usual.advice)


_UPLOADS: dict[Upload, Standing] = {
    "local": Standing("done", "받아쓰기 완료", "이 PC에 저장되어 있습니다."),
    "waiting": Standing("busy", "전송 대기", "곧 보냅니다."),
    "sending": Standing("busy", "전송 중", ""),
    "done": Standing("done", "전송 완료", ""),
    "problem": Standing("problem", "보내지 못함", "전산 담당자에게 알리세요. 녹음은 이 PC에 안전합니다."),
}
