"""What the page of the worklist is rendered from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scribe.store import Work
from scribe.store.changes import Changes
from scribe.store.permissions import may
from scribe.store.worklist import WorklistLine
from scribe.web.deliveries.view import failing_lines
from scribe.web.labels import SEOUL, day_in_numbers
from scribe.web.worklist.departments import department_name
from scribe.web.worklist.korean_search import found
from scribe.web.worklist.view import Row, filters, rows

PAGE_SIZE = 300
SEARCHED = 1000
"""Consultations, the latest, that a search looks through."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in Seoul."""

    date: date

    @classmethod
    def of(cls, moment: datetime) -> "Day":
        return cls(moment.astimezone(SEOUL).date())

    @property
    def start(self) -> datetime:
        return datetime.combine(self.date, time(), SEOUL)

    @property
    def end(self) -> datetime:
        return self.start + _DAY

    @property
    def before(self) -> "Day":
        return Day(self.date - _DAY)

    @property
    def after(self) -> "Day":
        return Day(self.date + _DAY)

    @property
    def text(self) -> str:
        return day_in_numbers(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the viewer wants to see: a day, a page of it, a state, a department."""

    day: Day
    page: int = 1
    state: str = ""
    department: str = ""


def day_context(work: Work, changes: Changes, asked: Asked, now: datetime) -> dict[str, object]:
    """The consultations of a day; today also those of earlier days that somebody has to finish."""
    since = changes.latest(work.actor.hospital_id)
    listed = work.worklist.between(asked.day.start, asked.day.end, limit=PAGE_SIZE, offset=PAGE_SIZE * (asked.page - 1))
    total = len(listed)
    if total == PAGE_SIZE or asked.page > 1:
        total = work.worklist.count(asked.day.start, asked.day.end)
    today = Day.of(now)
    late = work.worklist.unfinished(today.start) if asked.day == today else ()
    shown, earlier = _rows(work, listed, now), _rows(work, late, now)
    return {
        **_standing(work, any(line.recorded_at for line in (*listed, *late))),
        "since": since,
        "day": asked.day,
        "today": today,
        "is_today": asked.day == today,
        "rows": shown,
        "earlier": earlier,
        "filters": filters((*shown, *earlier), asked.state),
        "state": asked.state,
        "department": asked.department,
        "departments": _departments((*shown, *earlier), asked.department),
        "physicians": sorted({row.physician for row in (*shown, *earlier)}),
        "page": asked.page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "total": total,
        "query": "",
        "searching": False,
    }


def search_context(work: Work, changes: Changes, query: str, now: datetime) -> dict[str, object]:
    """The latest consultations of any day whose patient's name or number has ``query`` in it."""
    since = changes.latest(work.actor.hospital_id)
    found_lines = matching(work, query)
    shown = sorted(_rows(work, found_lines[:PAGE_SIZE], now), key=lambda row: -row.start)
    today = Day.of(now)
    return {
        **_standing(work, heard=True),
        "since": since,
        "day": today,
        "today": today,
        "is_today": False,
        "rows": tuple(shown),
        "earlier": (),
        "filters": filters(shown, ""),
        "state": "",
        "department": "",
        "departments": _departments(shown, ""),
        "physicians": sorted({row.physician for row in shown}),
        "page": 1,
        "pages": 1,
        "total": len(found_lines),
        "query": query,
        "searching": True,
    }


def matching(work: Work, query: str) -> list[WorklistLine]:
    """The latest consultations whose patient's name or number has ``query`` in it, the newest first."""
    return [line for line in work.worklist.latest(limit=SEARCHED) if _matches(line, query)]


def row_context(work: Work, encounter_ids: list[str], now: datetime) -> dict[str, object]:
    """The rows of some consultations, as they stand now."""
    lines = [line for line in work.worklist.of(encounter_ids) if line.record.problem != "merged"]
    return {"rows": _rows(work, lines, now), "all_physicians": _sees_all(work)}


def _departments(shown: Iterable[Row], chosen: str) -> tuple[tuple[str, str], ...]:
    """Codes and names of the departments to choose from, in the order of their codes."""
    found = {row.department for row in shown} | {chosen}
    return tuple((code, department_name(code)) for code in sorted(found - {""}))


def _rows(work: Work, lines: tuple[WorklistLine, ...] | list[WorklistLine], now: datetime) -> tuple[Row, ...]:
    return rows(lines, now, reviews=may(work.actor.role, "read_captures"))


def _standing(work: Work, heard: bool) -> dict[str, object]:
    """What stands in the way of everything: no device to record with, where nothing is ``heard`` by another way; a
    hospital system that takes nothing."""
    sees_deliveries = may(work.actor.role, "see_deliveries")
    failing = work.destinations.failing().values() if sees_deliveries else ()
    return {
        "device_missing": not (heard or work.devices.enrolled()),
        "failing": failing_lines(failing),
        "all_physicians": _sees_all(work),
    }


def _sees_all(work: Work) -> bool:
    return work.actor.role == "patient_services"


def _matches(line: WorklistLine, query: str) -> bool:
    patient = line.record.encounter.patient
    if patient is None:
        return False
    number = patient.identifier.value if patient.identifier else ""
    return found(query, patient.name, number)
