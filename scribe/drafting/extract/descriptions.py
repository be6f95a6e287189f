"""What a picture or a tracing shows, in the physician's words: "엑스레이에서 폐렴 소견이 보여요"."""

import re
from collections.abc import Iterator

from scribe.domain.entries import LabResult
from scribe.drafting.assertion import is_asked, is_conditional
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.wording import display, tidy
from scribe.drafting.lexicon import Table, TestRow
from scribe.drafting.terms import Mention

_PICTURES = frozenset({"imaging", "function", "endoscopy", "pathology"})
_SHOWS = re.compile(
    r"있(?:네|어|고|습|는데|으|었)|보(?:여|이네|이고|입|였|이지)|소견|올라가|떨어져|커(?:져|졌)|늘어(?:나|져|났)|"
    r"좁아(?:져|졌)|막(?:혀|혔)|부러|금이 (?:가|갔)|하얗|나왔|나와 있|없(?:네|어|고|습|이)|휘었|빠져|빠졌|"
    r"빠른 것|말고는|(?:위치|모양|상태)(?:가|는|도)\s?(?:좋|괜찮|나쁘지)|정상|깨끗|두꺼워|줄었|그대로|똑같|여러 개|"
    r"안 (?:보이|나오|나왔|늘어|어긋)|(?:유지|진행|호전|감소|증가|확장|협착)[되돼됐]|어긋|벌어|고였|차 있|왔어요|찢어"
)
_SHOWN_STATE = re.compile(
    r"^\s*(?:[가-힣]+\s){0,3}(?:사이너스|심방세동|심방조동|동성|부정맥|"
    r"[가-힣]{2,8}(?:염|증|블록|리듬|"
    r"빈맥|서맥|파열|골절|경색|결석|위축))"
    r"[가-힣,\sA-Z]*"
)
_NOT_YET = re.compile(
    r"아직 (?:안|못|결과)|"
    r"찍(?:어|을|고|자|죠|으)|볼게요|할게요|해 ?보|하죠|받으|예약|나오면|있으면|보이면|드릴게|의뢰|확인|나가|보겠|"
    r"필요|수도 있|[ㄱ-힣] 수 있|때문|하셔야|하시고|해야|기다|뒤에|다음|안 하고|"
    r"합시다|[아어해여]도\s|찍읍시다|찍는|보고 나서"
)
_LEADS = re.compile(
    r"(?:(?P<leads>(?:[IViv]+|II+|aV[RLF]|V\d(?:R)?|유도)(?:[\s,]+(?:[IViv]+|aV[RLF]|V\d))*)\s?(?:에서|에)?\s)?"
    r"ST\s?(?:분절)?(?:이|가|는)?\s?(?P<way>올라|상승|elevation|떨어|내려|하강|depression)(?P<rest>[^.,?!]*)"
)
_SHOWN = re.compile(r"사진(?:을|에서|에는|상)?\s?(?:좀\s)?(?:보시면|보면|보니까|에서|에는|상)\s?")
_BEGINS = re.compile(
    r"\s?(?:결과|검사|사진|소견)?\s?"
    r"(?:에서[는도]?|에는|상에?|은|는|도|[을를] 보니까|보니까|(?:[을를] )?보(?:시)?면|이|가|로는?)\s"
)
# "씨티 봤어요.", "사진 나왔어요.", "엑스레이 볼까요.": what follows describes it
_UNBORN = re.compile(r"양수|추정\s?체중|역아|태아|아기\s?(?:머리|크기|심장)")
_ANNOUNCED = re.compile(
    r"^\s?(?:결과|사진|검사)?[가-힣]{0,2}\s?(?:[가-힣]+로?\s)?(?:바로\s)?(?:좀\s|같이\s)?"
    r"(?:봤|나왔|보니까|볼까|볼게요|봅시다|보겠|결과)"
)
_PICTURE_WORD = re.compile(r"(?<![가-힣])사진(?=\s?(?:이|도|은)?\s?(?:나왔|봤|결과))")
_ORGANS = (
    "식도|위|십이지장|소장|회장|맹장|대장|직장|결장|충수|간|담낭|담도|총담관|췌장|비장|콩팥|신장|요관|방광|전립선|자궁|난소|난관|"
    "대동맥|폐|심장|뇌|갑상선|유방|림프절|성장판|인대|힘줄|연골|디스크|척추|골반|고관절|부비동|비중격"
)
_ORGAN_TOPIC = re.compile(
    rf"^\s*(?:(?:그리고|근데|또|다만|나머지)\s)?(?P<side>왼쪽|오른쪽|양쪽)?\s?(?P<organ>(?:{_ORGANS})(?:(?:이?나|이랑|하고|과|와|,)\s?(?:{_ORGANS}))*)"
    r"(?:은|는|도|에는?|에도|벽은|벽도)\s"
)


def descriptions(dialogue: Dialogue) -> list[LabResult]:
    """Pictures and tracings that are described rather than counted; the value is what was said of them."""
    found: list[LabResult] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            continue
        pictured = [result for mention in turn.of(Table.TESTS) if (result := _described(turn, mention)) is not None]
        found += [*pictured, *_segments(turn), *_shown(dialogue, turn)]
        found += [one for one in _announced(dialogue, turn) if one.name not in {result.name for result in found}]
        found += _organs(turn)
    return found


def _is_picture(mention: Mention, kinds: frozenset[str] = _PICTURES) -> bool:
    return isinstance(mention.row, TestRow) and mention.row.category in kinds and not mention.nested


def _described(turn: Turn, mention: Mention) -> LabResult | None:
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not _is_picture(mention) or is_asked(clause):
        return None
    sentence = turn.sentence_of(clause)
    words = turn.text[mention.end : sentence[-1].end]
    begins = _BEGINS.match(words)
    looks = begins is not None and bool(re.search(r"보(?:시)?면\s$", begins.group()))
    supposed = not looks and (clause.link == "if" or is_conditional(turn, mention))
    if not begins or supposed:
        return None
    rest = words[begins.end() :]
    others = [test for test in turn.of(Table.TESTS) if mention.end <= test.start < sentence[-1].end]
    if others:
        rest = turn.text[mention.end + begins.end() : turn.clause_at(others[0].start).start]
    if _NOT_YET.search(rest) or not _tells(rest):
        return None
    return _result(turn, _with_site(turn, mention), rest, clause.start, mention.end + begins.end() + len(rest))


def _tells(words: str) -> bool:
    shows = _SHOWS.search(words) or _SHOWN_STATE.match(words)
    return len(words.strip()) >= 4 and bool(shows) and not re.fullmatch(r"\s*(?:다\s)?정상[^말빼]{0,8}", words)


def _segments(turn: Turn) -> list[LabResult]:
    """The ST segment of an electrocardiogram, raised, lowered or neither, with the leads."""
    found: list[LabResult] = []
    for match in _LEADS.finditer(turn.text):
        clause = turn.clause_at(match.start("way"))
        if clause.is_question or clause.link == "if":
            continue
        way = "상승" if re.match(r"올라|상승|elev", match["way"]) else "하강"
        absent = re.search(r"없|아니|않", match["rest"])
        leads = f"{tidy(match['leads'])} " if match["leads"] else ""
        right = re.search(r"V4R", turn.text[: match.end()])
        value = f"{leads}ST {way}{' 없음' if absent else ''}"
        start = turn.sentence_of(clause)[0].start
        found.append(
            LabResult(
                id="",
                name="우측 흉부유도 심전도(V4R)" if right else "심전도",
                value=value,
                evidence=(turn.evidence(start, clause.end),),
                confidence=0.85,
            )
        )
    return found


def _shown(dialogue: Dialogue, turn: Turn) -> list[LabResult]:
    """ "사진 보시면 …": the picture that was last spoken of."""
    match = _SHOWN.search(turn.text)
    if match is None or turn.of(Table.TESTS) or turn.role != "clinician":
        return []
    clause = turn.clause_at(max(match.start(), match.end() - 1))
    end = turn.sentence_of(clause)[-1].end
    words = turn.text[match.end() : end]
    picture = _last_picture(dialogue, turn)
    is_seen = _SHOWS.search(words) or re.search(r"[졌았었]어요|네요", words)
    if picture is None or clause.is_question or not is_seen or _NOT_YET.search(words):
        return []
    return [_result(turn, _name(dialogue, picture), words, clause.start, end)]


def _last_picture(dialogue: Dialogue, turn: Turn) -> Mention | None:
    """The picture that was last ordered or spoken of before this turn."""
    pictures = [
        mention
        for earlier in dialogue.turns[: turn.index]
        for mention in earlier.of(Table.TESTS)
        if _is_picture(mention, frozenset({"imaging"})) and not _is_refused(earlier, mention)
    ]
    plain = [picture for picture in pictures if picture.row.term.endswith(("X선", "X선 검사", "촬영"))]
    pictures = plain or pictures
    return pictures[-1] if pictures else None


def _is_refused(turn: Turn, mention: Mention) -> bool:
    """ "엠알아이까지는 필요 없어요", "나중에 MRI 찍을 수도 있고"."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    words = turn.text[mention.start : clause.end]
    return clause.link == "if" or bool(re.search(r"필요\s?없|안 찍|수도 있|나중|그때|않", words))


def _announced(dialogue: Dialogue, turn: Turn) -> Iterator[LabResult]:
    """ "씨티 봤어요. 왼쪽 요관에 돌이 있고 …", "초음파로 볼게요." – "보니까 힘줄은 찢어진 데 없고요"."""
    if turn.role != "clinician" or _UNBORN.search(turn.text):
        return
    for name, start, at in _announcements(dialogue, turn):
        sentences = [clause for clause in turn.clauses if clause.start >= at]
        first = turn.sentence_of(sentences[0]) if sentences else ()
        if not first or first[0].is_question:
            continue
        begin, end = first[0].start, first[-1].end
        words = turn.text[begin:end]
        if _NOT_YET.search(words) or any(begin <= test.start < end for test in turn.of(Table.TESTS)):
            continue
        if _SHOWS.search(words):
            yield _result(turn, name, re.sub(r"^\s*보니까\s", "", words), start, end)


def _announcements(dialogue: Dialogue, turn: Turn) -> Iterator[tuple[str, int, int]]:
    """The pictures that a sentence of the turn (or the end of the turn before) announces, and where the next begins."""
    for mention in turn.of(Table.TESTS):
        clause = turn.clause_at(max(mention.start, mention.end - 1))
        end = turn.sentence_of(clause)[-1].end
        if _is_picture(mention) and _ANNOUNCED.match(turn.text[mention.end : end]):
            yield _with_site(turn, mention), clause.start, end
    if spoken := _PICTURE_WORD.search(turn.text):
        picture = _last_picture(dialogue, turn)
        clause = turn.clause_at(spoken.start())
        if picture is not None and not any(clause.start <= test.start < clause.end for test in turn.of(Table.TESTS)):
            yield _name(dialogue, picture), clause.start, turn.sentence_of(clause)[-1].end
    if re.match(r"\s*(?:자[,\s]+)?보니까\s", turn.text):
        for earlier in reversed(dialogue.turns[max(0, turn.index - 2) : turn.index]):
            for mention in earlier.of(Table.TESTS):
                last = earlier.sentence_of(earlier.clauses[-1])
                if _is_picture(mention) and last[0].start <= mention.start and earlier.role == "clinician":
                    yield _with_site(earlier, mention), 0, 0


def _organs(turn: Turn) -> Iterator[LabResult]:
    """ "내시경에서 … 궤양이 있어요. 식도는 깨끗합니다": each further part that the same picture shows."""
    pictures = [m for m in turn.of(Table.TESTS) if _is_picture(m, frozenset({"imaging", "endoscopy"}))]
    if not pictures or turn.role != "clinician":
        return
    picture = pictures[0]
    first = turn.clause_at(picture.start).sentence
    for clause in turn.clauses:
        topic = _ORGAN_TOPIC.match(turn.words(clause))
        if clause.sentence <= first or topic is None or clause.is_question or _of_other_test(turn, clause, picture):
            continue
        words = turn.words(clause)[topic.end() :]
        is_said = _SHOWS.search(words) or _SHOWN_STATE.match(words) or re.search(r"괜찮|염|증", words)
        if (
            _NOT_YET.search(turn.words(clause))
            or clause.link == "if"
            or not is_said
            or re.search(r"수술|약|드시", words)
        ):
            continue
        organ = f"{topic['side']} {topic['organ']}" if topic["side"] else topic["organ"]
        plain = re.fullmatch(r"\s*(?:다\s)?(?:깨끗|정상|괜찮|이상\s?없)[가-힣\s]*[.,]?\s*", words)
        name = f"{_short(picture)} {organ}"
        result = _result(turn, name, "정상" if plain else words, clause.start, clause.end)
        yield result


def _of_other_test(turn: Turn, clause: Clause, picture: Mention) -> bool:
    """Another test was named since the picture."""
    others = [test for test in turn.of(Table.TESTS) if test.row != picture.row and not test.nested]
    return any(picture.end <= test.start < clause.end for test in others)


_ABBREVIATED = {"컴퓨터단층촬영": "CT", "자기공명영상": "MRI"}


def _short(picture: Mention) -> str:
    """As physicians write it: "CT" rather than 컴퓨터단층촬영."""
    return _ABBREVIATED.get(picture.row.term) or picture.row.term


def _with_site(turn: Turn, picture: Mention) -> str:
    """With the part before it: "무릎 엑스레이"."""
    site = next((s for s in turn.of(Table.BODY_SITES) if 0 <= picture.start - s.end <= 1), None)
    if site:
        return f"{site.surface} {picture.surface}"
    return _ABBREVIATED.get(picture.row.term) or display(picture)


def _name(dialogue: Dialogue, picture: Mention) -> str:
    return _with_site(next(turn for turn in dialogue.turns if picture in turn.mentions), picture)


_NONE = re.compile(
    r"^(?P<what>[가-힣A-Za-z0-9\s]{2,20}?)(?:은|는|이|가|도)?\s(?:전혀\s|따로\s)?"
    r"(?:없(?:어요|네요|고요?|습니다|네)|안 (?:보여요|보이고요?|보이네요|보입니다|"
    r"나왔어요|나왔고요?|나왔습니다|나와요))$"
)


def _result(turn: Turn, name: str, words: str, start: int, end: int) -> LabResult:
    said = tidy(words)
    none = _NONE.match(said)
    value = f"{none['what'].strip()} 없음" if none and "데" not in none["what"][-2:] else said
    return LabResult(id="", name=name, value=value, evidence=(turn.evidence(start, end),), confidence=0.75)
