from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.web.quotes import quotes


def word(text: str, start: float, end: float) -> Word:
    return Word(text=text, start=start, end=end, probability=0.9)


def heard(text: str, *words: Word) -> Transcript:
    said = Utterance(id="u0", speaker="patient", start=2.0, end=6.0, text=text, words=words or None)
    return Transcript(language="ko", utterances=(said,))


def test_a_quote_is_timed_by_its_words_or_else_by_its_utterance() -> None:
    timed = heard("목이 아파요", word("목이", 2.1, 2.9), word("아파요", 3.0, 4.2))
    span = (Evidence(utterance="u0", start=3, end=6),)
    (quote,) = quotes(timed, span)
    assert (quote.text, quote.since, quote.until) == ("아파요", 3.0, 4.2)
    (untimed,) = quotes(heard("목이 아파요"), span)
    assert (untimed.since, untimed.until) == (2.0, 6.0)


def test_evidence_of_an_utterance_that_is_gone_is_left_out() -> None:
    assert quotes(heard("네"), (Evidence(utterance="u9", start=0, end=1),)) == ()
