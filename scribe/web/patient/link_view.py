"""The addresses given to a patient, as the pages list them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from scribe.patient_sheet.words import WORDS
from scribe.store import Work
from scribe.store.records import LinkState, PatientLinkRecord
from scribe.web.labels import moment

_STATES: Mapping[LinkState, tuple[str, str]] = MappingProxyType(
    {
        "open": ("열려 있음", "done"),
        "expired": ("기한 지남", "signed"),
        "revoked": ("꺼짐", "signed"),
        "locked": ("잠김", "held"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """An address in the list: when it was made and ends, what became of it, how often it was opened."""

    id: str
    made: str
    until: str
    state: str
    kind: str
    is_open: bool
    is_locked: bool
    language: str
    openings: int
    opened: str
    failures: int
    asks: str


def link_lines(links: Iterable[PatientLinkRecord], now: datetime) -> tuple[LinkLine, ...]:
    """The addresses, the newest first."""
    return tuple(_line(link, now) for link in reversed(tuple(links)))


def _line(link: PatientLinkRecord, now: datetime) -> LinkLine:
    state = link.state(now)
    label, kind = _STATES[state]
    return LinkLine(
        id=link.id,
        made=moment(link.created_at),
        until=moment(link.expires_at),
        state=label,
        kind=kind,
        is_open=state == "open",
        is_locked=state == "locked",
        language=_language_name(link.language),
        openings=link.openings,
        opened=moment(link.opened_at) if link.opened_at else "",
        failures=link.failures,
        asks="확인 번호" if link.code is not None else "생년월일",
    )


@dataclass(frozen=True, slots=True)
class ApprovedIn:
    """An approval of the latest version: the name of its language."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutCard:
    """What the page of the signed record says of the hand-out: approvals of the latest version, and the addresses."""

    language: str
    approvals: tuple[ApprovedIn, ...]
    links: tuple[LinkLine, ...]


def handout_card(work: Work, encounter_id: str) -> HandoutCard:
    """The card for ``_handout_card.html``, which the page gives the name ``handout``."""
    encounter = work.encounters.get(encounter_id)
    approved = [each for each in work.summaries.standing(encounter_id) if each.version == encounter.note_version]
    links = work.patient_links.list(encounter_id)
    return HandoutCard(
        language=approved[0].language if approved else "ko",
        approvals=tuple(ApprovedIn(_language_name(each.language)) for each in approved),
        links=link_lines(links, work.scope.clock()),
    )


def _language_name(language: str) -> str:
    return WORDS["en" if language == "en" else "ko"].language_name
