"""The published formats: what we write we read back, what is wrong is refused in one sentence."""

import codecs
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scribe.domain import formats
from scribe.domain.encounter import Encounter
from scribe.domain.entries import KINDS, Evidence, MedicationOrder, Symptom
from scribe.domain.note import Draft, Drafter, Flag, Note, Offer, OfferedStatement
from scribe.domain.statement import Statement
from scribe.domain.summary import Medicine, PatientSummary
from scribe.domain.transcript import Transcript, Utterance

ROOT = Path(__file__).resolve().parents[2]
SHARED_CASES = ROOT.parent / "shared" / "cases"

TRANSCRIPT = Transcript(
    language="ko",
    utterances=(
        Utterance(id="u0", speaker="doctor", start=0.0, end=1.5, text="어디가 불편하세요?"),
        Utterance(id="u1", speaker="patient", start=1.8, end=3.0, text="기침이 나요.", confidence=0.9),
    ),
)


DEEP = b'{"format": "scribe-transcript/1", "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def document(**changes: object) -> bytes:
    value = json.loads(formats.write_transcript(TRANSCRIPT))
    value.update(changes)
    return json.dumps(value, ensure_ascii=False).encode()


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_transcript_comes_back_as_it_was_written() -> None:
    assert formats.read_transcript(formats.write_transcript(TRANSCRIPT), "T.json") == TRANSCRIPT


def test_what_a_person_made_of_an_utterance_comes_back() -> None:
    changed = Utterance(
        id="u2", speaker="patient", start=3.1, end=4.0, text="노바스크요", heard="노 바스끄요", excluded=True
    )
    transcript = Transcript(language="ko", utterances=(*TRANSCRIPT.utterances, changed))
    assert formats.read_transcript(formats.write_transcript(transcript), "T.json") == transcript
    assert "excluded" not in formats.write_transcript(TRANSCRIPT).decode()


def test_what_a_draft_offers_comes_back() -> None:
    said = Evidence(utterance="u1", start=0, end=2)
    cough = Symptom(id="e0", name="기침", status="present", evidence=(said,))
    order = MedicationOrder(id="e1", name="암로디핀", action="start", evidence=(said,))
    line = Statement(id="s0", text="기침.", entries=("e0",), evidence=(said,), support="supported")
    offer = Offer(
        id="o0",
        entries=(cough, order),
        statements=(OfferedStatement(part="note", section="subjective", statement=line),),
        medicines=(Medicine(entry="e1", name="암로디핀", morning="1정"),),
    )
    draft = Draft(
        encounter=Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC)),
        transcript_sha256="0" * 64,
        drafter=Drafter(name="hand", version="1"),
        entries=(),
        note=Note(template="soap", sections=()),
        patient_summary=PatientSummary(language="ko", sections=()),
        flags=(Flag(kind="stale", rule="words", statements=("s1",)),),
        offers=(offer,),
    )
    written = formats.write_draft(draft)
    assert formats.read_draft(written, "D.json") == draft
    Draft202012Validator(formats.schemas()["scribe-draft/1"]).validate(json.loads(written))
    assert "offers" not in json.loads(formats.write_draft(replace(draft, offers=())))


def test_what_we_write_holds_to_the_published_schema() -> None:
    schema = json.loads((ROOT / "docs/schemas/scribe-transcript-1.json").read_text())
    Draft202012Validator(schema).validate(json.loads(formats.write_transcript(TRANSCRIPT)))


def test_the_published_schemas_are_those_of_the_models() -> None:
    published = {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "docs/schemas").glob("*.json")
    }
    ours = {f"{name.replace('/', '-')}.json": schema for name, schema in formats.schemas().items()}
    assert published == ours, "run: make schemas"


@pytest.mark.parametrize("name", ["scribe-transcript/1", "scribe-draft/1", "scribe-note/1"])
def test_the_schema_refuses_an_unknown_field(name: str) -> None:
    schema = formats.schemas()[name]
    assert schema["additionalProperties"] is False
    assert "format" in schema["required"]


def test_every_entry_kind_is_in_the_draft_schema() -> None:
    text = json.dumps(formats.schemas()["scribe-draft/1"])
    assert len(KINDS) == 16
    assert all(f'"{kind}"' in text for kind in KINDS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "T.json: the file is not UTF-8 text."),
        (b'{"format": "scribe-tr', "T.json: the file is not JSON"),
        (b"[1, 2]", "T.json: the file is not an object of the format"),
        (b'{"format": "scribe-note/1"}', "T.json: format must be scribe-transcript/1 or consultation-case/1."),
        (document(utterances=[{"id": "u0"}]), "T.json: utterances[0].speaker is wrong: it is missing."),
        (document(utterances="기침이 나요"), "T.json: utterances is wrong: it must be a list."),
        (DEEP, "T.json: the file is nested more than 64 levels deep."),
        (document(deep=nested(70)), "T.json: the file is nested more than 64 levels deep."),
        (document(duration=float("nan")), "T.json: the file holds a number that JSON does not have"),
        (document(duration=-float("inf")), "T.json: the file holds a number that JSON does not have"),
        (document(duration=1).replace(b": 1}", b": 1e999}"), "T.json: the file holds a number that JSON does not have"),
        (document().replace("기침이".encode(), b"\\ud800"), "T.json: the file holds half a character"),
    ],
)
def test_a_wrong_file_is_refused_with_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(formats.FormatError) as refused:
        formats.read_transcript(data, "T.json")
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_the_mark_that_some_editors_put_first_is_no_fault() -> None:
    assert formats.read_transcript(codecs.BOM_UTF8 + document(), "T.json") == TRANSCRIPT


def test_an_utterance_that_ends_before_it_starts_is_refused() -> None:
    wrong = [{"id": "u0", "speaker": "doctor", "start": 3.0, "end": 1.0, "text": "네"}]
    with pytest.raises(formats.FormatError, match="ends before it starts"):
        formats.read_transcript(document(utterances=wrong), "T.json")


def test_an_id_that_occurs_twice_is_refused() -> None:
    twice = [{"id": "u0", "speaker": "doctor", "start": 0, "end": 1, "text": "네"}] * 2
    with pytest.raises(formats.FormatError, match="occurs twice"):
        formats.read_transcript(document(utterances=twice), "T.json")


def test_the_refused_text_is_not_quoted() -> None:
    wrong = [{"id": "u0", "speaker": "김가람이 말함", "start": 0, "end": 1, "text": "네"}]
    with pytest.raises(formats.FormatError) as refused:
        formats.read_transcript(document(utterances=wrong), "T.json")
    assert "김가람" not in str(refused.value)


def test_an_unknown_field_is_ignored_with_a_warning() -> None:
    with pytest.warns(formats.UnknownFieldWarning, match="T.json: mood is unknown"):
        assert formats.read_transcript(document(mood="good"), "T.json") == TRANSCRIPT


def test_the_hash_of_a_transcript_does_not_depend_on_layout() -> None:
    compact = json.dumps(json.loads(formats.write_transcript(TRANSCRIPT)), ensure_ascii=True).encode()
    assert formats.transcript_sha256(formats.read_transcript(compact, "T.json")) == formats.transcript_sha256(
        TRANSCRIPT
    )


@pytest.mark.skipif(not SHARED_CASES.is_dir(), reason="the shared consultation cases are not beside the repository")
def test_every_shared_case_reads_as_a_transcript_with_its_encounter() -> None:
    for path in sorted(SHARED_CASES.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        transcript = formats.read_transcript(path.read_bytes(), path.name)
        encounter = formats.read_encounter(path.read_bytes(), path.name)
        assert [u.id for u in transcript.utterances] == [f"u{n}" for n in range(len(case["turns"]))]
        assert encounter is not None
        assert encounter.patient is not None
        assert encounter.patient.name == case["encounter"]["patient"]["name"]
