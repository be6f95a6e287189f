"""Values of a site file that need more than their type: secrets, paths beside the file, names."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationInfo

STRICT: Final = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
"""How a section is read: an unknown key is an error."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A password, key or token; it prints as asterisks, and only :attr:`value` gives it away."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "********"


def _secret(given: object, info: ValidationInfo) -> Secret:
    """From the text itself, ``{ file = "…" }`` (its first line) or ``{ env = "…" }``."""
    if isinstance(given, Secret):
        return given
    if isinstance(given, Mapping) and len(given) == 1:
        (source, where), *_ = given.items()
        if source == "file" and isinstance(where, str):
            return _read(_beside(Path(where), info))
        if source == "env" and isinstance(where, str):
            if not os.environ.get(where):
                raise ValueError(f"needs the environment variable {where}, which is not set")
            return Secret(os.environ[where])
    if not isinstance(given, str) or not given:
        raise ValueError('must be a text, { file = "…" } or { env = "…" }')
    return Secret(given)


def _read(path: Path) -> Secret:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read from {path} ({type(error).__name__})") from None
    if not lines or not lines[0].strip():
        raise ValueError(f"is empty in {path}")
    return Secret(lines[0].strip())


def _beside(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    path = path.expanduser()
    return path if folder is None else Path(folder) / path


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", name):
        raise ValueError("must be 1 to 32 small letters, digits, - and _, starting with a letter or digit")
    return name


def _absolute_uri(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", text):
        raise ValueError("must be a URI without spaces, such as urn:oid:1.2.410.100110.10.12345678")
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        fits = False
    if not fits or not text.isascii() or " " in text:
        raise ValueError("must be an http(s) address that holds no user name")
    return text


SecretSetting = Annotated[Secret, BeforeValidator(_secret)]
"""A secret as a site file gives it."""
FileSetting = Annotated[Path, AfterValidator(_beside)]
"""A path; relative ones count from the folder of the site file."""
NameSetting = Annotated[str, AfterValidator(_name)]
"""What a destination is called: it stays the same for as long as the receiver does."""
AddressSetting = Annotated[str, AfterValidator(_address)]
"""An http(s) address; credentials belong in ``headers`` or ``auth``."""
UriSetting = Annotated[str, AfterValidator(_absolute_uri)]


def headers_of(given: Any) -> Any:
    """A table of headers as pairs."""
    return tuple(given.items()) if isinstance(given, Mapping) else given


HeadersSetting = Annotated[tuple[tuple[str, SecretSetting], ...], BeforeValidator(headers_of)]
"""Headers of every request; their values are secrets."""
