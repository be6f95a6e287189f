"""What the doctor looks at between mouth and text: microphone, models, recogniser."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_agent.capture import Block, CaptureEvent, Microphone
from edge_agent.doctor import Check, Korean, Status
from edge_agent.errors import CaptureError, RecogniserRefusedError
from edge_agent.level import FLOOR_DBFS
from edge_agent.partial import RecogniserState
from models import engines, store
from models.audio import SAMPLE_RATE
from models.errors import ModelError, NoSourceError, WrongHashError
from models.fetch import Fetching, ensure
from models.registry import Registry

LISTEN_SECONDS = 2.5
_TEST_SECONDS = 2.0
_SLOW = 0.7
"""Above this share of real time the live text falls behind while two people talk."""
_MUTE_DBFS = -80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a microphone gave: its resolved name, whether that is the one ``wanted``, and the loudest it was."""

    name: str
    wanted: str | None
    pinned: bool
    rms_dbfs: float
    clipped: bool
    overflows: int = 0


def listen(device: str | None, channels: int, seconds: float = LISTEN_SECONDS) -> Reading:
    """Open the microphone for a moment; raises :class:`CaptureError`."""
    loudest = FLOOR_DBFS
    clipped = False
    heard = 0

    def on_block(block: Block) -> None:
        nonlocal loudest, clipped, heard
        heard += block.samples.shape[1]
        loudest = max(loudest, opened.level.rms_dbfs)
        clipped = clipped or opened.level.clipped

    def on_event(event: CaptureEvent) -> None:
        del event

    opened = Microphone(device=device, channels=channels, on_block=on_block, on_event=on_event)
    opened.start()
    try:
        deadline = time.monotonic() + seconds + 5.0
        while heard < seconds * SAMPLE_RATE and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        opened.close()
    if heard == 0:
        raise CaptureError(problem="it opened but gave no audio; choose another with `scribe edge devices`")
    return Reading(
        name=opened.name or "",
        wanted=device,
        pinned=opened.opened is not None and opened.opened.pinned,
        rms_dbfs=loudest,
        clipped=clipped,
        overflows=opened.counts.overflows,
    )


def microphone(read: Callable[[], Reading]) -> Check:
    """Whether it opens, is the one that was asked for, and hears something."""
    title = "마이크"
    try:
        reading = read()
    except CaptureError as error:
        korean = Korean(title, "마이크를 열 수 없습니다.", "연결과 음소거를 확인하거나 다른 마이크를 고르세요.")
        return Check("microphone", "failed", str(error), "", korean)
    finding = f"{reading.name}, loudest {reading.rms_dbfs:.0f} dBFS in {LISTEN_SECONDS:g} s"
    if reading.rms_dbfs < _MUTE_DBFS:
        korean = Korean(title, f"{reading.name}: 소리가 전혀 없습니다.", "음소거와 연결을 확인하세요.")
        return Check("microphone", "failed", finding, "no sound at all: unmute it, or check its plug", korean)
    if reading.wanted is not None and not reading.pinned:
        advice = f"{reading.wanted!r} is not there: plug it in, or choose with `scribe edge devices`"
        korean = Korean(title, f"지정한 마이크가 없어 {reading.name}을(를) 씁니다.", "지정한 마이크를 연결하세요.")
        return Check("microphone", "warning", finding, advice, korean)
    if reading.clipped or reading.overflows:
        korean = Korean(title, f"{reading.name}: 소리가 너무 크거나 끊깁니다.", "입력 음량을 낮추세요.")
        advice = "it clips or overflows: lower its gain, close other programs"
        return Check("microphone", "warning", finding, advice, korean)
    return Check("microphone", "ok", finding, "", Korean(title, f"{reading.name}: 잘 들립니다."))


def models(registry: Registry, home: Path, names: Sequence[str]) -> Check:
    """Whether every model is here and every file is the pinned one, hashed anew."""
    title = "인식 모델"
    for name in names:
        model = registry.get(name)
        try:
            ensure(model, home, Fetching(network=False))
        except WrongHashError:
            return _spoiled(name, "a file is not the pinned one and was removed")
        except NoSourceError:
            korean = Korean(title, "음성 인식 모델이 없습니다.", "전산 담당자에게 알리세요. 녹음은 됩니다.")
            advice = f"scribe models pull {name}, or scribe models import PATH without a network"
            return Check("model", "failed", f"{name} is not in {home}", advice, korean)
        wrong = [state.name for state in store.check(model, home, thorough=True) if state.status != "ok"]
        if wrong:
            return _spoiled(name, f"{', '.join(wrong)} not as pinned")
    finding = f"{', '.join(names)}: present, every SHA-256 as pinned"
    return Check("model", "ok", finding, "", Korean(title, "정상입니다."))


def _spoiled(name: str, problem: str) -> Check:
    korean = Korean("인식 모델", "음성 인식 모델이 손상되었습니다.", "전산 담당자에게 알리세요. 녹음은 됩니다.")
    return Check("model", "failed", f"{name}: {problem}", f"scribe models pull {name}", korean)


def recogniser(folder: Callable[[], Path], language: str, threads: int | None) -> Check:
    """Load it and recognise two seconds of noise: whether it can follow speech on this machine."""
    title = "받아쓰기"
    try:
        choice = engines.choice_for(place := folder())
        speech = engines.recognizer(place, threads=threads, choice=choice)
        speech.load(language)
        noise = np.random.default_rng(1).normal(0, 0.05, round(_TEST_SECONDS * SAMPLE_RATE)).astype(np.float32)
        speech.hear(noise, language=language)
        started = time.perf_counter()
        speech.hear(noise, language=language)
        rtf = (time.perf_counter() - started) / _TEST_SECONDS
    except (ModelError, RecogniserRefusedError) as error:
        korean = Korean(title, "받아쓰기를 시작할 수 없습니다.", "전산 담당자에게 알리세요. 녹음은 됩니다.")
        return Check("recogniser", "failed", str(error), "", korean)
    status: Status = "ok" if rtf <= _SLOW else "warning"
    advice = "" if status == "ok" else "live text will lag: set SCRIBE_EDGE_THREADS, or choose a smaller model"
    slow = "다른 프로그램을 닫으세요. 최종 받아쓰기는 빠짐없이 됩니다." if advice else ""
    took = f"loads; {_TEST_SECONDS:g} s of audio take {rtf * _TEST_SECONDS:.2f} s (real-time factor {rtf:.2f})"
    finding = f"{took}; {engines.encoder_advice(choice)}"
    korean = Korean(title, "느립니다." if advice else "정상입니다.", slow)
    return Check("recogniser", status, finding, advice, korean)


def recogniser_running(state: RecogniserState, restarts: int) -> Check:
    """The recogniser of the agent that is running: it is not loaded a second time."""
    title = "받아쓰기"
    finding = f"{state.value} in the running agent, restarted {restarts} times"
    if state in (RecogniserState.GAVE_UP, RecogniserState.REFUSED):
        korean = Korean(title, "받아쓰기가 되지 않고 있습니다.", "전산 담당자에게 알리세요. 녹음은 됩니다.")
        return Check("recogniser", "failed", finding, "see the agent's log, then restart it", korean)
    if state is not RecogniserState.READY:
        return Check("recogniser", "warning", finding, "wait a moment", Korean(title, "준비하는 중입니다."))
    return Check("recogniser", "ok", finding, "", Korean(title, "정상입니다."))
