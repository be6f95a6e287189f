"""Whom a clinician, a patient or a guardian speaks of: the patient, a relative by blood, or somebody else."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention


class Person(StrEnum):
    """Who a fact is about."""

    PATIENT = "patient"
    RELATIVE = "relative"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Whose:
    """``word`` is how the relative or contact is recorded ("아버지"), None for the patient."""

    person: Person
    word: str | None = None


PATIENT = Whose(Person.PATIENT)
Guardian = Literal["parent", "grandparent", "spouse", "child", "child_in_law", "grandchild", "sibling"]

# the rows of relatives.tsv by what they are to the one who speaks
_PARENTS = frozenset({"어머니", "아버지", "부모", "친정 부모"})
_GRANDPARENTS = frozenset({"할머니", "할아버지", "외할머니", "외할아버지"})
_SIBLINGS = frozenset({"형", "누나", "언니", "오빠", "동생", "형제자매"})
_FARTHER = frozenset({"이모", "외삼촌", "고모", "작은아버지", "큰아버지", "사촌", "조상", "가족"})
_CHILDREN = frozenset({"아들", "딸", "아이"})
_SPOUSES = frozenset({"남편", "아내"})
_SPOUSES_KIN = frozenset({"시부모", "시아버지", "시어머니", "시동생", "시누이", "시아주버니", "장모", "장인", "처남"})
_BLOOD = _PARENTS | _GRANDPARENTS | _SIBLINGS | _FARTHER | _CHILDREN
_FEMALE = frozenset({"어머니", "할머니", "외할머니", "시어머니", "장모", "아내", "딸"})
_MALE = frozenset({"아버지", "할아버지", "외할아버지", "시아버지", "장인", "남편", "아들"})
_CHILD_YEARS, _GROWN_CHILD_YEARS, _OLD_YEARS = 19, 35, 55
_ADDRESSED_YEARS = 45  # from when on clinicians call a patient 어머님 or 아버님
# words for the patient, the guardians who use them, and the least age of such a patient
_CALLED: tuple[tuple[frozenset[str], tuple["Guardian | None", ...], int], ...] = (
    (frozenset({"아들", "딸"}), ("parent",), 0),
    (frozenset({"아이"}), ("parent", "grandparent"), 0),
    (frozenset({"어머니", "아버지"}), ("child", "child_in_law", None), _GROWN_CHILD_YEARS),
    (_GRANDPARENTS, ("grandchild", None), _OLD_YEARS),
    (_SPOUSES, ("spouse", None), _CHILD_YEARS),
    (frozenset({"시어머니", "시아버지", "장모", "장인"}), ("child_in_law",), _GROWN_CHILD_YEARS),
)

_FAMILY_QUESTION = re.compile(r"가족|집안|부모님|형제|친척|친정|시댁|식구")
_SELF = re.compile(
    r"(?:^|(?<=[\s,.]))(?:저는|저도|제가|전|나는|나도|내가|난|저만|저한테|본인(?=[은이도])|내는|내도|나가|저야|"
    r"제게)(?=[\s,])"
)
_SPEAKERS_VIEW = re.compile(
    r"(?:\s?(?:보기|알기|듣기|생각|봤을|보니|볼 때|들은|느끼|걱정|겁|무서|확인|데리|데려|모시|"
    r"먹이|먹여|먹였|발라|챙겨|재|쟀))"
)
_ACTS_FOR_PATIENT = re.compile(
    r"먹였|먹여|먹이|발라|발랐|챙겨|챙기|드렸|드려|줬|봤|보니|보기|알기|듣|데리|데려|모시|쟀|재 보|재어|확인|"
    r"물어|불렀|신고|깨웠|흔들|안아|안고|업고|걱정|겁|무서|놀라|궁금|생각|부탁|느끼|닦아|갈아|눌러|만져"
)
_START = r"(?:^|(?<=[\s,.…]))"
_HERE = re.compile(
    _START + r"(?:이이|이\s?양반|저\s?양반|이\s?사람|이\s?분|우리 (?:집 )?(?:양반|영감)|"
    r"우리 (?:애기|아기|아이|애|손주|손자|손녀)|저희 (?:애|아이|아기)|얘|야(?=는|도|가|\s(?:에미|애비|엄마|아빠))|"
    r"자(?=는\s)|애기?(?=[가는도]\s)|아이(?=[가는도]\s)|아기(?=[가는도]\s))"
)
_THEY = re.compile(
    _START + r"(?:걔|갸|그\s(?:친구|사람|언니|형|애|분|양반|집|놈|아이)|그분|그이|그쪽|"
    r"남들|딴 사람|다른 (?:애|사람|분|아이)|누가)(?=[가-힣\s,.])"
)
_ANIMAL = re.compile(r"(?<![가-힣])(?:강아지|고양이|반려견|반려묘)(?=(?:이|가|은|는|도)\s)")
_NOT_MINE = re.compile(r"(?:^|[\s,.…])(?:아니(?:요|다|야)?[\s,]+)?(?:그건|그거는|그게|그거|고거는|고건)\s")
_OWN_CONTEXT = re.compile(
    r"(?:이|가|께서)?\s?(?:그러|그래서|말하|말씀|보고|걱정|시켜|시켰|데려|데리고|모시고|사\s?줘|해\s?줘|챙겨|"
    r"먹으라|가\s?보라|하라|"
    r"바르라|말려|싫어|알아보|들었|들으|전화로?|봤)"
)
_BYSTANDER = re.compile(
    r"(?:들)?\s?(?:이랑|랑|하고(?!는)|한테(?!는?\s(?:[가-힣]+\s)?있)|에게|덕분|때문|네\s?집|가 사|이 사|"
    r"가 그러|이 그러|가 준|이 준|을|를|처럼|같이|보고|더러|몰래|말로는|말이|말씀|말에)"
)
_SUBJECT = re.compile(
    r"(?:들|분|네)?(?:이|가|은|는|도|께서는?|만|한테|쪽|에(?!게)|이?요(?=[\s.,]|$)|(?:이|요)?\s?[.…!]*\s?$|[이.…]?[,\s]\s?|"
    r"이?[신셨세시]|이?예요|"
    r"이?에요|"
    r"입니다|고)"
)
# a disease named by itself, or denied of another in the past
_NAMES_ONLY = re.compile(
    r"^\s*(?:그\s?)?[가-힣A-Za-z]{1,12}(?:이?요|이라고|이래요|이었어요|였어요|"
    r"은 아니었[가-힣]*|는 아니었[가-힣]*)?\s*[.…]?(?:$|,)"
)
_AS_SUBJECT = re.compile(
    r"(?:들|분|네|님)?(?:이|가|은|는|도|께서|만|한테|이?요|이?고|이?신|이?세|이?예|이?에|였|이었|\s*[.…]|\s*$|"
    r"\s있|\s앓)"
)
# "당뇨는 시어머니, 저는 없어요": the person alone is the predicate
_PREDICATED = re.compile(r"^[가-힣A-Za-z]{1,12}(?:은|는|도)\s(?:(?:우리|저희|제|친정|시댁)\s?)?[가-힣]{1,6}[,.…]$")
_DEAD = re.compile(r"(?:돌아가[시셨신]|작고하|사망하|세상을? (?:뜨|떠)|여의)")
# "수족구 걸린 애가 있대요", "결핵 앓던 사람이랑"
_OF_OTHERS = re.compile(
    r"[가-힣A-Za-z]{1,12}?(?:이|가|에|을|를|로|으로)?\s?(?:걸린|걸렸던|앓는|앓던|앓은|있는|난|옮은|나온|도는|"
    r"확진된|하는)\s"
    r"(?:애|애들|아이|아이들|친구|친구들|사람|사람들|분|분들|학생|직원|동료|환자|어르신|할머니|할아버지)"
    r"(?:들)?(?:이|가|도|은|는|한테|에게|하고|랑|이랑)(?=\s)"
)
_HONOURED = re.compile(
    r"(?:하|으|이|가|오|드|아프|받으|되|돌아가|앓으|계)(?:셨|시고|시는|세요|십니다|신데)|(?:대요|댔|"
    r"래요|다던데)\s*[.?!]?$"
)

_RELATION: tuple[tuple[Guardian, str], ...] = (
    ("parent", r"(?:엄마|아빠|어미|애미|에미|어머니|아버지)"),
    ("grandparent", r"(?:할머니|할미|할아버지|외할머니)"),
    ("spouse", r"(?:아내|집사람|와이프|부인|안사람|남편|신랑|바깥양반)"),
    ("child", r"(?:큰|작은|막내|외)?\s?(?:딸|아들|자식)"),
    ("child_in_law", r"(?:큰|작은|막내)?(?:며느리|사위)"),
    ("grandchild", r"(?:외)?(?:손자|손녀|손주)"),
    ("sibling", r"(?:형|누나|언니|오빠|동생|여동생|남동생)"),
)
_TOLD_RELATION = [
    (
        relation,
        re.compile(
            rf"(?:^|[.,]\s*|제가\s|저는\s|네\s|보호자\s){words}(?:인데요?|이에요|예요|에요|입니다|이요|요|되는|"
            rf"라|인디|여유|이라예)"
        ),
    )
    for relation, words in _RELATION
]
_SPOUSE_SAYS = re.compile(
    r"(?:^|[\s,.])(?:이이|이\s?양반|우리 (?:집 )?(?:양반|영감)|여보|저희 남편|제 남편|우리 신랑|집사람|와이프|"
    r"제 아내)"
)


@dataclass(frozen=True, slots=True)
class _Named:
    """Somebody spoken of at ``start`` to ``end``."""

    start: int
    end: int
    who: Whose
    term: str | None = None


def whose(dialogue: Dialogue, turn: Turn, position: int) -> Whose:
    """Whom the words at ``position`` are about: the nearest person named as their subject, else the patient.

    A guardian's "엄마" of an adult patient is the patient, a mother's "제가" of a child is the mother; "어머님" from
    the clinician addresses who is there.
    """
    clause = turn.clause_at(position)
    if turn.is_patient_side and _OF_OTHERS.match(turn.text, position, clause.end):
        return Whose(Person.CONTACT, "주변 사람")
    named = named_persons(dialogue, turn)
    taken_back = _taken_back(turn, clause, position, named)
    if taken_back is not None:
        return taken_back.who
    found = (
        _last(named, clause.start, position)
        or _after(turn, clause, position, named)
        or _earlier_clause(turn, clause, named)
        or _carried_over(turn, turn.sentence_of(clause), named)
        or _asked_about(dialogue, turn, clause)
    )
    return found.who if found else PATIENT


def named_persons(dialogue: Dialogue, turn: Turn) -> list["_Named"]:
    """All persons that the turn speaks of as somebody to whom something can be the case, in order."""
    found: list[_Named] = []
    here = [(m.start(), m.end()) for m in _HERE.finditer(turn.text)] if turn.role == "guardian" else []
    they = [(m.start(), m.end()) for m in _THEY.finditer(turn.text)]
    selves = [(m.start(), m.end()) for m in _SELF.finditer(turn.text) if not _SPEAKERS_VIEW.match(turn.text, m.end())]
    found += [_Named(start, end, PATIENT) for start, end in here]
    found += [_Named(start, end, _speaker(dialogue, turn, start)) for start, end in selves]
    covered = [*here, *they]
    for mention in turn.of(Table.RELATIVES):
        if mention.nested or any(s < mention.end and mention.start < e for s, e in covered):
            continue
        if _is_subject(turn, mention):
            found.append(_Named(mention.start, mention.end, _who(dialogue, turn, mention), mention.row.term))
    pets = [m for m in _ANIMAL.finditer(turn.text) if turn.is_patient_side]
    found += [_Named(m.start(), m.end(), Whose(Person.CONTACT, "반려동물")) for m in pets]
    found = _chained(turn, sorted(found, key=lambda item: item.start))
    for start, end in they:
        before = [item for item in found if item.end <= start and item.who.person is not Person.PATIENT]
        found.append(_Named(start, end, before[-1].who if before else Whose(Person.CONTACT, "주변 사람")))
    return sorted(found, key=lambda item: item.start)


def _is_subject(turn: Turn, mention: Mention) -> bool:
    """Not with, through or for somebody: "회사 사람들이랑 굴을 먹었어요", "엄마가 가 보래서"."""
    after = turn.text[mention.end :]
    if _OWN_CONTEXT.match(after) or _BYSTANDER.match(after) or not _SUBJECT.match(after):
        return False
    if mention.row.term == "아이":
        return bool(re.match(r"(?:이|가|은|는|도)(?=[\s,])", after))
    return True


def _chained(turn: Turn, found: list[_Named]) -> list[_Named]:
    """ "아버님 형님이", "이 양반 어머니", "남편 친구가": one person, told through another."""
    kept: list[_Named] = []
    for item in found:
        before = kept[-1] if kept else None
        if before is None or turn.text[before.end : item.start].strip() not in ("", "의", "네"):
            kept.append(item)
            continue
        kept[-1] = _Named(before.start, item.end, _through(before.who, item, turn.text[item.start : item.end]))
    return kept


def _through(first: Whose, item: _Named, said: str) -> Whose:
    second = item.who
    if first.person is Person.PATIENT:
        return Whose(Person.RELATIVE if item.term in _BLOOD else Person.CONTACT, item.term or said)
    if Person.CONTACT in (first.person, second.person):
        return Whose(Person.CONTACT, f"{first.word} {said}")
    return Whose(Person.RELATIVE, f"{first.word}의 {said}" if second.word else first.word)


def _last(named: list[_Named], start: int, end: int) -> _Named | None:
    found = [item for item in named if start <= item.start and item.end <= end]
    return found[-1] if found else None


def _after(turn: Turn, clause: Clause, position: int, named: list[_Named]) -> _Named | None:
    """The person named after the disease: "위염은 저희 아빠가 심하시고", "당뇨는 친정아버지요"."""
    for item in named:
        if position < item.start < clause.end:
            between = turn.text[position : item.start]
            if not _AS_SUBJECT.match(turn.text, item.end) and not _PREDICATED.search(
                turn.text[position : item.end + 1]
            ):
                return None
            is_apart = re.search(r"[가-힣](?:라고|다고|는데|지만|니까|어서|아서|때문에)\s", between)
            return None if is_apart else item
    return None


def _earlier_clause(turn: Turn, clause: Clause, named: list[_Named]) -> _Named | None:
    """The subject goes on through the sentence, unless it came only after another disease ("당뇨는 아버지가 있고")."""
    for other in reversed([c for c in turn.sentence_of(clause) if c.end <= clause.start]):
        found = _last(named, other.start, other.end)
        if found is None:
            continue
        topics = (m for m in turn.of(Table.DIAGNOSES, Table.HISTORIES) if other.start <= m.start < found.start)
        was_after = any(re.match(r"(?:은|는|도|이야|야)\s", turn.text[m.end :]) for m in topics)
        speaks_on = found.who.person is Person.PATIENT or _goes_on(turn, clause)
        return None if was_after or not speaks_on else found
    return None


def _goes_on(turn: Turn, clause: Clause) -> bool:
    """No new topic that the speaker has of their own: "아버지가 당뇨 있으시고 혈압도 높으세요"."""
    return not re.search(r"제가|저는|저도|내가|나는", turn.words(clause))


def _taken_back(turn: Turn, clause: Clause, position: int, named: list[_Named]) -> _Named | None:
    """ "갑상선, 아니 그건 저희 언니고", "조영제… 아니다, 그건 아버지고": the person whom the words after it name."""
    end = turn.sentence_of(clause)[-1].end
    following = [c for c in turn.clauses if c.start >= end][:2]
    limit = following[-1].end if following and re.search(r"[…]\s*$|^\s*아니", turn.text[position:end]) else end
    match = _NOT_MINE.search(turn.text, position, limit)
    if match is None:
        return None
    if any(item.end <= position and item.start >= clause.start for item in named):
        return None
    return next((item for item in named if match.end() - 1 <= item.start <= match.end() + 6), None)


def _carried_over(turn: Turn, sentence: tuple[Clause, ...], named: list[_Named]) -> _Named | None:
    """A relative named in the sentence before, where this one goes on in honorifics: nobody honours oneself."""
    first = sentence[0]
    words = turn.sentence_text(first)
    if first.sentence and _NAMES_ONLY.match(words):
        return _of_the_one_before(turn, first, named)
    if turn.role != "patient" or not first.sentence:
        return None
    if _SELF.search(words) or not _HONOURED.search(words):
        return None
    before = [clause for clause in turn.clauses if clause.sentence == first.sentence - 1]
    return _last(named, before[0].start, before[-1].end) if before else None


def _of_the_one_before(turn: Turn, first: Clause, named: list[_Named]) -> _Named | None:
    """ "형님이 그걸로 쓰러지셨어요. 뇌경색.", "외할머니는 수술하셨고요. 암은 아니었어요": what another had."""
    before = [clause for clause in turn.clauses if clause.sentence == first.sentence - 1]
    if not before:
        return None
    one = [item for item in named if before[0].start <= item.start < before[-1].end]
    others = [item for item in one if item.who.person is not Person.PATIENT]
    words = turn.text[before[0].start : before[-1].end]
    goes_on = re.search(r"그걸로|그거로|그것 때문|그거 때문|그 병|똑같", words) or re.search(
        r"아니었", turn.sentence_text(first)
    )
    return others[0] if others and (goes_on or one[-1].who.person is not Person.PATIENT) else None


def _asked_about(dialogue: Dialogue, turn: Turn, clause: Clause) -> _Named | None:
    """ "어머니가 당뇨 있으셨죠?" – "네, 투석까지 하셨어요": the answer goes on with the relative asked about."""
    words = turn.sentence_text(clause)
    if turn.role != "patient" or clause.sentence > 1 or _SELF.search(words) or not _HONOURED.search(words):
        return None
    question = dialogue.question_before(turn)
    named = named_persons(dialogue, question) if question is not None else []
    return named[-1] if named and named[-1].who.person is not Person.PATIENT else None


# -- who the named are --------------------------------------------------------------------------------------------


def _who(dialogue: Dialogue, turn: Turn, mention: Mention) -> Whose:
    term = mention.row.term
    word = mention.surface if re.match(r"남동생|여동생", mention.surface) else term
    if turn.is_guessed:
        return Whose(Person.RELATIVE if term in _BLOOD else Person.CONTACT, word)
    if turn.role in ("clinician", "nurse"):
        return _clinicians(dialogue, turn, mention, word)
    if turn.role == "guardian" and dialogue.encounter.patient is not None:
        return _guardians(dialogue, mention, word)
    return Whose(Person.RELATIVE if term in _BLOOD else Person.CONTACT, word)


def _clinicians(dialogue: Dialogue, turn: Turn, mention: Mention, word: str) -> Whose:
    """ "어머님은 당뇨 있으세요?" addresses an older patient, "어머니가 당뇨 있으셨죠?" asks of the mother."""
    term = mention.row.term
    addressed = term in ("어머니", "아버지", "할머니", "할아버지") or (
        term in _CHILDREN and _years(dialogue) < _CHILD_YEARS
    )
    patient = dialogue.encounter.patient
    has_guardian = any(other.role == "guardian" for other in dialogue.turns)
    sex = "female" if term in _FEMALE else "male"
    is_old = patient is None or (patient.sex == sex and _years(dialogue) >= _ADDRESSED_YEARS)
    is_old = is_old and not re.match(r"(?:이|가|께서|도)\s", turn.text[mention.end :])
    if _DEAD.search(turn.text, mention.end, turn.sentence_of(turn.clause_at(mention.start))[-1].end):
        return Whose(Person.RELATIVE if term in _BLOOD else Person.CONTACT, word)
    if addressed and (has_guardian or is_old) and not _FAMILY_QUESTION.search(turn.text):
        return PATIENT
    return Whose(Person.RELATIVE if term in _BLOOD else Person.CONTACT, word)


def _guardians(dialogue: Dialogue, mention: Mention, word: str) -> Whose:
    term = mention.row.term
    relation = guardian_of(dialogue)
    if _is_patient(dialogue, mention, relation):
        return PATIENT
    if relation in ("parent", "grandparent"):
        is_kin = term in _BLOOD | _SPOUSES | _SPOUSES_KIN
        spouse = {"남편": "아버지", "아내": "어머니"}.get(term, word) if relation == "parent" else word
        return Whose(Person.RELATIVE if is_kin else Person.CONTACT, spouse)
    if relation == "spouse":
        is_kin = term in _SPOUSES_KIN | _CHILDREN or mention.surface in ("어머님", "아버님")
        return Whose(Person.RELATIVE if is_kin else Person.CONTACT, word)
    if relation in ("child", "child_in_law", "grandchild"):
        is_other_parent = term in ("어머니", "아버지") and relation == "child"
        is_kin = (term in _BLOOD and not is_other_parent) or (relation == "child_in_law" and term in _SPOUSES)
        return Whose(Person.RELATIVE if is_kin else Person.CONTACT, word)
    return Whose(Person.RELATIVE if term in _BLOOD else Person.CONTACT, word)


def _is_patient(dialogue: Dialogue, mention: Mention, relation: Guardian | None) -> bool:
    """Whether the guardian's word for somebody is the word for the patient: "엄마" of a daughter's mother."""
    patient, term, said = dialogue.encounter.patient, mention.row.term, mention.surface
    sex = "female" if term in _FEMALE else "male" if term in _MALE else None
    if patient is None or (sex is not None and patient.sex != sex):
        return False
    is_numbered = bool(re.match(r"큰|작은|첫째|둘째|셋째|막내|형아|쌍둥이", said))
    for terms, relations, years in _CALLED:
        if term in terms:
            fits = relation in relations and _years(dialogue) >= years
            return fits and not is_numbered and not said.startswith(("친정", "애", "아이 "))
    return False


def _speaker(dialogue: Dialogue, turn: Turn, start: int) -> Whose:
    """The speaker; a guardian speaks of themselves only where they do nothing for the patient ("제가 먹였어요")."""
    if turn.role != "guardian" or dialogue.encounter.patient is None:
        return PATIENT
    clause = turn.clause_at(start)
    if _ACTS_FOR_PATIENT.search(turn.sentence_text(clause)) or not _has_disease(turn, clause, start):
        return PATIENT
    relation = guardian_of(dialogue)
    words = {"parent": "부모", "grandparent": "조부모", "child": "자녀", "grandchild": "손주", "sibling": "형제자매"}
    if relation == "parent":
        told = " ".join(other.text for other in dialogue.turns if other.role in ("guardian", "clinician"))
        words["parent"] = "어머니" if re.search(r"엄마(?:예요|인데|입니다)|어머니[,\s]|어머님", told) else "부모"
    return Whose(Person.RELATIVE, words[relation]) if relation in words else Whose(Person.CONTACT, "보호자")


def _has_disease(turn: Turn, clause: Clause, start: int) -> bool:
    return any(start < m.start < clause.end for m in turn.of(Table.DIAGNOSES, Table.DRUG_CLASSES, Table.ALLERGENS))


def guardian_of(dialogue: Dialogue) -> Guardian | None:
    """What the guardian is to the patient, told outright or by how they speak of the patient; a child's is a parent."""
    said = [turn.text for turn in dialogue.turns if turn.role == "guardian"]
    is_child = dialogue.encounter.patient is not None and _years(dialogue) < _CHILD_YEARS
    for text in said:
        for relation, pattern in _TOLD_RELATION:
            if pattern.search(text) and not (is_child and relation in ("spouse", "child", "child_in_law")):
                return relation
    everything = " ".join(said)
    if is_child:
        is_older = re.search(r"(?:지|즈그|야|얘)\s?(?:에미|애미|애비|엄마|아빠)|애비가|에미가", everything)
        return "grandparent" if is_older else "parent"
    addressed = " ".join(turn.text for turn in dialogue.turns if turn.role in ("clinician", "nurse"))
    if re.search(r"따님|아드님", addressed) and not re.search(r"따님(?:은|한테)|아드님(?:은|한테)", addressed):
        return "child"
    if _SPOUSE_SAYS.search(everything):
        return "spouse"
    return (
        "child"
        if re.search(
            r"(?:^|[\s,.])(?:우리 |저희 )?(?:엄마|아빠|어머니|아버지|어머님|아버님)(?=[가는도이은\s])", everything
        )
        else None
    )


def _years(dialogue: Dialogue) -> int:
    patient = dialogue.encounter.patient
    return patient.age_on(dialogue.encounter.start.date()) if patient is not None else _GROWN_CHILD_YEARS


# -- questions ----------------------------------------------------------------------------------------------------


def asks_of_family(turn: Turn, position: int) -> bool:
    """ "가족 중에 우울증 앓으신 분 계세요?"."""
    clause = turn.clause_at(position)
    return bool(_FAMILY_QUESTION.search(turn.sentence_text(clause)))


def is_reported_by_family(turn: Turn, mention: Mention) -> bool:
    """ "아내가 코는 안 곤대요": the spouse tells of the patient."""
    sentence = turn.sentence_text(turn.clause_at(mention.start))
    reporter = re.match(r"\s*(?:저희\s|제\s|우리\s)?(?:아내|남편|와이프|집사람|신랑)(?:가|이)\s", sentence)
    return bool(reporter and re.search(r"(?:대요|댔어요|다고 해요|다고 하|다 하고|래요)\s*[.,]?\s*$|대요", sentence))
