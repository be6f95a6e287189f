"""Roles from words: who asks, orders and examines, who answers and complains, who reports and who speaks for another.

The patterns are those of spoken Korean (and English) consultations and hold on text with recognition errors: they
rest on endings and honorifics, which recognisers get right more often than names of diseases.  A physician speaks
to the patient with the honorific -시-, announces with -ㄹ게요, orders with -세요; a patient answers, says 제가,
tells with -았어요 and -더라고요, and calls the other 선생님.  A nurse reads out measurements and results and reads
orders back; a guardian tells of 우리 애, 어머니, 남편, and is called 보호자분, 어머님, 따님.

Weights are nats: how much likelier a phrase with the sign is from the one than from the other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scribe.domain.transcript import Speaker


@dataclass(frozen=True, slots=True)
class _Sign:
    pattern: re.Pattern[str]
    weight: float


def _signs(table: Mapping[str, float]) -> tuple[_Sign, ...]:
    return tuple(_Sign(re.compile(pattern, re.IGNORECASE), weight) for pattern, weight in table.items())


_PHYSICIAN = _signs(
    {
        # asking about the other person, with honorifics
        r"(으세요|으셨|셨어요|셨나요|시나요|시죠|시고요|세요\?|신 (적|거|건|분)|으신가요|신가요)": 1.5,
        r"(드시|드셨|드신|계세요|계시|주무시|주무셨|편찮|불편하)": 1.5,
        r"(있으|없으|아프|어떠|괜찮으|하|되|보)(세요|셨어요|신가요|시죠|십니까)": 1.0,
        r"(은요|는요|나요|까요|진 않고요|적은|거나요)\s*[.?]?$": 0.8,
        r"(언제부터|어디가|어느 쪽|어떻게 아|몇 (번|점|도|시간)|얼마나)": 1.0,
        # examining, ordering, explaining
        r"(볼|드릴|할|둘|낼|놓을|올릴|줄일|바꿀|늘릴|적을|확인할|설명드릴|처방할|찍을|잴|들을)게요": 1.5,
        r"(처방|검사|진단|소견|수치|정상|엑스레이|초음파|시티|CT|MRI|의심|가능성|경과|부작용)": 0.7,
        r"(해|가|와|드셔|재|내밀어|벌려|누워|앉아|쉬어|들이마셔|복용해|연락해) ?(보세요|주세요|오세요|드세요)": 1.0,
        r"(드세요|오세요|하세요|마세요|보세요|피하세요|쉬세요|지키세요|됩니다|합시다|바랍니다)": 1.0,
        r"(그러시|그러셨|그렇군요|그러시군요|그러시구나|하시겠|힘드셨)": 1.5,
        r"(환자분|어르신|보호자분|보호자 분|어머님|아버님|들어오세요|어서 오세요)": 1.5,
        r"(네요|군요)\s*[.?!]?$": 0.5,
        r"(하루 (한|두|세|네) ?번|식후|식전|[0-9일이삼사오육칠] ?일 ?치|[0-9]+ ?일분|밀리그램)": 0.4,
        # English
        r"\b(do|did|have|are|were|is|was|can|could|would) you\b|\bany (pain|fever|cough|history|allerg|other)": 1.0,
        r"\b(i'?m going to|let me|let'?s|we'?ll|i'?ll|i would like to|i'?d like)\b.*\b(order|prescri|check|exam|listen|start|refer|get|send)": 1.0,  # noqa: E501
        r"\b(how long|when did|where (is|does)|what brings|tell me|can you describe)\b": 1.0,
    }
)

_PATIENT = _signs(
    {
        r"(제가|저는|저도|저희|저한테|나는|내가)": 1.0,
        r"(선생님|의사 ?선생)": 1.2,
        r"(거든요|더라고요|더라구요|것 같아요|거 같아요|던데요|대요|텐데)": 1.0,
        r"(?<![셨으])(았|었|했|됐|갔|왔|났|먹었|봤|졌|렸|쳤|썼)(어요|고요|는데요?|다가|거든요|습니다)": 0.7,
        r"(아파요|아파서|아픈데|저려요|가려워요|어지러워요|나요|쑤셔요|쓰려요|답답해요|힘들어요|막혀요)": 0.6,
        r"(따끔|욱신|뻐근|지끈|울렁|화끈)": 0.6,
        r"^(네|예|아니요|아니오|아뇨|음|어)[,. ]": 0.5,
        r"^(네|예|아니요|아니오|아뇨)[,. ]*(없어요|있어요|괜찮아요|맞아요|알겠습니다|알겠어요|감사합니다)": 1.0,
        r"(없어요|있어요|괜찮아요|먹어요|안 먹|못 자|몰라요|모르겠어요)\s*[.]?$": 0.4,
        r"(감사합니다|고맙습니다|알겠습니다)": 0.6,
        r"\b(i have|i had|i'?ve|i was|i feel|i felt|i can'?t|i don'?t|my|it hurts|me)\b": 0.6,
        r"^(yeah|yes|no|nope|um|uh)\b": 0.5,
    }
)

_NURSE = _signs(
    {
        r"(혈압|맥박|심박수?|체온|호흡수?|새츄|새추레이션|산소포화도|산소는|체중|몸무게|키)(은|는|이|가|도)? ?[가-힣]{0,6} ?"  # noqa: E501
        r"([0-9]+|[영공일이삼사오육칠팔구십백]{2,})": 1.5,
        r"(BP|브이에스|바이탈|활력징후)": 1.5,
        r"^(네,? ?)?(선생님|교수님|원장님)[, ].*(나왔|이에요|예요|입니다|고요|떴|없대요|쟀|오셨)": 1.2,
        r"(검사|채혈|랩|가스|심전도|EKG|배양|신속검사|소변|도말).{0,14}(나왔|음성|양성|변화 없|들어갔)": 1.2,
        r"[일이삼사오육칠팔구십백영 ]+(이에|에) [일이삼사오육칠팔구십백]+ ?(이?나왔|이고|이에요|예요|이요|입니다|고요)": 1.0,  # noqa: E501
        r"(들어갔습니다|들어가고 있|드린 지|들어간 지|찍었습니다|뺐고|부를게요|홀드예요|달라 하셨|동의서는)": 1.0,
        r"(유닛|씨씨|밀리|알) ?(퍼|경구|볼루스|들어)": 0.8,
    }
)

_GUARDIAN = _signs(
    {
        r"(?<![가-힣])(우리 ?)?(애|얘|야|아이|애기|아기|큰애|둘째|첫째)(가|는|를|도|한테|랑)(?![가-힣])": 1.0,
        r"(?<![가-힣])(우리 ?)?(엄마|아빠|아버지|어머니|어머님|아버님|남편|집사람|할머니|할아버지|이이|이 ?양반)"
        r"(가|이|는|은|도|께서)(?![가-힣])": 0.7,
        r"먹(여요|였어요|였는데|이면|일까요|이고)|재웠|안아 ?(주|줘|달)|기저귀|어린이집|유치원|보채|보챘|처져|자지러": 1.0,  # noqa: E501
        r"(?<!안녕)(으시|하시|가시|보시|오시|되시|셨|시고|시는|시더|셔서|드세요|계세요|하세요|맞으세요|세요[.]?$|모시|모셔|여쭤)"
        r"(?!면 (돼|되))(?!.*선생님)": 0.6,
    }
)
_OF_ONESELF = re.compile(r"(?<![가-힣])(제가|저는|저도|저한테|나는|내가|전)(?![가-힣])")
_TO_GUARDIAN = re.compile(
    r"(보호자|어머님|아버님|따님|아드님|사모님|남편)(분|분도|분이|께서|은|는|이)?(?![가-힣])|먹이(셨|세|시)|"
    r"(아이|애기|아기|애)(가|는|를|도) "
)
_FAMILY_ASKED = re.compile(r"가족|집안|부모님")

_SURE = 0.15
_LEAST_NURSE = 1.2
_NURSE_PHRASE = 0.7
_NURSE_SHARE = 0.35
_GUARDIAN_BESIDE = 0.1
_GUARDIAN_ALONE = 0.22
_ADDRESSED = 0.04
ENROLLED = 2.0
"""Nats of leaning from which a voice is the physician's whatever it says."""
_LEANING = 0.25
_DICTATED = re.compile(
    r"(함|음|됨|임|없음|있음|관찰됨|호소|시행|처방|판단됨|예정|내원|소견)\s*[.]?$|\d+세 (남|여)|세 (남자|여자|남성|여성) ?환자"  # noqa: E501
)
_DICTATION_SIGNS = 3
"""Phrases in the style of a record from which one voice alone counts as a physician who dictates."""


def physician_score(text: str) -> float:
    """How much a phrase sounds like the physician: above 0 physician, below 0 patient."""
    return _sum(_PHYSICIAN, text) - _sum(_PATIENT, text)


def name_roles(spoken: Iterable[tuple[str, int]], leaning: Mapping[int, float] | None = None) -> dict[int, Speaker]:
    """The role of each voice, from all that it says.

    ``leaning`` are nats that something else (an enrolled voice, the physician's microphone) gives for a voice being
    the physician's.  Where the voices speak alike nothing is named, and one voice alone is named only where it
    dictates a record: an unknown speaker is better than a wrong one.
    """
    said: dict[int, list[str]] = {}
    for text, voice in spoken:
        said.setdefault(voice, []).append(text)
    leaning = leaning or {}
    nurses = _nurses(said)
    scores = {
        voice: _mean_score(texts, leaning.get(voice, 0.0)) for voice, texts in said.items() if voice not in nurses
    }
    if len(said) == 1:
        return _alone(said, leaning)
    if not scores:
        return {}
    physician = max(scores, key=lambda voice: scores[voice])
    others = [voice for voice in scores if voice != physician]
    if others and scores[physician] - max(scores[voice] for voice in others) < _SURE:
        return {}
    names: dict[int, Speaker] = dict.fromkeys(nurses, "nurse")
    names[physician] = "doctor"
    for voice in [voice for voice in others if leaning.get(voice, 0.0) >= ENROLLED]:
        names[voice] = "doctor"
        others.remove(voice)
    names.update(_patient_and_guardian({voice: said[voice] for voice in others}, said[physician]))
    return names


def _alone(said: Mapping[int, list[str]], leaning: Mapping[int, float]) -> dict[int, Speaker]:
    """One voice: the physician where it is the enrolled one, or dictates in the style of a record."""
    ((voice, texts),) = said.items()
    dictated = sum(bool(_DICTATED.search(text.strip())) for text in texts)
    is_record = dictated >= _DICTATION_SIGNS and dictated >= len(texts) / 2
    return {voice: "doctor"} if leaning.get(voice, 0.0) >= ENROLLED or is_record else {}


def _nurses(said: Mapping[int, list[str]]) -> list[int]:
    """Voices that say little, and of that mostly measurements, results and orders read back."""
    total = sum(_words(texts) for texts in said.values())
    return [
        voice
        for voice, texts in said.items()
        if _words(texts) < _NURSE_SHARE * total
        and sum(_sum(_NURSE, text) for text in texts) >= max(_LEAST_NURSE, _NURSE_PHRASE * len(texts) ** 0.5)
        and sum(_sum(_NURSE, text) for text in texts) > 2 * sum(bool(_OF_ONESELF.search(text)) for text in texts)
        and sum(_sum(_NURSE, text) > 0 for text in texts) >= len(texts) / 3
    ]


def _patient_and_guardian(said: Mapping[int, list[str]], physician: list[str]) -> dict[int, Speaker]:
    """Of the others, at most one speaks for somebody else and is the guardian; the rest are patients.

    Beside a patient's voice a guardian's stands out sooner than alone.
    """
    names: dict[int, Speaker] = dict.fromkeys(said, "patient")
    if not said:
        return names
    scores = {voice: _guardian_score(texts) for voice, texts in said.items()}
    best = max(scores, key=lambda voice: scores[voice])
    addressed = sum(bool(_TO_GUARDIAN.search(text) and not _FAMILY_ASKED.search(text)) for text in physician)
    second = max((score for voice, score in scores.items() if voice != best), default=0.0)
    least = _GUARDIAN_BESIDE if len(said) > 1 else _GUARDIAN_ALONE
    if scores[best] - max(second, 0.0) + _ADDRESSED * min(addressed, 3) >= least:
        names[best] = "guardian"
    return names


def _guardian_score(texts: list[str]) -> float:
    """Signs a phrase of speaking for somebody else, those of speaking of oneself taken off."""
    of_others = sum(_sum(_GUARDIAN, text) for text in texts)
    of_oneself = sum(bool(_OF_ONESELF.search(text)) for text in texts)
    return (of_others - 0.5 * of_oneself) / (len(texts) + 2)


def _mean_score(texts: list[str], leaning: float) -> float:
    words = _words(texts)
    return 10 * sum(physician_score(text) for text in texts) / (words + 10) + _LEANING * leaning


def _words(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _sum(signs: tuple[_Sign, ...], text: str) -> float:
    return sum(sign.weight for sign in signs if sign.pattern.search(text))
