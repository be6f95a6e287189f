"""The measure of plain words."""

from scribe.domain.statement import Section, Statement
from scribe.drafting.readability import difficult_terms, readability, sentences


def section(*texts: str) -> Section:
    return Section(code="x", title="x", statements=tuple(Statement(id=str(i), text=t) for i, t in enumerate(texts)))


def test_sentences_end_at_stops_but_not_at_decimal_points() -> None:
    assert sentences("체온은 37.8도예요. 물을 드세요!") == ["체온은 37.8도예요.", "물을 드세요!"]


def test_counts() -> None:
    measured = readability([section("물을 자주 드세요.", "숨이 차면 바로 오세요. 약은 하루 3번 드세요.")])
    assert (measured.sentences, measured.longest_sentence_eojeol) == (3, 4)
    assert measured.mean_sentence_eojeol == 3.7
    assert measured.difficult_terms == ()


def test_terms_are_difficult_until_they_are_explained() -> None:
    assert difficult_terms(["호흡곤란이 있으면 오세요."]) == ["호흡곤란"]
    assert difficult_terms(["급성 장염(장에 생긴 염증)이에요.", "급성 장염은 나아요."]) == []
    assert difficult_terms(["숨이 차면 오세요. 가래가 나와요."]) == []


def test_a_letter_for_physicians_reads_harder_than_plain_words() -> None:
    plain = readability([section("숨이 차면 바로 오세요.", "약을 하루 3번 드세요.")])
    text = (
        "호흡곤란 및 흉통과 오심을 동반한 하벽 급성 심근경색 환자로 관상동맥 조영술 이후 "
        "심부전 여부를 확인하기 위하여 심초음파를 시행하였음."
    )
    letter = readability([section(text)])
    assert plain.grade is not None
    assert letter.grade is not None
    assert letter.grade > plain.grade + 4


def test_an_empty_summary_has_no_grade() -> None:
    assert readability([]).grade is None
    assert readability([]).sentences == 0


def test_syllables_and_the_share_of_hard_words() -> None:
    measured = readability([section("물을 드세요.", "호흡곤란이 있어요.")])
    assert measured.mean_eojeol_syllables == 3.2
    assert measured.mean_sentence_syllables == 6.5
    assert measured.difficult_terms == ("호흡곤란",)
    assert measured.difficult_share == 0.25
