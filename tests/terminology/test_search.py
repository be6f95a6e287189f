"""Search as one types: what a physician types finds what they mean, at the speed of typing."""

import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.terminology import HospitalTerms, Kind, Source
from scribe.terminology.importing import import_master
from scribe.terminology.letters import initials, searchable, spelled_out
from scribe.terminology.search import TermSearch, search_of

KCD8 = Path(__file__).resolve().parents[2] / "../shared/terminology/kcd8.tsv.gz"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


@pytest.fixture(scope="module")
def lexicon() -> TermSearch:
    return search_of(Kind.DIAGNOSIS, None)


@pytest.fixture(scope="module")
def kcd8(tmp_path_factory: pytest.TempPathFactory) -> TermSearch:
    if not KCD8.exists():
        pytest.skip(f"{KCD8} is missing: the whole of KCD-8 is not part of this repository")
    folder = tmp_path_factory.mktemp("kcd8")
    file = folder / "kcd8.tsv"
    file.write_bytes(gzip.decompress(KCD8.read_bytes()))
    import_master(file, Source.KCD, folder, now=NOW)
    return search_of(Kind.DIAGNOSIS, HospitalTerms(folder))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("급성 인두염", "J02.9"),
        ("급성인두", "J02.9"),  # spaces are nobody's duty
        ("급성 인ㄷ", "J02.9"),  # the syllable under the cursor
        ("ㄱㅅㅇㄷㅇ", "J02.9"),  # initial sounds
        ("j02.9", "J02.9"),
        ("J029", "J02.9"),
        ("HTN", "I10.9"),
        ("당뇨", "E11.9"),
        ("asthma", "J45.9"),
    ],
)
def test_what_is_typed_finds_what_is_meant(lexicon: TermSearch, typed: str, code: str) -> None:
    assert code in [found.code for found in lexicon.find(typed)[:3]]


def test_a_beginning_comes_before_a_middle(lexicon: TermSearch) -> None:
    first = lexicon.find("고혈압")[0]
    assert (first.name, first.code) == ("고혈압", "I10.9")


def test_another_name_is_told_beside_the_preferred_one(lexicon: TermSearch) -> None:
    found = next(one for one in lexicon.find("HTN") if one.code == "I10.9")
    assert (found.name, found.matched) == ("고혈압", "HTN")


def test_medicines_are_found_by_brand_and_ingredient_with_their_strengths() -> None:
    search = search_of(Kind.MEDICINE, None)
    by_brand, by_name, by_sounds = (search.find(typed)[0] for typed in ("타이레놀", "acetam", "ㅌㅇㄹㄴ"))
    assert {by_brand.name, by_name.name, by_sounds.name} == {"아세트아미노펜"}
    assert "mg" in by_brand.detail
    assert by_brand.matched == "타이레놀"


def test_tests_are_found_by_abbreviation() -> None:
    assert search_of(Kind.TEST, None).find("CBC")[0].name == "일반혈액검사"


@pytest.mark.parametrize("typed", ["", "   ", "!!", "\n", "꿹뚫"])
def test_nothing_is_found_for_nothing(lexicon: TermSearch, typed: str) -> None:
    assert lexicon.find(typed) == []


@given(st.text(max_size=30))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    assert len(search_of(Kind.DIAGNOSIS, None).find(typed, 5)) <= 5


@given(st.text(SYLLABLES, min_size=1, max_size=8))
def test_letters_of_a_word_typed_so_far_begin_the_word(word: str) -> None:
    for end in range(1, len(word) + 1):
        assert spelled_out(word).startswith(spelled_out(word[:end]))
    assert len(initials(word)) == len(word) == len(searchable(word))


def test_a_hospitals_formulary_gives_strength_and_insurance_code(tmp_path: Path) -> None:
    file = tmp_path / "formulary.csv"
    file.write_text(
        "약품코드,약품명,성분명,함량,EDI코드\nNV5,노바스크정5밀리그램,암로디핀베실산염,5mg,073400360\n", "utf-8"
    )
    import_master(file, Source.FORMULARY, tmp_path, now=NOW)
    found = search_of(Kind.MEDICINE, HospitalTerms(tmp_path)).find("노바스")[0]
    assert (found.name, found.code, found.source) == ("노바스크정5밀리그램", "073400360", "formulary")


@pytest.mark.parametrize(
    ("typed", "code"), [("감기", "J06.9"), ("ㄱㅅㅇㄷㅇ", "J02.9"), ("고혀", "I10.9"), ("천식", "J45.9")]
)
def test_the_common_disease_leads_among_twenty_thousand(kcd8: TermSearch, typed: str, code: str) -> None:
    assert len(kcd8) > 15_000
    found = kcd8.find(typed)[0]
    assert (found.code, found.is_complete) == (code, True)


@pytest.mark.parametrize("typed", ["급", "급성 인ㄷ", "ㄱㅅㅇㄷㅇ", "J02", "hyper", "염", "상세불명의", "인두 급성"])
def test_twenty_thousand_diagnoses_are_searched_in_less_than_fifty_milliseconds(kcd8: TermSearch, typed: str) -> None:
    kcd8.find(typed)
    spent = []
    for _ in range(5):
        start = time.process_time()
        kcd8.find(typed)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.05
