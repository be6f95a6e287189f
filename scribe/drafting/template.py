"""Note templates: data files that say which facts stand in which section, in what order and words.

A template is a TOML file under ``templates/``, or a hospital's own file of the same shape; ``docs/templates.md``
explains how to write one:

* ``name``, ``extends``, and ``wording`` (what actions, certainties, routes … are called), taken over from the template
  that it extends where it does not say otherwise; so are the sections where it has none;
* ``sections``: ``code``, ``title`` and ``blocks`` in order.  A block selects entries by ``facts`` (their kind) and
  ``where`` (field = allowed values), and says how they read: ``layout = "each"`` gives a statement an entry,
  ``"list"`` joins plain entries, ``together`` them by ``all``, ``utterance`` or ``onset``, at most ``limit`` a
  statement; ``text`` is the sentence around ``{facts}``;
* ``title_en`` and ``text_en`` are the same for the English rendering, and may be left out.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Literal, Self, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from scribe.domain.entries import KINDS, Entry
from scribe.drafting.errors import UnknownTemplateError, WrongTemplateError

AUTO = "auto"
"""The name that stands for the template of the occasion (:mod:`scribe.drafting.occasion`)."""

Layout = Literal["each", "list", "conditions"]
Together = Literal["all", "utterance", "onset"]
_PSEUDO_FACTS = ("chief_complaint",)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DEEPEST = 8
_TYPES = {kind: get_type_hints(entry_type) for kind, entry_type in zip(KINDS, get_args(Entry), strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Entries of some kinds, and the sentence they become."""

    facts: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layout: Layout = "each"
    together: Together = "all"
    limit: int = 8
    text: str = "{facts}."
    text_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTemplate:
    """A section of the note: its blocks in order."""

    code: str
    title: str
    blocks: tuple[Block, ...]
    title_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A note template; ``wording`` maps a table (``action``, ``route`` …) to code → words."""

    name: str
    sections: tuple[SectionTemplate, ...]
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def word(self, table: str, code: str) -> str:
        """The words for a code, or "" where the template leaves it unsaid."""
        return self.wording.get(table, {}).get(code, "")


def template_names(folder: Path | None = None) -> tuple[str, ...]:
    """The templates that ship with the product, and those in the hospital's ``folder``."""
    ours = (item.name for item in (files("scribe.drafting") / "templates").iterdir())
    own = (item.name for item in folder.iterdir()) if folder is not None and folder.is_dir() else ()
    return tuple(sorted({name.removesuffix(".toml") for name in (*ours, *own) if name.endswith(".toml")}))


def load_template(name: str, folder: Path | None = None) -> Template:
    """The template of that name: the hospital's in ``folder`` before ours.

    Raises UnknownTemplateError, or WrongTemplateError naming the field that is wrong.
    """
    return _load(name, folder, ())


def require_template(name: str, folder: Path | None = None) -> None:
    """Raises as :func:`load_template` where ``name`` is neither "auto" nor a template that can be used.

    With a ``folder`` every template in it is read, so that a broken one is told before the first visit.
    """
    if folder is not None and not folder.is_dir():
        raise WrongTemplateError(template=name, field="its folder", problem=f"{folder} is no folder that can be read")
    own = [path.stem for path in sorted(folder.glob("*.toml"))] if folder is not None else []
    for known in (*own, *(() if name == AUTO else (name,))):
        load_template(known, folder)


def parse_template(text: str, name: str, folder: Path | None = None) -> Template:
    """A template from TOML text."""
    return _parse(text, name, folder, (name,))


def _load(name: str, folder: Path | None, extending: tuple[str, ...]) -> Template:
    if not _NAME.fullmatch(name):
        raise UnknownTemplateError(template=name, known=", ".join((AUTO, *template_names(folder))))
    own = folder / f"{name}.toml" if folder is not None else None
    if own is not None and own.is_file() and name not in extending:
        return _parse(_text(own, name), name, folder, (*extending, name))
    ours = files("scribe.drafting") / "templates" / f"{name}.toml"
    if not ours.is_file():
        raise UnknownTemplateError(template=name, known=", ".join((AUTO, *template_names(folder))))
    return _parse(ours.read_text(encoding="utf-8"), name, folder, (*extending, name))


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise WrongTemplateError(template=name, field="the file", problem="it is not UTF-8 text") from None
    except OSError as error:
        problem = f"it cannot be read ({error.strerror})"
        raise WrongTemplateError(template=name, field="the file", problem=problem) from None


class _BlockFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    facts: str | list[str]
    where: dict[str, list[str]] = Field(default_factory=dict)
    layout: Layout = "each"
    together: Together = "all"
    limit: int = Field(8, ge=1, le=50)
    text: str = "{facts}."
    text_en: str | None = None

    @field_validator("facts")
    @classmethod
    def _known(cls, facts: str | list[str]) -> list[str]:
        kinds = [facts] if isinstance(facts, str) else facts
        if not kinds or not set(kinds) <= {*KINDS, *_PSEUDO_FACTS}:
            raise ValueError(f"it must be of {', '.join((*KINDS, *_PSEUDO_FACTS))}")
        return kinds

    @field_validator("text", "text_en")
    @classmethod
    def _sentence(cls, text: str | None) -> str | None:
        try:
            names = [] if text is None else [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        except ValueError:
            names = []
        if text is not None and names != ["facts"]:
            raise ValueError("it must hold {facts} once and no other braces")
        return text

    @model_validator(mode="after")
    def _selects(self) -> Self:
        for name, values in self.where.items():
            hints = [_TYPES[kind].get(name) for kind in self.facts if kind in _TYPES]
            allowed = {value for hint in hints if hint is not None for value in get_args(hint)}
            if not any(hint is not None for hint in hints):
                raise ValueError(f"where.{name} is no field of {', '.join(self.facts)}")
            if allowed and type(None) not in allowed and not set(values) <= allowed:
                raise ValueError(f"where.{name} must be of {', '.join(sorted(allowed))}")
        return self

    def block(self) -> Block:
        return Block(
            facts=tuple(self.facts),
            where={name: tuple(values) for name, values in self.where.items()},
            layout=self.layout,
            together=self.together,
            limit=self.limit,
            text=self.text,
            text_en=self.text_en,
        )


class _SectionFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    title_en: str | None = None
    blocks: list[_BlockFile]


class _TemplateFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = None
    extends: str | None = None
    wording: dict[str, dict[str, str]] = Field(default_factory=dict)
    sections: list[_SectionFile] = Field(default_factory=list)


def _parse(text: str, name: str, folder: Path | None, extending: tuple[str, ...]) -> Template:
    try:
        file = _TemplateFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongTemplateError(template=name, field="the file", problem=str(error)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise WrongTemplateError(template=name, field=_path(first["loc"]), problem=_problem(first["msg"])) from None
    parent = _parent(file, name, folder, extending)
    if not file.sections and parent is None:
        raise WrongTemplateError(template=name, field="sections", problem="there is none")
    return Template(
        name=file.name or name,
        wording={**(parent.wording if parent else {}), **file.wording},
        sections=tuple(_section(section) for section in file.sections) or (parent.sections if parent else ()),
    )


def _parent(file: _TemplateFile, name: str, folder: Path | None, extending: tuple[str, ...]) -> Template | None:
    if file.extends is None:
        return None
    if len(extending) > _DEEPEST:
        raise WrongTemplateError(template=name, field="extends", problem="it leads back to itself")
    return _load(file.extends, folder, extending)


def _section(file: _SectionFile) -> SectionTemplate:
    blocks = tuple(block.block() for block in file.blocks)
    return SectionTemplate(code=file.code, title=file.title, title_en=file.title_en, blocks=blocks)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "the file"


def _problem(message: str) -> str:
    plain = message.removeprefix("Value error, ")
    return {"Extra inputs are not permitted": "there is no such field", "Field required": "it is missing"}.get(
        plain, plain[0].lower() + plain[1:]
    )
