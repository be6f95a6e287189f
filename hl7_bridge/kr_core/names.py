"""Names of entries as a resource states them: the term, without the words it was said in."""

import re
from typing import Final

from scribe.domain.entries import Diagnosis, Entry, Symptom

NAMELESS: Final = "이름이 없는 항목이므로 본문으로만 보냅니다"
_SAID: Final = re.compile(r"(?<=\S)\([^()]*\)$")


def term(entry: Entry) -> str:
    """The preferred term: "기침" of "기침(마른기침)".

    Drafting writes the words that were said after the term of a symptom or a diagnosis, in brackets without a space.
    Brackets in names of tests ("암태아성항원(CEA)") and after a space ("위식도 역류 (신생아)") are part of the term.
    """
    return _SAID.sub("", entry.name) if isinstance(entry, Symptom | Diagnosis) else entry.name
