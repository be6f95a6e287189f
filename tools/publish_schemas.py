"""Write the JSON Schema of every file format to docs/schemas."""

import json
from pathlib import Path

from scribe.domain import formats

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"

FOLDER.mkdir(parents=True, exist_ok=True)
for name, schema in formats.schemas().items():
    text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / f"{name.replace('/', '-')}.json").write_text(text, encoding="utf-8")
