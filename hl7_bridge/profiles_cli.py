"""``scribe bridge profiles``: the FHIR packages that validation goes by at this site."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.errors import BridgeError
from hl7_bridge.validate import Validator, installed_validator, profiles_home
from hl7_bridge.validate.elements import Node, Profile
from hl7_bridge.validate.installed import InstalledPackage, install, installed, remove

app = typer.Typer(no_args_is_help=True, help="FHIR packages that validation goes by at this site.")

Home = Annotated[
    Path | None, typer.Option("--home", help="where packages lie; else the profiles folder of the data directory")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


class UnknownProfileError(BridgeError):
    """{profile} is no profile that this validator knows: `scribe bridge profiles list` shows those it knows; install
    the guide that it is in, or name its file with --package.
    """


@app.command("install")
def install_command(
    package: Annotated[Path, typer.Argument(metavar="PKG.tgz", help="a FHIR R4 package with snapshots")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take a package in; validation and delivery go by it from then on."""
    found = install(package, _home(home), datetime.now(UTC))
    typer.echo(json.dumps(asdict(found)) if as_json else f"설치했습니다: {_line(found)}")


@app.command("list")
def list_command(home: Home = None, as_json: AsJson = False) -> None:
    """What is installed, and every profile that is known."""
    packages, validator = installed(_home(home)), installed_validator(_home(home))
    if as_json:
        typer.echo(
            json.dumps({"packages": [asdict(found) for found in packages], "profiles": sorted(validator.profiles)})
        )
        return
    for found in packages:
        typer.echo(_line(found))
    if not packages:
        typer.echo("설치한 패키지가 없어 내장 표(KR Core 2.0.0)로 검증합니다.")
    for profile in sorted(validator.profiles.values(), key=lambda profile: (profile.type, profile.id)):
        typer.echo(f"  {profile.type:20} {profile.id}")


@app.command("show")
def show_command(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="URL or id, such as krcore-patient")],
    home: Home = None,
) -> None:
    """What a profile asks beyond base R4, an element a line."""
    found = required_profile(profile, installed_validator(_home(home)))
    typer.echo(found.url)
    if found.contexts:
        typer.echo(f"  쓸 수 있는 곳: {', '.join(found.contexts)}")
    for line in _asked(found):
        typer.echo(f"  {line}")


@app.command("remove")
def remove_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="as `list` shows it, such as hl7.fhir.kr.core")],
    home: Home = None,
) -> None:
    """Take a package out; validation goes by the built-in table again."""
    remove(name, _home(home))
    typer.echo(f"지웠습니다: {name}")


def required_profile(name: str, validator: Validator) -> Profile:
    """The profile of that URL or id; :class:`UnknownProfileError` where there is none."""
    found = validator.find(name)
    if found is None:
        raise UnknownProfileError(profile=name)
    return found


def _home(home: Path | None) -> Path:
    return home or profiles_home(os.environ)


def _line(found: InstalledPackage) -> str:
    return f"{found.name} {found.version} · 프로파일 {found.profiles}개 · SHA-256 {found.sha256}"


def _asked(profile: Profile) -> Iterator[str]:
    for node in _nodes(profile.root):
        words = list(_words(node))
        if words:
            yield f"{node.id.partition('.')[2] or node.id}: {' · '.join(words)}"


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in (*node.children.values(), *node.slices.values()):
        yield from _nodes(child)


def _words(node: Node) -> Iterator[str]:
    """What a node asks, in the notation of the table."""
    if node.minimum is not None or node.maximum is not None:
        low = "" if node.minimum is None else node.minimum
        yield f"{low}..{'' if node.maximum is None else node.maximum}"
    if node.must_support:
        yield "MS"
    for ref in node.types:
        targets = [target.rsplit("/", maxsplit=1)[-1] for target in ref.targets]
        yield ref.code + (f"({' '.join(targets)})" if targets else "") + (f" {ref.profile}" if ref.profile else "")
    for word, value in (("fixed", node.fixed), ("pattern", node.pattern)):
        if value is not None:
            yield f"{word} {json.dumps(value, ensure_ascii=False)}"
    if node.binding is not None:
        yield f"{node.binding.strength} {node.binding.value_set.rsplit('/', maxsplit=1)[-1]}"
    if node.preferred is not None:
        yield f"preferred {node.preferred.rsplit('/', maxsplit=1)[-1]}"
    if node.slices:
        yield "slices by " + ", ".join(f"{kind} {path}" for kind, path in node.discriminators)
    for rule in node.rules:
        yield f"{rule.key} ({rule.severity})"
