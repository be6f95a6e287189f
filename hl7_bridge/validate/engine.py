"""The walk over a resource: base R4 first, and over it every profile that applies."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate import checks, messages
from hl7_bridge.validate.bundles import bundle_checks
from hl7_bridge.validate.elements import (
    ELEMENT,
    EXTENSION,
    HL7_STRUCTURE,
    TYPE_NAMES,
    BaseType,
    Element,
    Node,
    Profile,
    Rule,
    TypeRef,
    base_types,
)
from hl7_bridge.validate.extensions import extension_checks
from hl7_bridge.validate.findings import EnoughError, Findings, Item, Overlay, Scope
from hl7_bridge.validate.issue import Issue, Report, Severity, report
from hl7_bridge.validate.knowledge import Knowledge
from hl7_bridge.validate.primitives import PRIMITIVES, has_right_kind, is_well_formed, json_kind
from hl7_bridge.validate.references import Surroundings
from hl7_bridge.validate.rules import broken_rules
from hl7_bridge.validate.slicing import slice_of
from hl7_bridge.validate.vital_signs import vital_sign_checks

_DEEPEST = 40
_EXTENSION = EXTENSION.children[""]["extension"]


@dataclass(frozen=True, slots=True)
class Validator(Knowledge):
    """Checks resources against base R4 and the profiles they claim in ``meta.profile``.

    Any JSON value may be given; a wrong one gives issues, never an exception.
    """

    def validate(self, resource: object, profile: str | None = None) -> Report:
        """All issues of one resource, a Bundle with all that is inside it.

        ``profile`` (canonical URL or id) is checked even if the resource does not claim it.
        """
        walk = _Walk(self)
        forced = self.find(profile) if profile else None
        try:
            walk.resource(resource, "", Scope(Surroundings.of(resource)), forced)
        except EnoughError:
            last = Issue(severity="error", path="$", text=messages.TOO_MANY_ISSUES, constraint="limit")
            return report([*walk.findings.issues, last])
        return report(walk.findings.issues)


class _Walk:
    """One walk over one resource.

    ``conforming`` is a walk that only answers whether a reference's target conforms to a profile: it follows no
    references itself.
    """

    def __init__(self, validator: Validator, *, conforming: bool = False) -> None:
        self.validator = validator
        self.findings = Findings()
        self.conforming = conforming
        self._answers: dict[tuple[int, str], bool] = {}

    def resource(self, content: object, path: str, scope: Scope, forced: Profile | None = None) -> None:
        """A whole resource at ``path`` ("" is the top)."""
        if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
            self.findings.error(path or "$", "resourceType", "R4 resourceType", messages.NOT_A_RESOURCE)
            return
        name = content["resourceType"]
        where = path or name
        if name not in TYPE_NAMES:
            self.findings.error(path or "$", "resourceType", "R4 resourceType", messages.NO_SUCH_TYPE)
            return
        base = base_types().get(name)
        if base is None or not base.is_resource:
            self.findings.note(where, "resourceType", f"R4 {name}", messages.UNKNOWN_TYPE)
            return
        overlays = tuple(Overlay(profile.id, profile.root) for profile in self._claimed(content, where, base, forced))
        around = scope.around.inside(content, contained=where.endswith("]") and ".contained[" in where[-14:])
        inside = Scope(around, overlays, scope.depth)
        item = Item(content, None, TypeRef(name), where)
        self._rules(item, name, base.rules.get("", ()), inside)
        self._children(item, base, "", inside)
        self.findings.add_all(checks.resource_checks(content, where))
        if name == "Bundle":
            self.findings.add_all(bundle_checks(content, where, around))
        elif name == "Observation":
            self.findings.add_all(vital_sign_checks(content, where))

    def _claimed(self, content: FhirJson, where: str, base: BaseType, forced: Profile | None) -> Iterator[Profile]:
        meta = content.get("meta")
        claimed = meta.get("profile") if isinstance(meta, dict) else None
        seen = set()
        if forced is not None:
            seen.add(forced.url)
            if self._fits(forced, base, where):
                yield forced
        for url in claimed if isinstance(claimed, list) else []:
            profile = self.validator.find(url) if isinstance(url, str) else None
            if profile is None and url == HL7_STRUCTURE + base.name:
                continue
            if profile is None:
                severity: Severity = "warning" if self.validator.is_of_a_guide(str(url)) else "information"
                spot = f"{where}.meta.profile"
                self.findings.report(severity, spot, "profile", "meta.profile", messages.UNKNOWN_PROFILE)
            elif profile.url not in seen and self._fits(profile, base, where):
                seen.add(profile.url)
                yield profile

    def _fits(self, profile: Profile, base: BaseType, where: str) -> bool:
        if profile.type == base.name:
            return True
        self.findings.error(where, "profile-type", profile.id, messages.wrong_profile_type(profile.id, profile.type))
        return False

    def _children(self, item: Item, base: BaseType, prefix: str, scope: Scope) -> None:
        """All properties of an object whose elements are those of ``base`` under ``prefix``."""
        if scope.depth > _DEEPEST:
            self.findings.error(item.path, "depth", "R4", messages.TOO_DEEP)
            return
        known = {"resourceType"} if prefix == "" and base.is_resource else set()
        for element in base.children.get(prefix, {}).values():
            names = list(_properties(element))
            known.update(name for name, _ in names)
            values = [value for name, kind in names for value in self._values(item, name, kind, element)]
            inner = [
                Overlay(overlay.owner, overlay.node.children[element.name])
                for overlay in scope.overlays
                if element.name in overlay.node.children
            ]
            self._cardinality(element, values, item, base.name)
            for overlay in inner:
                self._profile_cardinality(overlay, values, f"{item.path}.{element.name}")
            for value in values:
                below = scope.within(_applying(value, inner, self.validator))
                if element.types and element.types[0].code == "Extension":
                    self._extension(value, "" if prefix else base.name, below)
                else:
                    self._value(value, element, base, below)
        for name in item.value:
            if name.removeprefix("_") not in known:
                self.findings.error(f"{item.path}.{name}", "unknown", f"R4 {base.name}", messages.UNKNOWN_ELEMENT)

    def _values(self, parent: Item, name: str, kind: TypeRef, element: Element) -> list[Item]:
        """The values of one property with their ``_property`` companions; a wrong JSON shape gives none."""
        if name not in parent.value and f"_{name}" not in parent.value:
            return []
        value, shadow = parent.value.get(name), parent.value.get(f"_{name}")
        where = f"{parent.path}.{name}"
        many = element.maximum is None or element.maximum > 1
        given = [part for part in (value, shadow) if part is not None]
        if not given or any(isinstance(part, list) != many for part in given):
            self.findings.error(where, "shape", f"R4 {element.path}", messages.shape(many))
            return []
        if not many:
            return [Item(value, shadow, kind, where)]
        values = value or [None] * len(shadow or [])
        shadows = shadow or [None] * len(values)
        if not values or len(values) != len(shadows):
            self.findings.error(where, "shape", f"R4 {element.path}", messages.EMPTY_LIST)
            return []
        pairs = enumerate(zip(values, shadows, strict=True))
        return [Item(part, extra, kind, f"{where}[{index}]") for index, (part, extra) in pairs]

    def _cardinality(self, element: Element, values: Sequence[Item], parent: Item, type_name: str) -> None:
        """What base R4 says of the number; a list's upper bound is a matter of its shape."""
        where = f"{parent.path}.{element.name}"
        rule = f"R4 {type_name}.{element.path}"
        if element.is_choice and len(values) > 1:
            self.findings.error(where, "max", f"{rule} ..1", messages.too_many(1, len(values)))
        if len(values) < element.minimum and where not in self.findings.misshapen:
            self.findings.error(where, "min", f"{rule} {element.minimum}..", messages.too_few(element.minimum))

    def _profile_cardinality(self, overlay: Overlay, values: Sequence[Item], where: str) -> None:
        """What a profile says of the number, of all values and of each slice; a closed slicing takes no others."""
        node = overlay.node
        self._count(values, node, overlay.owner, where)
        members: dict[str, list[Item]] = {name: [] for name in node.slices}
        order = list(node.slices)
        reached = 0
        for value in values:
            name = slice_of(value, node, self.validator)
            if name is None:
                if node.closed and node.slices:
                    self.findings.error(value.path, "closed", f"{overlay.owner} {node.id}", messages.CLOSED)
                continue
            members[name].append(value)
            if node.ordered and order.index(name) < reached:
                self.findings.error(value.path, "order", f"{overlay.owner} {node.id}", messages.UNORDERED)
            reached = max(reached, order.index(name))
        for name, found in members.items():
            self._count(found, node.slices[name], overlay.owner, where)

    def _count(self, values: Sequence[Item], node: Node, owner: str, where: str) -> None:
        label = f"{owner} {node.id}"
        spot = where + (f":{node.slice_name}" if node.slice_name else "")
        if node.minimum is not None and len(values) < node.minimum and where not in self.findings.misshapen:
            self.findings.error(spot, "min", f"{label} {node.minimum}..", messages.too_few(node.minimum))
        if node.maximum is not None and len(values) > node.maximum:
            self.findings.error(spot, "max", f"{label} ..{node.maximum}", messages.too_many(node.maximum, len(values)))

    def _value(self, item: Item, element: Element, base: BaseType, scope: Scope) -> None:
        own = base_types().get(item.type.code)
        if item.type.code == "Resource" or (own is not None and own.is_resource):
            self.resource(item.value, item.path, Scope(scope.around, (), scope.depth))
            return
        if not self._has_content(item, element):
            return
        for overlay in scope.overlays:
            self.findings.add_all(checks.profile_checks(item, overlay, scope.around, self.validator))
            if item.type.code == "Reference":
                self._target(item, overlay, scope)
        self.findings.add_all(checks.element_checks(item, element, base.name, scope.around, self.validator))
        if item.type.code in PRIMITIVES:
            self._shadow(item, scope)
        else:
            self._complex(item, element, base, scope)

    def _complex(self, item: Item, element: Element, base: BaseType, scope: Scope) -> None:
        """A datatype, or a part of the resource with elements of its own."""
        own, prefix = (base_types()[item.type.code], "") if item.type.code else (base, element.same_as or element.path)
        rules = own.rules.get(prefix, ())
        if item.type.code:
            rules += base.rules.get(element.path, ())
        self._rules(item, f"{own.name}.{prefix}" if prefix else own.name, rules, scope)
        self._children(item, own, prefix, scope)
        if item.type.code == "Attachment":
            self._attached(item, scope)

    def _attached(self, item: Item, scope: Scope) -> None:
        """A FHIR document carried as an attachment is checked like any other resource."""
        data, kind = item.value.get("data"), item.value.get("contentType")
        if not isinstance(data, str) or not str(kind).startswith("application/fhir+json"):
            return
        try:
            content = json.loads(base64.b64decode(data, validate=True))
        except (ValueError, RecursionError):
            self.findings.error(f"{item.path}.data", "form", "R4 Attachment.data", messages.NOT_FHIR_JSON)
            return
        self.resource(content, f"{item.path}.data", Scope(Surroundings.of(content), (), scope.depth))

    def _extension(self, item: Item, place_type: str, scope: Scope) -> None:
        """An extension on a ``place_type`` ("" for a part of one), by its own profile where that is known."""
        if not self._has_content(item, _EXTENSION):
            return
        for overlay in scope.overlays:
            self.findings.add_all(checks.profile_checks(item, overlay, scope.around, self.validator))
        profile = self.validator.find(str(item.value.get("url")))
        if profile is not None and profile.type != "Extension":
            profile = None
        nodes = scope.overlays
        if profile is not None:
            scope = Scope(scope.around, (*scope.overlays, Overlay(profile.id, profile.root)), scope.depth)
        self.findings.add_all(extension_checks(item, profile, place_type, nodes, scope.around, self.validator))
        self._children(item, EXTENSION, "", scope)

    def _target(self, item: Item, overlay: Overlay, scope: Scope) -> None:
        """The target of a reference, where it is at hand and not of a claimed profile, against those asked for."""
        reference = item.value.get("reference")
        target = scope.around.target(reference) if isinstance(reference, str) and not self.conforming else None
        if target is None or not isinstance(target.get("resourceType"), str):
            return
        profiles = checks.target_profiles(overlay.node, target["resourceType"], self.validator)
        if profiles and not any(self._conforms(target, profile, scope) for profile in profiles):
            names = " | ".join(profile.id for profile in profiles)
            self.findings.error(item.path, "target profile", f"{overlay.owner} {names}", messages.TARGET_PROFILE)

    def _conforms(self, target: FhirJson, profile: Profile, scope: Scope) -> bool:
        """Asked once of a target; one that claims the profile is checked where it stands."""
        meta = target.get("meta")
        claimed = meta.get("profile") if isinstance(meta, dict) else None
        if isinstance(claimed, list) and profile.url in [str(url).partition("|")[0] for url in claimed]:
            return True
        key = (id(target), profile.url)
        if key not in self._answers:
            walk = _Walk(self.validator, conforming=True)
            try:
                walk.resource(target, "", Scope(scope.around, (), scope.depth + 1), profile)
            except EnoughError:
                return False
            self._answers[key] = not any(issue.severity == "error" for issue in walk.findings.issues)
        return self._answers[key]

    def _shadow(self, item: Item, scope: Scope) -> None:
        """The id and extensions of a primitive value."""
        if item.shadow is None:
            return
        if not isinstance(item.shadow, dict) or not item.shadow:
            self.findings.error(item.path, "shadow", "R4 Element", messages.EMPTY)
            return
        self._children(Item(item.shadow, None, TypeRef("Element"), item.path), ELEMENT, "", scope)

    def _has_content(self, item: Item, element: Element) -> bool:
        """True where the value is fit to be looked into; says so where it is not."""
        rule = f"R4 {element.path}"
        if item.type.code in PRIMITIVES:
            return self._is_primitive(item, f"{rule} {item.type.code}")
        if not isinstance(item.value, dict):
            self.findings.error(item.path, "type", f"{rule} {item.type.code}", messages.json_type("object"))
            return False
        if not item.value:
            self.findings.error(item.path, "empty", "ele-1", messages.EMPTY)
            return False
        return True

    def _is_primitive(self, item: Item, rule: str) -> bool:
        code = item.type.code
        if item.value is None and item.shadow is None:
            self.findings.error(item.path, "empty", "ele-1", messages.EMPTY)
        elif item.value is None:
            return True
        elif not has_right_kind(code, item.value):
            self.findings.error(item.path, "type", rule, messages.json_type(json_kind(code)))
        elif not is_well_formed(code, item.value):
            self.findings.error(item.path, "form", rule, messages.form(code))
        else:
            return True
        return False

    def _rules(self, item: Item, base_path: str, rules: Sequence[Rule], scope: Scope) -> None:
        wanted = {rule.key: rule for rule in rules}
        for overlay in scope.overlays:
            wanted.update({rule.key: rule for rule in overlay.node.rules})
        for rule in broken_rules(item, base_path, list(wanted.values()), scope.around):
            self.findings.report(rule.severity, item.path, f"rule {rule.key}", rule.key, messages.rule(rule.key))


def _properties(element: Element) -> Iterator[tuple[str, TypeRef]]:
    """The JSON names an element may have, each with its type."""
    if not element.is_choice:
        yield element.name, element.types[0] if element.types else TypeRef("")
        return
    stem = element.name.removesuffix("[x]")
    for kind in element.types:
        yield stem + kind.suffix, kind


def _applying(value: Item, inner: Sequence[Overlay], validator: Validator) -> list[Overlay]:
    """For one value: the profile's general node, the slice it belongs to, and profiles on its datatype."""
    found = []
    for overlay in inner:
        found.append(overlay)
        name = slice_of(value, overlay.node, validator)
        if name is not None:
            found.append(Overlay(overlay.owner, overlay.node.slices[name]))
    return found
