"""Allergies by allergen, and their denial."""

import re
from dataclasses import dataclass

from scribe.domain.entries import Allergy, Evidence, Presence
from scribe.drafting.assertion import Person, answer, asks_of_family, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.allergy_words import (
    DENIED,
    EXPOSURE,
    HAD,
    WORD,
    asks_for,
    names_allergy,
    reaction,
)
from scribe.drafting.extract.dosing import drug_mentions, medicine_name
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import AllergenRow, Table
from scribe.drafting.persons import named_persons
from scribe.drafting.terms import Mention

_GENERAL = {"drug": "약물 알레르기", "food": "음식 알레르기"}
_ANAPHOR = re.compile(r"^\s*(?:그거|그걸|그건|그게|그\s?약|그 주사|먹고|맞고|먹으면|바르고|그때|몇|[가-힣]{1,3}년)")
_NO_VERB = re.compile(r"(?:[…,]|인가|이던가|라던가|라고 하던데|라던데|이었나|였나|하나|그거|있잖아요?)\s*[?.…,]*\s*$")
_NAMED_ONLY = re.compile(
    r"(?:에|이|가|한테)?\s?(?:좀\s|조금\s)?있(?:어|습|다|대)|이?요(?=[\s.,]|$)|이?라고\s?(?:하|들)|인가[\s?.]*$"
)
_LISTED = re.compile(r"(?:\s?(?:이?랑|하고|이?나|와|과|,|도|이?라든지|아니면|또는|계열))*\s?")
_RECORDED = re.compile(
    r"\s?(?:알레르기|알러지|부작용|과민 ?반응)(?:가|는|도|이)?\s?(?:좀\s)?"
    r"(?:있(?:으|어|다|고|음|는|습)|로 (?:등록|기록)|기록|과거력|력 있)"
)
# what happened was none: "먹고 설사만 했어요. 알레르기는 아니래요"
_NO_ALLERGY = re.compile(
    r"(?:알레르기|알러지|두드러기|발진|과민\s?반응)[가-힣]{0,4}\s(?:[가-힣]+\s)?"
    r"(?:아니(?!면|냐)|아닙|아녔|아닌|안 (?:났|나|생겼|올라왔))"
)
_NONE_RECORDED = re.compile(
    r"(?:약물?\s?)?(?:알레르기|알러지)(?:는|은|력은?|도)?\s?(?:없(?:으시|음|고|다|습|는)|엔케이디에이)"
)
_ANYTHING = re.compile(r"아무\s?거나|뭐든지?|다 잘 (?:먹|드)|가리는 (?:거|것) 없")
_SPEAKS_OF_IT = re.compile(r"(?:^|[.,…]\s*)(?:약은|음식은|알레르기는)")
_TOPIC = {
    "drug": re.compile(r"(?:^|[\s,.…])(?:약|약물|주사)(?:은|는|에는|엔|도|에도|이나|같은 건|\s알레르기)"),
    "food": re.compile(r"(?:^|[\s,.…])(?:음식|먹는 (?:거|것|건))(?:은|는|에는|도|\s?알레르기)?"),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A clinician's question for allergies: of what kinds, by which clause."""

    turn: Turn
    kinds: dict[str, Clause]

    def evidence(self, kind: str | None = None) -> Evidence:
        clause = self.kinds.get(kind or "", next(iter(self.kinds.values())))
        return self.turn.evidence(clause.start, clause.end)


def allergies(dialogue: Dialogue) -> list[Allergy]:
    """Allergies by allergen; the general denial is left out where a drug allergy was told."""
    found: dict[str, Allergy] = {}
    for turn in dialogue.turns:
        for key, allergy in _of_turn(dialogue, turn):
            known = found.get(key)
            if known is None or (known.status == "absent" and allergy.status == "present"):
                found[key] = allergy
    if any(item.status == "present" and _is_drug(dialogue, item.name) for item in found.values()):
        _drop_denial(found, "drug")
    if any(item.status == "present" and _is_food(dialogue, item.name) for item in found.values()):
        _drop_denial(found, "food")
    return list(found.values())


def _drop_denial(found: dict[str, Allergy], kind: str) -> None:
    if kind in _GENERAL and _GENERAL[kind] in found and found[_GENERAL[kind]].status == "absent":
        del found[_GENERAL[kind]]


def _of_turn(dialogue: Dialogue, turn: Turn) -> list[tuple[str, Allergy]]:
    if not turn.is_patient_side:
        return _recorded(turn) + _confirmed(dialogue, turn)
    asked = _asked_before(dialogue, turn)
    found = [*_told(dialogue, turn, asked), *_denied(dialogue, turn, asked)]
    return found or _unnamed(dialogue, turn, asked)


def _unnamed(dialogue: Dialogue, turn: Turn, asked: _Asked | None) -> list[tuple[str, Allergy]]:
    """ "이름은 모르는데 주사 맞고 쓰러졌어요": a reaction to a medicine that nobody names."""
    if asked is None or "drug" not in asked.kinds:
        return []
    for sentence in {clause.sentence for clause in turn.clauses if not clause.is_question}:
        first = next(clause for clause in turn.clauses if clause.sentence == sentence)
        words = turn.sentence_text(first)
        exposed = re.search(r"약|주사", words) and EXPOSURE.search(words)
        own = whose(dialogue, turn, max(first.start, first.end - 1)).person is Person.PATIENT
        if own and exposed and reaction(words) and HAD.search(words) and not DENIED.search(words):
            evidence = (asked.evidence("drug"), turn.evidence(first.start, turn.sentence_of(first)[-1].end))
            name = _GENERAL["drug"]
            found = Allergy(
                id="", name=name, status="present", reaction=reaction(words), evidence=evidence, confidence=0.7
            )
            return [(name, found)]
    return []


def _kinds(dialogue: Dialogue, name: str) -> set[str]:
    rows = [mention.row for mention in dialogue.terms.find(name)]
    kinds = {row.kind for row in rows if isinstance(row, AllergenRow)}
    return kinds or {"drug" for row in rows if row.table in (Table.MEDICINES, Table.DRUG_CLASSES)}


def _is_drug(dialogue: Dialogue, name: str) -> bool:
    return "drug" in _kinds(dialogue, name)


def _is_food(dialogue: Dialogue, name: str) -> bool:
    return "food" in _kinds(dialogue, name)


# -- what was asked -----------------------------------------------------------------------------------------------


def _asked_before(dialogue: Dialogue, turn: Turn) -> _Asked | None:
    question = dialogue.question_before(turn)
    if question is None:
        return None
    kinds: dict[str, Clause] = {}
    for clause in question.clauses:
        is_asking = clause.is_question or re.search(
            r"여쭐게요|말씀해|알려\s?주|적\.\s*$", question.sentence_text(clause)
        )
        if not is_asking or asks_of_family(question, clause.start):
            continue
        words = question.words(clause) if clause.link == "or" else question.sentence_text(clause)
        named = asks_for(words) or (frozenset({"food"}) if kinds and re.match(r"\s*음식", words) else frozenset())
        for kind in named:
            kinds.setdefault(kind, clause)
    return _Asked(question, kinds) if kinds else None


# -- told ---------------------------------------------------------------------------------------------------------


def _told(dialogue: Dialogue, turn: Turn, asked: _Asked | None) -> list[tuple[str, Allergy]]:
    found: list[tuple[str, Allergy]] = []
    mentions = _allergens(turn)
    for position, mention in enumerate(mentions):
        clause = turn.clause_at(mention.start)
        if whose(dialogue, turn, mention.start).person is not Person.PATIENT:
            if _denied_for_patient(dialogue, turn, mention):
                found.append(_entry(mention, "absent", None, turn, asked, clause.start, len(turn.text), 0.8))
            continue
        start = turn.sentence_of(clause)[0].start
        end = _reach(turn, clause, _next_told(turn, mention, mentions[position + 1 :]), mention)
        after = turn.text[mention.end : end]
        if turn.sentence_text(clause).rstrip().endswith("?") and end <= turn.sentence_of(clause)[-1].end:
            continue
        if _is_none(turn.text[mention.end :]):  # the class and its medicine in one breath are one allergen
            known = any(other.status == "absent" for _, other in found)
            found += [] if known or not asked else [_entry(mention, "absent", None, turn, asked, start, end, 0.8)]
            continue
        status, reacted = _status(turn, mention, after, asked)
        listed_to = _list_end(turn, mention, mentions[position + 1 :])
        if status is None and listed_to > mention.end:
            status, reacted = _status(turn, mention, turn.text[listed_to : max(end, listed_to)], asked)
        if status is not None:
            found.append(_entry(mention, status, reacted, turn, asked, start, end, 0.85))
    return found


def _next_told(turn: Turn, mention: Mention, later: list[Mention]) -> int:
    """Where the next allergen is spoken of by itself, not in one list with this one ("새우랑 게를 먹으면")."""
    end = mention.end
    for other in later:
        if not _LISTED.fullmatch(turn.text[end : other.start]):
            begins = turn.clause_at(other.start).start
            return begins if begins >= end else other.start
        end = other.end
    return len(turn.text)


def _list_end(turn: Turn, mention: Mention, later: list[Mention]) -> int:
    """The end of the list of allergens that the mention begins ("페니실린이랑 설파제요")."""
    end = mention.end
    for other in later:
        if not _LISTED.fullmatch(turn.text[end : other.start]):
            break
        end = other.end
    return end


def _reach(turn: Turn, clause: Clause, limit: int, mention: Mention) -> int:
    """To the end of the sentence or the next allergen's clause; into the next sentence where this has no verb."""
    sentence = turn.sentence_of(clause)
    end = sentence[-1].end
    if limit < end:
        return limit
    following = [other for other in turn.clauses if other.start >= end]
    said = turn.text[mention.end : end]
    goes_on = bool(following) and _is_none(said + turn.sentence_text(following[0]))
    if following and (goes_on or _NO_VERB.search(said) or _ANAPHOR.match(turn.text[end:]) or len(said.strip()) <= 2):
        end = turn.sentence_of(following[0])[-1].end
    return max(min(end, limit), mention.end)


def _status(turn: Turn, mention: Mention, after: str, asked: _Asked | None) -> tuple[Presence | None, str | None]:
    """Whether the words tell of an allergy to the mention, deny it, or tell nothing of it."""
    before = turn.text[: mention.start]
    is_named = names_allergy(mention.surface) or bool(re.match(r"\s?(?:에|은|는)?\s?(?:알레르기|알러지)", after))
    reacted = reaction(after)
    exposed = bool(EXPOSURE.search(after))
    denies = re.match(r"[^.…]{0,24}?(?:없|안 났|안 나|지 않|괜찮|아무 일)", after)
    if reacted and (exposed or asked or is_named) and HAD.search(after):
        is_denied = re.search(
            r"(?:난|나|그런|생긴|온|한)\s?적(?:은|이|도)?\s?(?:한 번도\s)?없|안 났|안 나(?:요|고)|지 않|"
            r"지는 않",
            after,
        )
        return ("absent", None) if is_denied and asked else (None, None) if is_denied else ("present", reacted)
    if is_named and HAD.search(after) and not DENIED.search(after[:24]):
        return "present", None
    if (asked or is_named) and denies and not reacted:
        return "absent", None
    if asked and reaction(before) and exposed and not DENIED.search(after):
        return "present", reaction(before)
    taken = re.search(r"먹|드시|복용|(?:^|\s)약은", before)
    if asked and not taken and _NAMED_ONLY.match(after) and not re.match(r"\s*(?:아니|없|아뇨)", turn.text):
        return "present", None
    return None, None


def _is_none(words: str) -> bool:
    """Something happened that was no allergy; not where a reaction was told, or the denial is of something else."""
    denial = _NO_ALLERGY.search(words)
    if denial is None:
        return False
    before = words[: denial.start()]
    told = {name for name in (reaction(before) or "").split(", ") if name} - {"구토"}
    return bool(EXPOSURE.search(before)) and not told and not re.search(r"음식|다른|나머지|그거 말고|그 외", before)


def _denied_for_patient(dialogue: Dialogue, turn: Turn, mention: Mention) -> bool:
    """ "조영제, 그건 아버지고. 엄마는 없어요": another's allergy, and none of the patient's."""
    for item in named_persons(dialogue, turn):
        if item.start > mention.end and item.who.person is Person.PATIENT:
            clause = turn.clause_at(item.start)
            return bool(re.match(r"[은는도]?\s?(?:그런 (?:거|건|것)\s)?(?:없|아니)", turn.text[item.end : clause.end]))
    return False


def _entry(
    mention: Mention,
    status: Presence,
    reacted: str | None,
    turn: Turn,
    asked: _Asked | None,
    start: int,
    end: int,
    confidence: float,
) -> tuple[str, Allergy]:
    own = turn.evidence(start, end)
    evidence = (asked.evidence("drug"), own) if asked is not None else (own,)
    entry = Allergy(
        id="", name=_name(mention), status=status, reaction=reacted, evidence=evidence, confidence=confidence
    )
    return mention.row.term, entry


def _allergens(turn: Turn) -> list[Mention]:
    """Medicines by their names, then allergens, then classes of medicines that neither names."""
    allergens = [m for m in turn.of(Table.ALLERGENS) if not m.nested and m.row.term not in _GENERAL.values()]
    medicines = [m for m in drug_mentions(turn) if not _covered(m, [a for a in allergens if a.surface != m.surface])]
    allergens = [m for m in allergens if not _covered(m, medicines)]
    classes = [m for m in turn.of(Table.DRUG_CLASSES) if not m.nested and not _covered(m, [*allergens, *medicines])]
    return sorted([*allergens, *medicines, *classes], key=lambda mention: mention.start)


def _covered(mention: Mention, others: list[Mention]) -> bool:
    return any(other.start < mention.end and mention.start < other.end for other in others)


def _name(mention: Mention) -> str:
    return medicine_name(mention) if mention.table is Table.MEDICINES else display(mention)


# -- denied -------------------------------------------------------------------------------------------------------


def _denied(dialogue: Dialogue, turn: Turn, asked: _Asked | None) -> list[tuple[str, Allergy]]:
    """ "알레르기는 없어요", or no to the question for allergies."""
    found = _stated(dialogue, turn, asked)
    if asked is None or found:
        return found
    elsewhere = [m for m in _allergens(turn) if whose(dialogue, turn, m.start).person is not Person.PATIENT]
    for kind, clause in asked.kinds.items():
        said = _answer_on(kind, clause, turn, asked)
        if said is None and elsewhere and any(_denied_for_patient(dialogue, turn, m) for m in elsewhere):
            said = turn.evidence(0, len(turn.text))
        if said is not None:
            found.append((_GENERAL[kind], _general(kind, (asked.evidence(kind), said), 0.85)))
            found += _named_in_question(asked, clause, said)
    return found


def _answer_on(kind: str, clause: Clause, turn: Turn, asked: _Asked) -> Evidence | None:
    """The words that deny allergies of one kind: those on the topic, else the answer as a whole."""
    for part in turn.clauses:
        words = turn.words(part)
        if _TOPIC[kind].search(words) and re.search(r"없|잘 (?:받|맞)|괜찮", words) and not reaction(words):
            return turn.evidence(part.start, part.end)
        if kind == "food" and re.search(r"[가-힣]+(?:도|은|는) (?:다 )?잘 (?:먹|드)", words):
            return turn.evidence(part.start, part.end)
    if _ANYTHING.search(turn.text):
        return turn.evidence(0, len(turn.text))
    sentence = asked.turn.sentence_text(clause)
    if answer(asked.turn, (turn,), sentence) == "absent" and not _SPEAKS_OF_IT.search(turn.text):
        return turn.evidence(0, turn.sentence_of(turn.clauses[0])[-1].end)
    return None


def _stated(dialogue: Dialogue, turn: Turn, asked: _Asked | None) -> list[tuple[str, Allergy]]:
    for match in re.finditer(r"(?:알레르기|알러지)[가-힣\s]{0,14}?(?:없|아니)", turn.text):
        clause = turn.clause_at(match.start())
        words = turn.text[match.start() : match.end()]
        since = 0 if words.endswith("아니") else clause.start  # "… 먹고 설사했어요. 알레르기는 아니래요": of that drug
        specific = [m for m in _allergens(turn) if since <= m.start < match.start()]
        if not names_allergy(words) or specific or clause.is_question:
            continue
        if whose(dialogue, turn, match.start()).person is not Person.PATIENT:
            continue
        own = turn.evidence(clause.start, max(clause.end, turn.clause_at(match.end() - 1).end))
        lead = turn.text[max(clause.start, match.start() - 12) : match.start()]
        kinds = list(asks_for(f"{lead}알레르기")) if lead.strip() else list(asked.kinds if asked else ("drug",))
        found = []
        for kind in kinds:
            evidence = (asked.evidence(kind), own) if asked is not None else (own,)
            found.append((_GENERAL[kind], _general(kind, evidence, 0.9)))
        return found
    return []


def _general(kind: str, evidence: tuple[Evidence, ...], confidence: float) -> Allergy:
    return Allergy(id="", name=_GENERAL[kind], status="absent", evidence=evidence, confidence=confidence)


def _named_in_question(asked: _Asked, clause: Clause, said: Evidence) -> list[tuple[str, Allergy]]:
    """ "약 알레르기나 조영제 알레르기?" – "없습니다": each that was asked for by name."""
    found = []
    for mention in _allergens(asked.turn):
        if asked.turn.clause_at(mention.start).sentence != clause.sentence:
            continue
        if names_allergy(mention.surface) or WORD.match(asked.turn.text[mention.end :].lstrip()):
            entry = Allergy(
                id="", name=_name(mention), status="absent", evidence=(asked.evidence("drug"), said), confidence=0.8
            )
            found.append((mention.row.term, entry))
    return found


# -- from the record ----------------------------------------------------------------------------------------------


def _recorded(turn: Turn) -> list[tuple[str, Allergy]]:
    """ "페니실린 알레르기 있으신 분이에요", "알레르기 없으시고", read from the record by a clinician or nurse."""
    found: list[tuple[str, Allergy]] = []
    for mention in _allergens(turn):
        clause = turn.clause_at(mention.start)
        after = turn.text[mention.end : clause.end]
        if not clause.is_question and clause.link != "if" and _RECORDED.match(after) and not DENIED.search(after):
            found.append(_entry(mention, "present", reaction(after), turn, None, clause.start, clause.end, 0.8))
    match = _NONE_RECORDED.search(turn.text)
    clause = turn.clause_at(match.start()) if match else turn.clauses[0]
    if match and not clause.is_question and clause.link != "if" and not found and turn.role == "nurse":
        found.append((_GENERAL["drug"], _general("drug", (turn.evidence(clause.start, clause.end),), 0.8)))
    return found


def _confirmed(dialogue: Dialogue, turn: Turn) -> list[tuple[str, Allergy]]:
    """ "페니실린 알레르기 있으시죠?" – "네"."""
    found: list[tuple[str, Allergy]] = []
    for mention in _allergens(turn):
        clause = turn.clause_at(mention.start)
        replies = dialogue.answers(turn)
        is_named = names_allergy(mention.surface) or WORD.match(turn.text[mention.end :].lstrip(" 에"))
        if not clause.is_question or not replies or not is_named:
            continue
        if answer(turn, replies, turn.sentence_text(clause)) == "present":
            reply = replies[0].evidence(0, replies[0].sentence_of(replies[0].clauses[0])[-1].end)
            key, entry = _entry(mention, "present", None, turn, None, clause.start, clause.end, 0.8)
            evidence = (*entry.evidence, reply)
            found.append((key, Allergy(id="", name=entry.name, status="present", evidence=evidence, confidence=0.8)))
    return found
