"""What the doctor looks at on the machine itself: disk, keys, spool, clock, service."""

import os
import shutil
import stat
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.doctor import Check, Korean, Status
from edge_agent.recordings import RecordingState, RecordingSummary
from edge_agent.uplink_errors import ClockError, NotEnrolledError, RevokedError, UplinkError
from scribe.domain.uplink import DeviceInfo

LOW_MINUTES = 600.0
"""A long day: below this the disk should be seen to before it is."""
LEAST_MINUTES = 30.0
_BYTES_A_SECOND = 32_000
_OLDEST_CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
_CLOCK_WARNING = 10.0
_CLOCK_LIMIT = 55.0
"""Seconds; the service refuses what is a minute off (:data:`scribe.domain.uplink.TOKEN_SECONDS`)."""


def disk(folder: Path, channels: int) -> Check:
    """Room on the disk that the recordings lie on."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    minutes = shutil.disk_usage(there).free / (_BYTES_A_SECOND * channels * 60)
    status: Status = "ok" if minutes >= LOW_MINUTES else "warning" if minutes >= LEAST_MINUTES else "failed"
    free = f"{minutes:,.0f} minutes of recording fit on the disk of {there}"
    advice = "" if status == "ok" else "free space on it, or set SCRIBE_EDGE_DATA_DIR to a larger disk"
    hours = f"약 {minutes / 60:,.0f}시간 더 녹음할 수 있습니다."
    if minutes < 120:
        hours = f"약 {minutes:,.0f}분만 더 녹음할 수 있습니다."
    return Check("disk", status, free, advice, Korean("저장 공간", hours, "공간을 비우세요." if advice else ""))


def keys(file: Path, *, has_recordings: bool) -> Check:
    """The key that wraps the recordings' keys: there, private, whole."""
    title = "암호 키"
    if not file.exists():
        if has_recordings:
            advice = f"put the backup of the key at {file}; without it the recordings here cannot be opened"
            korean = Korean(title, "녹음을 여는 키가 없습니다.", "전산 담당자에게 알리세요.")
            return Check("keys", "failed", f"{file} is missing", advice, korean)
        korean = Korean(title, "첫 녹음 때 만들어집니다.")
        return Check("keys", "ok", f"{file} will be made at the first recording", "", korean)
    mode = stat.S_IMODE(file.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        korean = Korean(title, "다른 사용자가 키를 읽을 수 있습니다.", "전산 담당자에게 알리세요.")
        return Check("keys", "failed", f"others may read {file} (mode {mode:04o})", f"chmod 600 {file}", korean)
    if file.stat().st_size != 32:
        korean = Korean(title, "키 파일이 손상되었습니다.", "전산 담당자에게 알리세요.")
        return Check("keys", "failed", f"{file} does not hold a key of 32 bytes", "restore it from its backup", korean)
    return Check("keys", "ok", f"{file}, mode {mode:04o}", "", Korean(title, "정상입니다."))


def spool(summaries: Sequence[RecordingSummary], pieces_unreadable: Callable[[str], int]) -> Check:
    """Recordings that nobody has finished, and what cannot be read."""
    title = "저장된 녹음"
    unfinished = sum(summary.interrupted for summary in summaries)
    waiting = sum(summary.state is RecordingState.STOPPED and not summary.interrupted for summary in summaries)
    held = [
        summary
        for summary in summaries
        if summary.state not in (RecordingState.DISCARDED, RecordingState.DELETED, RecordingState.ACKNOWLEDGED)
    ]
    damaged = sum(1 for summary in held if not summary.interrupted and pieces_unreadable(summary.id))
    finding = f"{len(held)} recordings held, {unfinished} unfinished, {waiting} without transcript, {damaged} damaged"
    korean_finding = f"보관 {len(held)}건, 미완료 {unfinished + waiting}건, 손상 {damaged}건"
    if damaged:
        korean = Korean(title, korean_finding, "전산 담당자에게 알리세요. 읽을 수 있는 부분은 그대로입니다.")
        return Check("spool", "warning", finding, "see `scribe edge recover --json` for the pieces lost", korean)
    if unfinished or waiting:
        korean = Korean(title, korean_finding, "아래 목록에서 ‘이어서 처리’를 누르세요.")
        return Check("spool", "warning", finding, "finish them with `scribe edge recover --all`", korean)
    return Check("spool", "ok", finding, "", Korean(title, korean_finding))


def spool_busy() -> Check:
    korean = Korean("저장된 녹음", "다른 녹음 프로그램이 쓰고 있습니다.")
    return Check("spool", "ok", "in use by the agent that is running; its page shows the recordings", "", korean)


def clock(now: datetime, theirs: datetime | None, ticks: Callable[[], float] = time.monotonic) -> Check:
    """The wall clock against the service's, where it could be asked, and the monotonic clock against itself."""
    title = "시계"
    first = ticks()
    time.sleep(0.05)
    if ticks() <= first:
        korean = Korean(title, "컴퓨터의 시계가 멈춰 있습니다.", "컴퓨터를 다시 시작하세요.")
        return Check("clock", "failed", "the monotonic clock stands still", "restart this computer", korean)
    if now < _OLDEST_CLOCK:
        korean = Korean(title, f"날짜가 {now:%Y-%m-%d}로 되어 있습니다.", "날짜와 시간을 맞추세요.")
        return Check("clock", "failed", f"it is set to {now:%Y-%m-%d}", "set date and time", korean)
    if theirs is None:
        return Check("clock", "ok", "runs; not compared with a service", "", Korean(title, "정상입니다."))
    off = (now - theirs).total_seconds()
    finding = f"{abs(off):.1f} s {'ahead of' if off > 0 else 'behind'} the service"
    if abs(off) < _CLOCK_WARNING:
        return Check("clock", "ok", finding, "", Korean(title, "정상입니다."))
    status: Status = "failed" if abs(off) >= _CLOCK_LIMIT else "warning"
    side = "빠릅니다" if off > 0 else "늦습니다"
    korean = Korean(title, f"서버보다 {abs(off):.0f}초 {side}.", "컴퓨터의 시간을 자동으로 맞추게 하세요.")
    return Check("clock", status, finding, "synchronise this computer's clock (NTP)", korean)


def service(ask: Callable[[], DeviceInfo]) -> tuple[Check, DeviceInfo | None]:
    """Whether the service is there and knows this computer."""
    title = "서버"
    try:
        info = ask()
    except NotEnrolledError:
        korean = Korean(title, "등록하지 않았습니다. 녹음은 이 PC에만 저장됩니다.", "쓰려면 전산 담당자에게 알리세요.")
        finding = "not enrolled: recordings stay on this computer"
        return Check("service", "warning", finding, "to send them, run `scribe edge enrol URL CODE`", korean), None
    except (RevokedError, ClockError) as error:
        return Check("service", "failed", str(error), "", Korean(title, error.korean)), None
    except UplinkError as error:
        status: Status = "warning" if error.retryable else "failed"
        korean = Korean(title, error.korean)
        advice = "recordings wait here and are sent once it answers" if error.retryable else ""
        return Check("service", status, str(error).rstrip("."), advice, korean), None
    finding = f"reachable; this computer is {info.name!r} of {info.hospital}"
    return Check("service", "ok", finding, "", Korean(title, "연결되었습니다.")), info
