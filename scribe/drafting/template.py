"""Note templates: data files that say which facts stand in which section, in what order and words.

A template is a TOML file under ``templates/``, or a hospital's own file of the same shape:

* ``name``, and ``wording`` (what actions, certainties, routes … are called), taken over from the template that it
  ``extends`` where it does not say otherwise;
* ``sections``: ``code``, ``title`` and ``blocks`` in order.  A block selects entries by ``facts`` (their kind) and
  ``where`` (field = allowed values), and says how they read: ``layout = "each"`` gives a statement an entry,
  ``"list"`` joins plain entries, ``together`` them by ``all``, ``utterance`` or ``onset``, at most ``limit`` a
  statement; ``text`` is the sentence around ``{facts}``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from scribe.domain.entries import KINDS
from scribe.drafting.errors import UnknownTemplateError, WrongTemplateError

Layout = Literal["each", "list", "conditions"]
Together = Literal["all", "utterance", "onset"]
_PSEUDO_FACTS = ("chief_complaint",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Entries of some kinds, and the sentence they become."""

    facts: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layout: Layout = "each"
    together: Together = "all"
    limit: int = 8
    text: str = "{facts}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTemplate:
    """A section of the note: its blocks in order."""

    code: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A note template; ``wording`` maps a table (``action``, ``route`` …) to code → words."""

    name: str
    sections: tuple[SectionTemplate, ...]
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def word(self, table: str, code: str) -> str:
        """The words for a code, or "" where the template leaves it unsaid."""
        return self.wording.get(table, {}).get(code, "")


def template_names() -> tuple[str, ...]:
    """The templates that ship with the product."""
    folder = files("scribe.drafting") / "templates"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_template(name: str, folder: Path | None = None) -> Template:
    """The template of that name: the hospital's in ``folder`` before ours.

    Raises UnknownTemplateError, or WrongTemplateError naming the field that is wrong.
    """
    if folder is not None and (own := folder / f"{name}.toml").is_file():
        return parse_template(own.read_text(encoding="utf-8"), name)
    if name not in template_names():
        raise UnknownTemplateError(template=name, known=", ".join(template_names()))
    return parse_template((files("scribe.drafting") / "templates" / f"{name}.toml").read_text(encoding="utf-8"), name)


def parse_template(text: str, name: str) -> Template:
    """A template from TOML text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongTemplateError(template=name, field="the file", problem=str(error)) from None
    wording = dict(load_template(document["extends"]).wording) if "extends" in document else {}
    wording.update(document.get("wording", {}))
    if not document.get("sections"):
        raise WrongTemplateError(template=name, field="sections", problem="there is none")
    return Template(
        name=document.get("name", name),
        wording=wording,
        sections=tuple(_section(table, name, i) for i, table in enumerate(document["sections"])),
    )


def _section(table: dict[str, Any], name: str, index: int) -> SectionTemplate:
    where = f"sections[{index}]"
    for key in ("code", "title", "blocks"):
        if key not in table:
            raise WrongTemplateError(template=name, field=f"{where}.{key}", problem="it is missing")
    return SectionTemplate(
        code=table["code"],
        title=table["title"],
        blocks=tuple(_block(block, name, f"{where}.blocks[{i}]") for i, block in enumerate(table["blocks"])),
    )


def _block(table: dict[str, Any], name: str, where: str) -> Block:
    def refuse(key: str, problem: str) -> WrongTemplateError:
        return WrongTemplateError(template=name, field=f"{where}.{key}", problem=problem)

    unknown = set(table) - set(Block.__dataclass_fields__)
    if unknown:
        raise refuse(min(unknown), "no block has this field")
    facts = table.get("facts")
    kinds = (facts,) if isinstance(facts, str) else tuple(facts or ())
    if not kinds or not set(kinds) <= {*KINDS, *_PSEUDO_FACTS}:
        raise refuse("facts", f"must be of {', '.join((*KINDS, *_PSEUDO_FACTS))}")
    if table.get("layout", "each") not in get_args(Layout):
        raise refuse("layout", f"must be one of {', '.join(get_args(Layout))}")
    if table.get("together", "all") not in get_args(Together):
        raise refuse("together", f"must be one of {', '.join(get_args(Together))}")
    if "{facts}" not in table.get("text", "{facts}"):
        raise refuse("text", "must hold {facts}")
    conditions = {key: tuple(values) for key, values in table.get("where", {}).items()}
    return Block(**{**table, "facts": kinds, "where": conditions})
