"""The departments that consultations take place in: HIRA's codes of medical departments (진료과목 코드)."""

from collections.abc import Mapping
from types import MappingProxyType

DEPARTMENTS: Mapping[str, str] = MappingProxyType(
    {
        "01": "내과", "02": "신경과", "03": "정신건강의학과", "04": "외과", "05": "정형외과", "06": "신경외과",
        "07": "심장혈관흉부외과", "08": "성형외과", "09": "마취통증의학과", "10": "산부인과", "11": "소아청소년과",
        "12": "안과", "13": "이비인후과", "14": "피부과", "15": "비뇨의학과", "16": "영상의학과",
        "17": "방사선종양학과", "18": "병리과", "19": "진단검사의학과", "20": "결핵과", "21": "재활의학과",
        "22": "핵의학과", "23": "가정의학과", "24": "응급의학과", "25": "직업환경의학과", "26": "예방의학과",
    }
)  # fmt: skip


def department_name(code: str | None) -> str:
    """The name of a department; a code that is not in the list as it is, "" where there is none."""
    return DEPARTMENTS.get(code, code) if code else ""
