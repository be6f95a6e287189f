"""What the durable jobs tell while they run, and what their log may say of an error."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["recognise", "draft", "rewrite", "deliver"]
Phase = Literal["started", "running", "finished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a job is: ``fraction`` is how much of a running step is done."""

    step: Step
    phase: Phase
    subject_id: str
    fraction: float | None = None


Observer = Callable[[Progress], None]
"""Called from the jobs' threads; it must not raise."""


def unobserved(progress: Progress) -> None:
    del progress


def place_of(error: BaseException) -> str:
    """Where in the code, as file:line pairs from the outside in; never what the values were."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames[-4:])
