"""What was done with a drug, whom a finding concerns, and how certain a diagnosis is."""

import re
from collections.abc import Iterator

from scribe.domain.entries import (
    Diagnosis,
    History,
    MedicationOrder,
)
from scribe.drafting.lexicon import Table
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import Claim
from scribe.drafting.verify.claims import is_of_relative
from scribe.drafting.verify.polarity import (
    POLAR_TABLES,
    sentences,
    stated,
)
from scribe.drafting.verify.verdict import Check, Reason

_DISEASE = re.compile(r"(?:병|암|증|염|질환|장애|중풍|결핵|종양|경색|출혈|마비|경련|천식|당뇨|혈압|아토피|알레르기)$")


def actions_agree(claim: Claim) -> Iterator[Reason]:
    """An order does with the drug what was said."""
    frequencies = [getattr(entry, "frequency", None) or "" for entry in claim.entries]
    action = claims.stated_action(_without(claim.text, frequencies))
    orders = [entry for entry in claim.entries if isinstance(entry, MedicationOrder)]
    if action is None or (claim.entries and not orders):
        return
    if not orders and not _is_order(claim):
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


def routes_agree(claim: Claim) -> Iterator[Reason]:
    """An order goes in by the way that was said."""
    orders = [entry for entry in claim.entries if isinstance(entry, MedicationOrder)]
    if orders:
        known = " ".join(f"{entry.route or ''} {entry.frequency or ''}" for entry in orders)
        for route in claims.stated_routes(claim.text):
            if route not in known and claims.ROUTE_CODES[route] not in known:
                yield Reason(Check.ROUTE, route)
    if orders or (not claim.entries and _is_order(claim)):
        about = "\n".join(_about(claim))
        elsewhere = claims.unsaid_routes(claim.text, claim.passage.text)
        for route in claims.unsaid_routes(claim.text, about) if about else elsewhere:
            if route in elsewhere or claims.names_route(about):
                yield Reason(Check.ROUTE, route)


def _is_order(claim: Claim) -> bool:
    """Whether a statement without entries is about prescribing a drug; advice to avoid something is not."""
    if claim.text[:1] == " " or re.search(r"함께|같이|\(알레르기", claim.text):
        return False
    dosed = re.search(r"\d\s?(?:mg|mL|정|포)", claim.text)
    return dosed is not None or any(mention.table is Table.MEDICINES for mention in claim.mentions)


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


def subjects_agree(claim: Claim) -> Iterator[Reason]:
    """The patient's findings are the patient's, a relative's the relative's."""
    stated_relatives = claims.relatives(claim.text)
    heard = {term for utterance, _ in claim.heard for term, _ in claims.relatives(utterance.text)}
    vouched = {term for term, _ in claims.relatives(claim.told_by_entries)}
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
            is_of_relative(utterance.text, other.start)
            for utterance, found in claim.heard
            for other in found
            if other.row.term == mention.row.term
        ]
        if about and all(about) and stated(claim.text, mention) == "present":
            yield Reason(Check.SUBJECT, mention.surface)
    known = " ".join(mention.surface for mention in claim.mentions)
    for noun in claim.nouns:
        places = [
            is_of_relative(utterance.text, place.start())
            for utterance, _ in claim.heard
            for place in re.finditer(re.escape(noun), utterance.text)
        ]
        if not _DISEASE.search(noun):
            continue
        if noun not in known and places and all(places) and not re.search("없음|않음|아님", claim.text):
            yield Reason(Check.SUBJECT, noun)


def certainty_agrees(claim: Claim) -> Iterator[Reason]:
    """A diagnosis is as certain as it was said to be."""
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
    if re.search(r"없음|않음|\s시\s|면\s", claim.text) or claim.text[:1] == " ":
        return False
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
