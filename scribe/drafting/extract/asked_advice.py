"""Advice in the words of who asks, which the clinician grants or refuses: "게보린은 먹어도 되나요?" – "안 됩니다"."""

import re

from scribe.domain.entries import Advice, Evidence
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.directives import is_of_daily_life
from scribe.drafting.extract.wording import instruction, said
from scribe.drafting.lexicon import Table

# "게보린은 이제 먹어도 되나요?": what may be done, and doing it
_PERMISSION = re.compile(
    r"(?P<topic>[^.?!,]*?[가-힣]\s?(?:어|아|여|해|가|와|라|러|려|셔|켜|타|워|써|먹어|마셔)도)\s?(?P<may>되|돼|됩|"
    r"될|괜찮)[^.?!]*\?"
)
_DUTY = re.compile(r"(?:안|못)\s[가-힣]*도\s?$")
# "술은요?", "어린이집은요?"
_TOPIC = re.compile(
    r"(?:^|[.?!,]\s*)(?P<topic>(?:[가-힣A-Za-z]+\s){0,2}[가-힣A-Za-z]{1,8})(?:은|는)(?:요|\s(?:언제|며칠|얼마나|"
    r"어느 정도)[^?.]*)?\?"
)
# "…하면 되죠?"
_CONFIRM = re.compile(r"(?P<done>[^.?!]+?)(?:으?면|믄) 되(?:죠|지요|는 거죠|나요|는 건가요|겠죠|쥬)\s?\?")
_AGREED = re.compile(r"^\s*(?:네|예|그럼요|맞아요|맞습니다|정확합니다|정확해요|그렇죠|좋아요)")
_SO = re.compile(r"그렇게 하(?:세요|시면|셔야|시고)|맞아요|맞습니다|정확|잘 알고|그러시면 (?:돼|됩)|그렇게만")
_REFUSED = re.compile(
    r"^\s*(?:아니요|아뇨|아이고|어휴|음)?[\s,]*(?:지금은|아직은?|당분간은?|절대로?|그건)?\s?안\s?(?:돼요|됩니다|"
    r"되세요|되죠|돼)\b"
)
_GRANTED = re.compile(
    r"^\s*(?:네|예|그럼요)?[\s,]*(?:[가-힣]+\s){0,2}(?:(?:시|셔|하|드시|드셔|가셔|오셔|해)[가-힣]*도\s(?:돼요|"
    r"됩니다|괜찮)|(?:됩니다|돼요|괜찮아요|괜찮습니다)|그럼요\s*[.!]?$)"
)
# an answer that stands on its topic: a limit, a pause, a ban
_LIMIT = re.compile(
    r"까지만(?:이에요|이요|요|입니다)?|(?:쉬|피하|삼가|조심하|줄이|끊)(?:세요|시고요?|셔야[가-힣\s]*|시면[가-힣\s]*)|"
    r"지나야 (?:돼|됩|해)[가-힣]*|안\s?(?:돼요|됩니다)|지 마세요|(?:뒤|후|이후|다음)에 (?:하|드|가|오)[가-힣]+|"
    r"부터(?:요|예요|이에요| 하세요)"
)
# "하루 한 잔은 괜찮아요", "일주일은 안 하시는 게 좋아요"
_MEASURED = re.compile(
    r"^\s*(?:하루|일주일|한|두|세|이틀|사흘|당분간|[가-힣]{1,3}\s?(?:일|주|달|개월))[^.,]*(?:괜찮|"
    r"안 [가-힣]+ 게 좋|피하|쉬)[가-힣\s]*[.!]?$"
)
_SHORT = 40


def asked_advice(dialogue: Dialogue) -> list[Advice]:
    """One entry for each question about what may be done that the clinician's first words answer."""
    found: list[Advice] = []
    for asked, answer in zip(dialogue.turns, dialogue.turns[1:], strict=False):
        if asked.is_patient_side and answer.role == "clinician" and not answer.is_recognised:
            found += _confirmed(asked, answer) or _permitted(asked, answer) or _limited(asked, answer)
    return found


def _first(turn: Turn) -> str:
    """The words of the first sentence that says something."""
    numbers = sorted({clause.sentence for clause in turn.clauses})
    texts = [turn.sentence_text(next(c for c in turn.clauses if c.sentence == number)).strip() for number in numbers]
    return next((text for text in texts if not re.fullmatch(r"(?:네|예|음|아니요|아뇨|아)[\s.,]*", text)), "")


def _confirmed(asked: Turn, answer: Turn) -> list[Advice]:
    match = _last(_CONFIRM, asked.text)
    head = answer.text[:40]
    if match is None or not (_SO.search(head) and (_AGREED.search(head) or _SO.match(head.strip()))):
        return []
    before = _TOPIC.search(asked.text[: match.start() + 1])
    topic = f"{before['topic'].strip()} " if before else ""
    clauses = [c for c in asked.clauses if match.start() <= c.start < match.end()]
    return [
        _entry(f"{topic if number == 0 else ''}{words}", asked, match, answer)
        for number, words in enumerate(_steps(asked, clauses, match))
    ]


def _steps(asked: Turn, clauses: list[Clause], match: re.Match[str]) -> list[str]:
    """What is to be done, cut at 고 before a comma."""
    done = asked.text[match.start("done") : match.end("done")]
    steps = [said(step) for step in re.split(r"(?<=고),\s", done)]
    return [instruction(re.sub(r"(?<=[가-힣])고$", "기", step)) for step in steps if len(step) > 1] if clauses else []


def _permitted(asked: Turn, answer: Turn) -> list[Advice]:
    match = _last(_PERMISSION, asked.text)
    if match is None or _DUTY.search(match["topic"]) or not _is_of_home(asked, match.start("topic"), match.end()):
        return []
    topic, first = said(match["topic"]), _first(answer)
    if _REFUSED.search(first):
        refusal = re.sub(r"^(?:아니요|아뇨|아이고|어휴|음)[\s,]*", "", first).split(",")[0]
        return [_entry(instruction(f"{_noun(topic)} {refusal}"), asked, match, answer)]
    if _GRANTED.search(first) and len(first) <= _SHORT and "지만" not in first:
        return [_entry(f"{topic} 됨", asked, match, answer)]
    if _MEASURED.search(first) and len(first) <= _SHORT:
        return [_entry(f"{_bare(topic)}: {instruction(first)}", asked, match, answer)]
    if re.search(r"^[^,]{0,12}까지만", first):
        return [_entry(f"{_noun(topic)} {re.split(',', first)[0].strip(' .')}", asked, match, answer)]
    return []


def _limited(asked: Turn, answer: Turn) -> list[Advice]:
    match = _last(_TOPIC, asked.text)
    if match is None:
        return []
    topic, first = match["topic"].strip(), _first(answer)
    known = is_of_daily_life(f"{topic}은 ")
    if not known or len(first) > _SHORT or topic in first or not _LIMIT.search(first) or "?" in first:
        return []
    if re.match(r"(?:그건\s)?(?:세게|너무)", first):
        return []
    return [_entry(f"{topic}: {instruction(first)}", asked, match, answer)]


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None


def _noun(topic: str) -> str:
    """ "게보린은 이제 먹어도" as "게보린은"; "약국에서 파는 오트리빈 뿌려도" as "약국에서 파는 오트리빈"."""
    words = [word for word in topic.split(" ")[:-1] if word not in ("이제", "그냥", "지금", "계속", "또", "오늘")]
    return " ".join(words) or re.sub(r"(?:해|하셔)도$", "", topic)


def _bare(topic: str) -> str:
    """The noun without its particle: "커피는 마셔도" as "커피"."""
    return re.sub(r"(?<=[가-힣]{2})(?:은|는|도|을|를|만)$", "", _noun(topic))


def _is_of_home(asked: Turn, start: int, end: int) -> bool:
    """Food, wine, sleep, work or a bought medicine; not a test or an operation."""
    tests = [m for m in asked.of(Table.TESTS, Table.PROCEDURES) if start <= m.start < end]
    words = asked.text[start:end]
    known = is_of_daily_life(words) or bool(re.search(r"먹어도|마셔도|뿌려도|가도|타도|들어도|써도|발라도", words))
    return known and not tests and not re.search(r"입원|퇴원|수술|집에 가|촬영|검사", words)


def _entry(name: str, asked: Turn, match: re.Match[str], answer: Turn) -> Advice:
    first = answer.clauses[0]
    evidence: tuple[Evidence, ...] = (
        asked.evidence(match.start(), match.end()),
        answer.evidence(first.start, answer.sentence_of(first)[-1].end),
    )
    return Advice(id="", name=re.sub(r"\s+", " ", name).strip(" ,.?"), evidence=evidence, confidence=0.7)
