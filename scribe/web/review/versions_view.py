"""The versions of a draft as a physician looks back over them: who, when, what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scribe.domain.note import Draft
from scribe.signing import content_of
from scribe.store.records import DraftRecord
from scribe.web.labels import moment
from scribe.web.review.comparison import Comparison, Line, compare

MOST_VERSIONS = 40
_SHOWN_LINES = 6
_PARTS = (("note", "진료 기록"), ("summary", "환자 안내문"), ("entries", "구조화 항목"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """A line that differs from the version before; ``where`` names its part and section."""

    where: str
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version, newest first in a list; ``changes`` are told up to a few, ``more`` counts the others.

    ``first`` where it was not compared with an earlier one; ``said`` tells a change that no line shows.
    """

    version: int
    latest: bool
    who: str
    at: str
    first: bool
    changes: tuple[ChangedLine, ...]
    more: int
    said: str


def version_views(records: Sequence[DraftRecord], authors: Mapping[str, str]) -> tuple[VersionView, ...]:
    """``records``, newest first, each with what it changed of the one before."""
    if not records:
        return ()
    pairs = zip(records, [*records[1:], None], strict=True)
    return tuple(_view(record, before, authors, latest=record is records[0]) for record, before in pairs)


def _view(record: DraftRecord, before: DraftRecord | None, authors: Mapping[str, str], *, latest: bool) -> VersionView:
    comparison = compare(content_of(before.draft), content_of(record.draft)) if before else None
    changes = tuple(_changes(comparison)) if comparison else ()
    who = "AI 초안" if record.drafted_by == "drafter" else authors.get(record.id, "의사")
    return VersionView(
        version=record.version,
        latest=latest,
        who=who,
        at=moment(record.created_at),
        first=before is None,
        changes=changes[:_SHOWN_LINES],
        more=max(0, len(changes) - _SHOWN_LINES),
        said="" if changes or before is None else _quiet_change(before.draft, record.draft, comparison),
    )


def _changes(comparison: Comparison) -> Iterator[ChangedLine]:
    for name, title in _PARTS:
        for block in getattr(comparison, name):
            for line in block.lines:
                if line.state != "same":
                    yield ChangedLine(where=f"{title} {block.title}", line=line)


def _quiet_change(before: Draft, after: Draft, comparison: Comparison | None) -> str:
    """What changed where no sentence and no entry reads differently."""
    if comparison is not None and any(row.state != "same" for row in comparison.medicines):
        return "복약표를 고침"
    if _acknowledged(before) != _acknowledged(after):
        return "근거 없는 문장을 확인하고 유지"
    if before.flags != after.flags:
        return "확인 항목을 정리"
    order = [section.code for section in before.note.sections] != [section.code for section in after.note.sections]
    return "항목을 추가" if order else "순서를 바꿈"


def _acknowledged(draft: Draft) -> set[str]:
    sections = (*draft.note.sections, *draft.patient_summary.sections)
    return {statement.id for section in sections for statement in section.statements if statement.acknowledged}
