"""Loss told from lateness, by when blocks arrive."""

from collections.abc import Iterable

import numpy as np
import pytest

from edge_agent.stream_clock import StreamClock

RATE, FRAMES = 48_000, 1_920
BLOCK = FRAMES / RATE


def missing(arrivals: Iterable[float], *, flagged: int | None = None) -> list[float]:
    clock = StreamClock(RATE)
    lost = [clock.feed(at, FRAMES, overflow=number == flagged)[1] for number, at in enumerate(arrivals)]
    return [each for each in lost if each]


def arrivals(seconds: float, *, jitter: float = 0.015, drift: float = 0.0) -> np.ndarray:
    count = int(seconds / BLOCK)
    random = np.random.default_rng(1)
    return 500 + BLOCK * (1 + drift) * np.arange(1, count + 1) + random.uniform(0, jitter, count)


def test_jitter_is_no_loss() -> None:
    assert missing(arrivals(120)) == []


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_an_hour_of_a_sound_card_that_runs_fast_or_slow_loses_nothing(drift: float) -> None:
    assert missing(arrivals(3600, drift=drift)) == []


def test_a_stall_that_is_made_up_for_is_no_loss() -> None:
    times = arrivals(20)
    stalled = np.maximum(times, np.where(times > 510, 511.8, 0))
    assert missing(np.sort(stalled)) == []


@pytest.mark.parametrize("gap", [0.08, 0.5, 1.9])
def test_what_never_comes_is_measured(gap: float) -> None:
    times = arrivals(20)
    times[200:] += gap
    assert sum(missing(times)) == pytest.approx(gap, abs=0.02)


def test_a_small_gap_counts_where_the_sound_system_flagged_it() -> None:
    times = arrivals(20, jitter=0.001)
    times[200:] += 0.03
    assert missing(times) == []
    assert missing(times, flagged=200) == pytest.approx([0.03], abs=0.002)


def test_heard_at_follows_the_frames_not_the_arrival() -> None:
    clock = StreamClock(RATE)
    times = arrivals(10, jitter=0.0)
    times[100:110] = times[110]
    heard = [clock.feed(at, FRAMES, overflow=False)[0] for at in times]
    np.testing.assert_allclose(heard, 500 + BLOCK * np.arange(len(times)), atol=1e-9)
