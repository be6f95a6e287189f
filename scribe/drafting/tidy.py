"""Spoken details as they stand in a chart: without the words that open a sentence, and said once."""

import re
from functools import lru_cache

from scribe.drafting.charting import charted
from scribe.drafting.terms import TermIndex

_LEAD = re.compile(
    r"^(?:(?:아니(?:요|오)?|아뇨|네|예|음+|어+|아|자|그게|그니까|그러니까|그러면|그럼|그리고|그래서|참|저기|뭐|이제|일단|우선|"
    r"맞아요|맞습니다|좋아요|알겠어요|괜찮아요|혹시|혹시라도|만약(?:에)?|만일|특히|중요한 (?:건|거는|것은)요?|"
    r"(?:한 ?가지|하나) 더|다만|대신|아무튼|어쨌든|사실(?:은)?|솔직히(?: 말하면)?|제가|저는|저희(?:는)?|우리(?:는)?)"
    r"(?:[,·.]+\s*|\s+)|(?:없|있|했|그랬)(?:었|었었)?(?:어요|습니다)[,.]\s*|(?:그 ?)?(?:전이라도|사이(?:에)?) )+"
)
_SPOKEN_PLAN = re.compile(r"[^.?!]*(?:게요|까요|습니다만|보죠|볼까)[.?!]\s+")
_LIGHT = re.compile(r"(?<!\s안)(?<!\s못)(?<!^안)\s+(?:함|했음|있음|있었음|그럼|받음|됨|걸림|앓음|그랬음)$")
_DATIVE = "은는이가을를도로"
GENERIC = ("담배", "술", "접종", "약")  # what such a history is of, said before its detail
_DENIED = re.compile(r"^(?:(?:원래|전혀|평생|아예|일절|하나도|요즘|지금은?)\s)*(?:(?:안|못)\s\S+|없음)$")
_MISWRITTEN = (
    (re.compile(r"(?<=[지진질도는]) 마기(?=$|,)"), " 말기"),
    (re.compile(r"주무기(?=$|,)"), "주무시기"),
    (re.compile(r"(?P<how>(?:[분번]씩|조금씩|천천히|많이|빨리) )걸기(?=$|,)"), r"\g<how>걷기"),
    (re.compile(r"(?P<what>(?:결과|설명|얘기|말씀)[^,]*)\s들기$"), r"\g<what> 듣기"),
)
_TWICE = re.compile(r"^(?P<sound>[가-힣]{2})(?P=sound)")
_SOUND = re.compile(r"^(?P<root>[가-힣]{1,2}[릿끔끈큰신뜩찔])(?:하|해|거리|거려)[가-힣]*$")  # "찌릿하고", "욱신거려요"
_TIME_NOUN = re.compile(r"^(?P<when>.*(?:아침|점심|저녁|밤|새벽|낮|오전|오후))(?:이)?\s?(?:되|돼|된)[가-힣]*$")
_IF = re.compile(r"(?<=[가-힣])(?:믄|면은|문)$")
_LENGTH = re.compile(r"(?:\d|몇|반|한|두|세|네)\s?(?:시간|일|주일?|개월|달|년)$")
_TAKING = ((re.compile(r"먹고 있음$"), "복용 중"), (re.compile(r"드시고 있음$"), "복용 중"))
_HONORIFIC = ((re.compile(r"드시기(?=$|,)"), "먹기"), (re.compile(r"주무시(?=지|기|면)"), "자"))
_PROMISE = re.compile(r"\s?(?:하실|할|하게 되실|하셔야 할) (?:거예요|거에요|겁니다|것입니다|예정이에요|예정입니다)$")


def without_lead(text: str) -> str:
    """``text`` without the words that only open a spoken sentence ("아, ", "중요한 건, ", "네, 그리고 ")."""
    return _LEAD.sub("", text.strip()) or text.strip()


@lru_cache(maxsize=4096)
def noted(text: str) -> str:
    """A spoken detail in chart style: opening words and announcements left out, the last predicate made nominal."""
    said = _SPOKEN_PLAN.sub("", text.strip()) or text.strip()
    who, colon, rest = said.partition(": ")
    said = f"{who}: {without_lead(rest)}" if colon and len(who) <= 8 else without_lead(said)
    told = charted(said.rstrip("."))
    for pattern, words in _TAKING:
        told = pattern.sub(words, told)
    told = re.sub(r"(?<=[가-힣])이?요$", "", _PROMISE.sub("", told))
    return _without_too(told)


def _without_too(told: str) -> str:
    """ "림프절도 안 만져짐" denies one thing among others: here it stands alone."""
    for word in reversed(TermIndex.load().morphemes(told)):
        after = told[word.end :]
        if (word.form, word.tag) == ("도", "JX") and re.match(r" (?:없음|안 |못 )", after):
            told = told[: word.start] + after
    return told


def only_denies(detail: str) -> bool:
    """Whether a detail adds nothing to a denial ("담배 원래 안 함" of "현재 비흡연")."""
    return _DENIED.fullmatch(without_name(detail, *GENERIC)) is not None


def only_repeats(detail: str, name: str) -> bool:
    """Whether a detail says the name's own event and no more ("결국 수술함" of "수술 이력", "또 입원함")."""
    words = name.removesuffix(" 이력").split()
    left = re.sub(rf"{re.escape(words[-1])}[을를]?\s?(?:함|받음|했음|감)$", "", detail).strip()
    return left != detail and left in ("", "또", "로", "결국", "그때", "그땐", "그 때", "한번", "한 번")


def without_name(detail: str, *names: str) -> str:
    """A detail without the name that stands before it and a predicate that then says nothing ("함", "있음").

    "맹장 수술을 고등학교 때 함" of "맹장 수술" is "고등학교 때"; a detail that is nothing else comes back whole.
    """
    left = detail
    for name in filter(None, names):
        left = re.sub(rf"(?:^|(?<=[\s,])){re.escape(name)}[{_DATIVE}]?(?:\s+|$)", "", left).strip(" ,")
    if not left or left == detail:
        return detail
    return _LIGHT.sub("", left) or detail


def quality_of(quality: str) -> str:
    """How a symptom feels, without its ending: "시큰시큰해서" is "시큰시큰", "찌릿하고" "찌릿", "쑤셔요" "쑤심"."""
    twice, sound = _TWICE.match(quality), _SOUND.match(quality)
    if twice or sound:
        return twice[0] if twice else sound["root"] if sound else quality
    return quality.removesuffix("이") if quality.endswith("듯이") else charted(quality)


def relation_of(relation: str) -> str:
    """What brings a symptom on: "기침하믄" is "기침하면", "저녁 되믄" is "저녁에"."""
    when = _TIME_NOUN.match(relation)
    return f"{when['when']}에" if when else _IF.sub("면", relation)


def length_of(duration: str) -> str:
    """A duration as charts write it: "3개월" is "3개월간"."""
    return f"{duration}간" if _LENGTH.search(duration) else duration


def advised(advice: str) -> str:
    """Advice without opening words and honorifics: "맞아요, 술은 드시지 않기" is "술은 먹지 않기"."""
    told = mended(without_lead(advice))
    for pattern, words in _HONORIFIC:
        told = pattern.sub(words, told)
    return told if told.endswith("기") else noted(told)


def mended(advice: str) -> str:
    """Nominal forms that no Korean writes, as they are written: "따지도 마기" is "따지도 말기"."""
    for pattern, written in _MISWRITTEN:
        advice = pattern.sub(written, advice)
    return advice


def is_adnominal(word: str) -> bool:
    """Whether a word stands before a noun as it is: "맑은", "누런"."""
    morphemes = TermIndex.load().morphemes(word)
    return " " not in word and bool(morphemes) and morphemes[-1].tag == "ETM"
