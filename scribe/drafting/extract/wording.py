"""Spoken clauses as a record writes them: instructions and conditions in nominal style."""

import re

from scribe.drafting.morphology import VERBAL
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import find_quantities, written
from scribe.drafting.terms import Mention, TermIndex

_HONORIFIC = (("드세요", "드시기"), ("주무세요", "주무시기"), ("계세요", "계시기"), ("하세요", "하기"))
_ENDINGS = (
    (r"(?:지는|지도|지를|지|진)\s?(?:마세요|(?:마시고요?|마시구요|말고요?)$|마십시오|마셔야.*|마시는 게.*|말아야.*|"
    r"않으셔야.*|"
r"않는 게.*|마시고$)", "지 않기"),
    (r"(?P<bar>면|은|는|도|\s)\s?(?:절대로?\s|당분간\s)?안\s?(?:돼|됩|되)[가-힣]*$", r"\g<bar> 안 됨"),
    (r"(?P<leave>(?:아|어|여|해|셔|와|가|워|려|겨)도)\s?(?:돼|됩|되고|괜찮|좋)[가-힣]*$", r"\g<leave> 됨"),
    (r"(?:으)?(?:셔야|시면|시는 게|시는 것이|시도록|시길|십시오).*$", "기"),
    (r"(?:(?<=드)|(?<=주무)|(?<= 마)|(?<=계))시(?:고요|고|구요|면서|는)$", "시기"),
    (r"(?:으시|시)(?:고요|고|구요|면서|는)$", "기"),
    (r"(?:고요|고|구요|면서)$", "기"),
    (r"(?:어야|아야|해야)\s?(?:돼요|됩니다|해요|합니다).*$", None),
    (r"(?:으세요|세요)$", "기"),
)  # fmt: skip


def display(mention: Mention) -> str:
    """The preferred term, with the word that was said beside it where it differs: "컴퓨터단층촬영(CT)"."""
    term, said = mention.row.term, re.sub(r"\s+", " ", mention.surface)
    folded, spoken = (re.sub(r"[\s\-/·]", "", text).lower() for text in (term, said))
    if mention.how != "exact" or spoken in folded or folded in spoken:
        return term
    return f"{term}({said})"


def disease(mention: Mention) -> str:
    """The preferred term without a type, 급성 or 만성 that nobody said: "당뇨" is 당뇨병, not 2형 당뇨병."""
    qualified = re.fullmatch(r"(제?\s?\d형|급성|만성)\s+(.+)", mention.row.term)
    if qualified is None:
        return mention.row.term
    qualifier, rest = qualified.groups()
    said = mention.surface.replace(" ", "")
    is_said = qualifier in said or (qualifier.endswith("형") and re.search(r"형|type|타입", said, re.IGNORECASE))
    is_same = said in rest.replace(" ", "") or rest.replace(" ", "") in said or qualifier.endswith("형")
    return rest if is_same and not is_said else mention.row.term


def covers(mention: Mention, words: str, share: float = 0.6) -> bool:
    """Whether a known phrase makes up that share of the words, so that they can hardly be misheard."""
    return mention.end - mention.start >= share * len(words.strip(" ,.?!"))


def instruction(words: str) -> str:
    """ "물 자주 드시고" as "물 자주 드시기", "만들지 마세요" as "만들지 않기"; else the words themselves."""
    text = said(words)
    for ending, nominal in _HONORIFIC:
        if text.endswith(ending):
            return text.removesuffix(ending) + nominal
    text = re.sub(r"(?<=금식)(?:이요|요|입니다|이에요|하고요?|하세요|하시고요?)$", "", text)
    for pattern, replacement in _ENDINGS:
        if replacement is not None and re.search(pattern, text):
            return re.sub(r"\s+", " ", re.sub(pattern, replacement, text))
    return text


def condition(words: str) -> str:
    """ "숨이 차거나" as "숨이 차면", "귀 뒤가 붓거나" as "귀 뒤가 붓는 경우"."""
    text = said(words)
    text = re.sub(
        r"^(?:(?:혹시|그리고|또|만약에?|그런데|근데|아니면|자꾸|(?:그\s)?전(?:이라도|에라도|이라두|에는?|에)|그사이|그동안|밤이라도)\s)+",
        "",
        text,
    )
    text = re.sub(r"(?<=[가-힣]{2}) 나도$", " 나면", text)
    if text.endswith("면"):
        return text
    if text.endswith(("거나", "든지", "든가")):
        return _if(re.sub(r"(?:거나|든지|든가)$", "", text))
    if re.search(r"(?<=[는은]) (?:것|거)도요?$", text):
        return re.sub(r" (?:것|거)도요?$", " 경우", text)
    if re.search(r"[가-힣]도요?$", text):
        return _conceded(text)
    return text


def _conceded(text: str) -> str:
    """ "열이 나도요" after other conditions is one more of them: "열이 나면"."""
    words = list(TermIndex.load().morphemes(text))
    while words and (words[-1].tag.startswith("S") or words[-1].form == "요"):
        words.pop()
    if len(words) < 2 or words[-1].form not in ("어도", "아도") or words[-2].tag not in VERBAL:
        return re.sub(r"(?:도요|도)$", "도", text)
    stem = words[-2]
    if len(words) > 2 and words[-3].end > stem.start:
        return re.sub(r"(?:도요|도)$", "도", text)
    joined = TermIndex.load().analyser.join([(stem.form, stem.tag), ("으면", "EC")])
    return text[: stem.start] + re.sub(
        r"^들으면$", "들면" if text[: stem.start].endswith(("이 ", "가 ")) else "들으면", joined
    )


def _if(stem: str) -> str:
    last = stem[-1]
    if not "가" <= last <= "힣" or (ord(last) - 0xAC00) % 28 in (0, 8):
        return f"{stem}면"
    if last in "있없":
        return f"{stem}는 경우"
    if (ord(last) - 0xAC00) % 28 == 17 and last not in "잡입뽑씹집접업":
        return f"{stem[:-1]}{chr(ord(last) - 17)}운 경우"
    return f"{stem}는 경우"


def tidy(words: str) -> str:
    """One space between words, no punctuation around, amounts in digits."""
    text = re.sub(r"\s+", " ", words).strip(" .,?!…")
    return digits(_unled(text))


def said(words: str) -> str:
    """One space between words, no punctuation around; amounts as they were said."""
    return _unled(re.sub(r"\s+", " ", words).strip(" .,?!…"))


def _unled(text: str) -> str:
    return re.sub(r"^(?:네|예|자|그리고|그럼|또|아|음|어|그|참)[\s,]+", "", text)


def digits(text: str) -> str:
    """Amounts and temperatures in digits ("삼십구 도" → "39도"); other words are left as said."""
    spans: list[tuple[int, int, str]] = []
    for quantity in find_quantities(text):
        unit = "도" if quantity.unit == "Cel" else text[_digits_end(text, quantity.start) : quantity.end].strip()
        spans.append((quantity.start, quantity.end, f"{written(quantity.value)}{unit}"))
    for start, end, replacement in sorted(spans, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _digits_end(text: str, start: int) -> int:
    return next((number.end for number in find_numbers(text[start:]) if number.start == 0), 0) + start
