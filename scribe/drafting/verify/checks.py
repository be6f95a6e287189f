"""The checks of a statement against a passage of the dialogue, each giving the reasons for doubt that it finds."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from scribe.domain.entries import (
    Allergy,
    Diagnosis,
    Entry,
    Exam,
    History,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    Symptom,
)
from scribe.domain.transcript import Utterance
from scribe.drafting.lay import advised
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import COUNTED, MASSES
from scribe.drafting.terms import Mention, TermIndex
from scribe.drafting.verify import claims
from scribe.drafting.verify.amounts import BARE_MILLI, Amount, find_amounts, units_agree, written_amounts
from scribe.drafting.verify.entry_amounts import entry_amounts
from scribe.drafting.verify.passage import Passage
from scribe.drafting.verify.polarity import (
    POLAR_TABLES,
    Spot,
    mentions,
    said,
    sentences,
    spot_of,
    stated,
    stated_at,
)
from scribe.drafting.verify.verdict import Check, Reason
from scribe.drafting.verify.vocabulary import is_template_word, lay_forms

_OWNERS = frozenset({Table.MEDICINES, Table.VITALS, Table.TESTS})
_NOUN_TAGS = ("NNG", "NNP", "SL", "XR")
_DENIALS = re.compile(r"없|않|안 됨|안 만")
_FUZZY_DRUG = 75.0  # percent of jamo in common: "노바스끄" for "노바스크" is 93, "세레콕시브" for "세티리진" 50


@dataclass(frozen=True)
class Claim:
    """A statement, the entries that it cites and the passage that it is judged against."""

    text: str
    entries: tuple[Entry, ...]
    passage: Passage
    is_family_history: bool = False

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return mentions(self.text)

    @cached_property
    def nouns(self) -> tuple[str, ...]:
        """The statement's nouns of two letters and more that are no words of a template."""
        found = (
            morpheme.form.strip(".,")
            for morpheme in TermIndex.load().morphemes(self.text)
            if morpheme.tag in _NOUN_TAGS and self.text[morpheme.start : morpheme.end] == morpheme.form
        )
        return tuple(dict.fromkeys(noun for noun in found if len(noun) > 1 and not is_template_word(noun)))

    @cached_property
    def heard(self) -> tuple[tuple[Utterance, tuple[Mention, ...]], ...]:
        """The terms of each utterance of the passage."""
        return tuple((utterance, mentions(utterance.text)) for utterance in self.passage.utterances)

    @cached_property
    def plain_words(self) -> tuple[str, ...]:
        """The plain words that stand for the terms and the advice of the cited entries."""
        words = claims.EntryClaim(self.entries).words
        return (*lay_forms(words), *(advised(entry.name) or "" for entry in self.entries))

    @cached_property
    def vouched(self) -> str:
        """What the cited entries say, with the plain words for it."""
        return "\n".join((claims.EntryClaim(self.entries).words, *self.plain_words))

    @cached_property
    def said_folded(self) -> str:
        return _fold(self.passage.text)

    def is_said(self, mention: Mention) -> bool:
        """Whether the passage holds the term in any of its forms."""
        if _fold(mention.surface) in self.said_folded:
            return True
        if any(len(noun) > 1 and _fold(noun) in self.said_folded for noun in mention.row.nouns):
            return True
        return any(other.row.term == mention.row.term for _, found in self.heard for other in found)


def reasons(claim: Claim) -> tuple[Reason, ...]:
    """Every reason to doubt the statement, each once."""
    checks = (*_NUMBER_CHECKS, *_TERM_CHECKS, *_ASSERTION_CHECKS)
    found = dict.fromkeys(reason for check in checks for reason in check(claim))
    terms = {reason.word for reason in found if reason.check is not Check.WORD}
    return tuple(r for r in found if r.check is not Check.WORD or not any(r.word in term for term in terms))


# -- numbers -------------------------------------------------------------------------------------------------------


def _amounts(claim: Claim) -> Iterator[Reason]:
    heard = [
        (amount, _owner(found, amount.start))
        for utterance, found in claim.heard
        if utterance.id in claim.passage.cited or not claim.passage.cited
        for amount in find_amounts(utterance.text)
    ]
    for amount in written_amounts(claim.text):
        word = claim.text[amount.start : amount.end].strip()
        check = _amount(amount, _owner(claim.mentions, amount.start), heard, claim)
        if check is not None:
            yield Reason(check, word)


def _entry_amounts(claim: Claim) -> Iterator[Reason]:
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
        word = claim.text[amount.start : amount.end].strip()
        if not _in_plain_words(word, claim):
            yield Reason(Check.UNIT if same else Check.NUMBER, word)


def _same_unit(one: str | None, other: str | None) -> bool:
    return units_agree(one, other) or units_agree(other, one)


def _in_plain_words(word: str, claim: Claim) -> bool:
    """A number of the plain wording of a term or of a piece of advice, not of the fact."""
    return any(word in words for words in claim.plain_words)


def _entry_negations(claim: Claim) -> Iterator[Reason]:
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


def _amount(
    amount: Amount, owner: Mention | None, heard: list[tuple[Amount, Mention | None]], claim: Claim
) -> Check | None:
    same = [(said_amount, whose) for said_amount, whose in heard if said_amount.same_value(amount)]
    if not same:
        return None if _said_in_words(amount, claim) else Check.NUMBER
    agreeing = [pair for pair in same if units_agree(pair[0].unit, amount.unit)]
    if not _is_usual_unit(amount, owner):
        return Check.UNIT
    if not agreeing:
        return None if _said_in_words(amount, claim) or _is_volume(amount, same, owner) else Check.UNIT
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


def _owner(found: tuple[Mention, ...], position: int) -> Mention | None:
    before = [m for m in found if m.table in _OWNERS and m.end <= position and not m.nested]
    return before[-1] if before else None


def _is_usual_unit(amount: Amount, owner: Mention | None) -> bool:
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


def _is_volume(amount: Amount, same: list[tuple[Amount, Mention | None]], owner: Mention | None) -> bool:
    """A bare 밀리 is a millilitre where the drug is a liquid."""
    spoken = any(said_amount.unit == BARE_MILLI for said_amount, _ in same)
    if owner is None or owner.table is not Table.MEDICINES:
        return amount.unit == "mL" and spoken
    row = owner.row
    liquid = getattr(row, "form", "") + " ".join(getattr(row, "strengths", ()))
    return amount.unit == "mL" and spoken and bool(re.search(r"mL|시럽|액|주사|수액|syrup|solution|inj", liquid))


_SAID_COUNTS = {
    1: r"한 ?번|아침|저녁|점심|매일|날마다|자기 .{0,8}전|한 알|한 포|하나|오늘|어제|첫|초",
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


# -- drugs and terms -----------------------------------------------------------------------------------------------


def _drugs(claim: Claim) -> Iterator[Reason]:
    for mention in claim.mentions:
        if mention.table is Table.MEDICINES and not mention.nested and not claim.is_said(mention):
            yield Reason(Check.DRUG, mention.surface)
    named = {mention.surface for mention in claim.mentions if mention.table is Table.MEDICINES}
    for entry in claim.entries:
        if not isinstance(entry, MedicationOrder | MedicationStatement):
            continue
        if any(surface in entry.name for surface in named) or _fold(entry.name) in claim.said_folded:
            continue
        if entry.name in claim.text and not _spoken_alike(entry.name, claim.passage.text):
            yield Reason(Check.DRUG, entry.name)
    if any(isinstance(entry, MedicationOrder) for entry in claim.entries):
        yield from _unnamed_order(claim)


def _unnamed_order(claim: Claim) -> Iterator[Reason]:
    """An order names one of the drugs of its entries, by any of the drug's names."""
    orders = [entry for entry in claim.entries if isinstance(entry, MedicationOrder)]
    for entry in orders:
        forms = {entry.name, *(noun for m in mentions(entry.name) for noun in m.row.nouns)}
        if not any(_fold(form) in _fold(claim.text) for form in forms):
            yield Reason(Check.DRUG, claim.text.split()[0])


def _spoken_alike(name: str, text: str) -> bool:
    """Whether a word of the dialogue sounds like the drug's name: a misrecognised name is not an invented one."""
    wanted = unicodedata.normalize("NFD", _fold(name))
    words = (unicodedata.normalize("NFD", _fold(word)) for word in re.findall(r"[가-힣A-Za-z]+", text))
    return any(fuzz.partial_ratio(wanted, word) >= _FUZZY_DRUG for word in words if len(word) >= len(wanted) * 0.6)


def _terms(claim: Claim) -> Iterator[Reason]:
    for mention in claim.mentions:
        if mention.nested or mention.table not in claims.TERM_TABLES or mention.table is Table.MEDICINES:
            continue
        if is_template_word(mention.surface) or _fold(mention.surface) in _fold(claim.vouched):
            continue
        if not claim.is_said(mention):
            yield Reason(Check.FINDING, mention.surface)


def _words(claim: Claim) -> Iterator[Reason]:
    """Nouns that neither the dialogue nor the cited entries hold; without entries half may be a paraphrase."""
    vouched = _fold(claim.vouched)
    missing = [noun for noun in claim.nouns if not _covered(noun, vouched, claim)]
    if claim.entries or len(missing) * 2 > len(claim.nouns):
        for noun in missing:
            yield Reason(Check.WORD, noun)


def _covered(noun: str, vouched: str, claim: Claim) -> bool:
    folded = _fold(noun)
    if folded in claim.said_folded or folded in vouched:
        return True
    known = [mention for mention in claim.mentions if folded in _fold(mention.surface)]
    return any(claim.is_said(mention) for mention in known)


# -- polarity, side, time --------------------------------------------------------------------------------------------


def _polarity(claim: Claim) -> Iterator[Reason]:
    for entry in claim.entries:
        yield from _against_entry(entry, claim)
    for mention in claim.mentions:
        if mention.table not in POLAR_TABLES or mention.nested or _is_condition(claim.text, mention.end):
            continue
        if _is_measured(mention, claim):
            continue
        asserted = stated(claim.text, mention)
        heard = {
            said(claim.passage, utterance, spot_of(other))
            for utterance, found in claim.heard
            for other in found
            if other.row.term == mention.row.term
            and not _is_broader(other, mention)
            and not _is_relatives(utterance.text, other.start)
        }
        if (heard - {"unclear"}, asserted) in (({"absent"}, "present"), ({"present"}, "absent")):
            yield Reason(Check.POLARITY, mention.surface)


def _noun_polarity(claim: Claim) -> Iterator[Reason]:
    """For words that the lexicon does not know: the noun before 없음 or 있음, as the dialogue asserts it."""
    match = re.search(r"([가-힣A-Za-z]{2,})\s(없음|있음)(?=[.(]|$)", claim.text)
    if match is None or any(m.start <= match.start(1) < m.end and m.table in POLAR_TABLES for m in claim.mentions):
        return
    heard = {
        said(claim.passage, utterance, Spot(place.start(), place.end()))
        for utterance, _ in claim.heard
        for place in re.finditer(re.escape(match[1]), utterance.text)
        if not _is_relatives(utterance.text, place.start())
    }
    heard -= {"unclear"}
    if len(heard) == 1 and heard != {"absent" if match[2] == "없음" else "present"}:
        yield Reason(Check.POLARITY, match[1])


def _is_measured(mention: Mention, claim: Claim) -> bool:
    """혈압 in "혈압 152/88" names a measurement, no disease."""
    overlaps = (m.table in (Table.VITALS, Table.TESTS) and m.start <= mention.start < m.end for m in claim.mentions)
    return any(overlaps) or bool(re.match(r"\s?\d", claim.text[mention.end :]))


def _is_broader(heard: Mention, claimed: Mention) -> bool:
    """가래 is broader than 누런 가래: having the one says nothing of the other."""
    return heard.surface != claimed.surface and _fold(heard.surface) in _fold(claimed.surface)


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
    return bool(
        re.match(r"[^.()]{0,40}?(?:\s시|면|때|때는)(?=[\s),.]|$)|[^.()]{0,12}(?:금지|피하|주의|예방)", text[end:])
    )


def _is_relatives(text: str, position: int) -> bool:
    """Whether something is said of a relative: one is named before it in the sentence, or after it in the clause."""
    start = max(text.rfind(mark, 0, position) for mark in ".?!\n") + 1
    before = text[start:position]
    named = claims.relatives(before)
    if named:
        return not re.search(r"(?:저는|전|제가|본인은|환자)\s", before[named[-1][1] :])
    after = re.split(r"[.?!,\n]|(?<=[가-힣])고(?:요)?\s", text[position:], maxsplit=1)[0]
    return bool(claims.relatives(after))


def _sides(claim: Claim) -> Iterator[Reason]:
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
        elsewhere = _other_side_of_number(claim, side, end) or _other_side_of_word(claim, side, end)
        if unsaid or other_than_entry or (elsewhere and not claim.entries):
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


def _times(claim: Claim) -> Iterator[Reason]:
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


# -- action, person, certainty --------------------------------------------------------------------------------------


def _actions(claim: Claim) -> Iterator[Reason]:
    frequencies = [getattr(entry, "frequency", None) or "" for entry in claim.entries]
    action = claims.stated_action(_without(claim.text, frequencies))
    orders = [entry for entry in claim.entries if isinstance(entry, MedicationOrder)]
    if action is None or (claim.entries and not orders):
        return
    if orders and action not in {entry.action for entry in orders}:
        yield Reason(Check.ACTION, claim.text)
        return
    told = list(_about(claim))
    heard = claims.said_actions("\n".join(told) or claim.passage.text)
    unsaid = action not in heard and (_opposed(action, heard) or (not orders and action != "start"))
    stopped = bool(told) and all("stop" in claims.said_actions(text) for text in told)
    if unsaid or (stopped and action in ("start", "continue")):
        yield Reason(Check.ACTION, claim.text)


def _without(text: str, parts: list[str]) -> str:
    """The text without what an order's frequency says of later changes ("1주 뒤 10 mg으로 증량")."""
    for part in (piece.strip() for frequency in parts for piece in frequency.split(",")):
        text = text.replace(part, " ") if part else text
    return text


def _opposed(action: str, heard: set[str]) -> bool:
    """Stopping must be said; the others only must not be contradicted by a plain word for another action."""
    if action == "stop":
        return True
    plain = heard - {"start"}
    return bool(plain and not heard & {"start"}) if action == "start" else bool(plain or "begin" in heard)


def _about(claim: Claim) -> Iterator[str]:
    """What was said of the statement's drug: from each mention to the next other drug, two sentences at most."""
    terms = {m.row.term for m in claim.mentions if m.table is Table.MEDICINES and not m.nested}
    name = re.match(r"[가-힣A-Za-z-]{2,}", claim.text.strip())
    for utterance, found in claim.heard:
        medicines = [m for m in found if m.table is Table.MEDICINES and not m.nested]
        places = [m.start for m in medicines if m.row.term in terms]
        if not terms and name is not None:
            places = [place.start() for place in re.finditer(re.escape(name[0]), utterance.text)]
        for start in places:
            later = [m.start for m in medicines if m.start > start and m.row.term not in terms]
            own = utterance.text[start : later[0] if later else len(utterance.text)]
            first, second = ([sentence.text for sentence in sentences(own)] + ["", ""])[:2]
            yield first if claims.said_actions(first) else first + second


def _subjects(claim: Claim) -> Iterator[Reason]:
    stated_relatives = claims.relatives(claim.text)
    heard = {term for utterance, _ in claim.heard for term, _ in claims.relatives(utterance.text)}
    vouched = {term for term, _ in claims.relatives(claim.vouched)}
    for term, position in stated_relatives:
        if term not in heard and not (term in vouched and _kin_in_other_words(claim)):
            yield Reason(Check.SUBJECT, claim.text[position : position + len(term)])
    family = [entry for entry in claim.entries if isinstance(entry, History) and entry.category == "family"]
    is_family = bool(stated_relatives) or claim.is_family_history
    if family and not is_family:
        yield Reason(Check.SUBJECT, family[0].name)
    elif claim.entries and not family and claim.is_family_history:
        yield Reason(Check.SUBJECT, "가족력")
    elif not is_family and not claim.entries:
        yield from _said_of_relatives(claim)


def _kin_in_other_words(claim: Claim) -> bool:
    return bool(claims.relatives(claim.passage.text)) or bool(
        re.search("가족|누나|언니|이모|삼촌|고모", claim.passage.text)
    )


def _said_of_relatives(claim: Claim) -> Iterator[Reason]:
    """A finding that the dialogue states of relatives only is not the patient's."""
    for mention in claim.mentions:
        if mention.table not in POLAR_TABLES or mention.nested:
            continue
        about = [
            _is_relatives(utterance.text, other.start)
            for utterance, found in claim.heard
            for other in found
            if other.row.term == mention.row.term
        ]
        if about and all(about) and stated(claim.text, mention) == "present":
            yield Reason(Check.SUBJECT, mention.surface)
    known = " ".join(mention.surface for mention in claim.mentions)
    for noun in claim.nouns:
        places = [
            _is_relatives(utterance.text, place.start())
            for utterance, _ in claim.heard
            for place in re.finditer(re.escape(noun), utterance.text)
        ]
        if noun not in known and places and all(places) and not re.search("없음|않음|아님", claim.text):
            yield Reason(Check.SUBJECT, noun)


def _certainty(claim: Claim) -> Iterator[Reason]:
    diagnoses = [entry for entry in claim.entries if isinstance(entry, Diagnosis)]
    certainty = claims.stated_certainty(claim.text)
    if diagnoses:
        if certainty not in {entry.certainty for entry in diagnoses}:
            yield Reason(Check.CERTAINTY, claim.text)
        return
    if claim.entries:
        return
    if certainty == "confirmed" and _only_hedged(claim):
        yield Reason(Check.CERTAINTY, claim.text)
    if certainty == "suspected" and not claims.hedged(claim.passage.text):
        yield Reason(Check.CERTAINTY, claim.text)
    if certainty == "ruled_out" and not claims.denied(claim.passage.text):
        yield Reason(Check.CERTAINTY, claim.text)


def _only_hedged(claim: Claim) -> bool:
    """Whether a diagnosis that the statement gives as certain was only ever called possible."""
    diagnoses = {m.row.term for m in claim.mentions if m.table is Table.DIAGNOSES and not m.nested}
    if not diagnoses and not re.search(r"\([A-Z]\d\d", claim.text):
        return False
    told = [
        claims.doubted(sentence.text)
        for utterance, found in claim.heard
        if utterance.speaker in ("doctor", "unknown")
        for sentence in sentences(utterance.text)
        if any(noun in sentence.text for noun in claim.nouns)
        or any(m.row.term in diagnoses and sentence.start <= m.start < sentence.end for m in found)
    ]
    return bool(told) and all(told)


def _fold(text: str) -> str:
    return re.sub(r"[\s()\[\]·,./-]", "", unicodedata.normalize("NFKC", text)).casefold()


_NUMBER_CHECKS = (_amounts, _entry_amounts, _entry_negations)
_TERM_CHECKS = (_drugs, _terms, _words)
_ASSERTION_CHECKS = (_polarity, _noun_polarity, _sides, _times, _actions, _subjects, _certainty)
