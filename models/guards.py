"""Guards against text that nobody said: Whisper fills silence and noise with what it saw in training.

Measured on zeros, noise, hum, clicks and babble: without guards every such signal gets a text; VAD alone leaves
babble, and what is here stops that too.
"""

import re
import unicodedata
from collections.abc import Sequence

from scribe.domain.transcript import Word

# Closing words of broadcasts and video clips, which Whisper learned from subtitles laid over music and silence.
_SUBTITLE_PHRASES = re.compile(
    r"시청해\s*주셔서\s*감사합니다"
    r"|구독(과|하고)?\s*(좋아요|알림)"
    r"|(MBC|KBS|SBS|YTN|JTBC)\s*뉴스"
    r"|(한글|영어)?\s*자막\s*(by|제공|제작)"
    r"|영상\s*(편집|제공)|유료\s*광고"
    r"|다음\s*(영상|시간)에(서)?\s*(만나|뵙|봬)"
    r"|지금까지\s*\S+\s*(기자|뉴스)|날씨였습니다"
    r"|thank(s| you) for watching"
    r"|subtitles? by",
    re.IGNORECASE,
)

_LONE_JAMO = re.compile("[ㄱ-ㅎㅏ-ㅣ]{2,}")
_SAME_LETTER = re.compile(r"([^\W\d_])\1{4,}")
_SAME_PIECE = re.compile(r"((?:[^\W\d_]{2,6}|\d{1,3})[,.·~-]*)(?:\1){3,}")

TOKENS_AT_LEAST = 16
TOKENS_PER_SECOND = 16
_MOST_SYLLABLES_PER_SECOND = 12.0
_POSSIBLE_SYLLABLES_PER_SECOND = 11.0
_SLACK_SYLLABLES = 1
_SHORT_SPEECH = 0.5
_NO_SPEECH = 0.6
_LONE_SPEECH = 1.0
_LONE_NO_SPEECH = 0.4
_LOW_LOG_PROBABILITY = -1.0
_COPIES_OF_A_PHRASE = 3
_COPIES_OF_A_WORD = 5
_LONGEST_PHRASE = 8


def token_cap(seconds: float) -> int:
    """The most tokens that can have been said in so many seconds: 16 and 16 a second.

    Quick Korean speech needs 11 tokens a second; at a cap of 10 the character error rate rose from 11.5 to 13 %.
    """
    return TOKENS_AT_LEAST + int(TOKENS_PER_SECOND * seconds)


def is_invented(text: str, *, speech: float, no_speech: float, log_probability: float) -> bool:
    """True where a segment's text cannot have been said.

    ``speech`` is the seconds of speech that VAD found under it, ``no_speech`` and ``log_probability`` are the
    recogniser's own.  A known subtitle phrase counts only where next to no speech was found: a physician may well
    thank someone.  Nobody speaks more than 11 syllables a second: of 198 passages of 34 Korean speakers the
    quickest had 10.6, and the one above it (21) was invented.  Of less than a second, groans get a syllable or two at
    which the recogniser itself has doubts of both kinds; of 23 lone words that were said none comes near that.
    """
    letters = sum(unicodedata.category(c)[0] in "LN" for c in text)
    if letters == 0 or speech <= 0.0:
        return True
    if speech < _SHORT_SPEECH and _SUBTITLE_PHRASES.search(text):
        return True
    if letters > _POSSIBLE_SYLLABLES_PER_SECOND * speech + _SLACK_SYLLABLES and _is_syllabic(text):
        return True
    too_fast = letters / speech > _MOST_SYLLABLES_PER_SECOND and _is_korean(text)
    if speech < _LONE_SPEECH and no_speech > _LONE_NO_SPEECH and log_probability < _LOW_LOG_PROBABILITY:
        return True
    return no_speech > _NO_SPEECH and (too_fast or log_probability < _LOW_LOG_PROBABILITY)


def says_only(words: Sequence[Word], terms: Sequence[str]) -> bool:
    """True where the words are nothing but these terms, whole or broken off, in any order."""
    known = [_bare(term) for term in terms]
    return all(any(term.startswith(bare) for term in known) for word in words if (bare := _bare(word.text)))


def trim_letters(text: str) -> str:
    """The text without runs of lone jamo, and with nothing in it more than a few times in a row.

    A letter may stand four times ("하하하하"), a piece of a word or a number with its comma three times
    ("4,4,4,4,4," is a loop); digits without a mark between them are a number and are left alone.
    """
    text = _SAME_LETTER.sub(r"\1", _LONE_JAMO.sub("", text))
    return _SAME_PIECE.sub(lambda loop: loop.group() if loop.group().isdigit() else loop.group(1), text)


def trim_repeats(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words without a loop: a phrase that stands three times or more in a row is kept once.

    A single short word may be said up to four times in a row ("네, 네, 네"): that is speech, not a loop.
    """
    out: list[Word] = []
    index = 0
    while index < len(words):
        length, copies = _loop_at(words, index)
        out.extend(words[index : index + length])
        index += length * copies
    return tuple(out)


def _loop_at(words: Sequence[Word], index: int) -> tuple[int, int]:
    """Length and number of copies of the loop that begins here; (1, 1) where none does."""
    for length in range(1, _LONGEST_PHRASE + 1):
        phrase = [_bare(word.text) for word in words[index : index + length]]
        if len(phrase) < length:
            break
        copies = 1
        at = index + length
        while [_bare(word.text) for word in words[at : at + length]] == phrase:
            copies += 1
            at += length
        if copies >= (_COPIES_OF_A_WORD if length == 1 else _COPIES_OF_A_PHRASE):
            return length, copies
    return 1, 1


def _bare(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")


def _is_korean(text: str) -> bool:
    return any("가" <= c <= "힣" for c in text)


def _is_syllabic(text: str) -> bool:
    """True where a letter is at least a syllable: Hangul and digits, not Latin words."""
    return not any(c.isascii() and c.isalpha() for c in text)
