"""What is found by pressing, tapping and lifting: asked of the patient while the physician examines."""

import re

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import written

SIDE = re.compile(r"(?<![가-힣])(왼쪽|오른쪽|양쪽|좌측|우측|양측|왼|오른)(?=$|[\s은는이가도,]|쪽)")
_EXAMINES = re.compile(
    r"볼게요?|보겠습니다|봅시다|보실게요|보세요|볼까요|눌러|누르|두드려|두드리|만져|만지|들어 ?올|젖혀|펴 ?보|"
    r"뗄 때|떼면"
)
_HURTS = re.compile(r"아프|아파|아픈|결리|찌릿|당기|땅기|땡기|저리|울리|압통")
_CONFIRMED = re.compile(r"^[\s,.!]*(?:악|아야|아,?\s?아|아!|으)|거기|맞아|아파|아프|찌릿|당겨|땡겨|저려")
_YES = re.compile(r"^\s*(?:아[,!.\s]+)*(?:네|예|응|어)(?=[\s,.!]|$)")
_NOT_SO = re.compile(r"안 |아니|괜찮|없|멀쩡|모르겠")
_SIDES = {"왼": "왼쪽", "오른": "오른쪽", "좌측": "왼쪽", "우측": "오른쪽", "양측": "양쪽"}
_STRENGTH = re.compile(r"근력|힘(?:을|은|이|도|주)|젖혀|밀어|당겨|올려 ?보|내려 ?보|구부려|펴 ?보|쥐어|버텨|모터|motor")
_GRADE = re.compile(r"\s?점(?=[\s,.]|이|으|정|$)")
_PARTS = re.compile(
    r"엄지발가락|발가락|발목|무릎|고관절|허벅지|손가락|손목|팔꿈치|어깨|팔|다리|상지|하지|손아귀|악력|목"
)
_LIFTS_LEG = re.compile(
    r"다리(?:를|는|도)?\s?(?:쭉\s|펴고\s|한번\s|하나씩\s)?(?:들어|올려|들|올리)|직거상|SLR|에스엘알", re.I
)
_ANGLE = re.compile(r"\s?도(?:에서|까지|쯤|정도|부터|[,.\s])")
_PULLS = re.compile(r"찌릿|아프|아파|당기|당겨|땅기|땡기|땡겨|저리|저려|양성")
_FREE = re.compile(r"괜찮|음성|안 (?:아프|당기|땡기|저리)|잘 올라|정상|문제\s?없")


def side(word: str) -> str:
    """The side as the record writes it: "좌측" is 왼쪽."""
    return _SIDES.get(word, word)


def is_examining(turn: Turn, clause: Clause) -> bool:
    """A question put while a part is pressed, tapped or moved: its answer is a finding and no complaint."""
    if turn.role != "clinician" or not clause.is_question:
        return False
    sentence = turn.sentence_of(clause)
    words = turn.text[: sentence[-1].end]
    return bool(_HURTS.search(turn.text[sentence[0].start : sentence[-1].end]) and _EXAMINES.search(words))


def elicited(dialogue: Dialogue) -> list[Exam]:
    """Tenderness asked for under the hand, strength in grades and leg raising in degrees."""
    found: list[Exam] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            found += [*_tenderness(dialogue, turn), *_grades(turn), *_leg_raising(dialogue, turn)]
    return found


def _reply(dialogue: Dialogue, turn: Turn) -> tuple[Turn, bool] | None:
    """The patient's next words with whether they say that it hurts; None where they leave it open."""
    replies = dialogue.answers(turn)
    if not replies:
        return None
    words = replies[0].text
    if _NOT_SO.search(words):
        return replies[0], False
    return (replies[0], True) if _CONFIRMED.search(words) or _YES.match(words) else None


def _tenderness(dialogue: Dialogue, turn: Turn) -> list[Exam]:
    """ "종아리는 안 아프시죠?" – "네, 괜찮아요": the last such question of the turn is the one that is answered."""
    asked = [clause for clause in turn.clauses if is_examining(turn, clause)]
    if asked and (echo := _echo(turn, asked[-1])):
        return echo
    reply = _reply(dialogue, turn)
    if not asked or reply is None or not asked[-1].is_question or _LIFTS_LEG.search(turn.text):
        return []
    clause = asked[-1]
    start = turn.sentence_of(clause)[0].start
    part = _part_pressed(turn, clause)
    if part is None:
        return []
    hurts = reply[1]
    status: ExamStatus = "abnormal" if hurts else "normal"
    evidence = (turn.evidence(start, clause.end), reply[0].evidence(0, reply[0].clauses[0].end))
    finding = "압통 있음" if hurts else "압통 없음"
    return [Exam(id="", name=part, status=status, finding=finding, evidence=evidence, confidence=0.8)]


def _part_pressed(turn: Turn, clause: Clause) -> str | None:
    """The part in the question, else the one named last before it."""
    sentence = turn.sentence_of(clause)
    here = [site for site in turn.of(Table.BODY_SITES) if sentence[0].start <= site.start < sentence[-1].end]
    before = [site for site in turn.of(Table.BODY_SITES) if site.start < sentence[0].start]
    points_here = re.search(r"여기|여긴|거기|이쪽|이렇게|뗄|떼", turn.sentence_text(clause))
    if not here and (spot := _SPOT.search(turn.sentence_text(clause))):
        return f"{spot.group(1)} 압통"
    if not here and re.search(r"눌러서|누르는 데|만져서", turn.sentence_text(clause)):
        part = _last_examined(turn, clause)
        return f"{part} 압통" if part else "압통"
    if not here and not (before and points_here):
        return None
    site = here[0] if here else before[-1]
    if site.surface == "옆구리" and "두드" in turn.text[site.start : clause.end]:
        return "늑골척추각 압통(옆구리 두드림)"
    sided = SIDE.search(turn.text, max(0, site.start - 5), site.start)
    return f"{side(sided.group(1)) if sided else ''} {site.surface} 압통".strip()


_SPOT = re.compile(r"((?:부러진|다친|아픈|수술한|꿰맨|찢어진|금 간|삔)\s?(?:자리|데|곳|부위))")
_ECHO = re.compile(r"^\s*(?P<said>조금|약간|네|예|여기|거기|많이|아프시|안 아프|없)")


def _last_examined(turn: Turn, clause: Clause) -> str:
    """The part or the examination that was named last before the question."""
    before = [m for m in turn.of(Table.BODY_SITES, Table.EXAMS) if m.end <= clause.start and not m.nested]
    return before[-1].surface if before else ""


def _echo(turn: Turn, clause: Clause) -> list[Exam]:
    """ "명치 누르면 아프세요? 조금.": the physician repeats the patient's answer in the same breath."""
    end = turn.sentence_of(clause)[-1].end
    following = [other for other in turn.clauses if other.start >= end]
    if not following or following[0].is_question:
        return []
    words = turn.words(following[0])
    said = _ECHO.match(words)
    if said is None or len(words.strip()) > 8:
        return []
    part = _part_pressed(turn, clause)
    if part is None:
        return []
    hurts = said["said"] not in ("안 아프", "없")
    evidence = (turn.evidence(turn.sentence_of(clause)[0].start, following[0].end),)
    finding = "압통 있음" if hurts else "압통 없음"
    status: ExamStatus = "abnormal" if hurts else "normal"
    return [Exam(id="", name=part, status=status, finding=finding, evidence=evidence, confidence=0.75)]


def _grades(turn: Turn) -> list[Exam]:
    """ "왼쪽이 사 점이네요. 오른쪽은 오 점.": strength (MRC, 0 to 5) of a part, one entry for both sides."""
    if not _STRENGTH.search(turn.text):
        return []
    parts: dict[str, list[tuple[str, Number]]] = {}
    for number in find_numbers(turn.text):
        if not (0 <= number.value <= 5 and _GRADE.match(turn.text, number.end)) or "만점" in turn.text:
            continue
        start = _STRENGTH.search(turn.text)
        if start is None or number.start < start.start():
            continue
        part = _last(_PARTS, turn.text[: number.start]) or "사지"
        sentence = turn.sentence_of(turn.clause_at(number.start))
        sided = list(SIDE.finditer(turn.text, sentence[0].start, number.start))
        parts.setdefault(part, []).append((side(sided[-1].group(1)) if sided else "", number))
    return [_strength(turn, part, grades) for part, grades in parts.items()]


def _last(pattern: re.Pattern[str], text: str) -> str:
    return ([match.group() for match in pattern.finditer(text)] or [""])[-1]


def _strength(turn: Turn, part: str, grades: list[tuple[str, Number]]) -> Exam:
    weak = [where for where, number in grades if number.value < 5]
    name = f"{weak[0]} {part} 근력".strip() if len(weak) == 1 and weak[0] != "양쪽" else f"{part} 근력"
    finding = ", ".join(f"{where} {written(number.value)}/5".strip() for where, number in grades)
    spans = [turn.clause_at(number.start) for _, number in grades]
    evidence = tuple(dict.fromkeys(turn.evidence(clause.start, clause.end) for clause in spans))
    return Exam(
        id="", name=name, status="abnormal" if weak else "normal", finding=finding, evidence=evidence, confidence=0.85
    )


def _leg_raising(dialogue: Dialogue, turn: Turn) -> list[Exam]:
    """The straight leg raising test of each side, with the angle at which it hurts or up to which it is free."""
    begins = _LIFTS_LEG.search(turn.text)
    if begins is None:
        return []
    found: list[Exam] = []
    for number in find_numbers(turn.text):
        if number.start < begins.end() or not _ANGLE.match(turn.text, number.end) or not 5 <= number.value <= 110:
            continue
        clause = turn.clause_at(number.start)
        sentence = turn.sentence_of(clause)
        sided = list(SIDE.finditer(turn.text, sentence[0].start, number.start))
        words = turn.text[number.end : sentence[-1].end]
        hurts = bool(_PULLS.search(words)) and not _FREE.search(words)
        reply = _reply(dialogue, turn) if clause.is_question else None
        if not sided or not (hurts or _FREE.search(words)) or (clause.is_question and (not reply or reply[1] != hurts)):
            continue
        result = "양성" if hurts else "음성"
        degrees = f"{written(number.value)}도{'에서' if hurts else '까지'}"
        evidence = [turn.evidence(sentence[0].start, sentence[-1].end)]
        if reply:
            evidence.append(reply[0].evidence(0, reply[0].clauses[-1].end))
        found.append(
            Exam(
                id="",
                name=f"하지직거상 검사 {side(sided[-1].group(1))}",
                status="abnormal" if hurts else "normal",
                finding=f"{degrees} {result}",
                evidence=tuple(evidence),
                confidence=0.85,
            )
        )
    return found
