"""What the live screen shows, and what it must not show any more."""

from edge_agent.live_screen import LiveScreen
from edge_agent.partial import Partial
from scribe.domain.transcript import Word


def partial(*words: str, generation: int = 0) -> Partial:
    stable = tuple(Word(text=text, start=float(index), end=index + 0.5) for index, text in enumerate(words))
    return Partial(stable=stable, generation=generation)


def shown(screen: LiveScreen) -> list[str]:
    return [word.text for word in screen.view.stable]


def test_a_partial_from_before_a_cut_does_not_bring_the_words_back() -> None:
    screen = LiveScreen(lambda: None)
    screen.begin("r1")
    screen.show("r1", partial("목이", "아파요", "비밀"))

    screen.show("r1", partial("목이", "아파요", generation=1))
    screen.cut(2.0)
    screen.show("r1", partial("목이", "아파요", "비밀", "이요"))

    assert shown(screen) == ["목이", "아파요"]


def test_the_next_recording_begins_with_nothing_and_shows_its_own() -> None:
    screen = LiveScreen(lambda: None)
    screen.begin("r1")
    screen.show("r1", partial("목이", generation=3))

    screen.begin("r2")
    screen.show("r1", partial("목이", "아파요", generation=3))
    assert shown(screen) == []
    screen.show("r2", partial("배가"))

    assert shown(screen) == ["배가"]
