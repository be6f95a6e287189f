"""The recogniser as a real process: killed, hung, garbled, starved; nothing is lost and nothing taken back."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import Audio, read_audio
from edge_agent.errors import (
    AudioSourceError,
    RecogniserClosedError,
    RecogniserError,
    RecogniserGaveUpError,
    RecogniserRefusedError,
)
from edge_agent.partial import Partial, RecogniserEvent, RecogniserState
from edge_agent.recogniser_process import ProcessLimits, RecogniserProcess, Session
from edge_agent.tape import from_pcm, to_pcm
from edge_agent.transcribe import Listener
from models.audio import SAMPLE_RATE, Samples
from scribe.domain.transcript import Transcript
from tests.edge_agent.scripted_speech import audio_of, said_by, silence, speech, starts, text_of

STAND_IN = Path(__file__).with_name("stand_in_recogniser.py")
ROOT = Path(__file__).resolve().parents[2]
STRETCHES = [[index * 3 % 50, index * 3 % 50 + 1, index * 3 % 50 + 2] for index in range(12)]
WORDS = [text_of(word) for stretch in STRETCHES for word in stretch]
PATIENCE = 120
QUICK = ProcessLimits(silent_seconds=4.0, busy_seconds=4.0, pause=0.05, crashes=3)

Opens = Callable[..., RecogniserProcess]


def recording(channels: int = 1) -> Samples:
    parts = [silence(0.5)]
    for stretch in STRETCHES:
        parts += [speech(stretch), silence(1.1)]
    mono = np.concatenate(parts)
    return from_pcm(to_pcm(np.stack([mono] * channels)))


class Desk:
    """What a physician would see: the events and the partials."""

    def __init__(self) -> None:
        self.events: list[RecogniserEvent] = []
        self.partials: list[Partial] = []

    @property
    def states(self) -> list[RecogniserState]:
        return [event.state for event in self.events]

    def stable(self) -> list[str]:
        return [word.text for word in self.partials[-1].stable] if self.partials else []


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def opens(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Starts recognisers whose child is the stand-in; every one is closed at the end."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    opened: list[RecogniserProcess] = []

    def opens(*accident: str, limits: ProcessLimits = QUICK, **more: object) -> RecogniserProcess:
        process = RecogniserProcess(
            tmp_path,
            on_event=desk.events.append,
            limits=limits,
            command=[sys.executable, str(STAND_IN), *accident],
            **more,
        )
        opened.append(process)
        return process

    yield opens
    for process in opened:
        process.close()


def begun(process: RecogniserProcess, desk: Desk, channels: Samples, **more: object) -> Session:
    return process.begin(
        "r1",
        channels=len(channels),
        language="ko",
        source=lambda start, end: channels[:, start:end],
        on_partial=desk.partials.append,
        **more,
    )


def feed(session: Session, channels: Samples, block: int = 4000, pause: float = 0.0) -> None:
    for at in range(0, channels.shape[1], block):
        session.feed(channels[:, at : at + block])
        time.sleep(pause)


def said(transcript: Transcript) -> list[str]:
    return [word.text for utterance in transcript.utterances for word in utterance.words or ()]


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def nothing_was_taken_back(partials: list[Partial]) -> bool:
    return all(b.stable[: len(a.stable)] == a.stable for a, b in itertools.pairwise(partials))


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_is_heard_live_and_transcribed(opens: Opens, desk: Desk, channels: int) -> None:
    audio = recording(channels)
    session = begun(opens(), desk, audio)

    feed(session, audio, pause=0.01)
    until(lambda: desk.stable() == WORDS)
    transcript = session.finish().result(PATIENCE)

    assert said(transcript) == WORDS
    assert transcript.recording is not None
    assert transcript.recording.duration == pytest.approx(audio.shape[1] / SAMPLE_RATE, abs=0.001)
    assert nothing_was_taken_back(desk.partials)
    assert desk.states == [RecogniserState.READY]
    assert session.pace.recorded_to > 0
    assert session.over


def test_audio_waits_while_the_model_loads(opens: Opens, desk: Desk) -> None:
    process = opens("slow to load")
    audio = recording()
    session = begun(process, desk, audio)

    feed(session, audio)

    assert process.state is RecogniserState.STARTING
    assert said(session.finish().result(PATIENCE)) == WORDS


@pytest.mark.parametrize("accident", ["kill", "memory", "stop", "busy"])
def test_an_accident_in_mid_recording_costs_a_retry(opens: Opens, desk: Desk, tmp_path: Path, accident: str) -> None:
    """Killed; out of memory; stopped so that it gives no sign; busy with one piece of work for ever."""
    audio = recording()
    source = audio_of(audio)
    process = opens(accident, str(tmp_path / "mark"))
    session = process.begin("r1", channels=1, language="ko", source=source.read, on_partial=desk.partials.append)

    feed(session, audio, pause=0.01)
    transcript = session.finish().result(PATIENCE)

    assert said(transcript) == WORDS
    assert process.restarts == 1
    assert desk.states[-2:] == [RecogniserState.RESTARTING, RecogniserState.READY]
    assert nothing_was_taken_back(desk.partials)
    assert source.asked, "the beginning was not read back"


def test_killed_again_and_again_from_outside_the_live_text_goes_on(opens: Opens, desk: Desk) -> None:
    process = opens(limits=ProcessLimits(pause=0.05, crashes=10))
    audio = recording()
    session = begun(process, desk, audio)

    parts = np.array_split(audio, 4, axis=1)
    for count, part in enumerate(parts):
        feed(session, part, pause=0.01)
        if count < 3:
            until(lambda count=count: len(desk.stable()) >= 6 * (count + 1))
            pid = process.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            until(lambda pid=pid: process.pid not in (None, pid))
    until(lambda: desk.stable()[-1:] == WORDS[-1:])

    transcript = session.finish().result(PATIENCE)

    assert said(transcript) == WORDS
    assert process.restarts == 3
    assert nothing_was_taken_back(desk.partials)
    shown = desk.stable()
    assert sum(word in shown for word in WORDS) >= len(WORDS) - 6


@pytest.mark.parametrize("accident", ["garbage at once", "memory at once"])
def test_what_never_works_is_given_up_once_and_recording_goes_on(opens: Opens, desk: Desk, accident: str) -> None:
    process = opens(accident)
    audio = recording()
    session = begun(process, desk, audio)
    until(lambda: process.state is RecogniserState.GAVE_UP)

    feed(session, audio)

    with pytest.raises(RecogniserGaveUpError, match="scribe edge recover"):
        session.finish().result(PATIENCE)
    assert desk.states.count(RecogniserState.GAVE_UP) == 1
    assert process.restarts == 2
    assert desk.partials == []


def test_after_giving_up_the_next_recording_tries_again(opens: Opens, desk: Desk, tmp_path: Path) -> None:
    process = opens("memory at once", str(tmp_path / "mark"), limits=ProcessLimits(crashes=1))
    audio = recording()
    with pytest.raises(RecogniserGaveUpError):
        begun(process, desk, audio).finish().result(PATIENCE)

    session = begun(process, desk, audio, live=False)
    feed(session, audio)

    assert said(session.finish().result(PATIENCE)) == WORDS


def test_a_slow_machine_drops_partials_and_no_audio(opens: Opens, desk: Desk) -> None:
    audio = recording()
    session = begun(opens("slow"), desk, audio)

    feed(session, audio, block=16000, pause=0.1)
    transcript = session.finish().result(PATIENCE)

    assert said(transcript) == WORDS
    assert len(desk.partials) < audio.shape[1] / SAMPLE_RATE / 0.5
    assert nothing_was_taken_back(desk.partials)


def test_off_the_record_is_forgotten_by_child_and_parent(opens: Opens, desk: Desk) -> None:
    process = opens()
    audio = recording()
    kept = int(12.0 * SAMPLE_RATE)
    secret = np.concatenate([speech([55, 56, 57]), silence(1.5)])[None, :]
    heard = np.concatenate([audio[:, :kept], audio[:, kept:]], axis=1)
    session = begun(process, desk, heard)
    feed(session, audio[:, :kept], pause=0.01)
    feed(session, secret, pause=0.01)
    until(lambda: text_of(57) in desk.stable())

    session.rewind(kept)

    assert text_of(55) not in desk.stable()
    generation = desk.partials[-1].generation
    assert generation == 1
    feed(session, audio[:, kept:], pause=0.01)
    transcript = session.finish().result(PATIENCE)
    assert not {text_of(word) for word in (55, 56, 57)} & set(said(transcript))
    newest = [partial for partial in desk.partials if partial.generation == generation]
    assert nothing_was_taken_back(newest)
    assert all(word.text not in map(text_of, (55, 56, 57)) for partial in newest for word in partial.stable)


def test_two_recordings_at_once_do_not_mix(opens: Opens, desk: Desk) -> None:
    process = opens()
    one, other = recording(), np.concatenate([silence(1), speech([58, 59]), silence(1)])[None, :]
    first = begun(process, desk, one)
    feed(first, one)
    future = first.finish()
    second = process.begin("r2", channels=1, language="ko", source=lambda a, b: other[:, a:b])
    feed(second, other)

    assert said(second.finish().result(PATIENCE)) == [text_of(58), text_of(59)]
    assert said(future.result(PATIENCE)) == WORDS


def test_an_abandoned_recording_is_cancelled_and_the_next_goes_on(opens: Opens, desk: Desk) -> None:
    process = opens()
    audio = recording()
    session = begun(process, desk, audio)
    feed(session, audio)

    session.abandon()

    with pytest.raises(CancelledError):
        session.finish().result(PATIENCE)
    again = begun(process, desk, audio, live=False)
    feed(again, audio)
    assert said(again.finish().result(PATIENCE)) == WORDS


def test_audio_that_cannot_be_read_back_fails_that_recording_alone(opens: Opens, desk: Desk, tmp_path: Path) -> None:
    process = opens("kill", str(tmp_path / "mark"))
    audio = recording()
    lost = process.begin("r1", channels=1, language="ko", source=lambda start, end: audio[:, :0])
    feed(lost, audio, pause=0.005)

    with pytest.raises(AudioSourceError, match="r1 could not be read back"):
        lost.finish().result(PATIENCE)
    good = begun(process, desk, audio)
    feed(good, audio)
    assert said(good.finish().result(PATIENCE)) == WORDS


def test_the_wrong_number_of_channels_is_refused(opens: Opens, desk: Desk) -> None:
    session = begun(opens(), desk, recording(2))

    with pytest.raises(RecogniserError, match="1 channels were fed where 2 were begun"):
        session.feed(recording(1))


def test_closing_leaves_no_process_and_says_so(opens: Opens, desk: Desk) -> None:
    process = opens()
    audio = recording()
    session = begun(process, desk, audio)
    until(lambda: process.state is RecogniserState.READY)
    pid = process.pid
    assert pid is not None

    process.close()

    with pytest.raises(RecogniserClosedError, match="scribe edge recover"):
        session.finish().result(PATIENCE)
    assert not is_alive(pid)
    assert process.state is RecogniserState.CLOSED


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_the_child_gives_way_and_has_no_socket(opens: Opens, desk: Desk) -> None:
    process = opens()
    process.start()
    process.wait_until_ready(PATIENCE)
    pid = process.pid
    assert pid is not None

    links = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]

    assert not [link for link in links if link.startswith("socket:")]
    assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_for_the_whole_service_leaves_the_child_to_its_parent(
    opens: Opens, desk: Desk, number: signal.Signals
) -> None:
    process = opens()
    audio = recording()
    session = begun(process, desk, audio)
    until(lambda: process.state is RecogniserState.READY)
    pid = process.pid
    assert pid is not None

    os.kill(pid, number)
    feed(session, audio)

    assert said(session.finish().result(PATIENCE)) == WORDS
    assert process.pid == pid


def test_a_child_that_wants_the_network_ends(opens: Opens, desk: Desk) -> None:
    process = opens("network")
    audio = recording()
    session = begun(process, desk, audio)

    feed(session, audio)

    with pytest.raises((RecogniserGaveUpError, RecogniserError)):
        session.finish().result(PATIENCE)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_the_child_dies_with_a_killed_parent() -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from edge_agent.recogniser_process import RecogniserProcess\n"
        f"process = RecogniserProcess(Path('.'), command=[sys.executable, {str(STAND_IN)!r}])\n"
        "process.start()\n"
        "process.wait_until_ready(100)\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(300)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)

        parent.kill()

    until(lambda: not is_alive(child), 10)


def test_feeding_never_waits_for_a_child_that_hangs(opens: Opens, desk: Desk, tmp_path: Path) -> None:
    process = opens("stop", str(tmp_path / "mark"))
    audio = recording()
    session = begun(process, desk, audio)
    longest = 0.0

    for at in range(0, audio.shape[1], 1600):
        began = time.monotonic()
        session.feed(audio[:, at : at + 1600])
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.005)

    assert longest < 1.0
    assert said(session.finish().result(PATIENCE)) == WORDS


def test_callbacks_may_use_the_recogniser(opens: Opens, desk: Desk) -> None:
    """A desk that takes a lock of its own around feeding and in its callbacks must not be locked out."""
    lock = threading.Lock()
    seen: list[Partial] = []

    def on_partial(partial: Partial) -> None:
        with lock:
            seen.append(partial)

    audio = recording()
    session = opens().begin("r1", channels=1, language="ko", source=lambda a, b: audio[:, a:b], on_partial=on_partial)
    for at in range(0, audio.shape[1], 4000):
        with lock:
            session.feed(audio[:, at : at + 4000])
        time.sleep(0.01)

    assert said(session.finish().result(PATIENCE)) == WORDS
    assert seen


def test_a_missing_model_is_refused_with_a_sentence(tmp_path: Path, desk: Desk) -> None:
    process = RecogniserProcess(tmp_path, model="whisper-small", on_event=desk.events.append)
    try:
        session = process.begin("r1", channels=1, language="ko", source=lambda a, b: np.zeros((1, b - a)))
        with pytest.raises(RecogniserRefusedError, match="whisper-small"):
            session.finish().result(PATIENCE)
    finally:
        process.close()
    assert desk.states == [RecogniserState.REFUSED]
    assert "whisper-small" in desk.events[0].detail
    assert process.restarts == 0


def test_the_real_recogniser_killed_halfway_writes_what_it_writes_from_the_file(
    models_home: Path, shared_speech: Path, desk: Desk
) -> None:
    whole = read_audio(shared_speech / "synthetic" / "uri-adult-01.flac")
    samples = from_pcm(to_pcm(whole.channels[:, : 45 * SAMPLE_RATE]))
    process = RecogniserProcess(models_home, threads=2, on_event=desk.events.append)
    try:
        session = begun(process, desk, samples)
        half = samples.shape[1] // 2
        feed(session, samples[:, :half], pause=0.02)
        until(lambda: len(desk.stable()) > 3)
        pid = process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        feed(session, samples[:, half:], pause=0.02)
        transcript = session.finish().result(PATIENCE)
    finally:
        process.close()

    from_file = Listener(models_home, threads=2).transcribe(
        Audio(channels=samples, sha256=whole.sha256, sample_rate=SAMPLE_RATE)
    )

    assert starts(transcript) == pytest.approx(starts(from_file), abs=0.1)
    assert said_by(transcript) == said_by(from_file)
    assert transcript.recognizer == from_file.recognizer
    assert process.restarts == 1
    assert nothing_was_taken_back(desk.partials)
