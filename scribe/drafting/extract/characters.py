"""How a symptom is: what it feels like, what brings it on or eases it, how it goes on."""

import re

from scribe.drafting.dialogue import Clause, Turn

_QUALITY = re.compile(
    r"(?:욱신|콕콕|쿡쿡|찌릿|지끈|쥐어짜|꽉 (?:누르|조이)|짓누르|조이는|타는 듯|화끈|뻐근|시큰|따끔|칼로|망치로|쥐어뜯|"
    r"찢어지|둔한|묵직|싸하|쑤시|쑤셔|저릿|전기 오)[가-힣]*(?:\s(?:것처럼|듯이|것같이))?"
)
_COLOUR = re.compile(r"(?:누런|노란|누렇|하얀|하얗|맑은|끈적|초록|녹색|거품|물 같은|묽은|새까만)[가-힣]*")
_COLOURED = re.compile(r"가래|콧물|분비물|설사|변|고름|구토")
_COURSE = re.compile(
    r"(?:점점|갈수록|날이 갈수록|계속|자꾸|조금씩)\s?(?:더\s)?(?:심해|나빠|나아|좋아|줄어|커|퍼)[가-힣]*|"
    r"(?:더\s)?(?:심해졌|나빠졌|나아졌|좋아졌|그대로|왔다 갔다|있다 없다|나았다 아팠다)[가-힣]*|"
    r"쉬면\s(?:[가-힣]+\s){0,2}(?:나아|없어|괜찮)[가-힣]*"
)
_WHEN = re.compile(r"(?<![가-힣])(?P<when>(?:[가-힣]+(?:에|을|를|이|가)?\s)?(?P<stem>[가-힣]+)\s때)(?!문)")
_IF = re.compile(
    r"(?<![가-힣])(?P<when>(?:[가-힣]+(?:을|를|에|만|이|가)?\s)?[가-힣]+(?:으면|면|믄))\s"
    r"(?=[^.]{0,12}(?:아프|아파|심|더|울|결리|쑤|괜찮|나|편|풀|덜))"
)
_NO_OCCASION = re.compile(
    r"(?:어릴|살|학교|학년|그|이|처음|젊을|임신|올|이럴|그럴|저럴|그땐|요|때|아플|나을)$|"
    r"^(?:보|그러|이러|아니|어떠|뭐|말하|하|되|오래되|생각하)면"
)


def characters(turn: Turn, clause: Clause, term: str) -> dict[str, str]:
    """Quality, relation and course told in the clause; relation also just before it in the sentence."""
    words = turn.words(clause)
    before = turn.text[turn.sentence_of(clause)[0].start : clause.end]
    pattern = _COLOUR if _COLOURED.search(term) else _QUALITY if re.search(r"통|저림|불편감|압박", term) else None
    found = {
        "quality": pattern.search(words) if pattern else None,
        "course": _COURSE.search(turn.sentence_text(clause)),
    }
    details = {name: re.sub(r"\s+", " ", match.group()).strip() for name, match in found.items() if match}
    relation = _occasion(before)
    return {**details, "relation": relation} if relation else details


def _occasion(words: str) -> str | None:
    for match in _WHEN.finditer(words):
        last = match["stem"][-1]
        if (ord(last) - 0xAC00) % 28 == 8 and not _NO_OCCASION.search(match["stem"]):
            return re.sub(r"\s+", " ", match["when"])
    for match in _IF.finditer(words):
        if not _NO_OCCASION.search(match["when"]):
            return re.sub(r"\s+", " ", match["when"])
    return None
