"""Terms of medicine in recognised speech: how many of those said are there, and how many were put in.

Both are needed: a bias that finds more terms by writing terms that nobody said is worth nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from edge_agent.audio import read_audio
from edge_agent.transcribe import Listener
from evaluation.speech import Clip, normalised, read_manifest
from scribe.domain.transcript import Transcript
from scribe.drafting.corrections import correct
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import TermIndex

_TABLES = frozenset({Table.MEDICINES, Table.DIAGNOSES, Table.TESTS, Table.PROCEDURES, Table.SYMPTOMS})
_FEWEST_SYLLABLES = 3

Term = tuple[Table, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFigures:
    """``said`` terms of the references, the share of them ``recall`` that the text has; ``inserted`` terms that the
    reference lacks, also for a thousand eojeol of reference; character error rate."""

    said: int
    recall: float
    inserted: int
    inserted_per_1000: float
    cer: float


def measure(
    manifest: Path, listener: Listener, *, language: str = "ko", hot_words: Sequence[str] = ()
) -> dict[str, TermFigures]:
    """The clips as heard and as corrected by sound, each also with ``hot_words`` where there are any."""
    clips, index = read_manifest(manifest), TermIndex.load()
    found: dict[str, TermFigures] = {}
    for suffix, words in (("", ()), (" with hot words", tuple(hot_words))):
        if suffix and not words:
            break
        heard = {
            clip.file: listener.transcribe(read_audio(clip.path), language=language, speakers=False, terms=words)
            for clip in clips
        }
        found["heard" + suffix] = figures(clips, {name: _text(said) for name, said in heard.items()}, index)
        fixed = {name: _text(correct(said, index), corrected=True) for name, said in heard.items()}
        found["corrected" + suffix] = figures(clips, fixed, index)
    return found


def _text(transcript: Transcript, *, corrected: bool = False) -> str:
    return " ".join(said.corrected if corrected else said.text for said in transcript.utterances)


def terms_in(text: str, index: TermIndex) -> Counter[Term]:
    """The named terms of three syllables and more, by what they mean: a brand and its ingredient are one."""
    found = {
        (mention.start, mention.end, mention.table): (mention.table, mention.row.term)
        for mention in index.find(text)
        if mention.table in _TABLES
        and mention.how == "exact"
        and not mention.nested
        and len(mention.form.replace(" ", "")) >= _FEWEST_SYLLABLES
    }
    return Counter(found.values())


def figures(clips: Sequence[Clip], heard: Mapping[str, str], index: TermIndex) -> TermFigures:
    """The figures of the texts by file; of several references the first names the terms, the closest counts for CER."""
    said = found = inserted = eojeol = edits = characters = 0
    for clip in clips:
        reference, text = terms_in(clip.references[0], index), terms_in(heard[clip.file], index)
        said += reference.total()
        found += (reference & text).total()
        inserted += (text - reference).total()
        eojeol += len(clip.references[0].split())
        distance, length = _closest(clip.references, heard[clip.file])
        edits, characters = edits + distance, characters + length
    return TermFigures(
        said=said,
        recall=round(found / max(said, 1), 4),
        inserted=inserted,
        inserted_per_1000=round(1000 * inserted / max(eojeol, 1), 2),
        cer=round(edits / max(characters, 1), 4),
    )


def _closest(references: Iterable[str], text: str) -> tuple[int, int]:
    pairs = [(Levenshtein.distance(normalised(r), normalised(text)), len(normalised(r))) for r in references]
    return min(pairs, key=lambda pair: pair[0] / max(pair[1], 1))
