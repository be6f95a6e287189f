"""What this desk needs to record and hand on: one line each, with what to do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from scribe.crypto import CryptoError
from scribe.domain.errors import ScribeError

Status = Literal["ok", "warning", "failed"]
MARKS: dict[Status, str] = {"ok": "✓", "warning": "!", "failed": "✗"}


@dataclass(frozen=True, slots=True)
class Korean:
    """The same for the desk page; ``advice`` is empty where there is nothing to do."""

    title: str
    finding: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it (empty where nothing is)."""

    name: str
    status: Status
    finding: str
    advice: str
    korean: Korean

    @property
    def line(self) -> str:
        """``✓ disk: 4,200 minutes left`` or ``✗ model: … → scribe models pull whisper-base``."""
        advice = f" → {self.advice}" if self.advice else ""
        return f"{MARKS[self.status]} {self.name}: {self.finding}{advice}"


@dataclass(frozen=True, slots=True)
class Report:
    checks: tuple[Check, ...]

    def count(self, status: Status) -> int:
        return sum(check.status == status for check in self.checks)

    @property
    def exit_code(self) -> int:
        """1 where something does not work; warnings alone are 0."""
        return 1 if self.count("failed") else 0


@dataclass(frozen=True, slots=True)
class Examination:
    """``look`` finds out; what it raises becomes a failed check under ``name`` and ``title``."""

    name: str
    title: str
    look: Callable[[], Check]

    def made(self) -> Check:
        try:
            return self.look()
        except (ScribeError, CryptoError, OSError) as error:
            finding = str(error).rstrip(".")
            korean = Korean(self.title, "확인하지 못했습니다.", "전산 담당자에게 알리세요.")
            return Check(self.name, "failed", finding, "", korean)


def examined(examinations: Iterable[Examination]) -> Iterator[Check]:
    """Each check as soon as it is there."""
    for examination in examinations:
        yield examination.made()
