"""What validation says, in Korean and in English.  Values of the resource are never quoted."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Language = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    ko: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en


NOT_JSON: Final = Text("UTF-8로 쓴 JSON이 아닙니다", "this is not JSON in UTF-8")
XML: Final = Text("XML입니다. FHIR JSON 파일을 주십시오", "this is XML; give FHIR JSON")
EMPTY_FILE: Final = Text("빈 파일입니다", "the file is empty")
TWICE: Final = Text("한 객체 안에 같은 이름의 속성이 두 번 있습니다", "an object has two properties of the same name")
NOT_A_RESOURCE: Final = Text(
    "resourceType이 있는 FHIR 자원이 아닙니다", "this is not a FHIR resource with a resourceType"
)
TOO_DEEP: Final = Text(
    "너무 깊게 중첩되어 있어 더 살펴보지 않았습니다", "it is nested too deeply and was not looked into further"
)
TOO_MANY_ISSUES: Final = Text(
    "문제가 너무 많아 나머지는 살펴보지 않았습니다", "there are too many findings; the rest was not looked into"
)
EMPTY: Final = Text("값이 비어 있습니다", "the value is empty")
EMPTY_LIST: Final = Text("배열이 비어 있거나 짝이 맞지 않습니다", "the array is empty, or not as long as its companion")
CLOSED: Final = Text(
    "프로파일이 정한 조각(slice) 가운데 어느 것에도 속하지 않습니다",
    "it fits none of the slices that the profile allows",
)
UNORDERED: Final = Text("프로파일이 정한 순서를 따르지 않습니다", "it is not in the order that the profile asks for")
NOT_FHIR_JSON: Final = Text("첨부한 FHIR 문서를 읽을 수 없습니다", "the attached FHIR document cannot be read")
BROKEN_REFERENCE: Final = Text(
    "가리키는 자원이 이 문서 안에 없습니다", "the resource that it points at is not in this document"
)
REFERENCE_FORM: Final = Text("참조 주소의 형식이 맞지 않습니다", "this is not the form of a reference")
UNKNOWN_ELEMENT: Final = Text("FHIR R4에 없는 요소입니다", "FHIR R4 has no such element")
UNKNOWN_TYPE: Final = Text(
    "이 검증기가 다루지 않는 자원 유형이어서 구조를 확인하지 않았습니다",
    "the structure was not checked: this validator does not cover that resource type",
)
NO_SUCH_TYPE: Final = Text("FHIR R4에 없는 자원 유형입니다", "FHIR R4 has no such resource type")
UNKNOWN_PROFILE: Final = Text(
    "알지 못하는 프로파일이어서 이 프로파일로는 확인하지 않았습니다",
    "this profile is not known here and was not checked",
)
UNDEFINED_EXTENSION: Final = Text("그 가이드에 없는 확장입니다", "the guide that it names has no such extension")
NOT_ABSOLUTE: Final = Text("절대 주소(URL 또는 URN)여야 합니다", "must be an absolute address (URL or URN)")
NO_FULL_URL: Final = Text("항목의 주소(fullUrl)가 없습니다", "the entry has no fullUrl")
URL_DISAGREES: Final = Text("자원의 유형이나 id와 다릅니다", "disagrees with the type or the id of the resource")
NOT_IN_DOCUMENT: Final = Text(
    "문서가 가리키는 자원이 문서 안에 없습니다", "the document points at a resource that does not go with it"
)
ONLY_IDENTIFIER: Final = Text(
    "KR Core에서는 식별자만이 아니라 주소(reference)로 가리켜야 합니다",
    "KR Core asks for a reference, not an identifier alone",
)
WRONG_SHAPE: Final = Text("그 코드 체계의 코드 형태가 아닙니다", "the code system has no codes of that shape")
TYPE_DISAGREES: Final = Text("참조의 주소와 유형(type)이 서로 다릅니다", "its type is not that of its address")
TARGET_PROFILE: Final = Text(
    "가리키는 자원이 요구하는 프로파일에 맞지 않습니다",
    "the resource that it points at does not conform",
)
NOT_MODIFIER: Final = Text(
    "의미를 바꾸는 확장(modifierExtension)이 아닙니다", "this extension is not a modifier extension"
)
MODIFIER: Final = Text(
    "의미를 바꾸는 확장이므로 modifierExtension에 적어야 합니다",
    "a modifier extension stands in modifierExtension",
)


def rule(key: str) -> Text:
    """The rule of that key in words; its bare name for a rule of a package that has none here."""
    return rule_texts().get(key) or Text(f"규칙 {key}을(를) 지키지 않았습니다", f"rule {key} is not kept")


@cache
def rule_texts() -> Mapping[str, Text]:
    """Every rule that ``rules.toml`` puts into words."""
    table = tomllib.loads(files("hl7_bridge.validate").joinpath("rules.toml").read_text("utf-8"))
    return {key: Text(words["ko"], words["en"]) for key, words in table.items()}


def too_few(minimum: int) -> Text:
    if minimum == 1:
        return Text("필수 요소가 없습니다", "a required element is missing")
    return Text(f"{minimum}개 이상 있어야 합니다", f"at least {minimum} are required")


def too_many(maximum: int, count: int) -> Text:
    if maximum == 0:
        return Text("쓸 수 없는 요소입니다", "this element is not allowed")
    return Text(f"{maximum}개까지 쓸 수 있는데 {count}개가 있습니다", f"at most {maximum} allowed, {count} found")


def wrong_profile_type(profile: str, wanted: str) -> Text:
    return Text(
        f"프로파일 {profile}은(는) {wanted} 자원에만 쓸 수 있습니다",
        f"profile {profile} is for {wanted} only",
    )


def too_large(megabytes: int) -> Text:
    return Text(f"{megabytes} MB보다 큰 파일은 검증하지 않습니다", f"a file of more than {megabytes} MB is not checked")


def shape(many: bool) -> Text:
    if many:
        return Text("여러 번 나올 수 있는 요소이므로 배열이어야 합니다", "this element repeats, so it must be an array")
    return Text("한 번만 나오는 요소이므로 배열일 수 없습니다", "this element does not repeat, so it is no array")


def json_type(kind: str) -> Text:
    names = {"string": "문자열", "number": "숫자", "boolean": "참·거짓", "object": "객체"}
    return Text(f"{names[kind]}이어야 합니다", f"must be a JSON {kind}")


def form(type_name: str) -> Text:
    return Text(f"{type_name} 형식에 맞지 않습니다", f"not in the form of {type_name}")


def profile_type(codes: Sequence[str]) -> Text:
    names = ", ".join(codes)
    return Text(f"프로파일이 허용하는 자료형은 {names}입니다", f"the profile allows {names}")


def wrong_context(places: Sequence[str]) -> Text:
    names = ", ".join(places)
    return Text(f"이 확장은 {names}에만 쓸 수 있습니다", f"this extension stands on {names} only")


def fixed(value: Any) -> Text:
    text = json.dumps(value, ensure_ascii=False)
    return Text(f"정해진 값이어야 합니다: {text}", f"must be {text}")


def required_binding(name: str) -> Text:
    return Text(f"필수 값 집합 {name}에 있는 코드가 있어야 합니다", f"needs a code of the required value set {name}")


def extensible_binding(name: str) -> Text:
    return Text(
        f"값 집합 {name}에 알맞은 코드가 있으면 그 코드를 써야 합니다",
        f"use a code of value set {name} where one fits",
    )


def wrong_target(allowed: Sequence[str]) -> Text:
    names = ", ".join(allowed)
    return Text(f"{names} 자원만 가리킬 수 있습니다", f"may only point at {names}")


def unheard_of(system: str) -> Text:
    return Text(f"코드 체계 {system}에 없는 코드입니다", f"code system {system} has no such code")
