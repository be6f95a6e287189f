"""Sides and times: left is not right, yesterday is not last week."""

import re
from collections.abc import Iterator

from scribe.domain.transcript import Utterance
from scribe.drafting.verify import claims
from scribe.drafting.verify.amounts import find_amounts
from scribe.drafting.verify.claim import Claim
from scribe.drafting.verify.verdict import Check, Reason


def sides_agree(claim: Claim) -> Iterator[Reason]:
    """Sides are those of the dialogue; beside a number or a term, the one said beside the same."""
    heard = [
        (side, start, utterance) for utterance, _ in claim.heard for side, start, _ in claims.sides(utterance.text)
    ]
    entry_sides = {side for entry in claim.entries for side, _, _ in claims.sides(claims.EntryClaim((entry,)).words)}
    for side, start, end in claims.sides(claim.text):
        word = claim.text[start:end]
        if any(m.start <= start < m.end and claim.is_said(m) for m in claim.mentions):
            continue
        unsaid = side not in {said_side for said_side, _, _ in heard} and not _both(side, heard)
        other_than_entry = bool(claim.entries) and side not in entry_sides
        elsewhere = not claim.entries and _other_side_of_word(claim, side, end)
        if unsaid or other_than_entry or elsewhere or _other_side_of_number(claim, side, end):
            yield Reason(Check.SIDE, word)


def _both(side: str, heard: list[tuple[str, int, Utterance]]) -> bool:
    return side == "both" and {"left", "right"} <= {said_side for said_side, _, _ in heard}


def _other_side_of_number(claim: Claim, side: str, end: int) -> bool:
    """Whether the first number after the side in the statement was said of the other side only."""
    number = next((a for a in find_amounts(claim.text) if 0 <= a.start - end <= 12), None)
    if number is None or side == "both":
        return False
    beside = set()
    for utterance, _ in claim.heard:
        named = claims.sides(utterance.text)
        for amount in find_amounts(utterance.text):
            before = [said_side for said_side, _, stop in named if stop <= amount.start]
            if before and amount.standing == "said" and amount.supports(number):
                beside.add(before[-1])
    return bool(beside) and side not in beside and "both" not in beside


def _other_side_of_word(claim: Claim, side: str, end: int) -> bool:
    """Whether the noun after the side in the statement was said with the other side only."""
    noun = re.match(r"\s?([가-힣]{2,}?)(?=[\s,.:(에이가은는을를]|$)", claim.text[end:])
    if noun is None or side == "both":
        return False
    beside = set()
    for utterance, _ in claim.heard:
        named = claims.sides(utterance.text)
        for place in re.finditer(re.escape(noun[1]), utterance.text):
            before = [said_side for said_side, _, stop in named if 0 <= place.start() - stop <= 12]
            beside |= set(before[-1:])
    return bool(beside) and side not in beside and "both" not in beside


def times_agree(claim: Claim) -> Iterator[Reason]:
    """Every day and part of the day was said."""
    text = claim.passage.text
    heard = claims.said_times(text)
    for time in claims.stated_times(claim.text) - heard:
        if time == "오늘" or _time_in_other_words(time, text):
            continue
        yield Reason(Check.TIME, time)


def _time_in_other_words(time: str, text: str) -> bool:
    if time in ("그저께", "모레"):
        return "이틀" in text
    if time in ("아침", "점심", "저녁"):
        return bool(re.search(r"세 ?끼|매 ?끼|끼니", text))
    return False
