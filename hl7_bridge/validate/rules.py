"""FHIRPath constraints, evaluated by fhirpathpy."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from hl7_bridge.validate.dates import is_after
from hl7_bridge.validate.elements import Rule
from hl7_bridge.validate.findings import Item
from hl7_bridge.validate.references import Surroundings

log = logging.getLogger(__name__)

_DEEPEST: Final = 80
_Evaluate = Callable[[Any, dict[str, Any]], list[Any]]


def broken_rules(item: Item, base_path: str, rules: Sequence[Rule], around: Surroundings) -> list[Rule]:
    """Those of ``rules`` that are false for the item.

    ``base_path`` is where the item stands in base R4 (``Composition.section``, ``Period``), which gives the
    evaluator its types.  A rule that cannot be evaluated on malformed content counts as kept: the malformation
    itself is reported elsewhere.
    """
    if not rules:
        return []
    context = {"resource": around.resource, "rootResource": around.root}
    value = without_companions(item.value)
    focus = value if "resourceType" in value else _typed(value, base_path)
    broken = []
    for rule in rules:
        native = _NATIVE.get(rule.key)
        if native(item.value) if native else _is_false(rule, focus, context):
            broken.append(rule)
    return broken


def without_companions(value: Any, depth: int = 0) -> Any:
    """The value without the ``_name`` companions of primitives that have a value.

    fhirpathpy finds ``'a'`` unequal to ``'a'`` with an extension.  Nothing is copied where there is no companion, or
    deeper than any resource is nested.
    """
    if depth > _DEEPEST:
        return value
    if isinstance(value, list):
        items = [without_companions(item, depth + 1) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    kept = {
        name: without_companions(part, depth + 1)
        for name, part in value.items()
        if not (name.startswith("_") and _is_filled(value.get(name[1:])))
    }
    changed = len(kept) != len(value) or any(part is not value[name] for name, part in kept.items())
    return kept if changed else value


def _is_filled(value: Any) -> bool:
    return value is not None and not (isinstance(value, list) and None in value)


def _typed(value: Any, base_path: str) -> Any:
    return ResourceNode.create_node(value, base_path)  # type: ignore[no-untyped-call]


def _is_false(rule: Rule, focus: Any, context: dict[str, Any]) -> bool:
    try:
        result = _compiled(rule.expression)(focus, context)
    except Exception as error:  # its message may quote the resource: only the rule and the type are recorded
        log.info("constraint %s could not be evaluated: %s", rule.key, type(error).__name__)
        return False
    return result == [False]


@cache
def _compiled(expression: str) -> _Evaluate:
    compiled: _Evaluate = fhirpathpy.compile(expression, models["r4"], _OPTIONS)
    return compiled


def _has_value(inputs: list[Any]) -> bool:
    """FHIRPath's hasValue(), which fhirpathpy lacks: one primitive with a value, not only extensions."""
    return len(inputs) == 1 and inputs[0] is not None and not isinstance(inputs[0], dict | list)


def _is_upside_down(value: Any) -> bool:
    """rng-2 for a Range whose ends are in the same unit; fhirpathpy does not compare quantities."""
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict) or low.get("code") != high.get("code"):
        return False
    bottom, top = low.get("value"), high.get("value")
    return isinstance(bottom, int | float) and isinstance(top, int | float) and bottom > top


def _ends_before_it_starts(value: Any) -> bool:
    """per-1; fhirpathpy compares dates of different offsets and precisions by their text."""
    return is_after(value.get("start"), value.get("end"))


def _is_modified_before_written(value: Any) -> bool:
    """inv-1, for the same reason."""
    return is_after(value.get("authoredOn"), value.get("lastModified"))


_NATIVE: Final[dict[str, Callable[[Any], bool]]] = {
    "rng-2": _is_upside_down,
    "per-1": _ends_before_it_starts,
    "inv-1": _is_modified_before_written,
    "bdl-7": lambda _: False,  # told entry by entry (bundles), in time that does not grow with their square
}
_OPTIONS: Final = {
    "userInvocationTable": {"hasValue": {"fn": _has_value, "arity": {0: []}}},
    "traceFn": lambda *_: None,
}
