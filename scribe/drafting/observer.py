"""Watching the stages of one drafting without touching them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from scribe.domain.entries import Entry
from scribe.domain.note import Note
from scribe.domain.summary import PatientSummary

if TYPE_CHECKING:
    from scribe.drafting.dialogue import Dialogue
    from scribe.drafting.extract.reading import Reading
    from scribe.drafting.verify.verdict import Verdict


class Observer(Protocol):
    """Told of every stage as it is done, with what the stage gave, in the order of the methods.

    A drafting is deterministic whatever its observer does with the values; what a method raises ends the drafting.
    """

    def dialogue(self, dialogue: "Dialogue") -> None:
        """The transcript is cleaned, cut into clauses, its questions tied to their answers."""

    def entries(self, kind: str, entries: Sequence[Entry]) -> None:
        """One kind is extracted: once for each extractor, ids still empty; a kind may have several extractors."""

    def reading(self, reading: "Reading") -> None:
        """All entries are numbered, with what was retracted, rejected, doubted and left unread."""

    def note(self, note: Note) -> None:
        """The note is composed, its statements not judged yet."""

    def patient_summary(self, summary: PatientSummary) -> None:
        """The patient summary is composed, its statements not judged yet."""

    def verdicts(self, verdicts: Sequence["Verdict"]) -> None:
        """The verifier has judged all statements of the note, and later of the summary: once for each."""


class Unobserved:
    """Nobody watches."""

    def dialogue(self, dialogue: "Dialogue") -> None:
        del dialogue

    def entries(self, kind: str, entries: Sequence[Entry]) -> None:
        del kind, entries

    def reading(self, reading: "Reading") -> None:
        del reading

    def note(self, note: Note) -> None:
        del note

    def patient_summary(self, summary: PatientSummary) -> None:
        del summary

    def verdicts(self, verdicts: Sequence["Verdict"]) -> None:
        del verdicts


UNOBSERVED: Observer = Unobserved()
