"""Findings on parts of the body that the physician names in everyday words while looking, pressing and moving.

"바깥쪽 복사뼈 앞으로 많이 부었고", "등은 긁은 자국이 있네요", "목은 눌러서 안 아프고", "오른팔은 떨어지고": a part, and
what is said of it.  Read only in turns in which something is examined, and only from clauses that no other reader used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.extract.examining import side
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_EXAMINING = re.compile(
    r"볼게요?|볼까요?|봅시다|봐요|보겠습니다|보자|볼까|보세요|보실|눌러|누르|두드려|두드리|만져|"
    r"만지|들어 ?올|젖혀|벗어|누우|"
    r"누워|숨\s?(?:크게|쉬|들이)|힘\s?(?:빼|주)|손\s?줘|펴|따라와|걸어|돌려|턱\s?대|진찰|청진|"
    r"염색|시진|NIHSS|GCS"
)
_SEEN_NOW = re.compile(
    r"(?:네요?|구나|군요|구먼|어요|아요|고요?|고|습니다|지만|는데|며)\s*[.,!…]*\s*$|(?:정상|음성|"
    r"양성|없음|있음|조금|약간|심함)\s*[.,]*\s*$"
)
_NOT_A_FINDING = re.compile(
    r"다고요|라고요|다면서|하셨죠|저번|"
    r"드릴게|처방|할게요|찍|수도 있|수 있|생기|오세요|가세요|오시|마세요|보세요|주세요|때문|거든요|"
    r"의심|으면|면\s|다면|드세요|"
    r"바르|"
    r"먹|예요\?|까요|시면|해야|셔야|약은|거나|는지|은지|지난|예전|전에는|처럼 하|멈추|예방|씻|바꿔|"
    r"같이 드|오시고|받으|시켜|"
    r"염좌|골절이에요|파열이|진단|[가-힣]염이에요|[가-힣]증이에요|라고 (?:보|하)|로 보여|겁니다|거예요"
)
# a placing word before the part, the part itself comes from the lexicon, and a word of place after it
_BEFORE = re.compile(
    r"(?:(?:왼쪽|오른쪽|양쪽|양|왼|오른|좌측|우측|바깥쪽|안쪽|앞쪽|뒤쪽|위쪽|아래쪽|윗|아랫|둘째|"
    r"셋째|넷째|첫째|새끼|엄지|"
    r"검지|중지|약지)[,\s]*)+$"
)
_AFTER = re.compile(
    r"(?:\s?(?:등쪽|바닥|앞쪽|뒤쪽|안쪽|바깥쪽|위쪽|아래쪽|가운데|중심|주위|주변|부위|자리|끝|쪽|앞|"
    r"뒤|위|아래|벽|점막|관절))*"
    r"(?:\s(?:앞|뒤|위|아래)(?=로|에|는|은))?(?:\s(?:길이|힘|근력|감각|움직임|운동|색깔|색|둘레|"
    r"크기|모양)(?=[은는이가도]))?"
)
_PARTICLE = re.compile(r"(?:만은|만|에는|에서|에도|에|은|는|이|가|도|으로|로|까지)?[\s,]+|(?=$)")
_PRESSED = re.compile(r"(?:눌러서|눌러도|누르면|눌러보면|눌러 보니|만지면|만져도|두드려도|두드리면|돌려도|움직여도)\s?")


@dataclass(frozen=True, slots=True)
class _Site:
    """A part of the body in the text; also one joined with its side ("오른팔")."""

    start: int
    end: int
    surface: str


_QUADRANT = re.compile(r"(?:오른쪽|왼쪽)\s(?:위|아래|윗배|아랫배)(?=[가는도에]|쪽)")
_SIDED_PART = re.compile(
    r"(?<![가-힣])(?:왼|오른|양)(?:팔|손|발|다리|눈|귀|무릎|어깨|손목|발목)(?=[은는이가도에을를\s])"
)


def sites_in(turn: Turn) -> list[_Site]:
    """The parts that the turn names, in order."""
    found = [_Site(m.start, m.end, m.surface) for m in turn.of(Table.BODY_SITES) if not _is_part_of_word(turn, m)]
    of_belly = re.search(r"(?<![가-힣])배[는가도를\s]|복부", turn.text)
    quadrants = _QUADRANT.finditer(turn.text) if of_belly else ()
    for match in (*_SIDED_PART.finditer(turn.text), *quadrants):
        if not any(site.start < match.end() and match.start() < site.end for site in found):
            found.append(_Site(match.start(), match.end(), match.group()))
    return sorted(found, key=lambda site: site.start)


def sites_in_span(turn: Turn, start: int, end: int) -> list[_Site]:
    """The parts named between two offsets."""
    return [site for site in sites_in(turn) if start <= site.start < end]


@dataclass(frozen=True, slots=True)
class _Sign:
    """What is said of a part: how it shows in words, what is added to the part's name, and whether it is well."""

    said: re.Pattern[str]
    noun: str
    is_well: bool = False


def _sign(said: str, noun: str, *, is_well: bool = False) -> _Sign:
    return _Sign(re.compile(said), noun, is_well)


_SIGNS = (
    _sign(r"압통|아프|아파|아픈|통증|텐더니스|뻐근|결리|결려|당기|당겨|땅기", "압통"),
    _sign(r"혈종|찢어진|열상|출혈|피가 나", "외상"),
    _sign(r"물집|수포|홍반|발진|두드러기|팽진|자국|흉터|각질|가피|딱지|반점|반흔|태선화|농포|뾰루지|습진|건조|"
          r"갈라|진물|삼출|상처|멍|까졌|까진|짓무|짓물|여드름|면포|궤양|벗겨|사마귀|티눈|굳은살|착색|색소|비늘|인설|"
          r"구진|뽀루지|곪|고름", "피부"),
    _sign(r"부었|부어|부은|붓|부종|부기|붓기|쑥 들어|오목|들어가", "부종"),
    _sign(r"빨갛|빨개|벌겋|벌개|붉|발적|충혈", "발적"),
    _sign(r"결절|종괴|멍울|혹|덩어리|몽우리|만져(?:지|져|집)", "종괴"),
    _sign(r"마찰음|염발음|삐걱|뚝뚝|소리가 나", "마찰음"),
    _sign(r"변형|휘었|휘어|틀어|튀어나|볼록|파였|파여|들떴|두꺼", "변형"),
    _sign(r"꺼졌|꺼지고|꺼져|퀭|움푹", "함몰"),
    _sign(r"물이\s?(?:찼|차|고)", "삼출"),
    _sign(r"(?:왼쪽|오른쪽|한쪽|위|아래)(?:을|만|으로)?\s?(?:보고 있|쏠|돌아)", "편위"),
    _sign(r"처지|처졌|처져|비뚤|돌아가 있|돌아갔", "처짐"),
    _sign(r"떨어지|떨어져|못 버티|버티다|안 올라|못 들|힘이 (?:빠|없|약)|내려와|약하", "근력"),
    _sign(r"뜨거|뜨끈|열감|화끈", "열감"),
    _sign(r"차갑|차네|차고|시려|싸늘", "냉감"),
    _sign(r"떨림|떨리|떨고", "떨림"),
    _sign(r"축축|땀", "발한"),
    _sign(r"뻣뻣|굳어|굳었|제한|안 펴|안 구부|안 돌아", "운동 제한"),
    _sign(r"창백|하얗|하얘|파랗|파래|퍼렇|노랗|노래|까맣|까매", "변색"),
    _sign(r"감각(?:이|은)?\s?(?:떨어|둔|무뎌|없)|둔하|무디|저리", "감각"),
    _sign(r"깨끗|괜찮|멀쩡|정상|이상\s?(?:은|이)?\s?없|문제\s?없|말랑|부드럽|좋[아네고]|"
          r"잘 (?:움직|펴|구부|돌|뛰|만져|아물)|같(?:고|아|네)|대칭|똑같",
          "", is_well=True),
)  # fmt: skip
_NEGATED = re.compile(
    r"^[가-힣]{0,4}(?:은|는|이|가|도)?\s?(?:데(?:는|가|도)?\s|거(?:는|도)?\s|곳(?:은|도)?\s|것(?:은|"
    r"도)?\s)?(?:전혀\s|아직\s|따로\s|별로\s)?"
    r"(?:없|안 |않|음성|아니)|"
    r"^[가-힣\s]{0,8}\s(?:건|거|것|게|데)(?:은|는|도)?\s?(?:아니|없)|^[가-힣]{0,2}지(?:는|도|"
    r"진)?\s?(?:심하게\s)?않|^[가-힣]*진 않"
)
_NEGATED_BEFORE = re.compile(r"(?:^|\s)안\s(?:[가-힣]+\s)?$")
_SKIN_NOT_FOR = frozenset({"눈", "귀", "코", "목", "목 안", "배", "가슴"})


def is_examined(turn: Turn) -> bool:
    """Whether something is examined in the turn: by what the physician asks for, or says to be looking at."""
    return bool(_EXAMINING.search(turn.text) or re.search(r"(?<=[가-힣])(?:네요?|구나)\s*[.,]", turn.text))


def site_findings(turn: Turn, taken: Sequence[tuple[int, int]]) -> list[Exam]:
    """A finding for each part that is named with a sign in a clause outside ``taken`` spans."""
    if not is_examined(turn):
        return []
    found: list[Exam] = []
    used = list(taken)
    for position, clause in enumerate(turn.clauses):
        if _overlaps(used, clause.start, clause.end) or not _is_statement(turn, clause):
            continue
        end = _goes_on(turn, position, used)
        exam = _of_clause(turn, clause, end)
        exam = exam or _of_shown(turn, clause, end)
        if exam is not None:
            found.append(exam)
            used.append((clause.start, end))
    return found


_SHOWN = re.compile(
    r"(?P<part>(?:(?:왼쪽|오른쪽|양쪽)\s)?[가-힣]{1,6}?(?:\s(?:자리|부위|안|뒤|밑|쪽|관절))?)(?:을|를|도|은|는|만)?\s"
    r"(?:좀\s|한번\s|먼저\s|다시\s)*(?:볼게요?|봅시다|보겠습니다|볼까요?|보자|좀 보|보여 ?주)"
)


_PLAINLY_WELL = re.compile(
    r"[\s,]*(?:네,?\s|음,?\s)?(?:(?:왼쪽|오른쪽|양쪽)[은는이가도]?\s)?(?:다\s|아주\s)?(?:깨끗|괜찮|정상|이상|멀쩡|좋|부드럽|말랑)"
)


def _of_shown(turn: Turn, clause: Clause, end: int) -> Exam | None:
    """A sign without a part of its own, of the part that was just to be seen: "무릎 볼게요. 부었네요"."""
    shown = list(_SHOWN.finditer(turn.text, 0, clause.start))
    here = [site for site in sites_in(turn) if clause.start <= site.start < end]
    if not shown or here or clause.start - shown[-1].end() > 60:
        return None
    part = re.sub(r"\s+", " ", shown[-1]["part"]).strip()
    part = {"배": "복부 촉진"}.get(part, part)
    known = any(shown[-1].start() <= site.start < shown[-1].end() for site in sites_in(turn)) or part.endswith(
        ("자리", "부위")
    )
    examined = any(shown[-1].start() <= m.start < shown[-1].end() for m in turn.of(Table.EXAMS))
    sign = _sign_in(turn.text[clause.start : end]) if known or examined else None
    if sign is None or any(clause.start <= m.start < end for m in turn.of(Table.EXAMS)):
        return None
    kind, is_normal = sign
    if is_normal and (kind or not _PLAINLY_WELL.match(turn.words(clause))):
        return None
    sided = re.match(r"[\s,]*(왼쪽|오른쪽)(?=[은는이가도])", turn.words(clause))
    place = f"{sided.group(1)} {part}" if sided and sided.group(1) not in part else part
    name = place if is_normal or place == "복부 촉진" else _name(turn, clause, place, kind)
    return _exam(turn, clause, end, name, "normal" if is_normal else "abnormal")


def _overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)


def _goes_on(turn: Turn, position: int, used: Sequence[tuple[int, int]]) -> int:
    """The end of what is said of the part: with the clauses after it in the sentence that name no other part."""
    clause = turn.clauses[position]
    end = clause.end
    for other in turn.clauses[position + 1 :]:
        own = any(
            other.start <= mention.start < other.end for mention in turn.of(Table.EXAMS, Table.TESTS, Table.VITALS)
        )
        own = own or bool(sites_in_span(turn, other.start, other.end))
        if other.sentence != clause.sentence or own or _overlaps(used, other.start, other.end):
            break
        if _NOT_A_FINDING.search(_PRESSED.sub("", turn.words(other))) or other.link == "if":
            break
        end = other.end
    return end


_NO_PARTS = frozenset({"위", "밑", "장", "골", "낯", "살", "건", "뼈", "몸", "관절", "질"})
_TAG = re.compile(r"(?:죠|지)\s*\?\s*$")


def _is_statement(turn: Turn, clause: Clause) -> bool:
    words = turn.words(clause)
    sentence = turn.sentence_of(clause)
    ahead = [other for other in sentence if other.start >= clause.start]
    supposed = any(other.link == "if" and not _PRESSED.search(turn.words(other)) for other in ahead)
    tagged = bool(_TAG.search(turn.sentence_text(clause)))
    is_left = clause.is_question and tagged and sentence[-1] is not turn.clauses[-1]
    asked = clause.is_question and not is_left and not (clause is not sentence[-1] and tagged)
    reason = clause.link == "because" and not _PRESSED_END.search(words)
    if asked or clause.link == "or" or reason or supposed or _NOT_A_FINDING.search(_PRESSED.sub("", words)):
        return False
    pictured = any(sentence[0].start <= test.start < clause.end for test in turn.of(Table.TESTS))
    return not pictured and bool(
        _SEEN_NOW.search(words) or _PRESSED_END.search(words) or (is_left and _TAG.search(words))
    )


_PRESSED_END = re.compile(r"(?:눌러서|눌러도|만져서|만져도|두드려서|돌려서|누르면|만지면)[\s,]*$")


def _of_clause(turn: Turn, clause: Clause, end: int) -> Exam | None:
    for site in sites_in(turn):
        if not clause.start <= site.start < clause.end:
            continue
        start, stop = _phrase(turn, clause, site)
        after = _PARTICLE.match(turn.text, stop)
        if after is None:
            continue
        rest = turn.text[after.end() : end]
        pressed = _PRESSED.match(rest)
        sign = _sign_in(rest)
        if sign is None:
            continue
        kind, is_normal = sign
        place = re.sub(r"\s+", " ", turn.text[start:stop]).strip(" ,")
        if kind == "발적" and _LESION_FOLLOWS.match(turn.text, clause.end):
            continue
        if place.endswith(_MEASURES):
            kind = ""
        name = _name(turn, clause, place, "압통" if pressed and kind in ("", "압통") else kind)
        return _exam(turn, clause, end, name, "normal" if is_normal else "abnormal")
    return None


_MEASURES = ("길이", "크기", "색", "색깔", "둘레", "모양")
_LESION_FOLLOWS = re.compile(
    r"\s*[가-힣]+[은운난른긴진온]\s(?:[가-힣]+\s)?(?:팽진|두드러기|발진|반점|물집|수포|구진|좁쌀)"
)


def _is_part_of_word(turn: Turn, site: Mention) -> bool:
    """성장판, 허리디스크: the part in a longer word."""
    after = turn.text[site.end : site.end + 1]
    return bool(re.match(r"[판염암증뼈약통]", after)) or site.surface in _NO_PARTS


def _phrase(turn: Turn, clause: Clause, site: _Site) -> tuple[int, int]:
    """The part with the words of place around it: "바깥쪽 복사뼈 뒤쪽 끝", "안쪽 복사뼈, 주상골"."""
    start = site.start
    if before := _BEFORE.search(turn.text, clause.start, start):
        start = before.start()
    after = _AFTER.match(turn.text, site.end)
    end = after.end() if after else site.end
    for other in sites_in(turn):
        between = turn.text[end : other.start]
        if end < other.start < clause.end and re.fullmatch(
            r"(?:하고|이랑|랑|과|와|,)\s?(?:[가-힣]{1,4}쪽\s)?", between
        ):
            tail = _AFTER.match(turn.text, other.end)
            end = tail.end() if tail else other.end
    return start, end


_ENDS_DENYING = re.compile(r"(?:없|않)[가-힣]*[\s.,]*$")


def _sign_in(words: str) -> tuple[str, bool] | None:
    """The first abnormal sign that holds; else whether the part is well or a sign is denied. (noun, is normal)"""
    denied: str | None = None
    well = False
    ends_denying = bool(_ENDS_DENYING.search(words)) and not re.search(r"있|[고데면]\s", words)
    for sign in _SIGNS:
        for match in sign.said.finditer(words):
            negated = bool(_NEGATED.search(words[match.end() :])) or bool(
                _NEGATED_BEFORE.search(words[: match.start()])
            )
            negated = negated or ends_denying
            if sign.is_well:
                well = well or not negated
            elif negated:
                denied = denied or sign.noun
            else:
                return sign.noun, False
    if denied is not None:
        return denied, True
    return ("", True) if well else None


_NECK = re.compile(r"^목$|^목덜미$|^뒷목$")
_WOUND_SHOWN = re.compile(
    r"(?:상처|수술\s?(?:부위|자리)|드레싱|소독)[가-힣\s]{0,4}(?:볼게요|봅시다|보자|볼까요|보겠습니다|좀 볼)"
)


def _name(turn: Turn, clause: Clause, place: str, noun: str) -> str:
    """The part with the kind of sign: "왼쪽 고관절 압통"; the wound where a wound is being looked at."""
    if noun in ("", "발적", "피부") and _WOUND_SHOWN.search(turn.text[: clause.start]):
        return "상처"
    if _NECK.search(place) and noun in ("압통", "운동 제한"):
        return f"경추 압통({place})" if noun == "압통" else "경부 강직"
    if noun == "편위":
        return "안구 편위" if "눈" in place else f"{place} 편위"
    if noun == "피부" and place in _SKIN_NOT_FOR:
        return f"{place} 병변"
    if place.endswith(("피부", "점막")) or not noun:
        return place
    sided = re.match(r"(왼|오른|좌측|우측)(?=[다눈귀])", place)
    plain = f"{side(sided.group(1))} {place[sided.end() :]}" if sided else place
    return f"{plain} {noun}"


def _exam(turn: Turn, clause: Clause, end: int, name: str, status: ExamStatus) -> Exam:
    said = re.sub(r"\s+", " ", turn.text[clause.start : end]).strip(" .,?!")
    evidence = (turn.evidence(clause.start, end),)
    return Exam(id="", name=name, status=status, finding=said, evidence=evidence, confidence=0.75)
