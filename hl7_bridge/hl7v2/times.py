"""HL7 time stamps (TS, DTM), whose precision is as many digits as they have."""

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from hl7_bridge.hl7v2.errors import MessageError

SEOUL = ZoneInfo("Asia/Seoul")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?([+-]\d{4})?")


def stamp(moment: datetime) -> str:
    """A moment in Korean time, to the second, with its offset."""
    return moment.astimezone(SEOUL).strftime("%Y%m%d%H%M%S%z")


def day(value: date) -> str:
    return value.strftime("%Y%m%d")


def read_moment(text: str, zone: tzinfo, location: str) -> datetime:
    """The earliest moment that a stamp of at least a day states; one without offset is of ``zone``."""
    *parts, offset = _digits(text, location)
    year, month, number, hour, minute, second = (int(part or 0) for part in parts)
    try:
        where = _offset(offset) if offset else zone
        return datetime(year, month, number, hour, minute, second, tzinfo=where)
    except ValueError:
        raise _wrong(location) from None


def read_day(text: str, location: str) -> date:
    """The day of a stamp, whatever follows it."""
    year, month, number, *_ = _digits(text, location)
    try:
        return date(int(year or 0), int(month or 0), int(number or 0))
    except ValueError:
        raise _wrong(location) from None


def _digits(text: str, location: str) -> tuple[str | None, ...]:
    found = _STAMP.fullmatch(text)
    if found is None:
        raise _wrong(location)
    return tuple(found.groups())


def _offset(text: str) -> timezone:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return timezone(-size if text[0] == "-" else size)


def _wrong(location: str) -> MessageError:
    return MessageError(location=location, problem="not a date and time such as 20260914104000+0900", code="102")
