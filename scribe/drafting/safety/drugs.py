"""Names of medicines as active ingredients and ATC codes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from scribe.domain.entries import Entry, MedicationOrder, MedicationStatement
from scribe.drafting.lexicon import MedicineRow, rows

_IN_USE = ("start", "continue", "change")


@dataclass(frozen=True, slots=True)
class Drug:
    """A medicine of the consultation: the entry that names it, its lexicon row and active ingredients."""

    entry: MedicationOrder | MedicationStatement
    row: MedicineRow

    @property
    def ingredients(self) -> frozenset[str]:
        """The active ingredients; a fixed combination has several."""
        return frozenset(part.strip() for part in self.row.ingredient.split("/"))

    @property
    def atc(self) -> str:
        return self.row.atc

    @property
    def is_ordered(self) -> bool:
        return isinstance(self.entry, MedicationOrder)


def ordered_drugs(entries: Sequence[Entry]) -> list[Drug]:
    """What the physician starts, continues or changes, as far as the lexicon knows it."""
    orders = (entry for entry in entries if isinstance(entry, MedicationOrder) and entry.action in _IN_USE)
    return [Drug(entry, row) for entry in orders if (row := medicine_row(entry.name)) is not None]


def taken_drugs(entries: Sequence[Entry]) -> list[Drug]:
    """What the patient takes already and the physician does not stop."""
    stopped = {
        row.ingredient
        for entry in entries
        if isinstance(entry, MedicationOrder) and entry.action == "stop" and (row := medicine_row(entry.name))
    }
    told = (entry for entry in entries if isinstance(entry, MedicationStatement))
    found = [Drug(entry, row) for entry in told if (row := medicine_row(entry.name)) is not None]
    return [drug for drug in found if drug.row.ingredient not in stopped]


def medicine_row(name: str) -> MedicineRow | None:
    """The row of a medicine by ingredient, English name, brand or synonym; what stands in brackets counts first."""
    base, _, spoken = name.partition("(")
    for wanted in (spoken.removesuffix(")"), base, name):
        row = _by_surface().get(folded(wanted)) if wanted.strip() else None
        if row is not None:
            return row
    return None


def folded(text: str) -> str:
    """A name without spaces, marks and case."""
    return re.sub(r"[\s\-·./]", "", text).casefold()


@cache
def _by_surface() -> dict[str, MedicineRow]:
    found: dict[str, MedicineRow] = {}
    for row in rows(MedicineRow):
        found.setdefault(folded(row.ingredient), row)
    for row in rows(MedicineRow):
        for noun in row.nouns:
            found.setdefault(folded(noun), row)
    return found
