"""Gold entries of cases as domain entries: what a perfect reader would hand to the composer.

Our own dialogues lie in ``cases``; the dev cases lie beside the repository and are left out where they are missing.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from scribe.domain.encounter import Encounter
from scribe.domain.entries import KCD8_SYSTEM, Entry
from scribe.domain.formats import read_encounter, read_transcript
from scribe.domain.transcript import Transcript

FOLDER = (Path(__file__).resolve().parents[2] / "../shared/cases").resolve()
DEV = sorted(FOLDER.glob("*.json"))
OWN = sorted((Path(__file__).parent / "cases").glob("*.json"))
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@lru_cache
def load(path: Path) -> tuple[Transcript, Encounter, tuple[Entry, ...], str]:
    data = path.read_bytes()
    transcript = read_transcript(data, path.name)
    encounter = read_encounter(data, path.name)
    assert encounter is not None
    gold = json.loads(data)["gold"]
    entries = tuple(_entry(i, item, transcript) for i, item in enumerate(gold["entries"]))
    return transcript, encounter, entries, gold["chief_complaint"]


def traps(path: Path) -> list[str]:
    return [item for item in json.loads(path.read_bytes())["gold"]["must_not_contain"] if isinstance(item, str)]


def _entry(index: int, item: dict[str, Any], transcript: Transcript) -> Entry:
    fields = {key: value for key, value in item.items() if key not in ("aliases", "turns", "code")}
    fields["id"] = f"e{index}"
    fields["evidence"] = [
        {"utterance": f"u{turn}", "start": 0, "end": len(transcript.utterances[turn].text)} for turn in item["turns"]
    ]
    if "code" in item:
        fields["code"] = {"system": KCD8_SYSTEM, "code": item["code"]}
    return _ENTRY.validate_python(fields)


every_case = pytest.mark.parametrize("path", [*DEV, *OWN], ids=lambda path: path.stem)
needs_dev_cases = pytest.mark.skipif(not DEV, reason="the dev cases (../shared/cases) are not beside the repository")
