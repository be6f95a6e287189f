"""The file of an invented consultation, which cases for evaluation come in: read only."""

import unicodedata
from datetime import date, datetime
from typing import Any, Literal

from scribe.domain.encounter import Encounter, Patient, Setting, Sex
from scribe.domain.formats.documents import File
from scribe.domain.transcript import Speaker, Transcript, Utterance


class _CasePatient(File):
    name: str
    sex: Sex
    birth_date: date


class _CaseEncounter(File):
    start: datetime
    patient: _CasePatient


class _CaseTurn(File):
    speaker: Speaker
    start: float
    end: float
    text: str


class CaseFile(File):
    """consultation-case/1: a transcript with its encounter; ``gold`` is left to the evaluation."""

    format: Literal["consultation-case/1"]
    id: str
    language: str
    specialty: str | None = None
    setting: Setting = "outpatient"
    encounter: _CaseEncounter
    turns: tuple[_CaseTurn, ...]
    gold: dict[str, Any] | None = None

    def transcript(self) -> Transcript:
        """Turn n is utterance ``u<n>``."""
        return Transcript(
            language=self.language,
            utterances=tuple(
                Utterance(
                    id=f"u{index}",
                    speaker=turn.speaker,
                    start=turn.start,
                    end=turn.end,
                    text=unicodedata.normalize("NFC", turn.text),
                )
                for index, turn in enumerate(self.turns)
            ),
        )

    def value(self) -> Encounter:
        patient = self.encounter.patient
        return Encounter(
            id=self.id,
            start=self.encounter.start,
            setting=self.setting,
            specialty=self.specialty,
            patient=Patient(name=patient.name, sex=patient.sex, birth_date=patient.birth_date),
        )
