from collections.abc import Sequence

from scribe.domain.entries import Entry
from scribe.domain.note import Note
from scribe.domain.summary import PatientSummary
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.draft import draft
from scribe.drafting.extract import Reading
from scribe.drafting.verify import Verdict
from tests.drafting.speech import talk, visit

SAID = talk("d 열은요?", "p 열은 없고 기침이 나요.", "d 코데인 이십 밀리 하루 세 번 삼 일치 드릴게요.")


class Watching:
    """Writes down what it is told, in order."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.found: list[str] = []
        self.turns = 0
        self.judged: list[str] = []

    def dialogue(self, dialogue: Dialogue) -> None:
        self.stages.append("dialogue")
        self.turns = len(dialogue.turns)

    def entries(self, kind: str, entries: Sequence[Entry]) -> None:
        if self.stages[-1] != "entries":
            self.stages.append("entries")
        assert all(entry.kind == kind for entry in entries)
        self.found += [entry.name for entry in entries]

    def reading(self, reading: Reading) -> None:
        self.stages.append("reading")
        assert sorted(entry.name for entry in reading.entries) == sorted(self.found)

    def note(self, note: Note) -> None:
        self.stages.append("note")

    def patient_summary(self, summary: PatientSummary) -> None:
        self.stages.append("patient_summary")

    def verdicts(self, verdicts: Sequence[Verdict]) -> None:
        self.stages.append("verdicts")
        self.judged += [verdict.statement for verdict in verdicts]


def test_every_stage_is_told_once_and_in_order() -> None:
    watching = Watching()
    made = draft(SAID, visit(), observer=watching)
    assert watching.stages == ["dialogue", "entries", "reading", "note", "verdicts", "patient_summary", "verdicts"]
    assert watching.turns == 3
    assert len(watching.found) == len(made.entries) > 0
    sections = (*made.note.sections, *made.patient_summary.sections)
    assert watching.judged == [statement.id for section in sections for statement in section.statements]


def test_watching_changes_nothing() -> None:
    assert draft(SAID, visit(), observer=Watching()) == draft(SAID, visit())
