import random
import tomllib

import pytest

from evaluation.calibration import Judged, calibration
from evaluation.errors import TooFewEntriesError
from evaluation.learning import learn, write_toml
from scribe.drafting.confidence import read_curves

TRUTH = {0.6: 0.3, 0.8: 0.6, 0.9: 0.8}


def _cases(count: int) -> list[list[Judged]]:
    """Cases whose entries are right as often as TRUTH says, whatever they state; 15 entries each."""
    chance = random.Random(7)
    return [
        [Judged("symptom", level, chance.random() < share) for level, share in TRUTH.items() for _ in range(5)]
        for _ in range(count)
    ]


def test_curves_come_near_the_true_shares_and_never_fall() -> None:
    learned = learn(_cases(60))
    curve = learned.curves.all
    assert curve.raw == (0.6, 0.8, 0.9)
    assert list(curve.right) == sorted(curve.right)
    for raw, share in TRUTH.items():
        assert curve.at(raw) == pytest.approx(share, abs=0.08)


def test_cross_validated_scores_are_better_than_raw_ones() -> None:
    learned = learn(_cases(60))
    assert learned.before.brier is not None
    assert learned.after.brier is not None
    assert learned.before.error is not None
    assert learned.after.error is not None
    assert learned.after.brier < learned.before.brier
    assert learned.after.error < learned.before.error
    assert learned.before == calibration([one for case in _cases(60) for one in case])


def test_kinds_that_differ_get_curves_of_their_own() -> None:
    chance = random.Random(3)
    shares = {"advice": 0.4, "vital": 0.98}
    cases = [
        [Judged(kind, 0.8, chance.random() < share) for kind, share in shares.items() for _ in range(6)]
        for _ in range(30)
    ]
    curves = learn(cases).curves
    assert curves.confidence("advice", 0.8) == pytest.approx(0.4, abs=0.1)
    assert curves.confidence("vital", 0.8) == pytest.approx(0.98, abs=0.05)
    assert 0.4 < curves.confidence("exam", 0.8) < 0.98


def test_a_falling_level_is_pooled_with_the_one_before() -> None:
    cases = [[Judged("symptom", 0.6, True)] * 4 + [Judged("symptom", 0.9, False)] * 4 for _ in range(10)]
    curve = learn(cases).curves.all
    assert curve.right[0] == curve.right[1] == pytest.approx(0.5, abs=0.01)


def test_the_table_is_written_with_how_it_was_made_and_read_back() -> None:
    learned = learn(_cases(20))
    text = write_toml(learned, "cases")
    made = tomllib.loads(text)["made"]
    assert (made["from"], made["cases"], made["entries"]) == ("cases", 20, 300)
    assert made["brier"]["before"] == pytest.approx(learned.before.brier, abs=1e-4)
    assert read_curves(text) == learned.curves


@pytest.mark.parametrize("cases", [[], _cases(3), [[Judged("symptom", 0.9, True)]] * 10])
def test_too_little_to_learn_from_is_refused(cases: list[list[Judged]]) -> None:
    with pytest.raises(TooFewEntriesError, match="too few to calibrate"):
        learn(cases)
