"""What the patient is told to do, other than taking medicine."""

import re

from scribe.domain.entries import Advice
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.extract.dosing import drug_mentions
from scribe.drafting.extract.wording import covers, instruction, tidy
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import DOSE_UNITS, find_quantities
from scribe.drafting.terms import Mention
from scribe.drafting.times import find_frequency, find_periods

IMPERATIVE = re.compile(
    r"(?:세요|시고요?|시구요|마세요|마시고요?|말고요?|셔야 (?:돼|되|합|해)[가-힣]*|시면 (?:돼|됩|"
    r"좋)[가-힣]*|시는 게 좋[가-힣]*|"
    r"도록 하[가-힣]*|지 말[가-힣]*|셔도 (?:돼|됩)[가-힣]*|(?:으|하)세요)\s*[.!]?\s*$"
)
_NOT_ADVICE = re.compile(
    r"보세요|보시(?:고|겠)|보실|들어오|앉으|누우|누워|벗|내밀|기다리|나가(?:시|세)|수납|오세요|오시|"
    r"오셔|봬|가세요|가시고|가셔|안녕|말씀해|말씀하|걱정|움직여|쉬어 ?보|"
    r"숨|아 해|괜찮으세요|어떠세요|있으세요|계세요|하셨|주시고$|주세요\.?$|들어가세요|힘내|힘드|"
    r"그러시|좋으시|잘하셨|이쪽|올라가|돌아|눕|대 보|펴|굽|"
    r"따라|잡아|예약하|찍고|맞으세요|맞으시|받으시고 오|네요|시네|확인하"
)
_ADVICE_WORDS = re.compile(
    r"지 마|지 말|피하|조심|주의|줄이|쉬[세시]|씻|끼[고세시]|자주|매일|금지|삼가|충분히|천천히|운동|"
    r"산책|걷|마스크|드세요|드시|먹이|마시|하세요|하시|"
    r"쓰세요|쓰시|바르|적어|재 ?서|재시|재세|신[으고]|대세요|눕히|끊|"
    r"일어나|주무|주의|관리|유지|환기|가습|스트레칭|찜질|올려|남기|표시|들여다|신경|풀|빨아|끝까지|지키|챙기"
)
_NO_REQUEST_END = re.compile(r"(?:네요|군요|거예요|거네요|겠네요|구나|거죠)\s*[.!]?\s*$")
_TAKE = re.compile(r"드시|드세|먹이|먹여|드셔|복용|바르|발라|쓰시|쓰세|넣으|뿌리|맞으")
_FOOD = re.compile(
    r"물|수분|음료|보리차|우유|커피|녹차|술|막걸리|소주|맥주|밥|음식|식사|끼니|죽|국|반찬|과일|채소|야채|고기|"
    r"단백질|간식|분유|모유|이유식|소금|섬유"
)
_FORBIDS = re.compile(r"지\s?(?:마|말)|(?:으면|면)\s?안")
_BY_MEALS = re.compile(
    r"(?:밥|식사|음식)(?:을|를)?\s?(?:먹|드시|하시?)(?:고|기|은|신)|(?:아침|점심|저녁)?\s?식사\s?(?:직후|직전|후|전)"
)
_OF_DRINKS = frozenset({"mL", "L", "g", "스푼"})
_AMOUNT_WORD = re.compile(
    r"(?:한|두|세|네|반)\s?(?:번|판|알|정|포|봉|개)|하나|둘|일\s?동안|주\s?동안|식후|식전|하루|공복|자기 전|"
    r"(?:아침|점심|저녁|밤)(?:에|마다|으로|\s저녁)|직후|직전|분\s?(?:있다|이따|뒤|후|전)"
)
_LIGHT = frozenset(
    {"들", "드시", "드세", "되", "그렇", "이렇", "그러", "먹", "먹이", "하", "쓰", "마시", "복용하", "계시", "있"}
)
_EMPTY_WORDS = frozenset(
    {"가지", "하나", "둘", "아침", "점심", "저녁", "밤", "식후", "식전", "번", "개", "알", "것", "거", "때", "약",
     "이것", "그것", "이거", "그거", "분", "시간", "일", "하루", "매일", "우리", "오늘", "내일", "지금", "정도"}
)  # fmt: skip
_EMPTY_ADVERBS = frozenset(
    {"같이", "그냥", "그대로", "계속", "매일", "다시", "꼭", "또", "다", "이렇게", "그렇게", "그럼", "일단"}
)


_EXAM = re.compile(
    r"숨을? |아 해|누우|누워|내밀|눕|움직여|쉬어 ?보|굽|펴 ?보|들어 ?보|돌려 ?보|걸어 ?보|대 ?보|말씀|앉으|들어오"
)


def advice_in(turn: Turn, clauses: list[Clause]) -> list[Advice]:
    """The advice among the clauses of one sentence.

    How a medicine is taken is never advice, nor is an imperative without content; of text that a machine wrote only
    what the lexicon knows as advice.
    """
    found: list[Advice] = []
    start: int | None = None
    for clause in clauses:
        words = turn.words(clause)
        begin = clause.start if start is None else start
        if clause.link in ("if", "because", "but", "or") or (
            clause.link == "and" and not IMPERATIVE.search(words.rstrip(" ,."))
        ):
            start = begin
            continue
        start = None
        if _is_advice(turn, begin, clause):
            found.append(_entry(turn, begin, clause))
    return found


def _is_advice(turn: Turn, begin: int, clause: Clause) -> bool:
    words, whole = turn.words(clause), turn.text[begin : clause.end]
    text = words.rstrip(" ,.!")
    if text.endswith("고") and _NO_REQUEST_END.search(turn.sentence_text(clause)):
        return False
    if re.search(r"(?:표정|말씀|걸음)(?:이|은|는)", whole) or not IMPERATIVE.search(text) or len(tidy(whole)) < 5:
        return False
    if is_dose_sentence(whole) or _is_empty(turn, begin, clause.end) or _EXAM.search(text):
        return False
    if turn.is_recognised:
        return _is_understood(turn, begin, clause)
    if re.search(r"보세요|보시고|주세요|주시고", text):
        return bool(_backing(turn, begin, clause.end))
    return not _NOT_ADVICE.search(text) and bool(_ADVICE_WORDS.search(text)) and not _is_about_medicine(turn, clause)


def _is_understood(turn: Turn, begin: int, clause: Clause) -> bool:
    """A known advice that makes up at least half of the words, or a known medicine that is not to be taken."""
    words = turn.text[begin : clause.end]
    named = any(m.how == "exact" and begin <= m.start < clause.end for m in drug_mentions(turn))
    if named:
        return bool(_FORBIDS.search(turn.words(clause)))
    known = any(covers(mention, words, 0.5) for mention in _backing(turn, begin, clause.end))
    return known and not _is_about_medicine(turn, clause)


def is_request(turn: Turn, start: int, end: int) -> bool:
    """The listener is asked to do something at home: not to breathe in, not to come again, and not nothing."""
    text = turn.text[start:end].rstrip(" ,.!")
    if not IMPERATIVE.search(text) or _EXAM.search(text) or _NOT_ADVICE.search(text):
        return False
    return not _is_empty(turn, start, end)


def _backing(turn: Turn, start: int, end: int) -> list[Mention]:
    """The advice of the lexicon that the words hold."""
    return [mention for mention in turn.of(Table.ADVICE) if start <= mention.start < end and not mention.negated]


def _is_about_medicine(turn: Turn, clause: Clause) -> bool:
    words = turn.words(clause)
    text = words.rstrip(" ,.!")
    named = any(clause.start <= mention.start < clause.end for mention in drug_mentions(turn))
    if named and not re.search(r"지 마|지 말|쉬|같이", text):
        return True
    amounts = [quantity for quantity in find_quantities(words) if quantity.unit in DOSE_UNITS]
    if amounts and re.search(r"드시|드세|먹이|복용", text) and find_frequency(words):
        return True
    is_dosing = re.search(r"(?:그대로|계속|하루|식후|식전|자기 전|아침|저녁)", words) and re.search(
        r"(?:약|[가-힣]+정|알)[을를도은는]?\s", words
    )
    return bool(is_dosing and re.search(r"드시고$|드세요$|드시면", text) and not turn.of(Table.ADVICE))


def is_dose_sentence(words: str) -> bool:
    """How a medicine is taken is never advice, whatever else is in the sentence: an order holds it, or nothing does."""
    units = {quantity.unit for quantity in find_quantities(words) if quantity.unit in DOSE_UNITS}
    if units - _OF_DRINKS:
        return bool(_TAKE.search(words) or _FORBIDS.search(words))
    if not _TAKE.search(words) or _FORBIDS.search(words) or _FOOD.search(_BY_MEALS.sub(" ", words)):
        return False
    return bool(units or find_periods(words) or _AMOUNT_WORD.search(words) or re.search(r"\d", words))


def _is_empty(turn: Turn, start: int, end: int) -> bool:
    """ "같이 드세요", "네 가지 드세요": an imperative that says of nothing what to do with it."""
    for here in turn.morphemes:
        if not start <= here.start < end:
            continue
        if here.tag in ("NNG", "NNP", "XR", "SL") and here.form not in _EMPTY_WORDS:
            return False
        if here.tag in ("VV", "VA") and here.form not in _LIGHT:
            return False
        if here.tag == "MAG" and here.form not in _EMPTY_ADVERBS:
            return False
    return True


def _entry(turn: Turn, begin: int, clause: Clause) -> Advice:
    words = turn.text[begin : clause.end]
    return Advice(id="", name=instruction(words), evidence=(turn.evidence(begin, clause.end),), confidence=0.75)


def distinct(found: list[Advice]) -> list[Advice]:
    """One of each name."""
    return list({entry.name: entry for entry in found}.values())
