"""Entries as note and summary write them: amounts in digits where the entry keeps the words that were said."""

import re
from collections.abc import Iterable
from dataclasses import replace

from scribe.domain.entries import Advice, Entry, FollowUp, ReturnPrecaution
from scribe.drafting.extract.wording import digits

_PURPOSE = re.compile(r"재진(?:\([^()]*\))?$")


def written(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with "삼십팔 도 넘으면" as "38도 넘으면" and "삼 주 뒤 재진" as "3주 뒤 재진"; the rest as it is."""
    return tuple(_written(entry) for entry in entries)


def _written(entry: Entry) -> Entry:
    if isinstance(entry, FollowUp):
        purpose = _PURPOSE.search(entry.name)
        return replace(entry, name=f"{entry.when} {purpose.group()}") if purpose else entry
    if isinstance(entry, Advice | ReturnPrecaution):
        return replace(entry, name=digits(entry.name))
    return entry
