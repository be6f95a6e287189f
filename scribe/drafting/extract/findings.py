"""Findings of the physical examination that the physician says aloud."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.bedside import bedside
from scribe.drafting.extract.exam_groups import grouped
from scribe.drafting.extract.examining import elicited
from scribe.drafting.extract.fetal import fetal
from scribe.drafting.extract.maneuvers import maneuvers
from scribe.drafting.extract.signs import signs
from scribe.drafting.extract.site_findings import site_findings, sites_in, sites_in_span
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
    r"딸깍|덜컥|기우|기울|쏠|포지티브|플러스|제한|애매|비대|빨갛|빨개|부었|부어|붓|발적|충혈|압통|아프|"
    r"떨어|감소|항진|줄(?:었|어)|만져(?:지네|져|집|지고)|"
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
    r"드릴게|드세요|처방|나가고|찍|검사(?:하|를)|수술(?! 부위| 자리| 상처| 자국)|복용|(?<!주)먹|약은|"
    r"필요|때문에|으면|주사|생기|될 수|할 수|"
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
        if exam.name in found or not _is_told(found.values(), exam):
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


def _is_told(known: Iterable[Exam], exam: Exam) -> bool:
    """Whether the same words already gave an entry on the same part ("보행(걸음걸이)")."""
    cited = {item.utterance for item in exam.evidence}
    return any(
        one.name.partition("(")[0] == exam.name.partition("(")[0] and cited & {item.utterance for item in one.evidence}
        for one in known
    )


_PART_OF_WORD = re.compile(r"판|염|암|증|액|관(?!절)|제(?![가-힣])|병|\s?힘이")
_AFTER_SIDE = re.compile(r"(?:왼|오른|양|윗|아랫|맨)$")


def _is_examination(turn: Turn, mention: Mention) -> bool:
    """No part of a longer mention, and no piece of another word ("성장판", "사십오로", "심장 힘")."""
    before, after = turn.text[: mention.start], turn.text[mention.end :]
    if _within(mention, turn) or _PART_OF_WORD.match(after):
        return False
    glued = bool(before) and "가" <= before[-1] <= "힣" and not _AFTER_SIDE.search(before)
    counted = mention.surface == "오로" and bool(re.search(r"[점에서\d]\s$", before))
    return not glued and not counted and not (mention.surface == "힘" and before.rstrip().endswith("심장"))


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
    following = min([clause.end, *(other.start for other in later)])
    own = turn.text[mention.start : following] if "," in turn.text[mention.start : clause.end] else ""
    status = (
        (_status(dialogue, row, own) if own else None)
        or _status(dialogue, row, turn.text[clause.start : clause.end])
        or _status(dialogue, row, words)
    )
    if status is None:
        return _shown_next(dialogue, turn, mention, row)
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


_DOES = re.compile(r"(?:볼게요|보겠습니다|할게요|하겠습니다|봅시다|볼까요)[\s.,…]*$")


_EVEN_IF = re.compile(r"[아어해]도[\s,]*$")
_NAMED_LAST = 12


def _shown_next(dialogue: Dialogue, turn: Turn, mention: Mention, row: ExamRow) -> Exam | None:
    """ "직장 수지검사 할게요. 네, 검은 변이 묻어나요.": what is seen right after the examination was announced."""
    clause = turn.clause_at(mention.start)
    if turn.sentence_of(clause)[-1].end - mention.end > _NAMED_LAST:
        return None
    announced = [c for c in turn.clauses if c.start >= clause.start and c.sentence - clause.sentence <= 1]
    done = next((c for c in announced if _DOES.search(turn.words(c))), None)
    if done is None:
        return None
    for other in [c for c in turn.clauses if c.start >= done.end][:2]:
        named = [m for m in turn.of(Table.EXAMS, Table.TESTS) if other.start <= m.start < other.end]
        if named or sites_in_span(turn, other.start, other.end) or other.is_question:
            return None
        status = _status(dialogue, row, turn.words(other))
        if status is not None and not _PLAN.search(turn.words(other)) and not _EVEN_IF.search(turn.words(other)):
            evidence = (turn.evidence(clause.start, clause.end), turn.evidence(other.start, other.end))
            said = re.sub(r"\s+", " ", turn.words(other)).strip(" .,?!")
            return Exam(id="", name=display(mention), status=status, finding=said, evidence=evidence, confidence=0.75)
    return None


# "…자리 압통 있고, 뒤쪽 끝은?": only the last words ask
_TOPIC_ASKED = re.compile(r"[,\s][가-힣\s]{1,12}[은는]\?\s*$")


def _is_no_statement(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Asked, supposed, or the part of a test's name or picture."""
    ahead = [other for other in turn.sentence_of(clause) if other.start >= clause.start]
    conditional = any(other.link == "if" for other in ahead)
    asked = clause.is_question and not (clause.link == "and" and _TOPIC_ASKED.search(turn.sentence_text(clause)))
    return asked or conditional or _is_result(turn, mention, clause) or _is_supposed(turn, clause)


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

_BEFORE_NOW = re.compile(r"지난번|저번|예전|전에는|어제는|지난주|지난달|작년")
_REPORTED = re.compile(r"(?:다고요|라고요|다면서요|다고 하셨[가-힣]*|셨다고|셨죠|하셨죠|셨어요)\s*[.?!]*\s*$")
_ELICITED = re.compile(r"(?:하|보|누르|만지|재|돌리|젖히|들|두드리|누이|눕히)니까?[\s,]*$")
_REASON = re.compile(r"(?:니까|으니|하니)[\s,]*$|(?:는|ㄴ|은|한|있는)\s?(?:건데|거예요|거고|거라|거니까)")


def _is_supposed(turn: Turn, clause: Clause) -> bool:
    """What would follow ("그 줄을 넘으면 발이 떨어져요"), alternatives of a warning, reasons, and open questions."""
    before = [other for other in turn.sentence_of(clause) if other.end <= clause.start and other.link == "if"]
    if any(not _PRESSED.search(turn.words(other)) for other in before) or clause.link == "or":
        return True
    words = turn.words(clause)
    if _BEFORE_NOW.search(words) or _REPORTED.search(turn.sentence_text(clause)):
        return True
    return bool(_OPEN.search(words) or (_REASON.search(words) and not _ELICITED.search(words)))


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
        named: list[object] = [
            m
            for m in turn.of(Table.EXAMS, Table.BODY_SITES, Table.SYMPTOMS)
            if other.start <= m.start < other.end
            and not (m.table is Table.SYMPTOMS and (instructed or m.row.term.startswith(row.term)))
        ]
        named += [site for site in sites_in(turn) if other.start <= site.start < other.end and len(site.surface) > 1]
        plain = not (named or other.is_question or _INSTRUCTION.search(words) or _PLAN.search(words))
        goes_on = other.sentence == clause.sentence or instructed
        if _ELICITED.search(turn.words(clause)) and other.sentence == clause.sentence:
            named = []
            plain = not other.is_question
        if other.end <= limit and plain and goes_on:
            scope.append(other)
    return scope


def _status(dialogue: Dialogue, row: ExamRow, words: str) -> ExamStatus | None:
    """By the lexicon's cues for the part, a negated abnormal cue being normal; then by general words."""
    if row.term.endswith("부종 검사") and not re.search(r"붓|부었|부은|부어|부종|부기|붓기|들어|눌", words):
        return None
    if _UNSEEN.search(words):
        return None
    words = _EXTENT_DENIED.sub(" ", words)
    votes = {("normal" if negated else "abnormal") for negated in _cues(dialogue, row, row.abnormal, words)}
    votes |= {("abnormal" if negated else "normal") for negated in _cues(dialogue, row, row.normal, words)}
    if "abnormal" in votes or _GRADED.search(words):
        return "abnormal"
    if "normal" in votes:
        return "normal"
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


# "한 뼘까진 아니고 손가락 세 마디쯤": how much is denied, not that it is there
_EXTENT_DENIED = re.compile(r"(?:까진|까지는|정도는|정돈|만큼은|만큼 크진|만 하진)\s?(?:아니|않)[가-힣]*")
_UNSEEN = re.compile(r"잘\s(?:안|못)\s?(?:보|만져|들|봤)|확인이? (?:안|어렵)|보기(?:가)? (?:어렵|힘들)")
_UP_TO_VERB = re.compile(r"(?:이|가|은|는|도|만)?\s*(?:(?:좀|조금|아직|전혀|별로|다|약간|양쪽|살짝|여전히)\s*)*$")


def _is_of_row(row: ExamRow, before: str) -> bool:
    """Whether it is the examined thing itself that is there or not: "마비는 없고" says nothing of a pupil."""
    noun = _UP_TO_VERB.sub("", before).replace(" ", "").lower()
    return any(noun.endswith(name.replace(" ", "").lower()) for name in row.nouns)


def _cues(dialogue: Dialogue, row: ExamRow, phrases: tuple[str, ...], words: str) -> list[bool]:
    """Whether each cue found is negated; the widest reading of one predicate counts, "안 만져지다" not "만져지다"."""
    found: dict[int, bool] = {}
    for match in dialogue.terms.cues(words, phrases) if phrases else []:
        if match.phrase in ("있다", "없다") and not _is_of_row(row, words[: match.parts[0][0]]):
            continue
        at = match.parts[-1][0]
        negated = match.negated or bool(re.match(r"\s?(?:은|는|도|이|가)?\s?없", words[match.end :]))
        negated = negated or words[: match.parts[0][0]].endswith("안 ")  # which the analyser may take for the inside
        found[at] = found.get(at, False) or negated
    return list(found.values())
