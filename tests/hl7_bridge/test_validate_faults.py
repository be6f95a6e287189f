"""What the validator finds and what it lets pass: the corpus, single faults of every class, valid variants.

The faults and variants are made from the raw definitions (``single_faults``, ``valid_variants``).  By default every
seventeenth is judged; all of them, with a table by class, by::

    EVERY_FAULT=1 pytest -s tests/hl7_bridge/test_validate_faults.py
"""

import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest

from hl7_bridge.kr_core import map_note
from hl7_bridge.site import Site
from hl7_bridge.validate import Report, Validator, package_validator, table_validator
from scribe.domain.note import SignedNote
from tests.hl7_bridge.places import Definitions, Json
from tests.hl7_bridge.single_faults import Fault, single_faults
from tests.hl7_bridge.valid_variants import other_variants, valid_variants

CORE = Path(__file__).resolve().parents[2] / "../shared/krcore/r4-core-min.json.gz"
EVERY = bool(os.environ.get("EVERY_FAULT"))
STRIDE = 1 if EVERY else 17
# Rules that tie an optional element to others: adding it alone breaks them, and says so.
TIED = {
    "cmp-1", "cmp-2", "con-1", "con-2", "con-4", "imm-1", "obs-3", "obs-6", "obs-7", "org-2", "org-3", "pat-1",
    "tim-1", "tim-7", "tim-8", "tim-9", "tim-10", "dom-3",
}  # fmt: skip


@pytest.fixture(scope="module")
def known(package: Path) -> Definitions:
    if not CORE.exists():
        pytest.skip("the trimmed R4 definitions are not beside the repository")
    return Definitions.read(package, CORE)


@pytest.fixture(scope="module")
def valid(conformance: Path, known: Definitions) -> list[Json]:
    """The valid files of the corpus and the examples of the guide."""
    files = sorted(conformance.glob("valid/*.json"))
    return [json.loads(file.read_text("utf-8")) for file in files] + list(known.examples)


@pytest.fixture(scope="module", params=["table", "package"])
def validator(request: pytest.FixtureRequest, package: Path) -> Validator:
    return table_validator() if request.param == "table" else package_validator(package)


def test_the_corpus_is_judged_as_its_manifest_says(validator: Validator, conformance: Path) -> None:
    manifest = json.loads((conformance / "manifest.json").read_text("utf-8"))

    def judged(item: Json) -> Report:
        return validator.validate(json.loads((conformance / item["file"]).read_text("utf-8")), item.get("profile"))

    assert {item["file"]: judged(item).errors for item in manifest["valid"] if not judged(item).valid} == {}
    for item in manifest["invalid"]:
        report = judged(item)
        assert item["expect"] in {issue.severity for issue in report.issues}, item
        assert report.valid == (item["expect"] == "warning"), item


PLACES: dict[str, tuple[str, str]] = {
    "B01": ("component[0].valueQuantity.code", "component:Systolic.value[x].code fixed"),
    "B02": ("valueQuantity.code", "fixed"),
    "B03": ("Observation", "obs-6"),
    "B06": ("status", "1.."),
    "B07": ("Observation", "krcore-obs-01"),
    "C01": ("category:CC", "1.."),
    "C03": ("code.coding[0].system", "1.."),
    "E01": ("class", "required v3-ActEncounterCode"),
    "E03": ("extension[0].valueCodeableConcept", "krcore-insurance-types-codes"),
    "E04": ("extension[0].valueString", "type"),
    "E05": ("status", "encounter-status"),
    "E06": ("period", "per-1"),
    "E07": ("subject", "Reference"),
    "G02": ("extension:krcore-testRequestDateTime", "1.."),
    "M02": ("dosageInstruction", "1.."),
    "M03": ("doseAndRate", "1.."),
    "M05": ("periodUnit", "units-of-time"),
    "M08": ("code", "1.."),
    "M10": ("medication[x]", "1.."),
    "N01": ("ingredient", "1.."),
    "N02": ("code.coding[0].display", "1.."),
    "O01": ("identifier:HIRA", "1.."),
    "O03": ("name", "1.."),
    "P02": ("identifier[0].system", "1.."),
    "P06": ("birthDate", "date"),
    "P07": ("telecom[0].value", "1.."),
    "P10": ("gender", "R4"),
    "R01": ("code:MDRole", "1.."),
    "R02": ("specialty[0]", "krcore-medicaldepartment-codes"),
    "T01": ("content", "1.."),
    "T03": ("section[0]", "cmp-1"),
    "T04": ("agent", "1.."),
    "X02": ("recordedDate", "1.."),
    "X05": ("Condition", "con-4"),
    "X06": ("category:EnctrDiag", "..1"),
}


def test_a_fault_of_the_corpus_is_named_at_its_place(validator: Validator, conformance: Path) -> None:
    manifest = json.loads((conformance / "manifest.json").read_text("utf-8"))
    for item in manifest["invalid"]:
        report = validator.validate(json.loads((conformance / item["file"]).read_text("utf-8")))
        path, constraint = PLACES[item["id"]]
        found = [(issue.path, issue.constraint) for issue in report.issues]
        assert any(at.endswith(path) and constraint in rule for at, rule in found), (item["id"], found)


def test_single_faults_are_found_at_their_place(
    validator: Validator, valid: list[Json], known: Definitions, make_note: Callable[..., SignedNote]
) -> None:
    total: Counter[str] = Counter()
    missed: dict[str, list[Any]] = defaultdict(list)
    ours = [entry["resource"] for entry in map_note(make_note(), Site()).as_json()["entry"]]
    for resource in [*valid, *ours]:
        for fault in islice(faults(resource, known), None, None, STRIDE):
            total[fault.kind] += 1
            report = validator.validate(fault.resource)
            if report.valid or not any(is_near(issue.path, fault.near) for issue in report.errors):
                missed[fault.kind].append((fault.what, fault.near, [issue.path for issue in report.errors]))
    if EVERY:
        for kind, count in sorted(total.items()):
            sys.stdout.write(f"{kind:28}{count - len(missed[kind]):6} of {count}\n")
        sys.stdout.write(f"{'all':28}{total.total() - sum(map(len, missed.values())):6} of {total.total()}\n")
    assert {kind: found[:3] for kind, found in missed.items() if found} == {}
    assert len(total) >= (38 if EVERY else 30)
    assert total.total() > 8000 / STRIDE


def test_valid_variants_raise_no_alarm(validator: Validator, valid: list[Json], known: Definitions) -> None:
    judged, alarms = 0, []
    for resource in valid:
        variants = chain(valid_variants(resource, known), other_variants(resource, known))
        for variant in islice(variants, None, None, STRIDE):
            judged += 1
            alarms += [
                (variant.what, issue.path, issue.constraint)
                for issue in validator.validate(variant.resource).errors
                if issue.constraint not in TIED and not is_explained(issue.constraint)
            ]
    if EVERY:
        sys.stdout.write(f"{judged} valid variants, {len(alarms)} false alarms\n")
    assert alarms == []
    assert judged > 3000 / STRIDE


def is_explained(constraint: str) -> bool:
    """A second value that a profile asks something of, whichever it is: a category from its set, a licence number."""
    return "category required observation-category" in constraint or "identifier:MOHW 1.." in constraint


def faults(resource: Json, known: Definitions) -> Iterator[Fault]:
    if resource["resourceType"] not in ("Binary",):
        yield from single_faults(resource, known)


def is_near(path: str, near: str) -> bool:
    """At the place, under it, or at what holds it; FHIRPath has no ``_name``, and a wrong type has no path."""
    found, wanted = (re.sub(r":[\w-]+|\[x\]|\._", lambda m: "." if m[0] == "._" else "", at) for at in (path, near))
    return path == "$" or found.startswith(wanted) or wanted.rpartition(".")[0] == found
