"""The checks of single values: bindings, references, fixed values, types, and R4's own structural rules."""

import re
from collections.abc import Iterator
from typing import Any, Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate import messages
from hl7_bridge.validate.coding import codings
from hl7_bridge.validate.elements import HL7_STRUCTURE, Binding, Element, Profile, TypeRef
from hl7_bridge.validate.findings import Finding, Item, Overlay
from hl7_bridge.validate.issue import Issue, Severity
from hl7_bridge.validate.knowledge import Knowledge
from hl7_bridge.validate.messages import Text
from hl7_bridge.validate.references import Surroundings
from hl7_bridge.validate.slicing import matches_pattern

_CODED: Final = frozenset({"code", "string", "uri", "Coding", "CodeableConcept", "Quantity", "SimpleQuantity"})
_RESOURCE_START: Final = re.compile(r"(?<=\.)(?=(?:resource|data|contained\[\d+\])\.)")
_INDEX: Final = re.compile(r"\[\d+\]")
_SAME: Final = {"SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity"}
_DATA_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
# KR Core's own categories stand outside R4's extensible condition-category by design.
_ALLOWED_OUTSIDE: Final = frozenset(
    {"http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types"}
)


def element_checks(
    item: Item, element: Element, type_name: str, around: Surroundings, known: Knowledge
) -> Iterator[Finding]:
    """What base R4 asks of a value: binding, reference target, the reference's own form."""
    rule = f"R4 {type_name}.{element.path}"
    if element.binding is not None:
        yield from _bound(item, element.binding, rule, known)
    if item.type.code == "Reference":
        yield from _reference(item, (item.type,), rule, around, known)


def profile_checks(item: Item, overlay: Overlay, around: Surroundings, known: Knowledge) -> Iterator[Finding]:
    """What one profile node asks of a value."""
    node = overlay.node
    label = f"{overlay.owner} {node.id}"
    codes = {_SAME.get(ref.code, ref.code) for ref in node.types}
    if codes and item.type.code and _SAME.get(item.type.code, item.type.code) not in codes:
        yield _error(item.path, "type", f"{label} type", messages.profile_type(sorted(codes)))
        return
    if node.fixed is not None and item.value is not None and item.value != node.fixed:
        yield _error(item.path, "fixed", f"{label} fixed", messages.fixed(node.fixed))
    if node.pattern is not None and item.value is not None and not matches_pattern(item.value, node.pattern):
        yield _error(item.path, "fixed", f"{label} pattern", messages.fixed(node.pattern))
    if node.binding is not None:
        yield from _bound(item, node.binding, label, known)
    targets = tuple(ref for ref in node.types if ref.code == "Reference")
    if item.type.code == "Reference" and targets:
        yield from _reference(item, targets, label, around, known)


def extension_checks(item: Item) -> Iterator[Finding]:
    """ext-1, and the url that tells extensions apart."""
    values = [name for name in item.value if name.removeprefix("_").startswith("value")]
    if bool(values) == bool(item.value.get("extension")):
        yield _error(item.path, "rule ext-1", "ext-1", messages.rule("ext-1"))


def context_checks(item: Item, profile: Profile, parent_type: str, around: Surroundings) -> Iterator[Finding]:
    """Whether a known extension stands where its definition allows it."""
    inside = _RESOURCE_START.split(item.path)[-1].rpartition(".extension")[0]
    place = _INDEX.sub("", f"{around.resource.get('resourceType')}.{inside.partition('.')[2]}").rstrip(".")
    if profile.contexts and not {place, parent_type}.intersection(profile.contexts):
        message = messages.wrong_context(profile.contexts)
        yield _error(item.path, "context", f"{profile.id} context", message)


def resource_checks(content: FhirJson, where: str) -> Iterator[Finding]:
    """dom-2 to dom-5: what may be contained, and how."""
    contained = content.get("contained")
    used = set(_references(content))
    for index, inner in enumerate(contained if isinstance(contained, list) else []):
        if not isinstance(inner, dict):
            continue
        path = f"{where}.contained[{index}]"
        meta = inner.get("meta") if isinstance(inner.get("meta"), dict) else {}
        if "contained" in inner:
            yield _error(path, "rule dom-2", "dom-2", messages.rule("dom-2"))
        if f"#{inner.get('id')}" not in used and "#" not in set(_references(inner)):
            yield _error(path, "rule dom-3", "dom-3", messages.rule("dom-3"))
        if meta and ("versionId" in meta or "lastUpdated" in meta):
            yield _error(path, "rule dom-4", "dom-4", messages.rule("dom-4"))
        if meta and "security" in meta:
            yield _error(path, "rule dom-5", "dom-5", messages.rule("dom-5"))


def _bound(item: Item, binding: Binding, label: str, known: Knowledge) -> Iterator[Finding]:
    value_set = known.terminology.get(binding.value_set)
    if value_set is None or item.value is None or (item.type.code and item.type.code not in _CODED):
        return
    pairs = codings(item.value, item.type.code)
    if any(value_set.contains(system, code) for system, code in pairs):
        return
    name = binding.value_set.rsplit("/", maxsplit=1)[-1]
    constraint = f"{label} {binding.strength} {name}"
    if binding.strength == "required":
        yield _error(item.path, f"binding {name}", constraint, messages.required_binding(name))
    elif pairs and not any(system == _DATA_ABSENT or system in _ALLOWED_OUTSIDE for system, _ in pairs):
        yield _finding("warning", item.path, f"binding {name}", constraint, messages.extensible_binding(name))


def _reference(
    item: Item, targets: tuple[TypeRef, ...], label: str, around: Surroundings, known: Knowledge
) -> Iterator[Finding]:
    reference = item.value.get("reference") if isinstance(item.value, dict) else None
    if not isinstance(reference, str):
        return
    if around.is_broken(reference):
        yield _error(item.path, "reference broken", "ref-1", messages.BROKEN_REFERENCE)
        return
    allowed = {name for target in targets for name in _target_types(target, known)}
    kind = around.target_type(reference)
    stated = item.value.get("type")
    if kind is None and isinstance(stated, str):
        kind = stated
    if allowed and kind is not None and kind not in allowed:
        yield _error(item.path, "reference", f"{label} Reference", messages.wrong_target(sorted(allowed)))


def _target_types(target: TypeRef, known: Knowledge) -> Iterator[str]:
    """The resource types of the targets; of a profile that nobody knows, nothing is asked."""
    names = []
    for url in target.targets:
        if url.startswith(HL7_STRUCTURE) or "/" not in url:
            profile = known.find(url) if "/" not in url else None
            names.append(profile.type if profile else url.rsplit("/", maxsplit=1)[-1])
        else:
            profile = known.find(url)
            if profile is None:
                return
            names.append(profile.type)
    if "Resource" not in names:
        yield from names


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "reference" and isinstance(part, str):
                yield part
            else:
                yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _error(path: str, kind: str, constraint: str, message: Text) -> Finding:
    return _finding("error", path, kind, constraint, message)


def _finding(severity: Severity, path: str, kind: str, constraint: str, message: Text) -> Finding:
    return Finding(kind, Issue(severity=severity, path=path, text=message, constraint=constraint))
