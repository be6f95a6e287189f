"""Presence and absence in a statement without evidence, held against the reading and the words."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Allergy
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.consultation import Place
from scribe.drafting.verify.facts_heard import (
    heard,
    is_familys_only,
    is_reaction,
    kin_of,
    read_standing,
    stated,
)
from scribe.drafting.verify.parts import Asserted, Part
from scribe.drafting.verify.polarity import POLAR_TABLES
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_NAMES = {"present": "있음", "absent": "없음"}


def prose_presence_agrees(claim: ProseClaim) -> Iterator[Reason]:
    """What the statement denies was denied, what it states was told as the patient's and as a fact."""
    yield from _allergies(claim)
    both_ways = _asserted_both_ways(claim)
    for part in claim.parts:
        if part.is_condition:
            continue
        for mention in part.mentions:
            if mention.nested or mention.table not in POLAR_TABLES or _is_measured(part, mention):
                continue
            if mention.table is Table.HISTORIES and not _HAS_SIGN.search(part.text[mention.end :]):
                continue
            if claim.text.count(mention.surface) > 1 or _is_far_from_sign(part, mention):
                continue
            if mention.row.term in both_ways or claim.is_family_history or _is_side_effect(claim, part, mention):
                continue
            asserted = "absent" if mention.negated else part.asserts(mention.end, mention.start)
            yield from _compared(claim, part, mention, asserted)
        yield from _other_words(claim, part)
        yield from _of_sites(claim, part)
        yield from _of_drugs(claim, part)


_PRESENT_AT_END = re.compile(r"[가-힣]\s?(?:있음|있었음|호소|\(\+\))[\s.]*$")


def _of_sites(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """A finding stated of a part of the body of which it was only denied ("목젖 부종 있음": "목젖은 안 부었어요")."""
    if not _PRESENT_AT_END.search(part.text) or claim.is_family_history:
        return
    for mention in part.mentions:
        if mention.table not in (Table.BODY_SITES, Table.EXAMS) or len(mention.surface) < 2:
            continue
        places = [place for place in claim.places(mention) if place.is_patients]
        if stated(places) == {"absent"}:
            yield Reason(Check.POLARITY, part.text.strip(" ."), "없음", "유무")
            return


_HAS_SIGN = re.compile(r"없|있|부인|안 함|않|비흡연|미접종|\([-+]\)")


def _of_drugs(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """A drug that is said to be there, though it was only asked for or denied."""
    for mention in part.mentions:
        if mention.table not in (Table.MEDICINES, Table.DRUG_CLASSES) or mention.nested:
            continue
        places = claim.places(mention)
        is_stated = re.match(r"(?:은|는|이|가|도)?\s?(?:복용\s?)?(?:있음|있었음)", part.text[mention.end :])
        if is_stated and places and "present" not in heard(list(places)):
            yield Reason(Check.POLARITY, f"‘{mention.surface}’ 있음", "있다는 말 없음", "유무")


def _is_far_from_sign(part: Part, mention: Mention) -> bool:
    """A predicate that another noun parts from the denial: "단추를 잘 못 잠그고 휘청거리나 낙상 없음"."""
    return mention.how == "predicate" and bool(
        re.match(r"[가-힣]*\s[가-힣]{2,}\s(?:없|있|부인)", part.text[mention.end :])
    )


def _is_of_a_relative(claim: ProseClaim) -> bool:
    """Whether the statement itself names a relative, in full or as charts do ("모 비염", "부친 결석")."""
    short = re.search(r"(?:^|[\s,(])(?:모|부|부모|조부|조모|형|형제|자매|배우자|남편|아내|부친|모친)\s", claim.text)
    return bool(short or claims.relatives(claim.text) or re.search(r"\([A-Z]\d\d", claim.text))


def _is_of_kin(claim: ProseClaim, mention: Mention, kin: list[Place]) -> bool:
    """A disease or symptom that the patient told of others; a guardian's kin are not the patient's."""
    turns = [claim.consultation.turns[place.turn] for place in kin]
    return mention.table in (Table.DIAGNOSES, Table.SYMPTOMS) and all(turn.role == "patient" for turn in turns)


def _allergies(claim: ProseClaim) -> Iterator[Reason]:
    """An allergy without a name, where every one that was asked for was denied."""
    match = re.search(r"(?:^|[,\s])((?:약물? ?|음식 ?)?알레르기)(?:는|은|가)? ?(?:있음|있|\(\+\))", claim.text)
    known = {entry.status for entry in claim.consultation.entries if isinstance(entry, Allergy)}
    if match and known == {"absent"}:
        yield Reason(Check.POLARITY, f"‘{match[1]}’ 있음", "없음", "유무")


def _is_side_effect(claim: ProseClaim, part: Part, mention: Mention) -> bool:
    return mention.table is Table.DIAGNOSES and is_reaction(claim, part)


def _asserted_both_ways(claim: ProseClaim) -> set[str]:
    """Terms that the statement denies of one place and states of another ("압통, … 우하복부 압통 없음")."""
    ways: dict[str, set[str]] = {}
    for part in claim.parts:
        for mention in part.mentions if not part.is_bracketed else ():
            ways.setdefault(mention.row.term, set()).add(part.asserts(mention.end, mention.start))
    return {term for term, asserted in ways.items() if {"present", "absent"} <= asserted}


_GENERIC = "소견|증상|병력|과거력|가능성|복용|사용|투약|접종|조짐|양상|경험|적"


_CHANGE = re.compile(r"(?:변화|차이|차도|호전|효과|반응|문제|지장)(?:은|는|이|가|도)?$")  # judged by no single word
_OWN_SIGN = re.compile(
    r"(?P<words>[가-힣A-Za-z]{2,}(?:\s[가-힣A-Za-z]{2,})?)(?:은|는|이|가|도)?\s"
    r"(?P<sign>없음|있음|없었음|있었음|호소|부인|있|없)(?=[.,)\s]*$)"
)


def _other_words(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """Words that are no symptom of the lexicon: said to be there or not as the words about them are."""
    match = _OWN_SIGN.search(part.text)
    if match is None or claim.is_family_history or _CHANGE.search(match["words"]):
        return
    known = [m for m in part.mentions if m.table in POLAR_TABLES and not m.nested and len(m.surface) > 1]
    if _IS_NORMAL.search(part.text) or any(
        m.start < match.end("words") and match.start("words") < m.end for m in known
    ):
        return
    asserted = "absent" if match["sign"] in ("없음", "없었음", "부인", "없") else "present"
    word = re.sub(r"(?<=[가-힣]{2})(?:은|는|이|가|도)$", "", match["words"])
    word = re.sub(rf"(?<=[가-힣A-Za-z])\s(?:{_GENERIC})$", "", word)
    places = claim.composed_places(word) or claim.consultation.word_places(word.split()[-1])
    own = [place for place in places if place.is_patients]
    ways = heard(own)
    if word.endswith("알레르기") and asserted == "present":
        ways = {entry.status for entry in claim.consultation.entries if isinstance(entry, Allergy)} or ways
    if ways and asserted not in ways:
        yield Reason(Check.POLARITY, f"‘{word}’ {_NAMES[asserted]}", _NAMES[min(ways)], "유무")
    elif asserted == "present" and match["sign"] != "있" and "present" not in _affirmed(own) | (ways - {"absent"}):
        yield Reason(Check.POLARITY, f"‘{word}’ 있음", "있다는 말 없음", "유무")


def _is_measured(part: Part, mention: Mention) -> bool:
    """혈압 in "혈압 152/88" names a measurement, 알레르기 in "계란 알레르기" says less than the whole."""
    same = [m for m in part.mentions if m.table in (Table.VITALS, Table.TESTS) and m.start <= mention.start < m.end]
    general = mention.table in (Table.ALLERGENS, Table.HISTORIES) and part.text[: mention.start].rstrip()[-1:].isalpha()
    is_allergy = mention.table is not Table.ALLERGENS or re.search(r"알레르기|과민|아나필락시스|이상 ?반응", part.text)
    before, after = part.text[: mention.start][-1:], part.text[mention.end :]
    within = before.isalpha() or re.match(
        r"(?!이|가|은|는|을|를|도|과|와|및|의|으로|로|나|에|만|부터|함|있|없|[가-힣]음)[가-힣]", after
    )
    return bool(same) or len(mention.surface) == 1 or general or not is_allergy or bool(within)


def _compared(claim: ProseClaim, part: Part, mention: Mention, asserted: Asserted) -> Iterator[Reason]:
    if _names_a_test(part, mention):
        return
    read = read_standing(claim, mention)
    places = [p for p in claim.places(mention) if p.polarity == "absent" or _is_as_specific(claim, mention, p)]
    places = _at_the_site(claim, part, mention, places)
    own = [place for place in places if place.is_patients]
    told = [place for place in own if not place.is_asked or place.polarity != "unclear"]
    kin = [place for place in places if not place.is_patients and not place.is_asked]
    is_history = re.match(r"\s*(?:과거력|병력|PHx|PMH)", claim.statement) and not _tell(own, "present", claim)
    if asserted == "present" and not read and (not told or is_history) and _is_kins(claim, mention, kin):
        if not _is_of_a_relative(claim):
            yield Reason(Check.SUBJECT, mention.surface, *kin_of(kin))
    elif asserted == "present" and claims.relatives(part.text[: mention.start]):
        return  # whose it is was judged with the persons
    elif asserted != "either" and not _is_circumstance(part, mention):
        yield from _by_words(claim, part, mention, asserted, read, own)


def _at_the_site(claim: ProseClaim, part: Part, mention: Mention, places: list[Place]) -> list[Place]:
    """The places in a clause that names the part of the body which the statement puts the finding on; else all."""
    sites = [m for m in part.mentions if m.table is Table.BODY_SITES and m.end <= mention.start]
    turns = claim.consultation.turns
    clauses = {
        (place.turn, turns[place.turn].clause_at(place.start).start) for site in sites for place in claim.places(site)
    }
    near = [place for place in places if (place.turn, turns[place.turn].clause_at(place.start).start) in clauses]
    return near if stated(near) else places


def _is_kins(claim: ProseClaim, mention: Mention, kin: list[Place]) -> bool:
    return is_familys_only(claim, mention) or (bool(kin) and _is_of_kin(claim, mention, kin))


def _by_words(
    claim: ProseClaim, part: Part, mention: Mention, asserted: Asserted, read: set[str], own: list[Place]
) -> Iterator[Reason]:
    """The assertion against the reading and the patient's own words; a paraphrase alone contradicts nothing."""
    literal = [place for place in own if not place.is_paraphrase]
    heard_ways = read | stated(literal if asserted == "absent" else own) if read else heard(own)
    is_explicit = bool(re.match(r"(?:은|는|이|가|도)?\s?(?:있|호소|동반|\(\+|발생|양성)", part.text[mention.end :]))
    is_denied = is_explicit and read == {"absent"} and not _tell(own, "present", claim)
    if is_denied or (asserted == "absent" and read == {"present"} and _is_mostly_present(own, claim)):
        heard_ways = read
    if is_explicit and not read and own and all(place.is_supposed for place in own):
        yield Reason(Check.SUPPOSED, mention.surface)
    elif is_explicit and own and not {"present", "resolved"} & (read | _affirmed(own)):
        yield Reason(Check.POLARITY, f"‘{mention.surface}’ 있음", "있다는 말 없음", "유무")
    elif asserted == "present" and not read and not literal:
        return
    elif heard_ways and asserted not in heard_ways and "resolved" not in heard_ways:
        yield Reason(Check.POLARITY, f"‘{mention.surface}’ {_NAMES[asserted]}", _NAMES[min(heard_ways)], "유무")


def _tell(places: list[Place], polarity: str, claim: ProseClaim) -> int:
    """How many of the places assert it so in the words of the patient or the guardian."""
    told = [place for place in places if not place.is_asked and not place.is_supposed and place.polarity == polarity]
    return sum(claim.consultation.turns[place.turn].is_patient_side for place in told)


def _is_mostly_present(places: list[Place], claim: ProseClaim) -> bool:
    """Whether the patient told it and never denied it, and it was told more often than denied."""
    ways = [place.polarity for place in places if not place.is_asked and not place.is_supposed]
    affirmed, denied = _tell(places, "present", claim), _tell(places, "absent", claim)
    return affirmed > 0 and not denied and ways.count("present") > 2 * ways.count("absent")


def _names_a_test(part: Part, mention: Mention) -> bool:
    """성병 of "성병 PCR" and 모유 of "모유 배양"."""
    tests = [m for m in part.mentions if m.table in (Table.TESTS, Table.PROCEDURES) and not m.nested]
    behind = re.match(
        r"\s?(?:PCR|음성|양성|반응|배양|검사|상담|교육|접종|치료|수술|관리|진단|약|클리닉)", part.text[mention.end :]
    )
    return bool(behind) or any(0 <= m.start - mention.end <= 1 for m in tests)


def _is_circumstance(part: Part, mention: Mention) -> bool:
    """ "재채기할 때", "새벽에 깨면", "기침 시": when something else happens."""
    behind = r"(?:(?:할|날|볼)? ?(?:때|시(?=[\s,.])|후|전)|으로 |로 |로 인|때문|에 의|관련)"
    return mention.surface.endswith("면") or bool(re.match(behind, part.text[mention.end :]))


def _is_as_specific(claim: ProseClaim, mention: Mention, place: Place) -> bool:
    """가래 is broader than 누런 가래: having the one says nothing of the other."""
    told = claim.consultation.turns[place.turn].text[place.start : place.end]
    return told == mention.surface or fold(told) not in fold(mention.surface)


def _affirmed(places: list[Place]) -> set[str]:
    """How the thing's own words assert it; where it was only told in other words, how these do."""
    own = [place for place in places if not place.is_paraphrase]
    return heard(own) if own else heard(places)


_IS_NORMAL = re.compile(r"이상 ?(?:소견 ?)?(?:있|없)|비정상|정상|양호")
