"""What was read and must not go out unconfirmed: misheard names, odd units and strengths, broken pressures."""

from collections.abc import Iterable, Sequence

from scribe.domain.entries import Dose, Entry, LabResult, MedicationOrder, MedicationStatement, Vital
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.doses import dose_of
from scribe.drafting.extract.dosing import (
    drug_mentions,
    is_odd_strength,
    is_odd_unit,
    medicine_name,
    segments,
)
from scribe.drafting.extract.measurements import GUESSED
from scribe.drafting.extract.reading import Doubt
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import find_pressures
from scribe.drafting.terms import Mention


def doubts(dialogue: Dialogue, entries: Sequence[Entry]) -> Iterable[Doubt]:
    """The doubts about the entries, by their ids."""
    for entry in entries:
        if isinstance(entry, MedicationOrder | MedicationStatement):
            yield from _of_medicine(dialogue, entry)
        elif isinstance(entry, Vital | LabResult) and entry.confidence == GUESSED:
            yield from _of_measurement(dialogue, entry)
        else:
            yield from _of_name(dialogue, entry)


def _of_medicine(dialogue: Dialogue, entry: MedicationOrder | MedicationStatement) -> Iterable[Doubt]:
    turn_and_mention = _named(dialogue, entry)
    if turn_and_mention is None:
        return
    turn, mention = turn_and_mention
    if mention.how == "fuzzy":
        said = turn.utterance.text[mention.start : mention.end]
        yield Doubt("name", entry.id, said, medicine_name(mention))
    if not isinstance(entry, MedicationOrder):
        return
    for segment in segments(turn):
        if segment.mention is not mention:
            continue
        amount = dose_of(segment)
        stated = Dose(value=amount.value, unit=amount.unit) if amount else None
        if is_odd_unit(segment, entry.dose):
            yield Doubt("unit", entry.id, _written(entry.dose), entry.name)
        elif turn.is_recognised and is_odd_strength(mention.row, stated):
            yield Doubt("strength", entry.id, _written(stated), entry.name)


def _of_name(dialogue: Dialogue, entry: Entry) -> Iterable[Doubt]:
    """A disease, a symptom, a test or a procedure whose name was only like what the text has."""
    cited = {item.utterance for item in entry.evidence}
    for turn in dialogue.turns:
        named = [m for m in turn.mentions if m.table is not Table.MEDICINES and m.row.term in entry.name]
        fullest = max(named, key=lambda mention: (len(mention.row.term), mention.how != "fuzzy"), default=None)
        if turn.id in cited and fullest is not None and fullest.how == "fuzzy":
            yield Doubt("term", entry.id, turn.utterance.text[fullest.start : fullest.end], entry.name)


def _written(dose: Dose | None) -> str:
    return f"{dose.value:g} {dose.unit}" if dose else ""


def _named(dialogue: Dialogue, entry: Entry) -> tuple[Turn, Mention] | None:
    """Where the entry's evidence names its medicine; as a known word rather than as a guess."""
    cited = {item.utterance for item in entry.evidence}
    found = [
        (turn, mention)
        for turn in dialogue.turns
        if turn.id in cited
        for mention in drug_mentions(turn)
        if medicine_name(mention) == entry.name
    ]
    return min(found, key=lambda item: item[1].how == "fuzzy", default=None)


def _of_measurement(dialogue: Dialogue, entry: Vital | LabResult) -> Iterable[Doubt]:
    cited = {item.utterance: item for item in entry.evidence}
    for turn in dialogue.turns:
        item = cited.get(turn.id)
        if item is None:
            continue
        for pressure in find_pressures(turn.text):
            value = f"{pressure.systolic}/{pressure.diastolic}"
            mine = entry.value in (pressure.systolic, pressure.diastolic, value)
            if pressure.is_guess and mine and item.start <= pressure.start < item.end:
                yield Doubt("pressure", entry.id, turn.utterance.text[pressure.start : pressure.end], value)
