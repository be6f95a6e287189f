"""Functions said to be fine, which denies their symptom, and blood told by its place alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.entries import Evidence, SymptomStatus
from scribe.drafting.assertion import Person, is_asked, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.times import Period


@dataclass(frozen=True, slots=True)
class Inferred:
    """A symptom that the words name only together with the question, or by what is fine."""

    term: str
    status: SymptomStatus
    turn: Turn
    evidence: tuple[Evidence, ...]
    period: Period | None = None


# what is fine, how it is said, and the symptom that there is not
_FINE = (
    (
        re.compile(r"(?:잠|자는 (?:건|거|것))(?:은|는|도|이)?\s(?:[가-힣]+\s){0,2}?(?:잘\s?(?:자|주무|잤|들)|자긴 자)"),
        "불면",
    ),
    (
        re.compile(
            r"(?:밥|식사|젖|분유|먹는 (?:건|거|것))(?:은|는|도|을|를|이)?\s(?:[가-힣]+\s){0,2}?잘\s?(?:먹|드시|"
            r"드세|드셔|하|해|빨)|"
            r"(?:^|[\s,.])잘 먹고\s*,?\s*$|"
            r"(?:입맛|식욕)(?:은|는|도|이)?\s(?:[가-힣]+\s){0,2}?(?:그대로|괜찮|좋|있|돌아)"
        ),
        "식욕부진",
    ),
    (
        re.compile(
            r"(?:체중|몸무게|살)(?:은|는|도|이)?\s(?:[가-힣]+\s){0,2}?"
            r"(?:그대로|변함없|변화(?:는|가|도)? ?없|똑같|안 빠|비슷|유지)"
        ),
        "체중 감소",
    ),
    (
        re.compile(r"(?:소변|오줌) ?(?:양|량)(?:은|는|도)?\s(?:[가-힣]+\s){0,1}?(?:그대로|괜찮|비슷|똑같|충분|잘)"),
        "소변량 감소",
    ),
)
# a function asked after, whose affirmation denies the symptom and whose denial tells it
_ASKED = (
    (re.compile(r"(?:아기|애기|태동|아이)[가-힣]*\s(?:[가-힣]+\s)?(?:잘|많이) (?:놀|움직)|태동은"), "태동 감소"),
    (re.compile(r"잠은[^?]{0,6}잘 (?:자|주무)|잘 주무(?:세요|셨|시나)"), "불면"),
    (re.compile(r"(?:식사|밥)(?:은|는|도)?[^?]{0,6}잘 (?:드|하|먹)|잘 (?:드세요|드시나|드시죠|먹나)"), "식욕부진"),
    (re.compile(r"(?<![소])(?:대?변|배변)(?:은|는|도)?[^?]{0,6}잘 (?:보|봐)"), "변비"),
)
_AFFIRMS = re.compile(r"^\s*(?:네|예|응|그럼|잘|괜찮|엄청|아주|너무 잘|그대로|많이|계속)(?=[\s,.]|요|[가-힣])")
_DENIES = re.compile(r"^\s*(?:아니|아뇨|잘 (?:못|안)|별로|영|통|못|안|거의)(?=[\s,.]|[가-힣])|잘 (?:못|안)")
_CONCESSION = re.compile(r"(?:는데|은데|지만|기는|긴)\s*,?\s*$")
_MEDICINE = re.compile(r"약|영양제|술|담배|커피")

_BLOOD_ASKED = re.compile(r"(?<![가-힣])피(?:가|는|나|도|\s)|출혈|코피|멍")
_PLACES = (
    (re.compile(r"(?<![가-힣])잇몸"), "잇몸 출혈"),
    (re.compile(r"(?<![가-힣])코(?:에서|는|도)"), "코피"),
    (re.compile(r"(?<![가-힣])(?:소변|오줌)"), "혈뇨"),
    (re.compile(r"(?<![가-힣])(?:대변|변)(?:은|는|도|에)"), "혈변"),
    (re.compile(r"(?<![가-힣])가래"), "객혈"),
    (re.compile(r"변 볼 때|똥 눌 때"), "혈변"),
)
_BLEEDS = re.compile(r"(?:나요|나고|나긴|났|비쳐|비치|묻어|묻었|섞여|나와|보여)(?![가-힣]*\s?(?:않|없))")
_CLEAN = re.compile(r"깨끗|맑|괜찮|멀쩡|정상|없|안 (?:나|비|묻|보)|않")


def functions(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    """ "잠은 잘 자요" has no insomnia; "아기는 잘 놀아요?" – "엄청 차요" no loss of movement."""
    for clause in turn.clauses:
        words = turn.words(clause)
        if clause.link == "if" or is_asked(clause) or _MEDICINE.search(words) or _CONCESSION.search(words):
            continue
        for pattern, term in _FINE:
            match = pattern.search(words)
            if match and whose(dialogue, turn, clause.start + match.start()).person is Person.PATIENT:
                yield Inferred(term, "absent", turn, _evidence(dialogue, turn, clause))
    yield from _asked_after(dialogue, turn)


def _asked_after(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    question = dialogue.question_before(turn)
    if question is None:
        return
    last = [clause for clause in question.clauses if clause.is_question][-1]
    words = question.sentence_text(last)
    status: SymptomStatus | None = (
        "present" if _DENIES.search(turn.text) else "absent" if _AFFIRMS.match(turn.text) else None
    )
    if status is None or _MEDICINE.search(words):
        return
    for pattern, term in _ASKED:
        if pattern.search(words):
            yield Inferred(term, status, turn, _evidence(dialogue, turn, turn.clauses[0]))


def bleeding_places(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    """ "피 나는 건요?" – "잇몸에서 좀 나요. 소변은 깨끗해요"."""
    question = dialogue.question_before(turn)
    if question is None or turn.is_guessed or not _BLOOD_ASKED.search(question.text):
        return
    for clause in turn.clauses:
        words = turn.words(clause)
        places = [term for pattern, term in _PLACES if pattern.search(words)]
        asked = [term for pattern, term in _PLACES if pattern.search(question.text)]
        if len(places) != 1 or clause.link == "if" or is_asked(clause) or "피" in words:
            continue
        if _CLEAN.search(words) and places[0] in asked:
            yield Inferred(places[0], "absent", turn, _evidence(dialogue, turn, clause))
        elif _BLEEDS.search(words):
            yield Inferred(places[0], "present", turn, _evidence(dialogue, turn, clause))


def _evidence(dialogue: Dialogue, turn: Turn, clause: Clause) -> tuple[Evidence, ...]:
    """The clause, after the last question where the turn answers one."""
    answer = turn.evidence(clause.start, clause.end)
    question = dialogue.question_before(turn)
    asked = [one for one in question.clauses if one.is_question] if question else []
    return (question.evidence(asked[0].start, asked[-1].end), answer) if question and asked else (answer,)
