"""Processes for the kill tests of the outbox, each of which delivers what is in an installation's outbox.

Started once, it loads the product and then forks a process for every line of its input, a JSON object: the
``folder`` of the installation, the ``address`` of the hospital's system, and the number of the store's commit to
``die_at``, ``before`` it or after it, or null.  It answers ``PID number`` and at the end ``EXIT status``.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from sqlalchemy import event

from evaluation.bridge import Bench
from hl7_bridge.channel import open_channel
from hl7_bridge.validate import table_validator
from scribe.deliveries import Pace
from scribe.delivery_policy import RetryPolicy
from scribe.store.board import Board

PACE = Pace(chance=lambda: 0.5, policy=RetryPolicy(first=0.05, longest=0.2), longest_pause=0.2)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Doom:
    """Ends this process by SIGKILL at a commit of the store."""

    def __init__(self, engine, number: int, *, before: bool) -> None:
        self.left = number
        self.before = before
        self.lock = threading.Lock()
        event.listen(engine, "commit", self.about_to_commit)
        event.listen(engine, "checkin", self.given_back)
        self.committed = False

    def about_to_commit(self, connection) -> None:
        with self.lock:
            self.left -= 1
            if self.left == 0 and self.before:
                os.kill(os.getpid(), signal.SIGKILL)
            self.committed = self.left == 0

    def given_back(self, connection, record) -> None:
        """The first moment after a commit at which nothing of ours has happened yet."""
        if self.committed:
            os.kill(os.getpid(), signal.SIGKILL)


def main(order) -> None:
    bench = Bench(Path(order["folder"]), order["address"], pace=PACE, at_once=2)
    with bench.pipeline(order["address"]) as pipeline:
        if order["die_at"] is not None:
            Doom(bench.store.engine, order["die_at"], before=order["before"])
        pipeline.wake()
        deadline = time.monotonic() + 100
        while Board(bench.store.engine).under_way():
            if time.monotonic() > deadline:
                sys.exit(f"nothing happens any more: {bench.states()}")
            time.sleep(0.02)
    bench.store.close()


def finished(order) -> int:
    try:
        main(order)
    except SystemExit as end:
        say(str(end))
        return 1
    except Exception:  # whatever it is, the test shows it
        say(traceback.format_exc())
        return 1
    return 0


if __name__ == "__main__":
    table_validator()  # loaded once for all, as the channel's modules are
    assert open_channel
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.alarm(150)
            os._exit(finished(order))
        say(f"PID {child}")
        say(f"EXIT {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
