"""What holds for the resources of every signed note, whatever is in it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import Any

from hypothesis import HealthCheck, given, settings

from hl7_bridge.fhir import FhirJson, TransactionBundle, readable
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.revision import amend, lookups
from hl7_bridge.site import Site
from hl7_bridge.validate import table_validator
from scribe.domain.note import SignedNote
from tests.hl7_bridge.note_strategies import signed_notes
from tests.hl7_bridge.test_revision import REFERENCES, Server

SITE = Site()
VALIDATOR = table_validator()
AI = '"AIAST"'

every_note = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def document_of(bundle: TransactionBundle) -> FhirJson:
    attachment = bundle.entry("note-document").resource.content["content"][1]["attachment"]
    content: FhirJson = json.loads(base64.b64decode(attachment["data"]))
    return content


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "reference" and isinstance(part, str):
                yield part
            else:
                yield from references_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from references_in(part)


@every_note
@given(signed_notes())
def test_the_resources_and_the_document_are_valid(note: SignedNote) -> None:
    bundle = map_note(note, SITE)
    for content in (bundle.as_json(), document_of(bundle)):
        assert [(issue.path, issue.constraint) for issue in VALIDATOR.validate(content).errors] == []


@every_note
@given(signed_notes())
def test_the_same_note_gives_the_same_bytes(note: SignedNote) -> None:
    assert json.dumps(map_note(note, SITE).as_json()) == json.dumps(map_note(note, SITE).as_json())


@every_note
@given(signed_notes())
def test_every_entry_is_a_resource_or_left_out_for_a_reason(note: SignedNote) -> None:
    bundle = map_note(note, SITE)
    made = {source for entry in bundle.entries for source in entry.sources}
    left = [omission.entry for omission in bundle.omissions]
    assert sorted(left) == sorted(entry.id for entry in note.content.entries if entry.id not in made)
    assert all(omission.reason for omission in bundle.omissions)


@every_note
@given(signed_notes())
def test_no_sentence_is_lost_from_the_documents(note: SignedNote) -> None:
    bundle = map_note(note, SITE)
    documents = [entry for entry in bundle.entries if entry.resource.type == "DocumentReference"]
    texts = [
        base64.b64decode(entry.resource.content["content"][0]["attachment"]["data"]).decode() for entry in documents
    ]
    narratives = json.dumps(document_of(bundle), ensure_ascii=False)
    for section in note.content.sections:
        for statement in section.statements:
            assert statement.text in texts[0]
            assert json.dumps(escape(readable(statement.text)), ensure_ascii=False)[1:-1].strip() in narratives
    for section in note.content.patient_summary.sections:
        for statement in section.statements:
            assert statement.text in texts[1]


@every_note
@given(signed_notes())
def test_the_document_leads_to_all_it_holds_and_holds_all_it_leads_to(note: SignedNote) -> None:
    document = document_of(map_note(note, SITE))
    members = {entry["fullUrl"]: entry["resource"] for entry in document["entry"]}
    reached = {document["entry"][0]["fullUrl"]}
    frontier = set(reached)
    while frontier:
        frontier = {ref for url in frontier for ref in references_in(members[url])} - reached
        reached |= frontier
    assert reached == set(members)


@every_note
@given(signed_notes())
def test_what_no_machine_drafted_bears_no_label(note: SignedNote) -> None:
    content = replace(note.content, drafter=None)
    bundle = map_note(replace(note, content=content), SITE)
    assert AI not in json.dumps(bundle.as_json())
    assert AI not in json.dumps(document_of(bundle))


@every_note
@given(signed_notes())
def test_an_amendment_that_changes_nothing_writes_documents_only(note: SignedNote) -> None:
    server = Server()
    server.take(note)
    assert {item.key for item in lookups(note, SITE)} >= set(server.held)
    second = replace(note, version=2, replaces=1, reason="정정", signed_at=note.signed_at + timedelta(hours=1))
    revision = amend(second, [note], SITE, REFERENCES, server.held)
    assert revision.conflicts == ()
    kinds = {entry.resource.type for entry in revision.bundle.entries}
    assert kinds <= {"DocumentReference", "Provenance"}
