"""Whatever is in a file, validation ends soon and raises nothing; both validators say the same of it.

600 random mutations by default.  The full run::

    MUTATIONS=10000 pytest -s tests/hl7_bridge/test_validate_mutation.py
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hl7_bridge.kr_core import map_note
from hl7_bridge.site import Site
from hl7_bridge.validate import Validator, package_validator, read_and_validate, table_validator
from scribe.domain.note import SignedNote

COUNT = int(os.environ.get("MUTATIONS", "600"))
# CPU seconds for one small file, far above the milliseconds it takes: what matters is that it ends.
LONGEST = 3.0


def nested(depth: int, inner: object = "x") -> object:
    """A value inside as many lists and objects."""
    value: Any = inner
    for level in range(depth):
        value = [value] if level % 2 else {"extension": value}
    return value


def loop() -> dict[str, Any]:
    """A resource whose contained resources point at each other and at themselves."""
    inner = [
        {"resourceType": "Patient", "id": "a", "managingOrganization": {"reference": "#b"}},
        {"resourceType": "Organization", "id": "b", "name": "x", "partOf": {"reference": "#b"}},
        {"resourceType": "Basic", "id": "c", "code": {}, "subject": {"reference": "#c"}, "author": {"reference": "#a"}},
    ]  # fmt: skip
    return {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": "#c"}, "contained": inner}


def copied(value: Any) -> Any:
    """A copy; ``copy.deepcopy`` gives up where a resource is nested as deeply as these are."""
    return json.loads(json.dumps(value))


JUNK: tuple[object, ...] = (
    None, "", " ", 0, -1, 1.5, 10**30, 1e308, float("inf"), True, False, [], {}, [[]], [None], [None, None], {"": 1},
    {"a": 1}, {"_": None}, "#a", "#", "urn:uuid:1", "Patient/1", "Patient/", "x" * 100_000, "가" * 50_000,
    "a " * 50_000, "\x00", "\ud800", "🩺", "<div>",
    '<div xmlns="http://www.w3.org/1999/xhtml">&nbsp;</div>', "<" * 20_000,
    {"resourceType": "Bundle"}, {"resourceType": "Nonsense"}, {"resourceType": ["Patient"]}, [{"url": 1}],
    [{"url": {}}], [{"url": "x"}], [{"url": "http://x"}], {"reference": 5}, {"reference": "#gone"}, {"coding": 5},
    {"coding": [5]},
    {"coding": [{"code": 1}]}, {"coding": [{"system": [], "code": {}}]}, {"value": "1"}, {"start": 5, "end": {}},
    {"low": {"value": "x"}, "high": {"value": 1}}, {"extension": [{"url": "x", "extension": [{"url": "y"}]}]},
    nested(60), nested(180), loop(), [loop(), loop()], [{"item": index} for index in range(3000)],
)  # fmt: skip


def mutated(resource: object, chance: random.Random) -> object:
    """A copy with one to four places taken out, renamed, doubled, wrapped, swapped or filled with junk."""
    result: Any = copied(resource)
    for _ in range(chance.randint(1, 4)):
        spots = [(place, key) for place in containers(result) for key in keys(place)]
        if not spots:
            return chance.choice(JUNK)
        change(*chance.choice(spots), spots, chance)
    return result


def change(place: Any, key: Any, spots: list[tuple[Any, Any]], chance: random.Random) -> None:
    action = chance.random()
    if action < 0.2:
        del place[key]
    elif action < 0.3 and isinstance(place, dict):
        place[f"{chance.choice(('_', ''))}{key}{chance.choice(('', 'x', '[x]'))}"] = copied(chance.choice(JUNK))
    elif action < 0.4:
        place[key] = [place[key], copied(place[key])]
    elif action < 0.5:
        place[key] = {chance.choice(("extension", "value", "contained", "resource")): place[key]}
    elif action < 0.6:
        other, there = chance.choice(spots)
        place[key] = copied(other[there])
    else:
        place[key] = copied(chance.choice(JUNK))


def containers(value: object) -> Iterator[Any]:
    """Every list and object in a value."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, dict | list):
            yield part
            left += part.values() if isinstance(part, dict) else part


def keys(place: Any) -> list[Any]:
    return list(place) if isinstance(place, dict) else list(range(min(len(place), 20)))


@pytest.fixture(scope="module")
def official(package: Path) -> Validator:
    return package_validator(package)


def test_no_mutation_makes_the_validator_raise_and_both_modes_agree(
    conformance: Path, official: Validator, make_note: Callable[..., SignedNote]
) -> None:
    chance = random.Random(20260914)
    resources = [json.loads(file.read_text("utf-8")) for file in sorted(conformance.glob("*alid/*.json"))]
    resources += [map_note(make_note(), Site()).as_json(), loop()]
    slowest, invalid, started = 0.0, 0, time.process_time()
    for seed in range(COUNT):
        resource = mutated(chance.choice(resources), chance)
        before = time.process_time()
        report = table_validator().validate(resource)
        slowest = max(slowest, time.process_time() - before)
        invalid += not report.valid
        assert report.issues == official.validate(resource).issues, seed
        assert all(issue.path and issue.constraint and issue.message for issue in report.issues), seed
    spent = time.process_time() - started
    sys.stdout.write(f"{COUNT} mutations, {invalid} invalid, slowest {slowest:.3f} s of CPU, {spent:.0f} s in all\n")
    assert slowest < LONGEST
    assert invalid > COUNT * 0.8


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "Bundle", "type": "collection", "entry": [{}] * 20_000},
        {"resourceType": "Patient", "name": [{"text": ""}] * 20_000},
        {"resourceType": "Patient", "identifier": [{"value": "x"}] * 20_000},
        {"resourceType": "Basic", "code": {"text": "x"}, "contained": [{"resourceType": "Basic", "id": "a"}] * 5_000},
        {"resourceType": "Basic", "code": {"text": "x" * 5_000_000}},
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {"fullUrl": f"urn:uuid:{index}", "resource": {"resourceType": "Basic", "code": {"text": "x"}}}
                for index in range(2_000)
            ],
        },
        {
            "resourceType": "Basic",
            "code": {"text": "x"},
            "contained": [
                {"resourceType": "Basic", "id": f"a{index}", "code": {"text": "x"}} for index in range(2_000)
            ],
            "extension": [
                {"url": "http://x.kr", "valueReference": {"reference": f"#a{index}"}} for index in range(2_000)
            ],
        },
    ],
    ids=["no entries", "empty names", "identifiers", "contained", "long text", "entries", "references"],
)
def test_a_large_resource_takes_time_in_proportion(content: dict[str, Any]) -> None:
    before = time.process_time()
    table_validator().validate(content)
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    ("start", "end"), [('{"url":"x","extension":[', "]}"), ('{"resourceType":"Basic","contained":[', "]}"), ("[", "]")]
)
def test_no_depth_makes_the_validator_raise(start: str, end: str) -> None:
    for depth in range(30, 900, 29):
        data = '{"resourceType":"Basic","extension":[' + start * depth + end * depth + "]}"
        assert not read_and_validate(data.encode(), table_validator()).valid, depth


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   \n", b"{", b"[1, 2", b"\xff\xfe", b"nul", b"NaN", b'{"a": 1e999}', b'"text"', b"null",
        b'<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>', b"[" * 200_000, b'{"a":' * 200_000,
        b'{"resourceType": "Patient", "id": "a", "id": "b"}', "자원".encode("cp949"), b" " * (21 * 1024 * 1024),
    ],
)  # fmt: skip
def test_a_file_that_is_no_resource_gives_one_finding(data: bytes) -> None:
    report = read_and_validate(data, table_validator())
    assert [(issue.severity, issue.path) for issue in report.issues] == [("error", "$")]
