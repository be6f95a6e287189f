"""Predicate phrases ("속이 울렁거리다") found in speech whatever their particles, endings and adverbs.

A phrase is reduced to a key: its content morphemes in order, joined ("속울렁거리").  In the utterance the
key may be interrupted by particles, endings, adverbs, amounts, words of place ("머리 뒤쪽이 아프다"), a
comparison ("깨질 것처럼"), a coordinated noun ("머리랑 배가 아프다") and negation.  Because keys are joined
strings it does not matter how finely the analyser cuts ("숨차다" or "숨이 차다").
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from scribe.drafting.morphology import ENDINGS, PARTICLES, VERBAL, Analyser, Morpheme

_JOINABLE = frozenset({"NNG", "NNP", "NNB", "NR", "NP", "XR", "XPN", "XSN", "SL", "MAG", "MM", "IC"}) | VERBAL
_SKIPPABLE = PARTICLES | frozenset({"EP", "EC", "ETM", "ETN", "MAG", "IC", "SP", "NR", "SN", "NNB", "MM", "VX", "XSN"})
_PLACES = """
여기저기 군데군데 쪽 뒤쪽 안쪽 바깥쪽 앞쪽 위쪽 아래쪽 아랫쪽 윗쪽 옆쪽 양쪽 왼쪽 오른쪽 한쪽 부분 부위 근처 부근
주변 주위 자리 속 안 밖 밑 위 아래 앞 뒤 옆 전체 가운데 끝 여기 거기 요기
이쪽 저쪽 하루 아침 저녁 밤 낮 새벽 요즘 요새 오늘 어제 계속 새 사이 동안 만 키로 킬로 달 정도 느낌 증상 상태
"""
_PLACE_NOUNS = frozenset(_PLACES.split())
_ADVERBIAL_ENDINGS = frozenset({"게", "듯", "듯이", "도록", "을수록", "ᆯ수록"})
_NEGATIVE_ADVERBS = frozenset({"안", "못"})
_NEGATIVE_AUXILIARIES = frozenset({"않", "못하"})
# "지는 안 해요", in the south "지든 안 했소", "지덜 안 해유"
_BEFORE_DENIAL = frozenset({"지", "든", "덜", "는", "를", "도", "ᆯ", "ᆫ"})
_BOUND_NOUNS = frozenset({"거", "것", "적", "데", "줄", "일", "수"})
_MOST_SKIPS = 9
_HOMOPHONES = {"걸": "걷", "듣": "들", "나": "낫", "눌": "누", "부": "붓", "떠": "떨", "잇": "이"}
_EATING = ("먹", "마시")
_PLAIN_VERBS = {  # of honorific ones; 드세 is how the analyser reads "드세요"
    **dict.fromkeys(("드시", "들", "드세", "잡수", "잡수시", "잡숫"), _EATING),
    **dict.fromkeys(("주무시",), ("자",)),
    **dict.fromkeys(("편찮", "편찮으시"), ("아프",)),
    **dict.fromkeys(("피시", "태우", "피"), ("피우",)),
}


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase in the text: ``parts`` are the code point spans of its content morphemes.

    ``start`` to ``end`` runs from the first of them to the last ending, a negation included; ``negated`` is
    a hint from the clause itself (안, 못, -지 않다, -은 건 없다), two negations cancelling.
    """

    phrase: str
    start: int
    end: int
    parts: tuple[tuple[int, int], ...]
    negated: bool


class PhraseBook:
    """The compiled phrases; each must be in dictionary form.

    ``keys`` holds those of phrases that were compiled before: compiling costs a millisecond a phrase.
    """

    def __init__(
        self, analyser: Analyser, phrases: Iterable[str], keys: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    ) -> None:
        self._analyser = analyser
        self._phrases: defaultdict[str, list[str]] = defaultdict(list)
        self._prefixes: set[str] = set()
        for phrase in dict.fromkeys(phrases):
            for key in keys.get(phrase) or phrase_keys(analyser, phrase):
                self._phrases[key].append(phrase)
                self._prefixes.update(key[:length] for length in range(1, len(key) + 1))

    def find(self, text: str) -> list[Match]:
        """Every phrase at every place, in order of their start; the caller resolves overlaps."""
        morphemes = self._analyser.morphemes(text)
        found: list[Match] = []
        for i in range(len(morphemes)):
            found += self._from(morphemes, i)
            found += self._adnominal(morphemes, i)
        return sorted(set(found), key=lambda match: (match.start, match.end))

    def _from(self, morphemes: Sequence[Morpheme], first: int) -> Iterator[Match]:
        walks = [_Walk("", (), first, 0, 0)]
        while walks:
            walk = walks.pop()
            if walk.at >= len(morphemes):
                continue
            for form, last in _words_at(morphemes, walk.at):
                if walk.key + form in self._prefixes:
                    joined = _Walk(walk.key + form, (*walk.joined, last), last + 1, walk.skips, walk.negations)
                    walks.append(joined)
                    if morphemes[last].tag in VERBAL or morphemes[last].form == "하고":
                        yield from self._complete(morphemes, joined, first)
            if walk.joined and walk.skips < _MOST_SKIPS:
                walks += _skips(morphemes, walk)

    def _complete(self, morphemes: Sequence[Morpheme], walk: "_Walk", first: int) -> Iterator[Match]:
        """The phrases of a key that begins at ``first``: a word cut in two ("커|지") is denied before that."""
        phrases = self._phrases.get(walk.key)
        if not phrases:
            return
        last = walk.joined[-1]
        before = bool(first) and _denies(morphemes[first - 1])
        first -= before
        last, after = _tail(morphemes, last)
        parts = tuple((morphemes[i].start, morphemes[i].end) for i in walk.joined)
        end = max(morpheme.end for morpheme in morphemes[first : last + 1])
        for phrase in phrases:
            negations = walk.negations + before + after + _joined_denials(morphemes, walk.joined, phrase)
            yield Match(phrase, morphemes[first].start, end, parts, negations % 2 == 1)

    def _adnominal(self, morphemes: Sequence[Morpheme], at: int) -> Iterator[Match]:
        """The turned order: "아픈 무릎", "쉰 목소리"."""
        if morphemes[at].tag != "ETM" or at + 1 >= len(morphemes):
            return
        noun = morphemes[at + 1]
        if noun.tag not in ("NNG", "NNP"):
            return
        verb = ""
        for first in range(at - 1, max(at - 4, -1), -1):
            if morphemes[first].tag == "EP":
                continue
            if morphemes[first].tag not in VERBAL | {"XR", "MAG", "NNG"}:
                return
            verb = morphemes[first].form + verb
            for phrase in self._phrases.get(noun.form + verb, ()):
                parts = ((morphemes[first].start, morphemes[at - 1].end), (noun.start, noun.end))
                yield Match(phrase, morphemes[first].start, noun.end, parts, False)


@dataclass(frozen=True, slots=True)
class _Walk:
    key: str
    joined: tuple[int, ...]
    at: int
    skips: int
    negations: int


def _denies(morpheme: Morpheme) -> bool:
    return morpheme.tag == "MAG" and morpheme.form in _NEGATIVE_ADVERBS


def _joined_denials(morphemes: Sequence[Morpheme], joined: Sequence[int], phrase: str) -> int:
    """안 and 못 that a key took for its own ("입은 안 헐었어요" has the key of "입안이 헐다")."""
    own = sum(word == "안" or word.startswith("못") for word in phrase.split())
    return max(0, sum(_denies(morphemes[at]) for at in joined) - own)


def phrase_keys(analyser: Analyser, phrase: str) -> tuple[str, ...]:
    """The keys of a phrase in dictionary form; -거리다 also as -대다, 못/안 also as -지 못하다/않다.

    Raises ValueError where the phrase does not end in a predicate.
    """
    content = _content(analyser, phrase)
    if not phrase.endswith("다") or not content:
        raise ValueError(f"{phrase!r} is not a predicate in dictionary form")
    joinable = [morpheme for morpheme in content if _joins(morpheme)]
    keys = ["".join(morpheme.form for morpheme in joinable), _compound_key(content)]
    if len(joinable) > 1 and joinable[-2].tag == "MAG" and joinable[-2].form in _NEGATIVE_ADVERBS:
        auxiliary = "못하" if joinable[-2].form == "못" else "않"
        keys.append("".join(m.form for m in joinable[:-2]) + joinable[-1].form + auxiliary)
    if keys[0].endswith("거리"):
        keys.append(keys[0].removesuffix("거리") + "대")
    return tuple(dict.fromkeys(keys))


def _compound_key(content: Sequence[Morpheme]) -> str:
    key, at = "", 0
    while at < len(content):
        form, last = max(_words_at(content, at), key=lambda word: word[1], default=("", at))
        key, at = key + form, last + 1
    return key


def _words_at(morphemes: Sequence[Morpheme], at: int) -> Iterator[tuple[str, int]]:
    """The forms to join at ``at``, each with the index of its last morpheme.

    A verb joined to another without a space ("커지", "부어오르") also counts as one, whether or not the
    analyser's dictionary has the compound.
    """
    here = morphemes[at]
    if here.tag == "JC" and here.form == "하고":
        yield "하", at
    if not _joins(here):
        return
    yield here.form, at
    yield from ((form, at) for form in _PLAIN_VERBS.get(here.form, ()))
    if here.tag == "VV":
        yield from ((form, at) for form in _other_stems(here.form))
    if here.tag in VERBAL and at + 2 < len(morphemes):
        ending, second = morphemes[at + 1], morphemes[at + 2]
        if ending.tag == "EC" and ending.form in ("어", "아", "고") and second.tag in ("VV", "VX"):
            stem = here.surface + ending.surface[max(0, here.end - ending.start) :]
            yield stem + second.form, at + 2


def _joins(morpheme: Morpheme) -> bool:
    """까지 counts as content: "어깨까지 아프다" says that a pain radiates."""
    return morpheme.tag in _JOINABLE or (morpheme.form, morpheme.tag) == ("까지", "JX")


def _other_stems(stem: str) -> Iterator[str]:
    """Stems that sound alike before an ending: "주는" of 줄다, "걸어" of 걷다."""
    if stem in _HOMOPHONES:
        yield _HOMOPHONES[stem]
    coda = (ord(stem[-1]) - ord("가")) % 28
    if len(stem) == 1 and coda == 0:
        yield chr(ord(stem) + 8)  # ㄹ, dropped before ㄴ


def _content(analyser: Analyser, phrase: str) -> list[Morpheme]:
    """The morphemes without the final ending; where the bare dictionary form misleads, "-고" and "-거든요" help."""
    for clause in (phrase, phrase[:-1] + "고 그래요", phrase[:-1] + "거든요"):
        content = [
            morpheme
            for morpheme in analyser.morphemes(clause)
            if morpheme.start < len(phrase) - 1 and not _is_particle_misread(morpheme, clause)
        ]
        if content and content[-1].tag in VERBAL:
            return content
    return []


def _is_particle_misread(morpheme: Morpheme, phrase: str) -> bool:
    """A particle that the analyser took for a word because the phrase gives it little context."""
    stands_last = morpheme.end < len(phrase) and phrase[morpheme.end] == " "
    inside_word = morpheme.start > 0 and phrase[morpheme.start - 1] != " "
    return stands_last and inside_word and phrase[morpheme.start : morpheme.end] in {"이", "가", "을", "를", "은", "는"}


def _skips(morphemes: Sequence[Morpheme], walk: _Walk) -> Iterator[_Walk]:
    here = morphemes[walk.at]
    negations = walk.negations
    if here.tag == "MAG" and here.form in _NEGATIVE_ADVERBS:
        negations += 1
    ends_clause = here.tag == "SP" and morphemes[walk.at - 1].tag in ("EC", "EF")
    skippable = here.tag in _SKIPPABLE and not ends_clause
    if (
        skippable
        or _is_topic_mark(morphemes, walk.at)
        or here.form in _PLACE_NOUNS
        or _is_coordinated(morphemes, walk.at)
    ):
        yield _Walk(walk.key, walk.joined, walk.at + 1, walk.skips + 1, negations)
    if here.tag in ("NNG", "NNP") and walk.at + 1 < len(morphemes) and morphemes[walk.at + 1].tag == "JKB":
        yield _Walk(walk.key, walk.joined, walk.at + 2, walk.skips + 2, negations)
    after = _adverbial_end(morphemes, walk.at)
    if after:
        yield _Walk(walk.key, walk.joined, after, walk.skips + 2, negations)


def _is_topic_mark(morphemes: Sequence[Morpheme], at: int) -> bool:
    """요 and the question mark after a topic: "살은요? 빠졌어요?"."""
    here, before = morphemes[at], morphemes[at - 1]
    if here.form == "요" and before.tag == "JX":
        return True
    topic = before if before.tag == "JX" and before.form != "요" else morphemes[at - 2] if at > 1 else before
    return here.tag == "SF" and here.form == "?" and topic.tag == "JX" and topic.form in ("은", "는")


def _is_coordinated(morphemes: Sequence[Morpheme], at: int) -> bool:
    """A noun after "랑", "하고" or "도": "머리도 목도 아프다"."""
    before = morphemes[at - 1]
    return morphemes[at].tag in ("NNG", "NNP") and (before.tag == "JC" or (before.tag == "JX" and before.form == "도"))


def _adverbial_end(morphemes: Sequence[Morpheme], at: int) -> int:
    """The index after "심하게", "쥐어짜듯이", "깨질 것처럼" or "깨질 것 같이", 0 where none starts at ``at``."""
    last = at
    while last < len(morphemes) and last < at + 3 and morphemes[last].tag in VERBAL | {"XR", "NNG", "EP"}:
        last += 1
    if last == at or last >= len(morphemes) or morphemes[last - 1].tag not in VERBAL | {"EP"}:
        return 0
    ending = morphemes[last]
    if ending.tag == "EC" and ending.form in _ADVERBIAL_ENDINGS:
        return last + 1
    if ending.tag == "ETM" and last + 2 < len(morphemes) and morphemes[last + 1].tag == "NNB":
        comparison = morphemes[last + 2]
        if comparison.form in {"처럼", "같이", "마냥", "만큼", "로", "으로"}:
            return last + 3
    return 0


def _tail(morphemes: Sequence[Morpheme], last: int) -> tuple[int, int]:
    """The last morpheme of the predicate's clause end and the negations in it.

    Runs over endings and auxiliaries ("-지는 않아요", "-아 죽겠어요") and over "-은 건 없어요".
    """
    negations = 0
    at = last + 1
    while at < len(morphemes):
        here = morphemes[at]
        negative = here.tag == "VX" and here.form in _NEGATIVE_AUXILIARIES
        if here.tag in ENDINGS or negative or (here.tag == "VX" and here.form in {"죽", "있", "보", "지", "싶", "하"}):
            negations += negative
            last, at = at, at + 1
        elif (here.form, here.tag) == ("요", "JX"):
            last, at = at, at + 1
        elif here.tag in ("JX", "JKS", "JKO") and morphemes[at - 1].form in {"지", "거"}:
            at += 1
        elif _denies(here) and morphemes[at - 1].form in _BEFORE_DENIAL and _is_doing(morphemes, at + 1):
            negations += 1
            last, at = at + 1, at + 2
        else:
            break
    existence = _existence_end(morphemes, at) if morphemes[last].tag == "ETM" else 0
    if existence:
        negations += morphemes[existence].form in {"없", "아니"}
        last = existence
        while last + 1 < len(morphemes) and morphemes[last + 1].tag in ENDINGS:
            last += 1
    return last, negations


def _is_doing(morphemes: Sequence[Morpheme], at: int) -> bool:
    return at < len(morphemes) and morphemes[at].form in {"하", "그러"} and morphemes[at].tag in VERBAL


def _existence_end(morphemes: Sequence[Morpheme], at: int) -> int:
    """The index of 없다, 있다 or 아니다 in "-은 것은 없다" after an adnominal ending, else 0."""
    if at >= len(morphemes) or morphemes[at].form not in _BOUND_NOUNS | {"증상", "느낌"}:
        return 0
    at += 1
    while at < len(morphemes) and morphemes[at].tag in PARTICLES | {"MAG", "MM", "NR", "NNB", "SN"}:
        at += 1
    if at < len(morphemes) and morphemes[at].form in {"없", "있", "아니"}:
        return at
    return 0
