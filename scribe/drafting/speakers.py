"""Who speaks: the role that the recogniser gave, or the one that the words give away."""

import re
from typing import Literal

from scribe.domain.transcript import Utterance

Role = Literal["clinician", "nurse", "patient", "guardian"]

_CLINICIAN_WORDS = re.compile(
    r"드릴게|드릴 ?게요|처방|찍어 ?볼|찍고 가|해 ?보죠|하죠|볼게요|보겠습니다|맞으시고 가|추가할|"
    r"올릴게|줄일게|오세요|오시고|하세요[.\s]|마세요|드세요|쓰세요|"
    r"소견|청진|의심|어디가 불편|어떻게 오셨|있으세요|있으신가요|하셨어요\?|으세요\?|으시고요\?|"
    r"세요\?|신가요\?|셨나요\?|시죠\?|시고요\?|아 해 ?보|누워 ?보|"
    r"갈게요|쓸게요|쓸 건데|(?:급성|만성)\s?[가-힣]{2,10}(?:이에요|예요|입니다)|혈색소|장음|반발통|압통|정상이고|"
    r"(?:해|돼|지|우|으)세요\s*$|"
    r"숨 (?:크게|들이)|보이네요|부었네요|깨끗하네요|깨끗해요|들어오세요|앉으세요"
)
_OWN_WORDS = re.compile(r"저희|제가|저는|저도|(?:^|\s)(?:나는|내가|전)\s|우리 (?:애|엄마|아|남편|집)")
_ASKING = re.compile(
    r"(?:요|까|죠|나|은|는|고|적)\?|(?:은요|는요|건요|적은요|시고요|진 않고요|으세요|나요|가요)[.?]?\s*$|"
    r"(?:신|셨|시는|으시)[가-힣]*\s(?:적|거|건|분)"
)
# recognisers write "." or nothing after a question: what a clinician says of the listener asks whatever the mark
ASKS_LISTENER = re.compile(
    r"(?:(?:있|없|않|앓|많|좋|싫)으세요|계세요|피우세요|피세요|어떠세요|어때요|"
    r"(?:으|하|시|우|오|되|지|나|가|보|드|리)?셨(?:어요|나요|죠|습니까)|"
    r"(?:있|없|않)으시(?:고요|죠|지요)|진 않고요|[시맞]죠|(?:안|못)\s[가-힣]{1,5}죠|시지요|시고 있어요|"
    r"(?:시는|으신|하신|셨던)\s?(?:거|건|것)(?:죠|지요|네요|가요)|"
    r"(?:은|는|건|적은|거는|것은)요)\s*[.…]*\s*$"
)
# "소변에 피가 비치진 않았어요": said of the listener more often than of oneself
_CONTRASTED = re.compile(
    r"^(?!네|예|응|아니|아뇨|음)[^.,?!]{1,30}(?:지는|진|지도) 않(?:았어|아|으셨어|으세)요\s*[.…]*\s*$"
)
# "콧물이나 코막힘은": a topic left open
_OPEN_TOPIC = re.compile(r"^[가-힣\s]{2,30}(?:[이]?나|거나)\s[가-힣\s]{1,14}(?:은|는)\s*$")
_YES_OR_NO = re.compile(r"^\s*(?:아\s*,?\s*|음\s*,?\s*)?(?:네|예|응|아니요|아뇨|아니오|없어요)(?=[\s,.!?]|$)")


def role_of(utterance: Utterance, reply: Utterance | None = None) -> Role:
    """The speaker's role; where it is unknown, clinicians give themselves away by what they say and what it calls for.

    A turn that gets a yes or a no is taken for a question rather than for a statement: silence is safer.
    """
    if utterance.speaker == "doctor":
        return "clinician"
    if utterance.speaker != "unknown":
        return utterance.speaker
    if _OWN_WORDS.search(utterance.text):
        return "patient"
    if _sounds_clinical(utterance.text):
        return "clinician"
    is_answered = reply is not None and _YES_OR_NO.match(reply.text) and not _sounds_clinical(reply.text)
    return "clinician" if is_answered and not _YES_OR_NO.match(utterance.text) else "patient"


def _sounds_clinical(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_ASKING, _CLINICIAN_WORDS, ASKS_LISTENER, _OPEN_TOPIC, _CONTRASTED))
