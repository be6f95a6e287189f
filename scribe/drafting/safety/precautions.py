"""Return precautions that the diagnosis or the setting asks for and that nobody gave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Diagnosis, Entry, FollowUp, Referral, ReturnPrecaution, Symptom
from scribe.domain.note import Flag
from scribe.drafting.tables import listed, read_cells

_COLUMNS = ("name", "codes", "below_years", "source")
_WARDS = ("중환자실", "병동", "입원")


@dataclass(frozen=True, slots=True)
class PrecautionRule:
    """Diagnoses (KCD-8 patterns) whose patients are told when to come back; only below an age where one is given."""

    name: str
    codes: tuple[str, ...]
    below_years: int | None
    source: str

    def covers(self, diagnosis: Diagnosis, years: int | None) -> bool:
        if self.below_years is not None and (years is None or years >= self.below_years):
            return False
        code = diagnosis.code.code if diagnosis.code else ""
        return bool(code) and any(fnmatchcase(code, pattern) for pattern in self.codes)


@cache
def precaution_rules() -> tuple[PrecautionRule, ...]:
    """The table ``return_precautions.tsv``.  Raises LexiconError."""
    return tuple(
        PrecautionRule(name, listed(codes), int(years) if years else None, source)
        for _, (name, codes, years, source) in read_cells("return_precautions", _COLUMNS)
    )


def precaution_flags(entries: Sequence[Entry], encounter: Encounter) -> Iterator[Flag]:
    """One question at most, and none for those who stay in the hospital."""
    if any(isinstance(entry, ReturnPrecaution) for entry in entries) or _stays(entries, encounter):
        return
    years = encounter.patient.age_on(encounter.start.date()) if encounter.patient else None
    diagnoses = [entry for entry in entries if isinstance(entry, Diagnosis) and entry.certainty != "ruled_out"]
    warranted = [entry for entry in diagnoses if any(rule.covers(entry, years) for rule in precaution_rules())]
    if warranted:
        named = ", ".join(dict.fromkeys(entry.name for entry in warranted))
        text = f"확인 필요: {named}인데 어떤 때 바로 다시 와야 하는지 설명하셨습니까?"
        yield Flag(kind="missing", rule="return_precaution", text=text, entries=tuple(entry.id for entry in warranted))
    elif encounter.setting == "emergency" and entries:
        present = [entry for entry in entries if isinstance(entry, Symptom) and entry.status == "present"]
        text = "확인 필요: 응급실에서 귀가한다면, 어떤 때 다시 와야 하는지 설명하셨습니까?"
        yield Flag(kind="missing", rule="return_precaution", text=text, entries=tuple(e.id for e in present[:3]))


def _stays(entries: Sequence[Entry], encounter: Encounter) -> bool:
    if encounter.setting == "inpatient_round":
        return True
    named = [entry.name + entry.to for entry in entries if isinstance(entry, Referral)]
    named += [entry.name + entry.when for entry in entries if isinstance(entry, FollowUp)]
    return any(word in name for name in named for word in _WARDS)
