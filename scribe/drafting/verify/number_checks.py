"""Numbers, doses and units: each must have been said, of the same thing, and stand in the cited entries."""

import re
from collections.abc import Iterator, Sequence

from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import COUNTED, MASSES
from scribe.drafting.terms import Mention
from scribe.drafting.verify.amounts import BARE_MILLI, Amount, find_amounts, units_agree, written_amounts
from scribe.drafting.verify.claim import Claim
from scribe.drafting.verify.entry_amounts import entry_amounts
from scribe.drafting.verify.verdict import Check, Reason

_OWNERS = frozenset({Table.MEDICINES, Table.VITALS, Table.TESTS})


def amounts_agree(claim: Claim) -> Iterator[Reason]:
    """Every number was said in that unit, of that drug or measurement, and was not taken back."""
    heard = [
        (amount, _owner(found, amount.start, utterance.text))
        for utterance, found in claim.heard
        if utterance.id in claim.passage.cited or not claim.passage.cited
        for amount in find_amounts(utterance.text)
    ]
    for amount in written_amounts(claim.text):
        word = _with_unit(claim.text, amount)
        check = _amount(amount, _owner(claim.mentions, amount.start, claim.text), heard, claim)
        if check is not None:
            yield Reason(check, word)


def entry_amounts_agree(claim: Claim) -> Iterator[Reason]:
    """A statement has no number that its entries lack, none more often than they, and none in another unit."""
    if not claim.entries:
        return
    known = [amount for entry in claim.entries for amount in entry_amounts(entry)]
    left = list(known)
    for amount in written_amounts(claim.text):
        same = [other for other in left if other.same_value(amount)]
        agreeing = [
            other for other in same if units_agree(other.unit, amount.unit) or units_agree(amount.unit, other.unit)
        ]
        if agreeing:
            left.remove(agreeing[0])
            continue
        word = _with_unit(claim.text, amount)
        if not _in_plain_words(word, claim):
            yield Reason(Check.UNIT if same else Check.NUMBER, word)


def _with_unit(text: str, amount: Amount) -> str:
    """The number as written with the unit that is attached to it."""
    tail = re.match(r"[가-힣%℃]*", text[amount.end :])
    return (text[amount.start : amount.end] + (tail[0] if tail else "")).strip()


def _in_plain_words(word: str, claim: Claim) -> bool:
    """A number of the plain wording of a term or of a piece of advice, not of the fact."""
    return any(word in words for words in claim.plain_words)


def _amount(
    amount: Amount, owner: Mention | None, heard: list[tuple[Amount, Mention | None]], claim: Claim
) -> Check | None:
    same = [(said_amount, whose) for said_amount, whose in heard if said_amount.same_value(amount)]
    if not same:
        return None if _said_in_words(amount, claim) else Check.NUMBER
    agreeing = [pair for pair in same if units_agree(pair[0].unit, amount.unit)]
    if not is_usual_unit(amount, owner):
        return Check.UNIT
    if not agreeing:
        return None if _said_in_words(amount, claim) or is_volume(amount, same, owner) else Check.UNIT
    current = _current(claim.text)
    standing = [
        pair for pair in agreeing if pair[0].standing == "said" or (pair[0].standing == "former" and not current)
    ]
    if not standing:
        return Check.RETRACTED
    return None if _belongs(amount, owner, standing, heard) else Check.NUMBER


def _current(text: str) -> bool:
    """Whether a statement is about the dose from now on: then what it was before does not support it."""
    return bool(re.search(r"\((?:변경|시작)\)|증량|감량|올려|줄여|드세요|먹이세요", text)) and not re.search(
        r"에서 (?:증량|감량)|\d에서", text
    )


def _belongs(
    amount: Amount,
    owner: Mention | None,
    agreeing: list[tuple[Amount, Mention | None]],
    heard: list[tuple[Amount, Mention | None]],
) -> bool:
    """Whether the number was said of the same drug or measurement, as far as that can be told."""
    if owner is None or not _is_bound(amount):
        return True
    own = [said_amount for said_amount, whose in heard if whose and whose.row.term == owner.row.term]
    if not any(_is_bound(said_amount) and units_agree(said_amount.unit, amount.unit) for said_amount in own):
        return True
    return any(whose is None or whose.row.term == owner.row.term for _, whose in agreeing)


def _is_bound(amount: Amount) -> bool:
    """Doses and measurements belong to the drug or test named before them; days and times may be shared."""
    return amount.unit in MASSES | COUNTED or amount.unit in (None, "mm[Hg]", "Cel", "%", "rate", "mg/m2")


def _owner(found: tuple[Mention, ...], position: int, text: str) -> Mention | None:
    """The drug or measurement named last before a number; an explanation in brackets names none."""
    brackets = [match.span() for match in re.finditer(r"\([^()]*\)", text)]
    if any(start <= position < end for start, end in brackets):
        return None
    before = [
        m
        for m in found
        if m.table in _OWNERS
        and m.end <= position
        and not m.nested
        and not any(start <= m.start < end for start, end in brackets)
    ]
    return before[-1] if before else None


def is_usual_unit(amount: Amount, owner: Mention | None) -> bool:
    """Whether a measurement or a drug is counted in that unit at all: a pulse in no %, 500 mg of a drug in no g."""
    if owner is None or amount.unit in (None, "d", "times", "score", "clock", "age", "stage", "degree", "ratio"):
        return True
    if owner.table is Table.MEDICINES:
        strengths = " ".join(getattr(owner.row, "strengths", ()))
        return amount.unit != "g" or not strengths or bool(re.search(r"\d\s?g\b", strengths))
    usual = getattr(owner.row, "unit", "")
    return not usual or _UNIT_CODES.get(usual, usual) == amount.unit or amount.unit not in _VITAL_UNITS


_UNIT_CODES = {"/min": "rate"}
_VITAL_UNITS = frozenset({"mm[Hg]", "Cel", "rate", "%", "kg", "cm"})


def is_volume(amount: Amount, same: Sequence[tuple[Amount, Mention | None]], owner: Mention | None) -> bool:
    """A bare 밀리 is a millilitre where the drug is a liquid."""
    spoken = any(said_amount.unit == BARE_MILLI for said_amount, _ in same)
    if owner is None or owner.table is not Table.MEDICINES:
        return amount.unit == "mL" and spoken
    row = owner.row
    liquid = getattr(row, "form", "") + " ".join(getattr(row, "strengths", ()))
    return amount.unit == "mL" and spoken and bool(re.search(r"mL|시럽|액|주사|수액|syrup|solution|inj", liquid))


_SAID_COUNTS = {
    1: r"한 ?번|아침|저녁|점심|매일|날마다|자기 .{0,8}전|한 ?(?:알|포|정|장|개|봉|방울|숟)|하나|오늘|어제|첫|초",
    2: r"아침,? ?저녁|두 ?번|이틀에|둘",
    3: r"세 ?끼|매 ?끼|끼니|아침,? ?점심,? ?저녁|셋",
}


def _said_in_words(amount: Amount, claim: Claim) -> bool:
    """A count said by other words: "아침저녁으로" is twice a day, "반" a half, "씹어서 하나" once."""
    text = claim.passage.text
    if amount.unit in ("times", *COUNTED) and amount.value in _SAID_COUNTS:
        if re.search(_SAID_COUNTS[int(amount.value)], text):
            return True
        counts = {a.value for a in find_amounts(text) if a.unit in ("times", *COUNTED)}
        return amount.value == 1 and amount.unit == "times" and not counts
    if amount.value == 0.5:
        return "반" in text
    unspoken = re.search(r"\d+\s?(?:단계|형|기|번 문항)", claim.text[amount.start : amount.end + 4])
    return amount.unit in ("score", "ratio") and bool(unspoken)
