"""Sentences by which a clinician tells the listener to do or to leave something, whatever their form.

Korean asks by imperatives (드세요, 두시고), bans (마세요, 안 됩니다), duties (하셔야 돼요), counsel (하는 게 좋아요)
and, once a list of instructions has begun, by bare phrases ("옷은 얇게", "물은 하루 이 리터", "짠 거 줄이고").
"""

import re
from enum import StrEnum

from scribe.drafting.dialogue import Clause, Turn


class Directive(StrEnum):
    """How something is asked for; ``PHRASE`` and ``LISTED`` ask only among other directives."""

    REQUEST = "request"
    BAN = "ban"
    DUTY = "duty"
    COUNSEL = "counsel"
    LEAVE = "leave"
    LISTED = "listed"
    PHRASE = "phrase"


_END = r"\s*[.!~]*\s*$"
_AWHILE = (
    r"(?:절대로?|아직|아직은|당분간은?|전혀|앞으로는?|이제|이제는|오늘은?|지금은|평생|되도록|"
    r"(?:최소|적어도|한)|[가-힣]{1,4}\s?(?:일|주|주일|달|개월|년|시간)(?:은|간|간은|까지는?|동안은?)?|"
    r"한\s방울도|한\s모금도|하나도)"
)
_BAN = re.compile(
    r"지\s?(?:는\s|도\s)?(?:마|말)[가-힣]*" + _END + r"|(?:은|는|도|면|선|서|엔)\s?(?:" + _AWHILE + r"\s){0,3}"
    r"안\s?(?:돼|됩|되고|되죠|되세|되니)[가-힣]*"
    + _END
    + r"|(?:금지|금물|금식|금주|금연)(?:입니다|이에요|예요|이요|요|이고요?|하고요?|하시고요?|하세요|해)?"
    + _END
    + r"|(?:피하|삼가)(?:세요|시고요?|고요?|는 게 [가-힣]+|셔야 [가-힣]+)"
    + _END
)
_REQUEST = re.compile(
    r"(?:세요|시고요?|시구요|십시오|시길|(?<!이)(?:(?<!으)|(?<=끊으)|(?<=씻으)|(?<=걸으)|(?<=신으)|(?<=입으)|"
    r"(?<=적으))시죠|시면 (?:돼|됩|좋|될)[가-힣]*|도록 (?:하|"
    r"해)[가-힣]*|셔라|시기 바랍니다|시면서)" + _END
)
_DUTY = re.compile(
    r"(?:아|어|여|해|와|워|러|켜|셔|져|려|겨|쳐|써|가|나|봐|둬|줘|꿔)야\s?(?:만\s)?(?:돼|됩|되고|해요|합|하고|"
    r"하죠|겠|죠|지|만|된)[가-힣]*" + _END
)
_COUNSEL = re.compile(
    r"(?:는|은|시는|ㄴ) (?:게|것이|편이|쪽이) (?:좋|나아|나은|안전|중요|도움|제일|약이)[가-힣\s]*"
    + _END
    + r"|[가-힣]야 (?:안|덜|빨리|잘|더)\s?[가-힣]{1,5}(?:요|니다)"
    + _END
    + r"|(?:좋겠|권해|권합|추천|권장)[가-힣]*"
    + _END
    + r"|(?:하면|드시면|시면) (?:도움이 |더 )?(?:좋|도움)[가-힣]*"
    + _END
)
_LEAVE = re.compile(r"(?:아|어|여|해|셔|시켜|와|가|워|려|려셔)도\s?(?:돼|됩|되고|괜찮|좋)[가-힣]*" + _END)
# "술은 끊읍시다", "당분간 쉬어요", "높게 올려": they ask only where daily life is spoken of
_PLAIN = re.compile(
    r"(?:끊|끊어 |줄여 |쉬어 |해 |써 |적어 |걸어 |먹어 )(?:읍시다|봅시다|둡시다)|(?:줄입시다|쉽시다|걸읍시다|먹읍시다|"
    r"마십시다|(?:표시|운동|기록|연습|조심|약속|금주|금연)(?:만|도|은|을)?\s?합시다)"
    + _END
    + r"|(?<![가-힣]가 )(?:쉬어|끊어|줄여|피해|재|챙겨|바꿔|마셔|먹어|발라|닦아|씻어|신어|덮어|올려|빼|해 둬|말해)요?"
    + _END
)
_PLAIN_GO = re.compile(r"고요?\s*,?\s*[.!]?\s*$")
_PHRASE = re.compile(
    r"(?:[가-힣]게(?:만|요)?|천천히(?:요)?|조금씩|자주(?:요)?|푹|꼭|넉넉히|충분히|듬뿍|최대한|[가-힣]만|"
    r"씩(?:만)?|번(?:만|씩)?|분(?:만|씩)?|시간(?:만)?|"
    r"그만|중단|마스크|모자|장갑|잔(?:만)?|리터(?:\s반)?|컵|개|공기|회|알|밑|미만|이하|이상|전에|후에|까지만|"
    r"그대로|필수|든든히|있다가|초|[가-힣] 걸로(?:,\s[^.]{2,24})?|찜질|가글|세척|스트레칭|[가-힣]식|자제|주의|절대|"
    r"같은 시각에요|금식(?:입니다)?)(?:이에요|예요|이요|입니다|요|로)?" + _END
)
_TOPIC = re.compile(r"[가-힣A-Za-z](?:은|는|도|땐|엔|때는|에는|이랑|까지는|부터)\s|때\s|땐\s|(?:물|밥|잠|손|술|국물)\s")
_NO_DIRECTIVE = re.compile(
    r"(?:네요|군요|거예요|거네요|겠네요|구나|거죠|건데|는데요?|니까요?|어요|아요|해요|습니다|입니다|이에요|"
    r"예요|거든요|잖아요|을게요|ㄹ게요|게요)" + _END
)


# what daily life is made of, and what one is told to do with it
_LIFE = re.compile(
    r"술|담배|커피|물[은을도 만]|밥|잠[은을도 만]|국물|짠|짜게|싱겁|단 거|단것|기름|음식|식사|식단|간식|과일|"
    r"운동|걷|걸으|산책|손[은을도 만]|"
    r"손톱|눈[은을 ]|발[은을도 ]|옷|속옷|양말|신발|마스크|장갑|소매|수건|비누|세정제|목욕|샤워|머리|관계|회사|"
    r"출근|학교|어린이집|유치원|등원|운전|"
    r"알람|칼슘|무거운|계단|자세|베개|침대|바닥|방[은을 ]|집에|집안|찜질|얼음|보습|로션|선크림|햇빛|모자|안경|"
    r"렌즈|선글라스|수영|사우나|찜질방|"
    r"여행|비행|일어날|주무|낮잠|스트레스|휴대폰|게임|체중|몸무게|혈압[은을도]|혈당[은을도]|적어|기록|보호대|"
    r"목발|깁스|드레싱|거즈|상처|소독|밴드|"
    r"기저귀|젖|수유|분유|모유|이유식|우유|주스|탄산|보리차|이온|죽|미음|금식|거름망|양치|칫솔|가글|코[를 ]|"
    r"헬스|등산|축구|농구|골프|요가|필라테스|자전거|등교|야근|에너지|카페인|초콜릿|견과|채소|야채|고기|미역|다시마|"
    r"회식|노래방|이어폰|지하철|변기|락스|장난감|화장|염색|헌혈|찬물|임신|건강식품|홍삼|영양제|한약|민간요법|"
    r"옆으로|동영상|따뜻한|찜질|따뜻한 물|휠체어|지팡이|콘돔|"
    r"귀[를에 ]|환기|가습|먼지|고양이|개[를 ]"
)
_DOING = re.compile(
    r"(?:내놓|담그|버리|닫|벗|남기|데치|(?:먼저|미리) 말하|끊|줄이|줄여|씻|쉬|피하|걷|입|끼|신|바꾸|덮|닦|말리|"
    r"올리|올려|눕히|눕혀|재|적|챙기|챙겨|나눠|쪼개|"
    r"지키|자|마시|드시|먹|두|풀|빼|"
    r"붙이|쓰|가리|헹구|삼가|늘리|늘려|움직이|굽히|펴)(?:어|아)?\s?(?:두|놓|보)?고요?\s*,?\s*[.!]?\s*$"
)


def is_of_daily_life(words: str) -> bool:
    """The words speak of food, sleep, work, wounds, habits: of what happens outside the clinic."""
    return bool(_LIFE.search(words))


def directive_of(turn: Turn, start: int, clause: Clause) -> Directive | None:
    """How the words from ``start`` to the end of the clause ask for something; None where they only tell."""
    words = turn.text[start : clause.end].rstrip(" ,")
    for kind, pattern in (
        (Directive.BAN, _BAN),
        (Directive.LEAVE, _LEAVE),
        (Directive.DUTY, _DUTY),
        (Directive.COUNSEL, _COUNSEL),
        (Directive.REQUEST, _REQUEST),
    ):
        if pattern.search(words):
            return kind
    if _PLAIN.search(words) and _LIFE.search(words):
        return Directive.COUNSEL
    if _is_listed(turn, clause, words):
        return Directive.LISTED
    ends = clause is turn.sentence_of(clause)[-1]
    if (
        ends
        and _PHRASE.search(words)
        and not _promises(words)
        and _TOPIC.search(words)
        and (_LIFE.search(words) or _NO_MORE.search(words))
    ):
        return Directive.PHRASE
    return None


_NO_MORE = re.compile(r"(?:이제 그만|금지|중단)(?:이에요|예요|이요|요)?[\s.!]*$")


def _promises(words: str) -> bool:
    """ "해 드릴게요" ends in 게요 like "싱겁게요", after a syllable that ends in ㄹ."""
    found = re.search(r"([가-힣])게요?[\s.!]*$", words)
    return found is not None and (ord(found.group(1)) - 0xAC00) % 28 == 8


def _is_listed(turn: Turn, clause: Clause, words: str) -> bool:
    """ "짠 거 줄이고": a plain 고 after a verb of doing, in the present, where nothing before says that it is told."""
    if not _PLAIN_GO.search(words):
        return False
    morphemes = turn.in_clause(clause)
    verbs = [m for m in morphemes if m.tag.startswith(("VV", "VX", "XSV"))]
    told = any(m.tag == "EP" or m.tag.startswith(("VA", "VCP", "VCN", "XSA")) for m in morphemes[-4:])
    last = turn.sentence_of(clause)[-1]
    asked = last is not clause and bool(_REQUEST.search(turn.words(last)) or _BAN.search(turn.words(last)))
    return bool(verbs) and not told and bool(_DOING.search(words)) and (asked or bool(_LIFE.search(words)))


def tells_only(words: str) -> bool:
    """A sentence that ends in telling: 고-clauses in it tell as well ("부었고 멍도 있네요", "하고 드릴게요")."""
    return bool(_NO_DIRECTIVE.search(words))
