"""Where a version goes: each destination of the site, which entries it carries and which stay text there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import BridgeError
from hl7_bridge.hl7v2.outgoing import messages_of
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.kr_core import map_note
from hl7_bridge.problems import problem_of
from hl7_bridge.site import Site
from scribe.domain.note import SignedNote
from scribe.store.outbox import UNNUMBERED
from scribe.web.review.entry_view import KINDS

KIND_NAMES: Mapping[str, str] = MappingProxyType({"fhir": "FHIR 서버 (KR Core)", "hl7v2": "HL7 v2 수신 서버"})
_DOCUMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"fhir": ("진료 기록 문서", "환자 안내문 문서"), "hl7v2": ("진료 기록 문서(MDM)",)}
)
_SUMMARY_MESSAGE = "환자 안내문 문서(MDM)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAsText:
    """Entries that a destination gets within the document only, and why."""

    reason: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """What one destination gets: ``carried`` are counted kinds of structured entries ("진단 1").

    ``problem`` says why nothing can be sent there as the note stands; ``unnumbered``: it is once the numbers are.
    """

    name: str
    kind: str
    documents: tuple[str, ...]
    carried: tuple[str, ...]
    left: tuple[LeftAsText, ...]
    problem: str = ""
    unnumbered: bool = False


def carriages(note: SignedNote, earlier: Sequence[SignedNote], site: Site) -> tuple[Carriage, ...]:
    """Every destination of the site, in its order."""
    return tuple(_carriage(note, earlier, site, destination) for destination in site.destinations)


def kind_of(site: Site, name: str) -> str:
    """What kind of system a destination is; empty where the site no longer has it."""
    return next((KIND_NAMES.get(one.kind, one.kind) for one in site.destinations if one.name == name), "")


def _carriage(note: SignedNote, earlier: Sequence[SignedNote], site: Site, destination: Destination) -> Carriage:
    kind = KIND_NAMES.get(destination.kind, destination.kind)
    try:
        left = _left_out(note, earlier, site, destination)
    except BridgeError as error:
        found = problem_of(error)
        return Carriage(
            name=destination.name,
            kind=kind,
            documents=(),
            carried=(),
            left=(),
            problem=found.message,
            unnumbered=found.code in UNNUMBERED,
        )
    names = {entry.id: entry.name for entry in note.content.entries}
    carried: Counter[str] = Counter(
        entry.kind for entry in note.content.entries if entry.id not in {name for name, _ in left}
    )
    return Carriage(
        name=destination.name,
        kind=kind,
        documents=_documents(destination),
        carried=tuple(f"{title} {carried[kind]}" for kind, title in KINDS.items() if carried[kind]),
        left=_by_reason((names[name], reason) for name, reason in left if name in names),
    )


def _left_out(
    note: SignedNote, earlier: Sequence[SignedNote], site: Site, destination: Destination
) -> list[tuple[str, str]]:
    """Entry id and reason of what stays text there; BridgeError where the note names too little to be sent."""
    if isinstance(destination, Hl7Destination):
        return [(item.entry, item.reason) for item in messages_of(note, site, destination, earlier).left_out]
    return [(item.entry, item.reason) for item in map_note(note, site, earlier=earlier).omissions]


def _documents(destination: Destination) -> tuple[str, ...]:
    summary = isinstance(destination, Hl7Destination) and destination.patient_summary
    known = _DOCUMENTS["fhir" if isinstance(destination, FhirDestination) else "hl7v2"]
    return (*known, _SUMMARY_MESSAGE) if summary else known


def _by_reason(items: Iterable[tuple[str, str]]) -> tuple[LeftAsText, ...]:
    found: dict[str, list[str]] = {}
    for name, reason in items:
        found.setdefault(reason, []).append(name)
    return tuple(LeftAsText(reason=reason, names=tuple(names)) for reason, names in found.items())
