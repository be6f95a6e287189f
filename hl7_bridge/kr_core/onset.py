"""When a symptom began, as Condition.onset[x]."""

import re
from datetime import date, timedelta

from hl7_bridge.fhir import FhirJson
from scribe.domain.entries import Symptom
from scribe.domain.onset import month_of, named_date

_DURATION = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?")
_LONGEST_DAYS = 36500


def onset(symptom: Symptom, today: date) -> FhirJson:
    """The date that the words name, else the encounter less the told duration, else the words themselves.

    Never finer than what was told: "3일" gives a day, "두 달" a month, "1년" a year.
    """
    told = named_date(symptom.onset, today) if symptom.onset else None
    when = told or _before(today, symptom.duration_iso)
    if when is not None:
        return {"onsetDateTime": when}
    return {"onsetString": symptom.onset} if symptom.onset and symptom.onset.strip() else {}


def _before(today: date, duration: str | None) -> str | None:
    match = _DURATION.fullmatch(duration or "")
    if match is None or not any(match.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if years > today.year or months > 12 * today.year or 7 * weeks + days > _LONGEST_DAYS:
        return None
    since = today.year * 12 + today.month - 1 - 12 * years - months
    if since < 12:
        return None
    if weeks or days:
        begun = today - timedelta(days=7 * weeks + days)
        return begun.isoformat() if not (years or months) else month_of(since)
    return month_of(since) if months else f"{today.year - years:04d}"
