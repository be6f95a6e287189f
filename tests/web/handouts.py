"""A signed consultation and the physician's page of its sheet, for the tests of hand-outs."""

import re
from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from scribe.domain.note import NoteContent
from scribe.signing import content_of, content_sha256, sign, unsettled
from scribe.store.records import NoteRecord

ENCOUNTER = "encounter-1"
BORN = "19660512"


def sign_it(clinic: Any, **changed: Any) -> NoteRecord:
    """Sign the one consultation as it was drafted, or amend it with another patient summary."""
    with clinic.store.begin(clinic.physician.actor) as work:
        latest = work.notes.latest(ENCOUNTER)
        encounter = work.encounters.get(ENCOUNTER).encounter
        content = latest.note.content if latest else content_of(work.drafts.latest(ENCOUNTER).draft)
        content = with_summary(content, **changed)
        signed = sign(
            content,
            encounter,
            shown_sha256=content_sha256(content, encounter),
            author=clinic.physician.practitioner,
            key=work.signing_keys.mine(),
            clock=clinic.store.clock,
            new_id=clinic.store.new_id,
            acknowledged=unsettled(content),
            amends=latest.note if latest else None,
            reason="약 용량 정정" if latest else None,
        )
        return work.notes.add(signed)


def with_summary(content: NoteContent, **changed: Any) -> NoteContent:
    return replace(content, patient_summary=replace(content.patient_summary, **changed))


def reworded(content: NoteContent, statement: str, text: str) -> Any:
    """The sections of the patient summary with one sentence in the physician's own words."""
    return tuple(
        replace(
            section,
            statements=tuple(
                replace(s, text=text, support="edited") if s.id == statement else s for s in section.statements
            ),
        )
        for section in content.patient_summary.sections
    )


class Handouts:
    """The physician's page of the patient's sheet, as its forms use it."""

    def __init__(self, client: TestClient, encounter_id: str = ENCOUNTER) -> None:
        self.client = client
        self.home = f"/encounters/{encounter_id}/summary"

    def page(self, language: str = "ko") -> str:
        answer = self.client.get(f"{self.home}/{language}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **fields: Any) -> Any:
        found = re.search(r'name="csrf" value="([^"]+)"', self.page())
        assert found is not None
        return self.client.post(f"{self.home}/{path}", data={"csrf": found[1], **fields})

    def shown_sha256(self, language: str = "ko") -> str:
        shown = re.search(r'name="sheet_sha256" value="([0-9a-f]{64})"', self.page(language))
        assert shown is not None
        return shown[1]

    def approve(self, language: str = "ko", **changed: str) -> Any:
        fields = {"sheet_sha256": self.shown_sha256(language), **changed}
        return self.post(f"{language}/approve", **fields)

    def share(self, language: str = "ko", days: str = "7") -> str:
        """The address of a new link, as a path."""
        found = re.search(r'id="patient-link" href="(/p/[^"]+)"', self.post(f"{language}/links", days=days).text)
        assert found is not None
        return found[1]
