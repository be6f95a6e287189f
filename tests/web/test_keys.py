"""Key chords: which there are, which nobody may take, and how an account chooses its own."""

import re

import pytest
from starlette.testclient import TestClient

from scribe.web.keys import ACTIONS, STANDARD, Chord, bindings, problem_of, problems_of
from scribe.web.pages import HERE
from tests.web.deliveries.test_deliveries import form

ORDER = tuple(action.name for action in ACTIONS)
NAMES = set(ORDER)


def test_the_standard_chords_are_free_and_each_has_one_meaning() -> None:
    assert problems_of((action.name, action.standard) for action in ACTIONS) == {}
    assert len({str(binding.chord) for binding in STANDARD}) == len(ACTIONS) == len(NAMES)


@pytest.mark.parametrize(
    "text", ["Alt+KeyN", "Alt+N", "alt + n", "Ctrl+Alt+Enter", "Ctrl+Alt+/", "Alt+↓", "Alt+1", "Shift+Ctrl+Alt+Z"]
)
def test_a_chord_is_read_as_it_is_written_and_as_it_is_shown(text: str) -> None:
    chord = Chord.parse(text)
    assert chord is not None
    assert Chord.parse(str(chord)) == Chord.parse(chord.shown) == chord


@pytest.mark.parametrize(
    "text", ["", "Alt", "Alt+", "Alt+NN", "Hyper+N", "Alt+Alt+N", "Alt+F4", "N+Alt", "ㅜ", "Alt+ㅜ"]
)
def test_what_names_no_key_is_no_chord(text: str) -> None:
    assert Chord.parse(text) is None


@pytest.mark.parametrize(
    "text",
    ["N", "Shift+N", "Ctrl+S", "Ctrl+Shift+T", "Alt+D", "Alt+F", "Alt+Shift+N", "Ctrl+Alt+N", "Ctrl+Alt+↑", "Ctrl+1"],
)
def test_single_keys_and_those_of_browser_and_screen_reader_are_nobodys(text: str) -> None:
    chord = Chord.parse(text)
    assert chord is not None
    assert problem_of(chord)


def test_two_actions_cannot_share_a_chord_and_an_action_can_have_none() -> None:
    wanted = {"next-open": "Alt+M", "previous-open": "Alt+KeyM", "undo": "", "redo": ""}
    assert problems_of(wanted.items()) == {"previous-open": "‘다음 확인 항목’에 쓰고 있습니다"}


def test_what_cannot_be_read_is_the_standard() -> None:
    chosen = {
        one.action.name: one.chord for one in bindings({"next-open": "???", "undo": "", "redo": "Alt+M", "x": "y"})
    }
    assert chosen["next-open"] == Chord.parse("Alt+N")
    assert chosen["undo"] is None
    assert chosen["redo"] == Chord.parse("Alt+M")


def test_pages_offer_every_action_and_no_other() -> None:
    offer = re.compile(r'(?:data-key-action="|registerAction\("|dataset\.keyAction = ")([\w-]+)"')
    files = [*(HERE / "templates").glob("*.html"), *(HERE / "static").glob("*.js")]
    offered = {name: path.name for path in files for name in offer.findall(path.read_text(encoding="utf-8"))}
    assert {name: file for name, file in offered.items() if name not in NAMES} == {}
    assert NAMES - offered.keys() == set(), "an action that no page offers is listed for nothing"


def shown(page: str, action: str) -> str:
    match = re.search(rf'id="key-{action}" name="chord" value="([^"]*)"', page)
    assert match
    return match[1]


def posted(browser: TestClient, **chosen: str) -> object:
    page = browser.get("/keys").text
    fields = {name: shown(page, name) for name in ORDER} | {name.replace("_", "-"): one for name, one in chosen.items()}
    data = {"csrf": form(page), "action": list(fields), "chord": list(fields.values())}
    return browser.post("/keys", data=data)


def test_a_chord_that_was_chosen_holds_on_every_page(browser: TestClient) -> None:
    assert 'data-key="next-open" data-label="다음 확인 항목" data-chord="Alt+KeyN"' in browser.get("/encounters").text
    answer = posted(browser, next_open="Alt+M", undo="")
    assert answer.status_code == 303
    page = browser.get("/encounters").text
    assert 'data-key="next-open" data-label="다음 확인 항목" data-chord="Alt+KeyM" data-caps="Alt+M"' in page
    assert re.search(r'data-key="undo" data-label="되돌리기">', page)
    assert shown(browser.get("/keys").text, "next-open") == "Alt+M"


def test_a_conflict_is_told_beside_its_field_and_nothing_is_kept(browser: TestClient) -> None:
    answer = posted(browser, next_open="Alt+K", undo="Ctrl+Z", redo="무엇")
    assert answer.status_code == 422
    for problem in ("‘다음 확인 항목’에 쓰고 있습니다", "글 편집에 쓰이는 단축키입니다", "알아볼 수 없는 단축키입니다"):
        assert problem in answer.text
    assert shown(answer.text, "redo") == "무엇", "what was typed is still there"
    assert answer.text.count('aria-invalid="true"') == 3
    assert shown(browser.get("/keys").text, "next-open") == "Alt+N"


def test_all_can_be_put_back(browser: TestClient) -> None:
    posted(browser, next_open="Alt+M")
    assert browser.post("/keys/standard", data={"csrf": form(browser.get("/keys").text)}).status_code == 303
    assert shown(browser.get("/keys").text, "next-open") == "Alt+N"


def test_chords_are_the_accounts_own(browser: TestClient, colleague: TestClient) -> None:
    posted(browser, next_open="Alt+M")
    assert shown(colleague.get("/keys").text, "next-open") == "Alt+N"
