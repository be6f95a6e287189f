"""Allergies against what is ordered: the drug itself, its class, or a class known to cross-react."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from scribe.domain.entries import Allergy, Entry
from scribe.domain.note import Flag
from scribe.drafting.lexicon import AllergenRow, rows
from scribe.drafting.particles import with_particle
from scribe.drafting.safety.drugs import Drug, folded, medicine_row, ordered_drugs
from scribe.drafting.tables import listed, read_cells

_COLUMNS = ("name", "allergy_atc", "order_atc", "except_atc", "note", "source")


@dataclass(frozen=True, slots=True)
class CrossReaction:
    """Who is allergic to a drug of ``allergy_atc`` (prefixes, "=" before a whole code) may react to ``order_atc``."""

    name: str
    allergy_atc: tuple[str, ...]
    order_atc: tuple[str, ...]
    except_atc: tuple[str, ...]
    note: str
    source: str

    def holds(self, allergen: str, ordered: str) -> bool:
        return (
            self._means(allergen)
            and ordered.startswith(self.order_atc)
            and not (self.except_atc and ordered.startswith(self.except_atc))
        )

    def _means(self, allergen: str) -> bool:
        """A prefix after "=" is the whole code: the allergy names a group and no drug of it."""
        return any(allergen == code[1:] if code[0] == "=" else allergen.startswith(code) for code in self.allergy_atc)


@cache
def cross_reactions() -> tuple[CrossReaction, ...]:
    """The table ``cross_reactivity.tsv``.  Raises LexiconError."""
    return tuple(
        CrossReaction(name, listed(first), listed(second), listed(without), note, source)
        for _, (name, first, second, without, note, source) in read_cells("cross_reactivity", _COLUMNS)
    )


def allergy_flags(entries: Sequence[Entry]) -> Iterator[Flag]:
    """A question for each allergy of the patient and each drug ordered that it speaks against."""
    drugs = ordered_drugs(entries)
    for allergy in entries:
        if isinstance(allergy, Allergy) and allergy.status == "present":
            for drug in drugs:
                reason = _reason(allergy, drug)
                if reason:
                    yield Flag(
                        kind="conflict",
                        rule="allergy",
                        text=f"확인 필요: {_told(allergy)} 병력이 있는데 {with_particle(drug.entry.name, '을')} "
                        f"처방하셨습니다({reason}). 그대로 처방하시겠습니까?",
                        entries=(allergy.id, drug.entry.id),
                    )


def _told(allergy: Allergy) -> str:
    name = allergy.name if "알레르기" in allergy.name else f"{allergy.name} 알레르기"
    return f"{name}({allergy.reaction})" if allergy.reaction else name


def _reason(allergy: Allergy, drug: Drug) -> str | None:
    named = medicine_row(allergy.name)
    if named is not None and Drug(drug.entry, named).ingredients & drug.ingredients:
        return "같은 성분"
    codes = _codes(allergy.name)
    if any(drug.atc.startswith(code) for code in codes if code):
        return "같은 성분 또는 계열"
    crossing = next((rule for rule in cross_reactions() for code in codes if code and rule.holds(code, drug.atc)), None)
    return crossing.note if crossing else None


def _codes(name: str) -> tuple[str, ...]:
    """ATC codes (or prefixes) of what the patient reacts to; what was said in brackets first."""
    base, _, spoken = name.partition("(")
    wanted = [folded(part) for part in (spoken.removesuffix(")"), base) if part.strip()]
    wanted += [part.removesuffix("알레르기").removesuffix("계열").removesuffix("계") for part in wanted]
    found = [row.atc for part in wanted if (row := _allergens().get(part)) is not None]
    named = medicine_row(name)
    return tuple(dict.fromkeys((*found, *((named.atc,) if named else ()))))


@cache
def _allergens() -> dict[str, AllergenRow]:
    found: dict[str, AllergenRow] = {}
    for row in rows(AllergenRow):
        for noun in row.nouns:
            if row.atc:
                found.setdefault(folded(noun), row)
    return found
