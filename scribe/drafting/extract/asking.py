"""Questions about terms of the lexicon, with the turns that answer them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.chance_hits import is_chance
from scribe.drafting.extract.elliptical import elliptical_questions
from scribe.drafting.extract.examining import is_examining
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

# course words and injuries that a lexicon of symptoms also holds: no symptoms by themselves when said in passing
COURSE_WORDS = frozenset({"악화", "호전", "외상", "증상 악화", "증상 호전", "약물 부작용"})


_BLEEDING = re.compile(
    r"피(?:가|는|도|나|이|를)?\s?(?:좀\s|많이\s|안\s|계속\s|자꾸\s)?(?:나|보|섞|비치|묻|토|쏟|멎|멈|$)"
)


# what the clinician was told beforehand: "까만 변을 보셨다고요"
ECHO = re.compile(r"(?:다|라)(?:고요|면서요|고 (?:하셨|들었|하시|적))")


@dataclass(frozen=True, slots=True)
class Asked:
    """A symptom in a clinician's question."""

    mention: Mention
    turn: Turn
    clause: Clause

    @property
    def term(self) -> str:
        return self.mention.row.term


def is_symptom(turn: Turn, mention: Mention) -> bool:
    """Not a chance hit: a word of one syllable counts only where it must mean the symptom."""
    if mention.nested or mention.row.term in COURSE_WORDS or _is_part_of_other(turn, mention):
        return False
    if is_chance(turn, mention):
        return False
    if mention.how == "predicate" and " " not in mention.form and mention.row.term in ("찰과상", "열상"):
        return False
    if mention.form in ("벗겨지다", "찢어지다", "까지다", "데다", "번", "데"):
        return False
    if mention.end - mention.start == 1:
        return mention.surface in "열땀침토" or (
            mention.surface == "피" and bool(_BLEEDING.match(turn.text, mention.start))
        )
    return True


def _is_part_of_other(turn: Turn, mention: Mention) -> bool:
    """Words that another symptom of the turn holds whole, or says more fully: "빨갛게 부었어요" in "목이 …"."""
    return any(
        other.start <= mention.start
        and mention.end <= other.end
        and (
            other.end - other.start > mention.end - mention.start
            or (other.how == mention.how == "predicate" and len(other.form) > len(mention.form))
        )
        for other in turn.of(Table.SYMPTOMS)
        if other is not mention and not other.nested and other.row.term not in COURSE_WORDS
    )


def _asks(turn: Turn, clause: Clause) -> bool:
    return clause.is_question or bool(ECHO.search(turn.words(clause)))


def _covers(other: Mention, mention: Mention) -> bool:
    return mention.how == "predicate" and other.start <= mention.start and mention.end <= other.end


def questions(dialogue: Dialogue, *tables: Table) -> Iterable[tuple[Turn, list[Asked], tuple[Turn, ...]]]:
    """Each clinician's turn that asks about terms of the tables, with the turns that answer it."""
    for turn in dialogue.turns:
        if turn.role not in ("clinician", "nurse"):
            continue
        unsaid = list(elliptical_questions(dialogue, turn)) if Table.SYMPTOMS in tables else []
        asked = [
            Asked(mention, turn, clause)
            for mention in (*turn.of(*tables), *unsaid)
            if _asks(turn, clause := turn.clause_at(max(mention.start, mention.end - 1)))
            and not mention.nested
            and not is_examining(turn, clause)
            and (mention.table is not Table.SYMPTOMS or is_symptom(turn, mention))
            and not any(other is not mention and _covers(other, mention) for other in unsaid)
        ]
        if asked:
            yield turn, asked, dialogue.answers(turn)
