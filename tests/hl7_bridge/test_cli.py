"""``scribe bridge map | validate | push`` as a user runs them."""

import json
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hl7_bridge.cli import app
from hl7_bridge.errors import DestinationError, UnidentifiedError
from hl7_bridge.options import IdentifierSystemError, ReferenceFormError
from hl7_bridge.site_file import read_site
from scribe.domain.errors import ScribeError
from scribe.domain.formats import FormatError, read_delivery, write_note
from scribe.domain.note import SignedNote


def bridge(*words: str | Path) -> Result:
    """The command's result; what it raises is raised here too, as ``scribe`` would print it."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, ScribeError):
        raise result.exception
    return result


@pytest.fixture
def note_file(registered: SignedNote, tmp_path: Path) -> Path:
    return written(registered, tmp_path)


def written(note: SignedNote, folder: Path) -> Path:
    file = folder / "note.json"
    file.write_bytes(write_note(note))
    return file


def test_map_writes_a_bundle_that_validate_accepts(
    make_note: Callable[..., SignedNote], tmp_path: Path, package: Path
) -> None:
    bundle = tmp_path / "bundle.json"
    mapped = bridge("map", written(make_note(), tmp_path), "-o", bundle)
    assert mapped.exit_code == 0
    assert "보내는 자원: Condition 2" in mapped.stderr
    assert "본문으로만 보내는 항목" in mapped.stderr
    validated = bridge("validate", bundle, "--package", package, "--json")
    assert validated.exit_code == 0
    answer = json.loads(validated.stdout)
    assert (answer["file"], answer["valid"]) == (str(bundle), True)
    assert {issue["severity"] for issue in answer["issues"]} <= {"warning"}


def test_map_takes_the_references_it_is_given(make_note: Callable[..., SignedNote], tmp_path: Path) -> None:
    mapped = bridge("map", written(make_note(), tmp_path), "--patient", "Patient/123", "--encounter", "Encounter/456")
    condition = json.loads(mapped.stdout)["entry"][0]["resource"]
    assert condition["subject"] == {"reference": "Patient/123"}


@pytest.mark.parametrize("reference", ["123", "Patient?name=x", "Encounter/1", "Patient/1 2"])
def test_map_refuses_what_is_no_reference(note_file: Path, reference: str) -> None:
    with pytest.raises(ReferenceFormError, match="--patient must be a reference on the server, such as Patient/123"):
        bridge("map", note_file, "--patient", reference)


def test_map_refuses_a_system_that_is_no_uri(note_file: Path) -> None:
    with pytest.raises(IdentifierSystemError):
        bridge("map", note_file, "--identifier-system", "our notes")


def test_map_says_which_identifier_is_missing(make_note: Callable[..., SignedNote], tmp_path: Path) -> None:
    note = make_note()
    nobody = replace(note, encounter=replace(note.encounter, patient=None))
    with pytest.raises(UnidentifiedError, match="--patient"):
        bridge("map", written(nobody, tmp_path))


def test_validate_prints_one_object_a_file_and_fails_on_an_error(conformance: Path, package: Path) -> None:
    files = [conformance / "valid/temp.json", conformance / "invalid/B02.json"]
    result = bridge("validate", *files, "--package", package, "--json")
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["valid"] for answer in answers] == [True, False]
    assert answers[1]["issues"] == [
        {
            "severity": "error",
            "path": "Observation.valueQuantity.code",
            "message": '정해진 값이어야 합니다: "Cel"',
            "constraint": "krcore-bodytemperature Observation.value[x].code fixed",
        }
    ]


def test_validate_can_be_told_the_profile(tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_text('{"resourceType": "Patient"}')
    assert bridge("validate", file).exit_code == 0
    result = bridge("validate", file, "--profile", "krcore-patient")
    assert result.exit_code == 1
    assert "Patient.birthDate" in result.stdout


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[" * 100_000, b'{"resourceType": "Patient", "id": "a", "id": "b"}']
)
def test_a_file_that_is_no_json_is_an_invalid_one(tmp_path: Path, content: bytes) -> None:
    wrong, right = tmp_path / "wrong.json", tmp_path / "right.json"
    wrong.write_bytes(content)
    right.write_text('{"resourceType": "Patient"}')
    result = bridge("validate", wrong, right, "--json")
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["valid"] for answer in answers] == [False, True]
    assert answers[0]["issues"][0]["path"] == "$"


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match=r"none\.json cannot be read"):
        bridge("validate", tmp_path / "none.json")


def test_push_delivers_once(note_file: Path, base_url: str) -> None:
    first = bridge("push", note_file, "--to", base_url, "--json")
    assert first.exit_code == 0
    delivery = read_delivery(first.stdout.encode(), "stdout")
    assert (delivery.state, delivery.created, delivery.existing) == ("accepted", 10, 0)
    again = bridge("push", note_file, "--to", base_url)
    assert again.exit_code == 0
    assert "새로 만듦 0, 이미 있음 10" in again.stdout


def test_push_says_why_it_failed(make_note: Callable[..., SignedNote], tmp_path: Path, base_url: str) -> None:
    result = bridge("push", written(make_note(), tmp_path), "--to", base_url)
    assert result.exit_code == 1
    assert "[no-match]" in result.stdout


def test_push_needs_an_address(note_file: Path) -> None:
    with pytest.raises(DestinationError):
        bridge("push", note_file)
    with pytest.raises(DestinationError):
        bridge("push", note_file, "--to", "ftp://hospital")


def test_push_reads_the_site_file(note_file: Path, base_url: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f'destination = "{base_url}"\nidentifier_system = "urn:oid:1.2.3"\n[headers]\nX-Key = "k"\n')
    result = bridge("push", note_file, "--site", site, "--json")
    delivery = read_delivery(result.stdout.encode(), "stdout")
    assert {item.key.system for item in delivery.resources} == {"urn:oid:1.2.3"}


def test_the_site_file_of_the_documentation_is_read(tmp_path: Path) -> None:
    example = textwrap.dedent((read_site.__doc__ or "").partition("::\n")[2])
    example = example.partition("and with several")[0]
    file = tmp_path / "site.toml"
    file.write_text(example, encoding="utf-8")
    (tmp_path / "gateway.key").write_text("4711-secret\n", encoding="utf-8")
    site = read_site(file)
    assert site.organization is not None
    assert site.organization.name == "한빛의원"
    assert [(name, secret.value) for name, secret in site.fhir().headers] == [("X-API-Key", "4711-secret")]
    assert "4711" not in repr(site)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("destination = 3", "site.toml: destination is wrong"),
        ("destinaton = 'x'", "site.toml: destinaton is not a setting of a site"),
        ("destination", "site.toml: the file is not TOML"),
    ],
)
def test_a_wrong_site_file_is_refused(note_file: Path, tmp_path: Path, text: str, said: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(text)
    with pytest.raises(ScribeError) as refused:
        bridge("push", note_file, "--site", site)
    assert said in str(refused.value)


def test_a_file_that_is_no_note_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "note.json"
    file.write_text('{"format": "scribe-draft/1"}')
    with pytest.raises(FormatError, match="format must be scribe-note/1"):
        bridge("map", file)
