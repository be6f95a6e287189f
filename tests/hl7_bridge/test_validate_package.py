"""Packages: read, refused, installed once for the site, and the commands that do it."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hl7_bridge.cli import app
from hl7_bridge.kr_core import map_note
from hl7_bridge.problems import problem_of
from hl7_bridge.profiles_cli import UnknownProfileError
from hl7_bridge.site import Site
from hl7_bridge.validate import (
    ChangedPackageError,
    NotInstalledError,
    PackageError,
    installed_validator,
    package_validator,
    profiles_home,
    table_validator,
    validate_bundle,
)
from hl7_bridge.validate.installed import ARCHIVE, MANIFEST, install, installed, remove
from hl7_bridge.validate_cli import LanguageError
from scribe.domain.errors import ScribeError
from scribe.domain.note import SignedNote

KR = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
NOW = datetime(2026, 9, 14, 1, 40, tzinfo=UTC)
ABOUT: dict[str, Any] = {"name": "kr.hospital.guide", "version": "1.2.0", "fhirVersions": ["4.0.1"]}
STRICT = "http://hospital.kr/fhir/StructureDefinition/strict-patient"
PATIENT = {"resourceType": "Patient", "meta": {"profile": [STRICT]}}


def definition(**snapshot: int) -> dict[str, Any]:
    """A profile of Patient that raises minima."""
    elements: list[dict[str, Any]] = [{"id": "Patient", "path": "Patient"}]
    for name, minimum in snapshot.items():
        path = f"Patient.{name}"
        elements.append({"id": path, "path": path, "min": minimum, "max": "1", "base": {"min": 0, "max": "1"}})
    return {
        "resourceType": "StructureDefinition", "id": "strict-patient", "url": STRICT, "type": "Patient",
        "derivation": "constraint", "snapshot": {"element": elements},
    }  # fmt: skip


def packed(file: Path, *definitions: dict[str, Any], about: object = ABOUT) -> Path:
    """A package of those definitions."""
    parts = {"package.json": about} | {
        f"StructureDefinition-{index}.json": item for index, item in enumerate(definitions)
    }
    with tarfile.open(file, "w:gz") as archive:
        for name, content in parts.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    return packed(tmp_path / "guide.tgz", definition(birthDate=1))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "profiles"


def bridge(*words: str | Path) -> Result:
    """The command's result; what it raises is raised here too, as ``scribe`` would print it."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, ScribeError):
        raise result.exception
    return result


@pytest.mark.parametrize(
    "content", [b"not a package", b"", gzip.compress(b"x" * 9999)[:30]], ids=["text", "empty", "cut"]
)
def test_a_file_that_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "package.tgz"
    file.write_bytes(content)
    with pytest.raises(PackageError, match=r"package\.tgz is not a FHIR R4 package .*: it is no tar archive"):
        package_validator(file)


@pytest.mark.parametrize(
    ("about", "definitions", "problem"),
    [
        (ABOUT, (), "no profile in it has a snapshot"),
        (ABOUT, (definition() | {"snapshot": None},), "no profile in it has a snapshot"),
        (
            ABOUT,
            (definition() | {"snapshot": {"element": [{"path": "Patient"}]}},),
            "snapshot of strict-patient is dam",
        ),
        (ABOUT, (definition() | {"snapshot": {"element": 5}},), "the snapshot of strict-patient is damaged"),
        (ABOUT, (b"{",), "a file in it is not JSON"),
        (ABOUT, ([],), "no profile in it has a snapshot"),
        ([], (definition(),), "its package.json names no package"),
        ({"name": "../x"}, (definition(),), "its package.json names no package"),
        ({"name": "a.b", "version": "1/2"}, (definition(),), "its package.json names no version"),
        (ABOUT | {"fhirVersions": ["5.0.0"]}, (definition(),), "it is made for another FHIR release"),
        (ABOUT, (definition() | {"type": "Nonsense"},), "no profile of a resource type that is checked here"),
    ],
)
def test_a_package_is_refused_with_what_is_wrong_with_it(
    tmp_path: Path, home: Path, about: object, definitions: tuple[Any, ...], problem: str
) -> None:
    file = packed(tmp_path / "package.tgz", *definitions, about=about)
    with pytest.raises(PackageError, match=problem):
        package_validator(file)
    with pytest.raises(PackageError, match=problem):
        install(file, home, NOW)
    assert not home.exists()


def test_what_is_installed_is_gone_by_from_then_on(guide: Path, home: Path) -> None:
    assert installed(home) == ()
    assert installed_validator(home) is table_validator()
    found = install(guide, home, NOW)
    assert (found.name, found.version, found.profiles) == ("kr.hospital.guide", "1.2.0", 1)
    assert installed(home) == (found,)
    validator = installed_validator(home)
    assert [issue.path for issue in validator.validate(PATIENT).errors] == ["Patient.birthDate"]
    assert validator.find("krcore-patient") is not None
    assert installed_validator(home) is validator


def test_another_version_takes_the_place_of_the_first(guide: Path, home: Path, tmp_path: Path) -> None:
    install(guide, home, NOW)
    newer = packed(tmp_path / "new.tgz", definition(birthDate=1, gender=1), about=ABOUT | {"version": "1.3.0"})
    install(newer, home, NOW)
    assert [found.version for found in installed(home)] == ["1.3.0"]
    found = [issue.path for issue in installed_validator(home).validate(PATIENT).errors]
    assert found == ["Patient.gender", "Patient.birthDate"]
    remove("kr.hospital.guide", home)
    assert installed_validator(home).validate(PATIENT).valid
    with pytest.raises(NotInstalledError, match=r"No package named kr\.hospital\.guide"):
        remove("kr.hospital.guide", home)


def spoil_archive(folder: Path) -> None:
    (folder / ARCHIVE).write_bytes(b"something else")


def spoil_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{", "utf-8")


def move_manifest(folder: Path) -> None:
    text = (folder / MANIFEST).read_text("utf-8")
    (folder / MANIFEST).write_text(text.replace("kr.hospital.guide", "other.guide"), "utf-8")


def lose_archive(folder: Path) -> None:
    (folder / ARCHIVE).unlink()


@pytest.mark.parametrize("spoil", [spoil_archive, spoil_manifest, move_manifest, lose_archive])
def test_a_changed_package_is_refused_and_never_used_in_part(
    guide: Path, home: Path, spoil: Callable[[Path], None]
) -> None:
    install(guide, home, NOW)
    spoil(home / "kr.hospital.guide")
    with pytest.raises(ChangedPackageError, match=r"The installed package kr\.hospital\.guide is not as it was"):
        installed_validator(home)


def test_the_home_lies_in_the_data_directory(tmp_path: Path) -> None:
    assert profiles_home({"SCRIBE_DATA_DIR": str(tmp_path)}) == tmp_path / "profiles"
    assert profiles_home({}) == Path.home() / ".local/share/clinical-scribe/profiles"


def test_the_commands_install_list_show_and_remove(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(PATIENT), "utf-8")
    assert bridge("validate", file).exit_code == 0
    assert "내장 표(KR Core 2.0.0)" in bridge("profiles", "list").stdout
    assert "설치했습니다: kr.hospital.guide 1.2.0" in bridge("profiles", "install", guide).stdout
    listed = json.loads(bridge("profiles", "list", "--json").stdout)
    assert [package["name"] for package in listed["packages"]] == ["kr.hospital.guide"]
    assert STRICT in listed["profiles"]
    assert "strict-patient" in bridge("profiles", "list").stdout
    assert "birthDate: 1.." in bridge("profiles", "show", "strict-patient").stdout
    assert bridge("validate", file).exit_code == 1
    assert "지웠습니다" in bridge("profiles", "remove", "kr.hospital.guide").stdout
    assert bridge("validate", file).exit_code == 0


def test_show_says_what_a_profile_asks_in_the_words_of_the_table() -> None:
    shown = bridge("profiles", "show", "krcore-bodytemperature").stdout
    assert 'value[x].code: 1.. · fixed "Cel"' in shown
    assert "subject: MS · Reference(krcore-patient)" in shown
    assert "category: 1.. · required observation-category · slices by value $this" in shown
    assert "krcore-obs-01 (warning)" in shown
    assert "쓸 수 있는 곳: Encounter" in bridge("profiles", "show", "krcore-insuranceTypes").stdout
    with pytest.raises(UnknownProfileError, match="krcore-nothing is no profile"):
        bridge("profiles", "show", "krcore-nothing")


def test_the_guide_of_the_country_can_be_installed(package: Path, home: Path) -> None:
    found = install(package, home, NOW)
    assert (found.name, found.version, found.profiles) == ("hl7.fhir.kr.core", "2.0.0", 35)
    assert installed_validator(home).profiles.keys() == table_validator().profiles.keys()


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "필수 요소가 없습니다"), ("en", "a required element is missing")]
)
def test_findings_are_said_in_either_language(tmp_path: Path, language: str, words: str) -> None:
    file = tmp_path / "patient.json"
    file.write_text('{"resourceType": "Patient"}', "utf-8")
    asked = ("validate", file, "--profile", "krcore-patient", "--language", language)
    answer = json.loads(bridge(*asked, "--json").stdout)
    assert {tuple(issue) for issue in answer["issues"]} == {("severity", "path", "message", "constraint")}
    assert {issue["message"] for issue in answer["issues"]} == {words}
    assert words in bridge(*asked).stdout
    with pytest.raises(LanguageError, match="ko or en"):
        bridge("validate", file, "--language", "fr")


def test_a_folder_and_a_missing_file_are_said_before_anything_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_text('{"resourceType": "Patient"}', "utf-8")
    with pytest.raises(ScribeError, match="cannot be read: it is a folder"):
        bridge("validate", file, tmp_path)
    with pytest.raises(ScribeError, match=r"none\.json cannot be read: no such file"):
        bridge("validate", file, tmp_path / "none.json")


def test_a_file_of_fifty_megabytes_takes_one_line(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    result = bridge("validate", file, "--language", "en")
    assert result.exit_code == 1
    assert [line.strip() for line in result.stdout.splitlines()[1:]] == [
        "error $: a file of more than 20 MB is not checked [size]"
    ]


def test_what_is_sent_is_validated_by_what_is_installed(
    make_note: Callable[..., SignedNote], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path / "data"))
    home = profiles_home({"SCRIBE_DATA_DIR": str(tmp_path / "data")})
    bundle = map_note(make_note(), Site())
    assert validate_bundle(bundle).valid
    stricter = definition(language=1) | {"type": "Condition", "url": f"{KR}krcore-condition-chief-complaint"}
    for element in stricter["snapshot"]["element"]:
        element["id"] = element["path"] = element["id"].replace("Patient", "Condition")
    install(packed(tmp_path / "stricter.tgz", stricter), home, NOW)
    assert {issue.path.rpartition(".")[2] for issue in validate_bundle(bundle).errors} == {"language"}
    spoil_archive(home / ABOUT["name"])
    with pytest.raises(ChangedPackageError) as refused:
        validate_bundle(bundle)
    problem = problem_of(refused.value)
    assert (problem.code, problem.retryable) == ("profiles", False)
    assert "패키지를 다시 설치" in problem.message
