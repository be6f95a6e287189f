"""docs/bridge/fhir.md says everything that there is, and nothing else."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from hl7_bridge.adapters import JsonField
from hl7_bridge.destination import ClientSecret, FhirDestination, SmartBackend
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_errors import OutcomeIssue, RefusedError
from hl7_bridge.problems import JUDGEMENTS, OWN_CODES, judged, problem_of
from hl7_bridge.site_file import read_site
from hl7_bridge.tls import Tls

PAGE = Path(__file__).resolve().parents[2] / "docs/bridge/fhir.md"


def section(title: str) -> str:
    text = PAGE.read_text("utf-8")
    _, _, rest = text.partition(f"\n{title}\n")
    assert rest, title
    return re.split(r"\n##", rest)[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_problem_is_documented_with_what_to_do() -> None:
    documented = {cells[0].strip("`"): cells for cells in rows("## Problems, by their code")}
    assert set(documented) == {item.code for item in JUDGEMENTS} | set(OWN_CODES)
    for item in JUDGEMENTS:
        assert documented[item.code][1] == ("yes" if item.error.retryable else "no"), item.code
    assert all(len(cells) == 4 and all(cells) for cells in documented.values())


@pytest.mark.parametrize(
    ("title", "kinds", "apart"),
    [
        ("### A FHIR destination", (FhirDestination,), {"name"}),
        ("### `auth`", (SmartBackend, ClientSecret), set()),
        ("### `tls`", (Tls,), set()),
        ("### `adapter`", (JsonField,), set()),
    ],
)
def test_every_setting_is_documented(title: str, kinds: tuple[type, ...], apart: set[str]) -> None:
    documented = {cells[0].strip("`") for cells in rows(title)}
    assert documented == {field.name for kind in kinds for field in fields(kind)} - apart


def test_plain_defaults_are_documented_as_they_are() -> None:
    documented = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("### A FHIR destination")}
    for name in ("timeout", "connect_timeout", "max_response_mb", "max_pages", "write", "search", "kind"):
        default = FhirDestination.__dataclass_fields__[name].default
        assert documented[name] == (f"{default:g}" if isinstance(default, float | int) else default), name


def test_the_examples_are_read(tmp_path: Path) -> None:
    (tmp_path / "gateway.key").write_text("k")
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        tomllib.loads(example)
        (tmp_path / "site.toml").write_text(example, encoding="utf-8")
        assert read_site(tmp_path / "site.toml").destinations


def test_every_error_of_ours_is_judged() -> None:
    def below(kind: type[BridgeError]) -> set[type[BridgeError]]:
        return {kind} | {deeper for child in kind.__subclasses__() for deeper in below(child)}

    for kind in below(RefusedError):
        error = kind.__new__(kind)
        assert judged(error).code != "bridge", kind


def test_the_reasons_of_an_outcome_are_said_in_korean_and_its_text_is_not() -> None:
    issues = (
        OutcomeIssue(severity="error", code="code-invalid", diagnostics="김가람"),
        OutcomeIssue(severity="fatal", code="required"),
        OutcomeIssue(severity="error", code="required"),
        OutcomeIssue(severity="warning", code="value"),
        OutcomeIssue(severity="error", code="made-up"),
    )
    problem = problem_of(RefusedError(status=422, action="x", issues="", outcome=issues))
    assert problem.message.endswith("서버가 알린 이유: 코드가 올바르지 않음(code-invalid), 필수 항목 없음(required).")
    assert "김가람" not in repr(problem)
    plain = problem_of(RefusedError(status=422, action="x", issues="", outcome=()))
    assert "이유" not in plain.message
