"""Allergies and their denial."""

import re

from scribe.domain.entries import Allergy, Evidence
from scribe.drafting.assertion import Person, answer, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.dosing import drug_mentions, medicine_name
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import AllergenRow, Table
from scribe.drafting.terms import Mention

_DRUG_ALLERGY = "약물 알레르기"
_WORD = re.compile(r"알레르기|알러지")
_DRUG_WORD = re.compile(
    r"약(?:물)?\s?(?:이나 음식\s)?(?:에\s)?(?:알레르기|알러지)|약 (?:먹고|드시고|맞고)|알레르기(?:는|"
    r"도|요|은)?\s?(?:는|은)?\s?(?:없|요|\?|있)"
)
_EXPOSURE = re.compile(r"(?:먹|맞|드시|바르|쓰|마시)(?:고|은 뒤|으니까|었는데|었더니|고서)")
_REACTIONS = (
    ("아나필락시스", r"아나필락시스|쇼크"),
    ("두드러기", r"두드러기"),
    ("발진", r"발진|뭐가 나|빨개"),
    ("가려움", r"가려|가렵|간지러"),
    ("호흡곤란", r"숨이 (?:차|막)|숨차|호흡곤란"),
    ("부종", r"부었|붓|부어"),
)
_HAD = re.compile(
    r"적(?:은|이|도)?\s?있|던 (?:것|거|적)|있어요|있었|났|났었|났어|나서|올라왔|부었|가려웠|빨개|갔었|"
    r"알레르기가 있|있다고|있대|심해|나요|생겨"
)
_FINE = re.compile(r"괜찮|아무 일|아무렇지|이상 없|문제 없|문제없")


def allergies(dialogue: Dialogue) -> list[Allergy]:
    """Allergies by allergen; the general denial is left out where a drug allergy was told."""
    found: dict[str, Allergy] = {}
    for turn in dialogue.turns:
        if turn.is_patient_side:
            for allergy in (*_told(dialogue, turn), *_denied(dialogue, turn)):
                _add(found, allergy)
    if any(allergy.status == "present" and _is_drug(dialogue, name) for name, allergy in found.items()):
        found.pop(_DRUG_ALLERGY, None)
    return list(found.values())


def _add(found: dict[str, Allergy], allergy: Allergy) -> None:
    known = found.get(allergy.name)
    if known is None or (known.status == "absent" and allergy.status == "present"):
        found[allergy.name] = allergy


def _is_drug(dialogue: Dialogue, name: str) -> bool:
    for mention in dialogue.terms.find(name):
        if mention.table in (Table.MEDICINES, Table.DRUG_CLASSES):
            return True
        if isinstance(mention.row, AllergenRow) and mention.row.kind == "drug":
            return True
    return False


def _sentence_span(turn: Turn, clause: Clause) -> tuple[int, int]:
    sentence = turn.sentence_of(clause)
    return sentence[0].start, sentence[-1].end


def _told(dialogue: Dialogue, turn: Turn) -> list[Allergy]:
    found: list[Allergy] = []
    question = dialogue.question_before(turn)
    asked = question is not None and bool(_WORD.search(question.text) or re.search(r"두드러기|부작용", question.text))
    for mention in _allergens(turn):
        clause = turn.clause_at(mention.start)
        start, end = _sentence_span(turn, clause)
        after = turn.text[mention.start : end]
        if len(after) < 24 and end < len(turn.text):
            after += turn.text[end : end + 40]
        if (clause.is_question and end >= len(turn.text)) or whose(
            dialogue, turn, mention.start
        ).person is not Person.PATIENT:
            continue
        reaction = _reaction(after)
        evidence = _evidence(question if asked else None, turn, start, end)
        exposed = asked or _EXPOSURE.search(after) or _WORD.search(after)
        if (asked or _WORD.search(turn.text[start:end])) and _FINE.search(after) and not reaction:
            found.append(Allergy(id="", name=_name(mention), status="absent", evidence=evidence, confidence=0.7))
        elif reaction and exposed and _HAD.search(after) and not re.search(r"안 났|나지 않|없", after[:40]):
            found.append(
                Allergy(
                    id="", name=_name(mention), status="present", reaction=reaction, evidence=evidence, confidence=0.85
                )
            )
        elif _WORD.match(turn.text[mention.end :].lstrip()) and _HAD.search(after):
            found.append(Allergy(id="", name=_name(mention), status="present", evidence=evidence, confidence=0.85))
    return found


def _allergens(turn: Turn) -> list[Mention]:
    allergens = [mention for mention in turn.of(Table.ALLERGENS) if not mention.nested]
    medicines = [m for m in drug_mentions(turn) if not any(a.start < m.end and m.start < a.end for a in allergens)]
    classes = [
        c
        for c in turn.of(Table.DRUG_CLASSES)
        if not c.nested and not any(a.start < c.end and c.start < a.end for a in (*allergens, *medicines))
    ]
    return sorted([*allergens, *medicines, *classes], key=lambda mention: mention.start)


def _name(mention: Mention) -> str:
    return medicine_name(mention) if mention.table is Table.MEDICINES else display(mention)


def _reaction(words: str) -> str | None:
    said = [name for name, pattern in _REACTIONS if re.search(pattern, words)]
    return ", ".join(said) if said else None


def _evidence(question: Turn | None, turn: Turn, start: int, end: int) -> tuple[Evidence, ...]:
    own = turn.evidence(start, end)
    if question is None:
        return (own,)
    match = _WORD.search(question.text) or re.search(r"두드러기|부작용", question.text)
    if match is None:
        return (own,)
    clause = question.clause_at(match.start())
    return (question.evidence(clause.start, clause.end), own)


def _denied(dialogue: Dialogue, turn: Turn) -> list[Allergy]:
    """ "알레르기는 없어요", or no to the question for allergies."""
    stated = re.search(
        r"(?:약\s?)?(?:알레르기|알러지)\s?(?:같은 (?:건|거))?(?:은|는|도)?\s?(?:딱히|따로|전혀)?\s?없", turn.text
    )
    question = dialogue.question_before(turn)
    if stated:
        clause = turn.clause_at(stated.start())
        evidence = _evidence(
            question if question and _WORD.search(question.text) else None, turn, clause.start, clause.end
        )
        return [Allergy(id="", name=_DRUG_ALLERGY, status="absent", evidence=evidence, confidence=0.9)]
    if question is None or not _DRUG_WORD.search(question.text) or _WORD.search(turn.text):
        return []
    asked = _WORD.search(question.text) or re.search(r"약 (?:먹고|드시고|맞고) ?(?:두드러기|발진)", question.text)
    if asked is None or (
        not question.clause_at(asked.start()).is_question and not question.text.rstrip().endswith(("요.", "?"))
    ):
        return []
    if answer(question, (turn,)) != "absent" or _allergens(turn):
        return []
    end = turn.sentence_of(turn.clauses[0])[-1].end
    return [
        Allergy(id="", name=_DRUG_ALLERGY, status="absent", evidence=_evidence(question, turn, 0, end), confidence=0.85)
    ]
