"""Travel and animals in the house: where the patient was, what is kept, and what is denied when asked."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Presence
from scribe.drafting.assertion import Person, answer, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told
from scribe.drafting.lexicon import Table

_PLACES = """
해외 외국 동남아 동남아시아 유럽 미국 캐나다 멕시코 남미 브라질 페루 호주 뉴질랜드 중국 일본 대만 홍콩 마카오
몽골 베트남 다낭 하노이 태국 방콕 라오스 캄보디아 미얀마 필리핀 세부 보라카이 말레이시아 코타키나발루 싱가포르
인도네시아 발리 인도 네팔 스리랑카 방글라데시 파키스탄 우즈베키스탄 카자흐스탄 러시아 터키 튀르키예 이집트
모로코 아프리카 케냐 탄자니아 가나 나이지리아 남아공 사우디 두바이 중동 이스라엘 이란 이라크 괌 사이판 하와이
영국 프랑스 독일 스페인 이탈리아 스위스 크로아티아 아프가니스탄
"""
_PLACE = "|".join(sorted(_PLACES.split(), key=len, reverse=True))
_WAS_THERE = re.compile(
    rf"(?<![가-힣])(?P<place>{_PLACE})(?:여행|출장)?(?:에서|에|로|으로|를|을|도|은|는|이랑|하고|"
    rf",)?\s?(?P<rest>[^.?!]{{0,24}}?)"
    r"(?:다녀|갔다|갔었|여행|출장|귀국|놀러|살다|있다가|들어왔|돌아왔|왔어|왔거든|왔습)"
)
_NOT_THERE = re.compile(
    r"안 (?:갔|다녀|나갔|가)|못 (?:갔|가)|간 적(?:은|이|도)? ?없|"
    r"다녀온 적(?:은|이|도)? ?없|없|"
    r"가려|갈 거|예정|계획|내년|다음 (?:달|주)"
)
_ANIMAL = re.compile(
    r"(?<![가-힣])(?P<animal>강아지|고양이|반려견|반려묘|개(?=는|도|를|가|랑|하고|\s(?:키|한))|햄스터|토끼|"
    r"앵무새|새(?=를|는)\s?키|거북이|도마뱀|기니피그|고슴도치|닭|염소)"
)
_KEEPS = re.compile(
    r"키우|키워|키운|길러|기르|데려|데꼬|데리고 (?:왔|살)|있(?:어|고|는|습|지|거든)|같이 (?:자|살)|마리|분양|입양"
)
_ASKS_ANIMAL = re.compile(r"강아지|고양이|반려|동물|애완")


def exposures(dialogue: Dialogue) -> list[Told]:
    """Travel is the patient's own; an animal in the house counts whoever brought it."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _travel(dialogue, turn)
            found += _animals(dialogue, turn)
    return found


def _travel(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    for match in _WAS_THERE.finditer(turn.text):
        clause = turn.clause_at(match.end() - 1)
        words = turn.text[match.start() : turn.sentence_of(clause)[-1].end]
        if clause.is_question or clause.link == "if" or _NOT_THERE.search(words):
            continue
        if whose(dialogue, turn, match.start()).person is not Person.PATIENT:
            continue
        start = turn.clause_at(match.start()).start
        evidence = (turn.evidence(start, clause.end),)
        yield Told("해외여행", "social", "present", re.sub(r"\s+", " ", words).strip(" .,"), evidence)
        return


def _animals(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    question = dialogue.question_before(turn)
    asked = _ASKS_ANIMAL.search(question.text) if question is not None else None
    named = set()
    for match in _ANIMAL.finditer(turn.text):
        clause = turn.clause_at(match.start())
        words = turn.text[match.end() : turn.sentence_of(clause)[-1].end if asked else clause.end]
        status: Presence | None = None
        if re.match(r"(?:은|는|도|이|가)?\s(?:안 키|없|안 길)", words):
            status = "absent"
        elif _KEEPS.search(words) and not re.search(r"물렸|물려|할퀴|먹", words):
            status = "present"
        animal = "개" if match["animal"] in ("강아지", "반려견") else match["animal"]
        if status is None or clause.is_question or clause.link == "if" or (animal, status) in named:
            continue
        named.add((animal, status))
        evidence = [turn.evidence(clause.start, clause.end)]
        if asked and question is not None:
            at = question.clause_at(asked.start())
            evidence.insert(0, question.evidence(at.start, at.end))
        yield Told(
            f"반려동물: {match['animal']}", "social", status, turn.words(clause).strip(" .,"), tuple(evidence), False
        )
    if asked and question is not None and not named and question.clause_at(asked.start()).is_question:
        at = question.clause_at(asked.start())
        if answer(question, (turn,), question.sentence_text(at)) == "absent" and not turn.of(Table.HISTORIES):
            where = (question.evidence(at.start, at.end), turn.evidence(0, turn.clauses[0].end))
            yield Told("반려동물", "social", "absent", None, where, False)
