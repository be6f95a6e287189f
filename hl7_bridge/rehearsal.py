"""A dry run: what would be sent, written to files in the order of sending; nothing leaves the process."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from hl7_bridge.connection import client_of
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_channel import FhirChannel
from hl7_bridge.hl7v2.outgoing import charset_of, messages_of, retraction_of
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.paper_server import ID_TO_FIND, PaperServer
from hl7_bridge.setting import Secret
from hl7_bridge.site import GivenReferences, Site
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote

MASK: Final = "********"


class FolderNotEmptyError(BridgeError):
    """{folder} is not empty: name a new or empty folder for the dry run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """``files`` in the order of sending; ``delivery`` says what stands against sending it, where something does."""

    destination: str
    files: tuple[Path, ...]
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is to be sent: the version, or with ``retraction`` that it was entered in error."""

    note: SignedNote
    earlier: Sequence[SignedNote] = ()
    retraction: Retraction | None = None


def rehearse(
    sending: Sending, site: Site, destination: Destination, folder: Path, given: GivenReferences | None = None
) -> Rehearsal:
    """Write every request or message to ``folder``, secrets masked.

    The ids of patient, encounter, physician and institution are placeholders, since the server is not asked.  For an
    amendment or a retraction the server is taken to hold the earlier versions as we wrote them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderNotEmptyError(folder=folder)
    if isinstance(destination, FhirDestination):
        return _on_paper(sending, site, destination, folder, given)
    if isinstance(destination, Hl7Destination):
        return _messages(sending, site, destination, folder)
    raise ValueError(f"no dry run for {destination.kind}")


def _on_paper(
    sending: Sending, site: Site, destination: FhirDestination, folder: Path, given: GivenReferences | None
) -> Rehearsal:
    paper = PaperServer(folder, urlsplit(destination.url).path, transaction=destination.write != "single")
    masked = _masked(destination)
    known = [*sending.earlier, *([sending.note] if sending.retraction else [])]
    with httpx.Client(transport=paper) as http:
        paper.recording = False
        with client_of(masked, http) as client:
            for index, version in enumerate(known):
                FhirChannel(site, destination, client, given).deliver(version, known[:index])
        paper.recording = True
        with client_of(masked, http) as client:
            channel = FhirChannel(site, destination, client, given)
            if sending.retraction is None:
                delivery = channel.deliver(sending.note, sending.earlier)
            else:
                delivery = channel.retract(sending.note, sending.earlier, retraction=sending.retraction)
    _explain(folder, destination)
    return Rehearsal(destination=destination.name, files=tuple(paper.files), delivery=delivery)


def _masked(destination: FhirDestination) -> FhirDestination:
    """The destination without its secrets, and with a placeholder for the token that would be asked for."""
    headers = tuple((name, Secret(MASK)) for name, _ in destination.headers)
    if destination.auth is not None:
        headers = (*headers, ("Authorization", Secret(f"Bearer {MASK}")))
    return replace(destination, headers=headers, auth=None, adapter=None)


def _explain(folder: Path, destination: FhirDestination) -> None:
    lines = [
        f"{destination.name} ({destination.url})로 보낼 요청을 보내는 차례대로 적었습니다. 실제로 보낸 것은 없습니다.",
        f"…-{ID_TO_FIND}는 병원 서버에서 검색해 채울 자리입니다. 인증 값은 {MASK}로 가렸습니다.",
        "이 폴더에는 환자 정보가 들어 있습니다. 확인한 뒤 지워 주세요.",
    ]
    if destination.auth is not None:
        lines.insert(1, "첫 요청 전에 인증 서버에서 접근 토큰을 받습니다.")
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _messages(sending: Sending, site: Site, destination: Hl7Destination, folder: Path) -> Rehearsal:
    if sending.retraction is None:
        made = messages_of(sending.note, site, destination, sending.earlier)
    else:
        made = retraction_of(sending.note, site, destination, sending.earlier, sending.retraction)
    files = []
    for number, item in enumerate(made.messages, start=1):
        file = folder / f"{number:03d}-{item.event.replace('^', '-')}.hl7"
        file.write_bytes(item.message.encode(charset_of(destination)))
        files.append(file)
    return Rehearsal(destination=destination.name, files=tuple(files))
