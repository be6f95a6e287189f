"""Findings of the physical examination that the physician says aloud."""

import re

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.bedside import bedside
from scribe.drafting.extract.exam_groups import grouped
from scribe.drafting.extract.examining import elicited
from scribe.drafting.extract.fetal import fetal
from scribe.drafting.extract.maneuvers import maneuvers
from scribe.drafting.extract.signs import signs
from scribe.drafting.extract.site_findings import site_findings
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import ExamRow, Table
from scribe.drafting.terms import Mention

_NORMAL = re.compile(
    r"음성|네거티브|말랑|또렷|명료|깨끗|괜찮|정상|이상\s?(?:은|이)?\s?없|문제\s?없|없(?:네|어|고|습|이|으)|"
    r"안 (?:만져|부었|커|보이|"
    r"들리|아프|빨|나|떨)|지 않|규칙적|"
    r"부드럽|좋(?:네|아|고|습)|양호|같(?:아요|네요|고|습)|대칭|잘 (?:만져|아물|움직|들|나)|맑|멀쩡"
)
_ABNORMAL = re.compile(
    r"포지티브|플러스|제한|애매|비대|빨갛|빨개|부었|부어|붓|발적|충혈|압통|아프|떨어|감소|항진|줄(?:었|어)|만져(?:지네|져|집|지고)|"
    r"들(?:리|려)|있(?:네|어|고|습|는|으)|"
    r"커(?:졌|져)|튀어나|말랐|마르|건조|차고|축축|굳|처(?:졌|져)|약하|저하|양성|볼록|나와|노랗|"
    r"창백|하얗|헐|딱딱|늘어|불규칙|쌕쌕|거칠|잡음이|오목|들어가|팽|합쳐|멍|상처가|찌릿"
)
_GRADED = re.compile(r"(?:원|투|쓰리)\s?플러스|중등도|경미(?!하게 호전)|경도|종종걸음|은 (?:약간|조금)[.,]|이? ?심함")
_INSTRUCTION = re.compile(
    r"(?:보세요|보실래요|볼게요|볼게|해 ?보세요|봅시다|볼까요|주세요|주실래요|쉬세요|누우세요|내밀|"
    r"벗어|들어 볼)\s*[.?!]?\s*$"
)
_SIDES = re.compile(r"(왼쪽|오른쪽|양쪽|좌측|우측|양측|왼|오른)")
_BY_TERM = frozenset({"폐 청진", "정신상태검사", "복부 촉진"})
_PLAN = re.compile(
    r"드릴게|드세요|처방|나가고|찍|검사(?:하|를)|수술|복용|먹|약은|때문에|으면|주사|생기|될 수|할 수|"
    r"오세요|가세요|마세요"
)


def findings(dialogue: Dialogue) -> list[Exam]:
    """One entry for each part examined (and side), its findings put together."""
    found: dict[str, Exam] = {}
    pressed = elicited(dialogue)
    for turn in dialogue.turns:
        if turn.role == "clinician":
            of_turn = [exam for exam in pressed if exam.evidence[0].utterance == turn.id]
            for exam in grouped(_of_turn(dialogue, turn, of_turn)):
                _join(found, exam)
    for exam in (*maneuvers(dialogue), *fetal(dialogue), *bedside(dialogue)):
        _join(found, exam)
    for exam in pressed:
        if exam.name not in found and not any(set(exam.evidence) <= set(one.evidence) for one in found.values()):
            _join(found, exam)
    return list(found.values())


def _of_turn(dialogue: Dialogue, turn: Turn, pressed: list[Exam]) -> list[Exam]:
    """What the clinician says in one turn: of examinations by name, of parts by sign, and under the hand."""
    mentions = [mention for mention in turn.of(Table.EXAMS) if _is_examination(turn, mention)]
    mentions = [mention for mention in mentions if not _is_place_of_next(turn, mention, mentions)]
    said = [_finding(dialogue, turn, mention, mentions[at + 1 :]) for at, mention in enumerate(mentions)]
    exams = [exam for exam in said if exam is not None]
    exams += signs(turn, exams)
    taken = [
        (item.start, item.end) for exam in (*exams, *pressed) for item in exam.evidence if item.utterance == turn.id
    ]
    return [*exams, *site_findings(turn, taken), *pressed]


_PART_OF_WORD = re.compile(r"판|염|암|증|액|관(?!절)|제(?![가-힣])|병|\s?힘이")
_AFTER_SIDE = re.compile(r"(?:왼|오른|양|윗|아랫|맨)$")


def _is_examination(turn: Turn, mention: Mention) -> bool:
    """No part of a longer mention, and no piece of another word ("성장판", "사십오로", "심장 힘")."""
    before, after = turn.text[: mention.start], turn.text[mention.end :]
    if _within(mention, turn) or _PART_OF_WORD.match(after):
        return False
    glued = bool(before) and "가" <= before[-1] <= "힣" and not _AFTER_SIDE.search(before)
    return not glued and not (mention.surface == "힘" and before.rstrip().endswith("심장"))


def _within(mention: Mention, turn: Turn) -> bool:
    """Inside a longer mention of the same table."""
    return any(
        other.start <= mention.start
        and mention.end <= other.end
        and other.end - other.start > mention.end - mention.start
        for other in turn.of(Table.EXAMS)
    )


_SAME_PHRASE = re.compile(
    r"(?:에|의|에서)?\s?(?:(?:주위|주변|쪽|부위|아래|위|안)[가-힣]{0,2}\s)?(?:[가-힣]{1,4}\s){0,2}"
)
_ENDED = re.compile(r"[은는이가도고며]\s|[은는이가도]$")


def _is_place_of_next(turn: Turn, mention: Mention, mentions: list[Mention]) -> bool:
    """ "배꼽 주위로 압통", "발 진동 감각": the part only says where the next finding is."""
    for other in mentions:
        between = turn.text[mention.end : other.start]
        if mention.end <= other.start <= mention.end + 12 and other.row != mention.row:
            return bool(_SAME_PHRASE.fullmatch(between)) and not _ENDED.search(between)
    return False


def _is_result(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "갑상선 항체", "초음파에서는 갑상선이": the part in a test's name or in a picture."""
    sentence = turn.sentence_of(clause)
    return any(
        (test.start <= mention.start and mention.end <= test.end)
        or (
            sentence[0].start <= test.start < mention.start
            and re.match(r"\s?(?:결과|사진)?\s?(?:에서|에는|상|을 보|를 보)", turn.text[test.end :])
        )
        for test in turn.of(Table.TESTS)
    )


def _join(found: dict[str, Exam], exam: Exam) -> None:
    known = found.get(exam.name)
    if known is None:
        found[exam.name] = exam
        return
    status: ExamStatus = "abnormal" if "abnormal" in (known.status, exam.status) else "normal"
    finding = known.finding if exam.finding in known.finding else f"{known.finding}, {exam.finding}"
    evidence = tuple(dict.fromkeys((*known.evidence, *exam.evidence)))
    found[exam.name] = Exam(
        id="", name=exam.name, status=status, finding=finding, evidence=evidence, confidence=known.confidence
    )


def _finding(dialogue: Dialogue, turn: Turn, mention: Mention, later: list[Mention]) -> Exam | None:
    row = mention.row
    if not isinstance(row, ExamRow):
        return None
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    clauses = _scope(turn, clause, row, later)
    start, end = clauses[0].start, clauses[-1].end
    words = turn.text[mention.start : end]
    if _is_no_statement(turn, mention, clause) or _is_of_something_else(words, mention):
        return None
    status = _status(dialogue, row, turn.text[clause.start : clause.end]) or _status(dialogue, row, words)
    if status is None:
        return None
    side = _SIDES.search(turn.text, max(start, mention.start - 8), mention.end)
    place = _tender_place(turn, clause, mention) if row.term == "복부 압통" else ""
    name = mention.surface if row.term == "눈 진찰" else display(mention)
    if row.term in _BY_TERM:
        name = row.term
    if place:
        name, side = f"{place} 압통", None
    name = (
        f"{_side(side.group(1))} {row.term}"
        if side and side.group(1) not in name and "양" not in side.group(1) and row.term not in _BY_TERM
        else name
    )
    said = re.sub(r"\s+", " ", turn.text[start:end]).strip(" .,?!")
    return Exam(id="", name=name, status=status, finding=said, evidence=(turn.evidence(start, end),), confidence=0.85)


def _is_no_statement(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Asked, supposed, or the part of a test's name or picture."""
    ahead = [other for other in turn.sentence_of(clause) if other.start >= clause.start]
    conditional = any(other.link == "if" for other in ahead)
    return clause.is_question or conditional or _is_result(turn, mention, clause) or _is_supposed(turn, clause)


def _is_of_something_else(words: str, mention: Mention) -> bool:
    """ "간 수치", "심장 때문에", and plans."""
    size = mention.end - mention.start
    if re.match(r"\S{0,4}\s?(?:[가-힣]+\s)?(?:수치|기능|검사)", words[size:]) or "때문" in words:
        return True
    return bool(_PLAN.search(words)) and not re.search(r"네요|했|깨끗|괜찮", words)


_TENDER_AT = re.compile(
    r"(?P<place>(?:[가-힣A-Za-z]+\s){0,2}[가-힣A-Za-z]+?)(?:에는?|에도|의|쪽에|으로|로|은|는)?\s?"
    r"(?:가볍게\s|약간\s|좀\s|조금\s|살짝\s)?$"
)
_BELLY = re.compile(r"^(?:배|복부|배꼽|명치|아랫배|윗배|전체|누르)")


def _tender_place(turn: Turn, clause: Clause, mention: Mention) -> str:
    """Where the tenderness is, where that is told before it and not the belly at large: "안쪽 관절선에 압통"."""
    found = _TENDER_AT.search(turn.text[clause.start : mention.start].lstrip())
    place = found["place"].strip() if found else ""
    return "" if not place or _BELLY.search(place) or len(place) > 16 else place


_PRESSED = re.compile(r"누르면|눌러 ?보면|만지면|두드리면|떼면|들어 ?보면|쉬면|들으면|보면")
_OPEN = re.compile(r"는지|은지|[ㄴ인]지\s|수(?:도|는)?\s?있|(?:거|것|건)[,.\s]*$")

_REASON = re.compile(r"(?:니까|으니|하니)[\s,]*$|(?:는|ㄴ|은|한|있는)\s?(?:건데|거예요|거고|거라|거니까)")


def _is_supposed(turn: Turn, clause: Clause) -> bool:
    """What would follow ("그 줄을 넘으면 발이 떨어져요"), alternatives of a warning, reasons, and open questions."""
    before = [other for other in turn.sentence_of(clause) if other.end <= clause.start and other.link == "if"]
    if any(not _PRESSED.search(turn.words(other)) for other in before) or clause.link == "or":
        return True
    return bool(_OPEN.search(turn.words(clause)) or _REASON.search(turn.words(clause)))


def _side(word: str) -> str:
    return {"왼": "왼쪽", "오른": "오른쪽", "좌측": "왼쪽", "우측": "오른쪽"}.get(word, word)


def _scope(turn: Turn, clause: Clause, row: ExamRow, later: list[Mention]) -> list[Clause]:
    """The clause, and the next one where it goes on about the same part: "편도는 안 커졌고 삼출물도 없네요".

    After an instruction ("혀는요? 내밀어 보세요.") the finding may stand in the next sentence.
    """
    position = turn.clauses.index(clause)
    limit = min([mention.start for mention in later] + [len(turn.text)])
    scope = [clause]
    for other in turn.clauses[position + 1 : position + 2]:
        words = turn.words(other)
        instructed = bool(_INSTRUCTION.search(turn.sentence_text(clause)))
        named = [
            m
            for m in turn.of(Table.EXAMS, Table.BODY_SITES, Table.SYMPTOMS)
            if other.start <= m.start < other.end
            and not (m.table is Table.SYMPTOMS and (instructed or m.row.term.startswith(row.term)))
        ]
        plain = not (named or other.is_question or _INSTRUCTION.search(words) or _PLAN.search(words))
        goes_on = other.sentence == clause.sentence or instructed
        if other.end <= limit and plain and goes_on:
            scope.append(other)
    return scope


def _status(dialogue: Dialogue, row: ExamRow, words: str) -> ExamStatus | None:
    """By the lexicon's cues for the part, a negated abnormal cue being normal; then by general words."""
    votes = {("normal" if negated else "abnormal") for negated in _cues(dialogue, row.abnormal, words)}
    votes |= {("abnormal" if negated else "normal") for negated in _cues(dialogue, row.normal, words)}
    if "abnormal" in votes or _GRADED.search(words):
        return "abnormal"
    if "normal" in votes:
        return "normal"
    if row.term.endswith("부종 검사") and not re.search(r"붓|부었|부은|부종|부기|들어|눌", words):
        return None
    is_normal = bool(_NORMAL.search(words))
    rest = _NORMAL.sub(
        " ",
        re.sub(
            r"[가-힣]+(?:도|은|는|이|가)?\s(?:안|못)\s[가-힣]+|[가-힣]+(?:도|은|는|이|가)?\s없[가-힣]*|"
            r"[가-힣]+지(?:는|도|진)?\s않[가-힣]*",
            " 없네 ",
            words,
        ),
    )
    if _ABNORMAL.search(rest):
        return "abnormal"
    return "normal" if is_normal else None


def _cues(dialogue: Dialogue, phrases: tuple[str, ...], words: str) -> list[bool]:
    """Whether each cue found is negated; the widest reading of one predicate counts, "안 만져지다" not "만져지다"."""
    found: dict[int, bool] = {}
    for match in dialogue.terms.cues(words, phrases) if phrases else []:
        at = match.parts[-1][0]
        negated = match.negated or bool(re.match(r"\s?(?:은|는|도|이|가)?\s?없", words[match.end :]))
        found[at] = found.get(at, False) or negated
    return list(found.values())
