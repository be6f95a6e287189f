"""What a hospital's own files change in drafting."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path

import pytest

from scribe.domain.entries import Code, Diagnosis, Entry, MedicationOrder
from scribe.drafting import terminology
from scribe.drafting.lexicon import Table
from scribe.drafting.terminology import Item, Kind, Source, Use
from scribe.drafting.terminology.records import Name
from scribe.drafting.terminology.store import Imported, replace_source
from scribe.drafting.terms import Mention, TermIndex
from scribe.terminology.importing import import_master
from tests.drafting.speech import reading

NOW = datetime(2026, 9, 14, tzinfo=UTC)
EDI = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication"
FILES = {
    Source.KCD: """상병코드,한글상병명,동의어
J45,천식,
J459,상세불명의 천식,
K297,상세불명의 위염,신경성 위장병
C560,오른쪽,
D692,노년성자반,노인 자반증
M8190,"상세불명의 골다공증, 여러 부위",
M8199,"상세불명의 골다공증, 상세불명 부분",
M1090,"상세불명의 통풍, 여러 부위",
M1091,"상세불명의 통풍, 어깨부분",
""",
    Source.EDI: """제품코드,제품명,주성분명,함량,ATC코드
642100010,가빌로탄정5밀리그램(암로디핀베실산염)_(5mg/1정),암로디핀베실산염,5mg,C08CA01
642100020,가빌로탄정10밀리그램(암로디핀베실산염)_(10mg/1정),암로디핀베실산염,10mg,C08CA01
642100030,바로정20밀리그램(파모티딘)_(20mg/1정),파모티딘,20mg,A02BA03
642100040,나비캡슐(가상성분)_(100mg/1캡슐),가상성분,100mg,
642100050,벨루킨크림(무피로신)_(10g),무피로신,10g,D06AX09
642100060,가나산(가나디온)_(1g/1포),가나디온,1g,
""",
    Source.FORMULARY: """약품코드,약품명,성분명
GB5,가나로탄정,암로디핀
""",
    Source.ORDERS: """처방코드,처방명,구분,수가코드
L2001,CBC(일반혈액검사),검사,B1010
X1001,Chest PA,영상,
T3001,가온저주파온열 처치,처치,MM070
M0001,일반식,식이,
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("terms")
    for source, text in FILES.items():
        file = where / f"{source.value}.csv"
        file.write_text(text, encoding="cp949")
        import_master(file, source, where / "in", now=NOW)
    return where / "in"


@pytest.fixture
def hospital(folder: Path) -> Iterator[TermIndex]:
    terminology.use(folder)
    yield TermIndex.load()
    terminology.use(None)


def mentions(index: TermIndex, text: str, table: Table) -> list[Mention]:
    return [mention for mention in index.find(text) if mention.table is table]


def entry(kind: type[Entry], *lines: str) -> list[Entry]:
    return [one for one in reading(*lines).entries if isinstance(one, kind)]


def test_a_product_that_only_the_hospital_has_is_its_ingredient_with_the_code_of_the_strength(
    hospital: TermIndex,
) -> None:
    (order,) = entry(MedicationOrder, "d 가빌로탄 십 밀리 하루 한 번 삼십 일 치 처방할게요.")
    assert isinstance(order, MedicationOrder)
    assert order.name == "가빌로탄"
    assert order.code == Code(system=EDI, code="642100020", display="가빌로탄정10밀리그램(암로디핀베실산염)_(10mg/1정)")
    (mention,) = mentions(hospital, "가빌로탄 십 밀리요", Table.MEDICINES)
    assert mention.row.term == "암로디핀"


def test_no_code_is_guessed_between_two_strengths(hospital: TermIndex) -> None:
    (order,) = entry(MedicationOrder, "d 가빌로탄 하루 한 번 처방할게요.")
    assert order.code is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("바로 드세요", []),
        ("아프면 바로 오세요", []),
        ("바로 두 알 드세요", []),
        ("바로정 한 알 드세요", ["바로정"]),
        ("나비가 날아요", []),
        ("나비 백 밀리 드세요", ["나비"]),
        ("나비 약은 드시고요", ["나비"]),
        ("나비캡슐 드시고요", ["나비캡슐"]),
        ("벨루킨 바르세요", ["벨루킨"]),
        ("벨루킨크림을 바르세요", ["벨루킨크림"]),
        ("벨루킨이랑 같이요", ["벨루킨"]),
        ("벨루킨스키 씨요", []),
        ("안벨루킨 드세요", []),
        ("가빌로탄정 올려 볼게요", ["가빌로탄정"]),
    ],
)
def test_everyday_words_are_medicines_only_where_they_are_told_as_medicines(
    hospital: TermIndex, text: str, found: list[str]
) -> None:
    assert [mention.surface for mention in mentions(hospital, text, Table.MEDICINES)] == found


def test_the_hospitals_name_and_code_stand_over_ours(hospital: TermIndex) -> None:
    (found,) = entry(Diagnosis, "d 신경성 위장병이에요.")
    assert (found.name, found.code) == (
        "상세불명의 위염",
        Code(system="http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8", code="K29.7", display="상세불명의 위염"),
    )


def test_a_category_gives_no_code_and_a_known_disease_keeps_ours(hospital: TermIndex) -> None:
    (found,) = entry(Diagnosis, "d 천식이에요.")
    assert found.code == Code(
        system="http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8", code="J45.9", display="상세불명의 천식"
    )


def test_below_a_category_stands_the_one_code_that_leaves_the_same_open(hospital: TermIndex) -> None:
    (found,) = entry(Diagnosis, "d 골다공증이에요.")
    assert found.code == Code(
        system="http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8",
        code="M81.99",
        display="상세불명의 골다공증, 상세불명 부분",
    )
    (open_one,) = entry(Diagnosis, "d 통풍이에요.")
    assert open_one.code is not None
    assert open_one.code.code == "M10.9"


def test_a_name_of_the_master_that_is_no_disease_is_none(hospital: TermIndex) -> None:
    assert mentions(hospital, "오른쪽이 아파요", Table.DIAGNOSES) == []


def test_an_order_gets_its_local_code(hospital: TermIndex) -> None:
    codes = {
        one.name: one.code.code if one.code else None
        for one in reading("d 씨비씨 나가고 흉부 엑스레이 찍을게요. 가온저주파온열 처치 시행할게요.").entries
    }
    assert codes["일반혈액검사(씨비씨)"] == "B1010"
    assert codes["흉부 X선(흉부 엑스레이)"] == "X1001"
    assert codes["가온저주파온열 처치"] == "MM070"


def test_misheard_names_of_the_formulary_are_guesses_too(hospital: TermIndex) -> None:
    (guess,) = hospital.misheard_medicines("가나노탄 오 밀리 드세요")
    assert (guess.form, guess.row.term, guess.how) == ("가나로탄", "암로디핀", "fuzzy")


def test_without_a_hospital_nothing_of_it_is_known(hospital: TermIndex) -> None:
    terminology.use(None)
    assert mentions(TermIndex.load(), "벨루킨 바르세요", Table.MEDICINES) == []


def test_a_new_import_is_seen_at_the_next_load(tmp_path: Path) -> None:
    file = tmp_path / "edi.csv"
    file.write_text("제품코드,제품명,주성분명\n642100070,도라킨정,암로디핀\n", encoding="utf-8")
    terminology.use(tmp_path / "in")
    try:
        assert mentions(TermIndex.load(), "도라킨 드세요", Table.MEDICINES) == []
        import_master(file, Source.EDI, tmp_path / "in", now=NOW)
        assert [one.row.term for one in mentions(TermIndex.load(), "도라킨 드세요", Table.MEDICINES)] == ["암로디핀"]
    finally:
        terminology.use(None)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / terminology.FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(terminology.OverlayError, match="is no file of hospital terms"):
        terminology.HospitalTerms(tmp_path)


def test_fifty_thousand_rows_cost_a_start_and_an_utterance_next_to_nothing(tmp_path: Path) -> None:
    TermIndex.load().find("미리 읽어 둔다")
    items = [
        Item(
            source=Source.EDI,
            kind=Kind.MEDICINE,
            code=f"{number:09}",
            system=EDI,
            name=name,
            term="가상성분",
            line=number,
        )
        for number, name in enumerate(_made_up_names(50_000), start=1)
    ]
    imported = Imported(source=Source.EDI, file="x", sha256="", imported="", rows=50_000, taken=50_000)
    replace_source(tmp_path, imported, ((item, (Name(item.name, item.name, Use.ANYWHERE),)) for item in items))
    terminology.use(tmp_path)
    try:
        started = time.process_time()
        index = TermIndex.load()
        assert time.process_time() - started < 0.3
        text = "머리가 아프고 열이 {}도까지 나요, 혈압약이랑 아스피린은 계속 드시고 하늘이 노래요"
        spent = time.process_time()
        for number in range(50):
            index.find(text.format(number))
        assert (time.process_time() - spent) / 50 < 0.02
    finally:
        terminology.use(None)


def _made_up_names(count: int) -> list[str]:
    """Distinct names of four syllables."""
    syllables = [chr(0xAC00 + 28 * place) for place in range(38)]
    return ["".join(parts) for parts in islice(product(syllables, repeat=4), count)]
