"""Extensions: whether one may stand where it stands, and whether it is one that its guide defines."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from hl7_bridge.validate import messages
from hl7_bridge.validate.elements import Profile
from hl7_bridge.validate.findings import Finding, Item, Overlay, found
from hl7_bridge.validate.knowledge import Knowledge
from hl7_bridge.validate.references import Surroundings
from hl7_bridge.validate.slicing import slice_of

_RESOURCE_START: Final = re.compile(r"(?<=\.)(?=(?:resource|data|contained\[\d+\])\.)")
_INDEX: Final = re.compile(r"\[\d+\]")
_MEMBER: Final = re.compile(r"\.(?:extension|modifierExtension)(?:\[\d+\])?$")


def extension_checks(
    item: Item,
    profile: Profile | None,
    place_type: str,
    nodes: Sequence[Overlay],
    around: Surroundings,
    known: Knowledge,
) -> Iterator[Finding]:
    """Findings about one extension.

    ``profile`` is its definition where that is known, ``place_type`` the datatype or resource type that it stands on
    ("" for a part of one), ``nodes`` what the profiles around it say of extensions here.
    """
    values = [name for name in item.value if name.removeprefix("_").startswith("value")]
    if bool(values) == bool(item.value.get("extension")):
        yield found("error", item.path, "rule ext-1", "ext-1", messages.rule("ext-1"))
    url = item.value.get("url")
    if not isinstance(url, str):
        return
    if profile is not None:
        yield from _place(item, profile, place_type, around)
    elif ":" not in url:
        yield from _part(item, nodes, known)
    elif known.is_of_a_guide(url):
        yield found("error", item.path, "extension", "R4 Extension.url", messages.UNDEFINED_EXTENSION)


def _place(item: Item, profile: Profile, place_type: str, around: Surroundings) -> Iterator[Finding]:
    """A known extension: where its definition allows it, and not as a modifier unless it is one."""
    is_modifier = item.path.rpartition(".")[2].startswith("modifierExtension")
    if is_modifier != profile.modifies:
        text = messages.MODIFIER if profile.modifies else messages.NOT_MODIFIER
        yield found("error", item.path, "modifier", f"{profile.id} isModifier", text)
    inside = _MEMBER.sub("", _RESOURCE_START.split(item.path)[-1])
    place = _INDEX.sub("", f"{around.resource.get('resourceType')}.{inside.partition('.')[2]}").rstrip(".")
    if profile.contexts and not {place, place_type}.intersection(profile.contexts):
        yield found("error", item.path, "context", f"{profile.id} context", messages.wrong_context(profile.contexts))


def _part(item: Item, nodes: Sequence[Overlay], known: Knowledge) -> Iterator[Finding]:
    """A name instead of a URL: only a part of another extension, and of a known one only what that defines."""
    if not re.search(r"xtension\[\d+\]\.extension\[\d+\]$", item.path):
        yield found("error", f"{item.path}.url", "absolute", "R4 Extension.url", messages.NOT_ABSOLUTE)
        return
    for overlay in nodes:
        if overlay.node.slices and slice_of(item, overlay.node, known) is None:
            yield found("error", item.path, "part", f"{overlay.owner} {overlay.node.id}", messages.UNDEFINED_EXTENSION)
