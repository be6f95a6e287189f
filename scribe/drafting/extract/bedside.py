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
_BAD_FLUID = re.compile(r"탁|고름|핏빛|선홍|담즙|농|변\s?(?:같|색)|많")
_DENIED = re.compile(r"(?:아니|없|않|안\s)")


def bedside(dialogue: Dialogue) -> list[Exam]:
    """One entry for each side of a manoeuvre, each function asked for, and the drain."""
    found: list[Exam] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            found += [*_shown(dialogue, turn), *_asked(dialogue, turn)]
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
