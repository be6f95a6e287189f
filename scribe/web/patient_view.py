"""The patient summary as a patient reads it: warnings apart, medicines where they are spoken of."""

from dataclasses import dataclass

from scribe.domain.statement import Section
from scribe.domain.summary import Medicine, PatientSummary

_WARNING_CODES = ("warning", "return", "precaution", "danger", "emergency")
_MEDICINE_CODES = ("medicine", "medication", "drug")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSection:
    """A part of the sheet; ``warning`` sections are set apart so that nobody overlooks them."""

    title: str
    texts: tuple[str, ...]
    warning: bool = False
    medicines: tuple[Medicine, ...] = ()


def sheet(summary: PatientSummary) -> tuple[SheetSection, ...]:
    """The summary's sections that say something; the medicine grid stands in its section, or in one of its own."""
    placed = any(_is(section, _MEDICINE_CODES) for section in summary.sections)
    sections = [_section(section, summary.medicines) for section in summary.sections]
    shown = [section for section in sections if section.texts or section.medicines]
    if summary.medicines and not placed:
        first_warning = next((index for index, section in enumerate(shown) if section.warning), len(shown))
        shown.insert(first_warning, SheetSection(title="약 먹는 방법", texts=(), medicines=summary.medicines))
    return tuple(shown)


def _section(section: Section, medicines: tuple[Medicine, ...]) -> SheetSection:
    return SheetSection(
        title=section.title,
        texts=tuple(statement.text for statement in section.statements),
        warning=_is(section, _WARNING_CODES),
        medicines=medicines if _is(section, _MEDICINE_CODES) else (),
    )


def _is(section: Section, codes: tuple[str, ...]) -> bool:
    return any(code in section.code for code in codes)
