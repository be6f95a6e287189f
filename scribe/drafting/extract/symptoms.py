"""Symptoms that the patient has, denies or no longer has."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scribe.domain.entries import Evidence, Symptom, SymptomStatus
from scribe.drafting.assertion import (
    Person,
    answer,
    is_asked,
    is_conditional,
    is_hypothetical,
    is_reported_by_family,
    is_resolved,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.characters import characters
from scribe.drafting.extract.examining import is_examining
from scribe.drafting.extract.intake import Inferred, blood_from, inferred
from scribe.drafting.extract.reading import Conflict
from scribe.drafting.lexicon import SymptomRow, Table
from scribe.drafting.numbers import read_number
from scribe.drafting.quantities import find_quantities, written
from scribe.drafting.terms import Mention
from scribe.drafting.times import Period, find_durations, find_onsets, find_periods

_WH = re.compile(r"언제|어디|얼마|몇|어느|어떻게 아|며칠|무슨 색|뭐가")
_PAST_ONCE = re.compile(r"(?:예전|옛날|전에도|작년|재작년|어릴|살 때|학생 때|학교 때|군대|그때|지난번)")
_ONCE = re.compile(r"[ㄴ은던난한] ?적[은이도]?\s?(?:있|없)|던 적")
_ALLERGIC = re.compile(r"알레르기|알러지|부작용")
_SCORE = re.compile(r"\s?점(?:\s?(?:정도|쯤))?")
_NOT_KNOWN = re.compile(r"모르겠|글쎄|기억")
_FEVER = "발열"
# course words and injuries that a lexicon of symptoms also holds: no symptoms by themselves when said in passing
_COURSE_WORDS = frozenset({"악화", "호전", "외상", "증상 악화", "증상 호전", "약물 부작용"})
_VAGUE = "통증"
_BLEEDING = re.compile(
    r"피(?:가|는|도|나|이|를)?\s?(?:좀\s|많이\s|안\s|계속\s|자꾸\s)?(?:나|보|섞|비치|묻|토|쏟|멎|멈|$)"
)
_FEVER_FROM = 37.5


@dataclass(frozen=True, slots=True)
class Observation:
    """One saying about a symptom; ``is_explicit`` where the words name it, not only answer a question."""

    term: str
    status: SymptomStatus
    turn: Turn
    mention: Mention | None
    evidence: tuple[Evidence, ...]
    is_explicit: bool
    place: str = ""
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A symptom in a clinician's question."""

    mention: Mention
    turn: Turn
    clause: Clause

    @property
    def term(self) -> str:
        return self.mention.row.term


def symptoms(dialogue: Dialogue) -> tuple[list[Symptom], list[Conflict]]:
    """The symptoms with all that was said of each, and the contradictions between what was said."""
    observations = _without_vague([*_stated(dialogue), *_answered(dialogue)])
    known = {observation.term for observation in observations}
    later = [*_weight_changes(dialogue), *map(_observed, inferred(dialogue))]
    observations += [one for one in later if one.term not in known]
    grouped: dict[str, list[Observation]] = {}
    for observation in _told_apart(observations):
        grouped.setdefault(observation.term, []).append(observation)
    found: list[Symptom] = []
    conflicts: list[Conflict] = []
    for term, group in grouped.items():
        entry, conflict = _merge(term, group, dialogue)
        found.append(entry)
        conflicts += conflict
    return found, conflicts


def _observed(one: Inferred) -> Observation:
    return Observation(one.term, one.status, one.turn, None, one.evidence, True, period=one.period)


_GAINED = re.compile(r"\s?(?:이나\s|정도\s|쯤\s|가까이\s)?(?:쪘|쪄|늘었|늘어|불었)")
_LOST = re.compile(r"\s?(?:이나\s|정도\s|쯤\s|가까이\s)?(?:빠졌|빠져|줄었|줄어)")


def _weight_changes(dialogue: Dialogue) -> list[Observation]:
    """ "이 킬로 쪘어요": the amount says what has changed, without the word weight."""
    found: list[Observation] = []
    for turn in dialogue.turns:
        for quantity in find_quantities(turn.text) if turn.is_patient_side else ():
            after = turn.text[quantity.end :]
            term = "체중 증가" if _GAINED.match(after) else "체중 감소" if _LOST.match(after) else ""
            if quantity.unit == "kg" and term and whose(dialogue, turn, quantity.start).person is Person.PATIENT:
                clause = turn.clause_at(quantity.end)
                evidence = (turn.evidence(turn.clause_at(quantity.start).start, clause.end),)
                found.append(Observation(term, "present", turn, None, evidence, True))
    return found


def _told_apart(observations: list[Observation]) -> list[Observation]:
    """One symptom present here and absent there is two symptoms, each named with its place."""
    apart: list[Observation] = []
    for one in observations:
        same = [other for other in observations if other.term == one.term]
        disputed = {"present", "absent"} <= {other.status for other in same}
        places = {other.place for other in same if other.place}
        named = disputed and one.place and len(places | {other.place for other in same}) > 1
        apart.append(replace(one, term=f"{one.place} {one.term}") if named and one.place not in one.term else one)
    return apart


def _without_vague(observations: list[Observation]) -> list[Observation]:
    """ "아프다" without a place says nothing beside a pain that has one."""
    if not any(one.term != _VAGUE and one.term.endswith("통") and one.status != "absent" for one in observations):
        return observations
    return [one for one in observations if one.term != _VAGUE]


def is_symptom(turn: Turn, mention: Mention) -> bool:
    """Not a chance hit: a word of one syllable counts only where it must mean the symptom."""
    if mention.nested or mention.row.term in _COURSE_WORDS or _is_part_of_other(turn, mention):
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


def _stated(dialogue: Dialogue) -> list[Observation]:
    found: list[Observation] = []
    for turn in dialogue.turns:
        if turn.role == "clinician":
            continue
        for mention in turn.of(Table.SYMPTOMS):
            if not _is_statement(dialogue, turn, mention):
                continue
            status: SymptomStatus = _stated_polarity(turn, mention)
            if status == "present" and _is_over(turn, mention):
                status = "resolved"
            evidence: tuple[Evidence, ...] = (_clause_evidence(turn, mention),)
            question = _asking(dialogue, turn, mention)
            if question is not None:
                evidence = (question, *evidence)
            term = mention.row.term
            if term == "출혈" or (term == "질 출혈" and mention.surface.startswith("피")):
                if turn.is_guessed and status == "absent":
                    continue  # an unmarked question would pass for a denial
                term = blood_from(dialogue, turn, turn.clause_at(mention.start)) or term
            found.append(Observation(term, status, turn, mention, evidence, True, _site(turn, mention)))
    return found


_WONDERS = re.compile(r"것 같지 않아요\s*\?")
_NOW_FINE = re.compile(
    r"(?:지금|오늘|이제|요즘|요새)(?:은|는)?\s(?:다\s|좀\s|완전히\s|많이\s)?(?:괜찮|없어|안 |"
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
    others = [m for m in turn.of(Table.SYMPTOMS) if m.start >= mention.end and m.row.term not in _COURSE_WORDS]
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
        if other is not mention and not other.nested and other.row.term not in _COURSE_WORDS
    )


def _is_statement(dialogue: Dialogue, turn: Turn, mention: Mention) -> bool:
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not is_symptom(turn, mention) or _is_supposed(turn, mention) or is_hypothetical(turn, mention):
        return False
    if is_asked(clause) and (turn.role == "nurse" or len(dialogue.terms.find(turn.words(clause))) > 0):
        return not turn.is_guessed and _is_musing(turn.sentence_text(clause))
    is_own = whose(dialogue, turn, mention.start).person is Person.PATIENT or is_reported_by_family(turn, mention)
    if not is_own:
        return False
    sentence = turn.sentence_text(clause)
    if _ALLERGIC.search(sentence):
        return False
    is_past = _ONCE.search(sentence) or (_PAST_ONCE.search(sentence[: max(0, mention.end)]) and "부터" not in sentence)
    return not (is_past and polarity(turn, mention) == "present" and not _is_over(turn, mention))


def _is_musing(sentence: str) -> bool:
    """A patient's own question to themself: "보름쯤 됐나?", "한 육 점?"."""
    if _WONDERS.search(sentence):
        return True
    return bool(re.search(r"(?:됐나|되나|였나|던가|점|쯤|정도|[가-힣]+요)\?\s*$", sentence)) and not re.search(
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
            return _clause_evidence(question, asked)
    return None


def _clause_evidence(turn: Turn, mention: Mention) -> Evidence:
    first, last = turn.clause_at(mention.start), turn.clause_at(max(mention.start, mention.end - 1))
    return turn.evidence(first.start, last.end)


def questions(dialogue: Dialogue, *tables: Table) -> Iterable[tuple[Turn, list[Asked], tuple[Turn, ...]]]:
    """Each clinician's turn that asks about terms of the tables, with the turns that answer it."""
    for turn in dialogue.turns:
        if turn.role not in ("clinician", "nurse"):
            continue
        asked = [
            Asked(mention, turn, clause)
            for mention in turn.of(*tables)
            if (clause := turn.clause_at(max(mention.start, mention.end - 1))).is_question
            and not mention.nested
            and not is_examining(turn, clause)
            and (mention.table is not Table.SYMPTOMS or is_symptom(turn, mention))
        ]
        if asked:
            yield turn, asked, dialogue.answers(turn)


def _answered(dialogue: Dialogue) -> list[Observation]:
    found: list[Observation] = []
    for turn, asked, replies in questions(dialogue, Table.SYMPTOMS):
        named = {mention.row.term for reply in replies for mention in reply.of(Table.SYMPTOMS)}
        distinct = {ask.term: ask for ask in asked}.values()
        open_ones = [ask for ask in distinct if ask.term not in named and not _is_circumstance(turn, ask.mention)]
        for ask in open_ones:
            status = _answer_to(ask, replies, len(open_ones), bool(named))
            if status is not None:
                reply = replies[0]
                evidence = (_clause_evidence(turn, ask.mention), _first_sentence(reply))
                found.append(Observation(ask.term, status, reply, None, evidence, False, _site(turn, ask.mention)))
    return found


def _is_circumstance(turn: Turn, mention: Mention) -> bool:
    """ "기침할 때 가래는 나와요?" does not ask for the cough."""
    return is_conditional(turn, mention)


def _first_sentence(turn: Turn) -> Evidence:
    """The first sentence of an answer, with the next where the first is a bare yes or no."""
    first = [clause for clause in turn.clauses if clause.sentence == turn.clauses[0].sentence]
    end = first[-1].end
    if end <= 5 and len(turn.clauses) > len(first):
        end = turn.sentence_of(turn.clauses[len(first)])[-1].end
    return turn.evidence(0, end)


def _answer_to(ask: Asked, replies: tuple[Turn, ...], asked_for: int, others_named: bool) -> SymptomStatus | None:
    if not replies:
        return None
    if _is_fine_there(ask, replies):
        return "absent"
    words = replies[0].text
    sentence = ask.turn.sentence_text(ask.clause)
    said = answer(ask.turn, replies, sentence)
    if said is None:
        presupposed = _WH.search(sentence) and not _NOT_KNOWN.search(words) and not others_named
        holds = _is_feverish(words) if ask.term == _FEVER else presupposed
        return "present" if holds else None
    unclear = (asked_for > 1 and "둘 다" not in words) or others_named
    disputed = polarity(ask.turn, ask.mention) == "absent" and "있" not in words[:30]
    return None if said == "present" and (unclear or disputed) else said


def _is_feverish(words: str) -> bool:
    degrees = [quantity.value for quantity in find_quantities(words) if quantity.unit == "Cel"]
    return bool(degrees) and max(degrees) >= _FEVER_FROM


_PART_FINE = re.compile(
    r"(?<![가-힣])(?P<part>[가-힣]{1,4})(?:은|는|도)\s(?:그냥\s|다\s|아주\s|별로\s|뭐\s)?(?:괜찮|멀쩡|"
    r"보통|그대로|안\s|정상|문제\s?없)(?!아졌|아지)"
)


def _is_fine_there(ask: Asked, replies: tuple[Turn, ...]) -> bool:
    """ "숨이 차거나 목이 조이는 느낌은요?" – "숨은 괜찮아요. 목도 안 조이고": the part of the question is fine."""
    asked = ask.turn.words(ask.clause)
    if ask.term == "천명음" and any(m.group("part") == "숨" for r in replies for m in _PART_FINE.finditer(r.text)):
        return True
    return any(
        re.search(rf"(?<![가-힣]){match.group('part')}", asked)
        for reply in replies
        for match in _PART_FINE.finditer(reply.text)
    )


def _merge(term: str, group: list[Observation], dialogue: Dialogue) -> tuple[Symptom, list[Conflict]]:
    explicit = [one for one in group if one.is_explicit] or group
    statuses = {one.status for one in explicit}
    conflicts: list[Conflict] = []
    status: SymptomStatus = explicit[-1].status
    if {"present", "absent"} <= statuses:
        present = next(one for one in explicit if one.status == "present")
        absent = next(one for one in explicit if one.status == "absent")
        status = "present"
        if present.turn.index != absent.turn.index:
            conflicts.append(Conflict(term, present.evidence[-1], absent.evidence[-1]))
    elif "resolved" in statuses and explicit[-1].status == "present":
        status = "present"
    holding = [one for one in group if one.status == status or not one.is_explicit or status != "absent"]
    evidence = tuple(dict.fromkeys(item for one in holding for item in one.evidence))
    first = next((one for one in explicit if one.mention is not None), None)
    row = first.mention.row if first and first.mention else None
    details = _details(holding, dialogue) if status != "absent" else {}
    confidence = (0.9 if any(one.is_explicit for one in group) else 0.8) - (0.3 if conflicts else 0)
    location = row.body_site if isinstance(row, SymptomRow) and row.body_site and row.body_site not in term else None
    entry = Symptom(
        id="",
        name=term,
        status=status,
        evidence=evidence,
        confidence=round(confidence, 2),
        location=details.get("location") or (location if status != "absent" else None),
        onset=details.get("onset"),
        duration=details.get("duration"),
        duration_iso=details.get("duration_iso"),
        severity=details.get("severity"),
        quality=details.get("quality"),
        course=details.get("course"),
        relation=details.get("relation"),
    )
    return entry, conflicts


def _details(group: list[Observation], dialogue: Dialogue) -> dict[str, str]:
    details: dict[str, str] = {}
    for one in group:
        if one.period is not None:
            details |= {"duration": one.period.korean, "duration_iso": one.period.iso}
        if one.mention is None:
            continue
        clause = one.turn.clause_at(one.mention.start)
        told = characters(one.turn, clause, one.term)
        for name, value in {**_times(one.turn, clause, dialogue), **_strength(one), **told}.items():
            details.setdefault(name, value)
        place = _place(one.turn, one.mention, clause)
        if place:
            details.setdefault("location", place)
    return details


def _times(turn: Turn, clause: Clause, dialogue: Dialogue) -> dict[str, str]:
    """Onset and duration said in the clause, before it in the sentence, or in answer to "언제부터"."""
    words = turn.text[turn.sentence_of(clause)[0].start : clause.end]
    later = turn.text[clause.end : clause.end + 40]
    details: dict[str, str] = {}
    onsets = [onset for onset in find_onsets(words) if onset.is_start or onset.text.startswith(("어젯밤", "간밤"))]
    if onsets:
        details["onset"] = onsets[-1].text.removesuffix("에")
        if onsets[-1].period:
            details["duration"] = onsets[-1].period.korean
            details["duration_iso"] = onsets[-1].period.iso
    durations = find_durations(words) or (
        find_durations(later) if clause is turn.clauses[-1] or len(turn.clauses) <= 4 else ()
    )
    if not durations and not onsets:
        durations = _asked_since(turn, dialogue)
    if durations:
        details.setdefault("duration", durations[0].korean)
        details.setdefault("duration_iso", durations[0].iso)
    return details


def _asked_since(turn: Turn, dialogue: Dialogue) -> tuple:  # type: ignore[type-arg]
    """ "언제부터요?" asked right after the turn, and its answer."""
    if turn.index + 2 >= len(dialogue.turns):
        return ()
    question, reply = dialogue.turns[turn.index + 1], dialogue.turns[turn.index + 2]
    if (
        question.role == "clinician"
        and re.search(r"언제부터|얼마나 (?:됐|되)|며칠", question.text)
        and len(question.text) < 25
    ):
        return find_periods(reply.text)[:1] if reply.is_patient_side else ()
    return ()


def _strength(one: Observation) -> dict[str, str]:
    words = one.turn.text
    if one.term == _FEVER:
        degrees = [quantity for quantity in find_quantities(words) if quantity.unit == "Cel"]
        if degrees:
            return {"severity": f"{written(max(quantity.value for quantity in degrees))} Cel"}
    score = _score(words) if "통" in one.term or "아프" in one.turn.text else None
    return {"severity": f"NRS {written(score)}/10"} if score is not None else {}


def _score(words: str) -> float | None:
    """A pain score in the utterance that is not the scale itself ("십 점 만점")."""
    for position in range(len(words)):
        if position and "가" <= words[position - 1] <= "힣":
            continue
        number = read_number(words, position)
        unit = _SCORE.match(words, number.end) if number else None
        if number and unit and 0 <= number.value <= 10 and not words[unit.end() :].lstrip().startswith("만점"):
            return number.value
    return None


def _site(turn: Turn, mention: Mention) -> str:
    """The body site named before the symptom's predicate in its clause; empty where none is."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    sites = [site for site in turn.of(Table.BODY_SITES) if clause.start <= site.start and site.end <= mention.end]
    return sites[0].row.term if sites else ""


def _place(turn: Turn, mention: Mention, clause: Clause) -> str | None:
    """The side and site named in the clause: "왼쪽 무릎"."""
    words = turn.text[clause.start : mention.end]
    match = re.search(
        r"(왼쪽|오른쪽|양쪽|왼|오른)\s?(?:의\s)?([가-힣]{1,6}?)(?=이|가|은|는|도|을|를|에|의|으로|부터|까지|\s|$)",
        words,
    )
    if match:
        side = {"왼": "왼쪽", "오른": "오른쪽"}.get(match.group(1), match.group(1))
        return f"{side} {match.group(2)}".strip()
    return None
