"""Medicines that are taken: told, read out, asked for by name; given up lately; and those that are none of it."""

import pytest

from scribe.domain.entries import MedicationStatement
from scribe.drafting.extract.drug_use import adherence_of, use_of
from tests.drafting.speech import named, reading


def _taken(*lines: str) -> dict[str, tuple[str | None, str | None, str | None]]:
    found = named(reading(*lines), "medication_statement").values()
    return {
        item.name: (item.dose, item.frequency, item.adherence)
        for item in found
        if isinstance(item, MedicationStatement)
    }


def test_a_bag_of_medicines_is_read_out() -> None:
    found = _taken(
        "d 약 봉투 좀 볼게요. 드시는 약이 로사르탄 오십, 리피토 십, 그리고 하루날 영 점 이네요.", "p 네, 그래요."
    )
    assert {name: dose for name, (dose, _, _) in found.items()} == {
        "로사르탄": "50 mg",
        "리피토": "10 mg",
        "하루날": "0.2 mg",
    }


def test_a_medicine_given_up_lately_is_kept_as_such() -> None:
    assert _taken(
        "d 드시는 약은요?", "p 노바스크 오 밀리 아침에 한 알이요. 플라빅스는 올여름에 끊으라 해서 끊었어요."
    ) == {
        "노바스크": ("5 mg", "1일 1회 아침", None),
        "플라빅스": (None, None, "중단"),
    }


def test_asked_by_name_and_answered_without_it() -> None:
    assert _taken("d 스피리바는 매일 하세요?", "p 솔직히 자주 빼먹어요.") == {"스피리바": (None, None, "가끔 잊음")}
    assert _taken("d 글루코파지 오백 하루 두 번 드시는 거죠?", "p 네.") == {"글루코파지": ("500 mg", "1일 2회", None)}
    assert _taken("d 아스피린은 드세요?", "p 아니요, 안 먹어요.") == {}


def test_a_class_is_named_only_where_no_medicine_of_it_is() -> None:
    assert list(_taken("d 드시는 약 있으세요?", "p 혈압약이요, 로사르탄 오십 밀리.")) == ["로사르탄"]
    assert list(_taken("d 드시는 약 있으세요?", "p 수면제 가끔 먹고 피임약 먹어요.")) == ["수면제", "피임약"]


def test_what_is_taken_until_a_change_is_the_old_dose() -> None:
    found = _taken("d 콩코르를 이 점 오에서 오 밀리로 올릴게요. 아침에 한 번 드세요.", "p 네.")
    assert found["콩코르"][0] == "2.5 mg"


@pytest.mark.parametrize(
    "lines",
    [
        ("d 약은요?", "p 어릴 때 페니실린 맞고 두드러기 났어요."),
        ("p 약국에서 이부프로펜을 사려다가 안 먹었어요.",),
        ("p 저희 남편은 리피토 먹어요.",),
        ("d 타이레놀 오백 밀리 하루 세 번 드세요.", "p 네."),
        ("p 작년에 항생제 열흘 먹고 나았어요.",),
        ("p 친구가 멜라토닌 먹으면 좋다던데요.",),
    ],
)
def test_what_is_not_taken_gives_no_statement(lines: tuple[str, ...]) -> None:
    assert _taken(*lines) == {}


@pytest.mark.parametrize(
    ("words", "use"),
    [
        ("은 아침마다 먹어요", "taken"),
        ("은 안 빼먹고 먹어요", "taken"),
        ("은 지난주에 끊었어요", "stopped"),
        ("은 안 먹은 지 오래됐어요", "stopped"),
        ("은 안 먹어요", "refused"),
        ("을 먹을까 했는데요", "refused"),
        ("이요", "open"),
    ],
)
def test_the_words_after_a_medicine_tell_of_its_use(words: str, use: str) -> None:
    assert use_of(words) == use


def test_missing_no_dose_is_good_adherence() -> None:
    assert adherence_of("는 안 까먹어요", "taken") == "잘 복용함"
    assert adherence_of("는 가끔 까먹어요", "taken") == "가끔 잊음"


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        ("p 로사르탄 오십만 아침에 먹어요.", "50 mg"),
        ("p 와파린은 오만 먹어요.", "5 mg"),
        ("p 비타민 디 이만 단위 먹어요.", "20000 U"),
    ],
)
def test_only_after_an_amount_is_no_ten_thousand(line: str, dose: str) -> None:
    ((found, _, _),) = _taken("d 드시는 약은요?", line).values()
    assert found == dose
