"""Whom a statement without evidence speaks of: the patient, or which relative."""

import re
from collections.abc import Iterator

from scribe.domain.entries import History
from scribe.drafting.assertion import Person
from scribe.drafting.lexicon import Table
from scribe.drafting.verify import claims
from scribe.drafting.verify.facts_heard import (
    heard,
    is_familys_only,
    is_named,
    kin_of,
    read_standing,
)
from scribe.drafting.verify.polarity import POLAR_TABLES
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason


def prose_persons_agree(claim: ProseClaim) -> Iterator[Reason]:
    """A relative of the statement was named, of the same disease; the patient's was not a relative's only."""
    if not claim.is_family_history and not claims.relatives(claim.text):
        yield from _diseases_of_relatives(claim)
    yield from _denied_of_relatives(claim)
    heard = {term for turn in claim.consultation.turns for term, _ in claims.relatives(turn.text)}
    if re.search(r"진술|대리|동반", claim.text):
        return
    for term, position in claims.relatives(claim.text):
        if term == "가족" or re.match("가족력", claim.text[position:]):
            continue
        word = claim.statement[position : position + len(term)]
        if term not in heard and not _kin_otherwise(claim, term):
            yield Reason(Check.SUBJECT, word)
        elif claim.is_family_history:
            yield from _of_another(claim, term, position)
        if claim.is_family_history:
            yield from _of_the_patient(claim, term, position)


_STATED = re.compile(r"(?:은|는|이|가|도)?\s?(?:가족력(?:은|이|도)?\s?)?(?:있음|있었음|\(\+\))")


def _denied_of_relatives(claim: ProseClaim) -> Iterator[Reason]:
    """A disease stated of the family, which was only denied of it."""
    family = [e for e in claim.consultation.entries if isinstance(e, History) and e.category == "family"]
    for part in claim.parts:
        if not (claim.is_family_history or claims.relatives(part.text)):
            continue
        for mention in part.mentions:
            if mention.table is not Table.DIAGNOSES or not _STATED.match(part.text[mention.end :]):
                continue
            read = {entry.status for entry in family if is_named(entry.name, mention)}
            kin = [place for place in claim.places(mention) if not place.is_patients]
            if read == {"absent"} or (not read and heard(kin) == {"absent"}):
                yield Reason(Check.POLARITY, f"‘{mention.surface}’ 있음", "없음", "유무")


_DISEASE = re.compile(r"(?:병|암|증|염|질환|장애|중풍|결핵|종양|경색|출혈|마비|천식|아토피)$")


def _diseases_of_relatives(claim: ProseClaim) -> Iterator[Reason]:
    """Diseases that the lexicon does not know, told of relatives only."""
    for noun in claim.nouns:
        if not _DISEASE.search(noun) or re.search("없음|아님|않음", claim.text):
            continue
        stem = re.sub(r"(?:질환|병|증)$", "", noun)
        places = claim.consultation.word_places(noun) or (claim.consultation.word_places(stem) if len(stem) > 1 else ())
        told = [place for place in places if not place.is_asked]
        if told and not any(place.is_patients for place in told):
            yield Reason(Check.SUBJECT, noun, *kin_of(told))


def alike_kin(term: str) -> tuple[str, ...]:
    """자매 for "언니", 모친 for "어머니": another word for the same relative."""
    groups = (
        ("자매", "형제자매", "언니", "여동생", "누나", "동생", "이모"),
        ("형제", "형제자매", "형", "오빠", "남동생", "동생"),
        ("모", "모친", "어머니", "엄마", "친정모", "친정어머니", "친정엄마", "외가"),
        ("부", "부친", "아버지", "아빠", "친정부", "친정아버지", "친정아빠"),
    )
    return next((group for group in groups if term in group), ())


def _kin_otherwise(claim: ProseClaim, term: str) -> bool:
    others = alike_kin(term)
    if any(turn.role == "guardian" for turn in claim.consultation.turns):
        others = (*others, "남편", "아내", "와이프", "애 아빠", "애 엄마")
    return any(other in claim.consultation.text for other in others if len(other) > 1)


def _of_the_patient(claim: ProseClaim, term: str, position: int) -> Iterator[Reason]:
    """The disease was read as the patient's own, and as no relative's."""
    part = claim.part_at(position)
    for mention in part.mentions if part else ():
        if (
            mention.nested
            or mention.table is not Table.DIAGNOSES
            or part is None
            or mention.start + part.start < position
        ):
            continue
        kin = [place for place in claim.places(mention) if not place.is_patients]
        turns = {turn + by for turn in claim.turns(mention) for by in (-1, 0, 1)}
        around = "\n".join(turn.text for turn in claim.consultation.turns if turn.index in turns)
        named = any(word in around for word in (term, *alike_kin(term)) if len(word) > 1)
        if "present" in read_standing(claim, mention) and not kin and not named and not is_familys_only(claim, mention):
            yield Reason(Check.SUBJECT, term, "환자", "대상")


def _of_another(claim: ProseClaim, term: str, position: int) -> Iterator[Reason]:
    """The disease was told of another relative only."""
    part = claim.part_at(position)
    for mention in part.mentions if part else ():
        if mention.nested or mention.table not in POLAR_TABLES:
            continue
        places = claim.places(mention)
        told = [place for place in places if not place.is_asked]
        if any(claim.consultation.turns[place.turn].role == "guardian" for place in told):
            return
        told = [place for place in told if claim.consultation.turns[place.turn].role == "patient"]
        texts = [claim.consultation.turns[place.turn].text for place in told]
        if any(word in text for text in texts for word in (term, *alike_kin(term)) if len(word) > 1):
            continue
        kin = {place.whose.word for place in told if place.whose.person is not Person.PATIENT}
        known = {word for word in kin if word}
        terms = {other for word in known for other, _ in claims.relatives(word)} | known
        if terms and term not in terms and not terms & {"가족", "부모", "형제", *alike_kin(term)}:
            yield Reason(Check.SUBJECT, term, ", ".join(sorted(known)), "대상")
