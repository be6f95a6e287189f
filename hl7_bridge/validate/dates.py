"""Which of two FHIR dates is the later one, as far as both are told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_PARTS: Final = re.compile(
    r"(?P<day>\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:T(?P<clock>\d{2}:\d{2}:\d{2})(?P<part>\.\d+)?(?P<zone>Z|[+-]\d{2}:\d{2}))?"
)


def is_after(first: Any, second: Any) -> bool:
    """True where ``first`` is certainly later than ``second``.

    Two instants are compared on the clock of UTC, anything less precise by the days, months or years that both have;
    what cannot be decided (a day, and a time on that day) or is no date is not after.
    """
    one, other = (_PARTS.fullmatch(value) if isinstance(value, str) else None for value in (first, second))
    if one is None or other is None:
        return False
    if one["clock"] and other["clock"]:
        moments = (_instant(one), _instant(other))
        return moments[0] is not None and moments[1] is not None and moments[0] > moments[1]
    length = min(len(one["day"]), len(other["day"]))
    return one["day"][:length] > other["day"][:length]


def _instant(match: re.Match[str]) -> tuple[datetime, str] | None:
    """The moment in UTC, and its fraction of a second, which may have more digits than a datetime holds."""
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{match['clock'][:5]}:00{match['zone'].replace('Z', '+00:00')}")
        moment = moment.astimezone(UTC) + timedelta(seconds=int(match["clock"][6:]))
    except (ValueError, OverflowError):
        return None
    return moment, (match["part"] or ".").rstrip("0")
