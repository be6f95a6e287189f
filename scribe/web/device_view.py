"""What an edge device shows of a consultation: enough to choose the right one, no more."""

from scribe.domain.encounter import Encounter
from scribe.domain.uplink import OpenEncounter
from scribe.store.records import CandidateRecord
from scribe.web.labels import SETTINGS, patient_bar


def open_encounter(record: CandidateRecord) -> OpenEncounter:
    encounter = record.encounter.encounter
    return OpenEncounter(
        id=record.encounter.id,
        start=encounter.start,
        label=label(encounter),
        setting=SETTINGS[encounter.setting],
        consent=record.consent,
        recorded=record.encounter.transcript_version is not None,
    )


def label(encounter: Encounter) -> str:
    """``김○○ 여 54세``: the patient as the desk beside the door may show them."""
    bar = patient_bar(encounter)
    if encounter.patient is None:
        return bar.name
    return f"{masked(bar.name)} {bar.sex_and_age}".strip()


def masked(name: str) -> str:
    """The first character, and a circle for each of the others, three at most."""
    bare = name.replace(" ", "")
    return bare[:1] + "○" * min(max(len(bare) - 1, 1), 3)
