"""Where it hurts, told by naming the place alone: "어디가 아프세요?" – "왼쪽 옆구리요"."""

import re

from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.observation import Observation
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_ASKS_PLACE = re.compile(
    r"(?:어디|어느|무슨)[^?]{0,12}(?:아프|아파|쑤시|통증|불편|결리|저리)|(?:아프|아픈|쑤시는|불편한|"
    r"결리는) (?:데|곳|부위|쪽)[^?]{0,8}"
    r"(?:짚|어디|어느|가리)|(?:아프|아픈|불편한) (?:데|곳)(?:가|는|은|이)?\s?(?:어디|있)"
)
_PLACE_ONLY = re.compile(
    r"\s?(?:쪽|부분|뿌리|안쪽|바깥쪽|위쪽|아래쪽|뒤쪽|앞쪽|여기|있는 데|뒤|앞|밑|위|아래|\s)*(?:이요|요|이에요|"
    r"예요|도요|도|이고요|이랑|랑|하고)\s*[,.]?"
)
# what pain of the place is called where it is not "… 통증"
_PAINS = {
    "배": "복통",
    "머리": "두통",
    "가슴": "흉통",
    "허리": "요통",
    "위": "상복부 통증",
    "윗배": "상복부 통증",
    "관절": "관절통",
    "근육": "근육통",
    "치아": "치통",
    "유방": "유방통",
}


def located_pains(dialogue: Dialogue) -> list[Observation]:
    """The pain at each place that answers "where does it hurt"."""
    found: list[Observation] = []
    for turn in dialogue.turns:
        if turn.role not in ("clinician", "nurse") or not _ASKS_PLACE.search(turn.text):
            continue
        asked = turn.evidence(0, len(turn.text))
        for reply in dialogue.answers(turn)[:1]:
            for site in reply.of(Table.BODY_SITES):
                if not site.nested and _PLACE_ONLY.match(reply.text, site.end):
                    evidence = (asked, reply.evidence(*_clause(reply, site)))
                    found.append(Observation(pain_of(site.row.term), "present", reply, site, evidence, True))
    return found


def pain_of(place: str) -> str:
    """How a record names pain of the place ("무릎 통증", "요통")."""
    return _PAINS.get(place, f"{place} 통증")


def _clause(turn: Turn, mention: Mention) -> tuple[int, int]:
    clause = turn.clause_at(mention.start)
    return clause.start, clause.end
