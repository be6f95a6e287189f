"""What a picture or a tracing shows, in the physician's words: "엑스레이에서 폐렴 소견이 보여요"."""

import re

from scribe.domain.entries import LabResult
from scribe.drafting.assertion import is_asked, is_conditional
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.wording import display, tidy
from scribe.drafting.lexicon import Table, TestRow
from scribe.drafting.terms import Mention

_PICTURES = frozenset({"imaging", "function", "endoscopy", "pathology"})
_SHOWS = re.compile(
    r"있(?:네|어|고|습|는데|으)|보(?:여|이네|이고|입|였)|소견|올라가|떨어져|커(?:져|졌)|늘어(?:나|져|났)|"
    r"좁아(?:져|졌)|막(?:혀|혔)|부러|금이 (?:가|갔)|하얗|나왔|없(?:네|어|고|습)|휘었|빠져|빠른 것|말고는|"
    r"(?:위치|모양|상태)(?:가|는|도)\s?(?:좋|괜찮|나쁘지)|정상|깨끗|두꺼워|줄었|그대로"
)
_NOT_YET = re.compile(
    r"찍(?:어|을|고|자|죠|으)|볼게요|할게요|해 ?보|하죠|받으|예약|나오면|있으면|보이면|드릴게|의뢰|확인|나가|보겠|"
    r"필요|수도 있|[ㄱ-힣] 수 있|때문|하셔야|하시고|해야|기다|뒤에|다음"
)
_LEADS = re.compile(
    r"(?:(?P<leads>(?:[IViv]+|II+|aV[RLF]|V\d(?:R)?|유도)(?:[\s,]+(?:[IViv]+|aV[RLF]|V\d))*)\s?(?:에서|에)?\s)?"
    r"ST\s?(?:분절)?(?:이|가|는)?\s?(?P<way>올라|상승|elevation|떨어|내려|하강|depression)(?P<rest>[^.,?!]*)"
)
_SHOWN = re.compile(r"사진(?:을|에서|에는|상)?\s?(?:좀\s)?(?:보시면|보면|보니까|에서|에는|상)\s?")


def descriptions(dialogue: Dialogue) -> list[LabResult]:
    """Pictures and tracings that are described rather than counted; the value is what was said of them."""
    found: list[LabResult] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            continue
        found += [result for mention in turn.of(Table.TESTS) if (result := _described(turn, mention)) is not None]
        found += [*_segments(turn), *_shown(dialogue, turn)]
    return found


def _described(turn: Turn, mention: Mention) -> LabResult | None:
    row = mention.row
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not isinstance(row, TestRow) or row.category not in _PICTURES or mention.nested or is_asked(clause):
        return None
    sentence = turn.sentence_of(clause)
    words = turn.text[mention.end : sentence[-1].end]
    begins = re.match(
        r"\s?(?:결과|검사|사진|소견)?\s?"
        r"(?:에서[는도]?|에는|상에?|은|는|도|[을를] 보니까|보니까|(?:[을를] )?보(?:시)?면|이|가)\s",
        words,
    )
    looks = begins is not None and bool(re.search(r"보(?:시)?면\s$", begins.group()))
    supposed = not looks and (clause.link == "if" or is_conditional(turn, mention))
    if not begins or supposed or _NOT_YET.search(words):
        return None
    rest = words[begins.end() :]
    others = [test for test in turn.of(Table.TESTS) if mention.end <= test.start < sentence[-1].end]
    if others:
        rest = turn.text[mention.end + begins.end() : turn.clause_at(others[0].start).start]
    if len(rest.strip()) < 4 or not _SHOWS.search(rest) or re.fullmatch(r"\s*(?:다\s)?정상[^말빼]{0,8}", rest):
        return None
    return _result(turn, display(mention), rest, clause.start, mention.end + begins.end() + len(rest))


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
    pictures = [
        mention
        for earlier in dialogue.turns[: turn.index]
        for mention in earlier.of(Table.TESTS)
        if isinstance(mention.row, TestRow) and mention.row.category == "imaging" and not mention.nested
    ]
    is_seen = _SHOWS.search(words) or re.search(r"[졌았었]어요|네요", words)
    if not pictures or clause.is_question or not is_seen or _NOT_YET.search(words):
        return []
    return [_result(turn, _name(dialogue, pictures[-1]), words, clause.start, end)]


def _name(dialogue: Dialogue, picture: Mention) -> str:
    """With the part before it: "무릎 엑스레이"."""
    turn = next(turn for turn in dialogue.turns if picture in turn.mentions)
    site = next((s for s in turn.of(Table.BODY_SITES) if 0 <= picture.start - s.end <= 1), None)
    return f"{site.surface} {picture.surface}" if site else display(picture)


def _result(turn: Turn, name: str, words: str, start: int, end: int) -> LabResult:
    return LabResult(
        id="",
        name=name,
        value=tidy(words),
        evidence=(turn.evidence(start, end),),
        confidence=0.75,
    )
