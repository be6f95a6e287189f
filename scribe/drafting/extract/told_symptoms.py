"""Symptoms that the patient's side tells of in its own words."""

import re

from scribe.domain.entries import Evidence, SymptomStatus
from scribe.drafting.assertion import (
    Person,
    is_asked,
    is_conditional,
    is_effect_denied,
    is_hypothetical,
    is_reported_by_family,
    is_resolved,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.asking import COURSE_WORDS, is_symptom
from scribe.drafting.extract.elliptical import elliptical
from scribe.drafting.extract.intake import blood_from
from scribe.drafting.extract.observation import Observation, clause_evidence, site
from scribe.drafting.extract.reactions import is_reaction
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import find_quantities
from scribe.drafting.terms import Mention

_PAST_ONCE = re.compile(r"(?:예전|옛날|전에도|작년|재작년|어릴|살 때|학생 때|학교 때|군대|그때|지난번)")


_ONCE = re.compile(r"[ㄴ은던난한] ?적[은이도]?\s?(?:있|없)|던 적")


# "밥을 못 먹을 정도로 아프진 않아요": how much is denied
_NOT_SO_FAR = re.compile(r"[가-힣]\s정도로(?:는|까지는?)?\s[^.?!,]{0,14}(?:않|아니)")
# "일이 킬로 쪘나.": wondered, not told
_WONDERED = re.compile(r"[쪘졌었았했났랐렸]나\s*[.…]*\s*$")
_ALLERGIC = re.compile(r"알레르기|알러지|부작용")
# "가만히 두면 안 아파요": fine in one circumstance only
_CIRCUMSTANCE = re.compile(r"[가-힣]면\s|(?:때|땐|적)(?:는|엔|에는|은)?\s|(?:평소|낮|쉴)에?는\s|[가-힣]고 나서는\s")


_GAINED = re.compile(r"\s?(?:이나\s|정도\s|쯤\s|가까이\s)?(?:남짓\s)?(?:쪘|쪄|찌셨|늘었|늘어|느셨|느네|느신|불었|올랐)")


_LOST = re.compile(r"\s?(?:이나\s|정도\s|쯤\s|가까이\s)?(?:남짓\s)?(?:빠졌|빠져|빠지셨|빠지신|줄었|줄어|주셨|내렸)")


_WEIGHT_DOUBTED = re.compile(r"[^.?!,]{0,8}(?:[쪘졌었렸랐]나|으려나|는지|을걸|거나|려고|려면|으면)")


def weight_changes(dialogue: Dialogue) -> list[Observation]:
    """ "이 킬로 쪘어요": the amount says what has changed, without the word weight."""
    found: list[Observation] = []
    for turn in dialogue.turns:
        for quantity in find_quantities(turn.text):
            after = turn.text[quantity.end :]
            term = "체중 증가" if _GAINED.match(after) else "체중 감소" if _LOST.match(after) else ""
            if (
                quantity.unit == "kg"
                and term
                and not _WEIGHT_DOUBTED.match(after)
                and not is_asked(turn.clause_at(quantity.end))
                and whose(dialogue, turn, quantity.start).person is Person.PATIENT
            ):
                clause = turn.clause_at(quantity.end)
                evidence = (turn.evidence(turn.clause_at(quantity.start).start, clause.end),)
                found.append(Observation(term, "present", turn, None, evidence, True))
    return found


def stated(dialogue: Dialogue) -> list[Observation]:
    found: list[Observation] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            continue
        unsaid = list(elliptical(dialogue, turn))
        for mention in (*turn.of(Table.SYMPTOMS), *unsaid):
            if not _is_statement(dialogue, turn, mention) or _is_replaced(mention, unsaid):
                continue
            status: SymptomStatus = _stated_polarity(turn, mention)
            if status == "present" and _is_over(turn, mention):
                status = "resolved"
            evidence: tuple[Evidence, ...] = (clause_evidence(turn, mention),)
            question = _asking(dialogue, turn, mention)
            if mention in unsaid and (before := dialogue.question_before(turn)) is not None:
                question = before.evidence(0, len(before.text))
            if question is not None:
                evidence = (question, *evidence)
            term = mention.row.term
            if term == "출혈" or (term == "질 출혈" and mention.surface.startswith("피")):
                if turn.is_guessed and status == "absent":
                    continue  # an unmarked question would pass for a denial
                term = blood_from(dialogue, turn, turn.clause_at(mention.start)) or term
            found.append(Observation(term, status, turn, mention, evidence, mention not in unsaid, site(turn, mention)))
    return found


def _is_replaced(mention: Mention, unsaid: list[Mention]) -> bool:
    """ "아파요" in answer to a question for the back is the back's pain, not pain somewhere."""
    return mention not in unsaid and any(
        other.start <= mention.start and mention.end <= other.end and mention.how == "predicate" for other in unsaid
    )


_WONDERS = re.compile(r"(?:것 같|보이|쪘|부었|커졌|심하|이상하)지 않(?:아요|나요)\s*\?")


_NOW_FINE = re.compile(
    r"(?:지금|오늘|이제|요즘|요새|그 ?[뒤후]로|이후로|그다음)(?:은|는|부터|부터는)?\s(?:다\s|좀\s|완전히\s|"
    r"많이\s)?(?:괜찮|없어|안 |"
    r"내렸|내려갔|떨어졌|정상|가라앉|나았|좋아졌)"
)


def _stated_polarity(turn: Turn, mention: Mention) -> SymptomStatus:
    """ "부은 것 같지 않아요?" thinks that it is so."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    return "present" if _WONDERS.search(turn.sentence_text(clause)) else polarity(turn, mention)


def _is_over(turn: Turn, mention: Mention) -> bool:
    """Had it, and the same sentence says that it is fine by now: "37.8도였고, 오늘은 괜찮아요"."""
    clause = turn.clause_at(mention.start)
    rest = turn.text[mention.end : turn.sentence_of(clause)[-1].end]
    others = [m for m in turn.of(Table.SYMPTOMS) if m.start >= mention.end and m.row.term not in COURSE_WORDS]
    until = others[0].start - mention.end if others else len(rest)
    return is_resolved(turn, mention) or bool(_NOW_FINE.search(rest[: max(until, 0)]))


def _is_supposed(turn: Turn, mention: Mention) -> bool:
    """Said of a case that may come ("김치 없으면 밥을 못 먹어요"); not so a list item before a comma, or a cause."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    listed = turn.is_patient_side and clause.link == "and" and turn.words(clause).rstrip().endswith(",")
    caused = clause.link != "if" and re.match(r"\s?때문", turn.text[mention.end :])
    before = turn.text[turn.sentence_of(clause)[0].start : mention.start]
    lacks = re.search(r"없(?:으면|으믄|이는)\s*$", before) and polarity(turn, mention) != "absent"
    return bool(lacks) or (not listed and not caused and is_conditional(turn, mention))


def _is_statement(dialogue: Dialogue, turn: Turn, mention: Mention) -> bool:
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    supposed = _is_supposed(turn, mention) or is_hypothetical(turn, mention) or is_effect_denied(turn, clause)
    supposed = supposed or bool(_NOT_SO_FAR.search(turn.words(clause)))
    if supposed or not is_symptom(turn, mention):
        return False
    if is_asked(clause) and (turn.role == "nurse" or len(dialogue.terms.find(turn.words(clause))) > 0):
        return not turn.is_guessed and _is_musing(turn.sentence_text(clause))
    is_own = whose(dialogue, turn, mention.start).person is Person.PATIENT or is_reported_by_family(turn, mention)
    sentence = turn.sentence_text(clause)
    if not is_own or _is_only_taken_up(turn, mention) or _WONDERED.search(sentence):
        return False
    if _ALLERGIC.search(sentence) or is_reaction(dialogue, turn, mention):
        return False
    if polarity(turn, mention) == "absent" and _is_fine_only_sometimes(turn, mention):
        return False
    is_past = _ONCE.search(turn.text[mention.start : clause.end]) or (
        _PAST_ONCE.search(sentence[: max(0, mention.end)]) and "부터" not in sentence
    )
    return not (is_past and polarity(turn, mention) == "present" and not _is_over(turn, mention))


def _is_fine_only_sometimes(turn: Turn, mention: Mention) -> bool:
    start = turn.sentence_of(turn.clause_at(mention.start))[0].start
    return bool(_CIRCUMSTANCE.search(turn.text[start : mention.start]))


# "찌릿한 건… 볼 때는 안 아파요": only taken up, nothing said of it yet
_TOPIC = re.compile(r"\s?(?:건|거는|것은|거)?\s*…[^.?!…]{0,20}(?:안\s|없|않|아니|괜찮|못\s)")
_THING = re.compile(r"(?:[ㄴ은는한던]|[가-힣])\s(?:건|거는|것은)")


def _is_only_taken_up(turn: Turn, mention: Mention) -> bool:
    thing = mention.surface + turn.text[mention.end : mention.end + 3]
    return bool(_TOPIC.match(turn.text[mention.end :]) and _THING.search(thing))


def _is_musing(sentence: str) -> bool:
    """A patient's own question to themself: "보름쯤 됐나?", "한 육 점?"."""
    if _WONDERS.search(sentence):
        return True
    return bool(
        re.search(r"(?:됐나|되나|였나|던가|점|쯤|정도|같아요|(?:데|거든|고|[었았했였랬]어)요)\?\s*$", sentence)
    ) and not re.search(
        r"(?:나요|까요|ㄴ가요|인가요|죠|거예요|건가요|아니에요|하진 않아요|않아요|되나|될까|되는|"
        r"없어요|있어요|되나요|돼요)\s*\?",
        sentence,
    )


def _asking(dialogue: Dialogue, turn: Turn, mention: Mention) -> Evidence | None:
    """The question before the turn where it asks for the same symptom."""
    question = dialogue.question_before(turn)
    if question is None:
        return None
    for asked in question.of(Table.SYMPTOMS):
        if asked.row.term == mention.row.term and question.clause_at(asked.start).is_question:
            return clause_evidence(question, asked)
    return None
