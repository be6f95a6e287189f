"""Consultation cases with the record that a careful physician would write: the gold to measure against."""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scribe.domain.encounter import Encounter
from scribe.domain.entries import KINDS
from scribe.domain.formats import FormatError, read_encounter, read_transcript
from scribe.domain.transcript import Transcript


class GoldDose(BaseModel):
    """An amount taken at once, in UCUM or as said."""

    model_config = ConfigDict(frozen=True)
    value: float
    unit: str


class GoldEntry(BaseModel):
    """One gold fact; ``turns`` are indexes of the turns that support it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    turns: tuple[int, ...] = Field(min_length=1)
    status: str | None = None
    category: str | None = None
    detail: str | None = None
    value: float | str | None = None
    unit: str | None = None
    code: str | None = None
    certainty: str | None = None
    action: str | None = None
    dose: GoldDose | str | None = None
    times_per_day: float | None = None
    duration_days: float | None = None
    in_days: float | None = None
    onset: str | None = None
    duration: str | None = None
    duration_iso: str | None = None
    severity: str | None = None
    quality: str | None = None
    location: str | None = None
    course: str | None = None
    relation: str | None = None
    reaction: str | None = None
    frequency: str | None = None
    adherence: str | None = None
    interpretation: str | None = None
    finding: str | None = None
    route: str | None = None
    to: str | None = None
    when: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def utterances(self) -> frozenset[str]:
        return frozenset(f"u{turn}" for turn in self.turns)


class Claim(BaseModel):
    """A wrong assertion that only a person or a model can look for."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    claim: str
    why: str = ""


class _Gold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    chief_complaint: str = ""
    entries: tuple[GoldEntry, ...]
    note: dict[str, str] = Field(default_factory=dict)
    must_not_contain: tuple[str | Claim, ...] = ()


class _CaseFile(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: Annotated[str, Field(pattern=r"^[\w-][\w.-]{0,99}$")]
    """It names the file of the draft."""
    gold: _Gold


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A consultation with its gold entries, the prose of its gold note by section, and what would be an error."""

    id: str
    transcript: Transcript
    encounter: Encounter
    chief_complaint: str
    entries: tuple[GoldEntry, ...]
    traps: tuple[str, ...]
    claims: tuple[str, ...]
    note: tuple[str, ...] = ()


def read_case(data: bytes, file: str) -> Case:
    """A consultation-case/1 file with gold; raises FormatError in one sentence."""
    transcript = read_transcript(data, file)
    encounter = read_encounter(data, file)
    if encounter is None:
        raise FormatError(file=file, field="format", problem="must be consultation-case/1")
    try:
        gold = _CaseFile.model_validate(json.loads(unicodedata.normalize("NFC", data.decode("utf-8")))).gold
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormatError(file=file, field=where, problem=f"is wrong: {first['msg'].lower()}") from None
    _check(gold, len(transcript.utterances), file)
    return Case(
        id=encounter.id,
        transcript=transcript,
        encounter=encounter,
        chief_complaint=gold.chief_complaint,
        entries=gold.entries,
        traps=tuple(item for item in gold.must_not_contain if isinstance(item, str)),
        claims=tuple(item.claim for item in gold.must_not_contain if isinstance(item, Claim)),
        note=tuple(text for text in gold.note.values() if text.strip()),
    )


def _check(gold: _Gold, turns: int, file: str) -> None:
    for index, entry in enumerate(gold.entries):
        if entry.kind not in KINDS:
            raise FormatError(file=file, field=f"gold.entries[{index}].kind", problem="is no entry kind")
        if any(not 0 <= turn < turns for turn in entry.turns):
            raise FormatError(file=file, field=f"gold.entries[{index}].turns", problem="names a turn that is not there")


def case_files(folder: Path) -> tuple[Path, ...]:
    """The case files of a folder (or the one file named), in order of their names."""
    return (folder,) if folder.is_file() else tuple(sorted(folder.glob("*.json")))
