"""Small cases with gold, and drafters that give what they are told."""

import json
from collections.abc import Callable
from pathlib import Path

from evaluation.cases import CaseResult, measure
from evaluation.gold import Case, read_case
from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, Evidence
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Drafter, Note
from scribe.domain.statement import Section, Statement, Support
from scribe.domain.summary import PatientSummary, Readability
from scribe.domain.transcript import Transcript
from scribe.drafting.extract import Reading, Unread
from scribe.drafting.observer import Observer

COUGH = {"kind": "symptom", "name": "기침", "turns": [1], "status": "present"}
FEVER = {"kind": "symptom", "name": "발열", "turns": [0, 1], "status": "absent"}


def document(
    entries: list[dict[str, object]], traps: list[object] | None = None, name: str = "case"
) -> dict[str, object]:
    """A consultation-case/1 of two turns with that gold."""
    return {
        "format": "consultation-case/1",
        "id": name,
        "language": "ko",
        "specialty": "family_medicine",
        "setting": "outpatient",
        "encounter": {
            "start": "2026-09-14T10:20:00+09:00",
            "patient": {"name": "김가람", "sex": "female", "birth_date": "1981-04-02"},
        },
        "turns": [
            {"speaker": "doctor", "start": 0, "end": 1, "text": "열은요?"},
            {"speaker": "patient", "start": 2, "end": 3, "text": "기침만 나요."},
        ],
        "gold": {"chief_complaint": "기침", "entries": entries, "must_not_contain": traps or []},
    }


def case_of(entries: list[dict[str, object]], traps: list[object] | None = None, name: str = "case") -> Case:
    return read_case(json.dumps(document(entries, traps, name)).encode(), "case.json")


def put(folder: Path, *names: str) -> Path:
    """A folder with a case file for each name."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.json").write_text(json.dumps(document([COUGH, FEVER], name=name)), encoding="utf-8")
    return folder


def said(*utterances: str) -> tuple[Evidence, ...]:
    """The first two characters of those utterances."""
    return tuple(Evidence(utterance=utterance, start=0, end=2) for utterance in utterances or ("u1",))


def drafting(
    *entries: Entry, text: str = "기침 있음.", support: Support = "supported", unread: tuple[Unread, ...] = ()
) -> Callable[[Transcript, Encounter, Observer], Draft]:
    """A drafter that always drafts these entries and one statement."""

    def draft(transcript: Transcript, encounter: Encounter, observer: Observer) -> Draft:
        observer.reading(Reading(entries=entries, unread=unread))
        statement = Statement(id="s0", text=text, entries=(), evidence=said(), support=support)
        return Draft(
            encounter=encounter,
            transcript_sha256=transcript_sha256(transcript),
            drafter=Drafter(name="test", version="1"),
            entries=entries,
            note=Note(template="soap", sections=(Section(code="subjective", title="S", statements=(statement,)),)),
            patient_summary=PatientSummary(
                language="ko",
                sections=(),
                readability=Readability(sentences=2, mean_sentence_eojeol=6.5, longest_sentence_eojeol=8, grade=5.0),
            ),
        )

    return draft


def result_of(
    gold: list[dict[str, object]], *entries: Entry, traps: list[object] | None = None, name: str = "case"
) -> CaseResult:
    return measure(case_of(gold, traps, name), drafting(*entries))
