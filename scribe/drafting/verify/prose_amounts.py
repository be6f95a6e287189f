"""Numbers of a statement without evidence: said, in that unit, of the same drug, measurement or complaint."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.domain.entries import Entry, FollowUp, LabResult, MedicationOrder, MedicationStatement, Vital
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import COUNTED, MASSES
from scribe.drafting.terms import Mention
from scribe.drafting.verify.amounts import BARE_MILLI, Amount, units_agree, written_amounts
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.entry_amounts import entry_amounts
from scribe.drafting.verify.number_checks import is_usual_unit, is_volume
from scribe.drafting.verify.polarity import mentions
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_OWNERS = frozenset({Table.MEDICINES, Table.VITALS, Table.TESTS})
_MEASURED = (None, "mm[Hg]", "Cel", "degree", "%", "rate", "mg/m2", "kg", "cm", "kg/m2", "mg/dL")
_VOLUMES = frozenset({"mL", "L", BARE_MILLI, "U", "ug", "mg/kg"})
_WORD_COUNTS = {
    1: r"한 ?번|아침|저녁|점심|매일|날마다|자기 .{0,8}전|주무시기|한 ?(?:알|포|정|장|개|봉|방울|숟)|하나",
    2: r"아침,? ?(?:하고 ?)?저녁|두 ?번",
    3: r"세 ?끼|매 ?끼|끼니|식사 ?때마다|밥 ?먹을 때마다|아침,? ?점심,? ?저녁|세 ?번",
}
_NAMED = {"d": "기간", "times": "횟수"}


@dataclass(frozen=True, slots=True)
class _Said:
    """A number said, its turn, and the drug or measurement it was said of."""

    amount: Amount
    turn: int
    drug: str | None
    measure: str | None
    by_clinician: bool

    def owner_like(self, owner: Mention) -> str | None:
        """What it was said of, among drugs or among measurements."""
        return self.drug if owner.table is Table.MEDICINES else self.measure


def prose_amounts_agree(claim: ProseClaim) -> Iterator[Reason]:
    """Every number was said of what the statement says it of, and was not taken back."""
    said = _said(claim)
    brackets = [match.span() for match in re.finditer(r"\([^()]*\)", claim.text)]
    for amount in written_amounts(claim.text):
        if _is_name(claim.text, amount):
            continue
        inside = any(start <= amount.start < end for start, end in brackets)
        owner = None if inside else _owner(claim, amount)
        yield from _judged(claim, amount, owner, said)


def _is_name(text: str, amount: Amount) -> bool:
    """The numbers of stages, types and parts of a name are no measurements."""
    return bool(re.match(r"\s?(?:형|번 문항|요추|경추|번)(?![가-힣]*째)", text[amount.end :])) and amount.unit != "d"


def _judged(claim: ProseClaim, amount: Amount, owner: Mention | None, said: list[_Said]) -> Iterator[Reason]:
    word = _with_unit(claim.text, amount)
    planned = _planned(claim, amount)
    if planned and not any(abs(days - amount.value) < _SAME_DAY * max(days, amount.value) for days in planned):
        yield Reason(Check.NUMBER, word, ", ".join(f"{days:g}일" for days in sorted(planned)), "기간")
        return
    known = [other for entry in _facts(claim, owner, amount) for other in entry_amounts(entry)] if owner else []
    alike = [other for other in known if _is_alike(other, amount) and amount.mate is None]
    if not is_usual_unit(amount, owner):
        yield Reason(Check.UNIT, word)
    elif any(other.supports(amount) for other in alike):
        return
    else:
        check = _check(claim, amount, owner, said, alike)
        if check is not None:
            yield Reason(check, word, *_instead(claim, amount, owner, said, alike))


_SAME_DAY = 0.08  # share by which two lengths of time may differ: three months are 90 or 92 days
_VISIT = re.compile(r"^[^,.]{0,12}?(?:뒤|후|에)[^,.]{0,12}(?:재진|외래|추적 ?관찰|재방문|다시 내원|경과 관찰)")
_SUPPLY = re.compile(r"^\s?(?:일|주|개월|달)?치?분(?![가-힣])|^분(?![가-힣])")


def _planned(claim: ProseClaim, amount: Amount) -> set[float]:
    """The days until the visits that were read, or of the medicines ordered, where the number is such a one."""
    if amount.unit != "d":
        return set()
    entries = claim.consultation.entries
    after = claim.text[amount.end :]
    if _VISIT.match(after):
        return {float(e.in_days) for e in entries if isinstance(e, FollowUp) and e.in_days is not None}
    if _SUPPLY.match(after):
        return {float(e.duration_days) for e in entries if isinstance(e, MedicationOrder) and e.duration_days}
    return set()


def _check(
    claim: ProseClaim, amount: Amount, owner: Mention | None, said: list[_Said], alike: list[Amount]
) -> Check | None:
    same = [one for one in said if one.amount.same_value(amount)]
    agreeing = [one for one in same if units_agree(one.amount.unit, amount.unit)]
    if not agreeing:
        spoken = [(one.amount, None) for one in same]
        if _in_words(claim, amount, owner, alike) or (same and is_volume(amount, spoken, owner)):
            return None
        return Check.UNIT if same and amount.unit != "d" else Check.NUMBER
    standing = [one for one in agreeing if one.amount.standing in ("said", "former")]
    if not standing:
        return Check.RETRACTED
    if _belongs(claim, amount, owner, standing, said, is_known=bool(alike)):
        return None
    return None if _in_words(claim, amount, owner, alike) else Check.NUMBER


def _belongs(
    claim: ProseClaim,
    amount: Amount,
    owner: Mention | None,
    standing: list[_Said],
    said: list[_Said],
    *,
    is_known: bool,
) -> bool:
    if owner is not None and (_is_bound(amount) or amount.unit == "times"):
        of_drug = owner.table is Table.MEDICINES
        own = [one for one in standing if one.owner_like(owner) == owner.row.term and _is_counted(one.amount, amount)]
        if is_known and of_drug:
            own = [one for one in own if one.by_clinician and one.amount.high is None and one.amount.standing == "said"]
        if own:
            return True
        if not of_drug and any(_is_nearly_of(claim, one, owner) for one in standing):
            return True
        own = [one for one in said if one.owner_like(owner) == owner.row.term and _is_alike(one.amount, amount)]
        if own or is_known:
            return False
    part = claim.part_at(amount.start)
    reach = 4 if amount.unit == "d" else 2
    near = claim.near(part, reach) if part is not None else set()
    if not near:
        near = {turn for other in claim.parts for turn in claim.near(other, reach)}
    fitting = [one for one in standing if _fits(one.amount, amount)]
    return any(one.turn in near for one in fitting) if near else bool(fitting)


def _fits(other: Amount, amount: Amount) -> bool:
    """Without an owner a count must have been counted: "한 알" is no "1회", "다섯 시" no "5잔"."""
    if amount.unit == "times":
        return other.unit in ("times", "rate")
    return other.unit != "clock" or amount.unit == "clock"


def _is_counted(other: Amount, amount: Amount) -> bool:
    """A bare "이" is no "2회"."""
    return amount.unit != "times" or other.unit is not None


def _is_nearly_of(claim: ProseClaim, one: _Said, owner: Mention) -> bool:
    whose = one.measure
    near = {turn + by for turn in claim.turns(owner) for by in (-1, 0, 1, 2)}
    return one.turn in near and (whose is None or _is_kind_of(whose, owner))


def _is_kind_of(term: str, owner: Mention) -> bool:
    """혈당 is the general name of 자가혈당."""
    return any(fold(noun) in fold(term) or fold(term) in fold(noun) for noun in (owner.surface, owner.row.term))


def _is_bound(amount: Amount) -> bool:
    return amount.unit in MASSES | COUNTED | _VOLUMES or amount.unit in _MEASURED


def _is_alike(other: Amount, amount: Amount) -> bool:
    """Whether two amounts measure the same: both a dose, both a count of times, both a length of time."""
    for kind in (frozenset({"d"}), frozenset({"times", "rate"}), MASSES | COUNTED | _VOLUMES):
        if other.unit in kind or amount.unit in kind:
            return other.unit in kind and amount.unit in kind
    return True


def _facts(claim: ProseClaim, owner: Mention, amount: Amount) -> list[Entry]:
    """What was read of the drug or the measurement; of a drug taken or a drug ordered, as the statement has it."""
    kinds = (MedicationOrder, MedicationStatement, Vital, LabResult)
    found: list[Entry] = [e for e in claim.consultation.entries if isinstance(e, kinds) and _names(e, owner)]
    part = claim.part_at(amount.start)
    text = part.text if part is not None else claim.text
    for kind, told in ((MedicationStatement, _TAKEN), (MedicationOrder, _ORDERED)):
        if told.search(text) or (kind is MedicationStatement and re.match(r"\s*(?:현재 )?복용", claim.statement)):
            return [entry for entry in found if isinstance(entry, kind)] or found
    return found


_TAKEN = re.compile(r"복용 ?중|복용하(?:고|며)|드시던|복용해 ?옴|잘 복용")
_ORDERED = re.compile(r"변경|증량|감량|시작|처방|추가|일분")


def _names(entry: Entry, owner: Mention) -> bool:
    if fold(owner.surface) in fold(entry.name) or fold(entry.name) in fold(owner.surface):
        return True
    return any(m.row.term == owner.row.term for m in mentions(entry.name))


def _owner(claim: ProseClaim, amount: Amount) -> Mention | None:
    """The drug or measurement named last before a number of the statement."""
    bracketed = [(part.start, part.end) for part in claim.parts if part.is_bracketed]
    before = [
        m
        for m in claim.mentions
        if m.table in _OWNERS
        and m.end <= amount.start
        and not m.nested
        and not any(start <= m.start < end for start, end in bracketed)
    ]
    if not before or re.search(r"[.;]\s", claim.text[before[-1].end : amount.start]):
        return None
    own = claim.part_at(amount.start)
    other = [m for m in own.mentions if m.table is Table.SYMPTOMS and not m.nested] if own else []
    if own and own.start > before[-1].end and other and before[-1].table is not Table.MEDICINES:
        return None
    return before[-1]


def _said(claim: ProseClaim) -> list[_Said]:
    """Every number with the drug and the measurement named last before it: in its utterance, else shortly before."""
    return [
        _Said(
            amount,
            turn,
            _named_before(claim, turn, amount, (Table.MEDICINES,)),
            _named_before(claim, turn, amount, (Table.VITALS, Table.TESTS)),
            claim.consultation.turns[turn].role in ("clinician", "nurse"),
        )
        for turn, amount in claim.consultation.amounts
        if not _is_chance(claim.consultation.turns[turn].utterance.text, amount)
    ]


def _is_chance(text: str, amount: Amount) -> bool:
    """ "이번" and the 오 of "오세요" are no numbers."""
    if text[amount.start : amount.end] == "이번":
        return True
    bare = amount.unit is None and amount.end - amount.start == 1 and not text[amount.start].isdigit()
    return bare and bool(re.match(r"[가-힣]", text[amount.end :])) and text[amount.end] not in "이요점쯤정에고으"


def _named_before(claim: ProseClaim, turn: int, amount: Amount, tables: tuple[Table, ...]) -> str | None:
    for back in (0, 1, 2):
        if turn < back:
            return None
        named = [m for m in claim.consultation.turns[turn - back].mentions if m.table in tables and not m.nested]
        before = [m for m in named if back or m.start <= amount.start]
        if before:
            return before[-1].row.term
    return None


def _in_words(claim: ProseClaim, amount: Amount, owner: Mention | None, alike: list[Amount]) -> bool:
    """A count said by other words: "아침저녁으로" is twice a day, "반" a half."""
    if amount.unit in ("times", *COUNTED) and not alike:
        return _is_counted_in_words(claim, amount, owner)
    if amount.value == 0.5:
        return "반" in claim.consultation.text
    if amount.unit == "d" and owner is None:
        return any(isinstance(e, FollowUp) and e.in_days == amount.value for e in claim.consultation.entries)
    return amount.unit in ("score", "ratio") and bool(re.match(r"\s?(?:단계|형|기|번 문항)", claim.text[amount.end :]))


def _is_counted_in_words(claim: ProseClaim, amount: Amount, owner: Mention | None) -> bool:
    part = claim.part_at(amount.start)
    turns = claim.turns(owner) if owner else claim.near(part, 1) if part else frozenset()
    near = {turn + ahead for turn in turns for ahead in (0, 1, 2)} or set(range(len(claim.consultation.turns)))
    text = "\n".join(turn.text for turn in claim.consultation.turns if turn.index in near)
    ordinal = _ORDINALS.get(int(amount.value))
    if ordinal and re.search(rf"{ordinal}\s?(?:번째|째|차)", text):
        return True
    counted = [a for turn, a in claim.consultation.amounts if turn in near and a.unit == "times"]
    if counted and amount.unit == "times" and owner is None:
        return False
    pattern = _WORD_COUNTS.get(int(amount.value)) if amount.value == int(amount.value) else None
    return bool(pattern and re.search(pattern, text))


_ORDINALS = {
    1: "첫", 2: "두", 3: "세", 4: "네", 5: "다섯", 6: "여섯", 7: "일곱", 8: "여덟", 9: "아홉", 10: "열",
    11: "열한", 12: "열두",
}  # fmt: skip


def _with_unit(text: str, amount: Amount) -> str:
    """The number as written with its unit."""
    tail = re.match(r"\s?(?:mmHg|mg/dL|mg/m2|mg|mL|mcg|kg|cm|IU|℃|%|회/분|g|L|U)|[가-힣%℃]*", text[amount.end :])
    return (text[amount.start : amount.end] + (tail[0] if tail else "")).strip()


def _instead(
    claim: ProseClaim, amount: Amount, owner: Mention | None, said: list[_Said], alike: list[Amount]
) -> tuple[str, str]:
    """What was said of the same drug or measurement instead, and what kind of number it is."""
    if owner is None:
        return "", ""
    label = _NAMED.get(amount.unit or "") or ("용량" if owner.table is Table.MEDICINES else "수치")
    heard = [one for one in said if one.owner_like(owner) == owner.row.term and _is_alike(one.amount, amount)]
    spoken = [claim.consultation.turns[one.turn].text[one.amount.start : one.amount.end].strip() for one in heard]
    written = [
        f"{other.value:g} {other.unit or ''}".strip() for other in alike if other.unit not in ("d", "times", "rate")
    ]
    return ", ".join(dict.fromkeys([word for word in written or spoken if word])), label
