"""What codes look like in systems whose lists are kept elsewhere, and are not in any package."""

import re
from typing import Final

_SHAPES: Final = {
    # KCD-8 (통계청): a letter, two digits, up to three more with or without the point, and the signs of dual coding
    "http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8": re.compile(r"[A-Z]\d{2}(\.?\d{1,3})?[*†+]?|M\d{4}/\d"),
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-procedure": re.compile(r"[0-9A-Z]{2,15}"),
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication": re.compile(r"[0-9A-Z]{9}"),
    "http://www.hl7korea.or.kr/CodeSystem/hira-edi-material": re.compile(r"[0-9A-Z]{2,15}"),
    "http://www.hl7korea.or.kr/CodeSystem/kpis-kdcode": re.compile(r"[0-9A-Z]{5,20}"),
    "http://www.whocc.no/atc": re.compile(r"[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?"),
    "http://loinc.org": re.compile(r"(LP|LA|LG|MTHU)?\d{1,7}-\d"),
    "http://snomed.info/sct": re.compile(r"\d{6,18}"),
    "urn:ietf:bcp:13": re.compile(r"[\w.+-]+/[\w.+*-]+(\s*;.*)?"),
    "urn:ietf:bcp:47": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"),
    "urn:iso:std:iso:4217": re.compile(r"[A-Z]{3}"),
}
_BARE: Final = {
    "mimetypes": _SHAPES["urn:ietf:bcp:13"],
    "currencies": _SHAPES["urn:iso:std:iso:4217"],
}


def has_shape(system: str | None, code: str, value_set: str = "") -> bool:
    """True where a code may be one of that system: by its list where the value set has it, else by its looks.

    A bare code (``system`` None) has the shape that its value set (a short name) asks for.
    """
    shape = _BARE.get(value_set) if system is None else _SHAPES.get(system)
    return shape is None or shape.fullmatch(code) is not None
