"""``scribe bridge push --dry-run``, ``retract`` and several destinations, as a user runs them."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner, Result

from hl7_bridge.cli import app
from hl7_bridge.errors import UnknownDestinationError
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.kr_core.withdrawal import is_withdrawn
from hl7_bridge.options import EarlierVersionsError
from hl7_bridge.push_cli import NoReasonError
from hl7_bridge.rehearsal import FolderNotEmptyError
from scribe.domain.errors import ScribeError
from scribe.domain.formats import write_note
from scribe.domain.note import SignedNote

SECRET = "gateway-secret-4711"
Amend = Callable[[SignedNote, str], SignedNote]


def bridge(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, ScribeError):
        raise result.exception
    return result


def written(note: SignedNote, folder: Path) -> Path:
    file = folder / f"note-{note.version}.json"
    file.write_bytes(write_note(note))
    return file


def site_file(folder: Path, text: str) -> Path:
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return file


def requests(folder: Path) -> list[str]:
    return [file.read_text("utf-8").splitlines()[0] for file in sorted(folder.glob("*.http"))]


def test_a_dry_run_writes_what_would_be_sent_and_sends_nothing(
    make_note: Callable[..., SignedNote], tmp_path: Path
) -> None:
    note = make_note()
    site = site_file(
        tmp_path,
        '[destinations.emr]\nurl = "https://nowhere.test/r4"\n'
        f'headers = {{ X-API-Key = "{SECRET}" }}\n'
        '[destinations.emr.auth]\nkind = "client-secret"\nclient_id = "clinic"\n'
        f'client_secret = "{SECRET}"\ntoken_url = "https://login.test/token"\n',
    )
    folder = tmp_path / "dry"
    result = bridge("push", written(note, tmp_path), "--site", site, "--dry-run", folder)
    assert result.exit_code == 0, result.output
    assert requests(folder) == [
        "GET https://nowhere.test/r4/metadata HTTP/1.1",
        "POST https://nowhere.test/r4/Patient/_search HTTP/1.1",
        "POST https://nowhere.test/r4/Encounter/_search HTTP/1.1",
        "POST https://nowhere.test/r4/Practitioner/_search HTTP/1.1",
        "POST https://nowhere.test/r4/Organization/_search HTTP/1.1",
        "POST https://nowhere.test/r4/PractitionerRole/_search HTTP/1.1",
        "POST https://nowhere.test/r4 HTTP/1.1",
    ]
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert not any(SECRET in text for text in texts.values())
    last = texts["007-POST-transaction.http"]
    head, _, body = last.partition("\n\n")
    assert "X-Api-Key: ********" in head
    assert "Authorization: Bearer ********" in head
    bundle = json.loads(body)
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} >= {"Condition", "DocumentReference"}
    assert "patient-id-on-the-server" in body
    patient = note.encounter.patient
    assert patient is not None
    assert patient.identifier is not None
    assert patient.identifier.value in texts["002-POST-Patient-_search.http"]
    assert not any(patient.identifier.value in name for name in texts)
    assert "접근 토큰" in texts["README.txt"]


def test_a_dry_run_of_single_writes_shows_each_with_its_condition(
    make_note: Callable[..., SignedNote], tmp_path: Path
) -> None:
    note = make_note()
    site = site_file(tmp_path, '[destinations.emr]\nurl = "https://nowhere.test/r4"\nwrite = "single"\n')
    folder = tmp_path / "dry"
    assert bridge("push", written(note, tmp_path), "--site", site, "--dry-run", folder).exit_code == 0
    creates = [file.read_text("utf-8") for file in sorted(folder.glob("*.http"))][6:]
    assert len(creates) == 10
    for text in creates:
        kind = re.match(r"POST https://nowhere\.test/r4/([A-Za-z]+) ", text)
        assert kind is not None
        assert f"If-None-Exist: {'_tag' if kind[1] == 'Provenance' else 'identifier'}=urn:oid:" in text
        assert "urn:uuid:" not in text.partition("\n\n")[2] or kind[1] == "DocumentReference"


def test_a_dry_run_of_an_amendment_and_of_a_retraction_shows_the_updates(
    make_note: Callable[..., SignedNote], amend: Amend, tmp_path: Path
) -> None:
    first = make_note()
    second = amend(first, "정정")
    site = site_file(tmp_path, 'destination = "https://nowhere.test/r4"\n')
    files = (written(second, tmp_path), "--earlier", written(first, tmp_path), "--site", site)
    assert bridge("push", *files, "--dry-run", tmp_path / "amend").exit_code == 0
    (amendment,) = (tmp_path / "amend").glob("*-transaction.http")
    updates = [entry["request"] for entry in json.loads(amendment.read_text("utf-8").partition("\n\n")[2])["entry"]]
    assert [item["ifMatch"] for item in updates if item["method"] == "PUT"] == ['W/"1"', 'W/"1"']
    assert bridge("retract", *files, "--reason", "잘못된 환자", "--dry-run", tmp_path / "retract").exit_code == 0
    (retraction,) = (tmp_path / "retract").glob("*-transaction.http")
    entries = json.loads(retraction.read_text("utf-8").partition("\n\n")[2])["entry"]
    assert all(is_withdrawn(item["resource"]) for item in entries if item["request"]["method"] == "PUT")
    assert "DELETE" not in retraction.read_text("utf-8")


def test_a_dry_run_says_what_stands_against_sending(make_note: Callable[..., SignedNote], tmp_path: Path) -> None:
    nobody = make_note()
    nobody = replace(nobody, encounter=replace(nobody.encounter, patient=None))
    site = site_file(tmp_path, 'destination = "https://nowhere.test/r4"\n')
    result = bridge("push", written(nobody, tmp_path), "--site", site, "--dry-run", tmp_path / "dry")
    assert result.exit_code == 1
    assert "[no-patient-number]" in result.stderr


def test_a_dry_run_does_not_mix_with_other_files(make_note: Callable[..., SignedNote], tmp_path: Path) -> None:
    site = site_file(tmp_path, 'destination = "https://nowhere.test/r4"\n')
    with pytest.raises(FolderNotEmptyError):
        bridge("push", written(make_note(), tmp_path), "--site", site, "--dry-run", tmp_path)


def test_a_dry_run_of_hl7_writes_the_messages(make_note: Callable[..., SignedNote], tmp_path: Path) -> None:
    site = site_file(
        tmp_path,
        '[destinations.his]\nkind = "hl7v2"\nhost = "his.test"\nport = 2575\ncharset = "KS X 1001"\n'
        '[destinations.emr]\nurl = "https://nowhere.test/r4"\n',
    )
    folder = tmp_path / "dry"
    result = bridge("push", written(make_note(), tmp_path), "--site", site, "--dry-run", folder)
    assert result.exit_code == 0, result.output
    first = sorted((folder / "his").glob("*.hl7"))[0]
    assert first.read_bytes().decode("cp949").startswith("MSH|^~\\&|")
    assert len(requests(folder / "emr")) == 7


def test_one_note_goes_to_several_destinations_or_to_the_one_that_is_named(
    registered: SignedNote, base_url: str, tmp_path: Path
) -> None:
    site = site_file(
        tmp_path,
        f'[destinations.emr]\nurl = "{base_url}"\n[destinations.archive]\nurl = "http://127.0.0.1:9/fhir"\n',
    )
    note = written(registered, tmp_path)
    only = bridge("push", note, "--site", site, "--to", "emr")
    assert only.exit_code == 0
    both = bridge("push", note, "--site", site)
    assert both.exit_code == 1
    assert "전달됨" in both.stdout
    assert "[unreachable]" in both.stdout
    with pytest.raises(UnknownDestinationError, match="no destination pacs: it has emr, archive"):
        bridge("push", note, "--site", site, "--to", "pacs")


def test_an_amendment_and_a_retraction_of_a_real_server(
    registered: SignedNote, amend: Amend, base_url: str, client: FhirClient, tmp_path: Path
) -> None:
    first, second = written(registered, tmp_path), written(amend(registered, "정정"), tmp_path)
    assert bridge("push", first, "--to", base_url).exit_code == 0
    amended = bridge("push", second, "--earlier", first, "--to", base_url)
    assert amended.exit_code == 0, amended.output
    retracted = bridge("retract", second, "--earlier", first, "--reason", "잘못된 환자", "--to", base_url)
    assert retracted.exit_code == 0, retracted.output
    references = re.findall(r"(?:Condition|MedicationRequest)/[A-Za-z0-9-]+", retracted.stdout)
    assert len(references) == 3
    assert all(is_withdrawn(client.read(reference).content) for reference in references)


def test_earlier_versions_are_all_or_none(registered: SignedNote, amend: Amend, tmp_path: Path) -> None:
    second = amend(registered, "정정")
    third = written(amend(second, "다시 정정"), tmp_path)
    with pytest.raises(EarlierVersionsError, match="from 1 to 2: it names 2"):
        bridge("push", third, "--earlier", written(second, tmp_path), "--to", "http://127.0.0.1:9/fhir")


def test_a_retraction_needs_a_reason(registered: SignedNote, tmp_path: Path) -> None:
    with pytest.raises(NoReasonError):
        bridge("retract", written(registered, tmp_path), "--reason", " ", "--to", "http://127.0.0.1:9/fhir")


def test_the_site_file_of_the_service_is_the_commands_too(
    registered: SignedNote, base_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIBE_SITE_FILE", str(site_file(tmp_path, f'[destinations.emr]\nurl = "{base_url}"\n')))
    assert bridge("push", written(registered, tmp_path)).exit_code == 0
    assert bridge("doctor", "--to", "emr").exit_code == 0


def test_an_amendment_without_its_earlier_versions_is_warned_of(
    registered: SignedNote, amend: Amend, base_url: str, tmp_path: Path
) -> None:
    result = bridge("push", written(amend(registered, "정정"), tmp_path), "--to", base_url)
    assert "amends nothing" in result.stderr


def test_the_public_half_of_a_key_is_printed_and_nothing_else(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    file = tmp_path / "smart.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (key,) = json.loads(bridge("jwks", file, "--key-id", "2026").stdout)["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["kid"]) == ("EC", "P-384", "ES384", "2026")
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use", "key_ops"}
