"""Diseases said by the organ or the measure: "혈압도 있고요", "당은 없어요", "엄마는 혈압이 높으시죠"."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Presence
from scribe.drafting.assertion import Person, is_asked, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told
from scribe.drafting.numbers import find_numbers

_NAMES = {
    "혈압": "고혈압",
    "당": "당뇨병",
    "혈당": "당뇨병",
    "콜레스테롤": "고지혈증",
    "고지혈": "고지혈증",
    "요산": "고요산혈증",
}
_SAID = re.compile(
    r"(?<![가-힣])(?P<what>혈압|혈당|당|콜레스테롤|고지혈|요산)(?P<mark>이|은|도|가|하고 당뇨가|이랑 당뇨가)\s"
    r"(?:좀\s|조금\s|약간\s|원래\s|예전부터\s)?(?P<rest>[^.?!]*)"
)
_HAS = re.compile(r"있(?:고|어|습|는|대|으|긴|지|어서|었)")
_LASTED = re.compile(
    r"(?:[가-힣]+\s){0,3}?(?:[가-힣]+\s?(?:년|달|개월)|더 오래|오래|훨씬)[^,]{0,6}(?:됐|되|돼|이?요|이?여|오래|했)"
)
_LACKS = re.compile(r"(?:따로\s|전혀\s)?(?:없(?:고|어|습|는|대|으|지)|아니)")
_HIGH = re.compile(r"높(?:다고|다는|으세|으시|으셔|으신|았|은 편|아서 (?:약|먹)|대)")
_RELATIVES_HIGH = re.compile(r"높|있|약")


def spoken_diseases(dialogue: Dialogue) -> list[Told]:
    """Told by the patient's side; a reading ("혈압이 백오십이에요") is none."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _in_turn(dialogue, turn)
    return found


def _in_turn(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    for match in _SAID.finditer(turn.text):
        clause = turn.clause_at(match.start())
        rest = turn.text[match.start("rest") : max(clause.end, match.start("rest"))]
        if is_asked(clause) or clause.link == "if":
            continue
        who = whose(dialogue, turn, match.start())
        name, evidence = _NAMES[match["what"]], (turn.evidence(clause.start, clause.end),)
        if who.person is Person.RELATIVE:
            if _RELATIVES_HIGH.match(rest) and not _LACKS.match(rest):
                yield Told(name, "family", "present", who.word, evidence)
            continue
        status = _status(rest, match["mark"])
        if who.person is Person.PATIENT and status is not None:
            yield Told(name, "medical", status, None, evidence)


def _status(rest: str, mark: str) -> Presence | None:
    if _LACKS.match(rest):
        return "absent"
    if _LASTED.match(rest):
        return "present"
    if find_numbers(rest[:8]):
        return None
    if _HAS.match(rest) and mark != "은":
        return "present"
    return "present" if re.match(r"높(?:다고|다는|대)", rest) and _HIGH.match(rest) else None
