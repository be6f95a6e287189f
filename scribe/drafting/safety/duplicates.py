"""The same ingredient or class twice: within the orders, or beside what the patient takes already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from scribe.domain.entries import Advice, Entry, MedicationOrder
from scribe.domain.note import Flag
from scribe.drafting.particles import with_particle
from scribe.drafting.safety.drugs import Drug, folded, ordered_drugs, taken_drugs
from scribe.drafting.tables import listed, read_cells

_COLUMNS = ("name", "atc", "except_atc", "source")
_LOCAL = frozenset({"topical", "ophthalmic", "otic", "nasal", "rectal", "vaginal", "inhaled", "inhalation"})

_INJECTED = frozenset({"intravenous", "intramuscular", "subcutaneous"})


@dataclass(frozen=True, slots=True)
class DrugClass:
    """Drugs of which the usual patient takes one: by ATC prefixes."""

    name: str
    atc: tuple[str, ...]
    except_atc: tuple[str, ...]
    source: str

    def has(self, code: str) -> bool:
        return code.startswith(self.atc) and not (self.except_atc and code.startswith(self.except_atc))


@cache
def single_classes() -> tuple[DrugClass, ...]:
    """The table ``duplicate_classes.tsv``.  Raises LexiconError."""
    return tuple(
        DrugClass(name, listed(atc), listed(without), source)
        for _, (name, atc, without, source) in read_cells("duplicate_classes", _COLUMNS)
    )


def duplicate_flags(entries: Sequence[Entry]) -> Iterator[Flag]:
    """A question for each pair of medicines of one ingredient or class, unless the physician spoke against it."""
    ordered, taken = ordered_drugs(entries), taken_drugs(entries)
    pairs = [*combinations(ordered, 2), *((new, old) for new in ordered for old in taken)]
    for first, second in pairs:
        if _is_one_medicine(first, second) or _is_advised_against(second, entries):
            continue
        shared = first.ingredients & second.ingredients
        if shared and _is_systemic(first) and _is_systemic(second):
            yield _flag(first, second, f"같은 성분({', '.join(sorted(shared))})", "duplicate_ingredient")
            continue
        same = next((group for group in single_classes() if group.has(first.atc) and group.has(second.atc)), None)
        if same is not None and _is_systemic(first) and _is_systemic(second) and _way(first) == _way(second):
            yield _flag(first, second, f"같은 계열({same.name})", "duplicate_class")


def _flag(first: Drug, second: Drug, what: str, rule: str) -> Flag:
    pair = with_particle(first.entry.name, "과")
    where = "함께 처방되었습니다" if second.is_ordered else "복용 중인 약과 겹칩니다"
    verb = "처방" if second.is_ordered else "복용"
    text = (
        f"확인 필요: {pair} {with_particle(second.entry.name, '은')} {what}으로 {where}. 함께 {verb}하는 것이 맞습니까?"
    )
    return Flag(kind="conflict", rule=rule, text=text, entries=(first.entry.id, second.entry.id))


def _is_one_medicine(first: Drug, second: Drug) -> bool:
    """The same medicine ordered in two steps (a dose now, a dose later), or re-prescribed as it is taken."""
    if folded(first.entry.name) != folded(second.entry.name):
        return _continues(first, second)
    return True


def _continues(new: Drug, old: Drug) -> bool:
    """A medicine that is continued or changed under its other name ("혈압약 노바스크" as 암로디핀)."""
    return (
        not old.is_ordered
        and isinstance(new.entry, MedicationOrder)
        and new.entry.action in ("continue", "change")
        and new.row.ingredient == old.row.ingredient
    )


def _is_advised_against(drug: Drug, entries: Sequence[Entry]) -> bool:
    """The physician already told the patient not to take it ("집에 있는 타이레놀은 같이 드시지 마세요")."""
    name = folded(drug.entry.name)
    return any(
        isinstance(entry, Advice)
        and name in folded(entry.name)
        and any(word in entry.name for word in ("않기", "금지", "중단", "피하기", "말기"))
        for entry in entries
    )


def _is_systemic(drug: Drug) -> bool:
    return _route(drug) not in _LOCAL


def _way(drug: Drug) -> bool:
    """Whether it is injected: one injection at the clinic before tablets at home is no double prescription."""
    return _route(drug) in _INJECTED


def _route(drug: Drug) -> str:
    route = drug.entry.route if isinstance(drug.entry, MedicationOrder) else None
    return route or drug.row.route
