"""The checks of single values: bindings, references, fixed values, types, and R4's own structural rules."""

from collections.abc import Iterator
from typing import Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate import messages
from hl7_bridge.validate.coding import codings
from hl7_bridge.validate.elements import HL7_STRUCTURE, TYPE_NAMES, Binding, Element, Node, Profile, TypeRef
from hl7_bridge.validate.findings import Finding, Item, Overlay, found
from hl7_bridge.validate.issue import Severity
from hl7_bridge.validate.knowledge import Knowledge
from hl7_bridge.validate.messages import Text
from hl7_bridge.validate.references import Surroundings, has_form, references
from hl7_bridge.validate.shapes import has_shape
from hl7_bridge.validate.slicing import matches_pattern

_CODED: Final = frozenset({"code", "string", "uri", "Coding", "CodeableConcept", "Quantity", "SimpleQuantity"})
_SAME: Final = {"SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity"}
_DATA_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
# What stands outside R4's extensible sets by design: KR Core's categories beside condition-category, and the label
# of what artificial intelligence wrote, which terminology has had since after R4.
_ALLOWED_OUTSIDE: Final = frozenset(
    {"http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types"}
)
_ALLOWED_CODES: Final = frozenset({("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "AIAST")})


def element_checks(
    item: Item, element: Element, type_name: str, around: Surroundings, known: Knowledge
) -> Iterator[Finding]:
    """What base R4 asks of a value: binding, reference target, the reference's own form."""
    rule = f"R4 {type_name}.{element.path}"
    if element.binding is not None:
        yield from _bound(item, element.binding, rule, known)
    if item.type.code == "Reference":
        yield from _reference(item, (item.type,), rule, around, known)
    if item.type.code == "Coding":
        for system, code in codings(item.value, "Coding"):
            if known.terminology.is_unheard_of(system, code):
                name = str(system).rsplit("/", maxsplit=1)[-1]
                yield found("warning", item.path, "code system", f"code system {name}", messages.unheard_of(name))


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


def resource_checks(content: FhirJson, where: str) -> Iterator[Finding]:
    """dom-2 to dom-5: what may be contained, and how."""
    contained = content.get("contained")
    if not isinstance(contained, list):
        return
    used = set(references(content))
    for index, inner in enumerate(contained):
        if not isinstance(inner, dict):
            continue
        path = f"{where}.contained[{index}]"
        meta = inner.get("meta") if isinstance(inner.get("meta"), dict) else {}
        if "contained" in inner:
            yield _error(path, "rule dom-2", "dom-2", messages.rule("dom-2"))
        if f"#{inner.get('id')}" not in used and "#" not in set(references(inner)):
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
    name = binding.value_set.rsplit("/", maxsplit=1)[-1]
    constraint = f"{label} {binding.strength} {name}"
    members = [pair for pair in pairs if value_set.contains(*pair)]
    if any(has_shape(system, code, name) for system, code in members):
        return
    if members:
        severity: Severity = "error" if binding.strength == "required" else "warning"
        yield found(severity, item.path, f"binding {name}", constraint, messages.WRONG_SHAPE)
    elif binding.strength == "required":
        yield _error(item.path, f"binding {name}", constraint, messages.required_binding(name))
    elif pairs and not any(_may_stand_outside(system, code) for system, code in pairs):
        yield found("warning", item.path, f"binding {name}", constraint, messages.extensible_binding(name))


def _may_stand_outside(system: str | None, code: str) -> bool:
    return system == _DATA_ABSENT or system in _ALLOWED_OUTSIDE or (system, code) in _ALLOWED_CODES


def _reference(
    item: Item, targets: tuple[TypeRef, ...], label: str, around: Surroundings, known: Knowledge
) -> Iterator[Finding]:
    if not isinstance(item.value, dict):
        return
    reference, stated = item.value.get("reference"), item.value.get("type")
    kind = stated if isinstance(stated, str) else None
    if isinstance(reference, str) and reference:
        if not has_form(reference):
            yield _error(f"{item.path}.reference", "reference form", "R4 Reference.reference", messages.REFERENCE_FORM)
            return
        if around.is_broken(reference):
            yield _error(item.path, "reference broken", "ref-1", messages.BROKEN_REFERENCE)
            return
        actual = around.target_type(reference)
        if actual is not None and kind is not None and actual != kind and kind in TYPE_NAMES:
            yield _error(item.path, "reference type", "R4 Reference.type", messages.TYPE_DISAGREES)
        kind = actual or kind
    elif isinstance(item.value.get("identifier"), dict) and not label.startswith("R4 "):
        yield found("warning", item.path, "reference missing", f"{label} Reference", messages.ONLY_IDENTIFIER)
    allowed = {name for target in targets for name in _target_types(target, known)}
    if allowed and kind is not None and kind not in allowed:
        yield _error(item.path, "reference", f"{label} Reference", messages.wrong_target(sorted(allowed)))


def target_profiles(node: Node, kind: str, known: Knowledge) -> tuple[Profile, ...]:
    """The profiles one of which a reference's target of that type must conform to; () where the type alone is asked."""
    profiles = []
    for url in (url for ref in node.types if ref.code == "Reference" for url in ref.targets):
        if url.removeprefix(HL7_STRUCTURE) in (kind, "Resource"):
            return ()
        profile = known.find(url)
        if profile is None:
            return ()
        if profile.type == kind:
            profiles.append(profile)
    return tuple(profiles)


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


def _error(path: str, kind: str, constraint: str, message: Text) -> Finding:
    return found("error", path, kind, constraint, message)
