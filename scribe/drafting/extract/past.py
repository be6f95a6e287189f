"""One item of history as it was told or asked, and what its words say."""

import re
from dataclasses import dataclass

from scribe.domain.entries import Evidence, HistoryCategory, Presence
from scribe.drafting.assertion import (
    Whose,
)
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.wording import disease, display
from scribe.drafting.lexicon import DiagnosisRow, HistoryRow, ProcedureRow, Table
from scribe.drafting.terms import Mention

QUIT = re.compile(
    r"(?<!안 )(?<!못 )끊(?:었|은|으셨|으신|고(?! 싶)|어서)|금연|금주|안 (?:피|마시|한) ?지|이제 안|지금은 안|"
    r"그만뒀|그만두[셨었고]|관뒀|관두셨"
)


_AMBIGUOUS = frozenset(
    {
        "혈압",
        "당",
        "간",
        "콩팥",
        "신장",
        "위",
        "장",
        "폐",
        "심장",
        "감기",
        "디스크",
        "주사",
        "점",
        "물집",
        "멍",
        "전이",
        "맹장",
        "편도",
        "쓸개",
        "담낭",
    }
)


_EVERYDAY = frozenset({"감기", "독감", "장염", "눈병", "축농증", "오십견", "이석증", "디스크"})


ELSEWHERE = frozenset({"가족력", "알레르기 병력", "약물 알레르기", "알레르기", "약물 복용력", "복용력", "예방접종력"})


_GROWN = 19


_CATEGORIES: dict[str, HistoryCategory] = {
    "medical": "medical", "surgical": "surgical", "family": "family", "social": "social", "obstetric": "obstetric",
    "immunization": "immunization",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One history item as it was told or asked, before items of one name are joined."""

    name: str
    category: HistoryCategory
    status: Presence
    detail: str | None
    evidence: tuple[Evidence, ...]
    is_explicit: bool = True


def habit(mention: Mention) -> str:
    """With the thing that was named: "학교생활(어린이집)"."""
    if mention.how == "exact" and category_of(mention) == "surgical" and mention.row.term != "수술 이력":
        return _operation(mention)
    if mention.row.term == "과거력":
        return "기저질환"
    if mention.row.term == "피임 방법" and mention.surface.startswith("피임약"):
        return "피임약 복용"
    if category_of(mention) == "medical" and isinstance(mention.row, HistoryRow):
        is_disease = mention.how == "exact" and re.search(r"[가-힣](?:병|질환)$", mention.surface)
        return mention.surface if is_disease else mention.row.term
    if mention.how != "predicate" or category_of(mention) != "social" or " " not in mention.surface:
        return display(mention)
    thing = re.sub(r"(?<=[가-힣])(?:은|는|이|가|을|를|도|에서|에)$", "", mention.surface.split(" ")[0])
    return mention.row.term if thing in mention.row.term or len(thing) < 2 else f"{mention.row.term}({thing})"


def disease_name(mention: Mention) -> str:
    """The disease, never more closely than it was said: "결핵" where the lexicon has 폐결핵, "감기" as such."""
    said = mention.surface.replace(" ", "")
    term = mention.row.term.replace(" ", "")
    if mention.how == "exact" and len(said) > 1 and said != term and (term.endswith(said) or said in _EVERYDAY):
        return mention.surface
    return disease(mention)


def _operation(mention: Mention) -> str:
    """ "라식" as "라식 수술", "맹장 수술" as said; "수술" alone has the lexicon's name."""
    said = re.sub(r"\s+", " ", mention.surface)
    if not re.search("[가-힣]", said) or said in mention.row.term:
        return mention.row.term
    return said if re.search(r"수술|시술|술$|이식|절제", said) else f"{said} 수술"


def clause_words(turn: Turn, clause: Clause) -> str:
    """The clause, and what it leans on where it only gives a reason or a condition."""
    end = clause.end if clause.link in ("and", "end", "but") else turn.sentence_of(clause)[-1].end
    return re.sub(r"\s+", " ", turn.text[clause.start : end]).strip(" .,?!")


def is_symptom(turn: Turn, mention: Mention) -> bool:
    """A symptom with a disease code ("열", R50) is a symptom; a one-syllable "점" is a score before it is a naevus."""
    if mention.table is not Table.DIAGNOSES:
        return False
    if mention.end - mention.start == 1 and mention.surface != "암":
        return True
    return any(
        other.start <= mention.start and mention.end <= other.end and _same_sense(other, mention)
        for other in turn.of(Table.SYMPTOMS)
    )


def _same_sense(symptom: Mention, disease: Mention) -> bool:
    code = disease.row.kcd if isinstance(disease.row, DiagnosisRow) else ""
    return symptom.row.term == disease.row.term or code.startswith("R")


def category_of(mention: Mention) -> HistoryCategory:
    if isinstance(mention.row, HistoryRow):
        return _CATEGORIES.get(mention.row.category, "medical")
    if isinstance(mention.row, ProcedureRow):
        return "surgical"
    return "medical"


def is_ambiguous(turn: Turn, mention: Mention) -> bool:
    """A one-word disease name that is also an organ or a measure counts only beside 있다, 없다 or 앓다."""
    if mention.surface not in _AMBIGUOUS:
        return False
    return not re.match(r"(?:이|은|는|도|가)?\s?(?:좀\s)?(?:있|없|앓|높(?:다고|대))", turn.text[mention.end :])


def sentence_words(turn: Turn, clause: Clause) -> str:
    return re.sub(r"\s+", " ", turn.text[turn.sentence_of(clause)[0].start : turn.sentence_of(clause)[-1].end]).strip(
        " .,?!"
    )


def whose_detail(turn: Turn, clause: Clause, who: Whose) -> str:
    return f"{who.word}: {sentence_words(turn, clause)}"


def relative_detail(dialogue: Dialogue, turn: Turn, clause: Clause, who: Whose) -> str:
    """The relative; what a grown patient's companion calls their own aunt is not the patient's aunt."""
    patient = dialogue.encounter.patient
    is_grown = patient is not None and patient.age_on(dialogue.encounter.start.date()) >= _GROWN
    if who.word and turn.role == "guardian" and is_grown:
        return f"보호자의 {who.word}"
    return who.word or sentence_words(turn, clause)
