import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.calibration import Judged, brier, calibration
from evaluation.plots import reliability, wilson
from scribe.domain.entries import Symptom
from tests.evaluation.consultations import COUGH, FEVER, result_of, said

JUDGED = st.builds(Judged, kind=st.just("symptom"), confidence=st.floats(min_value=0, max_value=1), right=st.booleans())


def test_scores_by_hand() -> None:
    judged = [Judged("symptom", 0.8, True)] * 3 + [Judged("symptom", 0.8, False)] + [Judged("vital", 1.0, True)]
    found = calibration(judged)
    assert found.brier == pytest.approx((3 * 0.04 + 0.64) / 5)
    assert found.error == pytest.approx(4 / 5 * 0.05)
    eighth, last = found.bins[8], found.bins[9]
    assert (eighth.count, eighth.confidence, eighth.right) == (4, pytest.approx(0.8), 0.75)
    assert (last.count, last.right) == (1, 1.0)


def test_nothing_judged_has_no_scores() -> None:
    found = calibration([])
    assert (found.count, found.brier, found.error) == (0, None, None)
    assert len(found.bins) == 10


@given(st.lists(JUDGED, min_size=1, max_size=50))
def test_every_entry_is_in_one_bin_and_scores_are_shares(judged: list[Judged]) -> None:
    found = calibration(judged)
    assert sum(one.count for one in found.bins) == found.count == len(judged)
    assert found.brier == brier(judged)
    assert found.error is not None
    assert 0 <= found.error <= 1
    assert all(one.confidence is None or one.low - 1e-9 <= one.confidence <= one.high + 1e-9 for one in found.bins)


def test_an_entry_is_right_where_gold_has_it_without_a_major_error() -> None:
    result = result_of(
        [COUGH, FEVER],
        Symptom(id="e0", name="기침", status="present", evidence=said(), confidence=0.9),
        Symptom(id="e1", name="발열", status="present", evidence=said(), confidence=0.8),
        Symptom(id="e2", name="두통", status="present", evidence=said(), confidence=0.7),
        Symptom(id="e3", name="오한", status="present", evidence=said()),
    )
    assert [(one.confidence, one.right) for one in result.judged] == [(0.9, True), (0.8, False), (0.7, False)]
    assert result.raw_judged == result.judged


def test_the_plot_has_a_dot_and_a_bar_for_every_bin_with_entries() -> None:
    svg = reliability(calibration([Judged("vital", 0.95, True), Judged("vital", 0.55, False)]).bins)
    assert (svg.count('class="dot"'), svg.count('class="count"')) == (2, 2)
    assert "확신도 0.95에서 맞은 비율 1.00, 1건" in svg
    assert "style=" not in svg


@pytest.mark.parametrize(("right", "count"), [(0.0, 1), (1.0, 1), (0.5, 10), (0.9, 1000)])
def test_intervals_hold_the_share(right: float, count: int) -> None:
    low, high = wilson(right, count)
    assert 0 <= low <= right <= high <= 1
