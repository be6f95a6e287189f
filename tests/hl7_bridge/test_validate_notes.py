"""Whatever a signed note holds, what the bridge makes of it conforms."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hl7_bridge.kr_core import map_note
from hl7_bridge.site import Site
from hl7_bridge.validate import Validator, package_validator, validate_bundle
from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    MedicationOrder,
    Symptom,
    Vital,
)
from scribe.domain.note import SignedNote

EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)


@pytest.fixture(scope="module")
def official(package: Path) -> Validator:
    return package_validator(package)


# any text at all, control characters included, that has something to read
NAMES = st.text(st.characters(codec="utf-8"), max_size=12).map(lambda text: f"약{text}")
CODES = st.none() | st.builds(
    Code,
    system=st.sampled_from([KCD8_SYSTEM, ATC_SYSTEM, "http://snomed.info/sct"]),
    code=st.from_regex(r"[A-Z][0-9]{2}(\.?[0-9]{1,2})?", fullmatch=True),
    display=st.none() | NAMES,
)
COMMON = {"evidence": st.just(EVIDENCE), "name": NAMES, "code": CODES}
DOSES = st.builds(Dose, value=st.floats(-1, 1e6), unit=st.sampled_from(["mg", "정", "포", "mL", "U", "mg/m2", ""]))
SIGNS = ["수축기혈압", "이완기혈압", "체온", "맥박", "산소포화도", "체중", "키", "좌측 팔 수축기혈압", "혈당"]
PRESENCE = st.sampled_from(["present", "absent"])
ENTRIES = st.one_of(
    st.builds(
        Symptom,
        id=st.just(""),
        status=st.sampled_from(["present", "absent", "resolved"]),
        duration_iso=st.none() | st.from_regex(r"P[0-9]{1,5}[DWMY]|PT3H", fullmatch=True),
        **COMMON,
    ),
    st.builds(Diagnosis, id=st.just(""), certainty=st.sampled_from(["confirmed", "suspected", "ruled_out"]), **COMMON),
    st.builds(
        Vital,
        id=st.just(""),
        evidence=COMMON["evidence"],
        name=st.sampled_from(SIGNS),
        value=st.floats(allow_nan=True),
        unit=st.sampled_from(["mm[Hg]", "Cel", "/min", "%", "kg", "cm", ""]),
    ),
    st.builds(
        MedicationOrder,
        id=st.just(""),
        action=st.sampled_from(["start", "continue", "change", "stop"]),
        dose=st.none() | DOSES,
        frequency=st.none() | NAMES,
        times_per_day=st.none() | st.floats(-1, 24),
        duration_days=st.none() | st.integers(-5, 400),
        route=st.none() | st.sampled_from(["oral", "intravenous", "귀에"]),
        **COMMON,
    ),
    st.builds(Allergy, id=st.just(""), status=PRESENCE, reaction=st.none() | NAMES, **COMMON),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(ENTRIES, max_size=6))
def test_every_signed_note_maps_to_a_conformant_bundle(
    make_note: Callable[..., SignedNote], official: Validator, told: list[Entry]
) -> None:

    entries = tuple(replace(entry, id=f"e{index}") for index, entry in enumerate(told))
    bundle = map_note(make_note(entries=entries), Site())
    assert validate_bundle(bundle).errors == ()
    assert validate_bundle(bundle, official).errors == ()
