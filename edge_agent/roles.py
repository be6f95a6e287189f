"""Roles from words: who asks, orders and examines, and who answers and complains.

The patterns are those of spoken Korean (and English) consultations and hold on text with recognition errors: they
rest on endings and honorifics, which recognisers get right more often than names of diseases.  A physician speaks
to the patient with the honorific -시-, announces with -ㄹ게요, orders with -세요; a patient answers, says 제가,
tells with -았어요 and -더라고요, and calls the other 선생님.
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

_GUARDIAN = _signs(
    {
        r"(?<![가-힣])(우리 ?)?(애|얘|아이|애기|아기)(가|는|를|도|한테)?(?![가-힣])": 1.0,
        r"(?<![가-힣])우리 ?(아들|딸)(이|은|을|도)?(?![가-힣])": 1.0,
        r"먹(여요|였어요|였는데|이면|일까요)|기저귀|어린이집|유치원": 1.0,
    }
)
_TO_GUARDIAN = re.compile(
    r"(보호자|어머님|아버님|어머니|아버지)(분)?[,.]|먹이(셨|세|시)|(아이|애기|아기|애)(가|는|를|도) "
)

_SURE = 0.15
_LEAST_GUARDIAN = 2


def physician_score(text: str) -> float:
    """How much a phrase sounds like the physician: above 0 physician, below 0 patient."""
    return _sum(_PHYSICIAN, text) - _sum(_PATIENT, text)


def name_roles(spoken: Iterable[tuple[str, int]]) -> dict[int, Speaker]:
    """The role of each voice, from all that it says.

    With one voice only, or where the voices speak alike, nothing is named: an unknown speaker is better than a
    wrong one.
    """
    said: dict[int, list[str]] = {}
    for text, voice in spoken:
        said.setdefault(voice, []).append(text)
    if len(said) < 2:
        return {}
    scores = {voice: _mean_score(texts) for voice, texts in said.items()}
    physician = max(scores, key=lambda voice: scores[voice])
    others = [voice for voice in scores if voice != physician]
    if scores[physician] - max(scores[voice] for voice in others) < _SURE:
        return {}
    names: dict[int, Speaker] = {physician: "doctor"}
    for voice in others:
        names[voice] = "guardian" if _is_guardian(said[voice], said[physician]) else "patient"
    return names


def _mean_score(texts: list[str]) -> float:
    words = sum(len(text.split()) for text in texts)
    return 10 * sum(physician_score(text) for text in texts) / (words + 10)


def _is_guardian(texts: list[str], physician: list[str]) -> bool:
    told = sum(_sum(_GUARDIAN, text) for text in texts)
    addressed = sum(bool(_TO_GUARDIAN.search(text)) for text in physician)
    return told >= _LEAST_GUARDIAN and addressed >= _LEAST_GUARDIAN


def _sum(signs: tuple[_Sign, ...], text: str) -> float:
    return sum(sign.weight for sign in signs if sign.pattern.search(text))
