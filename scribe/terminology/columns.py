"""Which column of a master says what: by the usual headings, or by the hospital's own map (TOML).

A map has a table ``[columns]`` (field = heading or list of headings) and, where needed, ``[file]`` with ``encoding``,
``delimiter``, ``system`` (the URI under which the hospital's own codes are known) and ``list_separator``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scribe.domain.files import read_file
from scribe.drafting.terminology.records import Source
from scribe.terminology.errors import MapError, TerminologyFileError

LIST_SEPARATOR = "[|;,]"
FIELDS = (
    *("code", "name", "english", "synonyms", "ingredient", "ingredient_english", "brand", "strength", "unit", "form"),
    *("route", "atc", "edi", "category", "complete", "in_use", "active_from", "active_to"),
)
REQUIRED = {
    Source.KCD: ("code", "name"),
    Source.EDI: ("code", "name"),
    Source.FORMULARY: ("code", "name"),
    Source.ORDERS: ("code", "name"),
}
_SHARED: Mapping[str, tuple[str, ...]] = {
    "english": ("영문명", "영문명칭", "영문", "영문상병명", "name_en", "english", "english name", "영문명(한글)"),
    "synonyms": ("동의어", "유사어", "별칭", "검색어", "약칭", "synonyms", "alias"),
    "in_use": ("사용여부", "사용구분", "사용유무", "use_yn", "useyn"),
    "active_from": (
        "적용일자",
        "적용시작일",
        "적용시작일자",
        "시작일자",
        "적용일",
        "등재일",
        "active_from",
        "start_date",
    ),
    "active_to": ("적용종료일", "적용종료일자", "종료일자", "만료일자", "삭제일", "active_to", "end_date"),
    "atc": ("atc", "atc코드", "atc code", "atc_code"),
    "edi": ("edi코드", "edi", "보험코드", "청구코드", "수가코드", "edi_code", "보험edi코드"),
}
_MEDICINES: Mapping[str, tuple[str, ...]] = {
    "name": (
        "제품명",
        "품명",
        "약품명",
        "한글약품명",
        "품목명",
        "상품명",
        "제품한글명",
        "약품명(한글)",
        "product_ko",
        "name",
    ),
    "brand": ("브랜드", "브랜드명", "brand", "brand_ko"),
    "ingredient": ("성분명", "주성분명", "일반명", "일반명코드명", "성분", "주성분", "ingredient", "ingredient_ko"),
    "ingredient_english": ("성분영문명", "영문성분명", "주성분영문명", "ingredient_en"),
    "strength": ("함량", "규격", "함량규격", "용량", "strength"),
    "unit": ("단위", "함량단위", "규격단위", "unit"),
    "form": ("제형", "제형명", "제형구분", "제형구분명", "form", "form_ko"),
    "route": ("투여경로", "투여", "투여구분", "경로", "route", "route_ko"),
}
HEADINGS: Mapping[Source, Mapping[str, tuple[str, ...]]] = {
    Source.KCD: {
        **_SHARED,
        "code": (
            "상병코드",
            "상병기호",
            "kcd코드",
            "kcd",
            "질병분류코드",
            "분류코드",
            "진단코드",
            "질병코드",
            "코드",
            "code",
        ),
        "name": ("한글상병명", "상병명", "한글명", "한글명칭", "질병명", "진단명", "명칭", "name_ko", "name", "표제어"),
        "complete": ("완전코드", "완전코드구분", "최하위", "is_leaf", "leaf"),
    },
    Source.EDI: {
        **_SHARED,
        **_MEDICINES,
        "code": ("제품코드", "약품코드", "품목코드", "edi코드", "edi_code", "보험코드", "표준코드", "코드", "code"),
        "edi": (),
    },
    Source.FORMULARY: {
        **_SHARED,
        **_MEDICINES,
        "code": ("약품코드", "원내코드", "처방코드", "약코드", "오더코드", "코드", "code", "local_code"),
    },
    Source.ORDERS: {
        **_SHARED,
        "code": ("처방코드", "오더코드", "검사코드", "원내코드", "수가코드", "코드", "order_code", "code"),
        "name": ("처방명", "오더명", "검사명", "처방명칭", "한글명", "명칭", "수가명", "order_name", "name", "name_ko"),
        "category": ("구분", "분류", "처방구분", "오더구분", "처방분류", "오더분류", "category", "type"),
    },
}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A hospital's own map; an empty one leaves all to the usual headings."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    system: str | None = None
    list_separator: str = LIST_SEPARATOR


def read_map(path: Path) -> ColumnMap:
    """The map of a TOML file; :class:`MapError` names the key that is wrong."""
    try:
        data = tomllib.loads(read_file(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MapError(file=path, problem=str(error).lower()) from None
    unknown = set(data) - {"columns", "file"}
    if unknown:
        raise MapError(file=path, problem=f"the table [{min(unknown)}] is unknown (write [columns] and [file])")
    columns, file = data.get("columns", {}), data.get("file", {})
    if not isinstance(columns, dict) or not isinstance(file, dict):
        raise MapError(file=path, problem="[columns] and [file] must be tables")
    for key, value in columns.items():
        if key not in FIELDS:
            raise MapError(file=path, problem=f"columns.{key} is unknown (write one of {', '.join(FIELDS)})")
        if not (isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))):
            raise MapError(file=path, problem=f"columns.{key} must be a heading or a list of headings")
    for key, value in file.items():
        if key not in ("encoding", "delimiter", "system", "list_separator") or not isinstance(value, str):
            raise MapError(file=path, problem=f"file.{key} is unknown or no text")
    separator = file.get("list_separator")
    return ColumnMap(
        columns={key: (value,) if isinstance(value, str) else tuple(value) for key, value in columns.items()},
        encoding=file.get("encoding"),
        delimiter=file.get("delimiter"),
        system=file.get("system"),
        list_separator=re.escape(separator) if separator else LIST_SEPARATOR,
    )


def places(source: Source, headings: tuple[str, ...], mapped: ColumnMap, path: Path) -> dict[str, int]:
    """The position of each field's column.

    A heading of the map must stand in the file; the fields it leaves out are found by the usual headings.  Raises
    :class:`TerminologyFileError` where a column of the map or a required one is missing.
    """
    by_heading = {_folded(heading): position for position, heading in reversed(list(enumerate(headings))) if heading}
    found: dict[str, int] = {}
    for name in FIELDS:
        own = mapped.columns.get(name)
        usual = HEADINGS[source].get(name, ())
        position = next((by_heading[_folded(one)] for one in own or usual if _folded(one) in by_heading), None)
        if position is not None:
            found[name] = position
        elif own is not None:
            raise TerminologyFileError(file=path, problem=_no_column(name, own[0], headings))
    for name in REQUIRED[source]:
        if name not in found:
            raise TerminologyFileError(file=path, problem=_not_known(name, source, headings))
    return found


def _folded(heading: str) -> str:
    return re.sub(r"[\s_\-]", "", heading).lower()


def _no_column(name: str, heading: str, headings: tuple[str, ...]) -> str:
    return f"the map wants {name} in the column '{heading}', and the file has {_listed(headings)}"


def _not_known(name: str, source: Source, headings: tuple[str, ...]) -> str:
    return (
        f"no column for the {name} was found among {_listed(headings)}; name it in a map "
        f'(--map, [columns] {name} = "…") or check --as {source.value}'
    )


def _listed(headings: tuple[str, ...]) -> str:
    shown = [f"'{heading}'" for heading in headings if heading][:8]
    return ", ".join(shown) + (" …" if len(headings) > len(shown) else "")
