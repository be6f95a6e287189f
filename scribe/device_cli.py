"""The ``scribe device`` commands: which computers may send recordings."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from scribe.devices import INVITATION_LIFETIME, invite
from scribe.domain.errors import ScribeError
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor, Store
from scribe.store.errors import NotFoundError
from scribe.store.records import DeviceRecord

app = typer.Typer(no_args_is_help=True)
_DataDir = Annotated[Path | None, typer.Option(help="Data directory of the installation (SCRIBE_DATA_DIR).")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_MINUTES = int(INVITATION_LIFETIME.total_seconds() // 60)


class NoSuchDeviceError(ScribeError):
    """There is no device {device_id}: `scribe device list` shows them."""


@app.callback()
def _group() -> None:
    """Edge devices: the computers at the physicians' desks that send recordings here."""


@app.command("invite")
def invite_device(
    owner: Annotated[str, typer.Option(help="Login of the physician whose recordings the computer will send.")],
    *,
    audio: Annotated[bool, typer.Option("--audio", help="Take the audio too, not the transcript alone.")] = False,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long the code can be used.")] = _MINUTES,
    data_dir: _DataDir = None,
    as_json: _Json = False,
) -> None:
    """Print a one-time code; on the computer itself, `scribe edge enrol URL CODE` makes it a device."""
    with _installation(data_dir) as (store, settings):
        hospital_id = store.ensure_hospital(settings.organization)
        invitation = invite(store, hospital_id, owner, accepts_audio=audio, lifetime=timedelta(minutes=minutes))
    if as_json:
        typer.echo(json.dumps({"code": invitation.code, "expires_at": invitation.expires_at.isoformat()}))
        return
    typer.echo(f"{invitation.code}  (once, until {_local(invitation.expires_at)})")


@app.command("list")
def list_devices(data_dir: _DataDir = None, as_json: _Json = False) -> None:
    """Every device with its owner, whether it sends audio, when it was last heard of, and whether it is revoked."""
    with _installation(data_dir) as (store, _):
        listed = [one for hospital_id in store.hospitals() for one in _of(store, hospital_id)]
    if as_json:
        typer.echo(json.dumps([one.document() for one in listed], ensure_ascii=False))
        return
    for one in listed:
        typer.echo(one.line())


@app.command()
def revoke(device_id: Annotated[str, typer.Argument(help="Id of the device.")], data_dir: _DataDir = None) -> None:
    """Refuse the device from now on; what it has sent stays, and its recordings stay with it."""
    with _installation(data_dir) as (store, _):
        for hospital_id in store.hospitals():
            try:
                with store.begin(Actor.service(hospital_id)) as work:
                    device = work.devices.revoke(device_id)
            except NotFoundError:
                continue
            typer.echo(f"{device.name} ({device.id}): revoked")
            return
    raise NoSuchDeviceError(device_id=device_id)


@dataclass(frozen=True, slots=True)
class _Listed:
    device: DeviceRecord
    owner: str

    def line(self) -> str:
        device = self.device
        seen = f"last seen {_local(device.last_seen_at)}" if device.last_seen_at else "never seen"
        what = "audio and transcripts" if device.accepts_audio else "transcripts"
        state = f"revoked {_local(device.revoked_at)}" if device.revoked_at else "active"
        return f"{device.id}  {device.name}  {self.owner}  {what}  {seen}  {state}"

    def document(self) -> dict[str, object]:
        device = self.device
        return {
            "id": device.id,
            "name": device.name,
            "owner": self.owner,
            "accepts_audio": device.accepts_audio,
            "enrolled_at": device.created_at.isoformat(),
            "last_seen_at": device.last_seen_at.isoformat() if device.last_seen_at else None,
            "revoked_at": device.revoked_at.isoformat() if device.revoked_at else None,
        }


def _of(store: Store, hospital_id: str) -> list[_Listed]:
    with store.begin(Actor.service(hospital_id)) as work:
        return [_Listed(device, work.accounts.get(device.owner_id).login) for device in work.devices.list()]


@contextmanager
def _installation(data_dir: Path | None) -> Iterator[tuple[Store, Settings]]:
    settings = Settings.load(None, **({} if data_dir is None else {"data_dir": data_dir}))
    store = store_of(settings)
    try:
        yield store, settings
    finally:
        store.close()


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
