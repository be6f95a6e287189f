"""Names of a draft's flags that stay when other flags come, go or are decided."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from scribe.domain.note import Flag

FlagName = Annotated[str, Field(pattern=r"^f[0-9a-f]{16}(-[0-9]{1,3})?$")]
FlagRef = Annotated[int, Field(ge=0)] | FlagName
"""Which flag of a draft: its place in the version that the edit names, or its name in any."""


def flag_names(flags: Sequence[Flag]) -> tuple[str, ...]:
    """The name of each: what it asks about what; the second of two that ask the same is numbered."""
    seen: Counter[str] = Counter()
    names = []
    for flag in flags:
        name = _name(flag)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return tuple(names)


def place_of_flag(flags: Sequence[Flag], ref: int | str) -> int | None:
    """Where the flag stands in ``flags``, None where it does not."""
    if isinstance(ref, int):
        return ref if ref < len(flags) else None
    names = flag_names(flags)
    return names.index(ref) if ref in names else None


def _name(flag: Flag) -> str:
    asks = json.dumps([flag.kind, flag.rule, flag.text, flag.entries, flag.statements], ensure_ascii=True)
    return f"f{hashlib.sha256(asks.encode()).hexdigest()[:16]}"
