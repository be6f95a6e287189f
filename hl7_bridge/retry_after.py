"""How long a server asks to wait."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MOST_SECONDS: Final = 86_400.0
"""Nobody is believed who asks for more than a day."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime] = _utc_now) -> float | None:
    """Seconds of a Retry-After header, a number or a moment by the server's own clock (RFC 9110, 10.2.3).

    None where there is none that can be read.  Without a Date header our own clock has to do.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), MOST_SECONDS)
    moment = _moment(asked)
    if moment is None:
        return None
    here = _moment(headers.get("Date", "")) or now()
    return min(max(0.0, (moment - here).total_seconds()), MOST_SECONDS)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
