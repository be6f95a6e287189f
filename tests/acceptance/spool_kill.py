"""Kills a recorder at random moments and looks whether anything it handed over is missing.

    python tests/acceptance/spool_kill.py --kills 500

A process is forked that begins, appends to, pauses, erases from, finishes and discards recordings of a known pattern,
as fast as it can, and tells before and after each call.  It is killed (SIGKILL) at a random moment, half of the time
inside a call chosen beforehand.  Then the spool is opened and everything read: what a call had returned for must be
there bit for bit, and of the call in flight nothing, or all of the chunks it had come to.  Prints the counts as JSON
and exits with status 1 where one rule was broken.
"""

import argparse
import json
import os
import random
import selectors
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge_agent import recovery
from edge_agent.chunks import CHUNK_SAMPLES
from edge_agent.disk import AppendFile
from edge_agent.spool import DiskLimits, Reason, RecordingHeader, RecordingState, Spool
from models.audio import SAMPLE_RATE
from scribe.crypto import HospitalKey, new_id
from scribe.domain.consent import Consent

KEY = HospitalKey(bytes(range(32)))
LIMITS = DiskLimits(minutes=1.0, floor=0, reserve=65_536)
TARGETS = ("begin", "append", "erase", "pause", "finish", "discard")
LONGEST_DELAY = 0.2
LONGEST_INSIDE = 0.02
CLEARED_EVERY = 25


def now():
    return datetime.now(UTC)


class HaltingFile(AppendFile):
    """Writes a frame in pieces, as a disk may: a kill between them leaves a torn end."""

    def write(self, content):
        for start in range(0, len(content), 2048):
            super().write(content[start : start + 2048])
            time.sleep(0.0002)


def open_spool(folder, open_append=AppendFile):
    return Spool(folder, KEY, clock=now, limits=LIMITS, open_append=open_append)


def pattern(start, count):
    """Samples that differ from their neighbours and from those of other places."""
    places = np.arange(start, start + count, dtype=np.uint64)
    return ((places * np.uint64(2654435761) >> np.uint64(9)) & np.uint64(0xFFFF)).astype(np.uint16).view(np.int16)


class Recorder:
    """The process that is killed: works on recordings until somebody ends it."""

    def __init__(self, folder, said, seed):
        self.said = said
        self.chance = random.Random(seed)
        self.halting = self.chance.random() < 0.3
        self.spool = open_spool(folder, HaltingFile if self.halting else AppendFile)
        self.place = 0

    def say(self, *words):
        os.write(self.said, (" ".join(map(str, words)) + "\n").encode())

    def run(self):
        self.say("open")
        while True:
            recording = new_id()
            self.say("begin", recording)
            moment = now()
            consent = Consent(purpose="recording", state="given", decided_at=moment)
            writer = self.spool.begin(
                RecordingHeader(id=recording, started_at=moment, channels=1, device="test", consent=consent)
            )
            self.say("done")
            for _ in range(self.chance.randrange(2, 20)):
                self.step(writer)
            if self.chance.random() < 0.3:
                self.call(f"discard {recording}", self.spool.discard, recording)
            else:
                self.call(f"finish {recording}", writer.finish)

    def step(self, writer):
        throw = self.chance.random()
        if throw < 0.8:
            count = self.chance.choice((320, 1600, 4000, 4000, 8000, 16000, 24000))
            samples = (pattern(self.place, count) / np.float32(32768)).astype(np.float32)[None]
            self.say("append", writer.recording_id, self.place, count)
            self.place += count
            before = time.perf_counter()
            writer.append(samples)
            self.say("done", *([] if self.halting else [time.perf_counter() - before]))
        elif throw < 0.93:
            count = self.chance.randrange(0, 40_000)
            self.call(f"erase {writer.recording_id} {count}", writer.erase_last, count / SAMPLE_RATE)
        else:
            self.call(f"pause {writer.recording_id}", writer.pause)
            self.call(f"resume {writer.recording_id}", writer.resume)

    def call(self, words, function, *arguments):
        self.say(words)
        function(*arguments)
        self.say("done")


@dataclass
class Expected:
    """What a recording holds: runs of the pattern (start, count), and whether it is live, finished or discarded."""

    runs: list[tuple[int, int]] = field(default_factory=list)
    state: str = "live"

    @property
    def samples(self):
        return np.concatenate([pattern(start, count) for start, count in self.runs] or [np.zeros(0, np.int16)])

    def without_last(self, count):
        runs = list(self.runs)
        while runs and count:
            start, length = runs.pop()
            if length > count:
                runs.append((start, length - count))
            count = max(0, count - length)
        return Expected(runs=runs, state=self.state)


@dataclass
class Story:
    """What a killed recorder had said: the recordings it had, and the call it was in."""

    recordings: dict[str, Expected] = field(default_factory=dict)
    call: list[str] | None = None
    latencies: list[float] = field(default_factory=list)

    def take(self, line):
        words = line.split()
        if words[0] == "open":
            return
        if words[0] != "done":
            self.call = words
            return
        if len(words) > 1:
            self.latencies.append(float(words[1]))
        verb, recording = self.call[:2]
        if verb == "begin":
            self.recordings[recording] = Expected()
        else:
            self.recordings[recording] = after(self.recordings[recording], self.call)
        self.call = None

    def allowed(self, recording):
        """Every content that the recording may have, without and with the call in flight."""
        known = self.recordings.get(recording)
        if known is None:
            return [Expected()]
        options = [known]
        if self.call is not None and self.call[1] == recording:
            options.append(after(known, self.call))
            if self.call[0] == "append" and int(self.call[3]) > CHUNK_SAMPLES:
                options.append(after(known, [*self.call[:3], str(CHUNK_SAMPLES)]))
        return options


def after(known, call):
    verb = call[0]
    if verb == "append":
        return Expected(runs=[*known.runs, (int(call[2]), int(call[3]))])
    if verb == "erase":
        return known.without_last(int(call[2]))
    return Expected(runs=known.runs, state={"finish": "finished", "discard": "discarded"}.get(verb, "live"))


class Judge:
    """Opens the spool after a kill and compares."""

    def __init__(self, folder):
        self.folder = folder
        self.broken = []
        self.counts = Counter()
        self.inside = Counter()
        self.latencies = []

    def look(self, story):
        self.counts["kills"] += 1
        self.inside[story.call[0] if story.call else "between calls"] += 1
        self.latencies += story.latencies
        with open_spool(self.folder) as spool:
            listed = {summary.id: summary for summary in spool.recordings()}
            if spool.rebuilt:
                self.broken.append("the index was unreadable")
            for recording in story.recordings.keys() - listed.keys():
                self.broken.append(f"{recording} is not listed")
            mine = [recording for recording in listed if recording in story.recordings]
            if story.call and story.call[0] == "begin" and story.call[1] in listed:
                mine.append(story.call[1])
            for recording in mine:
                self.compare(spool, story, listed[recording])
            if self.counts["kills"] % CLEARED_EVERY == 0:
                self.clear(spool)

    def clear(self, spool):
        for summary in spool.recordings():
            spool.discard(summary.id)
        if left := [path.name for path in self.folder.iterdir() if path.is_dir()]:
            self.broken.append(f"folders are left: {left}")

    def compare(self, spool, story, summary):
        allowed = story.allowed(summary.id)
        self.counts["recordings"] += 1
        if summary.state is RecordingState.DISCARDED:
            if not any(option.state == "discarded" for option in allowed):
                self.broken.append(f"{summary.id} was discarded by nobody")
            return
        if all(option.state == "discarded" for option in allowed):
            self.broken.append(f"{summary.id} was discarded and is there")
            return
        recovered = recovery.recover(spool, summary.id)
        read = np.rint(spool.reader(summary.id).samples()[0] * 32768).astype(np.int16)
        matching = [option for option in allowed if np.array_equal(option.samples, read)]
        certain = story.recordings.get(summary.id, Expected())
        self.counts["appends handed over"] += len(certain.runs)
        if not matching:
            self.broken.append(f"{summary.id} holds {len(read)} samples, {[len(o.samples) for o in allowed]} expected")
        elif story.call and story.call[1] == summary.id and story.call[0] == "append":
            self.counts["in flight, kept" if len(read) > len(certain.samples) else "in flight, lost"] += 1
        if certain.state == "finished" and summary.interrupted:
            self.broken.append(f"{summary.id} was finished and is interrupted")
        self.counts["torn ends"] += sum(problem.reason is Reason.TORN for problem in recovered.problems)
        if strange := [problem for problem in recovered.problems if problem.reason is not Reason.TORN]:
            self.broken.append(f"{summary.id}: {strange}")
        if recovered.manifest != spool.reader(summary.id).manifest() or recovered.manifest.lost:
            self.broken.append(f"{summary.id}: the manifest is wrong")
        files = [path.name for path in (self.folder / summary.id).glob("audio*")]
        if len(files) != 1:
            self.broken.append(f"{summary.id}: {files}")


def killed(folder, seed):
    """Fork a recorder, kill it, and tell what it had said."""
    chance = random.Random(seed)
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        try:
            Recorder(folder, said, seed).run()
        finally:
            os._exit(70)
    os.close(said)
    target = chance.choice(TARGETS) if chance.random() < 0.5 else None
    text = wait_for(heard, target or "open", chance.choice((1, 2)) if target else 1)
    time.sleep(chance.uniform(0, LONGEST_INSIDE if target else LONGEST_DELAY))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"the recorder ended by itself: {os.waitstatus_to_exitcode(status)}")
    with os.fdopen(heard, "rb") as rest:
        text += rest.read()
    story = Story()
    for line in text.decode().splitlines():
        story.take(line)
    return story


def wait_for(heard, word, times):
    """What was said until ``times`` lines began with ``word``; at most for half a second."""
    text, deadline = b"", time.monotonic() + 0.5
    with selectors.DefaultSelector() as selector:
        selector.register(heard, selectors.EVENT_READ)
        while time.monotonic() < deadline and (b"\n" + text).count(f"\n{word}".encode()) < times:
            if selector.select(0.1):
                text += os.read(heard, 65_536)
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to record; by default a temporary folder")
    options = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="spool-kill-", dir=options.folder))
    began = time.monotonic()
    try:
        judge = Judge(base / "spool")
        for number in range(options.kills):
            judge.look(killed(base / "spool", options.seed * 1_000_003 + number))
    finally:
        shutil.rmtree(base)
    latencies = np.array(judge.latencies) * 1000
    report = {
        **judge.counts,
        "killed inside": dict(judge.inside),
        "rules broken": len(judge.broken),
        "append ms": {"p50": round(np.percentile(latencies, 50), 2), "p99": round(np.percentile(latencies, 99), 2)},
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stderr.writelines(f"{line}\n" for line in judge.broken)
    return 1 if judge.broken else 0


if __name__ == "__main__":
    sys.exit(main())
