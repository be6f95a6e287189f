"""Care that is ordered in everyday words: oxygen, a line, fluids, a drain taken out, walking, watching."""

import re

from scribe.domain.entries import Procedure
from scribe.drafting.dialogue import Dialogue, Turn

_TREATMENTS: tuple[tuple[str, str], ...] = (
    ("산소 요법", r"(?:산소|옥시젠) (?:리저버|마스크|나잘|엘)[^.?!]{0,12}?(?:리터|엘)|"
     r"산소(?:는|를|도)?\s(?:(?:코|콧줄|나잘|마스크|캐뉼라|비강|고유량)[가-힣]*\s)?[^.,?!]{0,16}?"
     r"(?:드릴|드리|주시|주세|달아|틀어|걸|공급|시작|올려|연결)|산소 (?:나잘|마스크|캐뉼라|투여|공급|요법|치료)"),
    ("정맥로 확보", r"(?:IV|아이브이|정맥)\s?(?:라인|로|루트)[^.?!]{0,12}?(?:잡|확보|달|꽂)|"
     r"라인 (?:하나|두 개|둘)[^.?!]{0,6}?잡|혈관 잡"),
    ("배액관 제거", r"(?:배액관|피주머니|드레인|배액 줄)(?:은|는|을|를|도)?\s?[^.?!]{0,10}?(?:뺄|빼|제거)"),
    ("도뇨관 제거", r"(?:소변줄|도뇨관|폴리)(?:은|는|을|를|도)?\s?[^.?!]{0,10}?(?:뺄|빼|제거)"),
    ("실밥 제거", r"실밥(?:은|을|도)?\s?[^.?!]{0,10}?(?:뺄|빼|뽑|제거|풀)"),
    ("보행 훈련", r"걷는 (?:연습|훈련)|보행 (?:연습|훈련)"),
    ("경과 관찰", r"(?:한|두|세|\d+|몇|삼십|한두|두세)\s?(?:시간|분)[^.?!]{0,8}?"
     r"(?:지켜보|지켜볼|관찰|두고 보|누워 계시)"),
    ("봉합", r"꿰매|봉합|스티치"),
    ("상처 세척", r"(?:식염수|생리식염수|소독수)로 (?:씻|세척|헹|닦)"),
    ("괴사조직 제거", r"데브리|죽은 (?:살|피부|조직)[^.?!]{0,8}?(?:제거|걷|잘라|정리)"),
    ("물집 정리", r"물집[^.?!]{0,6}?(?:정리|걷어|제거)"),
    ("드레싱", r"드레싱(?:은|을)?\s(?:다시\s)?(?:해|하|갈|새로)|(?:폼|거즈|반창고)(?:을|를)?\s(?:붙여|대|끼우|갈아)"),
    ("입원", r"입원(?:해서|해야|하셔|하시|합시다|시켜|시킬|하실|해요|할게|하죠|하는 걸로)|"
     r"(?:하루|이틀|전날|오늘) 입원"),
    ("경과 관찰", r"(?:분|시간)마다\s[^.?!]{0,14}?(?:체크|확인|봐 ?주|볼게|재)"),
    ("담낭절제술", r"(?:담낭|쓸개)(?:을|를)?\s?(?:전체를\s|통째로\s)?(?:뗍|떼는|떼고|떼어|떼야|잘라)"),
    ("충수절제술", r"(?:맹장|충수)(?:을|를)?\s?(?:뗍|떼는|떼고|떼어|떼야)"),
    ("혈전제거술", r"혈전(?:을|를)?\s?(?:빼는|제거|뽑|긁)"),
    ("관절강 내 주사", r"관절(?:강|낭|에)?[^.?!]{0,8}?주사"),
    ("벌침 제거", r"(?:벌침|침)(?:은|는|을|를)?[^.?!]{0,14}?(?:긁어|뽑|제거|빼)"),
    ("이물 제거", r"(?:가시|이물|유리)(?:은|는|을|를)?[^.?!]{0,14}?(?:긁어|뽑|제거|빼)"),
    ("얼음찜질", r"(?:얼음|냉)\s?찜질[^.?!]{0,8}?(?:해 드|할게)"),
)  # fmt: skip
_FOUND = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _TREATMENTS)
_WILL = re.compile(
    r"[할릴뺄넣을달줄걸볼올]게|시고|주시|주세|드릴|드리고|해요|합시다|하죠|하세요|하실|시작|지켜보다|가세요|할 거|"
    r"계세요|계시다|잡아|빼고|빼죠|볼 거|보겠|리터|꿰매고|씻고|정리하|끼우|"
    r"붙여|해서|뗍|긁어|갑니다|놓을|시켜|체크|마다|합시다"
)
_WON_T = re.compile(
    r"안 |필요\s?(?:는|가|도)?\s?없|지 않|아직|수도 있|나중에|않아도|못 |고려|"
    r"수술 얘기|말고|그때|생각|면 (?:입원|꿰매)"
)
_PUT_OFF = re.compile(r"필요\s?(?:는|가|도)?\s?없|아직|수도 있|나중에|고려")
# care that another department is asked for
_SENT = re.compile(r"(?:과|실|센터|팀)(?:에|으로|로)\s[^.?!]{0,8}?(?:의뢰|보내|넘길)")
_DONE = re.compile(r"했습니다|했어요|뺐|달았|잡았|끝났")


def treatments(dialogue: Dialogue) -> list[Procedure]:
    """One entry for each kind of care that the physician orders or the nurse has given."""
    found: dict[str, Procedure] = {}
    for turn in dialogue.turns:
        if turn.role != "clinician":
            continue
        for name, pattern in _FOUND:
            match = pattern.search(turn.text)
            if match and (procedure := _ordered(turn, name, match)):
                found.setdefault(name, procedure)
    return list(found.values())


def _ordered(turn: Turn, name: str, match: re.Match[str]) -> Procedure | None:
    clause = turn.clause_at(match.end() - 1)
    sentence = turn.sentence_of(clause)
    words = turn.text[match.start() : sentence[-1].end]
    if clause.is_question or any(other.link == "if" for other in sentence if other.start >= clause.start):
        return None
    own = turn.text[match.start() : max(clause.end, match.end())]
    if _WON_T.search(own) or _PUT_OFF.search(words) or _SENT.search(turn.words(clause)):
        return None
    if not (_WILL.search(words) or _DONE.search(words)):
        return None
    first = turn.clause_at(match.start())
    return Procedure(
        id="",
        name=name,
        status="done" if _DONE.search(words) and not _WILL.search(words) else "planned",
        evidence=(turn.evidence(first.start, clause.end),),
        confidence=0.8,
    )
