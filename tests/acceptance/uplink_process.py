"""Processes for the kill test of the uplink, each of which sends what the spool of a folder holds.

Started once, it loads the product and then forks a process for every line of its input, a JSON object: the ``folder``
and the point to ``stop_at`` or null.  It answers with the lines ``PID number`` and, at the end, ``EXIT status``;
between them the forked process says ``HOLD`` where it stops, waiting to be killed.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge_agent.disk import DiskLimits
from edge_agent.recordings import RecordingState
from edge_agent.spool import Spool
from edge_agent.uplink import RECEIPT_DOCUMENT, Pace, Uplink
from edge_agent.uplink_client import Transport, UplinkClient, connection
from edge_agent.uplink_queue import SendQueue
from scribe.crypto import HospitalKey

CLIENT_STEPS = ("announce", "put_transcript", "put_part", "finish")


@dataclass(frozen=True)
class Order:
    """One line of the input."""

    folder: str
    stop_at: str | None


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hold(point: str) -> None:
    if point == order.stop_at:
        say(f"HOLD {point}")
        threading.Event().wait(60)
        os._exit(3)  # nobody killed this process


def held(owner: type, name: str, point: Callable[..., str | None] | None = None) -> None:
    """Let ``owner.name`` stop before and after it did its work, where it is asked to."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        at = point(*args, **kwargs) if point else name
        hold(f"before {at}")
        result = original(*args, **kwargs)
        hold(f"after {at}")
        return result

    setattr(owner, name, wrapped)


def watch() -> None:
    for step in CLIENT_STEPS:
        held(UplinkClient, step)
    held(SendQueue, "put")
    held(Uplink, "_settle", lambda *_: "settle")
    held(Spool, "delete_audio")
    held(Spool, "put_document", lambda spool, recording, name, content: "receipt" if name == RECEIPT_DOCUMENT else None)
    held(Spool, "set_state", lambda spool, recording, state: str(state))


def send() -> None:
    folder = Path(order.folder)
    key = HospitalKey.from_file(folder / "edge.key")
    limits = DiskLimits(minutes=0.1, floor=0, reserve=65_536)
    with Spool(folder / "spool", key, clock=lambda: datetime.now(UTC), limits=limits) as spool:
        uplink = Uplink(
            folder / "uplink",
            spool,
            connection(folder, key, Transport(timeout=10)),
            clock=lambda: datetime.now(UTC),
            retention_days=0,
            send_audio=True,
            pace=Pace(first=0.1, longest=0.5),
        )
        uplink.start()
        deadline = time.monotonic() + 40
        while any(one.state is not RecordingState.DELETED for one in spool.recordings()):
            if time.monotonic() > deadline:
                os._exit(4)
            time.sleep(0.05)
        uplink.stop()


def run() -> None:
    try:
        watch()
        send()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


for line in sys.stdin:
    order = Order(**json.loads(line))
    child = os.fork()
    if child == 0:
        run()
    say(f"PID {child}")
    _, status = os.waitpid(child, 0)
    say(f"EXIT {os.waitstatus_to_exitcode(status)}")
