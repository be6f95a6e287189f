"""Presence, persons and certainty in a statement without evidence, held against the reading and the words."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Allergy, Diagnosis, Entry, History, Symptom
from scribe.drafting.assertion import Person, is_fine
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.consultation import Place
from scribe.drafting.verify.parts import Asserted, Part
from scribe.drafting.verify.polarity import POLAR_TABLES, mentions
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


_HAS_SIGN = re.compile(r"없|있|부인|안 함|않|비흡연|미접종|\([-+]\)")


def _is_far_from_sign(part: Part, mention: Mention) -> bool:
    """A predicate that another noun parts from the denial: "단추를 잘 못 잠그고 휘청거리나 낙상 없음"."""
    return mention.how == "predicate" and bool(
        re.match(r"[가-힣]*\s[가-힣]{2,}\s(?:없|있|부인)", part.text[mention.end :])
    )


def _is_familys_only(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the reading knows the disease as a relative's."""
    family = [e for e in claim.consultation.entries if isinstance(e, History) and e.category == "family"]
    names = [re.sub(r"\s?(?:가족력|병력)$", "", entry.name) for entry in family if entry.status == "present"]
    return any(_is_named(name, mention) for name in names)


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
    return mention.table is Table.DIAGNOSES and _is_reaction(claim, part)


def _asserted_both_ways(claim: ProseClaim) -> set[str]:
    """Terms that the statement denies of one place and states of another ("압통, … 우하복부 압통 없음")."""
    ways: dict[str, set[str]] = {}
    for part in claim.parts:
        for mention in part.mentions if not part.is_bracketed else ():
            ways.setdefault(mention.row.term, set()).add(part.asserts(mention.end, mention.start))
    return {term for term, asserted in ways.items() if {"present", "absent"} <= asserted}


_GENERIC = "소견|증상|병력|과거력|가능성|복용|사용|투약|접종|조짐|양상|경험|적"
_OWN_SIGN = re.compile(
    r"(?P<words>[가-힣A-Za-z]{2,}(?:\s[가-힣A-Za-z]{2,})?)(?:은|는|이|가|도)?\s"
    r"(?P<sign>없음|있음|없었음|있었음|호소|부인|있|없)(?=[.,)\s]*$)"
)


def _other_words(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """Words that are no symptom of the lexicon: said to be there or not as the words about them are."""
    match = _OWN_SIGN.search(part.text)
    if match is None or claim.is_family_history:
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
    heard = _heard(own)
    if word.endswith("알레르기") and asserted == "present":
        heard = {entry.status for entry in claim.consultation.entries if isinstance(entry, Allergy)} or heard
    if heard and asserted not in heard:
        yield Reason(Check.POLARITY, f"‘{word}’ {_NAMES[asserted]}", _NAMES[min(heard)], "유무")
    elif asserted == "present" and match["sign"] != "있" and "present" not in _affirmed(own) | (heard - {"absent"}):
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
    read = _read(claim, mention)
    places = [place for place in claim.places(mention) if _is_as_specific(claim, mention, place)]
    own = [place for place in places if place.is_patients]
    kin = [place for place in places if not place.is_patients and not place.is_asked]
    told = [place for place in own if not place.is_asked or place.polarity != "unclear"]
    if (
        _is_familys_only(claim, mention)
        and not read
        and not told
        and asserted != "absent"
        and not claims.relatives(claim.text)
    ):
        yield Reason(Check.SUBJECT, mention.surface, *_kin(kin))
        return
    if kin and not told and not read and asserted != "absent" and _is_of_kin(claim, mention, kin):
        if not claims.relatives(claim.text):
            yield Reason(Check.SUBJECT, mention.surface, *_kin(kin))
        return
    if asserted == "either" or _is_circumstance(part, mention):
        return
    literal = [place for place in own if not place.is_paraphrase]
    heard = read | _stated(literal if asserted == "absent" else own) if read else _heard(own)
    is_explicit = bool(re.match(r"(?:은|는|이|가|도)?\s?(?:있|호소|동반|\(\+|발생)", part.text[mention.end :]))
    if is_explicit and not read and own and all(place.is_supposed for place in own):
        yield Reason(Check.SUPPOSED, mention.surface)
    elif is_explicit and own and not {"present", "resolved"} & (read | _affirmed(own)):
        yield Reason(Check.POLARITY, f"‘{mention.surface}’ 있음", "있다는 말 없음", "유무")
    elif asserted == "present" and not read and not literal:
        return
    elif heard and asserted not in heard and "resolved" not in heard:
        yield Reason(Check.POLARITY, f"‘{mention.surface}’ {_NAMES[asserted]}", _NAMES[min(heard)], "유무")


def _names_a_test(part: Part, mention: Mention) -> bool:
    """성병 of "성병 PCR" and 모유 of "모유 배양"."""
    tests = [m for m in part.mentions if m.table in (Table.TESTS, Table.PROCEDURES) and not m.nested]
    behind = re.match(r"\s?(?:PCR|배양|검사|상담|교육|접종|치료|수술|관리|진단|약|클리닉)", part.text[mention.end :])
    return bool(behind) or any(0 <= m.start - mention.end <= 1 for m in tests)


def _is_circumstance(part: Part, mention: Mention) -> bool:
    """ "재채기할 때", "새벽에 깨면", "기침 시": when something else happens."""
    behind = r"(?:(?:할|날|볼)? ?(?:때|시(?=[\s,.])|후|전)|으로 |로 |로 인|때문|에 의|관련)"
    return mention.surface.endswith("면") or bool(re.match(behind, part.text[mention.end :]))


def _kin(places: list[Place]) -> tuple[str, str]:
    words = dict.fromkeys(place.whose.word or "" for place in places)
    return ", ".join(word for word in words if word), "대상"


def _read(claim: ProseClaim, mention: Mention) -> set[str]:
    """The standing of the fact in the reading of the consultation: present, absent, resolved."""
    found = set()
    for entry in claim.consultation.entries:
        if not isinstance(entry, Symptom | Allergy | Diagnosis | History) or not _is_same(entry, mention):
            continue
        if isinstance(entry, History) and entry.category == "family":
            continue
        if isinstance(entry, Diagnosis):
            found.add("absent" if entry.certainty == "ruled_out" else "present")
        else:
            found.add(entry.status)
    return found


def _is_same(entry: Entry, mention: Mention) -> bool:
    if mention.table is Table.ALLERGENS and not isinstance(entry, Allergy):
        return False
    if isinstance(entry, Allergy) and mention.table is not Table.ALLERGENS:
        return fold(entry.name) == fold(mention.surface)
    return _is_named(entry.name, mention)


def _is_named(name: str, mention: Mention) -> bool:
    if fold(name) in (fold(mention.surface), fold(mention.row.term)):
        return True
    named = [m for m in mentions(name) if not m.nested and m.end - m.start >= len(name) - 1]
    return any(m.row.term == mention.row.term for m in named)


def _is_as_specific(claim: ProseClaim, mention: Mention, place: Place) -> bool:
    """가래 is broader than 누런 가래: having the one says nothing of the other."""
    told = claim.consultation.turns[place.turn].text[place.start : place.end]
    return told == mention.surface or fold(told) not in fold(mention.surface)


def _heard(places: list[Place]) -> set[str]:
    """How the words themselves assert it; what was only asked or supposed counts where nothing else was said."""
    asked = {place.polarity for place in places if place.is_asked} - {"unclear"}
    return _stated(places) | asked


def _affirmed(places: list[Place]) -> set[str]:
    """How the thing's own words assert it; where it was only told in other words, how these do."""
    own = [place for place in places if not place.is_paraphrase]
    return _heard(own) if own else _heard(places)


def _stated(places: list[Place]) -> set[str]:
    told = [place for place in places if not place.is_asked and not place.is_supposed]
    return {place.polarity for place in told if place.polarity != "unclear"}


_IS_NORMAL = re.compile(r"이상 ?(?:소견 ?)?(?:있|없)|비정상|정상|양호")
_ABNORMAL = re.compile(r"비정상|이상 ?(?:소견 ?)?있")
_RESULT = re.compile(r"(?P<negative>음성)|(?P<positive>양성(?!\s?(?:종양|결절|으로|질환)))")


_NOT_FOUND = re.compile(r"안 나[왔오]|없[어네고습]|아니|음성|깨끗")


def prose_results_agree(claim: ProseClaim) -> Iterator[Reason]:
    """What was said to be fine is not abnormal, and a negative result not positive."""
    for part in claim.parts:
        if part.is_condition:
            continue
        sentences = _sentences_about(claim, part)
        if _ABNORMAL.search(part.text) and any(is_fine(sentence) for sentence in sentences):
            yield Reason(Check.POLARITY, part.text.strip(" ."), "정상", "결과")
        match = _RESULT.search(part.text)
        said = {m.lastgroup for sentence in sentences for m in _RESULT.finditer(sentence)}
        if match and match.lastgroup == "positive" and not said and any(map(_NOT_FOUND.search, sentences)):
            yield Reason(Check.POLARITY, match[0], "음성", "결과")
        if match and len(said) == 1 and match.lastgroup not in said:
            yield Reason(Check.POLARITY, match[0], "음성" if "negative" in said else "양성", "결과")


def _sentences_about(claim: ProseClaim, part: Part) -> list[str]:
    """What the clinicians told of the part's words: the sentences from each on, the words of judgement left out."""
    places = [place for m in part.mentions if not m.nested for place in claim.places(m)]
    nouns = [noun for noun in claim.nouns if noun in part.text]
    places += [place for noun in nouns for place in claim.consultation.word_places(noun)]
    found = []
    for place in places:
        turn = claim.consultation.turns[place.turn]
        if turn.role in ("clinician", "nurse") and not place.is_asked:
            found.append(turn.sentence_text(turn.clause_at(place.start)))
    judged = [sentence for sentence in found if is_fine(sentence) or _RESULT.search(sentence)]
    return judged if judged and not _ABNORMAL.search(part.text) else found


def prose_persons_agree(claim: ProseClaim) -> Iterator[Reason]:
    """A relative of the statement was named, of the same disease; the patient's was not a relative's only."""
    if not claim.is_family_history and not claims.relatives(claim.text):
        yield from _diseases_of_relatives(claim)
    heard = {term for turn in claim.consultation.turns for term, _ in claims.relatives(turn.text)}
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
            yield Reason(Check.SUBJECT, noun, *_kin(told))


def _alike(term: str) -> tuple[str, ...]:
    """자매 for "언니", 모친 for "어머니": another word for the same relative."""
    groups = (
        ("자매", "형제자매", "언니", "여동생", "누나", "동생", "이모"),
        ("형제", "형제자매", "형", "오빠", "남동생", "동생"),
        ("모", "모친", "어머니", "엄마", "친정모", "친정어머니", "친정엄마", "외가"),
        ("부", "부친", "아버지", "아빠", "친정부", "친정아버지", "친정아빠"),
    )
    return next((group for group in groups if term in group), ())


def _kin_otherwise(claim: ProseClaim, term: str) -> bool:
    others = _alike(term)
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
        if "present" in _read(claim, mention) and not kin and not _is_familys_only(claim, mention):
            yield Reason(Check.SUBJECT, term, "환자", "대상")


def _of_another(claim: ProseClaim, term: str, position: int) -> Iterator[Reason]:
    """The disease was told of another relative only."""
    part = claim.part_at(position)
    for mention in part.mentions if part else ():
        if mention.nested or mention.table not in POLAR_TABLES:
            continue
        places = claim.places(mention)
        if any(claim.consultation.turns[place.turn].role != "patient" for place in places):
            return
        kin = {place.whose.word for place in places if place.whose.person is not Person.PATIENT}
        known = {word for word in kin if word}
        terms = {other for word in known for other, _ in claims.relatives(word)} | known
        if terms and term not in terms and not terms & {"가족", "부모", "형제", *_alike(term)}:
            yield Reason(Check.SUBJECT, term, ", ".join(sorted(known)), "대상")


def prose_certainty_agrees(claim: ProseClaim) -> Iterator[Reason]:
    """A diagnosis is as certain as it was read, or said, to be."""
    for part in claim.parts:
        diagnoses = [m for m in part.mentions if m.table is Table.DIAGNOSES and not m.nested]
        if _is_reaction(claim, part):
            continue
        for mention in diagnoses if not part.is_condition and not claim.is_family_history else ():
            read = {
                entry.certainty
                for entry in claim.consultation.entries
                if isinstance(entry, Diagnosis) and _is_same(entry, mention)
            }
            certainty = _certainty(part, mention)
            if not read and certainty == "suspected" and _is_never_hedged(claim, mention):
                yield Reason(Check.CERTAINTY, part.text.strip(" ."), "확진", "확실성")
            if not read or certainty in read or certainty not in ("suspected", "confirmed"):
                continue
            if "ruled_out" in read or (certainty == "confirmed" and not _is_a_diagnosis(claim, part, mention)):
                continue
            said = "의심" if "suspected" in read else "배제" if "ruled_out" in read else "확진"
            if not (certainty == "confirmed" and _was_stated(claim, mention)):
                yield Reason(Check.CERTAINTY, part.text.strip(" ."), said, "확실성")


def _is_never_hedged(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the clinicians named the disease, and never as something that only may be."""
    said = []
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        if turn.role == "clinician" and not place.is_asked:
            said.append(turn.sentence_text(turn.clause_at(place.start)))
    return bool(said) and not any(claims.hedged(sentence) for sentence in said)


def _is_a_diagnosis(claim: ProseClaim, part: Part, mention: Mention) -> bool:
    """Whether the part gives the disease as its diagnosis: with a code, or with little else."""
    coded = re.search(r"\([A-Z]\d\d", claim.text) is not None
    return coded or (len(part.text.strip(" .")) <= len(mention.surface) + 8 and "없" not in part.text)


def _is_reaction(claim: ProseClaim, part: Part) -> bool:
    """ "세파클러 아나필락시스": what a drug once did, in a part that names the drug of a known allergy."""
    allergies = [entry.name for entry in claim.consultation.entries if isinstance(entry, Allergy)]
    named = [m for m in part.mentions if m.table in (Table.MEDICINES, Table.ALLERGENS) and not m.nested]
    return any(fold(m.surface) in fold(name) or fold(name) in fold(m.surface) for m in named for name in allergies)


def _was_stated(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the disease was also told without any doubt, as a history is."""
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        sentence = turn.sentence_text(turn.clause_at(place.start))
        if turn.is_patient_side and not place.is_asked and place.polarity == "present" and not claims.hedged(sentence):
            return True
    return False


def _certainty(part: Part, mention: Mention) -> str:
    own = part.asserts(mention.end, mention.start)
    after = part.text[mention.end :]
    hedge = claims.stated_certainty(after)
    if hedge != "confirmed":
        return hedge
    before = part.text[: mention.start]
    if "r/o" in before.lower() or "rule out" in before.lower():
        return "suspected"
    return {"absent": "ruled_out", "either": "either"}.get(own, "confirmed")
