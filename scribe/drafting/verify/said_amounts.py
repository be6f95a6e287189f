"""The numbers of a consultation, each with the drug and the measurement that it was said of."""

import re
from dataclasses import dataclass, replace

from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify.amounts import Amount
from scribe.drafting.verify.consultation import Consultation

_TABLETS = 10  # nobody takes more at once
_MYRIAD = 10000
_BACK = (0, 1, 2)  # turns in which a drug named before still owns a number
_WORD_GOES_ON = re.compile(r"세요|셔|시[고는면네]|신|셨|늘|전(?![에 ])|히려|래|른|이[가은를]|실|람|고요?\s|히[려]")
_COPULA = re.compile(r"이(?:요|고|에요|네|었|셨)")


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """A number said in a turn; ``drug`` and ``measure`` are the terms named last before it."""

    amount: Amount
    turn: int
    drug: str | None
    measure: str | None
    by_clinician: bool

    def owner_like(self, owner: Mention) -> str | None:
        """What it was said of, among drugs or among measurements."""
        return self.drug if owner.table is Table.MEDICINES else self.measure

    def same_value(self, claim: Amount) -> bool:
        return self.amount.same_value(claim)


def amounts_of(consultation: Consultation) -> tuple[SaidAmount, ...]:
    """The numbers of the consultation, found once."""
    if consultation.said_amounts is None:
        consultation.said_amounts = tuple(_found(consultation))
    return consultation.said_amounts


def _found(consultation: Consultation) -> list[SaidAmount]:
    """Every number, those that are only parts of words left out; "칠십이요" may be 70 or 72."""
    found = []
    for turn, amount in consultation.amounts:
        text = consultation.turns[turn].utterance.text
        if _is_chance(text, amount):
            continue
        drug = _named_before(consultation, turn, amount, (Table.MEDICINES,))
        measure = _named_before(consultation, turn, amount, (Table.VITALS, Table.TESTS))
        by_clinician = consultation.turns[turn].role in ("clinician", "nurse")
        values = (amount, *_with_copula(text, amount), *_in_two(text, amount))
        found += [SaidAmount(value, turn, drug, measure, by_clinician) for value in values]
    return found


def _with_copula(text: str, amount: Amount) -> list[Amount]:
    """The number with the 이 behind it as its last digit."""
    if amount.unit is None and amount.value % 10 == 0 and amount.value and _COPULA.match(text[amount.end :]):
        high = None if amount.high is None else amount.high + 2
        return [Amount(amount.start, amount.end + 1, amount.value + 2, None, high, None, amount.standing)]
    return []


_COUNTS = {"하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "네": 4}


def _in_two(text: str, amount: Amount) -> list[Amount]:
    """ "오백 두 알" is two tablets of 500, "오십만" only 50, "이 리터 반" two and a half."""
    said = text[amount.start : amount.end]
    match = re.search(r"\s(하나|한|둘|두|셋|세|네)(?:\s?(?:알|정|캡슐|포|개|병|봉))?$", said)
    if match is not None and amount.value > _TABLETS:
        count = _COUNTS[match[1]]
        strength = replace(amount, value=amount.value - count, unit=None)
        return [strength, replace(amount, value=float(count))]
    if said.endswith("만") and amount.value >= _MYRIAD:
        return [replace(amount, value=amount.value / _MYRIAD)]
    if re.match(r"\s?반(?![가-힣])", text[amount.end :]):
        return [replace(amount, value=amount.value + 0.5)]
    return []


def _is_chance(text: str, amount: Amount) -> bool:
    """ "이번", the 오 of "오세요" and "한 번에" (at once) are no numbers."""
    if text[amount.start : amount.end] == "이번":
        return True
    if amount.unit == "times" and amount.value == 1 and re.match(r"에(?:\s|$)", text[amount.end :]):
        return True
    bare = amount.unit is None and amount.end - amount.start == 1 and not text[amount.start].isdigit()
    return bare and bool(_WORD_GOES_ON.match(text[amount.end :]))


def _named_before(consultation: Consultation, turn: int, amount: Amount, tables: tuple[Table, ...]) -> str | None:
    for back in _BACK:
        if turn < back:
            return None
        named = [m for m in consultation.turns[turn - back].mentions if m.table in tables and not m.nested]
        before = [m for m in named if back or m.start <= amount.start]
        if before:
            return before[-1].row.term
    return None
