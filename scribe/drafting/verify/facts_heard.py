"""How a term stands in the reading of the consultation, and how the words themselves assert it."""

import re

from scribe.domain.entries import Allergy, Diagnosis, Entry, History, Symptom
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.consultation import Place
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.polarity import mentions
from scribe.drafting.verify.told import ProseClaim


def read_standing(claim: ProseClaim, mention: Mention) -> set[str]:
    """The standing of the fact in the reading of the consultation: present, absent, resolved."""
    found = set()
    for entry in claim.consultation.entries:
        if not isinstance(entry, Symptom | Allergy | Diagnosis | History) or not is_same(entry, mention):
            continue
        if isinstance(entry, History) and entry.category == "family":
            continue
        if isinstance(entry, Diagnosis):
            found.add("absent" if entry.certainty == "ruled_out" else "present")
        else:
            found.add(entry.status)
    return found


def is_same(entry: Entry, mention: Mention) -> bool:
    if mention.table is Table.ALLERGENS and not isinstance(entry, Allergy):
        return False
    if isinstance(entry, Allergy) and mention.table is not Table.ALLERGENS:
        return fold(entry.name) == fold(mention.surface)
    return is_named(entry.name, mention)


def is_named(name: str, mention: Mention) -> bool:
    if fold(name) in (fold(mention.surface), fold(mention.row.term)):
        return True
    named = [m for m in mentions(name) if not m.nested and m.end - m.start >= len(name) - 1]
    return any(m.row.term == mention.row.term for m in named)


def is_familys_only(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the reading knows the disease as a relative's."""
    family = [e for e in claim.consultation.entries if isinstance(e, History) and e.category == "family"]
    names = [re.sub(r"\s?(?:가족력|병력)$", "", entry.name) for entry in family if entry.status == "present"]
    return any(is_named(name, mention) for name in names)


def is_reaction(claim: ProseClaim, part: Part) -> bool:
    """ "세파클러 아나필락시스": what a drug once did, in a part that names the drug of a known allergy."""
    allergies = [entry.name for entry in claim.consultation.entries if isinstance(entry, Allergy)]
    named = [m for m in part.mentions if m.table in (Table.MEDICINES, Table.ALLERGENS) and not m.nested]
    return any(fold(m.surface) in fold(name) or fold(name) in fold(m.surface) for m in named for name in allergies)


def heard(places: list[Place]) -> set[str]:
    """How the words themselves assert it; what was only asked or supposed counts where nothing else was said."""
    asked = {place.polarity for place in places if place.is_asked} - {"unclear"}
    return stated(places) | asked


def stated(places: list[Place]) -> set[str]:
    told = [place for place in places if not place.is_asked and not place.is_supposed]
    return {place.polarity for place in told if place.polarity != "unclear"}


def kin_of(places: list[Place]) -> tuple[str, str]:
    words = dict.fromkeys(place.whose.word or "" for place in places)
    return ", ".join(word for word in words if word), "대상"
