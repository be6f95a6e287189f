"""The ``scribe note`` commands: keys, signing, verification."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scribe import signing
from scribe.crypto import KeyFileError, SigningKey, VerifyKey, new_id
from scribe.domain.encounter import Identifier, Practitioner
from scribe.domain.files import FileUnwritableError, read_file, write_file
from scribe.domain.formats import read_draft, read_note, write_note
from scribe.domain.note import SignedNote
from scribe.domain.settling import Settling
from scribe.settings import Settings

DOCTOR_LICENCE_SYSTEM = "http://www.hl7korea.or.kr/Identifier/mohw-md-license-id"
"""KR Core's naming system of physicians' licences (의사면허번호)."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Sign notes and verify signed ones; verification needs the file and the public key only."""


@app.command()
def keygen(
    key: Annotated[Path, typer.Argument(help="Where the private key goes (PEM, mode 0600).")],
    public: Annotated[Path | None, typer.Option(help="Where the public key goes; beside the private one.")] = None,
) -> None:
    """Make an Ed25519 key pair; an existing file is never written over."""
    _new_key(key, public)


@app.command()
def sign(
    draft: Annotated[Path, typer.Argument(help="scribe-draft/1 file.")],
    key: Annotated[Path, typer.Option(help="The signer's private key (PEM).")],
    name: Annotated[str, typer.Option(help="The signer's name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the signed note goes.")],
    licence: Annotated[str | None, typer.Option(help="The signer's licence number (면허번호).")] = None,
    department: Annotated[str | None, typer.Option(help="HIRA department code (진료과목).")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Make the key pair first.")] = False,
    acknowledge: Annotated[
        list[str] | None, typer.Option(help="Id of an unsupported statement to be kept; may be repeated.")
    ] = None,
    amend: Annotated[Path | None, typer.Option(help="The signed note that this one amends.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is amended.")] = None,
) -> None:
    """Sign a draft as it stands in the file."""
    value = read_draft(read_file(draft), str(draft))
    previous = read_note(read_file(amend), str(amend)) if amend else None
    signer = _new_key(key, None) if new_key else SigningKey.from_file(key)
    content = signing.content_of(value)
    note = signing.sign(
        content,
        value.encounter,
        shown_sha256=signing.content_sha256(content, value.encounter),
        author=Practitioner(
            name=name,
            identifier=Identifier(system=DOCTOR_LICENCE_SYSTEM, value=licence) if licence else None,
            department=department,
        ),
        key=signer,
        clock=lambda: datetime.now(UTC),
        new_id=new_id,
        acknowledged=acknowledge or (),
        amends=previous,
        reason=reason,
        settling=Settling(partial=Settings.load().confirm_partial),
    )
    write_file(output, write_note(note))
    typer.echo(f"{output}: {_what(note)}")


@app.command()
def verify(
    note: Annotated[Path, typer.Argument(help="scribe-note/1 file.")],
    key: Annotated[Path, typer.Option(help="The signer's public key (PEM).")],
) -> None:
    """Check that a note is, in every field, as it was signed; exit status 1 where it is not."""
    try:
        check_signature(note, key)
    except signing.SignatureMismatchError as error:
        typer.echo(str(error))
        sys.exit(1)
    typer.echo(f"{note}: verified, {_what(read_note(read_file(note), str(note)))}")


def check_signature(note: Path, key: Path) -> None:
    """Raises SignatureMismatchError unless the note file is as it was signed with the private half of ``key``."""
    public = VerifyKey.from_pem(read_file(key), key)
    signing.verify(signing.load_document(read_file(note), str(note)), public, str(note))


def _new_key(path: Path, public: Path | None) -> SigningKey:
    public = public or path.with_suffix(".pub.pem")
    if public.exists():
        raise KeyFileError(file=public, problem="exists already; a key is never written over")
    key = SigningKey.generate()
    key.save(path)
    try:
        write_file(public, key.public.to_pem())
    except FileUnwritableError:
        path.unlink()  # the pair is made whole or not at all
        raise
    typer.echo(f"{path}: new private key {key.public.key_id}, keep it; {public}: its public key, give it away")
    return key


def _what(note: SignedNote) -> str:
    signed_at = note.signed_at.astimezone(UTC).isoformat(timespec="seconds")
    return f"version {note.version}, signed by {note.author.name} at {signed_at}, key {note.signature.key_id}"
