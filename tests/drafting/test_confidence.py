from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.entries import KINDS, Evidence, Symptom
from scribe.drafting.confidence import Curve, Curves, calibrated, load_curves, read_curves
from scribe.drafting.draft import draft
from scribe.drafting.extract import read
from tests.drafting.speech import talk, visit

CURVE = Curve((0.6, 0.8, 0.9), (0.5, 0.7, 0.7))
COUGH = Symptom(
    id="e0", name="기침", status="present", evidence=(Evidence(utterance="u0", start=0, end=2),), confidence=0.7
)


@pytest.mark.parametrize(("raw", "right"), [(0.6, 0.5), (0.7, 0.6), (0.8, 0.7), (0.85, 0.7), (1.0, 0.7)])
def test_a_curve_is_linear_between_its_points_and_level_above(raw: float, right: float) -> None:
    assert CURVE.at(raw) == pytest.approx(right)


@pytest.mark.parametrize("raw", [0.0, 0.3, 0.55])
def test_what_is_doubted_more_than_anything_measured_stays_doubted(raw: float) -> None:
    assert CURVE.at(raw) == min(raw, 0.5)


@given(st.sampled_from(KINDS), st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_the_table_never_turns_more_confidence_into_less(kind: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    curves = load_curves()
    assert 0 <= curves.confidence(kind, low) <= curves.confidence(kind, high) <= 1


@pytest.mark.parametrize(
    ("raw", "right"),
    [((), ()), ((0.5,), (0.5, 0.6)), ((0.6, 0.5), (0.1, 0.2)), ((0.5, 0.6), (0.7, 0.6)), ((0.5,), (1.2,))],
)
def test_what_is_no_rising_curve_is_refused(raw: tuple[float, ...], right: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"curve|share"):
        Curve(raw, right)


def test_a_kind_without_a_curve_of_its_own_takes_the_one_over_all() -> None:
    curves = Curves(CURVE, {"vital": Curve((0.5,), (0.9,))})
    assert (curves.confidence("vital", 0.8), curves.confidence("advice", 0.8)) == (0.9, 0.7)


def test_curves_are_read_from_toml() -> None:
    curves = read_curves("[all]\nraw = [0.5, 0.9]\nright = [0.4, 0.8]\n[kinds.vital]\nraw = [0.9]\nright = [0.99]\n")
    assert curves.confidence("symptom", 0.7) == pytest.approx(0.6)
    assert curves.confidence("vital", 0.95) == 0.99


def test_only_stated_confidences_change() -> None:
    silent = replace(COUGH, confidence=None)
    assert calibrated([COUGH, silent], Curves(CURVE, {})) == (replace(COUGH, confidence=0.6), silent)


def test_a_draft_states_calibrated_confidences_and_nothing_else_changes() -> None:
    said = talk("d 열은요?", "p 열은 없고 기침이 나요.")
    drafted, raw = draft(said, visit()).entries, read(said, visit()).entries
    assert drafted == calibrated(raw)
    assert {entry.confidence for entry in drafted} != {entry.confidence for entry in raw}
