"""kill -9 of a delivering process, at every commit of the store, on either side of every request, and anywhere.

As a program, for more than the tests have time for::

    python tests/acceptance/outbox_kill.py --seed 7 --count 200

prints a line for each round and ends with status 1 at the first note that is lost, doubled or out of order.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.bridge import Bench
from evaluation.faults import Exchange, HttpWire, Moment
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.local_server import LocalFhirServer

SCRIPT = Path(__file__).with_name("outbox_process.py")
TYPES = (
    "AllergyIntolerance",
    "Bundle",
    "Condition",
    "Device",
    "DocumentReference",
    "Observation",
    "Provenance",
)


@dataclass(frozen=True)
class Death:
    """How a process ends: at a commit of the store, at a request, or some milliseconds after it began."""

    commit: int | None = None
    before: bool = False
    request: int | None = None
    moment: Moment = "received"
    after_ms: int | None = None

    def __str__(self) -> str:
        if self.commit is not None:
            return f"{'before' if self.before else 'after'} commit {self.commit}"
        if self.request is not None:
            return f"request {self.request} {self.moment}"
        return f"after {self.after_ms} ms"


@dataclass
class Ward:
    """An installation with its hospital system, and the processes that deliver for it."""

    bench: Bench
    wire: HttpWire
    rounds: int = 0
    said: str = ""
    deaths: Counter[str] = field(default_factory=Counter)
    _process: "subprocess.Popen[str] | None" = None
    _pid: int = 0
    _deaths_request: Death | None = None
    _first: int = 0

    def survive(self, death: Death) -> None:
        """One consultation with two versions: a process delivers them and dies, another finishes."""
        self.rounds += 1
        notes = self.bench.sign(1, f"killed-{self.rounds}-")
        before = self.held()
        self.bench.put(notes)
        self._watch(death)
        died = self._run(death) == -signal.SIGKILL
        self.wire.watch = None
        self.deaths["killed" if died else "finished first"] += 1
        status = self._run(None)
        assert status == 0, f"{death}: the next process did not finish: {self.said}"
        found = self.bench.held(notes)
        assert (found.once, found.exact) == (2, True), f"{death}: {found} {self.bench.states()}"
        gained = self.held() - before
        if not hasattr(self, "gain"):
            self.gain = gained
        assert gained == self.gain, f"{death}: {gained} instead of {self.gain}"

    def held(self) -> Counter[str]:
        with FhirClient(self.bench.base_url) as client:
            return Counter({kind: len(client.search(kind, {})) for kind in TYPES})

    def _watch(self, death: Death) -> None:
        self._first = len(self.wire.exchanges)

        def kill(exchange: Exchange, moment: Moment) -> None:
            if exchange.number - self._first == death.request and moment == death.moment and self._pid:
                os.kill(self._pid, signal.SIGKILL)

        self.wire.watch = kill if death.request is not None else None

    def _run(self, death: Death | None) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "folder": str(self.bench.folder),
            "address": self.wire.base_url,
            "die_at": death.commit if death else None,
            "before": bool(death and death.before),
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.said = ""
        timer = None
        for line in self._process.stdout:
            if line.startswith("PID "):
                self._pid = int(line.split()[1])
                if death is not None and death.after_ms is not None:
                    timer = threading.Timer(death.after_ms / 1000, os.kill, (self._pid, signal.SIGKILL))
                    timer.start()
            elif line.startswith("EXIT "):
                self._pid = 0
                if timer is not None:
                    timer.cancel()
                return int(line.split()[1])
            else:
                self.said += line
        raise AssertionError(f"the launcher ended: {self.said}")


@contextmanager
def ward(folder: Path) -> Iterator[Ward]:
    """A FHIR server, a proxy before it, and a process that forks deliverers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
    environment["PYTHONPATH"] = str(SCRIPT.parents[2])
    with LocalFhirServer(folder / "hospital") as address, HttpWire(address) as wire:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        opened = Ward(Bench(folder / "service", address), wire, _process=process)
        try:
            yield opened
        finally:
            process.kill()
            process.communicate()
            opened.bench.store.close()


def random_death(drawn: random.Random) -> Death:
    kind = drawn.randrange(3)
    if kind == 0:
        return Death(commit=drawn.randint(1, 9), before=drawn.random() < 0.5)
    if kind == 1:
        return Death(request=drawn.randint(0, 25), moment=drawn.choice(("received", "done", "answered")))
    return Death(after_ms=drawn.randint(50, 2500))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    drawn = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder, ward(Path(folder)) as opened:
        for number in range(options.count):
            death = random_death(drawn)
            opened.survive(death)
            print(f"{number + 1}: {death}: two versions, once each, in order", flush=True)  # noqa: T201
        print(dict(opened.deaths))  # noqa: T201


if __name__ == "__main__":
    main()
