"""What the physician decides on a drug that was named: start, continue, change, stop, or nothing for now."""

import re
from typing import Literal

from scribe.drafting.assertion import is_considered
from scribe.drafting.extract.doses import dose_of
from scribe.drafting.extract.dosing import Segment, drug_mentions
from scribe.drafting.extract.frequencies import frequency_of
from scribe.drafting.extract.supplies import supply_of
from scribe.drafting.lexicon import MedicineRow
from scribe.drafting.quantities import find_quantities

Verdict = Literal["start", "continue", "change", "stop", "negated", "considered", "hypothetical", "none"]

_NOT_GIVEN = re.compile(
    r"안 (?:드|쓰|쓸|쓴|써|줄|주|줘|먹|맞|하|할|해|넣|섞|처방|들어|나가|나갈|놓|놔|바르|바를|권)|"
    r"필요\s?(?:는|가|도)?\s?없|필요하지 않|"
    r"지 않|지 마|지 말|못 (?:드|쓰|써)|빼(?:고|죠|겠|도)|말고|아직 (?:안|은)|없이"
)
# negated changes that leave the drug as it is: "끊지 마세요", "끊진 않고", "올리기보다"
_UNCHANGED = re.compile(
    r"(?:넘기|넘|초과하|끊|중단하|거르|빼먹|빠뜨리|잊|씹|쪼개|부수|줄이|늘리|올리|빼|멈추)(?:지는|진|지)\s?(?:는\s)?"
    r"(?:마|말|않)[가-힣]*|[가-힣]+기보다(?:는|도)?|"
    r"(?:[일이삼사오육칠팔구십백천영점\d.]+|한|두|세|네|다섯)\s?(?:밀리|알|번|정|단위|그램|포|방울|시간|분|일)?"
    r"(?:\s?간격)?\s말고"
)
_STOP = re.compile(
    r"그만|끊|중단|중지|보류|멈추|스톱|스탑|stop|홀드|hold|더 이상 (?:안|드시지)|이제 안|"
    r"빼(?:고|죠|겠|도|기로|는 걸로)|쉬(?:세요|시고|죠|어 보|는 걸로|겠)|버리(?:세|시)|뺄게|뺍시다|쉽시다|오프|디씨"
)
# given to a day and then no more: "오늘 저녁 것까지만 드시고 끝내세요"
_LAST_DOSE = re.compile(
    r"까지만?\s?(?:[가-힣]+\s){0,2}?(?:드시|먹이|먹|쓰시|쓰|맞으시|맞|바르시|바르|넣으시|넣|하시|하)고[\s,]*"
    r"(?:이제\s|그만\s|더는\s)?(?:끝|끊|그만|중단|중지|스톱|멈추|안 (?:드|먹|쓰|맞)|드시지 마|마세요)"
)
# held for some days, then taken again: "이틀은 드시지 말고 … 모레부터 매일 …"
_HELD_A_WHILE = re.compile(
    r"(?:오늘|내일|모레)(?:은|만|까지는|까지만)\s|"
    r"(?:하루|이틀|사흘|나흘|닷새|며칠|[일이삼사오육칠]\s?일|일주일|한 주|이번 주)"
    r"(?:은|는|만|간|동안|동안은|정도|정도는)?[\s,]"
)
_TAKEN_AGAIN = re.compile(
    r"(?:모레|글피|내일|그 ?다음\s?날?|그\s?뒤|그\s?후|이후|이틀 뒤|사흘 뒤|다음\s?날|[월화수목금토일]요일)(?:로)?"
    r"(?:부터|부턴|에는?|엔)[^.?!]{0,12}(?:드시|드세|먹|맞으|복용|[일이삼사오육칠팔구십영]\s점|밀리|알)"
)
_RISE = re.compile(r"올려|올리|올릴|올립|증량|늘려|늘리|늘릴|늘립|높여|높이|높입")
_FALL = re.compile(r"줄여|줄이|줄일|줄입|감량|낮춰|낮추|낮춥|내려|내리|내릴|내립")
_SWAP = re.compile(r"(?:으로|로)\s?(?:바꿔|바꾸|바꿀|바꿉|변경|교체|갈아)")
# the drug is what something else is swapped for
_INTO = re.compile(r"^(?:정|캡슐|이알|주사|연고)?\s?(?:으로|로)\s[^.?!,]{0,8}?(?:바꿔|바꾸|바꿀|바꿉|변경|교체|갈아)")
_KEEP = re.compile(
    r"그대로|계속(?!\s?(?:되|돼|됐|그러|이러|아프|있))|유지|지금처럼|"
    r"하던 대로|드시던|쓰시던|똑같이|이어서|쭉 (?:드|쓰|가)|마저 (?:드|먹)"
)
_GIVE = re.compile(
    r"드릴게|드릴 ?거|드리겠|드려|드립니다|드리죠|드릴 테|드릴|드리고|드리는|처방|추가할|추가하|"
    r"추가해|시작할|시작하|시작해|시작합|써 ?보|쓸게|쓸 건|쓸 거|쓰겠|쓰고|써 볼|더할게|보탤게|붙여 ?보|붙일게|"
    r"붙이세|붙이시|얹|쓰시|쓰세요|씁시다|드세요|드시고|드시면|드시는 걸로|먹이세요|먹이시|먹여|먹이고|먹일게|먹을게|"
    r"바르세요|바르시|바르고|발라|넣으세요|넣으시|넣을게|넣고|뿌리|복용하|맞으세요|맞고|맞을게|맞으시|맞으실|맞읍시다|맞겠|맞힐게|"
    r"주세요|주시고|주고|줄게|놔|놓을|놓고|투여|갈게요|갑시다|가죠|하죠|하시죠|합시다|하고요|로딩|정주|근주|섞어|나갈|"
    r"나가고|나갑니다|들어갑니다|들어가고|걸어|걸고|걸게|달아|달고|드시게|할게요|해 볼게|볼루스|풀드롭|컨티"
)
_WEAK = re.compile(
    r"^(?:(?!드리|드릴|드려|드립|처방|드세|드시|쓸|써|쓰|추가|시작|주세|주시|주고|투여|놓|맞|바르|넣|먹|더할|보탤|붙|얹|달아|"
    r"걸|풀드롭|볼루스|정주|근주|줄게).)*$",
    re.DOTALL,
)
_HEARSAY = re.compile(r"던데|대요|라더|카더")
_MAYBE = re.compile(
    r"수도 있|수 있|지도 모르|고려|생각해 ?(?:보|볼)|생각합|생각하|상의|그때 (?:가서|봐서|결정)|안 되면|심해지면|"
    r"아프면 그때|필요하면 그때|말씀하세|말씀드리세|물어보세|여쭤"
)
# said of a weighed step that another word then settles
_WEIGHED = re.compile(r"싶은데|싶지만|싶었|려던|려다가|까 했|까 하다|할까")
_CONDITION = re.compile(r"(?:[가-힣](?:으면|면)|날은|날엔|때는|때엔|경우(?:에는|엔|에|는)?)[\s,]")
_AS_COMFORT = re.compile(r"^(?:으로|로|을|를|은|는|이나|도)?\s?(?:드세요|드시면|쓰세요|바르세요|드셔도|먹이세요)")
_COMPLAINT_BEFORE = re.compile(r"(?:엔|에는|으면|면|때|때는|이나면)\s(?:[가-힣]+\s)?$")
# what is taken now, told back to the patient
_IS_TOLD = re.compile(
    r"(?:드시는|쓰시는|맞으시는) (?:거|건)(?:고요|죠|지요|예요|네요|였)|(?:드시고|쓰고|맞고) (?:계시|계신|있으시)"
)
# given up before this visit: "근육통 때문에 끊었으니까"
_ENDED = re.compile(r"(?:끊으셨|끊었|중단하셨|중단했|그만두셨|그만뒀|뺐|관뒀)(?:으니|는데|던)")
_OR_ELSE = re.compile(r"이?나\s[가-힣]+")
_ACUTE = frozenset(
    {"해열진통제", "소염진통제", "진통제", "항히스타민제", "항생제", "기침약", "감기약", "소화제", "지사제", "진경제"}
)
_SELF_CORRECTED = re.compile(r"아니다|아니\s?,|음\s?,")
_ROUTES = re.compile(
    r"IV|IM|SC|아이브이|근주|정주|피하|네뷸|볼루스|풀드롭|로딩|점안|좌약|연고|크림|로션|패치|바르|뿌리|흡입|스페이서",
    re.IGNORECASE,
)
_ONCE = re.compile(r"지금|바로|당장|한 번|한 대|한 앰플|오늘|빨리|같이|씩|때만|때(?=\s[한두반])|(?:으로|로)[\s.]*$")
# put off, or left to another physician
_SOME_DAY = re.compile(
    r"그때(?:는|가서|\s)|(?:다음에|다음 주에|다음 달에|나중에|퇴원하고)\s(?:[가-힣]+\s)?"
    r"(?:시작|쓰|드리|생각|추가|정|맞)|(?:안에|뒤에|후에|지나면|되면|나중에|다음 달에)\s(?:[가-힣]+\s)?(?:끊|중단|줄)"
)
_ASK_THEM = re.compile(r"말씀하세|말씀드리세|상의하세|상의해 ?보|물어보세|여쭤|확인하세|전화해 ?보")
_STARTS_ANEW = re.compile(r"시작|새로|추가|처음|다시|바꿔|바꾸|바꿀|더할|보탤|붙여|얹")


def decide(segment: Segment, *, is_current: bool, is_regular: bool, reads_out: bool) -> Verdict:
    """The verdict on the drug of the segment.

    ``is_current``: the patient takes it; ``is_regular``: day by day, and not only once or twice. ``reads_out``: the
    words before read aloud what is taken.
    """
    turn, mention = segment.turn, segment.mention
    clause = turn.clause_at(mention.start)
    sentence = turn.sentence_of(clause)
    after = turn.text[mention.end : sentence[-1].end]
    is_told = _IS_TOLD.search(after) is not None
    asks = clause.is_question and not _SELF_CORRECTED.search(turn.text[mention.end : clause.end])
    is_told = is_told or bool(_ENDED.search(_governing(segment)[1]))
    if asks or is_told or _HEARSAY.search(after):
        return "none"
    rest, own = _governing(segment)
    before = turn.text[sentence[0].start : mention.start]
    verdict = _verdict(segment, rest, own, is_current=is_current, reads_out=reads_out)
    if verdict == "start" and is_regular and not _STARTS_ANEW.search(rest) and not _is_acute(segment, rest):
        verdict = "continue"
    is_conditional = verdict in ("stop", "negated") and _CONDITION.search(before)
    if is_conditional or (verdict in ("start", "stop", "change") and _SOME_DAY.search(after)):
        return "hypothetical"
    if verdict != "negated" and _ASK_THEM.search(after):
        return "none"
    is_comfort = (_COMPLAINT_BEFORE.search(before) and _AS_COMFORT.match(after)) or _OR_ELSE.match(after)
    if verdict == "start" and is_comfort and not _is_dosed(segment):
        return "none"
    return verdict


def _is_acute(segment: Segment, rest: str) -> bool:
    """A remedy of a few days that is handed out anew, whatever was taken at home."""
    row = segment.mention.row
    is_remedy = isinstance(row, MedicineRow) and row.drug_class in _ACUTE
    return is_remedy and (supply_of(segment) is not None or re.search(r"드릴|드리|처방", rest) is not None)


def _verdict(segment: Segment, rest: str, own: str, *, is_current: bool, reads_out: bool) -> Verdict:
    clause = segment.turn.clause_at(segment.mention.start)
    if _is_only_considered(rest, own):
        return "considered"
    if (_STOP.search(own) or _NOT_GIVEN.search(own)) and _is_held_a_while(segment):
        return "change"
    if _LAST_DOSE.search(rest) or (_STOP.search(own) and not _NOT_GIVEN.search(own)):
        return "stop"
    if _NOT_GIVEN.search(own):
        forbids = re.search(r"지 마|지 말|이제|빼|안 (?:드시|먹|쓰시)", own) and "같이" not in own
        return "stop" if is_current and forbids else "negated"
    if _MAYBE.search(own) or (clause.link == "if" and not _is_dosed(segment)):
        return "hypothetical"
    return _given(segment, rest, own, is_current=is_current, reads_out=reads_out)


def _is_held_a_while(segment: Segment) -> bool:
    """The days of the pause are told, and in the same turn from when on it is taken again."""
    turn, mention = segment.turn, segment.mention
    sentence = turn.sentence_of(turn.clause_at(mention.start))
    words = turn.text[sentence[0].start : sentence[-1].end]
    others = [other.start for other in drug_mentions(turn) if other.start > mention.end and other.row != mention.row]
    return is_held(words) and is_taken_again(turn.text[mention.end : min(others, default=len(turn.text))])


def is_held(sentence: str) -> bool:
    """Days are told with it: "오늘하고 내일 이틀은 드시지 말고요"."""
    return bool(_HELD_A_WHILE.search(sentence))


def is_taken_again(words: str) -> bool:
    """ "모레부터 매일 이 점 오 밀리그램으로 드세요"."""
    return bool(_TAKEN_AGAIN.search(words))


def _is_only_considered(rest: str, own: str) -> bool:
    settled = re.search(r"(?:으로|로) (?:시작|갈게|할게|드릴)|그대로|유지", rest[len(own) :])
    if (is_considered(own) or _WEIGHED.search(own)) and not settled:
        return True
    tail = re.split(r"다가|했는데|싶은데|려던", rest)[-1]
    return is_considered(rest) and not _GIVE.search(tail) and not find_quantities(tail)


def _given(segment: Segment, rest: str, own: str, *, is_current: bool, reads_out: bool) -> Verdict:
    if _INTO.search(own):
        return "change" if is_current else "start"
    moved = _RISE.search(own) or _FALL.search(own) or _SWAP.search(own)
    if moved and not re.search(r"려고|도움|효과|해 주|수치|콜레스테롤", own):
        is_new = (
            not is_current
            and _is_dosed(segment)
            and (_SWAP.search(own) or re.search(r"드릴|처방|시작|그다음|그 다음", rest))
        )
        return "start" if is_new else "change"
    if _KEEP.search(own):
        return "continue"
    is_test = re.match(r"\s?(?:피\s?)?(?:검사|수치|농도|레벨)|(?:으)?로\s[가-힣\s]{0,6}(?:씻|헹|세척|닦)", rest)
    if is_test:
        return "none"
    has_dose = dose_of(segment) is not None
    ordered = bool(_GIVE.search(own) or _GIVE.search(rest))
    is_full = has_dose or not _WEAK.search(own) or bool(_ROUTES.search(segment.text))
    starts = is_full if ordered else _is_dictated(segment) and not reads_out
    return "start" if starts else "none"


def _is_dictated(segment: Segment) -> bool:
    """Prescribed without a verb: two of dose, frequency, days, route and occasion are said."""
    parts = (
        dose_of(segment) is not None,
        frequency_of(segment) is not None,
        supply_of(segment) is not None,
        _ROUTES.search(segment.text) is not None,
        _ONCE.search(segment.text[segment.mention.end - segment.start :]) is not None,
    )
    return sum(parts) >= 2


def _is_dosed(segment: Segment) -> bool:
    """Dose, frequency or days are said with the drug."""
    frequency = frequency_of(segment)
    return dose_of(segment) is not None or frequency is not None or supply_of(segment) is not None


def _governing(segment: Segment) -> tuple[str, str]:
    """The rest of the sentence after the drug, and its own part: to the first clause whose predicate decides."""
    turn, mention = segment.turn, segment.mention
    sentence = turn.sentence_of(turn.clause_at(mention.start))
    text = _UNCHANGED.sub(lambda match: " " * len(match.group()), turn.text)
    rest = text[mention.end : max(sentence[-1].end, min(segment.end, len(text)))]
    start = mention.end
    for clause in sentence:
        if clause.end <= mention.end:
            continue
        words = text[max(clause.start, mention.end) : clause.end]
        if _WEIGHED.search(words) and _settles(text[clause.end : sentence[-1].end]):
            start = clause.end
        elif _decides(words) or is_considered(words):
            return rest, text[start : clause.end]
    return rest, rest[start - mention.end :]


def _settles(words: str) -> bool:
    return _decides(words) or bool(find_quantities(words))


def _decides(words: str) -> bool:
    return any(pattern.search(words) for pattern in (_NOT_GIVEN, _STOP, _RISE, _FALL, _SWAP, _KEEP, _GIVE))
