"""Many notes at once through a server that fails, on SQLite and on PostgreSQL."""

import json
import tempfile

import pytest
from typer.testing import CliRunner

from evaluation.bridge import Bench, alone, compare, endure
from evaluation.cli import app
from hl7_bridge.local_server import LocalFhirServer
from scribe.deliveries import Pace
from scribe.delivery_policy import RetryPolicy

QUICK = Pace(chance=lambda: 0.5, policy=RetryPolicy(first=0.2, longest=1.0), longest_pause=1.0)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    pytest.importorskip("sekmet", reason="the demo extra (sekmet-fhir) is not installed")
    with LocalFhirServer(tmp_path_factory.mktemp("hospital")) as address:
        yield address


def test_every_version_arrives_once_and_in_order_through_a_server_that_fails(url, tmp_path, hospital):
    bench = Bench(tmp_path / "service", hospital, url, pace=QUICK)
    figures = endure(bench, 12, share=0.3, seed=5, writes_only=True, most_seconds=200)
    bench.store.close()
    assert figures["versions"] == figures["arrived_once"] == 15
    assert (figures["lost"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
    assert figures["states"] == {"accepted": 15}
    assert sum(figures["harmed"].values()) >= 1


def test_the_outbox_is_compared_with_the_same_posts_without_it(tmp_path, hospital):
    bench = Bench(tmp_path / "service", hospital, pace=QUICK)
    figures = compare(bench, 4, rounds=2)
    bench.store.close()
    assert figures["posted"]["notes"] == figures["outbox"]["notes"] == 4
    assert 0.01 < figures["ratio"] < 10


def test_the_outbox_is_measured_by_itself(tmp_path, hospital):
    bench = Bench(tmp_path / "service", hospital, pace=QUICK)
    figures = alone(bench, 5)
    assert bench.states() == {"accepted": 5}
    bench.store.close()
    assert figures["notes"] == 5
    assert figures["notes_per_second"] > 0


def test_the_command_prints_its_figures(monkeypatch, tmp_path):
    pytest.importorskip("sekmet", reason="the demo extra (sekmet-fhir) is not installed")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = CliRunner().invoke(app, ["bridge", "--notes", "2", "--share", "0", "--compared", "0"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["endured"]["arrived_once"] == 3
    assert list(tmp_path.iterdir()) == []
