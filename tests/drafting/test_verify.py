"""The verifier: what it passes, what it catches, and how much of each."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scribe.domain.entries import Allergy, Diagnosis, Dose, Entry, Evidence, History, MedicationOrder, Symptom, Vital
from scribe.domain.statement import Statement
from scribe.domain.transcript import Speaker, Transcript, Utterance
from scribe.drafting.compose import compose
from scribe.drafting.patient import summarise
from scribe.drafting.verify import Check, Verdict, verify
from scribe.drafting.verify.amounts import find_amounts, units_agree, written_amounts
from tests.drafting.gold import DEV, OWN, load, needs_dev_cases

LINES: tuple[tuple[Speaker, str], ...] = (
    ("doctor", "어디가 불편하세요?"),
    ("patient", "그저께부터 기침이 나고요, 왼쪽 무릎도 아파요."),
    ("doctor", "숨이 차거나 가슴이 아프진 않으시고요?"),
    ("patient", "아니요, 그런 건 없어요."),
    ("doctor", "열은요?"),
    ("patient", "어젯밤에 삼십팔 도 이 부까지 났어요. 아버지가 당뇨세요."),
    ("nurse", "혈압 백사십에 구십, 맥박 팔십팔이에요."),
    (
        "doctor",
        "아세트아미노펜 오백, 아니 육백오십 밀리 하루 세 번 식후 삼십 분에 사흘 드릴게요. 이부프로펜은 그만 드세요.",
    ),
    ("doctor", "폐렴일 가능성이 있어서 다음 주에 다시 오세요."),
)
TRANSCRIPT = Transcript(
    language="ko",
    utterances=tuple(
        Utterance(id=f"u{index}", speaker=speaker, start=float(index), end=index + 1.0, text=text)
        for index, (speaker, text) in enumerate(LINES)
    ),
)


def cited(*ids: int) -> tuple[Evidence, ...]:
    return tuple(Evidence(utterance=f"u{i}", start=0, end=len(LINES[i][1])) for i in ids)


def judge(text: str, *ids: int, entries: tuple[Entry, ...] = ()) -> Verdict:
    statement = Statement(id="s0", text=text, entries=tuple(e.id for e in entries), evidence=cited(*ids))
    return verify(TRANSCRIPT, [statement], entries)[0]


def checks(verdict: Verdict) -> set[Check]:
    return {reason.check for reason in verdict.reasons}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("그저께부터 기침.", (1,)),
        ("호흡곤란, 흉통 없음.", (2, 3)),
        ("발열(어젯밤 38.2 ℃).", (4, 5)),
        ("혈압 140/90 mmHg.", (6,)),
        ("맥박 88회/분.", (6,)),
        ("아세트아미노펜 650 mg 1일 3회 식후 30분 3일분 (시작)", (7,)),
        ("이부프로펜 (중단)", (7,)),
        ("가족력: 아버지 당뇨.", (5,)),
        ("폐렴 의심.", (8,)),
    ],
)
def test_spoken_facts_support_written_statements(text: str, ids: tuple[int, ...]) -> None:
    verdict = judge(text, *ids)
    assert (verdict.support, verdict.reasons) == ("supported", ())


@pytest.mark.parametrize(
    ("text", "ids", "check"),
    [
        ("발열(어젯밤 39.2 ℃).", (4, 5), Check.NUMBER),
        ("혈압 150/90 mmHg.", (6,), Check.NUMBER),
        ("맥박 88%.", (6,), Check.UNIT),
        ("아세트아미노펜 500 mg 1일 3회 식후 30분 3일분 (시작)", (7,), Check.RETRACTED),
        ("아세트아미노펜 650 mg 1일 2회 식후 30분 3일분 (시작)", (7,), Check.NUMBER),
        ("아세트아미노펜 650 mg 1일 3회 식후 30분 7일분 (시작)", (7,), Check.NUMBER),
        ("아세트아미노펜 650 mg 1일 3회 식전 30분 3일분 (시작)", (7,), Check.TIME),
        ("기침, 호흡곤란 있음.", (2, 3), Check.POLARITY),
        ("기침 없음.", (1,), Check.POLARITY),
        ("오른쪽 무릎 통증.", (1,), Check.SIDE),
        ("어제부터 기침.", (1,), Check.TIME),
        ("이부프로펜 (시작)", (7,), Check.ACTION),
        ("아세트아미노펜 650 mg (중단)", (7,), Check.ACTION),
        ("아세트아미노펜 650 mg 정맥주사 1일 3회 (시작)", (7,), Check.ROUTE),
        ("가족력: 어머니 당뇨.", (5,), Check.SUBJECT),
        ("과거력: 당뇨.", (5,), Check.SUBJECT),
        ("폐렴.", (8,), Check.CERTAINTY),
    ],
)
def test_a_statement_that_says_otherwise_is_not_supported(text: str, ids: tuple[int, ...], check: Check) -> None:
    verdict = judge(text, *ids)
    assert verdict.support == "none"
    assert check in checks(verdict)
    assert all(reason.message for reason in verdict.reasons)


def test_a_drug_that_nobody_named_is_told_by_name() -> None:
    verdict = judge("이부프로펜 650 mg 1일 3회 (시작)", 1)
    assert verdict.support == "none"
    assert {reason.word for reason in verdict.reasons if reason.check is Check.DRUG} == {"이부프로펜"}


def test_an_invented_finding_beside_a_true_one_leaves_it_partly_supported() -> None:
    verdict = judge("그저께부터 기침, 구토.", 1)
    assert (verdict.support, checks(verdict)) == ("partial", {Check.FINDING})


def test_evidence_that_the_transcript_lacks_supports_nothing() -> None:
    statement = Statement(id="s0", text="기침.", evidence=(Evidence(utterance="u99", start=0, end=3),))
    assert verify(TRANSCRIPT, [statement])[0].reasons[0].check is Check.NO_EVIDENCE


def test_a_foreign_statement_is_judged_against_the_words_that_fit_it_best() -> None:
    supported = judge("혈압 140/90 mmHg.")
    assert supported.support == "supported"
    assert [item.utterance for item in supported.evidence] == ["u6"]
    assert judge("복부 초음파에서 담낭 결석.").support == "none"
    assert judge("혈압 120/80 mmHg.").support == "none"


def test_what_the_physician_wrote_is_the_physicians() -> None:
    statement = Statement(id="s0", text="흡연 40갑년.", support="edited")
    assert verify(TRANSCRIPT, [statement])[0].support == "supported"


def test_statements_must_agree_with_the_entries_they_cite() -> None:
    order = MedicationOrder(
        id="e0",
        name="아세트아미노펜",
        action="start",
        dose=Dose(value=650, unit="mg"),
        times_per_day=3,
        evidence=cited(7),
    )
    assert judge("아세트아미노펜 650 mg 1일 3회 (시작)", 7, entries=(order,)).support == "supported"
    assert checks(judge("아세트아미노펜 650 mg 1일 3회 (유지)", 7, entries=(order,))) == {Check.ACTION}
    assert Check.NUMBER in checks(judge("아세트아미노펜 650 mg 1일 3회 30일분 (시작)", 7, entries=(order,)))
    cough = Symptom(id="e1", name="기침", status="present", evidence=cited(1))
    assert Check.POLARITY in checks(judge("기침 없음.", 1, entries=(cough,)))
    diabetes = History(
        id="e2", name="당뇨병 가족력", category="family", status="present", detail="아버지", evidence=cited(5)
    )
    assert judge("가족력: 아버지 당뇨병.", 5, entries=(diabetes,)).support == "supported"
    assert Check.SUBJECT in checks(judge("과거력: 당뇨병.", 5, entries=(diabetes,)))
    pneumonia = Diagnosis(id="e3", name="폐렴", certainty="suspected", evidence=cited(8))
    assert Check.CERTAINTY in checks(judge("폐렴.", 8, entries=(pneumonia,)))
    allergy = Allergy(id="e4", name="기침약", status="absent", evidence=cited(1))
    assert Check.POLARITY in checks(judge("기침약 알레르기.", 1, entries=(allergy,)))


def test_entries_vouch_for_words_but_never_for_numbers() -> None:
    fever = Vital(id="e0", name="체온", value=39.9, unit="Cel", evidence=cited(5))
    assert Check.NUMBER in checks(judge("체온 39.9 ℃.", 5, entries=(fever,)))
    ache = Symptom(id="e1", name="슬관절 동통", status="present", location="왼쪽", evidence=cited(1))
    assert judge("왼쪽 슬관절 동통.", 1, entries=(ache,)).support == "supported"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("삼십팔 도 이 부요", "38.2 ℃"),
        ("백사십에 구십", "140/90 mmHg"),
        ("이백오십 밀리로", "250 mg"),
        ("사흘 됐어요", "3일"),
        ("한 보름쯤", "15일"),
        ("이 주 뒤에", "2주"),
        ("십육 점이에요", "16점"),
        ("혈소판이 구만 팔천이에요", "98,000"),
        ("제곱미터당 육십오 밀리로", "65 mg/m²"),
        ("쉰다섯에 돌아가셨어요", "55세"),
        ("한두 시간은 뒤척여요", "1~2시간"),
        ("공 점 육 밀리", "0.6 mg"),
    ],
)
def test_spoken_numbers_equal_written_ones(spoken: str, written: str) -> None:
    heard = find_amounts(spoken)
    assert written_amounts(written)
    assert all(any(said.supports(claim) for said in heard) for claim in written_amounts(written))


@pytest.mark.parametrize(
    ("text", "standings"),
    [
        ("아세트아미노펜 오백, 아니 육백오십 밀리", ["retracted", "said"]),
        ("백 밀리로, 어, 삼백 밀리부터", ["retracted", "said"]),
        ("십 밀리로 올릴까 했는데", ["considered"]),
        ("오백에서 천으로 올려서", ["former", "said"]),
        ("칠 일, 아니 오 일치", ["retracted", "said"]),
    ],
)
def test_numbers_taken_back_are_known_as_such(text: str, standings: list[str]) -> None:
    assert [amount.standing for amount in find_amounts(text)] == standings


@pytest.mark.parametrize(
    "text", ["J06.9", "코로나19", "PHQ-9", "오메가3", "천명 없이 깨끗함.", "혈소판은 피 세포예요."]
)
def test_digits_of_names_and_syllables_of_words_are_no_numbers(text: str) -> None:
    assert written_amounts(text) == ()


def test_units_that_can_be_the_same() -> None:
    assert units_agree("밀리", "mg")
    assert not units_agree("밀리", "g")
    assert not units_agree("mg", "mL")
    assert not units_agree("d", "mg")
    assert units_agree(None, "mg")


# -- how many true statements pass (tests/evaluation/test_mutations.py measures what is caught) ------------------------

PASSED = 0.95


def _passed(paths: Sequence[Path]) -> float:
    """The share of the statements composed from gold entries that the verifier supports."""
    verdicts: list[Verdict] = []
    for path in paths:
        transcript, encounter, entries, complaint = load(path)
        note = compose(entries, encounter, chief_complaint=complaint)
        summary = summarise(entries, encounter)
        statements = [s for section in (*note.sections, *summary.sections) for s in section.statements]
        verdicts += verify(transcript, statements, entries)
    return sum(verdict.support == "supported" for verdict in verdicts) / len(verdicts)


@needs_dev_cases
def test_what_gold_entries_say_passes() -> None:
    assert _passed(DEV) >= PASSED


def test_what_our_own_dialogues_say_passes() -> None:
    assert _passed(OWN[:8]) >= PASSED
