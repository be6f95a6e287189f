"""Figures of the report drawn as SVG, coloured by the page's style sheet alone."""

from collections.abc import Sequence
from math import sqrt

from markupsafe import Markup

from evaluation.calibration import Bin

_SIDE = 300.0
_LEFT, _TOP, _RIGHT, _BARS, _FOOT = 44.0, 12.0, 14.0, 62.0, 40.0
_Z = 1.96  # 95 % of a normal distribution


def reliability(bins: Sequence[Bin]) -> Markup:
    """Share right over mean confidence, a dot a bin with its 95 % interval, counts below; the diagonal is ideal."""
    known = [one for one in bins if one.count]
    most = max((one.count for one in known), default=1)
    width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BARS + _FOOT
    parts = [*_frame(), *(_dot(one, most) for one in known), *(_count_bar(one, most) for one in known)]
    inside = Markup("").join(parts)
    return Markup(
        '<svg class="plot" viewBox="0 0 {w:.0f} {h:.0f}" role="img" aria-label="{label}">{inside}</svg>'
    ).format(w=width, h=height, label=_described(known), inside=inside)


def bar(share: float | None, kind: str = "") -> Markup:
    """A horizontal bar of the share, 0 to 1, with a tick at each quarter."""
    filled = 0.0 if share is None else max(0.0, min(1.0, share)) * 100
    return Markup(
        '<svg class="bar {kind}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="10"/><rect class="fill" width="{filled:.1f}" height="10"/></svg>'
    ).format(kind=kind, filled=filled)


def stack(parts: Sequence[tuple[str, int]], whole: int) -> Markup:
    """Counts side by side as one bar, each in the colour of its class name."""
    drawn, at = [], 0.0
    for name, count in parts:
        width = 100 * count / whole if whole else 0.0
        drawn.append(
            Markup('<rect class="{name}" x="{at:.2f}" width="{width:.2f}" height="10"/>').format(
                name=name, at=at, width=width
            )
        )
        at += width
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="10"/>{drawn}</svg>'
    ).format(drawn=Markup("").join(drawn))


def wilson(right: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of ``count`` (Wilson 1927)."""
    if not count:
        return 0.0, 1.0
    centre = (right + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    half = _Z * sqrt(right * (1 - right) / count + _Z * _Z / (4 * count * count)) / (1 + _Z * _Z / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE


def _frame() -> list[Markup]:
    parts = [
        Markup('<rect class="ground" x="{x}" y="{y}" width="{s}" height="{s}"/>').format(x=_LEFT, y=_TOP, s=_SIDE),
        Markup('<line class="ideal" x1="{a}" y1="{b}" x2="{c}" y2="{d}"/>').format(a=_x(0), b=_y(0), c=_x(1), d=_y(1)),
    ]
    for quarter in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line("grid", _x(0), _y(quarter), _x(1), _y(quarter)))
        parts.append(_text(_LEFT - 6, _y(quarter) + 4, f"{quarter:g}", "end"))
        parts.append(_text(_x(quarter), _TOP + _SIDE + _BARS + 15, f"{quarter:g}", "middle"))
    parts.append(_text(_x(0.5), _TOP + _SIDE + _BARS + 33, "확신도", "middle"))
    parts.append(
        Markup(
            '<text class="axis" transform="rotate(-90)" x="{x}" y="11" text-anchor="middle">맞은 비율</text>'
        ).format(x=-(_TOP + _SIDE / 2))
    )
    return parts


def _dot(one: Bin, most: int) -> Markup:
    right, confidence = one.right or 0.0, one.confidence or 0.0
    low, high = wilson(right, one.count)
    interval = _line("interval", _x(confidence), _y(low), _x(confidence), _y(high))
    radius = 3.5 + 5.5 * sqrt(one.count / most)
    return interval + Markup(
        '<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"><title>{title}</title></circle>'
    ).format(x=_x(confidence), y=_y(right), r=radius, title=f"확신도 {confidence:.2f}, 맞음 {right:.2f}, {one.count}건")


def _count_bar(one: Bin, most: int) -> Markup:
    room, foot = _BARS - 22, _TOP + _SIDE + _BARS - 4
    tall = max(1.0, room * one.count / most)
    bar_ = Markup('<rect class="count" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>').format(
        x=_x(one.low) + 2, y=foot - tall, w=_SIDE / 10 - 4, h=tall
    )
    return bar_ + _text(_x(one.low) + _SIDE / 20, foot - tall - 3, str(one.count), "middle", "small")


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{name}" x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>').format(
        name=name, a=x1, b=y1, c=x2, d=y2
    )


def _text(x: float, y: float, words: str, anchor: str, name: str = "axis") -> Markup:
    return Markup('<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>').format(
        name=name, x=x, y=y, anchor=anchor, words=words
    )


def _described(known: Sequence[Bin]) -> str:
    said = [f"확신도 {one.confidence:.2f}에서 맞은 비율 {one.right:.2f}, {one.count}건" for one in known]
    return "확신도와 맞은 비율. " + ("; ".join(said) or "항목 없음")
