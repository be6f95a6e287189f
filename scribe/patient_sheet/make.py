"""From a signed note to the sheet: told in the language asked for, without what the physician keeps off it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe.domain.entries import Entry, FollowUp
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary
from scribe.drafting.retell import Retold, retell
from scribe.patient_sheet.sheet import Language, Line, Meal, Part, Role, Row, Sheet
from scribe.patient_sheet.words import WORDS

# What matters first is read first; hospitals' own templates may use other codes.
_LAST = ("reason", "findings")
_ROLES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("warning", ("warning", "return", "precaution", "danger", "emergency")),
    ("medicines", ("medicine", "medication", "drug")),
    ("do", ("advice", "home", "care")),
    ("next", ("next", "follow", "visit", "test")),
)
_ROLE_ORDER: tuple[Role, ...] = ("found", "medicines", "warning", "do", "next")
_OWN_TITLE: tuple[Role, ...] = ("warning",)
_MEALS: tuple[tuple[Meal, tuple[str, ...]], ...] = (
    ("after", ("식후", "식사 후", "식사 직후", "밥 먹고", "after meal", "after a meal")),
    ("before", ("식전", "식사 전", "공복", "before meal", "empty stomach")),
    ("between", ("식간", "between meal")),
    ("with", ("식사와 함께", "with meal", "with food")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """The hospital as the patient is to find it."""

    name: str
    phone: str | None = None


def section_part(code: str) -> str:
    """The name under which a whole section is kept off the sheet."""
    return f"section:{code}"


def medicine_part(entry: str) -> str:
    """The name under which a row of the medicine grid is kept off the sheet."""
    return f"medicine:{entry}"


def make_sheet(note: SignedNote, language: Language, withheld: Collection[str], institution: Institution) -> Sheet:
    """The sheet of ``note``; ``withheld`` names statements by id, sections and rows by the functions above.

    Nothing is translated: what cannot be composed anew from the entries stands as it was signed, marked as original.
    """
    retold = retell(note.content.patient_summary, note.content.entries, note.encounter, language)
    hidden = frozenset(withheld)
    maker = _Maker(language, retold, hidden, note.encounter.start, note.content.entries)
    patient = note.encounter.patient
    rows = tuple(
        maker.row(row) for row in retold.summary.medicines if medicine_part(row.entry) not in hidden
    )  # fmt: skip
    return Sheet(
        language=language,
        hospital=institution.name,
        phone=institution.phone,
        patient=patient.name if patient else "",
        visit=note.encounter.start,
        physician=note.author.name,
        signed_at=note.signed_at,
        version=note.version,
        parts=_with_grid(maker.parts(retold.summary), language, has_rows=bool(rows)),
        medicines=rows,
    )


def role_of(code: str) -> Role:
    """What a section of that code is to the patient."""
    for role, codes in _ROLES:
        if any(part in code for part in codes):
            return role
    return "found"


def meal_of(relation: str | None) -> Meal | None:
    """Which of the meal pictograms says the same as the words; None where none does."""
    text = (relation or "").lower()
    return next((meal for meal, words in _MEALS if any(word in text for word in words)), None)


def _with_grid(parts: Iterable[Part], language: Language, *, has_rows: bool) -> tuple[Part, ...]:
    found = list(parts)
    if has_rows and not any(part.role == "medicines" for part in found):
        title = WORDS[language].roles["medicines"]
        found.append(Part(code="medicines", title=title, role="medicines", lines=()))
    return tuple(sorted(found, key=lambda part: (part.code in _LAST, _ROLE_ORDER.index(part.role))))


class _Maker:
    def __init__(
        self, language: Language, retold: Retold, hidden: frozenset[str], visit: datetime, entries: Iterable[Entry]
    ) -> None:
        self._language = language
        self._original: Language = "en" if retold.original == "en" else "ko"
        self._untold = retold.untold
        self._hidden = hidden
        self._visit = visit
        self._follow_ups: Mapping[str, FollowUp] = {e.id: e for e in entries if isinstance(e, FollowUp)}

    def parts(self, summary: PatientSummary) -> list[Part]:
        made = (self._part(section) for section in summary.sections if section_part(section.code) not in self._hidden)
        return [part for part in made if part.lines]

    def row(self, row: Medicine) -> Row:
        return Row(
            entry=row.entry,
            name=row.name,
            language=self._original if row.entry in self._untold else self._language,
            morning=row.morning,
            noon=row.noon,
            evening=row.evening,
            bedtime=row.bedtime,
            meal=meal_of(row.relation_to_meal),
            relation_to_meal=row.relation_to_meal,
            days=row.days,
            to_confirm=row.to_confirm,
        )

    def _part(self, section: Section) -> Part:
        role = role_of(section.code)
        return Part(
            code=section.code,
            title=WORDS[self._language].roles[role] if role in _OWN_TITLE else section.title,
            role=role,
            lines=tuple(self._line(s) for s in section.statements if s.id not in self._hidden),
        )

    def _line(self, statement: Statement) -> Line:
        original = statement.id in self._untold
        return Line(
            id=statement.id,
            text=statement.text,
            language=self._original if original else self._language,
            original=original,
            when=self._when(statement),
        )

    def _when(self, statement: Statement) -> datetime | None:
        """The day of a next visit, unless the sentence was rewritten and no longer names what the entry counts."""
        for name in statement.entries:
            entry = self._follow_ups.get(name)
            if entry is None or entry.in_days is None:
                continue
            if statement.support != "edited" or entry.when in statement.text:
                return self._visit + timedelta(days=entry.in_days)
        return None
