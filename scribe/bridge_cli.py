"""``scribe bridge status | replay | set-aside | reconcile``: the outbox in the hands of the hospital's IT."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from scribe.delivery_text import FINDINGS, STATES, delivery_of, problem_lines, subject_of
from scribe.domain.errors import ScribeError
from scribe.installation import store_of
from scribe.receivers import receivers_of
from scribe.reconciliation import SEOUL, Reconciliation, reconcile
from scribe.settings import Settings
from scribe.site import site_of
from scribe.store import Actor, Store, Work
from scribe.store.errors import NotFoundError
from scribe.store.records import AttemptRecord, DestinationChange, OutboxRecord

app = typer.Typer(no_args_is_help=True)
_DataDir = Annotated[Path | None, typer.Option(help="Data directory of the installation (SCRIBE_DATA_DIR).")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a delivery, as `scribe bridge status` shows it.")]


class NoSuchDeliveryError(ScribeError):
    """There is no delivery {id}: `scribe bridge status` shows those that have not arrived."""


class NothingChosenError(ScribeError):
    """Nothing was chosen: give ids of deliveries, or --all for everything that was rejected or parked."""


class DayError(ScribeError):
    """--day must be a date such as 2026-09-14."""


@app.command("status")
def status(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Deliveries to show in full.")] = None,
    data_dir: _DataDir = None,
    as_json: _Json = False,
) -> None:
    """What has not arrived and why, how each destination is doing; with ids, every attempt and what was answered."""
    with _installation(data_dir) as (store, settings):
        if ids:
            shown = [_detail(store, one) for one in ids]
            typer.echo(
                _json([_detail_json(*one) for one in shown]) if as_json else "\n\n".join(map(_detail_text, shown))
            )
            return
        names = [destination.name for destination in site_of(settings).destinations]
        listed = [_Overview(store, hospital_id, names) for hospital_id in store.hospitals()]
    if as_json:
        typer.echo(_json([one.document() for one in listed]))
        return
    for one in listed:
        typer.echo(one.text())


@app.command("replay")
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Deliveries to send again.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that were rejected or parked.")] = False,
    destination: Annotated[str | None, typer.Option(help="With --all: only those for this destination.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what somebody else changed there meanwhile.")
    ] = False,
    data_dir: _DataDir = None,
    as_json: _Json = False,
) -> None:
    """Put rejected or parked deliveries on their way again, and with each the later versions behind it.

    A running service begins within a second; else the next start does.
    """
    if not ids and not everything:
        raise NothingChosenError
    with _installation(data_dir) as (store, _):
        chosen = list(ids or []) or [row.id for row in _held(store) if destination in {None, row.destination}]
        rows = [_changed(store, one, _Replay(one, overwrite)) for one in chosen]
    _print_rows(rows, as_json)


@app.command("set-aside")
def set_aside(
    delivery: _Id,
    *,
    reason: Annotated[str, typer.Option(help="Why it will never be sent; kept under the consultation's key.")],
    data_dir: _DataDir = None,
    as_json: _Json = False,
) -> None:
    """Give a delivery up for good; the later versions behind it go on.  This is audited and cannot be undone."""
    with _installation(data_dir) as (store, _):
        row = _changed(store, delivery, _SetAside(delivery, reason))
    _print_rows([row], as_json)


@app.command("reconcile")
def reconcile_command(
    *,
    day: Annotated[str | None, typer.Option(help="Day of signatures in Seoul (YYYY-MM-DD); by default today.")] = None,
    destination: Annotated[str | None, typer.Option(help="Only this destination.")] = None,
    enqueue: Annotated[
        bool, typer.Option("--enqueue", help="Put signed versions that were never put on their way there.")
    ] = False,
    data_dir: _DataDir = None,
    as_json: _Json = False,
) -> None:
    """Compare what was signed with what each destination holds; exits 1 where somebody has to look."""
    chosen = _day(day)
    with _installation(data_dir) as (store, settings):
        receivers = receivers_of(site_of(settings))
        found = [
            reconcile(store, hospital_id, name, receiver, chosen)
            for hospital_id in store.hospitals()
            for name, receiver in receivers.items()
            if destination in {None, name}
        ]
        if enqueue:
            for hospital_id in store.hospitals():
                _enqueue(store, hospital_id, found)
    typer.echo(_json([_reconciliation_json(one) for one in found]) if as_json else _reconciliation_text(chosen, found))
    if any(one.open for one in found):
        raise typer.Exit(1)


def extend(bridge: typer.Typer) -> None:
    """Add these commands to ``scribe bridge``, once."""
    known = {command.name for command in bridge.registered_commands}
    bridge.registered_commands += [command for command in app.registered_commands if command.name not in known]


class _Overview:
    """What is not delivered at one hospital, by destination."""

    def __init__(self, store: Store, hospital_id: str, names: Sequence[str]) -> None:
        with store.begin(Actor.service(hospital_id)) as work:
            self.counts = work.outbox.counts()
            self.items = work.outbox.open_items()
            self.failing = work.destinations.failing()
            self.checks = work.destinations.reconciliations(since=_today() - timedelta(days=7))
            self.hospital = work.accounts.hospital().organization.name
            self.explained = {row.id: delivery_of(work.outbox.get(row.id).outcome) for row in self.items if row.held}
        self.names = [*names, *(name for name in self.counts if name not in names)]
        self.configured = frozenset(names)

    def document(self) -> dict[str, object]:
        return {
            "hospital": self.hospital,
            "destinations": [
                {
                    "name": name,
                    "configured": name in self.configured,
                    "failing_since": _iso(self.failing[name].at) if name in self.failing else None,
                    "problem": self.failing[name].problem if name in self.failing else None,
                    "states": self.counts.get(name, {}),
                }
                for name in self.names
            ],
            "open": [_row_json(row) for row in self.items],
            "reconciliations": [
                {
                    "day": one.day.isoformat(),
                    "destination": one.destination,
                    "open": one.counts.open,
                    "signed": one.counts.signed,
                }
                for one in self.checks
            ],
        }

    def text(self) -> str:
        lines = [self.hospital]
        for name in self.names:
            counts = self.counts.get(name, {})
            told = ", ".join(f"{STATES[state]} {count}" for state, count in counts.items()) or "보낸 기록 없음"
            lines.append(f"  {name}: {told}{'' if name in self.configured else ' (설정에 없는 연계 대상)'}")
            if name in self.failing:
                lines.append(f"    {_failing(self.failing[name])}")
        for row in self.items:
            lines += [f"  {_row_text(row)}", *(f"    {line}" for line in problem_lines(self.explained.get(row.id)))]
        lines += [
            f"  대사 {one.day} {one.destination}: 확인할 기록 {one.counts.open}건"
            for one in self.checks
            if one.counts.open
        ]
        return "\n".join(lines)


def _failing(change: DestinationChange) -> str:
    return f"{_local(change.at)}부터 전달되지 않고 있습니다 [{change.problem or '-'}]"


def _held(store: Store) -> Iterator[OutboxRecord]:
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            yield from work.outbox.open_items(held=True)


@dataclass(frozen=True, slots=True)
class _Replay:
    delivery: str
    overwrite: bool

    def __call__(self, work: Work) -> OutboxRecord:
        return work.outbox.replay(self.delivery, overwrite=self.overwrite)


@dataclass(frozen=True, slots=True)
class _SetAside:
    delivery: str
    reason: str

    def __call__(self, work: Work) -> OutboxRecord:
        return work.outbox.set_aside(self.delivery, self.reason)


def _changed(store: Store, delivery: str, change: Callable[[Work], OutboxRecord]) -> OutboxRecord:
    """What ``change`` makes of a delivery, at whichever hospital of the installation it is."""
    for hospital_id in store.hospitals():
        try:
            with store.begin(Actor.service(hospital_id)) as work:
                return change(work)
        except NotFoundError:
            continue
    raise NoSuchDeliveryError(id=delivery)


def _detail(store: Store, delivery: str) -> tuple[OutboxRecord, tuple[AttemptRecord, ...]]:
    attempts: list[AttemptRecord] = []

    def read(work: Work) -> OutboxRecord:
        row = work.outbox.get(delivery)
        attempts.extend(work.outbox.attempts(delivery))
        return row

    return _changed(store, delivery, read), tuple(attempts)


def _enqueue(store: Store, hospital_id: str, found: Sequence[Reconciliation]) -> None:
    with store.begin(Actor.service(hospital_id)) as work:
        for one in found:
            for item in one.discrepancies:
                if item.finding == "unqueued":
                    work.outbox.add(item.note_id, item.version, one.record.destination)


def _row_text(row: OutboxRecord) -> str:
    state = f"{row.behind}판을 기다림" if row.behind else STATES[row.state]
    since = f"{_local(row.queued_at)}부터 {row.attempts}번 시도"
    return f"{row.id}  {row.destination}  {subject_of(row)}  {state}  {since}  [{row.problem or '-'}]"


def _detail_text(detail: tuple[OutboxRecord, tuple[AttemptRecord, ...]]) -> str:
    row, attempts = detail
    lines = [_row_text(row), *(f"  {line}" for line in problem_lines(delivery_of(row.outcome)))]
    if row.reason is not None:
        lines.append(f"  제외 사유: {row.reason}")
    for one in attempts:
        what = "보냄" if one.kind == "send" else "조회"
        lines.append(
            f"  {one.number}. {_local(one.started_at)} {what} {one.outcome or '답을 못 받고 끝남'}"
            f" [{one.problem or '-'}] {one.worker} sha256:{one.payload_sha256[:16]}"
        )
    return "\n".join(lines)


def _detail_json(row: OutboxRecord, attempts: Sequence[AttemptRecord]) -> dict[str, object]:
    delivery = delivery_of(row.outcome)
    return {
        **_row_json(row),
        "message": delivery.problem.message if delivery and delivery.problem else None,
        "expressions": list(delivery.problem.expressions) if delivery and delivery.problem else [],
        "reason": row.reason,
        "history": [
            {
                "number": one.number,
                "kind": one.kind,
                "worker": one.worker,
                "started_at": _iso(one.started_at),
                "ended_at": _iso(one.ended_at) if one.ended_at else None,
                "outcome": one.outcome,
                "problem": one.problem,
                "payload_sha256": one.payload_sha256,
            }
            for one in attempts
        ],
    }


def _row_json(row: OutboxRecord) -> dict[str, object]:
    return {
        "id": row.id,
        "encounter": row.encounter_id,
        "note": row.note_id,
        "version": row.version,
        "destination": row.destination,
        "action": row.action,
        "state": row.state,
        "behind": row.behind,
        "attempts": row.attempts,
        "queued_at": _iso(row.queued_at),
        "due_at": None if row.settled else _iso(row.due_at),
        "problem": row.problem,
    }


def _print_rows(rows: Sequence[OutboxRecord], as_json: bool) -> None:
    typer.echo(_json([_row_json(row) for row in rows]) if as_json else "\n".join(map(_row_text, rows)) or "해당 없음")


def _reconciliation_json(one: Reconciliation) -> dict[str, object]:
    counts = one.record.counts
    names = ("signed", "accepted", "set_aside", "unqueued", "unanswered", "missing", "duplicated", "unchecked", "open")
    return {
        "day": one.record.day.isoformat(),
        "destination": one.record.destination,
        **{name: getattr(counts, name) for name in names},
        "discrepancies": [
            {"note": item.note_id, "version": item.version, "finding": item.finding} for item in one.discrepancies
        ],
    }


def _reconciliation_text(day: date, found: Sequence[Reconciliation]) -> str:
    lines = [f"{day} 서명분 대사"]
    for one in found:
        counts = one.record.counts
        lines.append(
            f"  {one.record.destination}: 서명 {counts.signed}, 전달됨 {counts.accepted}, 제외 {counts.set_aside}"
        )
        lines += [f"    {item.note_id} 제{item.version}판: {FINDINGS[item.finding]}" for item in one.discrepancies]
    return "\n".join(lines) if found else f"{lines[0]}: 설정된 연계 대상이 없습니다"


def _day(text: str | None) -> date:
    if text is None:
        return _today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayError from None


def _today() -> date:
    return datetime.now(SEOUL).date()


@contextmanager
def _installation(data_dir: Path | None) -> Iterator[tuple[Store, Settings]]:
    settings = Settings.load(None, **({} if data_dir is None else {"data_dir": data_dir}))
    store = store_of(settings)
    try:
        yield store, settings
    finally:
        store.close()


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _iso(moment: datetime) -> str:
    return moment.astimezone(SEOUL).isoformat(timespec="seconds")


def _local(moment: datetime) -> str:
    return moment.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M")
