"""Recognised text: misheard words, no question marks, unknown speakers."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.critical import critical_errors
from evaluation.gold import Case, read_case
from evaluation.matching import match
from scribe.domain.entries import Allergy, Dose, Entry, MedicationOrder, MedicationStatement, Vital
from scribe.domain.transcript import Transcript
from scribe.drafting.draft import draft
from scribe.drafting.extract import Reading, read
from scribe.drafting.terms import TermIndex
from tests.drafting.gold import DEV, OWN
from tests.drafting.speech import named, reading, states, talk, visit


def heard(*lines: str) -> Transcript:
    """The lines as a machine wrote them."""
    transcript = talk(*lines)
    return replace(transcript, utterances=tuple(replace(u, confidence=0.6) for u in transcript.utterances))


def heard_reading(*lines: str) -> Reading:
    return read(heard(*lines), visit())


def order(found: Reading) -> MedicationOrder:
    (entry,) = [entry for entry in found.entries if isinstance(entry, MedicationOrder)]
    return entry


# -- prescriptions -----------------------------------------------------------------------------------------------------


def test_a_prescription_over_several_sentences_is_one_order_and_no_advice() -> None:
    found = reading(
        "d 아세트아미노펜을 드릴게요. 오백 밀리그램을 하루 세 번, 밥을 먹고 삼십 분 뒤에 드세요. 삼 일 동안 드세요."
    )
    entry = order(found)
    assert entry.dose == Dose(value=500, unit="mg")
    assert (entry.times_per_day, entry.frequency, entry.duration_days) == (3, "1일 3회 식후 30분", 3)
    assert named(found, "advice") == {}


@pytest.mark.parametrize(
    "line",
    [
        "d 오백 밀리그램을 하루 세 번 드세요.",
        "d 500ml 하루 세판, 밥을 먹고 30분 후에 드세요.",
        "d 삼 일 동안 드세요.",
        "d 매일 아침에 하나를 드세요.",
        "d 네, 같이 드세요.",
        "d 그렇게 하세요.",
        "d 숨을 크게 쉬어 보세요.",
        "d 하루 두 번 바르세요.",
    ],
)
@pytest.mark.parametrize("read_line", [reading, heard_reading], ids=["typed", "recognised"])
def test_doses_and_empty_imperatives_are_never_advice(read_line: Callable[[str], Reading], line: str) -> None:
    assert named(read_line(line), "advice") == {}


@pytest.mark.parametrize(
    ("lines", "dose", "times", "days"),
    [
        (
            ["d 아목시실린 오백 밀리그램이에요. 하루 세 번 드시고요. 칠 일 동안 꼭 다 드셔야 돼요."],
            Dose(value=500, unit="mg"),
            3,
            7,
        ),
        (
            [
                "d 타이레놀 처방해 드릴게요.",
                "p 얼마나 먹어요?",
                "d 한 번에 한 알씩 하루 세 번이요.",
                "p 며칠 먹어요?",
                "d 오 일이요.",
            ],
            Dose(value=1, unit="알"),
            3,
            5,
        ),
        (["d 무피로신 연고인데 하루 두 번 바르세요. 일주일만 바르시면 돼요."], None, 2, 7),
        (
            ["d 오메프라졸 이십 밀리그램을 드릴게요. 아침 식사 삼십 분 전에 드세요. 사 주 동안 드세요."],
            Dose(value=20, unit="mg"),
            1,
            28,
        ),
    ],
)
def test_prescriptions_told_over_sentences_and_turns(
    lines: list[str], dose: Dose | None, times: float, days: int
) -> None:
    entry = order(reading(*lines))
    assert (entry.dose, entry.times_per_day, entry.duration_days) == (dose, times, days)


def test_each_of_two_medicines_keeps_its_own_words() -> None:
    found = reading(
        "d 세티리진인데 십 밀리그램짜리예요. 자기 전에 한 알 드세요. "
        "그리고 로사르탄을 오십에서 백으로 올릴게요. 아침에 드세요."
    )
    orders = {entry.name: entry for entry in found.entries if isinstance(entry, MedicationOrder)}
    assert {name: (o.dose.value if o.dose else None, o.frequency) for name, o in orders.items()} == {
        "세티리진": (10, "1일 1회 자기 전"),
        "로사르탄": (100, "1일 1회 아침"),
    }


def test_a_dose_sentence_that_no_order_takes_up_is_listed() -> None:
    found = reading("d 항히스타민제 드릴게요. 운전은 조심하세요. 하루 한 번 자기 전에 드세요.")
    assert [(unread.utterance, unread.reason) for unread in found.unread] == [("u0", "number")]


def test_syrups_are_measured_by_volume() -> None:
    assert reading("d 세토펜 시럽 오 씨씨를 하루 세 번 먹이세요.").doubts == ()


@pytest.mark.parametrize("line", ["d 물을 하루에 이 리터 드세요.", "d 술은 같이 드시지 마세요.", "d 국물은 남기세요."])
def test_what_to_eat_and_drink_is_advice(line: str) -> None:
    assert len(named(reading(line), "advice")) == 1


def test_recognised_advice_needs_the_lexicon() -> None:
    found = heard_reading("d 물을 자주 드세요. 몰차주 드시고 음식은 싱갑게 드세요.")
    assert list(named(found, "advice")) == ["물을 자주 드시기"]
    assert [(unread.utterance, unread.reason) for unread in found.unread] == [("u0", "plan")]


def test_a_known_medicine_may_be_forbidden_in_recognised_text() -> None:
    found = heard_reading("d 집에 있는 타이레놀은 같은 성분이니까 같이 드시지 마세요.")
    assert list(named(found, "advice")) == ["집에 있는 타이레놀은 같은 성분이니까 같이 드시지 않기"]


def test_a_misheard_medicine_is_named_for_the_physician_to_confirm() -> None:
    transcript = heard("d 아세트와 민호펜을 드릴게요. 500mg 하루 세 번 드세요. 3일 동안 드세요.")
    entry = order(read(transcript, visit()))
    assert (entry.name, entry.times_per_day, entry.duration_days) == ("아세트아미노펜", 3, 3)
    assert entry.confidence is not None
    assert entry.confidence <= 0.5
    flags = [flag for flag in draft(transcript, visit()).flags if flag.entries == (entry.id,)]
    assert any((flag.text or "").startswith("확인 필요: ‘아세트와 민호펜’ → 아세트아미노펜") for flag in flags)


def test_typed_text_gets_no_guesses() -> None:
    assert named(reading("d 아세트와 민호펜을 드릴게요."), "medication_order") == {}


@pytest.mark.parametrize("text", ["콜레스테롤 수치가 높네요", "기침하고 가래가 나와요", "항생제는 필요 없어요"])
def test_ordinary_words_are_no_misheard_medicines(text: str) -> None:
    found = named(heard_reading(f"d {text}. 하루 세 번 드세요."), "medication_order")
    assert found == {}


def test_guessing_medicines_is_fast() -> None:
    terms = TermIndex.load()
    terms.misheard_medicines("")
    started = time.process_time()
    terms.misheard_medicines("오늘은 어디가 불편해서 오셨는지 천천히 말씀해 주시면 제가 하나씩 적어 보겠습니다 " * 20)
    assert time.process_time() - started < 0.5


def test_a_volume_of_tablets_is_flagged_as_said() -> None:
    transcript = talk("d 아세트아미노펜 오백 밀리리터 하루 세 번 삼 일치 드릴게요.")
    entry = order(read(transcript, visit()))
    assert entry.dose == Dose(value=500, unit="mL")
    texts = [flag.text or "" for flag in draft(transcript, visit()).flags if flag.entries == (entry.id,)]
    assert any(text.startswith("확인 필요: 아세트아미노펜 ‘500 mL’. 용량 단위가") for text in texts)


def test_a_recognised_amount_that_no_tablets_make_up_is_left_out_and_flagged() -> None:
    found = heard_reading("d 텔미사르탄 10 밀리로 하루 한 번 시작하죠.")
    assert order(found).dose is None
    assert [(doubt.kind, doubt.said) for doubt in found.doubts] == [("strength", "10 mg")]


# -- measurements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["158.96", "158의 96", "158 의 96"])
def test_a_broken_pressure_is_read_as_a_guess_and_flagged(said: str) -> None:
    transcript = heard(f"d 오늘 혈압은 {said} 이에요.")
    found = {e.name: e for e in read(transcript, visit()).entries if isinstance(e, Vital)}
    assert {name: entry.value for name, entry in found.items()} == {"수축기혈압": 158, "이완기혈압": 96}
    assert all(entry.confidence == 0.5 for entry in found.values())
    (flag,) = [flag for flag in draft(transcript, visit()).flags if (flag.text or "").startswith("확인 필요: 혈압")]
    assert set(flag.entries) == {entry.id for entry in found.values()}


@pytest.mark.parametrize("line", ["d 키는 165.35예요.", "d 몸무게는 71.50킬로예요.", "d 혈압은 158.9예요."])
def test_other_decimals_are_no_pressures(line: str) -> None:
    assert "수축기혈압" not in named(heard_reading(line), "vital")


def test_a_temperature_whose_name_was_misheard_stands_among_the_vital_signs() -> None:
    found = named(heard_reading("d 맥박은 76이고 채우는 36.8도 이에요."), "vital")
    assert getattr(found["체온"], "value", None) == 36.8
    assert "체온" not in named(heard_reading("d 맥박은 76이고 채우는 37도 발이에요."), "vital")


# -- questions without marks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "숨이 차거나 가슴이 아프지는 않아요.",
        "숨이 차가나 가슴이 아프지는 않아요.",
        "숨이 차거나 가슴이 아프진 않으시고요",
    ],
)
def test_a_question_is_known_by_its_form_and_its_answer(question: str) -> None:
    assert states(heard_reading(f"d {question}", "p 아니요 그런 건 없어요.")) == {
        "호흡곤란": "absent",
        "흉통": "absent",
    }


def test_what_the_clinician_states_stays_a_statement() -> None:
    assert list(named(heard_reading("d 급성 인두염이에요.", "p 네 알겠습니다."), "diagnosis")) == ["급성 인두염"]
    told = heard_reading("d 고혈압이 아직 조절이 덜 되고 있어요.", "p 네.")
    assert list(named(told, "diagnosis")) == ["고혈압"]


def test_what_may_have_been_a_denial_gives_nothing() -> None:
    found = heard_reading("d 담배는요.", "p 담배는 평생한 피웠고.", "d 그러세요.", "p 쓰러진 차근 압사요.")
    assert found.entries == ()


@pytest.mark.parametrize("words", ["폐렴은 아리에요.", "폐렴은 암니고요.", "폐렴은 옶네요."])
def test_a_misheard_denial_is_no_diagnosis(words: str) -> None:
    assert named(heard_reading(f"d {words}"), "diagnosis") == {}


def test_a_number_that_stops_within_a_word_is_no_measurement() -> None:
    assert named(heard_reading("d 혈압은 백오십팔에 구십익이에툐. 맥박은 칠십다고요."), "vital") == {}
    assert len(named(heard_reading("d 혈압은 백오십팔에 구십육이에요. 맥박은 칠십사고요."), "vital")) == 3


def test_garbled_conditions_reach_nobody() -> None:
    found = named(
        heard_reading("d 숨이 차가나 마리 얻은 해지거나 열이 39토를 넘으면 바로 오세요."), "return_precaution"
    )
    assert list(found) == ["숨이 차면 즉시 내원"]


def test_each_danger_has_its_own_precaution_also_with_even_if() -> None:
    found = named(reading("d 열이 삼십구 도를 넘으면 바로 오세요. 가슴이 아파도 바로 오세요."), "return_precaution")
    assert list(found) == ["열이 삼십구 도를 넘으면 즉시 내원", "가슴이 아프면 즉시 내원"]


@pytest.mark.parametrize("read_lines", [reading, heard_reading], ids=["typed", "recognised"])
def test_a_drug_and_a_reaction_after_the_question_is_an_allergy(read_lines: Callable[..., Reading]) -> None:
    found = read_lines("d 약을 먹고 알레르기가 생긴 적은 있으세요?", "p 예전에 아스피린을 먹고 두드러기가 났어요.")
    entry = named(found, "allergy")["아스피린"]
    assert isinstance(entry, Allergy)
    assert (entry.status, entry.reaction) == ("present", "두드러기")


# -- degraded consultations --------------------------------------------------------------------------------------------


def _without_marks(transcript: Transcript) -> Transcript:
    bare = tuple(replace(u, text=re.sub(r"[.,?!…]", "", u.text)) for u in transcript.utterances)
    return replace(transcript, utterances=bare)


def _without_speakers(transcript: Transcript) -> Transcript:
    return replace(transcript, utterances=tuple(replace(u, speaker="unknown") for u in transcript.utterances))


def _without_both(transcript: Transcript) -> Transcript:
    return _without_marks(_without_speakers(transcript))


def _harm(case: Case, entries: tuple[Entry, ...]) -> tuple[object, ...]:
    pairs = match(entries, case.entries)
    extra = [entry for entry in entries if not any(pair.drafted is entry for pair in pairs)]
    return critical_errors(pairs, extra, case)


@pytest.mark.parametrize("degrade", [_without_marks, _without_speakers, _without_both])
@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_nothing_harmful_is_read_from_degraded_consultations(
    file: Path, degrade: Callable[[Transcript], Transcript]
) -> None:
    case = read_case(file.read_bytes(), file.name)
    assert _harm(case, read(degrade(case.transcript), case.encounter).entries) == ()


@pytest.mark.parametrize("degrade", [_without_marks, _without_speakers])
@pytest.mark.parametrize("file", DEV, ids=lambda file: file.stem)
def test_nothing_harmful_is_read_from_degraded_dev_cases(
    file: Path, degrade: Callable[[Transcript], Transcript]
) -> None:
    case = read_case(file.read_bytes(), file.name)
    assert _harm(case, read(degrade(case.transcript), case.encounter).entries) == ()


def test_medicines_told_by_the_patient_may_be_guesses_too() -> None:
    found = heard_reading("d 드시는 약 있으세요.", "p 타이레놈을 하루 두 번 먹어요.")
    (entry,) = [entry for entry in found.entries if isinstance(entry, MedicationStatement)]
    assert (entry.name, entry.confidence) == ("타이레놀", 0.5)
    assert [(doubt.kind, doubt.said) for doubt in found.doubts] == [("name", "타이레놈")]


def test_a_misheard_disease_is_a_guess_that_the_physician_confirms() -> None:
    found = heard_reading("d 감상선 기능 저하증이에요. 갑상선 초음파도 할게요.")
    (entry,) = [entry for entry in found.entries if entry.kind == "diagnosis"]
    assert (entry.name, entry.confidence) == ("갑상선 기능 저하증", 0.6)
    assert [(doubt.kind, doubt.entry, doubt.said) for doubt in found.doubts] == [
        ("term", entry.id, "감상선 기능 저하증")
    ]
