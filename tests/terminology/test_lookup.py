"""Codes for what is said, and what is to be mended in a hospital's terms."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scribe.drafting.terminology import HospitalTerms, Kind, Source
from scribe.terminology.cli import app
from scribe.terminology.importing import import_master
from scribe.terminology.lint import lint_hospital
from scribe.terminology.lookup import look_up

MASTERS = Path(__file__).resolve().parents[2] / "../shared/terminology"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
FILES = {
    Source.KCD: """상병코드,한글상병명,동의어
I48,심방세동 및 심방조동,
I480,발작성 심방세동,
I489,상세불명의 심방세동 및 심방조동,
J459,상세불명의 천식,숨찬병
K408,기타 서혜부 탈장,서혜부 탈장
K402,양쪽 서혜탈장,
C560,오른쪽,
S610,오른쪽,
""",
    Source.FORMULARY: """약품코드,약품명,성분명,함량,EDI코드
NV5,노바스크정5밀리그램,암로디핀베실산염,5mg,073400360
XX1,처음보는정,처음디핀,1mg,
XX1,또다른정,둘째디핀,1mg,
""",
}
# what is said in the consulting room, and the categories that a coder would give it
SPOKEN = {
    "목감기": "J02 J03 J06", "기관지염": "J20 J40", "천식": "J45", "씨오피디": "J44", "폐렴": "J18",
    "독감": "J09 J10 J11", "알레르기 비염": "J30", "축농증": "J01 J32", "편도염": "J03", "중이염": "H65 H66",
    "이석증": "H81", "고혈압": "I10", "당뇨": "E11 E14", "고지혈증": "E78", "협심증": "I20", "심근경색": "I21",
    "심방세동": "I48", "에이핍": "I48", "심부전": "I50", "뇌경색": "I63", "중풍": "I63 I64", "파킨슨병": "G20",
    "치매": "F00 F03 G30", "편두통": "G43", "우울증": "F32 F33", "공황장애": "F41", "불면증": "F51 G47",
    "위염": "K29", "역류성 식도염": "K21", "지이알디": "K21", "위궤양": "K25", "과민성 대장 증후군": "K58",
    "장염": "A09 K52", "맹장염": "K35 K37", "담석증": "K80", "지방간": "K76", "비형 간염": "B16 B18",
    "치질": "K64", "허리 디스크": "M51", "목 디스크": "M50", "오십견": "M75", "무릎 퇴행성 관절염": "M17",
    "류마티스 관절염": "M05 M06", "통풍": "M10", "골다공증": "M81", "손목터널증후군": "G56",
    "족저근막염": "M72", "방광염": "N30", "신우신염": "N10 N12", "요로결석": "N20", "비피에이치": "N40",
    "만성 콩팥병": "N18", "자궁근종": "D25", "질염": "N76", "다낭성 난소증후군": "E28", "아토피": "L20",
    "대상포진": "B02", "무좀": "B35", "백내장": "H25 H26", "감상선 기능 저하증": "E03", "빈혈": "D50 D64",
    "하지정맥류": "I83",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("terms")
    for source, text in FILES.items():
        file = where / f"{source.value}.csv"
        file.write_text(text, encoding="utf-8")
        import_master(file, source, where / "in", now=NOW)
    return where / "in"


@pytest.fixture(scope="module")
def terms(folder: Path) -> HospitalTerms:
    return HospitalTerms(folder)


def found(text: str, kind: Kind, terms: HospitalTerms | None = None, limit: int = 3) -> list[tuple[str, str, str]]:
    return [(hit.code, hit.source, hit.how) for hit in look_up(text, kinds=[kind], terms=terms, limit=limit)]


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("심방세동", Kind.DIAGNOSIS, ("I48.9", "ours", "exact")),
        ("에이핍", Kind.DIAGNOSIS, ("I48.9", "ours", "synonym")),
        ("감상선 기능 저하증", Kind.DIAGNOSIS, ("E03.9", "ours", "pronunciation")),
        ("노바스크", Kind.MEDICINE, ("C08CA01", "ours", "synonym")),
        ("노바스끄", Kind.MEDICINE, ("C08CA01", "ours", "pronunciation")),
        ("씨비씨", Kind.TEST, ("", "ours", "synonym")),
    ],
)
def test_ours_are_found_by_name_synonym_and_sound(text: str, kind: Kind, first: tuple[str, str, str]) -> None:
    assert found(text, kind)[0] == first


def test_the_hospitals_own_names_come_first(terms: HospitalTerms) -> None:
    assert found("숨찬병", Kind.DIAGNOSIS, terms)[0] == ("J45.9", "kcd", "synonym")
    assert found("노바스크", Kind.MEDICINE, terms)[0] == ("073400360", "formulary", "synonym")
    codes = [code for code, _, _ in found("심방세동", Kind.DIAGNOSIS, terms)]
    assert codes[:2] == ["I48.9", "I48.0"]


def test_a_code_is_given_once_and_a_guess_says_how_sure_it_is(terms: HospitalTerms) -> None:
    hits = look_up("심방쇄동", kinds=[Kind.DIAGNOSIS], terms=terms, limit=10)
    assert len({hit.code for hit in hits}) == len(hits)
    assert hits[0].code == "I48.9"
    assert 0.7 < hits[0].confidence < 1


def test_nothing_is_made_up_for_nothing(terms: HospitalTerms) -> None:
    assert look_up("  ", terms=terms) == []
    assert look_up("쿠쿠쿠쿠쿠쿠쿠쿠", terms=terms) == []


def test_spoken_diagnoses_have_their_code_among_the_best_three() -> None:
    right = [
        text
        for text, codes in SPOKEN.items()
        if any(code[:3] in codes.split() for code, _, _ in found(text, Kind.DIAGNOSIS))
    ]
    assert len(SPOKEN) >= 60
    assert len(right) / len(SPOKEN) >= 0.95, set(SPOKEN) - set(right)


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> HospitalTerms:
    file = MASTERS / "kcd8.tsv.gz"
    if not file.exists():
        pytest.skip("the KCD-8 master does not lie beside the repository (../shared/terminology)")
    where = tmp_path_factory.mktemp("national")
    (where / "kcd8.tsv").write_bytes(gzip.decompress(file.read_bytes()))
    import_master(where / "kcd8.tsv", Source.KCD, where / "in", now=NOW)
    return HospitalTerms(where / "in")


def test_over_the_national_master_the_best_three_hold_too(national: HospitalTerms) -> None:
    sample = dict(list(SPOKEN.items())[::3])
    right = [
        text
        for text, codes in sample.items()
        if any(code[:3] in codes.split() for code, _, _ in found(text, Kind.DIAGNOSIS, national))
    ]
    assert len(right) / len(sample) >= 0.95, set(sample) - set(right)


def rules(terms: HospitalTerms) -> Iterator[tuple[str, str]]:
    for finding in lint_hospital(terms):
        if finding.rule != "code_unknown":
            yield finding.rule, finding.surface


def test_what_is_to_be_mended_in_a_hospitals_terms(terms: HospitalTerms) -> None:
    assert sorted(rules(terms)) == [
        ("ambiguous", "오른쪽"),
        ("duplicate_code", "XX1"),
        ("general_synonym", "서혜부 탈장"),
        ("unknown_ingredient", "또다른정"),
        ("unknown_ingredient", "처음보는정"),
    ]
    unknown = {finding.surface for finding in lint_hospital(terms) if finding.rule == "code_unknown"}
    assert "M10.9" in unknown
    assert "I48.9" not in unknown


def test_the_commands_look_up_and_lint(folder: Path) -> None:
    run = CliRunner().invoke
    shown = run(app, ["lookup", "에이핍", "--kind", "diagnosis", "--into", str(folder)])
    assert shown.output.startswith("I48.9")
    (first, *_) = json.loads(run(app, ["lookup", "숨찬병", "--json", "--into", str(folder)]).output)
    assert (first["code"], first["source"], first["how"]) == ("J45.9", "kcd", "synonym")
    none = run(app, ["lookup", "쿠쿠쿠쿠쿠쿠쿠쿠", "--into", str(folder)])
    assert (none.exit_code, none.output) == (0, "nothing like it is known.\n")
    linted = run(app, ["lint", "--into", str(folder), "--json"])
    assert linted.exit_code == 1
    assert json.loads(linted.output)["counts"]["duplicate_code"] == 1
    plain = run(app, ["lint", "--into", str(folder), "--limit", "1"])
    assert "formulary, row 4: XX1: duplicate_code: row 3 has it for 처음보는정" in plain.output
