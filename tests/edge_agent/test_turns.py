"""Words become utterances of one speaker each."""

from edge_agent.turns import Phrase, phrases, utterances
from models.speech import Passage
from scribe.domain.transcript import Speaker, Word


def passage(*words: tuple[str, float, float], confidence: float = 0.8) -> Passage:
    return Passage(
        words=tuple(Word(text=t, start=s, end=e, probability=0.9) for t, s, e in words), confidence=confidence
    )


def texts(found: tuple[Phrase, ...]) -> list[str]:
    return [phrase.text for phrase in found]


def test_pauses_and_sentence_ends_cut() -> None:
    heard = passage(("열은요?", 0.0, 0.5), ("네,", 0.5, 0.8), ("어제", 1.4, 1.7), ("났어요.", 1.7, 2.2))

    assert texts(phrases([heard])) == ["열은요?", "네,", "어제 났어요."]


def test_a_change_of_voice_cuts_between_words() -> None:
    heard = passage(("몸살은요", 0.0, 1.0), ("몸살기는", 1.05, 1.6), ("있어요", 1.6, 2.0))

    assert texts(phrases([heard], changes=[1.02])) == ["몸살은요", "몸살기는 있어요"]


def test_no_word_is_lost_or_repeated() -> None:
    heard = [passage(*((f"말{i}", i * 0.4, i * 0.4 + 0.3) for i in range(40))), passage(("끝.", 20.0, 20.4))]

    found = phrases(heard, changes=[1.0, 3.3, 9.95])

    assert [w.text for p in found for w in p.words] == [f"말{i}" for i in range(40)] + ["끝."]


def turn(text: str, start: float, end: float, speaker: Speaker) -> tuple[Phrase, Speaker]:
    word = Word(text=text, start=start, end=end, probability=0.5)
    return Phrase(words=(word,), confidence=0.5), speaker


def test_neighbouring_phrases_of_a_speaker_are_one_turn() -> None:
    found = utterances(
        [
            turn("안녕하세요.", 0, 1, "doctor"),
            turn("어디가 아프세요?", 1.5, 3, "doctor"),
            turn("목이요.", 3.2, 4, "patient"),
            turn("언제부터요?", 4.1, 5, "doctor"),
        ]
    )

    assert [(u.id, u.speaker, u.text) for u in found] == [
        ("u0", "doctor", "안녕하세요. 어디가 아프세요?"),
        ("u1", "patient", "목이요."),
        ("u2", "doctor", "언제부터요?"),
    ]
    assert (found[0].start, found[0].end) == (0, 3)
    assert found[0].words is not None
    assert len(found[0].words) == 2


def test_a_long_silence_ends_a_turn() -> None:
    assert len(utterances([turn("네.", 0, 1, "doctor"), turn("자,", 5, 6, "doctor")])) == 2


def test_turns_come_in_order_of_time_and_nothing_gives_nothing() -> None:
    found = utterances([turn("둘", 2, 3, "patient"), turn("하나", 0, 1, "doctor")])

    assert [u.text for u in found] == ["하나", "둘"]
    assert utterances([]) == ()
