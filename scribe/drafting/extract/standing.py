"""Drugs that the patient has now, and words that stand for a drug: "그건", "혈압약", "드시던 약"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scribe.domain.entries import Dose, MedicationStatement
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.doses import dose_of
from scribe.drafting.extract.dosing import Segment, drug_mentions, medicine_key, medicine_name, segments
from scribe.drafting.extract.medication import CLASS_CODES, NO_MEDICINE, class_mentions
from scribe.drafting.lexicon import MedicineRow, Table
from scribe.drafting.terms import Mention
from scribe.drafting.times import find_frequency

_RUNNING = re.compile(
    r"들어가고 (?:있|계)|맞고 (?:있|계)|달려 있|달고 (?:있|계)|나가고 있|유지 중|복용 중|"
    r"드시고 (?:있|계)"
)
_PRONOUN = re.compile(
    r"(?:^|(?<=[\s,.]))(?:그|이|저)\s?(?:거|건|것은|거는|걸|것도|거랑|약은|약을|약|연고는|연고|주사는|안약은|크림은|시럽은)"
    r"(?=[\s,])"
)
_REGULARLY = re.compile(
    r"매일|계속|꾸준|아침마다|저녁마다|년째|달째|년 전부터|하루 (?:한|두|세|네)|복용|드시는|먹는|고 있|쓰는|맞는"
)
_TAKEN_ONCE = re.compile(r"(?:먹었|먹였|먹여|드셨|맞았|맞혔|발랐|넣었|썼|뿌렸|붙였|사 ?먹|받았|했었|무었|묵었|했어)")
_AS_SUCH = re.compile(r"(?:으)?로(?:\s|도|는)|이나\s|처럼|같은|\s?계열|\s?(?:검사|부작용|때문)")
_DOSE_TEXT = re.compile(r"(?P<value>\d+(?:\.\d+)?) (?P<unit>\S+)")


@dataclass(frozen=True, slots=True)
class Standing:
    """A drug in use: its name as told, its dose where told, its ATC code where known."""

    name: str
    dose: Dose | None = None
    atc: str = ""
    drug_class: str = ""
    frequency: str | None = None
    times_per_day: float | None = None
    is_regular: bool = True


def standing_drugs(dialogue: Dialogue, taken: Iterable[MedicationStatement]) -> dict[str, Standing]:
    """By ingredient, or by the class where no medicine was named: what is taken, and what runs on the ward."""
    found: dict[str, Standing] = {}
    for statement in taken:
        if statement.adherence == "중단":
            continue
        mention = _medicine_in(dialogue, statement.name)
        key = medicine_key(mention) if mention else statement.name
        is_daily = statement.adherence is None and re.match(r"1일 \d회", statement.frequency or "")
        frequency = find_frequency(statement.frequency or "") if is_daily else None
        found[key] = replace(
            _standing(statement.name, _dose(statement.dose), mention),
            frequency=statement.frequency if frequency else None,
            times_per_day=frequency.times_per_day if frequency else None,
            is_regular=_is_regular(dialogue, statement),
        )
    for turn in dialogue.turns:
        if turn.role != "nurse":
            continue
        for segment in segments(turn):
            if _RUNNING.search(turn.sentence_text(turn.clause_at(segment.mention.start))):
                mention, dose, frequency = segment.mention, dose_of(segment), find_frequency(segment.text)
                drug = replace(
                    _standing(medicine_name(mention), None, mention),
                    dose=Dose(value=dose.value, unit=dose.unit) if dose else None,
                    frequency=frequency.text if frequency else None,
                    times_per_day=frequency.times_per_day if frequency else None,
                )
                found.setdefault(medicine_key(mention), drug)
    return found


def _is_regular(dialogue: Dialogue, statement: MedicationStatement) -> bool:
    """Taken day by day, by the words of the evidence, and not once or twice lately ("어제 두 번 먹었어요")."""
    cited = {item.utterance: item for item in statement.evidence}
    words = " ".join(
        turn.text[cited[turn.id].start : cited[turn.id].end] for turn in dialogue.turns if turn.id in cited
    )
    return bool(_REGULARLY.search(words)) or not _TAKEN_ONCE.search(words)


def _medicine_in(dialogue: Dialogue, name: str) -> Mention | None:
    mentions = [m for m in dialogue.terms.find(name) if m.table is Table.MEDICINES and not m.nested]
    return mentions[0] if mentions else None


def _standing(name: str, dose: Dose | None, mention: Mention | None) -> Standing:
    row = mention.row if mention else None
    if isinstance(row, MedicineRow):
        return Standing(name, dose, row.atc, row.drug_class)
    return Standing(name, dose)


def _dose(text: str | None) -> Dose | None:
    match = _DOSE_TEXT.fullmatch(text or "")
    return Dose(value=float(match.group("value")), unit=match.group("unit")) if match else None


def members(mention: Mention, standing: dict[str, Standing]) -> list[tuple[str, Standing]]:
    """The drugs in use that a class word such as "혈압약" stands for, with their keys."""
    codes = CLASS_CODES.get(mention.row.term, ())
    return [
        (key, drug)
        for key, drug in standing.items()
        if drug.name in (mention.surface, mention.row.term)
        or drug.drug_class == mention.row.term
        or (codes and drug.atc.startswith(codes))
    ]


def class_segments(turn: Turn) -> Iterator[Segment]:
    """The classes of the turn that no medicine beside them names more closely, with the words that belong to them."""
    medicines = drug_mentions(turn)
    classes = [mention for mention in class_mentions(turn) if not mention.nested]
    for mention in classes:
        if mention.row.term in NO_MEDICINE or _is_named(turn, mention, medicines):
            continue
        end = turn.sentence_of(turn.clause_at(mention.start))[-1].end
        others = [other.start for other in (*medicines, *classes) if other.start > mention.start]
        yield Segment(turn, mention, mention.start, min([end, *others]))


def _is_named(turn: Turn, mention: Mention, medicines: Iterable[Mention]) -> bool:
    clause = turn.clause_at(mention.start)
    return any(
        (m.start < mention.end and mention.start < m.end)
        or (clause.start <= m.start < clause.end and abs(m.start - mention.end) <= 16)
        for m in medicines
    ) or bool(_AS_SUCH.match(turn.text, mention.end))


def referred(dialogue: Dialogue, turn: Turn) -> Iterator[tuple[Segment, bool]]:
    """Sentences in which "그건" stands for the one drug that was named last, as segments of that drug; and whether the
    patient's side named it."""
    for clause in _openings(turn):
        first, end = clause.start, turn.sentence_of(clause)[-1].end
        match = _PRONOUN.search(turn.text, first, end)
        if match is None:
            continue
        mention, of_patient = _antecedent(dialogue, turn, match.start())
        following = [m.start for m in drug_mentions(turn) if m.start >= match.end()]
        if mention is not None and not any(first <= m.start < match.start() for m in drug_mentions(turn)):
            yield Segment(turn, _moved(mention, match), match.start(), min([end, *following])), of_patient


def _openings(turn: Turn) -> Iterator[Clause]:
    seen: set[int] = set()
    for clause in turn.clauses:
        if clause.sentence not in seen:
            seen.add(clause.sentence)
            yield clause


def _antecedent(dialogue: Dialogue, turn: Turn, before: int) -> tuple[Mention | None, bool]:
    """The drug named last in the turn before the word, else the only one of the two turns before; whether the patient's
    side named it."""
    own = [mention for mention in drug_mentions(turn) if mention.end <= before]
    if own:
        return own[-1], False
    for other in reversed(dialogue.turns[max(0, turn.index - 2) : turn.index]):
        mentions = drug_mentions(other)
        if mentions:
            is_only = len({medicine_key(m) for m in mentions}) == 1
            return (mentions[-1], other.is_patient_side) if is_only else (None, False)
    return None, False


def _moved(mention: Mention, match: re.Match[str]) -> Mention:
    """The drug, at the place of the word that stands for it."""
    row, form, how = mention.row, mention.form, mention.how
    return Mention(row, match.start(), match.end(), match.group(), form, how, mention.score)


def referred_words(words: str) -> bool:
    """Whether the words speak of one drug by a pronoun: "이건 한 달치"."""
    return _PRONOUN.search(words) is not None
