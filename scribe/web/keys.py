"""Key chords: what the pages can be told by keyboard, by which chord, and which chords are nobody's to take.

A page offers an action by ``data-key-action="next-open"`` on a button, link, tab or field, or by
``registerAction("next-open", handler)`` of ``static/keys.js``.  The names are those of :data:`ACTIONS`: whoever needs
another adds it there, with a chord that :func:`problem_of` finds nothing wrong with (a test sees to it).

Chords name keys by their place on the keyboard (``KeyboardEvent.code``), so they are the same in Hangul and Latin.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_KEYS: Mapping[str, str] = MappingProxyType(
    {
        **{f"Key{letter}": letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        **{f"Digit{digit}": digit for digit in "0123456789"},
        "ArrowUp": "↑", "ArrowDown": "↓", "Enter": "Enter", "Delete": "Delete", "Slash": "/", "Comma": ",",
        "Period": ".", "Semicolon": ";", "Quote": "'", "BracketLeft": "[", "BracketRight": "]", "Minus": "-",
        "Equal": "=", "Backslash": "\\",
    }
)  # fmt: skip
_CODES: Mapping[str, str] = MappingProxyType({label.casefold(): code for code, label in _KEYS.items()})
_MODIFIERS = ("Ctrl", "Alt", "Shift")

# Alt with these opens menus or the address bar (Chrome, Edge, Firefox); Ctrl+Alt with these starts or steers a
# screen reader (NVDA, JAWS, Narrator's and NVDA's table commands).
_MENUS = frozenset(f"Key{letter}" for letter in "DEFVSBTH")
_SCREEN_READERS = frozenset({"KeyN", "KeyJ", "KeyV", "ArrowUp", "ArrowDown", "Delete", "Enter"})


@dataclass(frozen=True, slots=True)
class Chord:
    """A key with its modifiers; :meth:`parse` reads both ``Alt+KeyN`` and what is shown, ``Alt+N``."""

    modifiers: tuple[str, ...]
    code: str

    @classmethod
    def parse(cls, text: str) -> "Chord | None":
        """The chord that ``text`` names; None where it names none that a page may listen to."""
        *before, key = (part.strip() for part in text.strip().split("+"))
        wanted = {name.casefold() for name in before}
        modifiers = tuple(name for name in _MODIFIERS if name.casefold() in wanted)
        code = key if key in _KEYS else _CODES.get(key.casefold())
        return cls(modifiers, code) if code and len(modifiers) == len(before) else None

    def __str__(self) -> str:
        return "+".join((*self.modifiers, self.code))

    @property
    def caps(self) -> tuple[str, ...]:
        """What stands on the keys."""
        return (*self.modifiers, _KEYS[self.code])

    @property
    def shown(self) -> str:
        return "+".join(self.caps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that a page can be told to do; ``here`` is about the statement or line that has the focus."""

    name: str
    label: str
    group: str
    standard: str
    here: bool = False


def _actions(group: str, *rows: tuple[str, str, str], here: bool = False) -> tuple[Action, ...]:
    return tuple(Action(name=n, label=label, group=group, standard=c, here=here) for n, label, c in rows)


ACTIONS: tuple[Action, ...] = (
    *_actions(
        "어디서나",
        ("help", "단축키 보기", "Alt+Slash"),
        ("worklist", "진료 목록 열기", "Alt+KeyW"),
        ("search", "찾기", "Alt+KeyQ"),
        ("next-encounter", "다음 진료", "Alt+BracketRight"),
    ),
    *_actions(
        "검토",
        ("next-open", "다음 확인 항목", "Alt+KeyN"),
        ("previous-open", "이전 확인 항목", "Alt+KeyP"),
        ("next-statement", "다음 문장", "Alt+ArrowDown"),
        ("previous-statement", "이전 문장", "Alt+ArrowUp"),
        ("undo", "되돌리기", "Alt+KeyZ"),
        ("redo", "다시 하기", "Alt+KeyY"),
        ("redraft", "바뀐 대화로 다시 쓰기", "Alt+KeyU"),
        ("sign", "서명 화면 열기·서명하기", "Alt+KeyG"),
        ("panel-note", "진료 기록 보기", "Alt+Digit1"),
        ("panel-summary", "환자 안내문 보기", "Alt+Digit2"),
        ("panel-entries", "구조화 항목 보기", "Alt+Digit3"),
        ("panel-transcript", "대화 보기", "Alt+Digit4"),
    ),
    *_actions(
        "지금 있는 문장",
        ("accept", "확인하고 유지", "Alt+KeyA"),
        ("play-source", "근거 듣기", "Alt+KeyL"),
        ("add-statement", "문장 추가", "Alt+Enter"),
        ("delete-statement", "문장 삭제", "Alt+Delete"),
        ("move-up", "위로 옮기기", "Ctrl+Alt+KeyU"),
        ("move-down", "아래로 옮기기", "Ctrl+Alt+KeyD"),
        ("dictate", "말로 쓰기", "Alt+KeyR"),
        here=True,
    ),
    *_actions(
        "녹음",
        ("pause", "재생·멈춤", "Alt+KeyK"),
        ("rewind", "3초 뒤로", "Alt+KeyJ"),
        ("forward", "3초 앞으로", "Alt+Semicolon"),
        ("correct", "대화 고치기", "Alt+KeyC"),
        ("speaker", "화자 바꾸기", "Alt+KeyI"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """An action with the chord of an account; None where they switched it off."""

    action: Action
    chord: Chord | None


def bindings(chosen: Mapping[str, str]) -> tuple[Binding, ...]:
    """All actions, with what an account ``chosen`` by action name; what cannot be read is the standard."""
    return tuple(_binding(action, chosen.get(action.name)) for action in ACTIONS)


def _binding(action: Action, chosen: str | None) -> Binding:
    if chosen == "":
        return Binding(action=action, chord=None)
    chord = Chord.parse(chosen) if chosen is not None else None
    return Binding(action=action, chord=chord or Chord.parse(action.standard))


STANDARD = bindings({})


def problem_of(chord: Chord) -> str | None:
    """Why no page may take ``chord``, in Korean; None where it may."""
    held, code = set(chord.modifiers), chord.code
    if not held & {"Ctrl", "Alt"}:
        return "Alt나 Ctrl과 함께 눌러야 합니다"
    if held == {"Alt", "Shift"}:
        return "Alt+Shift는 입력 언어를 바꾸는 데 쓰입니다"
    plain = code.startswith(("Key", "Digit", "Arrow")) or code in {"Minus", "Equal"}
    if "Alt" not in held and plain:
        return "브라우저나 글 편집에 쓰이는 단축키입니다"
    if held == {"Alt"} and code in _MENUS:
        return "브라우저 메뉴가 쓰는 단축키입니다"
    if {"Ctrl", "Alt"} <= held and code in _SCREEN_READERS:
        return "화면 낭독기가 쓰는 단축키입니다"
    return None


def problems_of(wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is wrong with the chords ``wanted`` by action name, by action name; an empty chord switches it off."""
    found: dict[str, str] = {}
    taken: dict[Chord, str] = {}
    labels = {action.name: action.label for action in ACTIONS}
    for name, text in wanted:
        if not text.strip():
            continue
        chord = Chord.parse(text)
        problem = problem_of(chord) if chord else "알아볼 수 없는 단축키입니다. 예: Alt+N"
        if chord and not problem and chord in taken:
            problem = f"‘{labels[taken[chord]]}’에 쓰고 있습니다"
        if problem:
            found[name] = problem
        elif chord:
            taken[chord] = name
    return found
