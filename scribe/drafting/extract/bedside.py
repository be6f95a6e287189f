"""Findings that need two speakers: a manoeuvre and what it showed, a question of memory and its answer, a drain."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.lexicon import Table

_PENDING = frozenset(
    {"딕스-홀파이크 검사", "롬베르그 검사", "두부충동검사", "손목 신경 검사", "패트릭 검사", "맥머레이 검사"}
)
_SIDE = re.compile(r"(왼쪽|오른쪽)")
_OTHER_SIDE = re.compile(r"(?:^|[.,!?…]\s*)(?:그리고\s)?(?P<side>왼쪽|오른쪽|반대쪽)(?:은|는|도)?[\s…,]")
_SHOWS = re.compile(r"안진|나오|돌|뛰|흔들|있|양성|아프|저리|찌릿")
_NONE = re.compile(r"없|안 (?:나오|나와|보|아프|저리|돌)|음성|괜찮|멀쩡|않")
_COGNITIVE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("날짜 지남력", re.compile(r"며칠(?:이|인)|몇\s?월|무슨\s?(?:요일|계절|달)|몇\s?년도|올해가")),
    ("장소 지남력", re.compile(r"여기가?\s?(?:어디|무슨|어느)|무슨\s?병원|어느\s?동네")),
    ("사람 지남력", re.compile(r"이\s?분이?\s?누구|옆에\s?누구|누구신지")),
    ("계산", re.compile(r"(?:빼면|빼\s?보|더하면|뺄셈)")),
    ("기억 회상", re.compile(r"(?:다시\s?말해|기억\s?나는|외우(?:라|시라)|세\s?(?:단어|가지)[^?]*(?:뭐|말해|기억))")),
)
_UNKNOWN = re.compile(r"몰라|몰러|몰르|모르|글쎄|생각(?:이)?\s?안|기억(?:이)?\s?안|까먹|가물|헷갈")
_DRAIN = re.compile(r"JP|제이피|배액|드레인|피주머니|피통|헤모박|흉관")
_BAD_FLUID = re.compile(r"탁|고름|핏빛|선홍|붉|빨갛|빨간|피(?=가|\s?섞)|(?<!장액)혈성|담즙|농|변\s?(?:같|색)|많")
_DENIED = re.compile(r"(?:아니|없|않|안\s)")


def bedside(dialogue: Dialogue) -> list[Exam]:
    """One entry for each side of a manoeuvre, each function asked for, and the drain."""
    found: list[Exam] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            found += [*_shown(dialogue, turn), *_asked(dialogue, turn), *_pressed_by_family(dialogue, turn)]
            found += [*_instructed(turn), *_observed(turn)]
        elif turn.role == "nurse":
            found += _drained(dialogue, turn)
    return found


def _exam(name: str, status: ExamStatus, finding: str, *evidence: tuple[Turn, int, int]) -> Exam:
    said = re.sub(r"\s+", " ", finding).strip(" .,?!…")
    spans = tuple(turn.evidence(start, end) for turn, start, end in evidence)
    return Exam(id="", name=name, status=status, finding=said, evidence=spans, confidence=0.8)


def _shown(dialogue: Dialogue, turn: Turn) -> Iterator[Exam]:
    """ "이제 눕혀 볼게요, 딕스 홀파이크. 오른쪽부터." – "안진이 도네요. 왼쪽은 안 나오고요."."""
    before = next((other for other in reversed(dialogue.turns[: turn.index]) if other.role == "clinician"), None)
    if before is None or turn.index - before.index > 2:
        return
    named = [m for m in before.of(Table.EXAMS) if m.row.term in _PENDING and m.start > len(before.text) - 40]
    if not named:
        return
    term, start = named[-1].row.term, before.clause_at(named[-1].start).start
    side = (_SIDE.findall(before.text[start:]) or [""])[-1]
    other = _OTHER_SIDE.search(turn.text, 4)
    cut = other.start() if other else len(turn.text)
    first = turn.text[:cut]
    if not (_SHOWS.search(first) or _NONE.search(first)):
        return
    told = "abnormal" if _SHOWS.search(_NONE.sub("", first)) else "normal"
    status: ExamStatus = "abnormal" if told == "abnormal" else "normal"
    yield _exam(f"{side} {term}".strip(), status, first, (before, start, len(before.text)), (turn, 0, cut))
    if other and side:
        rest = turn.text[cut : turn.sentence_of(turn.clause_at(other.end()))[-1].end]
        following = turn.text[other.end() :]
        opposite = {"왼쪽": "오른쪽", "오른쪽": "왼쪽"}[side]
        normal = bool(_NONE.search(following))
        if normal or _SHOWS.search(following):
            spans = ((before, start, len(before.text)), (turn, cut, len(turn.text)))
            yield _exam(f"{opposite} {term}", "normal" if normal else "abnormal", rest or following, *spans)


def _asked(dialogue: Dialogue, turn: Turn) -> Iterator[Exam]:
    """Orientation, recall and reckoning that the patient fails at; a right answer is left to the physician."""
    replies = dialogue.answers(turn)
    if not replies or replies[0].role != "patient" or len(turn.text) > 80:
        return
    for name, asks in _COGNITIVE:
        if asks.search(turn.text) and _UNKNOWN.search(replies[0].text):
            reply = replies[0]
            yield _exam(name, "abnormal", reply.text, (turn, 0, len(turn.text)), (reply, 0, len(reply.text)))
            return


_PRESS = re.compile(r"(?:눌러|만져|두드려)\s?보(?:실래요|세요|시겠어요|실까요|시고)")
_PAINLESS = re.compile(r"안\s?아프|아프지\s?않|괜찮|멀쩡|안\s?아파")


def _pressed_by_family(dialogue: Dialogue, turn: Turn) -> Iterator[Exam]:
    """ "오른쪽 아랫배를 눌러 보실래요?" – "안 아프대요": what the family finds for a physician who is not there."""
    press = _PRESS.search(turn.text)
    sites = [site for site in turn.of(Table.BODY_SITES) if press and site.start < press.start()]
    replies = [reply for reply in dialogue.answers(turn) if re.search(r"아프|아파|괜찮", reply.text)]
    if press is None or not sites or not replies or replies[0].role != "guardian":
        return
    sided = re.search(r"(왼쪽|오른쪽)\s?$", turn.text[: sites[-1].start])
    name = f"{sided.group(1)} {sites[-1].surface} 압통" if sided else f"{sites[-1].surface} 압통"
    status: ExamStatus = "normal" if _PAINLESS.search(replies[0].text) else "abnormal"
    clause = turn.clause_at(press.start())
    spans = ((turn, clause.start, clause.end), (replies[0], 0, len(replies[0].text)))
    yield _exam(name, status, replies[0].text, *spans)


# what the patient is told to do, and the function that the next words are about
_INSTRUCTED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(said), name)
    for said, name in (
        (r"손가락\s?(?:을\s)?(?:맞)?부딪|손가락\s?두드", "손가락 두드리기"),
        (r"일자로(?:\s걸|\.|,)", "일자걸음"),
        (r"(?:걸어|걸으셔)\s?보(?:세요|실|시)", "보행"),
        (r"주먹(?:도|을)?\s?쥐", "손가락 운동"),
        (r"(?:따라\s?(?:해|말)|이름이?\s?뭐|말씀해)\s?[^.?!]*[.?!]", "언어"),
        (r"눈\s?(?:감고|만)\s[^.]*서\s?(?:보|계)", "롬베르그 검사"),
        (r"손\s?(?:쭉\s)?(?:뻗어|앞으로|나란히)", "손 떨림"),
    )
)
_DOES = re.compile(
    r"(?P<bad>느리|작아지|폭이|끊기|못\s|안 (?:돼|되)|비틀|흔들|쏠리|기우|종종|끌|떨(?:리|림)|어눌|안 나오)|"
    r"(?P<good>좋|괜찮|잘\s?(?:하|되|걷)|다 (?:됩|되|돼)|정상|되시네|되네|안정)"
)


def _instructed(turn: Turn) -> Iterator[Exam]:
    """ "손가락 부딪쳐 보세요. 오른쪽이 더 느리네.": what is said next of what the patient was told to do."""
    for told, name in _INSTRUCTED:
        match = told.search(turn.text)
        if match is None or (name == "보행" and "일자" in turn.text):
            continue
        end = turn.sentence_of(turn.clause_at(match.end() - 1))[-1].end
        following = [clause for clause in turn.clauses if clause.start >= end][:3]
        for clause in following:
            named = [m for m in turn.of(Table.EXAMS, Table.BODY_SITES) if clause.start <= m.start < clause.end]
            does = _DOES.search(turn.words(clause))
            if named and not does:
                break
            asks = clause.is_question or re.search(r"(?:세요|시고|보고)[\s,.]*$", turn.words(clause))
            if does and not asks and not (named and does["good"]):
                status: ExamStatus = "abnormal" if does["bad"] and "않" not in turn.words(clause) else "normal"
                span = (turn, turn.clause_at(match.start()).start, clause.end)
                yield _exam(name, status, turn.words(clause), span)
                break


_OBSERVED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:가만히 (?:못|있지)|꼼지락|부산하|산만하|안절부절|들썩|돌아다니)[^,.]*(?:네요?|시네|고)"),
        "정신상태검사(행동)",
    ),
    (
        re.compile(
            r"(?<![가-힣])말(?:씀)?(?:이|은|도)?\s(?:잘\s)?(?:안 나오|어눌하|꼬이|새)[^,.]*(?:네요?|"
            r"고요?|어요)(?=[\s.,]|$)"
        ),
        "언어",
    ),
    (
        re.compile(r"숨(?:을|이)?\s(?:아주\s|좀\s)?(?:깊고|빠르|가쁘게|얕|헐떡)[^,.]*(?:네요?|고)(?=[\s.,]|$)"),
        "호흡 양상",
    ),
    (
        re.compile(r"(?:과일|아세톤|단내|알코올|술)\s?(?:냄새|내)(?:가|도)?\s?나[^,.]*(?:네요?|고요?|요)(?=[\s.,]|$)"),
        "호기 냄새",
    ),
)


def _observed(turn: Turn) -> Iterator[Exam]:
    """Behaviour, speech and breathing that the physician remarks on."""
    for seen, name in _OBSERVED:
        match = seen.search(turn.text)
        if match is None:
            continue
        clause = turn.clause_at(match.start())
        if not clause.is_question and clause.link not in ("if", "or"):
            yield _exam(name, "abnormal", turn.words(clause), (turn, clause.start, clause.end))


def _drained(dialogue: Dialogue, turn: Turn) -> Iterator[Exam]:
    """Amount and colour of a drain, asked for by the physician or told by the nurse of her own accord."""
    before = dialogue.turns[turn.index - 1] if turn.index else None
    asked = _DRAIN.search(before.text) if before is not None and before.role == "clinician" else None
    told = _DRAIN.search(turn.text)
    if not (told or (asked and before is not None and before.clauses[-1].is_question)):
        return
    if not re.search(r"씨씨|밀리|시시|색|맑|장액|시로" if asked else r"색|맑|장액|시로", turn.text):
        return
    bad = list(_BAD_FLUID.finditer(turn.text))
    denied = [match for match in bad if _DENIED.search(turn.text[match.end() : match.end() + 10])]
    status: ExamStatus = "abnormal" if len(bad) > len(denied) else "normal"
    word = told or asked
    name = f"{word.group()} 배액" if word and word.group() not in ("배액",) else "배액"
    spans = [(turn, 0, len(turn.text))]
    if asked and before is not None:
        spans.insert(0, (before, asked.start(), len(before.text)))
    yield _exam(name, status, turn.text, *spans)
