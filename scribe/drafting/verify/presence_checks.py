"""Presence and absence: what is denied was denied, what is there was told."""

import re
from collections.abc import Iterator

from scribe.domain.entries import (
    Allergy,
    Diagnosis,
    Entry,
    Exam,
    History,
    LabResult,
    Symptom,
)
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import Claim, fold
from scribe.drafting.verify.claims import is_of_relative
from scribe.drafting.verify.polarity import (
    POLAR_TABLES,
    Spot,
    said,
    spot_of,
    stated,
    stated_at,
)
from scribe.drafting.verify.verdict import Check, Reason

_WITH_PRESENCE = (Symptom, History, Allergy, Diagnosis)
_CONDITION = re.compile(
    r"(?:[^.()]|(?<=\d)\.(?=\d)){0,60}?(?:\s시|면|때|때는)(?=[\s),.]|$)|[^.()]{0,16}(?:금지|피하|회피|주의|예방|마세요|마십)"
)
_DENIALS = re.compile(r"없|않|안 됨|안 만")


def polarity_agrees(claim: Claim) -> Iterator[Reason]:
    """What the statement denies was denied, and what it states was not."""
    for entry in claim.entries:
        yield from _against_entry(entry, claim)
    if claim.entries and not any(isinstance(entry, _WITH_PRESENCE) for entry in claim.entries):
        return
    asserted_both_ways = _asserted_both_ways(claim)
    for mention in claim.mentions:
        if mention.row.term in asserted_both_ways or not _states_presence(mention, claim):
            continue
        asserted = stated(claim.text, mention)
        heard = {
            said(claim.passage, utterance, spot_of(other))
            for utterance, found in claim.heard
            for other in found
            if other.row.term == mention.row.term
            and not _is_broader(other, mention)
            and is_of_relative(utterance.text, other.start) == claim.is_family_history
        }
        if (heard - {"unclear"}, asserted) in (({"absent"}, "present"), ({"present"}, "absent")):
            yield Reason(Check.POLARITY, mention.surface)


def nouns_agree(claim: Claim) -> Iterator[Reason]:
    """For words that the lexicon does not know: the noun before 없음 or 있음, as the dialogue asserts it."""
    match = re.search(r"([가-힣A-Za-z]{2,})\s(없음|있음)(?=[.(]|$)", claim.text)
    if match is None or any(m.start <= match.start(1) < m.end and m.table in POLAR_TABLES for m in claim.mentions):
        return
    heard = {
        said(claim.passage, utterance, Spot(place.start(), place.end()))
        for utterance, _ in claim.heard
        for place in re.finditer(re.escape(match[1]), utterance.text)
        if not is_of_relative(utterance.text, place.start())
    }
    heard -= {"unclear"}
    if len(heard) == 1 and heard != {"absent" if match[2] == "없음" else "present"}:
        yield Reason(Check.POLARITY, match[1])


def _is_measured(mention: Mention, claim: Claim) -> bool:
    """혈압 in "혈압 152/88" names a measurement, no disease."""
    overlaps = (m.table in (Table.VITALS, Table.TESTS) and m.start <= mention.start < m.end for m in claim.mentions)
    return any(overlaps) or bool(re.match(r"\s?\d", claim.text[mention.end :]))


def _states_presence(mention: Mention, claim: Claim) -> bool:
    """Whether the statement says of the term itself that it is there or not."""
    if mention.table not in POLAR_TABLES or mention.nested or len(mention.surface) == 1:
        return False
    if mention.surface.endswith("면") or _is_condition(claim.text, mention.end):
        return False
    if claim.entries and _is_bracketed(mention, claim.text):
        return False
    return not _is_measured(mention, claim) and not _heads_compound(mention, claim.text)


def _is_bracketed(mention: Mention, text: str) -> bool:
    """Details in brackets may be the patient's own words, which deny and state in one breath."""
    return any(match.start() <= mention.start < match.end() for match in re.finditer(r"\([^()]*\)", text))


def _asserted_both_ways(claim: Claim) -> set[str]:
    """Terms that the statement denies of one place and states of another ("압통, … 우하복부 압통 없음")."""
    brackets = [match.span() for match in re.finditer(r"\([^()]*\)", claim.text)]
    ways: dict[str, set[str]] = {}
    for mention in claim.mentions:
        if not any(start <= mention.start < end for start, end in brackets):
            ways.setdefault(mention.row.term, set()).add(stated(claim.text, mention))
    return {term for term, asserted in ways.items() if len(asserted) > 1}


def _heads_compound(mention: Mention, text: str) -> bool:
    """알레르기 in "계란 알레르기" and 접종 in "독감 예방접종" say less than the whole name."""
    general = mention.table in (Table.ALLERGENS, Table.HISTORIES)
    return general and bool(re.search(r"[가-힣A-Za-z]\s?$", text[: mention.start]))


def _is_broader(heard: Mention, claimed: Mention) -> bool:
    """가래 is broader than 누런 가래: having the one says nothing of the other."""
    return heard.surface != claimed.surface and fold(heard.surface) in fold(claimed.surface)


def _against_entry(entry: Entry, claim: Claim) -> Iterator[Reason]:
    if not isinstance(entry, Symptom | History | Allergy) or entry.status == "resolved":
        return
    name = re.sub(r"\s(?:가족력|병력)$", "", entry.name)
    at = claim.text.find(name)
    if isinstance(entry, History) and entry.name in (entry.detail or ""):
        return
    if at < 0 or re.search(r"비흡연|안 함|않|없음$|안 받|미접종", entry.name):
        return
    end = at + len(name)
    if _is_condition(claim.text, end):
        return
    asserted = stated_at(claim.text, end)
    if re.search(r"비\s?$|현재 비$", claim.text[:at]):
        asserted = "absent"
    if asserted not in (entry.status, "unclear"):
        yield Reason(Check.POLARITY, name)


def _is_condition(text: str, end: int) -> bool:
    """ "흉통 시 119" and "열이 나면" state no finding."""
    return bool(_CONDITION.match(text[end:]))


def entry_negations_agree(claim: Claim) -> Iterator[Reason]:
    """A finding or a result is denied as often as in its entry."""
    for entry in claim.entries:
        if isinstance(entry, Exam | LabResult) and len(claim.entries) == 1:
            told = claims.EntryClaim((entry,)).words
            if len(_DENIALS.findall(claim.text)) < _denials_told(entry) or (
                _DENIALS.search(claim.text) and not _DENIALS.search(told)
            ):
                yield Reason(Check.POLARITY, claim.text.strip())


def _denials_told(entry: Exam | LabResult) -> int:
    """The denials of the part that every wording tells: the finding, or the value."""
    told = entry.finding if isinstance(entry, Exam) else str(entry.value)
    return len(_DENIALS.findall(told))
