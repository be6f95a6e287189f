"""Findings in numbers: ranges of motion in degrees, grip in kilograms, scores, visual acuity."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import find_quantities, written

# how a motion is told, its name, and the angle from which it is full (degrees)
_MOTIONS: tuple[tuple[re.Pattern[str], str, float], ...] = tuple(
    (re.compile(said), name, full)
    for said, name, full in (
        (
            r"앞으로(?:는)?(?:\s?(?:드는|올리는|들면|들어)\s?(?:게|건|거는)?)?\s?$|전방\s?거상[은이]?\s?$",
            "전방 거상",
            150,
        ),
        (r"옆으로(?:는)?(?:\s?(?:드는|올리는|벌리는|들면)\s?(?:게|건|거는)?)?\s?$|외전[은이]?\s?$", "외전", 150),
        (
            r"(?:바깥|밖)(?:쪽)?으로\s?(?:는\s|돌리(?:는|면)\s?(?:게|건|거는|것도)?\s?)?$|외회전[은이]?\s?$",
            "외회전",
            50,
        ),
        (r"안(?:쪽)?으로\s?(?:는\s|돌리(?:는|면)\s?(?:게|건|거는|것도)?\s?)?$|내회전[은이]?\s?$", "내회전", 50),
        (r"(?:손)?바닥\s?위로(?:가|는)?\s?$|회외[는가]?\s?$|뒤집는\s?(?:게|건)\s?$", "회외", 70),
        (r"(?:손)?바닥\s?아래로(?:가|는)?\s?$|회내[는가]?\s?$|엎는\s?(?:게|건)\s?$", "회내", 70),
        (
            r"(?:젖히|뒤로 꺾|펴|피|신전하)(?:는|시는)?\s?(?:게|건|거는|것은|것도|것)\s?$|신전[은이]?\s?$|"
            r"(?:젖혀|펴)\s?보(?:세요|실까요|시겠어요)[.,]?\s*$",
            "신전",
            50,
        ),
        (
            r"(?:굽히|구부리|꺾|숙이|굴곡하)(?:는|시는)?\s?(?:게|건|거는|것은|것도|것)\s?$|굴곡[은이]?\s?$|"
            r"(?:굽혀|숙여|구부려)\s?보(?:세요|실까요|시겠어요)[.,]?\s*$",
            "굴곡",
            60,
        ),
    )
)
_FULL_FLEXION = {"무릎": 130.0, "팔꿈치": 135.0, "고관절": 110.0, "어깨": 150.0, "허리": 70.0, "목": 45.0}
_JOINTS = re.compile(r"무릎|팔꿈치|고관절|엉덩관절|손목|발목|어깨|허리|목(?![소구])|손가락|엄지")
_ANGLE = re.compile(r"\s?도(?!\s?(?:[일이삼사오육칠팔구]\s?부|[가-힣]*열))")
_LIMITED = re.compile(r"밖에|까지만|걸리|제한|아프|아파|모자|안 나오|뻣뻣")
_BEHIND = re.compile(r"등 뒤로[^.?!]*[.?!]\s*(?P<reach>[가-힣]{1,6}까지(?:만|밖에)?[^.?!,]{0,12})")
_PASSIVE = re.compile(
    r"(?:패시브|수동(?:\s?운동)?|passive)(?:도|는|은|로)?\s?(?P<state>제한|안 |정상|괜찮|다 되|잘)", re.IGNORECASE
)
_GRIP = re.compile(r"쥐는\s?힘|악력|grip", re.IGNORECASE)
_HAND = re.compile(r"(오른|왼)(?:손|쪽)")
_FIST = re.compile(r"주먹[^.?!]*?(?P<short>[^,.?!]*모자라[^,.?!]*)")
_SCORES: tuple[tuple[str, re.Pattern[str], float, bool, float], ...] = (
    ("MMSE", re.compile(r"(?:K-?)?MMSE|엠엠에스이|간이\s?정신\s?상태\s?검사", re.IGNORECASE), 24, True, 30),
    ("MoCA", re.compile(r"MoCA|모카(?=는|가|도|\s)", re.IGNORECASE), 23, True, 30),
    ("CDR", re.compile(r"CDR|씨디알"), 0.5, False, 3),
    ("GDS", re.compile(r"GDS|지디에스"), 4, False, 30),
    ("GCS", re.compile(r"GCS|지씨에스|글라스고|글래스고"), 15, True, 15),
    ("NIHSS", re.compile(r"NIHSS|엔아이에이치에스에스|뇌졸중\s?척도"), 1, False, 42),
    ("ECOG", re.compile(r"ECOG|이코그|수행\s?능력"), 1, False, 5),
    ("mRS", re.compile(r"mRS|엠알에스"), 1, False, 6),
    ("호엔-야 단계", re.compile(r"호엔\s?-?\s?야르?|Hoehn", re.IGNORECASE), 1, False, 5),
    ("아프가 점수", re.compile(r"아프가|Apgar", re.IGNORECASE), 7, True, 10),
)
_OF_MAXIMUM = re.compile(r"점?\s?만점|점\s?중(?:에)?|점에서|분의")
_SCORE_ENDS = re.compile(r"\s?(?:점|단계|이[에요고네었]|[,.]|으로|로|예요|이$|$)")
_ACUITY = re.compile(r"시력|비주얼|VA(?![A-Za-z])")
_EYE = re.compile(r"(?P<eye>(?:오른|왼)\s?(?:쪽\s?)?눈|우안|좌안|오른쪽|왼쪽)(?:은|이|는)?\s?(?P<how>[가-힣\s]{0,12})$")


def maneuvers(dialogue: Dialogue) -> list[Exam]:
    """What clinicians and nurses read off while they measure a joint, a grip, a score or the sight."""
    found: list[Exam] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            found += [*_ranges(dialogue, turn), *_hand(turn), *_scores(turn)]
        if turn.role in ("clinician", "nurse"):
            found += _acuity(turn)
    return found


def _exam(turn: Turn, name: str, status: ExamStatus, finding: str, start: int, end: int) -> Exam:
    clause, last = turn.clause_at(start), turn.clause_at(max(start, end - 1))
    evidence = (turn.evidence(clause.start, last.end),)
    said = re.sub(r"\s+", " ", finding).strip(" .,?!")
    return Exam(id="", name=name, status=status, finding=said, evidence=evidence, confidence=0.85)


def _ranges(dialogue: Dialogue, turn: Turn) -> Iterator[Exam]:
    """ "앞으로 백 도, 옆으로는 칠십 도에서 걸리고": one entry for each motion; less than full is abnormal."""
    for number in find_numbers(turn.text):
        if number.other is not None or not 0 <= number.value <= 180 or not _ANGLE.match(turn.text, number.end):
            continue
        motion = _motion(turn.text[max(0, number.start - 24) : number.start].rstrip(" ,"))
        clause = turn.clause_at(number.start)
        if motion is None or clause.is_question or clause.link == "if":
            continue
        name, full = motion
        joint = _joint(dialogue, turn, number.start)
        full = _FULL_FLEXION.get(joint, full) if name == "굴곡" else full
        tail = turn.text[number.end : turn.clause_at(number.end).end]
        status: ExamStatus = "abnormal" if number.value < full or _LIMITED.search(tail) else "normal"
        arm = name in ("전방 거상", "외전", "외회전", "내회전")
        label = name if arm and joint not in ("고관절",) else f"{joint} {name}".strip()
        yield _exam(turn, label, status, f"{written(number.value)}도", number.start, number.end)
    if reach := _BEHIND.search(turn.text):
        status = "abnormal" if re.search(r"만|밖에|엉덩이|허벅지", reach["reach"]) else "normal"
        yield _exam(turn, "내회전", status, f"등 뒤로 {reach['reach']}", reach.start(), reach.end())
    if passive := _PASSIVE.search(turn.text):
        status = "abnormal" if passive["state"] in ("제한", "안 ") else "normal"
        clause = turn.clause_at(passive.end() - 1)
        yield _exam(turn, "수동 운동 범위", status, turn.words(clause), passive.start(), passive.end())


def _motion(before: str) -> tuple[str, float] | None:
    return next(((name, full) for said, name, full in _MOTIONS if said.search(before + " ")), None)


def _joint(dialogue: Dialogue, turn: Turn, position: int) -> str:
    """The joint named last before the motion: in the turn, else in the turns before it."""
    texts = [turn.text[:position], *(other.text for other in reversed(dialogue.turns[: turn.index]))]
    for text in texts:
        named = [match.group() for match in _JOINTS.finditer(text)]
        if named:
            return named[-1]
    return ""


def _hand(turn: Turn) -> Iterator[Exam]:
    """Grip of each hand in kilograms (weak where one hand has less than two thirds of the other), and the fist."""
    if grip := _GRIP.search(turn.text):
        kilograms = [q for q in find_quantities(turn.text) if q.unit == "kg" and q.start > grip.start()]
        sided = [(hand.group(), q) for q in kilograms if (hand := _last_hand(turn.text[max(0, q.start - 8) : q.start]))]
        if sided:
            values = [q.value for _, q in sided]
            status: ExamStatus = "abnormal" if min(values) < max(values) * 2 / 3 or max(values) < 18 else "normal"
            finding = ", ".join(f"{hand} {written(q.value)} kg" for hand, q in sided)
            yield _exam(turn, "악력", status, finding, grip.start(), sided[-1][1].end)
    if fist := _FIST.search(turn.text):
        yield _exam(turn, "주먹 쥐기", "abnormal", fist["short"], fist.start(), fist.end())


def _last_hand(words: str) -> re.Match[str] | None:
    found = list(_HAND.finditer(words))
    return found[-1] if found else None


def _scores(turn: Turn) -> Iterator[Exam]:
    """A score with the value that stands: "MMSE는 서른 점 만점에 십구 점이고"."""
    for name, called, bound, high_is_well, most in _SCORES:
        match = called.search(turn.text)
        if match is None or turn.clause_at(match.start()).is_question:
            continue
        number = _score(turn, match.end(), most)
        if number is None:
            continue
        well = number.value >= bound if high_is_well else number.value < bound
        finding = f"{written(number.value)}{'단계' if '단계' in name else '점'}"
        finding += f" ({written(most)}점 만점)" if high_is_well else ""
        yield _exam(turn, name, "normal" if well else "abnormal", finding, match.start(), number.end)


def _score(turn: Turn, position: int, most: float) -> Number | None:
    """The last number of the sentence that the score begins, or of a list of parts ("삼 사 육, 열셋")."""
    sentences = [turn.sentence_of(turn.clause_at(position - 1))]
    end = sentences[0][-1].end
    if turn.text[position:end].count("…") or not find_numbers(turn.text[position:end]):
        end = min(len(turn.text), position + 60)
    parts = False
    for number in find_numbers(turn.text):
        if not position <= number.start < end or number.other is not None or number.high is not None:
            continue
        after = turn.text[number.end :]
        if _OF_MAXIMUM.match(after.lstrip()) or re.match(r"\s?(?:센티|밀리|도\s|개월|년|분|번)", after):
            continue
        if re.match(r"\s[일이삼사오육](?=[\s,])", after) or parts:
            parts = not _SCORE_ENDS.match(after) or "," not in turn.text[number.end - 1 : number.end + 1]
            if number.value <= 6 and turn.text[number.end : number.end + 1] == ",":
                parts = True
                continue
            if number.value <= 6:
                continue
        if number.value <= most and _SCORE_ENDS.match(after):
            return number
    return None


def _acuity(turn: Turn) -> Iterator[Exam]:
    """The sight of each eye in decimals; from 0.8 it is normal."""
    if not _ACUITY.search(turn.text):
        return
    corrected = bool(re.search(r"안경|교정|렌즈", turn.text))
    for number in find_numbers(turn.text):
        eye = _EYE.search(turn.text[max(0, number.start - 20) : number.start])
        decimal = "점" in turn.text[number.start : number.end] or "." in turn.text[number.start : number.end]
        if eye is None or not decimal or not 0 < number.value <= 2 or number.other is not None:
            continue
        if re.search(r"안압|압력", eye["how"]):
            continue
        side = "오른눈" if eye["eye"].startswith(("오른", "우")) else "왼눈"
        name = f"{side} {'교정시력' if corrected else '시력'}"
        status: ExamStatus = "normal" if number.value >= 0.8 else "abnormal"
        yield _exam(turn, name, status, f"{number.value:.1f}", number.start, number.end)
