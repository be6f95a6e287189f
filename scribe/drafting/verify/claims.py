"""What a statement claims besides its numbers: sides, times, actions, persons, certainty and terms."""

import re
from dataclasses import dataclass
from functools import lru_cache

from scribe.domain.entries import Entry, MedicationOrder
from scribe.drafting.lexicon import RelativeRow, Table, rows

_SIDES = (
    ("left", re.compile(r"왼쪽|왼(?=\s?[가-힣])|좌측|좌(?=[가-힣]*[복부팔]\b)|\bLt\b|(?<![가-힣])좌(?=\s)")),
    ("right", re.compile(r"오른쪽|오른(?=\s?[가-힣])|우측|우(?=하복|상복)|\bRt\b|(?<![가-힣])우(?=\s)")),
    ("both", re.compile(r"양쪽|양측|양(?=팔|발|다리|손|눈|귀|무릎)|둘 다")),
)
_TAKEN_BACK = re.compile(r"^\s?,?\s?(?:아\s)?아니")


def sides(text: str) -> list[tuple[str, int, int]]:
    """The sides named in a text with their places; one taken back at once ("왼쪽, 아 아니다") is left out."""
    found = [
        (side, match.start(), match.end())
        for side, pattern in _SIDES
        for match in pattern.finditer(text)
        if not _TAKEN_BACK.match(text[match.end() :])
    ]
    return sorted(found, key=lambda item: item[1])


# words of one line mean the same day or part of the day
_TIME_WORDS: tuple[tuple[str, str], ...] = (
    ("그저께", r"그저께|그제|엊그제|이틀 전|그저껫"),
    ("어제", r"어제|어젯|어저께|간밤|전날"),
    ("오늘", r"오늘|지금|아까|방금|이따|금일"),
    ("내일", r"내일|다음 ?날"),
    ("모레", r"모레|이틀 ?뒤|2일 뒤"),
    ("지난주", r"지난 ?주|저번 ?주|일주일 전"),
    ("다음 주", r"다음 ?주|담주|일주일 ?뒤|한 주 뒤|1주 뒤"),
    ("지난달", r"지난 ?달|저번 ?달|한 달 전"),
    ("다음 달", r"다음 ?달"),
    ("재작년", r"재작년"),
    ("작년", r"(?<!재)작년|지난 ?해"),
    ("올해", r"올해|올봄|올여름|올가을|올겨울|금년"),
    ("아침", r"아침|조식|오전"),
    ("점심", r"점심|중식"),
    ("저녁", r"저녁|석식"),
    ("새벽", r"새벽"),
    ("자기 전", r"자기 ?(?:삼십 ?분 ?|30분 ?)?(?:직)?전|취침 ?전|잘 ?때|주무시기 ?(?:\S+ ?)?전|자기 30분|밤에"),
    ("식후", r"식후|식사 ?(?:후|뒤|하고)|먹고"),
    ("식전", r"식전|식사 ?전|공복|빈속|밥 ?먹기 전"),
    ("식간", r"식간|식사 사이"),
    ("월요일", r"월요일"), ("화요일", r"화요일"), ("수요일", r"수요일"), ("목요일", r"목요일"),
    ("금요일", r"금요일"), ("토요일", r"토요일"), ("일요일", r"일요일"),
)  # fmt: skip
_TIMES = tuple((name, re.compile(pattern)) for name, pattern in _TIME_WORDS)
_OWN_WORD = {name: re.compile(r"^(?!.*\d)(?!일주일|한 주|한 달|이틀)") for name, _ in _TIME_WORDS}
_NOT_A_TIME = re.compile(r"(?<=[가-힣)] )다음 ?날|오늘 진료|공복 ?혈당|식후 ?\d*시?간? ?혈당")


def stated_times(text: str) -> set[str]:
    """The days and parts of the day that a written statement names by their own word."""
    plain = _NOT_A_TIME.sub(" ", text)
    return {name for name, pattern in _TIMES if (own := pattern.search(plain)) and _OWN_WORD[name].search(own[0])}


def said_times(text: str) -> set[str]:
    """The days and parts of the day that were said; one that was taken back ("작년, 아니 올해") is left out."""
    plain = _NOT_A_TIME.sub(" ", text)
    return {
        name
        for name, pattern in _TIMES
        if any(not re.match(r"\s?(?:에\s?)?,\s?(?:아\s)?아니", plain[m.end() :]) for m in pattern.finditer(plain))
    }


_ACTION_WORDS = {
    "start": re.compile(r"\(시작\)|시작|새로|추가"),
    "continue": re.compile(r"\(유지\)|유지|그대로|지속 투여|계속"),
    "change": re.compile(r"\(변경\)|변경|증량|감량|올려|올립|줄여|줄입|바꿔|바꾸"),
    "stop": re.compile(r"\(중단\)|중단|끊|그만|드시지 마|투여하지 않|처방하지 않|복용하지 마"),
}
_SAID_ACTIONS = {
    "begin": re.compile(r"시작|추가|새로"),
    "start": re.compile(
        r"시작|추가|새로|드릴게|드리[고려니]|드립|처방|[가-힣]볼게|볼까요|쓸게|씁시|갈게|주시고|주세요|하고요|맞고|맞으|먹이"
        r"|드시[고면]|드세요|드실|치요|치\b|정주|로딩|나가"
    ),
    "continue": re.compile(r"그대로|계속|유지|지금처럼|똑같|하던 대로|평소|이어서|먹여도|드시던|가요\b|같이 드"),
    "change": re.compile(r"올려|올릴|올리|늘려|늘리|줄이|줄여|줄일|감량|증량|바꾸|바꿔|바꿀|변경|으로 갈"),
    "stop": re.compile(
        r"그만|중단|끊|드시지 마|먹지 마|빼고|뺄게|안 드|안 쓰|안 먹|안 할|안 맞|필요 없|필요는 없|쉬세요|쉬시|멈추"
        r"|안 줄|안 주"
    ),
}


def stated_action(text: str) -> str | None:
    """The action of an order as a statement writes it; the bracketed word of our own templates comes first."""
    bracketed = re.search(r"\((시작|유지|변경|중단)\)", text)
    if bracketed:
        return {"시작": "start", "유지": "continue", "변경": "change", "중단": "stop"}[bracketed[1]]
    return next((name for name, pattern in reversed(_ACTION_WORDS.items()) if pattern.search(text)), None)


def said_actions(text: str) -> set[str]:
    """The actions whose words occur in what was said about a drug."""
    return {name for name, pattern in _SAID_ACTIONS.items() if pattern.search(text)}


_INJECTED = r"주사|맞으|맞고|맞을|놔|놓아|놓을|라인"
_ROUTES = {
    "정맥": (re.compile(r"정맥|정주"), re.compile(rf"정맥|정주|수액|링거|섞어|셀라인|IV|아이브이|{_INJECTED}")),
    "근육": (re.compile(r"근육 ?주사|근주"), re.compile(rf"근육|근주|엉덩이|IM|{_INJECTED}")),
    "피하": (re.compile(r"피하 ?주사"), re.compile(rf"피하|배에|인슐린|{_INJECTED}")),
    "설하": (re.compile(r"설하|혀 밑"), re.compile(r"설하|혀 ?밑")),
    "도포": (re.compile(r"도포|바르"), re.compile(r"도포|바르|발라|연고|크림|로션|겔|패치|파스|붙")),
    "흡입": (re.compile(r"흡입|들이마"), re.compile(r"흡입|들이마|마시|흡입기|네뷸|벤토린|뿌리|퍼프")),
    "점안": (re.compile(r"점안|눈에 넣"), re.compile(r"점안|안약|눈에|넣")),
    "점이": (re.compile(r"점이|귀에 넣"), re.compile(r"점이|귀에|넣")),
}
_NAMED_INJECTIONS = {"정맥": r"정맥|정주|IV|수액", "근육": r"근육|근주|IM", "피하": r"피하"}


ROUTE_CODES = {
    "정맥": "intravenous",
    "근육": "intramuscular",
    "피하": "subcutaneous",
    "설하": "sublingual",
    "도포": "topical",
    "흡입": "inhalation",
    "점안": "ophthalmic",
    "점이": "otic",
}


def stated_routes(text: str) -> list[str]:
    """The routes that an order states."""
    return [route for route, (stated, _) in _ROUTES.items() if stated.search(text)]


def unsaid_routes(text: str, said: str) -> list[str]:
    """The routes that an order states and nobody said; an injection that was only called one can be any."""
    out = []
    for route, (stated, spoken) in _ROUTES.items():
        if not stated.search(text):
            continue
        others = "|".join(pattern for name, pattern in _NAMED_INJECTIONS.items() if name != route)
        other = route in _NAMED_INJECTIONS and re.search(others, said) and not re.search(_NAMED_INJECTIONS[route], said)
        if other or not spoken.search(said):
            out.append(route)
    return out


def names_route(said: str) -> bool:
    """Whether a way of injecting was named, not only that something was injected."""
    return bool(re.search("|".join(_NAMED_INJECTIONS.values()), said))


_HEDGED = re.compile(r"의심|가능성|것 같|같아요|같은데|같습니다|같네|수도 있|수 있|추정|일지도|보여요|보입니다|보이는")
_RULED_OUT = re.compile(r"아니|아닌|아닙|배제|없")


def stated_certainty(text: str) -> str:
    """ "suspected", "ruled_out" or "confirmed", as a written diagnosis has it."""
    if re.search(r"배제|아님|아니[라에었]", text):
        return "ruled_out"
    return "suspected" if re.search(r"의심|추정|가능성|R/O|r/o", text) else "confirmed"


def hedged(text: str) -> bool:
    """Whether what was said leaves the diagnosis open."""
    return bool(_HEDGED.search(text))


def doubted(text: str) -> bool:
    """Whether a sentence calls a diagnosis no more than possible; "…로 보여요" is how physicians tell a diagnosis."""
    return bool(re.search(r"의심|가능성|것 같|같아요|같은데|같습니다|추정|수도 있", text))


def denied(text: str) -> bool:
    """Whether what was said rejects something."""
    return bool(_RULED_OUT.search(text))


# a child may be the patient whom a guardian speaks of, and a guardian speaks for the patient
_DENIES = re.compile(r"부인(?:함|하|\s*[.,;)]|\s*$)")  # "흉통은 부인." names no wife
_NO_RELATIVES = frozenset({"보호자", "아이", "아기", "자녀", "환자", "간병인"})


@lru_cache
def _relative_pattern() -> re.Pattern[str]:
    nouns = {noun for row in rows(RelativeRow) for noun in row.nouns if len(noun) > 1}
    names = sorted(nouns, key=len, reverse=True)
    return re.compile(
        "(?<![가-힣])(?:저희|우리|제|친정|시)?\\s?(" + "|".join(map(re.escape, names)) + ")(?![가-힣]{3})"
    )


@lru_cache
def _relative_terms() -> dict[str, str]:
    return {noun: row.term for row in rows(RelativeRow) for noun in row.nouns}


def relatives(text: str) -> list[tuple[str, int]]:
    """The relatives that a text names (preferred term) with their places."""
    terms = _relative_terms()
    matches = (match for match in _relative_pattern().finditer(text) if not _DENIES.match(text[match.start(1) :]))
    found = ((terms[match[1]], match.start(1)) for match in matches)
    return [(term, start) for term, start in found if term not in _NO_RELATIVES]


TERM_TABLES = frozenset(
    {
        Table.SYMPTOMS, Table.DIAGNOSES, Table.MEDICINES, Table.TESTS, Table.PROCEDURES, Table.ALLERGENS,
        Table.HISTORIES, Table.VITALS, Table.DEPARTMENTS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryClaim:
    """What the cited entries say exactly, for comparison with the statement."""

    entries: tuple[Entry, ...]

    @property
    def words(self) -> str:
        """Every text of the entries: the words they vouch for."""
        return "\n".join(_texts(entry) for entry in self.entries)

    @property
    def terms(self) -> str:
        """The names and normalised fields of the entries, without what they quote."""
        return "\n".join(_texts(entry, _QUOTED) for entry in self.entries)

    def actions(self) -> set[str]:
        return {entry.action for entry in self.entries if isinstance(entry, MedicationOrder)}


_QUOTED = ("finding", "detail", "quality", "course", "relation", "reaction", "adherence")


def _texts(entry: Entry, left_out: tuple[str, ...] = ()) -> str:
    skipped = ("id", "evidence", "kind", "code", "confidence", "author", "duration_iso", *left_out)
    values = (getattr(entry, name) for name in entry.__dataclass_fields__ if name not in skipped)
    return " ".join(value for value in values if isinstance(value, str))


def is_of_relative(text: str, position: int) -> bool:
    """Whether something is said of a relative: one is named before it in the sentence, or after it in the clause."""
    start = max(text.rfind(mark, 0, position) for mark in ".?!\n") + 1
    before = text[start:position]
    named = relatives(before)
    if named:
        return not re.search(r"(?:저는|전|제가|본인은|환자)\s", before[named[-1][1] :])
    after = re.split(r"[.?!,\n]|(?<=[가-힣])고(?:요)?\s", text[position:], maxsplit=1)[0]
    return bool(relatives(after))
