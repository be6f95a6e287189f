"""Valid resources made of valid ones: one optional element more or another value, as the raw definitions allow it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.hl7_bridge.places import Definitions, Json, Spot, parents, spots, value_at

UCUM: Final = "http://unitsofmeasure.org"
ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
UNHEARD: Final = "https://hospital.kr/fhir/StructureDefinition/다른-프로파일"
KOREAN: Final = "한글 내용 – 검사 ①"
# Codes of systems whose lists no guide carries.
SAMPLES: Final = {
    "http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8": "J20.9",
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-procedure": "B1010",
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication": "645302132",
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-material": "B0001001",
    "http://www.hl7korea.or.kr/CodeSystem/kpis-kdcode": "8806429021522",
    "http://www.whocc.no/atc": "N02BE01",
    "http://loinc.org": "718-7",
    "http://snomed.info/sct": "386661006",
    "urn:ietf:bcp:13": "text/plain",
    "urn:ietf:bcp:47": "ko-KR",
    "urn:iso:std:iso:4217": "KRW",
    UCUM: "mg",
}
# Choices that only slices of what is around them restrict.
OF_SLICES: Final = frozenset({"Observation.component.value[x]"})
PRIMITIVES: Final[dict[str, Any]] = {
    "string": KOREAN,
    "markdown": f"**{KOREAN}**\n- 둘",
    "boolean": True,
    "integer": 3,
    "positiveInt": 1,
    "unsignedInt": 0,
    "decimal": 36.5,
    "date": "2026-01",
    "dateTime": "2026-01-10T09:10:00.123+09:00",
    "instant": "2026-01-10T09:10:00.5Z",
    "time": "09:10:00",
    "uri": "urn:oid:1.2.410",
    "url": "https://example.org/x",
    "canonical": "https://example.org/x|1.0",
    "oid": "urn:oid:1.2.410.1",
    "uuid": "urn:uuid:6f9bb1a7-3a5d-4c79-9d25-1d3f2e7c0001",
    "id": "a-1.B",
    "base64Binary": "7ZWc6riA",
    "code": "x",
}
DATATYPES: Final[dict[str, Json]] = {
    "Identifier": {"use": "official", "system": "urn:oid:1.2.410.1", "value": "가-1", "assigner": {"display": "병원"}},
    "HumanName": {"use": "official", "text": "김가람", "family": "김", "given": ["가람"]},
    "Address": {"use": "home", "text": "서울시", "line": ["1로 2"], "postalCode": "01234", "country": "KR"},
    "ContactPoint": {"system": "url", "value": "https://example.org", "use": "work"},
    "CodeableConcept": {"text": KOREAN},
    "Coding": {"system": "urn:oid:1.2.410.9", "code": "가", "display": "나"},
    "Quantity": {"value": 1.5, "comparator": "<", "unit": "mg", "system": UCUM, "code": "mg"},
    "SimpleQuantity": {"value": 1, "unit": "mg", "system": UCUM, "code": "mg"},
    "Age": {"value": 3, "unit": "세", "system": UCUM, "code": "a"},
    "Duration": {"value": 3, "unit": "일", "system": UCUM, "code": "d"},
    "Distance": {"value": 3, "unit": "m", "system": UCUM, "code": "m"},
    "Count": {"value": 3, "system": UCUM, "code": "1"},
    "Money": {"value": 1000, "currency": "KRW"},
    "Period": {"start": "2026-01-10", "end": "2026-01-10T10:00:00+09:00"},
    "Range": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}},
    "Ratio": {"numerator": {"value": 1, "unit": "mg"}, "denominator": {"value": 1, "unit": "mL"}},
    "Timing": {"event": ["2026-01-10"], "repeat": {"frequency": 3, "period": 1, "periodUnit": "d", "when": ["PC"]}},
    "Annotation": {"authorString": "이의사", "time": "2026-01-10", "text": KOREAN},
    "Attachment": {"contentType": "text/plain", "language": "ko-KR", "data": "7ZWc", "title": "글", "size": 3},
    "SampledData": {"origin": {"value": 0}, "period": 1, "dimensions": 1, "data": "1 2 E U L"},
    "Signature": {"type": [{"code": "x"}], "when": "2026-01-10T09:10:00Z", "who": {"display": "의사"}, "data": "AAAA"},
    "Meta": {"tag": [{"system": "urn:oid:1.2", "code": "x"}], "source": "urn:x"},
    "Narrative": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>글 &nbsp;</p></div>'},
    "Dosage": {"text": "하루 세 번", "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}},
    "Expression": {"language": "text/fhirpath", "expression": "true"},
    "UsageContext": {"code": {"system": "urn:x", "code": "x"}, "valueCodeableConcept": {"text": "x"}},
    "ContactDetail": {"name": "담당"},
    "Contributor": {"type": "author", "name": "이의사"},
    "DataRequirement": {"type": "Patient"},
    "ParameterDefinition": {"use": "in", "type": "Patient"},
    "RelatedArtifact": {"type": "citation", "display": "글"},
    "TriggerDefinition": {"type": "named-event", "name": "x"},
    "Extension": {"url": "https://example.org/확장", "valueString": KOREAN},
    "ProdCharacteristic": {"image": [{"contentType": "image/png", "data": "AAAA"}]},
    "ProductShelfLife": {
        "type": {"text": "x"},
        "period": {"value": 1, "unit": "d"},
    },
    "MarketingStatus": {
        "country": {"text": "KR"},
        "status": {"text": "x"},
        "dateRange": {"start": "2026"},
    },
    "Population": {"gender": {"text": "x"}},
    "SubstanceAmount": {"amountString": "x"},
    "ElementDefinition": {"path": "x"},
}


@dataclass(frozen=True, slots=True)
class Variant:
    what: str
    resource: Json


def valid_variants(resource: Json, known: Definitions) -> Iterator[Variant]:
    """Copies of a valid resource, each with one optional element more that its profile leaves free."""
    definition = known.profile(resource)
    elements = {element["id"]: element for element in definition["snapshot"]["element"]}
    top = Spot([resource], 0, str(resource["resourceType"]))
    for element in elements.values():
        if ":" in element["id"] or "." not in element["id"] or element["max"] == "0":
            continue
        name = element["path"].rsplit(".", maxsplit=1)[-1]
        if name in ("contained", "div", "modifierExtension", "implicitRules"):
            continue
        for spot in parents(top, element["id"], elements):
            yield from _with_element(resource, spot, name, element, elements, known)


def other_variants(resource: Json, known: Definitions) -> Iterator[Variant]:
    """Copies that say the same in another permitted way."""
    definition = known.profile(resource)
    elements = {element["id"]: element for element in definition["snapshot"]["element"]}
    top = Spot([resource], 0, str(resource["resourceType"]))
    for element in elements.values():
        if "." not in element["id"] or ":" in element["id"]:
            continue
        name = element["path"].rsplit(".", maxsplit=1)[-1]
        for spot in parents(top, element["id"], elements):
            yield from _absent(resource, spot, name, element)
            yield from _other_choice(resource, spot, name, element, elements, known)
    yield from _annotated(resource)
    yield from _embellished(resource)


def _absent(resource: Json, spot: Spot, name: str, element: Json) -> Iterator[Variant]:
    """A primitive without a code, whose value is said to be unknown."""
    kinds = [kind["code"] for kind in element.get("type", [])]
    fixed = any(key.startswith(("fixed", "pattern")) for key in element)
    # a code that tells a slice apart, or a quantity's unit, may not be absent
    bound = element.get("binding", {}).get("strength") == "required" or name in ("system", "code", "url", "reference")
    if kinds not in (["string"], ["date"], ["dateTime"], ["instant"], ["markdown"], ["decimal"], ["boolean"]):
        return
    if fixed or bound or not isinstance(spot.value.get(name), str | int | float) or "repeat" in spot.path:
        return
    result = copy.deepcopy(resource)
    at = value_at(result, spot.path)
    del at[name]
    at[f"_{name}"] = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
    yield Variant(f"{element['id']} absent", result)


def _other_choice(
    resource: Json, spot: Spot, name: str, element: Json, elements: dict[str, Json], known: Definitions
) -> Iterator[Variant]:
    """Another of the types that the profile permits; one that a slice asks more of is left out."""
    if not name.endswith("[x]") or any(key.startswith(f"{element['id']}:") for key in elements):
        return
    if any(key.startswith(f"{element['id']}.") for key in elements) or element["path"] in OF_SLICES:
        return
    stem = name.removesuffix("[x]")
    there = [key for key in spot.value if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()]
    for kind in element.get("type", []):
        value = value_of(element, kind, elements, known)
        if not there or value is None:
            continue
        result = copy.deepcopy(resource)
        at = value_at(result, spot.path)
        for key in there:
            del at[key]
        at[stem + kind["code"][0].upper() + kind["code"][1:]] = value
        yield Variant(f"{element['id']} as {kind['code']}", result)


def _annotated(resource: Json) -> Iterator[Variant]:
    """Every concept with a local code and Korean words, every object and primitive with an extension."""
    extension = copy.deepcopy(DATATYPES["Extension"])
    for spot in spots(resource):
        if "xtension" in spot.path or ".text.div" in spot.path or spot.key in ("resourceType", "div", "id"):
            continue
        result = copy.deepcopy(resource)
        at = value_at(result, spot.path)
        if isinstance(at, dict) and isinstance(at.get("coding"), list):
            at["coding"].append(
                {"system": "urn:oid:1.2.410.9", "code": "지역-1", "display": KOREAN, "userSelected": True}
            )
            at["text"] = KOREAN
        elif isinstance(at, dict) and "resourceType" not in at:
            at["id"] = "e-1"
            at.setdefault("extension", []).append(copy.deepcopy(extension))
        elif isinstance(spot.place, dict) and not isinstance(at, dict | list):
            holder = value_at(result, spot.path.rpartition(".")[0] if "." in spot.path else "")
            holder.setdefault(f"_{spot.key}", {}).setdefault("extension", []).append(copy.deepcopy(extension))
        else:
            continue
        yield Variant(f"{spot.path} annotated", result)


def _embellished(resource: Json) -> Iterator[Variant]:
    """A version, labels, a narrative, a contained resource that is used."""
    more: list[Json] = [
        {"language": "ko-KR"},
        {"implicitRules": "https://example.org/규칙"},
        {"text": copy.deepcopy(DATATYPES["Narrative"])},
        {
            "contained": [{"resourceType": "Basic", "id": "in", "code": {"text": "x"}}],
            "extension": [
                *resource.get("extension", []),
                {"url": "http://example.org/x", "valueReference": {"reference": "#in"}},
            ],
        },
        {"meta": resource.get("meta", {}) | {"versionId": "3", "lastUpdated": "2026-01-10T09:10:00.123Z"}},
        {"meta": resource.get("meta", {}) | {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}},
        {"meta": resource.get("meta", {}) | {"profile": [*resource.get("meta", {}).get("profile", []), UNHEARD]}},
    ]
    for parts in more:
        yield Variant(f"with {next(iter(parts))}", copy.deepcopy(resource) | copy.deepcopy(parts))


def _with_element(
    resource: Json, spot: Spot, name: str, element: Json, elements: dict[str, Json], known: Definitions
) -> Iterator[Variant]:
    stem = name.removesuffix("[x]")
    there = [key for key in spot.value if key == name or (name.endswith("[x]") and key.startswith(stem))]
    many = element.get("base", {}).get("max", element["max"]) == "*"
    if there and (not many or element["max"] != "*"):
        return
    for kind in element.get("type", [{"code": ""}]):
        value = value_of(element, kind, elements, known)
        if value is None:
            continue
        member = name if not name.endswith("[x]") else stem + kind["code"][0].upper() + kind["code"][1:]
        result = copy.deepcopy(resource)
        at = value_at(result, spot.path)
        if many:
            at.setdefault(member, []).append(value)
        else:
            at[member] = value
        yield Variant(f"{element['id']} {kind['code']}", result)


def value_of(element: Json, kind: Json, elements: dict[str, Json], known: Definitions) -> Any:
    """A value of that type which the element's binding and targets allow; None where none is to be had."""
    fixed = [part for key, part in element.items() if key.startswith(("fixed", "pattern"))]
    if fixed:
        return copy.deepcopy(fixed[0])
    code = "id" if "fhirpath" in kind["code"] else kind["code"]
    if code in ("BackboneElement", "Element", ""):
        return _backbone(element, elements, known)
    if code in ("Resource", "xhtml"):
        return None
    if code == "Reference":
        return _reference(kind, known)
    if code == "Extension" and kind.get("profile"):
        return None
    profile = [url.rsplit("/", maxsplit=1)[-1] for url in kind.get("profile", [])]
    bound = _bound(element, code, known)
    if bound is not None:
        return bound
    value: Any = copy.deepcopy(DATATYPES.get(profile[0] if profile else code) or PRIMITIVES.get(code))
    if isinstance(value, dict):
        _obey(value, element, elements, known)
    return value


def _obey(value: Json, element: Json, elements: dict[str, Json], known: Definitions) -> None:
    """Fill in what the profile requires under the element."""
    prefix = f"{element['id']}."
    for child in elements.values():
        tail = child["id"].removeprefix(prefix)
        if child["id"].startswith(prefix) and "." not in tail and ":" not in tail and child["min"] > 0:
            part = value_of(child, child["type"][0], elements, known)
            if part is not None and tail not in value:
                value[tail] = [part] if child["base"]["max"] == "*" else part


def _backbone(element: Json, elements: dict[str, Json], known: Definitions) -> Json | None:
    found: Json = {}
    prefix = f"{element['id']}."
    for child in elements.values():
        tail = child["id"].removeprefix(prefix)
        if not child["id"].startswith(prefix) or "." in tail or ":" in tail or child["min"] == 0:
            continue
        kind = child.get("type", [{"code": ""}])[0]
        part = value_of(child, kind, elements, known)
        if part is None:
            return None
        name = tail if not tail.endswith("[x]") else tail[:-3] + kind["code"][0].upper() + kind["code"][1:]
        found[name] = [part] if child.get("base", {}).get("max", child["max"]) == "*" else part
    return found or {"extension": [copy.deepcopy(DATATYPES["Extension"])]}


def _reference(kind: Json, known: Definitions) -> Json:
    targets = kind.get("targetProfile") or ["http://hl7.org/fhir/StructureDefinition/Patient"]
    names = [known.structures[url]["type"] for url in targets if url in known.structures]
    name = names[0] if names and names[0] != "Resource" else "Patient"
    if not names:
        name = targets[0].rsplit("/", maxsplit=1)[-1]
    return {"reference": f"{name}/a-1", "type": name, "display": KOREAN}


def _bound(element: Json, code: str, known: Definitions) -> Any:
    binding = element.get("binding", {})
    if binding.get("strength") not in ("required", "extensible") or not binding.get("valueSet"):
        return None
    found = sample(binding["valueSet"].split("|")[0], known)
    if found is None or code not in ("code", "Coding", "CodeableConcept", "Quantity", "string", "uri"):
        return None
    system, chosen = found
    if code in ("code", "string", "uri"):
        return chosen
    if code == "Quantity":
        return {"value": 1, "system": system, "code": chosen}
    coding = {"system": system, "code": chosen, "display": KOREAN}
    return coding if code == "Coding" else {"coding": [coding], "text": KOREAN}


def sample(value_set: str, known: Definitions) -> tuple[str, str] | None:
    """One (system, code) of a value set."""
    for include in known.value_sets.get(value_set, {}).get("compose", {}).get("include", []):
        system = include.get("system")
        if include.get("concept"):
            return system, include["concept"][0]["code"]
        if system in SAMPLES:
            return system, SAMPLES[system]
        concepts = known.code_systems.get(system, {}).get("concept", [])
        if concepts and "filter" not in include:
            return system, concepts[0]["code"]
        for inner in include.get("valueSet", []):
            found = sample(inner.split("|")[0], known)
            if found is not None:
                return found
    return None
