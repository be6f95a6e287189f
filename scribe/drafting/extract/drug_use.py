"""Whether a medicine that was spoken of is taken, was given up, or was never taken, by the words after it."""

import re
from typing import Literal

Use = Literal["taken", "stopped", "refused", "open"]

_TAKEN = re.compile(
    r"먹|드시|드세|드셔|드신|복용|맞(?:고|아|는|았|습|으|혀|히)|바르|바른|발라|발랐|쓰고|써요|썼|쓰는|쓰시|씁니다|뿌리|"
    r"뿌려|뿌렸|넣|챙겨|타다|타 먹|타 갔|처방받|받아|받고|달고|줬|주신|붙이|붙여|붙였|하고 있|했어|했죠|써 왔|"
    r"빨아|짜 먹|"
    r"있지|있어|계속|매일|꼬박|가끔|이따금|때마다|때만|아침마다|저녁마다"
)
_STOPPED = re.compile(
    r"끊(?:었|은|으라|고|어)|중단(?:했|하|한|이|됐)|그만(?:뒀| 먹| 드|두|하라)|관뒀|안 (?:먹|하|쓰|드신|바르|"
    r"맞)은? ?지 (?:오래|[가-힣 ]{1,8}(?:됐|되))|"
    r"(?:먹|쓰|바르|맞|드시)다가?\s?(?:말|안|끊|그만)|바르고 말|다 (?:끝났|끝나|먹었|썼|떨어)|떨어졌|"
    r"(?:이제|지금|요즘|요새|더는|더 이상|그 뒤로|그 뒤론|이후로)(?:은|는)?\s(?:아예\s)?안 (?:먹|드|써|쓰|해|하|맞|발)|"
    r"(?:다가|었는데|았는데|던 거|던 건|[가-힣]+서)[,\s][^.?!]{0,16}안 (?:먹|드|써|쓰|해|맞|발)|(?:뺐|뺀|빼고)|"
    r"홀드|hold|보류|스톱|쉬고 있|쉬는 중|쉬었"
)
_REFUSED = re.compile(
    r"안 (?:먹|드|맞|발|써|쓰|했|해|타|받|줬)|못 (?:먹|드|맞)|지 않|지는 않|진 않|없(?:어|고|습|는데|네|음)|"
    r"아직(?:이|은)|"
    r"먹기 싫|안 줬"
)
_WEIGHED = re.compile(
    r"려다|까 했|까 하다|까 하|려고 했|라던데|다던데|대요\s?[.?]|된다고|되나|될까|먹어야|맞아야|써야|먹어도|"
    r"맞아도|써도|되죠\s?\?|"
    r"먹으라고 하면|으면 (?:좋|안)|달라고|줄 수|사려|사 먹을까|맞자|먹자|쓰자|하자"
)


def use_of(words: str) -> Use:
    """What the rest of the sentence says of the medicine before it; ``open`` where it says nothing."""
    if _WEIGHED.search(words):
        return "refused"
    if _STOPPED.search(words):
        return "stopped"
    if _REFUSED.search(_without_missed_doses(words)):
        return "refused"
    return "taken" if _TAKEN.search(words) else "open"


_MISSED = re.compile(
    r"(?:안|못)\s?(?:까먹|까묵|빼먹|빠뜨|빠트|거르|걸러|거른|잊|건너)[가-힣]*|(?:까먹|빼먹|빠뜨리|"
    r"거르)[가-힣]*지\s?(?:는|도)?\s?않[가-힣]*"
)
_FORGETS = re.compile(
    r"까먹|까묵|빼먹|빼묵|빠뜨|빠트|잊|거르|걸러|걸렀|거른|건너뛰|건너뛸|띄엄|생각날 때만|불규칙|들쭉날쭉|"
    r"숨찰 때만|아플 때만 (?:먹|쓰|써|했)"
)
_GOOD = re.compile(
    r"(?:잘|다|제때|열심히|꾸준히) (?:챙겨|먹|드시|드세|복용|뿌리|쓰|넣)|꼬박꼬박|빠짐없이|매일 챙|"
    r"한 번도 안 (?:빼|거|걸|빠|잊)"
)


def adherence_of(words: str, use: Use) -> str | None:
    """How faithfully it is taken, where the words tell."""
    if use == "stopped":
        return "중단"
    if _MISSED.search(words) or _GOOD.search(words):
        return "잘 복용함"
    return "가끔 잊음" if _FORGETS.search(words) else None


def _without_missed_doses(words: str) -> str:
    """ "안 빼먹어요" says that it is taken."""
    return _MISSED.sub(" 먹 ", words)
