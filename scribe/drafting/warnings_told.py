"""Return precautions in plain words: "호흡곤란 시 즉시 내원" is "숨이 차면 바로 오세요."."""

import re

from scribe.drafting.lay import condition, lay_terms, plain
from scribe.drafting.particles import with_particle

_IF = re.compile(r"(?P<sign>.+)(?P<joint>면|경우)\s+(?P<what>.+)")  # the last if-clause: "숨 쉴 때 가슴이 들어가면 119"
_AT = re.compile(r"(?P<sign>.+)(?P<joint>\s시|\s때)\s+(?P<what>.+)")


def come_at_once(name: str) -> str:
    """The precaution as a sentence: the sign as an if-clause, then what to do."""
    even = re.match(r"(?P<sign>.+[가-힣]도)\s+(?P<what>(?:즉시|바로|당일|내원|응급실|119).*)$", name)
    if even is not None:
        return f"{even['sign']} {_answer(even['what'])}"
    found = _IF.fullmatch(name) or _AT.fullmatch(name)
    if found is None:
        return f"{with_particle(plain(name), '이')} 있으면 바로 오세요."
    what = _answer(found["what"])
    if found["joint"] == "면":
        return f"{found['sign']}면 {what}"
    if found["joint"].strip() in ("때", "경우"):
        return f"{found['sign']}{found['joint']} {what}"
    signs = re.split(r"\s*(?:,|또는|혹은|이나)\s+", found["sign"])
    if found["sign"] in lay_terms():
        signs = [found["sign"]]
    elif found["sign"].endswith(" 악화"):
        worse = [plain(sign.removesuffix(" 악화")) for sign in signs]
        return f"{with_particle(', '.join(worse), '이')} 심해지면 {what}"
    clauses = [condition(sign) or f"{with_particle(plain(sign), '이')} 있으면" for sign in signs]
    return " ".join((*(_or(clause) for clause in clauses[:-1]), clauses[-1], what))


def _or(clause: str) -> str:
    """-(으)면 as -거나: "숨이 차면" is "숨이 차거나", "있으면" "있거나"; ㅂ and ㅅ stems that changed change back."""
    for irregular, regular in (
        ("추우면", "춥거나"),
        ("어려우면", "어렵거나"),
        ("러우면", "럽거나"),
        ("부으면", "붓거나"),
    ):
        if clause.endswith(irregular):
            return clause.removesuffix(irregular) + regular
    return re.sub(r"으?면$", "거나", clause)


def _answer(what: str) -> str:
    if "119" in what:
        return "바로 119를 부르세요." if "응급실" not in what else "바로 119를 부르거나 응급실로 가세요."
    if re.search(r"\b109\b", what):
        return "바로 109에 전화하거나 응급실로 가세요." if "응급실" in what else "바로 109에 전화하세요."
    if "응급실" in what:
        return "바로 응급실로 가세요."
    if re.search("말|알림|알리", what):
        return "바로 말씀하세요."
    return "바로 연락하세요." if re.search("전화|연락", what) else "바로 오세요."
