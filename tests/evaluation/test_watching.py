from itertools import count

from evaluation.cases import measure, total
from evaluation.figures import case_figures
from evaluation.watching import STAGES, Watch, seconds_by_stage
from scribe.domain.entries import Symptom
from scribe.drafting.draft import draft
from scribe.drafting.extract import Unread
from tests.drafting.speech import talk, visit
from tests.evaluation.consultations import COUGH, case_of, drafting, said

SAID = talk("d 열은요?", "p 열은 없고 기침이 나요.", "d 코데인 이십 밀리 하루 세 번 삼 일치 드릴게요.")


def test_every_stage_of_a_drafting_is_timed() -> None:
    ticks = count()
    watch = Watch(lambda: float(next(ticks)))
    draft(SAID, visit(), observer=watch)
    sums = seconds_by_stage(watch.times)
    assert tuple(sums) == STAGES
    assert all(time.seconds == 1.0 for time in watch.times)
    assert sums["verdicts"] == 2.0
    assert {"symptom", "medication_order", "red_flag"} <= {time.kind for time in watch.times if time.stage == "entries"}


def test_stages_that_did_not_occur_have_no_time() -> None:
    result = measure(case_of([COUGH]), drafting())
    assert tuple(total([result]).seconds) == ("reading",)


def test_what_is_left_unread_reaches_the_report() -> None:
    result = measure(case_of([COUGH]), drafting(unread=(Unread("u1", "symptom"),)))
    assert result.unread == (Unread("u1", "symptom"),)
    assert case_figures(result)["unread"] == [{"utterance": "u1", "reason": "symptom"}]
    assert total([result, result]).unread == 2


def test_raw_confidences_are_those_of_the_extractors() -> None:
    watch = Watch()
    made = draft(SAID, visit(), observer=watch)
    assert set(watch.raw) == {entry.id for entry in made.entries if entry.confidence is not None}
    cough = Symptom(id="e0", name="기침", status="present", evidence=said(), confidence=0.9)
    assert measure(case_of([COUGH]), drafting(cough)).raw == {"e0": 0.9}
