"""Operations told by what was operated on: "맹장을 고등학교 때 뗐고", "수술은 십 년 전에 맹장이요"."""

import re
from collections.abc import Iterable

from scribe.drafting.assertion import Person, is_considered, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told, category_of, clause_words
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

WAS_DONE = re.compile(r"[^.?!]{0,14}?(?:했|하셨|받았|받으|받은|받고|한 적|하고 나서|수술한|잘랐|뗐|떼|없)")
_REMOVED = re.compile(
    r"(?:을|를|은|는|도|만|이|가|쪽|으로|로|\s?때문에|에)?\s(?:[가-힣]+\s){0,4}?"
    r"(?:뗐|떼었|떼어\s?냈|떼어\s?내|띠었|띠어|떼고|떼냈|들어냈|들어내|잘라\s?냈|잘라\s?내|잘랐|제거했|제거하|"
    r"적출했|수술했|수술하셨|수술받|"
    r"수술을 (?:했|받|하셨)|수술 (?:했|받|하셨))"
)
_NOT_DONE = re.compile(r"안 (?:뗐|했|받)|않|없|하라|하자|할까|해야|하려|권|말지|무서|싫|하면")
_ASKS_OPERATION = re.compile(r"수술|떼어|칼\s?댄|배 (?:연|열)")
_ORGANS = re.compile(
    r"(?<![가-힣])(?:맹장|충수|쓸개|담낭|갑상선|자궁|난소|편도|아데노이드|치질|치핵|백내장|탈장|디스크|무릎|"
    r"고관절|허리|척추|위|대장|간|"
    r"신장|콩팥|전립선|방광|폐|심장|유방|가슴|코|축농증|비중격|라식|라섹|쌍꺼풀|제왕절개|포경|정관|어깨|손목|"
    r"발목|십자인대|반월상|"
    r"물혹|근종|용종|담석|요로결석|뇌동맥류|하지정맥류|녹내장|망막)"
)


def told_operations(dialogue: Dialogue) -> list[Told]:
    """Each part or disease that the patient's side says was operated on."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _removed(dialogue, turn)
            found += _answered(dialogue, turn)
    return found


def is_operated(turn: Turn, mention: Mention) -> bool:
    """The words after a disease or a part say that it was cut out: its operation is the fact."""
    match = _REMOVED.match(turn.text, mention.end)
    return match is not None and match.end() <= turn.sentence_of(turn.clause_at(mention.start))[-1].end


def _removed(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    for mention in turn.of(Table.DIAGNOSES, Table.BODY_SITES):
        organ = _ORGANS.match(turn.text, mention.start)
        is_told = mention.nested or _has_own_row(turn, mention) or _is_reason(turn, mention)
        if organ is None or is_told or not is_operated(turn, mention):
            continue
        clause = turn.clause_at(mention.start)
        said = turn.text[mention.end : turn.sentence_of(clause)[-1].end]
        if clause.is_question or _NOT_DONE.search(turn.text[mention.end : clause.end]) or is_considered(said):
            continue
        who = whose(dialogue, turn, mention.start)
        evidence = (turn.evidence(clause.start, clause.end),)
        name = f"{mention.surface} 수술"
        if who.person is Person.PATIENT:
            yield Told(name, "surgical", "present", clause_words(turn, clause), evidence)
        elif who.person is Person.RELATIVE:
            yield Told(name, "family", "present", who.word, evidence)


def _has_own_row(turn: Turn, mention: Mention) -> bool:
    """ "담낭을 뗐고" that the lexicon knows as one operation."""
    rows = [m for m in turn.of(Table.HISTORIES, Table.PROCEDURES) if m.start <= mention.start and mention.end <= m.end]
    return any(category_of(m) == "surgical" and m.row.term != "수술 이력" for m in rows)


def _is_reason(turn: Turn, mention: Mention) -> bool:
    """ "탈장으로 수술했어요": the disease is the better name, and told as such."""
    is_disease = mention.table is Table.DIAGNOSES
    return is_disease and bool(
        re.match(r"(?:으로|로|\s?때문에|이 있어서|에)\s?(?:[가-힣]+\s)?수술", turn.text[mention.end :])
    )


def _answered(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    """ "수술하신 적은요?" – "맹장이요"."""
    question = dialogue.question_before(turn)
    asks = _ASKS_OPERATION.search(question.text) if question is not None else None
    for clause in turn.clauses:
        words = turn.words(clause)
        topic = re.search(r"수술은\s", words)
        if question is None or not (topic or (asks and question.clause_at(asks.start()).is_question)):
            continue
        for organ in _ORGANS.finditer(words):
            rest = words[organ.end() :]
            if (
                not re.match(r"\s?(?:수술)?(?:이?요|하고|이랑|이?고요?|,|만|도요)?\s*[.,]?\s*$", rest)
                or rest.strip() == ""
            ):
                continue
            if whose(dialogue, turn, clause.start + organ.start()).person is not Person.PATIENT:
                continue
            at = question.clause_at(asks.start()) if asks else question.clauses[0]
            evidence = (question.evidence(at.start, at.end), turn.evidence(clause.start, clause.end))
            yield Told(f"{organ.group()} 수술", "surgical", "present", words.strip(" .,"), evidence, False)
