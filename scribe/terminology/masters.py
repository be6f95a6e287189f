"""The rows of a master as items with the names under which they are spoken."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from scribe.domain.entries import KCD8_SYSTEM
from scribe.drafting.terminology.records import (
    EDI_MEDICATION_SYSTEM,
    LOCAL_MEDICINE_SYSTEM,
    LOCAL_ORDER_SYSTEM,
    Item,
    Kind,
    Source,
)
from scribe.terminology.columns import LIST_SEPARATOR
from scribe.terminology.errors import RowError
from scribe.terminology.meaning import medicine_term, term_named
from scribe.terminology.products import ingredients, product, strength

NO_DISEASE = re.compile(r"[RUVWXYZ]|T3[6-9]|T[45]\d|T6[0-5]")
"""Codes of signs, substances, causes and occasions: their names are words of every consultation."""
_KCD = re.compile(r"([A-Z]\d\d)\.?(\d{0,4})[†*+]?")
_EDI = re.compile(r"\d{8,9}|[A-Z]\d{4,9}")
_YES = frozenset({"1", "y", "yes", "true", "o", "예", "사용", "완전", "leaf"})
_NO = frozenset({"0", "n", "no", "false", "x", "아니오", "미사용", "중지", "불완전", "삭제"})
_DATE = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})")
_UNSPECIFIED = re.compile(r"^(?:상세불명의|기타|달리 분류되지 않은|명시되지 않은)\s+|\s*(?:NOS|,\s*상세불명)$")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_TEST_WORDS = re.compile(
    r"검사|촬영|측정|배양|조영|초음파|내시경|CT|MRI|X-?ray|엑스레이|심전도|PCR|항체|항원", re.IGNORECASE
)
_PROCEDURE_WORDS = re.compile(r"술$|수술|처치|시술|드레싱|봉합|절제|이식|치료|마취|삽입|주입|세척|채취|투석|접종|주사")
_CATEGORIES = {
    **dict.fromkeys(
        ("검사", "영상", "영상검사", "진단검사", "검체검사", "기능검사", "병리", "방사선", "내시경"), Kind.TEST
    ),
    **dict.fromkeys(("lab", "imaging", "test", "radiology", "function"), Kind.TEST),
    **dict.fromkeys(("처치", "수술", "시술", "마취", "재활", "물리치료", "처치및수술", "예방접종"), Kind.PROCEDURE),
    **dict.fromkeys(("procedure", "surgery", "treatment"), Kind.PROCEDURE),
}

Cells = Mapping[str, str]


class Skipped(Exception):  # noqa: N818  (no error: the row is left out, and counted under this reason)
    """A row that is left out; the argument is the reason."""


@dataclass(frozen=True, slots=True)
class Named:
    """An item and its surfaces; ``derived`` are shortened ones, which are only looked up, never found in dialogue."""

    item: Item
    surfaces: tuple[str, ...]
    derived: tuple[str, ...] = ()


@dataclass(slots=True)
class Taken:
    """What was read of a file: the items, and the rows left out by reason."""

    items: list[Named] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of a file are read; ``system`` is the URI of the hospital's own codes."""

    source: Source
    file: str
    today: date
    system: str | None = None
    list_separator: str = LIST_SEPARATOR
    skip_wrong: bool = False


def read_items(rows: Iterable[tuple[int, Cells]], how: Reading) -> Taken:
    """The items of the rows; :class:`RowError` at the first that cannot be read, unless such rows are to be skipped."""
    taken = Taken()
    make = _MAKERS[how.source]
    seen: set[tuple[str, str]] = set()
    for number, cells in rows:
        try:
            _require_active(cells, number, how)
            named = make(cells, number, how)
        except Skipped as reason:
            taken.skipped[str(reason)] += 1
            continue
        except RowError as error:
            if not how.skip_wrong:
                raise
            taken.skipped[f"{error.column}: {error.problem}"] += 1
            continue
        key = (named.item.code, named.item.name)
        if key in seen:
            taken.skipped["the same code and name again"] += 1
            continue
        seen.add(key)
        taken.items.append(named)
    if how.source is Source.KCD:
        taken.items = list(_without_categories(taken.items))
    return taken


def _require_active(cells: Cells, number: int, how: Reading) -> None:
    if not cells.get("name"):
        raise Skipped("no name")
    if cells.get("in_use", "").lower() in _NO:
        raise Skipped("not in use")
    begins, ends = (_date(cells, name, number, how) for name in ("active_from", "active_to"))
    if begins is not None and begins > how.today:
        raise Skipped("not yet active")
    if ends is not None and ends < how.today:
        raise Skipped("no longer active")


def _date(cells: Cells, name: str, number: int, how: Reading) -> date | None:
    text = cells.get(name, "")
    if not text or not text.strip("0-./"):
        return None
    found = _DATE.match(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else _wrong(name, text, number, how)
    except ValueError:
        return _wrong(name, text, number, how)


def _wrong(name: str, text: str, number: int, how: Reading) -> date:
    raise RowError(file=how.file, row=number, column=name, problem=f"'{text}' is no date (write 2026-01-31)")


def _code(cells: Cells, number: int, how: Reading) -> str:
    code = cells.get("code", "").upper()
    if not code:
        raise RowError(file=how.file, row=number, column="code", problem="it is empty: every row needs a code")
    return code


def _diagnosis(cells: Cells, number: int, how: Reading) -> Named:
    written = _code(cells, number, how)
    found = _KCD.fullmatch(written.replace(" ", ""))
    if found is None:
        problem = f"'{written}' is no KCD code (like J45 or J45.9)"
        raise RowError(file=how.file, row=number, column="code", problem=problem)
    name = cells["name"]
    surfaces = _surfaces(name, cells, how)
    short = tuple(one for one in (_UNSPECIFIED.sub("", name), _BRACKETS.sub("", name)) if one and one not in surfaces)
    item = Item(
        source=how.source,
        kind=Kind.DIAGNOSIS,
        code=found[1] + (f".{found[2]}" if found[2] else ""),
        system=KCD8_SYSTEM,
        name=name,
        term=term_named(Kind.DIAGNOSIS, surfaces) or name,
        line=number,
        english=cells.get("english", ""),
        is_complete=cells.get("complete", "").lower() not in _NO,
    )
    english = (item.english,) if item.english else ()
    return Named(item, surfaces, (*english, *short))


def _surfaces(name: str, cells: Cells, how: Reading) -> tuple[str, ...]:
    others = re.split(how.list_separator, cells.get("synonyms", ""))
    return tuple(dict.fromkeys(part for part in (name, *(one.strip() for one in others)) if part))


def _without_categories(items: list[Named]) -> Iterator[Named]:
    """A code under which others stand is a category, also where the file does not say so."""
    codes = {named.item.code for named in items}
    parents = {code[:length] for code in codes for length in range(3, len(code))}
    parents |= {parent.rstrip(".") for parent in parents}
    for named in items:
        item = named.item
        if item.is_complete and item.code in parents:
            yield Named(Item(**{**_fields(item), "is_complete": False}), named.surfaces, named.derived)  # type: ignore[arg-type]
        else:
            yield named


def _fields(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in Item.__dataclass_fields__}


def _medicine(cells: Cells, number: int, how: Reading) -> Named:
    code = _code(cells, number, how)
    edi = cells.get("edi", "").upper() or (code if how.source is Source.EDI else "")
    if edi and not _EDI.fullmatch(edi):
        column = "code" if how.source is Source.EDI else "edi"
        problem = f"'{edi}' is no insurance code (nine digits)"
        raise RowError(file=how.file, row=number, column=column, problem=problem)
    edi = edi.zfill(9) if edi.isdigit() else edi
    parts = product(cells["name"])
    korean, english = cells.get("ingredient", ""), cells.get("ingredient_english", "") or _latin(cells, "ingredient")
    atc = cells.get("atc", "").upper()
    term = medicine_term(korean, english, atc) or term_named(Kind.MEDICINE, (parts.stem, cells.get("brand", "")))
    spoken, written = ingredients(korean, english)
    is_edi = how.source is Source.EDI
    item = Item(
        source=how.source,
        kind=Kind.MEDICINE,
        code=edi if is_edi else code,
        system=EDI_MEDICATION_SYSTEM if is_edi else how.system or LOCAL_MEDICINE_SYSTEM,
        name=cells["name"],
        term=term or "/".join(spoken) or "/".join(written) or parts.stem,
        line=number,
        english=english,
        edi=edi,
        atc=atc,
        strength=_strength(cells) or parts.strength,
        form=cells.get("form", "") or parts.form,
        route=cells.get("route", ""),
    )
    brand = cells.get("brand", "")
    own = (parts.stem, *((brand,) if _is_stem(brand, cells["name"]) else ()), *_surfaces(parts.stem, cells, how)[1:])
    derived = (cells["name"], parts.with_form)
    return Named(item, tuple(dict.fromkeys(own)), tuple(one for one in dict.fromkeys(derived) if one not in own))


def _latin(cells: Cells, name: str) -> str:
    text = cells.get(name, "")
    return text if text.isascii() else ""


def _is_stem(brand: str, name: str) -> bool:
    return len(brand) > 1 and not brand[0].isdigit() and name.replace(" ", "").startswith(brand.replace(" ", ""))


def _strength(cells: Cells) -> str:
    text = cells.get("strength", "")
    if "+" in text:
        return ""
    unit = cells.get("unit", "")
    return strength(text if re.search(r"[A-Za-z%가-힣]", text) else text + unit)


def _order(cells: Cells, number: int, how: Reading) -> Named:
    code = _code(cells, number, how)
    name = cells["name"]
    surfaces = _surfaces(name, cells, how)
    plain = _BRACKETS.sub("", name).strip() or name
    inside = tuple(re.findall(r"[(\[]([^()\[\]]+)[)\]]", name))
    asked = tuple(dict.fromkeys((*surfaces, plain, *inside, cells.get("english", ""))))
    kind, term = _kind_of_order(cells, name, asked)
    item = Item(
        source=how.source,
        kind=kind,
        code=code,
        system=how.system or LOCAL_ORDER_SYSTEM,
        name=name,
        term=term or name,
        line=number,
        english=cells.get("english", ""),
        edi=cells.get("edi", "").upper(),
    )
    own = tuple(dict.fromkeys((*surfaces, plain)))
    english = (item.english,) if item.english and item.english not in own else ()
    return Named(item, own, english)


def _kind_of_order(cells: Cells, name: str, surfaces: Iterable[str]) -> tuple[Kind, str]:
    """Test or procedure: by the category's column, by a term of ours, by the words of the name; else the row is left
    out, since a medicine or a meal among the orders must not become a test."""
    said = _CATEGORIES.get(cells.get("category", "").replace(" ", "").lower())
    kinds = (said,) if said else (Kind.TEST, Kind.PROCEDURE)
    for kind in kinds:
        if term := term_named(kind, filter(None, surfaces)):
            return kind, term
    if said:
        return said, ""
    if cells.get("category"):
        raise Skipped("neither a test nor a procedure")
    if _TEST_WORDS.search(name):
        return Kind.TEST, ""
    if _PROCEDURE_WORDS.search(name):
        return Kind.PROCEDURE, ""
    raise Skipped("neither a test nor a procedure")


_MAKERS: Mapping[Source, Callable[[Cells, int, Reading], Named]] = {
    Source.KCD: _diagnosis,
    Source.EDI: _medicine,
    Source.FORMULARY: _medicine,
    Source.ORDERS: _order,
}
