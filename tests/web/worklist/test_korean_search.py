import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scribe.web.pages import HERE
from scribe.web.worklist.korean_search import found

CASES = [
    ("", "박정호", True),
    ("정호", "박정호", True),
    ("박호", "박정호", False),
    ("ㅂㅈㅎ", "박정호", True),
    ("ㅈㅎ", "박정호", True),
    ("박ㅈ", "박정호", True),
    ("바", "박정호", True),
    ("바저", "박정호", True),
    ("방", "박정호", False),
    ("ㅃ", "박정호", False),
    ("0012", "00012345", True),
    ("000-12 345", "00012345", True),
    ("smi", "Smith, John", True),
    ("박정호", "박정호", True),
    ("박 정호", "박정호", True),
    ("박정호님", "박정호", False),
    ("ㅏ", "박정호", False),
]  # fmt: skip


@pytest.mark.parametrize(("query", "text", "expected"), CASES)
def test_people_are_found_as_they_are_typed(query: str, text: str, expected: bool) -> None:
    assert found(query, text) is expected


def test_one_of_several_texts_is_enough() -> None:
    assert found("0042", "박정호", "00042")


def test_the_browser_finds_the_same(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the browser test searches as well")
    module = tmp_path / "search.mjs"
    module.write_text((HERE / "static" / "search.js").read_text(), encoding="utf-8")
    script = (
        f"import {{ found }} from {json.dumps(str(module))};"
        f"console.log(JSON.stringify({json.dumps(CASES)}.map(([query, text]) => found(query, text))));"
    )
    answer = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=20
    )
    assert json.loads(re.sub(r"\s", "", answer.stdout)) == [expected for _, _, expected in CASES]
