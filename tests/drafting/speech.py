"""Builds small consultations for the tests of the reader."""

from datetime import date, datetime

from scribe.domain.encounter import Encounter, Patient, Setting, Sex
from scribe.domain.entries import Entry
from scribe.domain.transcript import Speaker, Transcript, Utterance
from scribe.drafting.dialogue import Dialogue, read_dialogue
from scribe.drafting.extract import Reading, read
from scribe.drafting.terms import TermIndex

_SPEAKERS: dict[str, Speaker] = {"d": "doctor", "p": "patient", "g": "guardian", "n": "nurse", "u": "unknown"}


def talk(*lines: str) -> Transcript:
    """Lines such as "d 열은요?" (d, p, g, n or u for unknown) as a transcript u0, u1, …"""
    return Transcript(
        language="ko",
        utterances=tuple(
            Utterance(id=f"u{index}", speaker=_SPEAKERS[line[0]], start=index * 5.0, end=index * 5.0 + 4, text=line[2:])
            for index, line in enumerate(lines)
        ),
    )


def visit(*, sex: Sex = "female", birth: date = date(1980, 1, 1), setting: Setting = "outpatient") -> Encounter:
    return Encounter(
        id="visit",
        start=datetime.fromisoformat("2026-09-14T10:20:00+09:00"),
        setting=setting,
        patient=Patient(name="김가람", sex=sex, birth_date=birth),
    )


def reading(*lines: str, encounter: Encounter | None = None) -> Reading:
    return read(talk(*lines), encounter or visit())


def dialogue(*lines: str, encounter: Encounter | None = None) -> Dialogue:
    return read_dialogue(talk(*lines), encounter or visit(), TermIndex.load())


def named(found: Reading, kind: str) -> dict[str, Entry]:
    """The entries of a kind by name."""
    return {entry.name: entry for entry in found.entries if entry.kind == kind}


def states(found: Reading, kind: str = "symptom") -> dict[str, str]:
    """Names and states (status, certainty or action) of the entries of a kind."""
    words = ("status", "certainty", "action")
    return {
        entry.name: next((getattr(entry, word) for word in words if hasattr(entry, word)), "")
        for entry in found.entries
        if entry.kind == kind
    }
