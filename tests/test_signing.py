"""Signing what was shown, and verifying it with nothing but the file and the key."""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from scribe import note_cli, signing
from scribe.crypto import KeyFileError, SigningKey
from scribe.domain.encounter import Encounter, Patient, Practitioner
from scribe.domain.entries import Dose, Evidence, MedicationOrder, Vital
from scribe.domain.formats import read_note, write_draft, write_note
from scribe.domain.note import Draft, Drafter, Note
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary

KEY = SigningKey.from_pem(SigningKey.generate().to_pem())
SIGNED_AT = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
KIM = Practitioner(name="김의사")
EVIDENCE = (Evidence(utterance="u3", start=0, end=4),)


def draft(*, unsupported: bool = False) -> Draft:
    plan = Statement(id="s1", text="아목시실린 500 mg 하루 3회 7일.", support="none" if unsupported else "edited")
    finding = Statement(id="s0", text="체온 37.8 ℃.", entries=("e0",), evidence=EVIDENCE, support="supported")
    advice = Statement(id="p0", text="약을 끝까지 드세요.", support="none" if unsupported else "supported")
    return Draft(
        encounter=Encounter(
            id="enc-1",
            start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC),
            patient=Patient(name="홍길동", sex="male", birth_date=date(1980, 3, 1)),
        ),
        transcript_sha256="0" * 64,
        drafter=Drafter(name="evidence", version="1"),
        entries=(
            Vital(id="e0", name="체온", value=37.8, unit="Cel", evidence=EVIDENCE, confidence=0.91),
            MedicationOrder(
                id="e1", name="아목시실린", action="start", dose=Dose(value=500.0, unit="mg"), evidence=EVIDENCE
            ),
        ),
        note=Note(template="soap", sections=(Section(code="plan", title="P", statements=(finding, plan)),)),
        patient_summary=PatientSummary(
            language="ko", sections=(Section(code="today", title="오늘 진료", statements=(advice,)),)
        ),
    )


def sign(value: Draft, **options):
    content = signing.content_of(value)
    shown = signing.content_sha256(content, value.encounter)
    return signing.sign(
        content,
        value.encounter,
        **{
            "shown_sha256": shown,
            "author": KIM,
            "key": KEY,
            "clock": lambda: SIGNED_AT,
            "new_id": lambda: "note-1",
            **options,
        },
    )


def verifies(data: bytes) -> bool:
    try:
        signing.verify(signing.load_document(data, "note"), KEY.public)
    except signing.SignatureMismatchError:
        return False
    return True


NOTE = write_note(sign(draft()))


def test_a_signed_note_verifies_after_a_round_trip_and_in_any_layout():
    assert verifies(NOTE)
    assert verifies(write_note(read_note(NOTE, "note")))
    document = json.loads(NOTE)
    assert verifies(json.dumps(dict(reversed(document.items()))).encode())
    assert document["signed_at"] == "2026-09-14T02:00:00Z"


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_a_single_changed_character_does_not_verify(data):
    """Anywhere in the file: unless it is the same JSON document still (layout), verification fails."""
    text = NOTE.decode()
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from('0123456789aZ가나"\\{}[]:,.-+ \n/=eE'))
    tampered = text[:place] + character + text[place + 1 :]
    assert not verifies(tampered.encode()) or json.loads(tampered) == json.loads(text)


def test_every_single_character_of_every_value_counts():
    """Each string and number of the document, each position, one other character of the same kind."""
    text = NOTE.decode()
    for place, character in enumerate(text):
        if character.isalnum():
            other = "1" if character != "1" else "2" if character.isdigit() else "b"
            tampered = text[:place] + other + text[place + 1 :]
            assert not verifies(tampered.encode()), text[max(0, place - 20) : place + 20]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(NOTE.decode()) - 1))
def test_a_removed_or_doubled_character_does_not_verify(place):
    text = NOTE.decode()
    for tampered in (text[:place] + text[place + 1 :], text[: place + 1] + text[place:]):
        assert not verifies(tampered.encode()) or json.loads(tampered) == json.loads(text)


@pytest.mark.parametrize(
    "where", [(), ("content",), ("encounter", "patient"), ("content", "entries", 0), ("signature",)]
)
def test_an_added_field_does_not_verify(where):
    document = json.loads(NOTE)
    part = document
    for step in where:
        part = part[step]
    part["unknown"] = "added later"
    assert not verifies(json.dumps(document).encode())


def test_every_removed_field_does_not_verify():
    document = json.loads(NOTE)
    for name in document:
        rest = {other: value for other, value in document.items() if other != name}
        assert not verifies(json.dumps(rest).encode()), name


def test_a_doubled_name_does_not_verify():
    assert not verifies(NOTE.replace(b'"version": 1,', b'"version": 2, "version": 1,', 1))


def test_another_base64_form_of_the_signature_does_not_verify():
    document = json.loads(NOTE)
    value = document["signature"]["value"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = value[:-3] + alphabet[alphabet.index(value[-3]) ^ 1] + "=="
    assert base64.b64decode(other) == base64.b64decode(value)
    for form in (other, value.rstrip("="), value + "=", value[:40] + "\n" + value[40:], ""):
        document["signature"]["value"] = form
        assert not verifies(json.dumps(document).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"null", b"\xff", b'{"format": "scribe-note/1"}', b"[" * 100_000, b'{"a": NaN}', b'{"a": "\\ud800"}'],
)
def test_what_is_no_note_does_not_verify(data):
    assert not verifies(data)


def test_numbers_that_json_cannot_carry_exactly_do_not_verify():
    assert not verifies(NOTE.replace(b'"version": 1', b'"version": 100000000000000000000', 1))
    assert not verifies(NOTE.replace(b'"version": 1', b'"version": 1e999', 1))


def test_another_key_does_not_verify():
    with pytest.raises(signing.SignatureMismatchError, match="not signed with the key"):
        signing.verify(signing.load_document(NOTE, "note"), SigningKey.generate().public)


def test_unsupported_statements_are_listed_and_refused_until_acknowledged():
    value = draft(unsupported=True)
    assert signing.unsettled(signing.content_of(value)) == ("s1", "p0")
    with pytest.raises(signing.UnsupportedStatementsError) as error:
        sign(value)
    assert "s1, p0" in str(error.value)
    assert "아목시실린" not in str(error.value)
    with pytest.raises(signing.UnsupportedStatementsError, match="p0"):
        sign(value, acknowledged={"s1"})
    kept = sign(value, acknowledged={"s1", "p0"})
    assert [s.support for s in kept.content.sections[0].statements] == ["supported", "none"]


def test_an_acknowledgement_in_the_draft_settles_a_statement_and_is_signed_with_it():
    value = draft(unsupported=True)
    (plan,) = value.note.sections
    kept = replace(plan, statements=(plan.statements[0], replace(plan.statements[1], acknowledged=True)))
    value = replace(value, note=replace(value.note, sections=(kept,)))
    assert signing.unsettled(signing.content_of(value)) == ("p0",)
    signed = json.loads(write_note(sign(value, acknowledged={"p0"})))["content"]["sections"][0]["statements"]
    assert (signed[1]["support"], signed[1]["acknowledged"]) == ("none", True)
    assert "acknowledged" not in signed[0]


def test_what_was_not_shown_cannot_be_signed():
    shown = draft()
    statement = replace(shown.note.sections[0].statements[1], text="아목시실린 5000 mg 하루 3회 7일.")
    section = replace(shown.note.sections[0], statements=(shown.note.sections[0].statements[0], statement))
    changed = replace(shown, note=replace(shown.note, sections=(section,)))
    hash_shown = signing.content_sha256(signing.content_of(shown), shown.encounter)
    with pytest.raises(signing.ContentChangedError):
        sign(changed, shown_sha256=hash_shown)
    elsewhere = replace(shown, encounter=replace(shown.encounter, id="enc-2"))
    with pytest.raises(signing.ContentChangedError):
        sign(elsewhere, shown_sha256=hash_shown)


def test_an_empty_note_cannot_be_signed():
    empty = replace(
        draft(), note=Note(template="soap", sections=()), patient_summary=PatientSummary(language="ko", sections=())
    )
    with pytest.raises(signing.NothingToSignError):
        sign(empty)


def test_an_amendment_is_a_new_version_with_a_reason():
    first = sign(draft())
    second = sign(draft(), amends=first, reason=" 용량 정정 ")
    assert (second.note_id, second.version, second.replaces, second.reason) == (first.note_id, 2, 1, "용량 정정")
    assert verifies(write_note(second))
    for reason in (None, "  "):
        with pytest.raises(signing.AmendmentError, match="reason"):
            sign(draft(), amends=first, reason=reason)
    with pytest.raises(signing.AmendmentError, match="no version"):
        sign(draft(), reason="왜")
    other = replace(draft(), encounter=replace(draft().encounter, id="enc-2"))
    with pytest.raises(signing.AmendmentError, match="another consultation"):
        sign(other, amends=first, reason="정정")


def run(*arguments: object):
    return CliRunner().invoke(note_cli.app, [str(argument) for argument in arguments])


def test_the_commands_sign_and_verify(tmp_path):
    draft_file, key, note = tmp_path / "D.json", tmp_path / "K.pem", tmp_path / "NOTE.json"
    draft_file.write_bytes(write_draft(draft()))
    signed = run("sign", draft_file, "--key", key, "--new-key", "--name", "김의사", "--licence", "12345", "-o", note)
    assert signed.exit_code == 0, signed.output
    public = tmp_path / "K.pub.pem"
    verified = run("verify", note, "--key", public)
    assert verified.exit_code == 0
    assert verified.output.count("\n") == 1
    assert "김의사" in verified.output
    assert "홍길동" not in verified.output

    note.write_bytes(note.read_bytes().replace(b"500 mg", b"501 mg"))
    tampered = run("verify", note, "--key", public)
    assert (tampered.exit_code, tampered.output.count("\n")) == (1, 1)
    assert "not as it was signed" in tampered.output


def test_the_commands_amend(tmp_path):
    draft_file, key, first, second = (tmp_path / name for name in ("D.json", "K.pem", "1.json", "2.json"))
    draft_file.write_bytes(write_draft(draft(unsupported=True)))
    assert run("keygen", key, "--public", tmp_path / "pub.pem").exit_code == 0
    options = ("--key", key, "--name", "김의사", "--acknowledge", "s1", "--acknowledge", "p0")
    assert run("sign", draft_file, *options, "-o", first).exit_code == 0
    assert run("sign", draft_file, *options, "--amend", first, "--reason", "정정", "-o", second).exit_code == 0
    assert read_note(second.read_bytes(), "2.json").replaces == 1


def test_bad_input_ends_with_one_sentence(tmp_path):
    draft_file, key = tmp_path / "D.json", tmp_path / "K.pem"
    draft_file.write_bytes(write_draft(draft()))
    options = ("--key", key, "--name", "김의사", "-o", tmp_path / "N.json")
    for expected in (KeyFileError, KeyFileError):
        result = run("sign", draft_file, *options)
        assert isinstance(result.exception, expected)
        key.write_bytes(b"nonsense")
        key.chmod(0o600)
    assert not (tmp_path / "N.json").exists()
