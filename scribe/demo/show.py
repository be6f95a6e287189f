"""What the demo prints: tables and notes for a terminal, readable without colour too."""

from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from scribe.domain.delivery import Delivery
from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section
from scribe.domain.summary import Medicine, PatientSummary
from scribe.domain.transcript import Transcript, Utterance
from scribe.web.labels import FLAGS, SPEAKERS, SUPPORTS

_COLOURS = {"supported": "green", "partial": "yellow", "none": "red", "edited": "blue"}


def beside_reference(recognised: Transcript, reference: Transcript) -> Table:
    """Each reference turn with the words recognised while it was spoken."""
    table = Table(title="말한 것과 인식한 것", show_lines=False, expand=True, title_justify="left")
    table.add_column("초", justify="right", style="dim", no_wrap=True)
    table.add_column("말한 것 (원문)", ratio=1)
    table.add_column("인식한 것", ratio=1)
    heard = _by_turn(recognised, reference.utterances)
    for turn, said in zip(reference.utterances, heard, strict=True):
        table.add_row(
            f"{turn.start:.0f}",
            f"[bold]{SPEAKERS[turn.speaker].letter}[/] {escape(turn.text)}",
            " / ".join(f"[bold]{SPEAKERS[u.speaker].letter}[/] {escape(text)}" for u, text in said) or "[dim]–[/]",
        )
    return table


def conversation(transcript: Transcript) -> Table:
    """The transcript as it was recognised or read."""
    table = Table(title="대화", expand=True, title_justify="left")
    table.add_column("초", justify="right", style="dim", no_wrap=True)
    table.add_column("말한 것", ratio=1)
    for utterance in transcript.utterances:
        letter = SPEAKERS[utterance.speaker].letter
        table.add_row(f"{utterance.start:.0f}", f"[bold]{letter}[/] {escape(utterance.text)}")
    return table


def note(draft: Draft) -> Panel:
    """The note by section, each statement with its mark."""
    return Panel(_sections(draft.note.sections), title="진료기록 초안 (AI 초안 · 검토 필요)", title_align="left")


def flags(found: Sequence[Flag]) -> Panel:
    lines = [f"[bold]{FLAGS[flag.kind]}[/]  {escape(flag.text or '')}" for flag in found]
    return Panel("\n".join(lines), title="확인할 것", title_align="left", border_style="yellow")


def patient_summary(summary: PatientSummary) -> Panel:
    """What the patient takes home."""
    parts = [_sections(summary.sections, marks=False)]
    if summary.medicines:
        parts.append("[bold]약[/]\n" + "\n".join(_medicine(item) for item in summary.medicines))
    return Panel("\n\n".join(parts), title="환자용 요약", title_align="left", border_style="cyan")


def delivered(delivery: Delivery, differing: Sequence[str]) -> Table:
    """What the hospital's server holds now, by resource."""
    table = Table(title=f"병원 시스템이 받은 것 – {delivery.destination}", expand=True, title_justify="left")
    for column in ("자원", "역할", "서버의 번호", ""):
        table.add_column(column)
    for resource in delivery.resources:
        state = "내용 다름" if resource.reference in differing else "새로" if resource.created else "이미 있음"
        table.add_row(resource.type, resource.role, resource.reference, state)
    counts = Counter(item.reason for item in delivery.left_out)
    table.caption = "\n".join(f"{reason}: {count}건" for reason, count in counts.items())
    table.caption_justify = "left"
    return table


def plain(item: RenderableType) -> str:
    """The same as text, without colour, 80 columns wide."""
    out = Console(width=80, file=StringIO(), no_color=True, highlight=False)
    with out.capture() as captured:
        out.print(item)
    return captured.get()


def _sections(sections: Iterable[Section], *, marks: bool = True) -> str:
    blocks = []
    for section in sections:
        if not section.statements:
            continue
        lines = [f"[bold]{escape(section.title)}[/]"]
        for statement in section.statements:
            colour = _COLOURS[statement.support]
            mark = f"[{colour}]{SUPPORTS[statement.support].mark}[/] " if marks else "· "
            lines.append(f"  {mark}{escape(statement.text)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _medicine(item: Medicine) -> str:
    times = [("아침", item.morning), ("점심", item.noon), ("저녁", item.evening), ("자기 전", item.bedtime)]
    when = ", ".join(f"{name} {amount}" for name, amount in times if amount)
    parts = [when, item.relation_to_meal or "", f"{item.days}일" if item.days else ""]
    return f"  · {escape(item.name)}: {escape(' / '.join(part for part in parts if part) or '의사에게 확인하세요')}"


def _by_turn(recognised: Transcript, turns: Sequence[Utterance]) -> list[list[tuple[Utterance, str]]]:
    """For each turn the pieces of recognised utterances whose words were spoken nearest to it."""
    heard: list[list[tuple[Utterance, str]]] = [[] for _ in turns]
    for utterance in recognised.utterances:
        pieces: dict[int, list[str]] = {}
        words = utterance.words
        timed = [((w.start + w.end) / 2, w.text) for w in words] if words else [(utterance.start, utterance.text)]
        for middle, text in timed:
            nearest = min(range(len(turns)), key=lambda i: _distance(turns[i], middle))
            pieces.setdefault(nearest, []).append(text.strip())
        for index, texts in pieces.items():
            heard[index].append((utterance, " ".join(texts)))
    return heard


def _distance(turn: Utterance, second: float) -> float:
    return max(turn.start - second, second - turn.end, 0.0)


def console() -> Console:
    """A terminal of at least readable width; without a terminal, plain text of 100 columns."""
    probe = Console()
    return probe if probe.is_terminal else Console(width=100, highlight=False)
