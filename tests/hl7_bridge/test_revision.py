"""What an amendment and a retraction write, from what a server holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hl7_bridge.fhir import FhirJson, Held, Resource
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.revision import Retraction, Revision, amend, lookups, retract
from hl7_bridge.kr_core.withdrawal import is_withdrawn
from hl7_bridge.site import References, Site
from hl7_bridge.validate import validate_bundle
from scribe.domain.encounter import Identifier
from scribe.domain.entries import KCD8_SYSTEM, Code, Diagnosis, Dose, Entry, Evidence, Procedure
from scribe.domain.note import SignedNote

SITE = Site()
REFERENCES = References(
    patient="Patient/p", encounter="Encounter/e", practitioner="Practitioner/d", organization="Organization/o"
)
MakeNote = Callable[..., SignedNote]


class Server:
    """Holds resources by business identifier, as a FHIR server would: versions count up, ids are its own."""

    def __init__(self) -> None:
        self.held: dict[Identifier, Held] = {}

    def take(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Revision:
        wanted = {item.key for item in lookups(note, SITE, earlier)}
        revision = amend(note, earlier, SITE, REFERENCES, {k: v for k, v in self.held.items() if k in wanted})
        self.write(revision)
        return revision

    def write(self, revision: Revision) -> None:
        for entry in revision.bundle.entries:
            there = self.held.get(entry.key)
            if entry.method == "POST":
                assert there is None, "a conditional create of what is there"
                reference, version = f"{entry.resource.type}/{len(self.held) + 1}", 1
            else:
                assert there is not None
                assert (entry.reference, entry.if_match) == (there.reference, there.etag)
                reference, version = there.reference, int(str(there.etag)) + 1
            stored = entry.resource.content | {"id": reference.split("/")[1]}
            meta = stored.get("meta", {}) | {"versionId": str(version)}
            self.held[entry.key] = Held(
                reference=reference, resource=Resource(stored | {"meta": meta}), etag=str(version)
            )

    def of(self, kind: str) -> list[FhirJson]:
        return [held.resource.content for held in self.held.values() if held.resource.type == kind]


@pytest.fixture
def server() -> Server:
    return Server()


def next_version(note: SignedNote, entries: tuple[Entry, ...] | None = None) -> SignedNote:
    content = note.content if entries is None else replace(note.content, entries=entries)
    return replace(
        note,
        version=note.version + 1,
        replaces=note.version,
        reason="정정",
        content=content,
        signed_at=note.signed_at + timedelta(hours=3),
    )


def with_entry(note: SignedNote, entry_id: str, **changes: object) -> tuple[Entry, ...]:
    return tuple(
        replace(entry, **changes) if entry.id == entry_id else entry  # type: ignore[arg-type]
        for entry in note.content.entries
    )


def without(note: SignedNote, entry_id: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in note.content.entries if entry.id != entry_id)


def test_a_first_version_is_created_and_a_second_sending_writes_nothing(make_note: MakeNote, server: Server) -> None:
    note = make_note()
    assert len(server.take(note).bundle.entries) == len(map_note(note, SITE, REFERENCES).entries)
    again = server.take(note)
    assert again.bundle.entries == ()
    assert len(again.kept) == len(server.held)


def test_what_both_versions_state_is_left_alone(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    second = next_version(first)
    written = [(entry.role, entry.method) for entry in server.take(second, [first]).bundle.entries]
    assert written == [
        ("note-document", "POST"),
        ("patient-summary-document", "POST"),
        ("note-document", "PUT"),
        ("patient-summary-document", "PUT"),
        ("provenance", "POST"),
    ]
    assert {item["status"] for item in server.of("DocumentReference")} == {"current", "superseded"}
    assert len(server.of("Condition")) == 2
    assert server.take(second, [first]).bundle.entries == ()


def test_what_changed_is_updated_where_it_is(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    before = next(held for held in server.held.values() if held.resource.type == "MedicationRequest")
    second = next_version(first, with_entry(first, "e6", dose=Dose(value=500, unit="mg")))
    revision = server.take(second, [first])
    update = next(entry for entry in revision.bundle.entries if entry.resource.type == "MedicationRequest")
    assert (update.method, update.reference, update.if_match) == ("PUT", before.reference, "1")
    assert update.as_json()["request"] == {"method": "PUT", "url": before.reference, "ifMatch": "1"}
    (order,) = server.of("MedicationRequest")
    assert order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 500
    assert order["authoredOn"] == before.resource.content["authoredOn"]
    assert order["identifier"] == before.resource.content["identifier"]
    assert validate_bundle(revision.bundle).valid


def test_what_is_no_longer_stated_becomes_entered_in_error(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    second = next_version(first, tuple(entry for entry in first.content.entries if entry.id not in ("e2", "e7", "e5")))
    revision = server.take(second, [first])
    gone = [entry.resource.content for entry in revision.bundle.entries if is_withdrawn(entry.resource.content)]
    assert {content["resourceType"] for content in gone} == {"Condition", "AllergyIntolerance", "Observation"}
    assert not any("clinicalStatus" in content for content in gone)
    assert validate_bundle(revision.bundle).valid
    targets = {target["reference"] for target in revision.bundle.entry("provenance").resource.content["target"]}
    assert {f"{content['resourceType']}/{content['id']}" for content in gone} <= targets
    assert server.take(second, [first]).bundle.entries == ()


def test_what_is_new_is_created_under_its_own_version(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    stitched = Procedure(id="e20", name="봉합술", evidence=(Evidence(utterance="u2", start=0, end=3),), status="done")
    second = next_version(first, (*first.content.entries, stitched))
    revision = server.take(second, [first])
    created = next(entry for entry in revision.bundle.entries if entry.resource.type == "Procedure")
    assert created.method == "POST"
    assert ".v2." in created.key.value


def test_entries_that_were_numbered_anew_are_the_same_records(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    renamed = tuple(replace(entry, id=f"x{entry.id}") for entry in first.content.entries)
    sections = tuple(
        replace(
            section,
            statements=tuple(replace(s, entries=tuple(f"x{e}" for e in s.entries)) for s in section.statements),
        )
        for section in first.content.sections
    )
    second = next_version(first, renamed)
    second = replace(second, content=replace(second.content, sections=sections))
    server.take(second, [first])
    assert len(server.of("Condition")) == 2
    assert not any(is_withdrawn(held.resource.content) for held in server.held.values())


def test_a_corrected_code_updates_the_diagnosis_that_the_same_words_gave(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    corrected = Code(system=KCD8_SYSTEM, code="J20.9")
    second = next_version(first, with_entry(first, "e2", name="급성 기관지염", code=corrected))
    server.take(second, [first])
    diagnoses = [item for item in server.of("Condition") if item["code"].get("coding")]
    assert [item["code"]["coding"][0]["code"] for item in diagnoses] == ["J20.9"]
    assert not is_withdrawn(diagnoses[0])


def test_other_words_under_an_old_number_are_another_record(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    other = Diagnosis(
        id="e2",
        name="요통",
        evidence=(Evidence(utterance="u9", start=0, end=2),),
        certainty="confirmed",
        code=Code(system=KCD8_SYSTEM, code="M54.5"),
    )
    second = next_version(first, (*without(first, "e2"), other))
    server.take(second, [first])
    diagnoses = {
        item["code"]["text"]: is_withdrawn(item) for item in server.of("Condition") if "coding" in item["code"]
    }
    assert diagnoses == {"급성 상기도감염": True, "요통": False}


def test_a_version_that_never_arrived_is_passed_over(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    lost = next_version(first, without(first, "e7"))
    third = next_version(lost, with_entry(lost, "e6", duration_days=5))
    revision = server.take(third, [first, lost])
    assert revision.conflicts == ()
    assert [is_withdrawn(item) for item in server.of("AllergyIntolerance")] == [True]
    document = revision.bundle.entry("note-document").resource.content
    assert document["relatesTo"][0]["target"]["reference"] == next(
        held.reference for key, held in server.held.items() if key.value == f"{first.note_id}.v1.note-document"
    )


def test_what_somebody_changed_on_the_server_is_not_overwritten(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    key, held = next((k, v) for k, v in server.held.items() if v.resource.type == "MedicationRequest")
    changed = held.resource.content | {"status": "cancelled"}
    server.held[key] = replace(held, resource=Resource(changed), etag="2")
    second = next_version(first, with_entry(first, "e6", duration_days=7))
    revision = amend(second, [first], SITE, REFERENCES, server.held)
    assert [(item.key, item.reference) for item in revision.conflicts] == [(key, held.reference)]
    assert not any(entry.key == key for entry in revision.bundle.entries)
    forced = amend(second, [first], SITE, REFERENCES, server.held, overwrite=True)
    assert forced.conflicts == ()
    assert next(entry for entry in forced.bundle.entries if entry.key == key).if_match == "2"


def test_what_the_server_added_survives_an_update(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    key, held = next((k, v) for k, v in server.held.items() if v.resource.type == "MedicationRequest")
    added = {
        "priorPrescription": {"reference": "MedicationRequest/old"},
        "text": {"status": "generated", "div": "옛 글"},
    }
    server.held[key] = replace(held, resource=Resource(held.resource.content | added))
    second = next_version(first, with_entry(first, "e6", duration_days=7))
    update = next(e for e in amend(second, [first], SITE, REFERENCES, server.held).bundle.entries if e.key == key)
    assert update.resource.content["priorPrescription"] == added["priorPrescription"]
    assert "text" not in update.resource.content


def test_a_server_that_writes_instants_in_another_zone_has_changed_nothing(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    for key, held in list(server.held.items()):
        content = held.resource.content
        if "recordedDate" in content:
            assert content["recordedDate"] == "2026-09-14T10:40:00+09:00"
            moved = content | {"recordedDate": "2026-09-14T01:40:00Z"}
            server.held[key] = replace(held, resource=Resource(moved))
    assert server.take(next_version(first), [first]).conflicts == ()


def test_another_physicians_amendment_leaves_what_it_does_not_change(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    second = next_version(first)
    other = replace(REFERENCES, practitioner="Practitioner/other")
    revision = amend(second, [first], SITE, other, server.held)
    kinds = {entry.resource.type for entry in revision.bundle.entries}
    assert kinds == {"DocumentReference", "Provenance"}


def test_a_label_that_the_physician_removed_by_rewriting_is_removed_there(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    sections = tuple(
        replace(section, statements=tuple(replace(s, support="edited") for s in section.statements))
        for section in first.content.sections
    )
    second = next_version(first)
    second = replace(second, content=replace(second.content, sections=sections))
    server.take(second, [first])
    (order,) = server.of("MedicationRequest")
    assert "security" not in order["meta"]


def test_a_retraction_marks_everything_and_deletes_nothing(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    second = next_version(first, without(first, "e7"))
    server.take(second, [first])
    count = len(server.held)
    retraction = Retraction(at=datetime.fromisoformat("2026-09-15T09:00:00+09:00"), reason="다른 환자의 기록")
    revision = retract(second, [first], SITE, REFERENCES, server.held, retraction)
    assert validate_bundle(revision.bundle).valid
    server.write(revision)
    assert len(server.held) == count + 1
    lasting = [held.resource.content for held in server.held.values() if held.resource.type in ("Provenance", "Device")]
    marked = [held.resource.content for held in server.held.values() if held.resource.content not in lasting]
    assert all(is_withdrawn(content) for content in marked)
    assert all(
        "code" in content or "medicationCodeableConcept" in content or "content" in content for content in marked
    )
    statement = revision.bundle.entry("retraction").resource.content
    assert statement["activity"]["coding"][0]["code"] == "NULLIFY"
    assert statement["reason"] == [{"text": "다른 환자의 기록"}]
    assert {target["reference"] for target in statement["target"]} == {
        f"{content['resourceType']}/{content['id']}" for content in marked
    }
    assert retract(second, [first], SITE, REFERENCES, server.held, retraction).bundle.entries == ()


def test_a_retraction_for_patients_eyes_leaves_nothing_to_read(make_note: MakeNote, server: Server) -> None:
    first = make_note()
    server.take(first)
    retraction = Retraction(at=first.signed_at, reason="다른 환자의 기록")
    revision = retract(first, [], SITE, REFERENCES, server.held, retraction, strip=True)
    for entry in revision.bundle.entries:
        text = str(entry.resource.content)
        assert "기침" not in text
        assert "J06" not in text
        assert "118" not in text
    assert validate_bundle(revision.bundle).valid


def test_versions_of_different_notes_are_no_lineage(make_note: MakeNote) -> None:
    first, other = make_note(), make_note()
    with pytest.raises(ValueError, match="same note"):
        amend(next_version(first), [other], SITE, REFERENCES, {})
