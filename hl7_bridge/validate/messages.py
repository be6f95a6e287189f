"""What validation says, in Korean.  Values of the resource are never quoted."""

import json
from typing import Any

NOT_JSON = "UTF-8로 쓴 JSON이 아닙니다"
TWICE = "한 객체 안에 같은 이름의 속성이 두 번 있습니다"
NOT_A_RESOURCE = "resourceType이 있는 FHIR 자원이 아닙니다"
TOO_DEEP = "너무 깊게 중첩되어 있어 더 살펴보지 않았습니다"
EMPTY = "값이 비어 있습니다"
CLOSED = "프로파일이 정한 조각(slice) 가운데 어느 것에도 속하지 않습니다"
NOT_FHIR_JSON = "첨부한 FHIR 문서를 읽을 수 없습니다"
BROKEN_REFERENCE = "가리키는 자원이 이 문서 안에 없습니다"

_RULES = {
    "con-3": "문제 목록의 상태(clinicalStatus)가 있어야 합니다",
    "con-4": "종료된 상태(resolved·remission·inactive)에만 호전 시점(abatement)을 적을 수 있습니다",
    "con-5": "입력 오류로 표시한 진단에는 임상 상태를 적을 수 없습니다",
    "obs-6": "값(value)과 값이 없는 사유(dataAbsentReason)를 함께 적을 수 없습니다",
    "obs-7": "본 항목과 같은 코드의 component가 있으면 값을 따로 적을 수 없습니다",
    "krcore-obs-01": "값 또는 값이 없는 사유가 있어야 합니다",
    "krcore-obs-02": "component의 값 또는 값이 없는 사유가 있어야 합니다",
    "per-1": "기간의 시작이 끝보다 늦습니다",
    "qty-3": "단위 코드가 있으면 단위 체계(system)도 있어야 합니다",
    "ait-1": "알레르기의 임상 상태(clinicalStatus)가 있어야 합니다",
    "ait-2": "입력 오류로 표시한 알레르기에는 임상 상태를 적을 수 없습니다",
    "cmp-1": "문서의 각 절에는 본문, 항목, 하위 절 가운데 하나가 있어야 합니다",
    "cmp-2": "비어 있는 사유가 있는 절에는 항목을 둘 수 없습니다",
    "ext-1": "확장은 값 하나 또는 하위 확장 가운데 하나만 가져야 합니다",
    "dom-2": "포함된(contained) 자원은 다른 자원을 포함할 수 없습니다",
    "dom-3": "포함된(contained) 자원은 본문에서 참조되어야 합니다",
    "dom-4": "포함된(contained) 자원에는 판 번호와 갱신 시각을 적을 수 없습니다",
    "dom-5": "포함된(contained) 자원에는 보안 표시를 적을 수 없습니다",
    "bdl-9": "문서 Bundle에는 체계와 값이 있는 식별자가 있어야 합니다",
    "bdl-10": "문서 Bundle에는 작성 시각이 있어야 합니다",
    "bdl-11": "문서 Bundle의 첫 항목은 Composition이어야 합니다",
}


def rule(key: str) -> str:
    """The rule of that key in words; its bare name for rules that have none here."""
    return _RULES.get(key, f"규칙 {key}을(를) 지키지 않았습니다")


def too_few(minimum: int) -> str:
    return "필수 요소가 없습니다" if minimum == 1 else f"{minimum}개 이상 있어야 합니다"


def too_many(maximum: int, count: int) -> str:
    return "쓸 수 없는 요소입니다" if maximum == 0 else f"{maximum}개까지 쓸 수 있는데 {count}개가 있습니다"


def unknown_element() -> str:
    return "FHIR R4에 없는 요소입니다"


def unknown_type() -> str:
    return "이 검증기가 다루지 않는 자원 유형이어서 구조를 확인하지 않았습니다"


def unknown_profile() -> str:
    return "알지 못하는 프로파일이어서 이 프로파일로는 확인하지 않았습니다"


def wrong_profile_type(profile: str, wanted: str) -> str:
    return f"프로파일 {profile}은(는) {wanted} 자원에만 쓸 수 있습니다"


def shape(many: bool) -> str:
    return (
        "여러 번 나올 수 있는 요소이므로 배열이어야 합니다" if many else "한 번만 나오는 요소이므로 배열일 수 없습니다"
    )


def empty_list() -> str:
    return "배열이 비어 있거나 짝이 맞지 않습니다"


def json_type(kind: str) -> str:
    names = {"string": "문자열", "number": "숫자", "boolean": "참·거짓", "object": "객체"}
    return f"{names[kind]}이어야 합니다"


def form(type_name: str) -> str:
    return f"{type_name} 형식에 맞지 않습니다"


def profile_type(codes: list[str]) -> str:
    return f"프로파일이 허용하는 자료형은 {', '.join(codes)}입니다"


def wrong_context(places: tuple[str, ...]) -> str:
    return f"이 확장은 {', '.join(places)}에만 쓸 수 있습니다"


def fixed(value: Any) -> str:
    return f"정해진 값이어야 합니다: {json.dumps(value, ensure_ascii=False)}"


def required_binding(name: str) -> str:
    return f"필수 값 집합 {name}에 있는 코드가 있어야 합니다"


def extensible_binding(name: str) -> str:
    return f"값 집합 {name}에 알맞은 코드가 있으면 그 코드를 써야 합니다"


def wrong_target(allowed: list[str]) -> str:
    return f"{', '.join(allowed)} 자원만 가리킬 수 있습니다"
