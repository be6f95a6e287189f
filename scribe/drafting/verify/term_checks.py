"""Drug names, findings and other nouns: each must have been said or be vouched for by the cited entries."""

import re
import unicodedata
from collections.abc import Iterator

from rapidfuzz import fuzz

from scribe.domain.entries import (
    MedicationOrder,
    MedicationStatement,
)
from scribe.drafting.lexicon import Table
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import Claim, fold
from scribe.drafting.verify.polarity import (
    mentions,
)
from scribe.drafting.verify.verdict import Check, Reason
from scribe.drafting.verify.vocabulary import is_template_word
from scribe.drafting.verify.wording import is_spoken

_COUNTED_TABLES = (Table.MEDICINES, Table.TESTS, Table.VITALS)
_DOSED = re.compile(r"([가-힣A-Za-z]{2,})\s\d[\d.,]*\s?(?:mg|g|μg|mL|IU|정|캡슐|포|단위)(?![가-힣A-Za-z])")
_FUZZY_DRUG = 75.0  # percent of jamo in common: "노바스끄" for "노바스크" is 93, "세레콕시브" for "세티리진" 50


def drugs_were_said(claim: Claim) -> Iterator[Reason]:
    """Every drug was named."""
    for mention in claim.mentions:
        if mention.table is Table.MEDICINES and not mention.nested and not claim.is_said(mention):
            yield Reason(Check.DRUG, mention.surface)
    for name in _DOSED.findall(claim.text):
        known = any(name in m.surface and m.table in _COUNTED_TABLES for m in claim.mentions)
        if not known and not is_template_word(name) and not _spoken_alike(name, claim.passage.text):
            yield Reason(Check.DRUG, name)
    named = {mention.surface for mention in claim.mentions if mention.table is Table.MEDICINES}
    for entry in claim.entries:
        if not isinstance(entry, MedicationOrder | MedicationStatement):
            continue
        if any(surface in entry.name for surface in named) or fold(entry.name) in claim.said_folded:
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
        if not any(fold(form) in fold(claim.text) for form in forms):
            yield Reason(Check.DRUG, claim.text.split()[0])


def _spoken_alike(name: str, text: str) -> bool:
    """Whether a word of the dialogue sounds like the drug's name: a misrecognised name is not an invented one."""
    wanted = unicodedata.normalize("NFD", fold(name))
    words = (unicodedata.normalize("NFD", fold(word)) for word in re.findall(r"[가-힣A-Za-z]+", text))
    return any(fuzz.partial_ratio(wanted, word) >= _FUZZY_DRUG for word in words if len(word) >= len(wanted) * 0.6)


def terms_were_said(claim: Claim) -> Iterator[Reason]:
    """Every term of the lexicon was said in one of its forms, or an entry vouches for it."""
    vouched = fold(claim.vouched)
    for mention in claim.mentions:
        if mention.nested or mention.table not in claims.TERM_TABLES or mention.table is Table.MEDICINES:
            continue
        if mention.how == "predicate" and mention.table is Table.HISTORIES:
            continue
        forms = (mention.surface, mention.form, mention.surface.removesuffix("검사"))
        if is_template_word(mention.surface) or any(fold(form) in vouched for form in forms if form.strip()):
            continue
        if not claim.is_said(mention) and not is_spoken(mention.surface, claim.passage.text):
            yield Reason(Check.FINDING, mention.surface)


def words_were_said(claim: Claim) -> Iterator[Reason]:
    """Nouns that neither the dialogue nor the cited entries hold; without entries half may be a paraphrase."""
    vouched = fold(claim.vouched)
    missing = [noun for noun in claim.nouns if not _covered(noun, vouched, claim)]
    if claim.entries or len(missing) * 2 > len(claim.nouns):
        for noun in missing:
            yield Reason(Check.WORD, noun)


def _covered(noun: str, vouched: str, claim: Claim) -> bool:
    folded = fold(noun)
    if folded in claim.said_folded or folded in vouched or is_spoken(noun, claim.passage.text):
        return True
    known = [mention for mention in claim.mentions if folded in fold(mention.surface)]
    return any(claim.is_said(mention) for mention in known)
