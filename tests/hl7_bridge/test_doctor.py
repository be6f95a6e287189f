"""``scribe bridge doctor`` against real servers, and servers that lack something."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from hl7_bridge.cli import app
from hl7_bridge.doctor import ADVICE, Finding, examine, worst
from hl7_bridge.doctor_cli import PatientIdentifierError
from hl7_bridge.problems import JUDGEMENTS
from hl7_bridge.site_file import read_site
from scribe.domain.encounter import Identifier
from scribe.domain.errors import ScribeError
from scribe.domain.note import SignedNote
from tests.authority import Authority, authority
from tests.faults import HttpWire
from tests.hl7_bridge.stand_in import StandIn

NUMBER = '[organization]\nname = "한빛의원"\nidentifier = { system = "%s", value = "%s" }\n'
Findings = Callable[..., list[Finding]]


def doctor(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, ["doctor", *(str(word) for word in words)])
    if isinstance(result.exception, ScribeError):
        raise result.exception
    return result


def site_file(folder: Path, text: str) -> Path:
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return file


def institution(note: SignedNote) -> str:
    organization = note.encounter.organization
    assert organization is not None
    assert organization.identifier is not None
    return NUMBER % (organization.identifier.system, organization.identifier.value)


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    def of(text: str, patient: Identifier | None = None) -> list[Finding]:
        site = read_site(site_file(tmp_path, text))
        return list(examine(site, site.destination(), patient))

    return of


def levels(found: list[Finding]) -> dict[str, str]:
    return {item.check: item.level for item in found}


def test_a_server_that_can_do_everything_is_well(registered: SignedNote, base_url: str, tmp_path: Path) -> None:
    site = site_file(tmp_path, f'destination = "{base_url}"\n{institution(registered)}')
    patient = registered.encounter.patient
    assert patient is not None
    assert patient.identifier is not None
    number = f"{patient.identifier.system}|{patient.identifier.value}"
    result = doctor("--site", site, "--patient", number)
    assert result.exit_code == 0, result.output
    assert "✗" not in result.stdout
    assert "환자을(를) 하나만 찾았습니다: Patient/" in result.stdout
    assert patient.name not in result.stdout
    as_json = [json.loads(line) for line in doctor("--site", site, "--json").stdout.splitlines()]
    assert {item["level"] for item in as_json} == {"ok"}
    assert {item["destination"] for item in as_json} == {"hospital"}


def test_the_doctor_writes_nothing(registered: SignedNote, base_url: str, findings: Findings) -> None:
    with HttpWire(base_url) as wire:
        findings(f'destination = "{wire.base_url}"\n{institution(registered)}')
        assert [exchange for exchange in wire.exchanges if exchange.write] == []
        assert len(wire.exchanges) > 5


def test_a_patient_whom_the_server_does_not_know(base_url: str, findings: Findings) -> None:
    found = findings(f'destination = "{base_url}"\n', Identifier(system="urn:x", value="nobody"))
    assert levels(found)["patient"] == "failure"
    assert levels(found)["institution"] == "warning"
    assert levels(found)["numbering"] == "warning"
    assert not any("nobody" in item.message for item in found)


def test_a_server_that_is_not_there(findings: Findings) -> None:
    found = findings('destination = "http://127.0.0.1:9/fhir"\n')
    assert levels(found)["metadata"] == "failure"
    assert levels(found)["rest"] == "skipped"
    assert next(item for item in found if item.check == "metadata").advice == ADVICE["unreachable"]


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ('[tls]\nca_file = "none.pem"\n', "settings"),
        ('[auth]\nkind = "smart"\nclient_id = "x"\nkey_file = "none.pem"\n', "settings"),
        ('[auth]\nkind = "client-secret"\nclient_id = "x"\nclient_secret = "y"\n', "token"),
    ],
)
def test_a_setting_that_does_not_work_is_said(base_url: str, findings: Findings, settings: str, check: str) -> None:
    found = findings(f'destination = "{base_url}"\n{settings}')
    assert levels(found)[check] == "failure"
    assert next(item for item in found if item.check == check).advice


def without(statement: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(statement))
    change(copy["rest"][0])
    return copy


def resources(rest: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(item for item in rest["resource"] if item["type"] == kind)


@pytest.mark.parametrize(
    ("change", "check", "level"),
    [
        (lambda rest: rest.update(interaction=[]), "writing", "ok"),
        (
            lambda rest: (rest.update(interaction=[]), resources(rest, "Condition").update(interaction=[])),
            "writing",
            "failure",
        ),
        (lambda rest: resources(rest, "Condition").update(conditionalCreate=False), "once", "warning"),
        (lambda rest: resources(rest, "Condition").update(versioning="no-version"), "amending", "warning"),
        (lambda rest: resources(rest, "Observation").update(interaction=[{"code": "create"}]), "amending", "warning"),
        (lambda rest: rest["resource"].remove(resources(rest, "Provenance")), "provenance", "warning"),
        (lambda rest: rest["resource"].remove(resources(rest, "DocumentReference")), "types", "failure"),
        (lambda rest: resources(rest, "Encounter").update(searchParam=[{"name": "patient"}]), "search:Encounter",
         "failure"),
    ],
)  # fmt: skip
def test_what_a_server_lacks_is_said(
    base_url: str,
    findings: Findings,
    change: Callable[[dict[str, Any]], None],
    check: str,
    level: str,
) -> None:
    statement = without(httpx.get(f"{base_url}/metadata").json(), change)
    with StandIn(base_url, {"/metadata": statement}) as url:
        found = findings(f'destination = "{url}"\n')
    assert levels(found)[check] == level, [item for item in found if item.check == check]


def test_a_server_that_ignores_search_parameters_is_told(base_url: str, findings: Findings) -> None:
    somebody = {"resourceType": "Patient", "id": "x", "identifier": [{"system": "urn:x", "value": "1"}]}
    answer = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": somebody}]}
    with StandIn(base_url, {"/Patient/_search": answer}) as url:
        found = findings(f'destination = "{url}"\n')
    assert levels(found)["search:Patient"] == "failure"
    assert "무시" in next(item.message for item in found if item.check == "search:Patient")


@pytest.fixture
def certified(tmp_path: Path) -> Authority:
    return authority(tmp_path / "authority")


@pytest.fixture
def tls_port(certified: Authority) -> Iterator[int]:
    """A server that speaks TLS with a certificate of ``certified`` and wants one of ours; it answers nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified.server_certificate, certified.server_key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()


def test_an_hl7_receiver_is_connected_to(tls_port: int, certified: Authority, findings: Findings) -> None:
    common = f'[destinations.his]\nkind = "hl7v2"\nhost = "localhost"\nport = {tls_port}\n'
    untrusted = findings(f"{common}[destinations.his.tls]\n")
    assert levels(untrusted) == {"connection": "failure"}
    assert untrusted[0].advice == ADVICE["tls"]
    trusted = findings(f'{common}[destinations.his.tls]\nca_file = "{certified.certificate}"\n')
    assert levels(trusted) == {"connection": "ok"}
    closed = findings('[destinations.his]\nkind = "hl7v2"\nhost = "127.0.0.1"\nport = 9\n')
    assert levels(closed) == {"connection": "failure"}


def test_a_wrong_patient_identifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatientIdentifierError):
        doctor("--site", site_file(tmp_path, 'destination = "http://127.0.0.1:9/fhir"'), "--patient", "12345")


def test_advice_is_for_codes_that_exist() -> None:
    assert set(ADVICE) <= {item.code for item in JUDGEMENTS}
    assert worst([]) == "ok"
