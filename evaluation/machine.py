"""What the figures were measured on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine and what drafting took: ``seconds`` is the wall time of all cases together."""

    platform: str
    python: str
    processors: int
    seconds: float
    processor: str = ""


def this_machine(seconds: float = 0.0) -> Machine:
    return Machine(
        platform=platform.platform(terse=True),
        python=platform.python_version(),
        processors=os.cpu_count() or 1,
        seconds=seconds,
        processor=_processor(),
    )


def _processor() -> str:
    """The processor's own name, where the system tells it."""
    known = Path("/proc/cpuinfo")
    if known.is_file():
        for line in known.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
