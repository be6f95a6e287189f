"""Terms and words of a statement without evidence: each must have been told somewhere in the consultation."""

import re
import unicodedata
from collections.abc import Iterator

from rapidfuzz import fuzz

from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.amounts import find_amounts
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason
from scribe.drafting.verify.vocabulary import is_template_word

_DOSED = re.compile(r"([가-힣A-Za-z]{2,})\s\d[\d.,]*\s?(?:mg|g|μg|mcg|mL|IU|정|캡슐|포|단위)(?![가-힣A-Za-z])")
_REFERRED = re.compile(r"의뢰|협진|전과|외래|예약")
_FORM = re.compile(
    r"(?:정|서방정|캡슐|시럽|연고|크림|로션|패치|주사|주|액|용량|총|매회|회당|최대|이하|이상|으로|에서)$"
)
_FUZZY_DRUG = 75.0  # percent of jamo in common, as for cited statements


def prose_terms_were_told(claim: ProseClaim) -> Iterator[Reason]:
    """Every drug, finding, disease, test and procedure was told in some form."""
    for mention in claim.mentions:
        if mention.nested or mention.table not in claims.TERM_TABLES or _is_general(mention):
            continue
        if mention.table is Table.DEPARTMENTS and not _REFERRED.search(claim.text):
            continue
        if _is_told(claim, mention):
            continue
        check = Check.DRUG if mention.table is Table.MEDICINES else Check.FINDING
        if mention.how != "predicate":
            yield Reason(check, mention.surface)
    for name in _DOSED.findall(claim.text):
        if _FORM.search(name):
            continue
        known = any(name in m.surface for m in claim.mentions)
        if not known and not is_template_word(name) and not claim.word_turns(name) and not _sounds_told(claim, name):
            yield Reason(Check.DRUG, name)


_COURSE = frozenset({"나음", "호전", "악화", "결림", "통증", "증상", "합병증", "재발"})


def _is_general(mention: Mention) -> bool:
    if mention.surface in _COURSE or is_template_word(mention.surface):
        return True
    return len(mention.surface) == 1 and mention.table is not Table.MEDICINES


def _is_told(claim: ProseClaim, mention: Mention) -> bool:
    if claim.turns(mention):
        return True
    other = [m for m in claim.mentions if m is not mention and m.start <= mention.start and mention.end <= m.end]
    if any(claim.places(m) for m in other if m.end - m.start >= mention.end - mention.start):
        return True
    if any(fold(noun) in said for noun in mention.row.nouns if len(noun) > 1 for said in claim.consultation.squeezed):
        return True
    names = {fold(entry.name) for entry in claim.consultation.entries}
    if fold(mention.surface) in names or fold(mention.row.term) in names:
        return True
    return mention.table is Table.DRUG_CLASSES and _has_member(claim, mention)


def _has_member(claim: ProseClaim, mention: Mention) -> bool:
    """Whether a drug of the class was named."""
    rows = (m.row for turn in claim.consultation.turns for m in turn.mentions if m.table is Table.MEDICINES)
    return any(getattr(row, "drug_class", "") in mention.row.nouns for row in rows)


def _sounds_told(claim: ProseClaim, name: str) -> bool:
    """Whether a word of the dialogue sounds like the drug's name: a misrecognised name is not an invented one."""
    wanted = unicodedata.normalize("NFD", fold(name))
    words = (
        unicodedata.normalize("NFD", fold(word)) for word in re.findall(r"[가-힣A-Za-z]+", claim.consultation.text)
    )
    return any(fuzz.partial_ratio(wanted, word) >= _FUZZY_DRUG for word in words if len(word) >= len(wanted) * 0.6)


def prose_words_were_told(claim: ProseClaim) -> Iterator[Reason]:
    """Nouns that nobody said; half of them may be a paraphrase, where a term or a number is told."""
    missing = [noun for noun in claim.nouns if not claim.word_turns(noun)]
    told = [m for m in claim.mentions if not m.nested and claim.turns(m)]
    numbers = find_amounts(claim.text)
    if len(missing) * 2 > len(claim.nouns) + 2 * len(told) + 2 * len(numbers):
        for noun in missing:
            yield Reason(Check.WORD, noun)
