"""``scribe bridge receive`` and ``scribe bridge admissions`` as processes: started, killed, started again."""

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hl7_bridge.hl7v2.errors import UnansweredError
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.mllp.sender import MllpSender
from scribe.crypto import HospitalKey
from scribe.domain.encounter import Identifier, Organization
from scribe.store import Actor, Store, open_store
from tests.test_admissions import LICENCE, adt

SCRIBE = str(Path(sys.executable).with_name("scribe"))
SECRET = "선우비밀"
KILLED = """
import os, signal
from scribe.admissions import Reception
done = Reception.apply
def apply(self, admission):
    result = done(self, admission)
    os.kill(os.getpid(), signal.SIGKILL)
    return result
Reception.apply = apply
from scribe.cli import main
main()
"""
"""The program, killed once a message is committed and before it is answered."""


@dataclass(frozen=True)
class Installation:
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        ours = {"SCRIBE_DATA_DIR": str(self.folder / "data"), "SCRIBE_HOSPITAL_NAME": "한빛병원"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
        return {**kept, **ours}

    @property
    def site(self) -> Path:
        return self.folder / "site.toml"

    def store(self) -> Store:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        wrapper = HospitalKey.from_file(data / "hospital.key")
        return open_store(f"sqlite:///{data / 'scribe.db'}", wrapper=wrapper, audio_dir=data / "audio")

    @contextmanager
    def receiving(self, *program: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        """The command on a free port; what it logged is in ``receive.log`` afterwards."""
        command = [*((sys.executable, *program) if program else (SCRIBE,)), "bridge", "receive"]
        with (self.folder / "receive.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--site", str(self.site), "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
            )
        try:
            yield _port(process), process
        finally:
            process.kill()
            process.wait(timeout=20)
            process.stdout.close()

    def lines(self, *options: str) -> list[dict[str, str]]:
        run = subprocess.run(
            [SCRIBE, "bridge", "admissions", "--days", "3650", "--json", *options],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=100,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def consultations(self) -> list[str]:
        store = self.store()
        try:
            with store.begin(Actor.service(store.hospitals()[0])) as work:
                return [record.encounter.identifier.value for record in work.encounters.list()]
        finally:
            store.close()


def _port(process: subprocess.Popen[bytes]) -> int:
    for _ in range(2):
        ready, _, _ = select.select([process.stdout], [], [], 100)
        line = process.stdout.readline().decode() if ready else ""
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if found:
            return int(found[1])
    raise AssertionError("the listener did not start")


@pytest.fixture
def installation(tmp_path) -> Installation:
    made = Installation(tmp_path)
    made.site.write_text('identifier_system = "urn:oid:1.2.3"\n[receive]\ncharset = "KS X 1001"\n', "utf-8")
    store = made.store()
    hospital_id = store.ensure_hospital(Organization(name="한빛병원"))
    with store.begin(Actor.service(hospital_id)) as work:
        licence = Identifier(system=LICENCE, value="11111")
        work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사", licence=licence)
    store.close()
    return made


def send(port: int, message: str, *, timeout: float = 20) -> str:
    control = message.split("|")[9]
    with MllpSender(Hl7Destination(host="127.0.0.1", port=port, timeout=timeout)) as sender:
        return sender.exchange(control, message.encode()).code


def test_a_message_is_done_once_though_the_process_dies_before_it_answers(installation):
    message = adt("A04", control="C-1", name=f"{SECRET[0]}^{SECRET[1:]}")
    with installation.receiving("-c", KILLED) as (port, process):
        with pytest.raises(UnansweredError, match="closed the connection"):
            send(port, message)
        assert process.wait(timeout=20) == -signal.SIGKILL
    assert installation.consultations() == ["V1"]
    with installation.receiving() as (port, process):
        assert [send(port, message) for _ in range(2)] == ["AA", "AA"]
        assert send(port, adt("A04", visit="V2", patient="00000002", attending="D777")) == "AA"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert installation.consultations() == ["V1"]
    log = (installation.folder / "receive.log").read_text("utf-8")
    assert "A04 repeated" in log
    assert not any(part in log for part in (SECRET, SECRET[1:], "00000002", "김의사"))
    waiting = {line["attending"]: line["login"] for line in installation.lines()}
    assert waiting == {"11111": "kim", "D777": None}
    installation.site.write_text(
        'identifier_system = "urn:oid:1.2.3"\n[receive]\nphysicians = { D777 = "kim" }\n', "utf-8"
    )
    assert {line["login"] for line in installation.lines("--site", str(installation.site))} == {"kim"}
    assert sorted(installation.consultations()) == ["V1", "V2"]


def test_what_is_wrong_with_the_site_is_said_in_one_sentence(installation):
    installation.site.write_text("[receive]\n", "utf-8")
    run = subprocess.run(
        [SCRIBE, "bridge", "receive", "--site", str(installation.site), "--port", "0"],
        capture_output=True,
        text=True,
        env=installation.environment,
        timeout=100,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("scribe: Nothing says under which identifiers")
    assert len(run.stderr.splitlines()) == 1
