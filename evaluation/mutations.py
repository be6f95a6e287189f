"""Corrupts supported statements, one error at a time, and counts how many the verifier catches.

Each class of error is made by a rule on the text, so that a corrupted statement differs from its original in one word
or number and still reads as a note.  A class that does not apply to a statement makes nothing of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scribe.domain.entries import Entry
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.lexicon import MedicineRow, RelativeRow, SymptomRow, Table, rows
from scribe.drafting.phrases import number
from scribe.drafting.verify import Verdict, verify
from scribe.drafting.verify.polarity import mentions

Mutate = Callable[[str, str], Iterable[str]]
"""A statement's text and all that was said, to corrupted texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A corrupted statement and what was done to it."""

    kind: str
    original: str
    statement: Statement
    transcript: Transcript
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """How many corrupted statements of a class were not called supported."""

    kind: str
    made: int
    caught: int
    missed: tuple[str, ...] = ()

    @property
    def recall(self) -> float | None:
        """None where nothing was made."""
        return self.caught / self.made if self.made else None


def mutations(
    transcript: Transcript, statements: Sequence[Statement], entries: Sequence[Entry] = ()
) -> Iterator[Mutation]:
    """Every corruption of every statement; give only statements that the verifier supports as they stand."""
    said = "\n".join(utterance.text for utterance in transcript.utterances)
    for statement in statements:
        for kind, mutate in MUTATIONS.items():
            for index, text in enumerate(dict.fromkeys(mutate(statement.text, said))):
                if text != statement.text:
                    yield Mutation(
                        kind=kind,
                        original=statement.text,
                        statement=replace(statement, id=f"{statement.id}/{kind}{index}", text=text),
                        transcript=transcript,
                        entries=tuple(entries),
                    )


def measure(made: Iterable[Mutation]) -> dict[str, Caught]:
    """The catch of the verifier by class, and over all as "all"."""
    found: dict[str, list[tuple[Mutation, Verdict]]] = {kind: [] for kind in MUTATIONS}
    for mutation in made:
        verdict = verify(mutation.transcript, [mutation.statement], mutation.entries)[0]
        found[mutation.kind].append((mutation, verdict))
    by_kind = {kind: _caught(kind, judged) for kind, judged in found.items()}
    return {**by_kind, "all": _caught("all", [pair for judged in found.values() for pair in judged])}


def _caught(kind: str, judged: Sequence[tuple[Mutation, Verdict]]) -> Caught:
    missed = tuple(mutation.statement.text for mutation, verdict in judged if verdict.support == "supported")
    return Caught(kind=kind, made=len(judged), caught=len(judged) - len(missed), missed=missed)


# -- the classes -----------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\d.A-Za-z가-힣-])\d[\d,]*(?:\.\d+)?(?![\d.]*[A-Za-z]?\d)")
_UNITS = (
    ("mg/m²", "mg/kg"),
    ("mg", "g"),
    ("mL", "L"),
    ("kg", "cm"),
    ("mmHg", "℃"),
    ("℃", "%"),
    ("%", "회/분"),
    ("회/분", "%"),
)
_OTHER_TIMES = (("일분", "주분"), ("주", "개월"), ("개월", "주"), ("시간", "일"))
_DAYS = ("어제", "그저께", "오늘 아침", "지난주", "작년", "올해", "다음 주", "다음 달")
_ACTIONS = ("시작", "유지", "변경", "중단")


def _numbers(text: str, _said: str) -> Iterator[str]:
    """Ten times, half and one more, for every number; a digit behind a slash as well."""
    for match in _NUMBER.finditer(text):
        value = float(match[0].replace(",", ""))
        for other in (value * 10, value + 1 if value < 20 else value + 10):
            yield text[: match.start()] + number(other) + text[match.end() :]


def _units(text: str, _said: str) -> Iterator[str]:
    for unit, other in _UNITS:
        match = re.search(rf"(?<=\d)(\s?){re.escape(unit)}(?![A-Za-z/²])", text)
        if match:
            yield text[: match.start()] + match[1] + other + text[match.end() :]
            return


def _durations(text: str, said: str) -> Iterator[str]:
    """Another unit of time, or another day."""
    for unit, other in _OTHER_TIMES:
        if re.search(rf"\d\s?{unit}(?=\s|,|[.)]|$|간|쯤)", text):
            yield re.sub(rf"(\d\s?){unit}(?=\s|,|[.)]|$|간|쯤)", rf"\1{other}", text, count=1)
    for day in _DAYS:
        if re.search(rf"(?<![가-힣]){day}", text):
            others = [other for other in _DAYS if other not in said and other[:2] not in text]
            if others:
                yield re.sub(rf"(?<![가-힣]){day}", others[0], text, count=1)


def _drugs(text: str, said: str) -> Iterator[str]:
    """Each drug becomes another of the lexicon that nobody mentioned."""
    for mention in mentions(text):
        if mention.table is Table.MEDICINES and not mention.nested:
            other = _unsaid_drug(mention.row.term, said)
            yield text[: mention.start] + other + text[mention.end :]


def _unsaid_drug(term: str, said: str) -> str:
    heard = {mention.row.term for mention in mentions(said)} | {term}
    names = [row.ingredient for row in rows(MedicineRow) if row.ingredient not in heard and row.ingredient not in said]
    return names[sum(map(ord, term)) % len(names)]


def _polarity(text: str, _said: str) -> Iterator[str]:
    if re.search(r"없음(?=\.|\()", text):
        yield re.sub(r" 없음(?=\.|\()", " 있음", text)
    elif re.search(r"알레르기(?=\(|\.)", text):
        yield re.sub(r"알레르기(?=\(|\.)", "알레르기 없음", text, count=1)
    elif _is_symptom(text):
        body, bracket, rest = text.partition("(")
        yield f"{body.rstrip('. ')} 없음{'(' + rest if bracket else '.'}"


def _is_symptom(text: str) -> bool:
    head = text.partition("(")[0]
    labelled = re.match(r"^[가-힣]{2,4}: ", text)
    found = [m for m in mentions(head) if m.table is Table.SYMPTOMS and not m.nested]
    ends = any(m.end >= len(head.rstrip(". ")) for m in found)
    return ends and not labelled and not re.search(r"시 |면 |의심|배제|호전|\(시작|\d", head)


def _sides(text: str, _said: str) -> Iterator[str]:
    for side, other in (("왼쪽", "오른쪽"), ("오른쪽", "왼쪽"), ("좌측", "우측"), ("우측", "좌측"), ("양쪽", "왼쪽")):
        if side in text and other not in text:
            yield text.replace(side, other)
    if "왼쪽" in text and "오른쪽" in text:
        yield text.replace("왼쪽", "\0").replace("오른쪽", "왼쪽").replace("\0", "오른쪽")


def _persons(text: str, said: str) -> Iterator[str]:
    """A relative's disease as the patient's own, and the patient's as a relative's."""
    relatives = sorted({noun for row in rows(RelativeRow) for noun in row.nouns}, key=len, reverse=True)
    match = re.match(rf"가족력: (?:{'|'.join(map(re.escape, relatives))}) (.+)", text)
    if match:
        yield f"과거력: {match[1]}"
        return
    own = re.match(r"과거력: (.+)(?<!없음)\.$", text)
    if own and "없음" not in text:
        unsaid = next(row.term for row in rows(RelativeRow) if not any(noun in said for noun in row.nouns))
        yield f"가족력: {unsaid} {own[1]}."


def _actions(text: str, _said: str) -> Iterator[str]:
    match = re.search(rf"\(({'|'.join(_ACTIONS)})\)", text)
    if match:
        for action in _ACTIONS:
            if action != match[1] and {action, match[1]} != {"시작", "변경"}:
                yield text.replace(match[0], f"({action})")


def _routes(text: str, _said: str) -> Iterator[str]:
    for route, other in (("정맥주사", "근육주사"), ("근육주사", "정맥주사"), ("설하", "정맥주사")):
        if route in text:
            yield text.replace(route, other)
    if re.search(r"\d\s?(?:mg|정|포|mL) 1일 \d회.*\(시작\)", text):
        yield re.sub(r" 1일 ", " 정맥주사 1일 ", text, count=1)


def _certainty(text: str, _said: str) -> Iterator[str]:
    if re.search(r" (?:의심|배제)(?=\.| \()", text):
        yield re.sub(r" (?:의심|배제)(?=\.| \()", "", text)


def _findings(text: str, said: str) -> Iterator[str]:
    """A symptom that nobody mentioned, added."""
    heard = {mention.row.term for mention in mentions(said)}
    unsaid = [row.term for row in rows(SymptomRow) if row.term not in heard and row.term not in said]
    chosen = unsaid[sum(map(ord, text)) % len(unsaid)]
    body = text.rstrip(".")
    if re.search(r"[가-힣] 없음$", body):
        yield f"{body.removesuffix(' 없음')}, {chosen} 없음."
    elif _is_symptom(text):
        yield f"{chosen}, {text}"


MUTATIONS: dict[str, Mutate] = {
    "number": _numbers,
    "unit": _units,
    "time": _durations,
    "drug": _drugs,
    "polarity": _polarity,
    "side": _sides,
    "person": _persons,
    "action": _actions,
    "route": _routes,
    "certainty": _certainty,
    "invented finding": _findings,
}
