"""What the patient is told to do, other than taking medicine."""

import re

from scribe.domain.entries import Advice
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.extract.directives import Directive, directive_of, is_of_daily_life, tells_only
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
# moving through the clinic and the examination, visits (another kind), politeness, and what is asked of colleagues
_NOT_ADVICE = re.compile(
    r"(?:들어오|앉으세|앉으시|누우세|누우시|누워|벗으|내밀|기다리|나가세|나가시|수납|접수|"
    r"봬|안녕|걱정|괜찮으세요|"
    r"어떠세요|있으세요|계세요|하셨|들어가세요|힘내|힘드|그러시|좋으시|잘하셨|이쪽|올라가|돌아|대 보|굽히|펴 |"
    r"따라 |예약|(?<!동영상 )(?<!사진 )찍으|"
    r"체크해|콜해|불러 주|네요|시네|확인하|들르|뵐|뵙|봅시다|보죠|그렇게 하세요|조심히|가지세요|읽어 보)"
)
# coming back with something in the hand is advice; coming back alone is a visit
_COME = re.compile(
    r"(?<![가-힣]어 )(?<![가-힣]아 )(?<!적어 )(?<!담아 )(?<!가져)(?<!챙겨 )(?<!들고 )(?<!재 )(?<!써 )(?:오세요|"
    r"오시|오셔|와요|와야|오고)"
)
_GO = re.compile(r"(?:가세요|가시고|가셔|가시면|가야|갈게|받으시고|하고 가|뽑고|찍고|받고)\s?[가-힣]{0,3}\s*[.!]?\s*$")
_TELL = re.compile(r"말씀하|말하|알려|전화|연락|콜")
_TELL_WHOM = re.compile(
    r"(?:한테|께|에게|(?:의사|약사|간호사|병원|치과|의원|선생님)[가-힣]*)\s[^.]*(?:말씀하|말하|알리|알려|보여)|"
    r"(?:미리|먼저)\s[^.]{0,6}말"
)
_TRY = re.compile(r"(?<!들여다)(?<!지켜)보(?:세요|시고|실|시면|셔야)")
_GIVE = re.compile(r"주세요|주시고|주시면|주셔야")
_OF_STAFF = re.compile(
    r"(?:체크|연락|전화|콜|보고|준비|확인|투여|모니터|측정|기록|드려|잡아|연결|불러|떼|달아|놔|나가|"
    r"예약)[가-힣]*\s?(?:해\s)?주|선생님, "
)
_TAKE = re.compile(r"드시|드세|먹이|먹여|드셔|복용|바르|발라|쓰시|쓰세|넣으|뿌리|맞으")
_FOOD = re.compile(
    r"(?<![눈콧약])물|수분|음료|보리차|우유|커피|녹차|술|막걸리|소주|맥주|밥|음식|식사|끼니|죽|국|반찬|과일|"
    r"채소|야채|고기|"
    r"단백질|간식|분유|모유|이유식|소금|섬유"
)
_FORBIDS = re.compile(r"지\s?(?:마|말)|(?:으면|면)\s?안")
_BY_MEALS = re.compile(
    r"(?:밥|식사|음식)(?:을|를)?\s?(?:먹|드시|하시?)(?:고|기|은|신)|(?:아침|점심|저녁)?\s?식사\s?(?:직후|직전|후|전)"
)
_CARE = re.compile(
    r"재(?:서|시|세|고)|측정|세척|가글|걷|걸으|찜질|운동|씻|헹|닦|마사지|보습|로션|목욕|샤워|기침|심호흡|적어|"
    r"체중|소변|"
    r"눌러|올려|눕|쉬"
)
_MEDICINE_FORM = re.compile(r"\s(?:알|정|포|캡슐)씩|밀리(?:그램)?\s|연고|약[을은]")
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
    r"힘 빼|내쉬|들이마시|턱 |이마|주먹|숨을? |아 해|누우|누워|내밀|(?<!옆으로 )눕|움직여 ?보|쉬어 ?보|굽|"
    r"펴 ?보|들어 ?보|벗어 ?보|걷어 ?보|내려 ?보|벌려 ?보|올려 ?보|"
    r"돌려 ?보|걸어 ?보|"
    r"대 ?보|말씀|앉으|들어오"
)


def advice_in(turn: Turn, clauses: list[Clause], *, instructing: bool = True, concluding: bool = True) -> list[Advice]:
    """The advice among the clauses of one sentence.

    How a medicine is taken is never advice, nor is an imperative without content; of text that a machine wrote only
    what the lexicon knows as advice.  Bare phrases count only where the clinician is ``instructing``; before the
    consultation is ``concluding`` only known advice counts, because the rest is said to examine.
    """
    found: list[Advice] = []
    start: int | None = None
    for clause in clauses:
        begin = clause.start if start is None else start
        kind = directive_of(turn, begin, clause)
        if clause.link in ("if", "because", "but", "or") or kind is None:
            start = begin if clause.link != "end" else None
            continue
        if kind is Directive.BAN and _has_instead(turn, clauses, clause):
            start = begin
            continue
        holds = _holds(turn, clauses, clause, kind, instructing)
        if kind is Directive.LISTED and not holds and clause.link != "end":
            start = begin
            continue
        start = None
        if holds and _is_advice(turn, begin, clause, kind):
            bans = kind is Directive.BAN and re.search(r"드시지|먹지|쓰지|피우지|바르지|맞지|끊지", turn.words(clause))
            if not (concluding or bans or _backing(turn, begin, clause.end)):
                continue
            found.append(_entry(turn, begin, clause))
    return found


def _holds(turn: Turn, clauses: list[Clause], clause: Clause, kind: Directive, instructing: bool) -> bool:
    """Whether the form asks here: a bare phrase, or a 고 that hangs on a sentence that only tells, may not."""
    if kind not in (Directive.LISTED, Directive.PHRASE):
        return not (_hangs_on(turn, clause) and tells_only(turn.sentence_text(clause)))
    if turn.is_recognised or not (instructing or _INSISTS.search(turn.sentence_text(clause))):
        return False
    if clause is clauses[-1]:
        return True
    last = directive_of(turn, clauses[-1].start, clauses[-1])
    return last is not None or (_is_set_apart(turn, clause) and not _NOTICED.search(turn.sentence_text(clause)))


def _has_instead(turn: Turn, clauses: list[Clause], clause: Clause) -> bool:
    """ "통에 들어가지 말고 샤워로 하세요": what is banned and what is done instead are one advice."""
    following = next((other for other in clauses if other.start >= clause.end), None)
    if following is None or not re.search(r"(?<!망설이)(?<!참)(?<!놀라)지\s?말고\s*$", turn.words(clause)):
        return False
    instead = turn.words(following)
    return directive_of(turn, following.start, following) is Directive.REQUEST and not re.search(r"[은는도]\s", instead)


# "집에서는 …", "… 천천히", "꼭 먼저 …": said to the listener even where nothing else is asked for
_INSISTS = re.compile(r"(?:집에서는|집에선|집에서도|댁에서는|댁에선|꼭|절대)\s|천천히[\s.,]*$")
# what the clinician sees or hears of: "잘 드시고, 살도 빠지셨네요"
_NOTICED = re.compile(r"(?:네요?|군요|구나|거든요|잖아요|셨어요|셨죠|겠네요|습니다|더라고요|었어요|았어요)[\s.!]*$")


def _is_set_apart(turn: Turn, clause: Clause) -> bool:
    before = turn.text[turn.sentence_of(clause)[0].start : clause.end]
    return before.rstrip().endswith(("고,", "고요,")) and is_of_daily_life(before)


def _hangs_on(turn: Turn, clause: Clause) -> bool:
    """A 고 that only lists what is told; a ban, or a request of daily life before a comma, asks by itself."""
    words = turn.words(clause).rstrip(" ,.")
    if clause.link != "and" or not words.endswith(("고", "고요")) or re.search(r"지\s?(?:마시|말)고요?$", words):
        return False
    return not (_is_set_apart(turn, clause) and "시고" in words and not _NOTICED.search(turn.sentence_text(clause)))


def _is_advice(turn: Turn, begin: int, clause: Clause, kind: Directive) -> bool:
    words, whole = turn.words(clause), turn.text[begin : clause.end]
    text = words.rstrip(" ,.!")
    if (
        re.search(r"(?:표정|말씀|걸음)(?:이|은|는)", whole)
        or len(tidy(whole)) < 5 - 2 * ("금식" in whole)
        or _NOT_TOLD.search(text.strip())
        or _UNWILLED.search(whole)
    ):
        return False
    known = bool(_backing(turn, begin, clause.end))
    if not known and not _is_of_listener(turn, whole, text, kind):
        return False
    if (
        is_dose_sentence(whole)
        or _is_empty(turn, begin, clause.end)
        or (_EXAM.search(text) and kind is not Directive.BAN and not _AT_HOME.search(whole))
    ):
        return False
    if turn.is_recognised:
        return bool(IMPERATIVE.search(text)) and _is_understood(turn, begin, clause)
    if _is_errand(text, whole, kind) or _names_test(turn, clause) or _is_arranged(turn, begin, clause):
        return False
    return not _is_about_medicine(turn, clause)


_BODY_TRIED = re.compile(
    r"(?:^|\s)(?:손|눈|발|머리|고개|팔|다리|입|혀|귀|코|목|어깨|무릎|허리|엉덩이|손가락|발가락)(?:을|를|은|도|만)?\s"
    r"[^.]{0,14}보(?:세요|시고요?|실게요)"
)
# "관절약은 그냥 중지하세요", "오늘부터 끊으셔야 돼요": the stop of a medicine is an order
_STOPPED = re.compile(
    r"(?:제|약|정)(?:은|는|면|을|를|도)?\s(?:[가-힣]+\s){0,5}(?:끊으세요|끊으시고|끊으셔야|중지하|중단하)|"
    r"(?:제|약|정)(?:은|는)\s[^.]*까지만\s(?:드시|먹|쓰)|"
    r"^\s*(?:오늘|지금|내일|이제)(?:부터|은)?\s(?:바로\s)?(?:끊|드시지|쓰지|절대 안)"
)
_STOPPED_NOW = re.compile(r"(?:이제|오늘|내일|당분간|이틀|사흘|일주일)[가-힣]*\s.*(?:끊|드시지|쓰지|먹지)")
_DOSED = re.compile(r"하루\s[가-힣]{1,2}\s번,|[일이삼사오]\s(?:주|일)치|씨씨")
_NAMELESS = re.compile(r"^(?:[^,]*(?:니까|서)\s)?(?:그건|그거|그것은|이건|이거)(?:은|는)?\s(?!피하|조심|삼가)")
_VISITED = re.compile(
    r"(?:과|순환기|소화기|호흡기|클리닉|센터|외래|병원|의원|치과)(?:에서|에|로|랑)\s.*(?:받|상담|상의|하시죠|"
    r"검사|보셔|봐야|"
    r"보세|확인|진료|"
    r"가 ?[봐보])|과\s(?:상담|진료|외래)|의뢰서|진단서|소견서|평가지"
)


def _is_arranged(turn: Turn, begin: int, clause: Clause) -> bool:
    """Said of the examination, of another clinic, of tests, drips or drugs that are given: no habit of the listener."""
    whole = turn.text[begin : clause.end]
    if _BODY_TRIED.search(whole.rstrip(" ,.")) and not re.search(r"매일|집에서|자주|하루", whole):
        return True
    if _VISITED.search(whole) and not _backing(turn, begin, clause.end):
        return True
    said = whole.strip(" ,.")
    named = any(begin <= mention.start < clause.end for mention in drug_mentions(turn))
    if named and _DOSED.search(said) and not re.search(r"세척|가글|헹구", said):
        return True
    if _STOPPED.search(said) or _NAMELESS.search(said):
        return True
    if _STOPPED_NOW.search(said) and named:
        return True
    text = turn.words(clause).rstrip(" ,.!")
    ordered = drug_mentions_between(turn, whole)
    return (
        ordered
        and bool(re.search(r"(?:받으|맞으|발라 주|놔 주|주)(?:세요|시고요?|셔야)", text))
        and not _FORBIDS.search(text)
    )


_AT_HOME = re.compile(_TELL_WHOM.pattern + r"|집에서|매일|하루|시간마다|[한두세네열]\s번")
# what a body does, or what need not be done, is no advice
_UNWILLED = re.compile(
    r"(?:안심하|내려|올라|떨어져|높아|낮아|커져|내려가|올라가)(?:면|도)\s?(?:절대\s)?(?:안|돼|됩)|"
    r"안\s(?:하셔|해|맞으셔|내려|찍어|받으셔)도\s|입원하|결과[^.]*들으|(?:항생제|항암|수술|시술|주사)[^.]*(?:게|"
    r"편이) 좋"
)
_NOT_TOLD = re.compile(
    r"(?:밥|식사|끼니)[을를]?\s?(?:먹|드시|하시?)고$|얼마나|어떻게|그때(?!까)|다음에|다음번|"
    r"(?:않으|없으|틀리|모르|떨리|가렵|나오|보이|들리|아프)(?:시고요?|세요|시구요)$|[봐뵈]\s?주(?:세요|시)|"
    r"얘기합|결정합|정합|생각합|시작합|"
    r"^(?:참지|기다리지|망설이지|미루지|그냥 계시지)\s?(?:말|마)|안심하|걱정|안 [가-힣]{1,4}(?:아|어|해|려|"
    r"내려)도|로 보시면|라고 보시면|"
    r"의심해|(?:좋아지|나아지|괜찮아지|힘드|아프)(?:시|세)|[가-힣]야겠|드려야|(?:봐|살펴)야|기억하"
)


def _is_of_listener(turn: Turn, whole: str, text: str, kind: Directive) -> bool:
    """What the clinician must do ("용량을 줄여야 돼요") is no advice to the listener."""
    if kind is Directive.REQUEST:
        return is_of_daily_life(whole) or not _GIVE.search(text)
    if kind is Directive.BAN:
        return True
    if kind is Directive.DUTY and re.search(r"셔야", text):
        return not re.search(r"입원|수술|검사|치료|(?<!제때 )(?<!제때 꼭 )맞으셔야", whole)
    told = text if kind is Directive.LISTED else whole
    return is_of_daily_life(whole) and (bool(_STIMULANT.search(told)) or not drug_mentions_between(turn, told))


_STIMULANT = re.compile(r"술|막걸리|소주|맥주|담배|커피|주스|음료|탄산")


def drug_mentions_between(turn: Turn, whole: str) -> bool:
    """A medicine or a test in the words: a plan rather than a habit."""
    at = turn.text.find(whole)
    named = (*drug_mentions(turn), *turn.of(Table.TESTS))
    return any(at <= mention.start < at + len(whole) for mention in named)


def _is_errand(text: str, whole: str, kind: Directive) -> bool:
    """Said of the visit itself: come, go, wait, pay; or of colleagues."""
    if kind in (Directive.BAN, Directive.DUTY, Directive.COUNSEL) and not re.search(
        r"걱정|오셔야|가셔야|오셔서|와야|봐야|찍어야|겠", text
    ):
        return False
    if _GIVE.search(text) and _OF_STAFF.search(whole):
        return True
    if _TRY.search(text) and not is_of_daily_life(whole):
        return True
    if _TELL.search(text) and not _TELL_WHOM.search(whole):
        return True
    return bool(_NOT_ADVICE.search(text) or _COME.search(text) or _GO.search(text))


def _names_test(turn: Turn, clause: Clause) -> bool:
    """ "피검사 하고", "초음파도 보고": an order."""
    tests = [m for m in turn.of(Table.TESTS) if clause.start <= m.start < clause.end and not m.nested]
    return bool(tests) and bool(
        re.search(r"(?:하시고|하고|보고|찍고|하세요|보시고|뽑고|나가고|합시다)\s*[.,]?\s*$", turn.words(clause))
    )


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
    if named and not re.search(
        r"지 마|지 말|쉬|같이|띄|간격|있다가|이따가|세척|가글|말씀|상의|알리|안 (?:돼|되|됩)|그만|중단", text
    ):
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
    if _CARE.search(words) and not _MEDICINE_FORM.search(words):
        return False
    units = {quantity.unit for quantity in find_quantities(words) if quantity.unit in DOSE_UNITS}
    if units - _OF_DRINKS:
        return True
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
