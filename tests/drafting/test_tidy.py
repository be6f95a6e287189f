"""Spoken details in chart style."""

import pytest

from scribe.drafting.tidy import (
    advised,
    is_adnominal,
    length_of,
    mended,
    noted,
    only_denies,
    only_repeats,
    quality_of,
    relation_of,
    without_lead,
    without_name,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("중요한 건, 소변이 안 나오면", "소변이 안 나오면"),
        ("맞아요, 같은 성분이니까", "같은 성분이니까"),
        ("네, 아버지 돌아가시고", "아버지 돌아가시고"),
        ("없어요. 한 알만 달라고", "한 알만 달라고"),
        ("그 전이라도 열이 나면", "열이 나면"),
        ("아기가 처지면", "아기가 처지면"),
        ("예방접종을 하면", "예방접종을 하면"),
        ("혹시", "혹시"),
    ],
)
def test_words_that_only_open_a_sentence_are_left_out(said: str, expected: str) -> None:
    assert without_lead(said) == expected


def test_details_are_charted() -> None:
    assert noted("들어 볼게요. 쌕쌕거림 없이 깨끗해요") == "쌕쌕거림 없이 깨끗함"
    assert noted("피임약 먹고 있고요") == "피임약 복용 중"
    assert noted("손 떨림도 없으시네요") == "손 떨림 없음"
    assert noted("중환자실로 입원하실 거예요") == "중환자실로 입원"
    assert noted("편도 안 커졌고").startswith("편도 안 커")


def test_a_name_is_not_repeated_in_its_detail() -> None:
    assert without_name("맹장 수술을 고등학교 때 함", "맹장 수술") == "고등학교 때"
    assert without_name("커피를 하루 네 잔 마심", "커피") == "하루 네 잔 마심"
    assert without_name("맹장 수술함", "맹장 수술") == "맹장 수술함"
    assert without_name("담배 원래 안 함", "담배") == "원래 안 함"


def test_details_that_say_nothing_new() -> None:
    assert only_denies("담배 원래 안 함")
    assert only_denies("술 전혀 안 마심")
    assert not only_denies("십 년 전에 끊음")
    assert only_repeats("결국 수술함", "수술 이력")
    assert not only_repeats("작년에 무릎 수술함", "수술 이력")


def test_symptom_details() -> None:
    assert quality_of("시큰시큰해서") == "시큰시큰"
    assert quality_of("찌릿하고") == "찌릿"
    assert quality_of("욱신거려요") == "욱신"
    assert quality_of("쥐어짜듯이") == "쥐어짜듯"
    assert quality_of("묵직해요") == "묵직함"
    assert relation_of("저녁 되믄") == "저녁에"
    assert relation_of("기침하믄") == "기침하면"
    assert relation_of("계단 내려갈 때") == "계단 내려갈 때"
    assert length_of("3개월") == "3개월간"
    assert length_of("오래") == "오래"
    assert is_adnominal("맑은")
    assert not is_adnominal("욱신욱신")


def test_advice_reads_as_koreans_write_it() -> None:
    assert mended("바늘로 따지도 마기") == "바늘로 따지도 말기"
    assert mended("베개 두 개 높이로 주무기") == "베개 두 개 높이로 주무시기"
    assert mended("아이를 안고 들기") == "아이를 안고 들기"
    assert advised("맞아요, 물 많이 드시기") == "물 많이 먹기"
    assert advised("지사제는 드시지 않기") == "지사제는 드시지 않기"
    assert advised("그건 피하는 게 좋아요") == "그건 피하는 게 좋음"
