"""The quality page: how much of the drafts physicians keep, as numbers and as the geometry of plain plots.

Numbers only: no text of a note and no patient is behind them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import add
from statistics import median
from typing import Literal

from scribe.domain.style import EditShares, Share, SignedShares
from scribe.web.labels import SEOUL, SETTINGS, template_name

Part = Literal["note", "summary", "entries"]
PARTS: Mapping[Part, str] = {"note": "진료 기록 문장", "summary": "환자 안내문 문장", "entries": "구조화 항목"}
SPANS = {30: "최근 30일", 90: "최근 90일", 365: "최근 1년"}
FATES = (("kept", "그대로"), ("edited", "고침"), ("deleted", "삭제"), ("added", "추가"))

PLOT_WIDTH, PLOT_HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 10, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a bar: its fate, count, share of all in percent, and where it stands (percent of the width)."""

    fate: str
    label: str
    count: int
    percent: float
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a chart; ``kept`` is the share of the drafter's pieces that were kept, in percent, None of none."""

    label: str
    signed: int
    drafted: int
    kept: float | None
    minutes: float | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A week: where it stands in the plot, and what it says."""

    x: float
    y: float
    week: str
    percent: float
    signed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    points: tuple[Point, ...]
    line: str
    ticks: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """All that the page shows; ``people`` is empty where the viewer sees only their own."""

    signed: int
    minutes: float | None
    parts: tuple[Bar, ...]
    templates: tuple[Bar, ...]
    settings: tuple[Bar, ...]
    people: tuple[Bar, ...]
    trend: Trend | None


def quality(rows: Sequence[SignedShares], names: Mapping[str, str]) -> Quality:
    """The page over signed versions; ``names`` are the physicians to tell apart, by account."""
    return Quality(
        signed=len(rows),
        minutes=_minutes(rows),
        parts=tuple(_bar(label, rows, part) for part, label in PARTS.items()),
        templates=_bars(rows, lambda row: template_name(row.template)),
        settings=_bars(rows, lambda row: SETTINGS.get(row.setting, row.setting)),
        people=_bars(rows, lambda row: names.get(row.account_id, "지워진 계정")) if names else (),
        trend=_trend(rows),
    )


def _bars(rows: Sequence[SignedShares], label_of: Callable[[SignedShares], str]) -> tuple[Bar, ...]:
    ordered = sorted(rows, key=label_of)
    bars = [_bar(label, list(group), "note") for label, group in groupby(ordered, key=label_of)]
    return tuple(sorted(bars, key=lambda bar: -bar.signed))


def _bar(label: str, rows: Sequence[SignedShares], part: Part) -> Bar:
    share = _total(row.shares for row in rows)[part]
    everything = share.drafted + share.added
    pieces, start = [], 0.0
    for fate, name in FATES:
        count = int(getattr(share, fate))
        percent = 100 * count / everything if everything else 0.0
        pieces.append(Piece(fate=fate, label=name, count=count, percent=round(percent, 1), start=round(start, 2)))
        start += percent
    kept = 100 * share.kept / share.drafted if share.drafted else None
    return Bar(
        label=label,
        signed=len(rows),
        drafted=share.drafted,
        kept=None if kept is None else round(kept, 1),
        minutes=_minutes(rows),
        pieces=tuple(pieces),
    )


def _total(shares: Iterable[EditShares]) -> dict[Part, Share]:
    found = list(shares)
    return {
        "note": reduce(add, (share.note for share in found), Share()),
        "summary": reduce(add, (share.summary for share in found), Share()),
        "entries": reduce(add, (share.entries for share in found), Share()),
    }


def _minutes(rows: Sequence[SignedShares]) -> float | None:
    """The median from draft to signature: those left overnight do not move it."""
    return round(median(row.review_seconds for row in rows) / 60, 1) if rows else None


def _trend(rows: Sequence[SignedShares]) -> Trend | None:
    """The kept share of the note by week; None of fewer than two weeks."""
    weeks = [
        (week, list(group))
        for week, group in groupby(sorted(rows, key=_moment), key=lambda row: _monday(row.signed_at))
    ]
    told = [(week, bar.kept, bar.signed) for week, group in weeks if (bar := _bar("", group, "note")).kept is not None]
    if len(told) < 2:
        return None
    first, last = told[0][0], told[-1][0]
    width = PLOT_WIDTH - _LEFT - _RIGHT
    points = tuple(
        Point(
            x=round(_LEFT + width * (week - first).days / (last - first).days, 1),
            y=_y(kept or 0.0),
            week=f"{week.month}월 {week.day}일",
            percent=kept or 0.0,
            signed=signed,
        )
        for week, kept, signed in told
    )
    line = " ".join(f"{point.x},{point.y}" for point in points)
    return Trend(points=points, line=line, ticks=tuple((tick, _y(tick)) for tick in (0, 50, 100)))


def _y(percent: float) -> float:
    return round(_TOP + (PLOT_HEIGHT - _TOP - _BOTTOM) * (1 - percent / 100), 1)


def _moment(row: SignedShares) -> datetime:
    return row.signed_at


def _monday(moment: datetime) -> date:
    day = moment.astimezone(SEOUL).date()
    return day - timedelta(days=day.weekday())
