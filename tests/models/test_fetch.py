"""Fetching: sources in order, resumption, and nothing unverified under a model's name."""

import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from models import store
from models.errors import ImportRefusedError, ModelMissingError, NoSourceError, WrongHashError, WrongSizeError
from models.fetch import Fetching, ensure, import_from
from models.hub import HubClient
from models.registry import HubSource, Model, PackagePart, PackagesSource, PathSource
from tests.models.conftest import REVISION, StandInHub, model_of

Files = dict[str, bytes]


def through(hub: StandInHub, lines: list[str] | None = None, **client: float) -> Fetching:
    options = {"pause_seconds": 0.01, "connect_seconds": 1.0, "stall_seconds": 2.0} | client
    return Fetching(hub=HubClient(hub.url, **options), report=(lines if lines is not None else []).append)


def test_a_model_comes_from_the_hub(hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path) -> None:
    hub.files = right_files
    lines: list[str] = []

    folder = ensure(model_of(right_files, hub_source), tmp_path, through(hub, lines))

    assert {name: (folder / name).read_bytes() for name in right_files} == right_files
    assert lines == [f"tiny: from hub team/repo@{REVISION[:12]}; licence: MIT"]


def test_a_dropped_connection_is_resumed_where_it_broke(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = right_files
    hub.drop_after = [2, 300_000, 200_000]

    folder = ensure(model_of(right_files, hub_source), tmp_path, through(hub))

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]
    asked = [wanted for name, wanted in hub.requests if name == "model.bin"]
    assert asked == [None, "bytes=300000-", "bytes=500000-"]


def test_a_killed_download_goes_on_in_the_next_process(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = right_files
    model = model_of(right_files, hub_source)
    staging = store.staging_of(model, tmp_path)
    staging.mkdir(parents=True)
    (staging / "model.bin").write_bytes(right_files["model.bin"][:1000])

    folder = ensure(model, tmp_path, through(hub))

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]
    assert ("model.bin", "bytes=1000-") in hub.requests


def test_rotten_leftovers_are_thrown_away_and_fetched_whole(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = right_files
    model = model_of(right_files, hub_source)
    staging = store.staging_of(model, tmp_path)
    staging.mkdir(parents=True)
    (staging / "model.bin").write_bytes(b"x" * 1000)

    folder = ensure(model, tmp_path, through(hub))

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]


def test_a_hub_without_ranges_sends_all_again(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = right_files
    hub.ranges_supported = False
    hub.drop_after = [2, 300_000]

    folder = ensure(model_of(right_files, hub_source), tmp_path, through(hub))

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]


def test_a_wrong_hash_is_refused_in_one_sentence_and_leaves_nothing(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    changed = bytearray(right_files["model.bin"])
    changed[5] ^= 1
    hub.files = right_files | {"model.bin": bytes(changed)}
    model = model_of(right_files, hub_source)

    with pytest.raises(WrongHashError) as caught:
        ensure(model, tmp_path, through(hub))

    assert "model.bin" in str(caught.value)
    assert "was refused" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not store.is_present(model, tmp_path)
    assert not list(tmp_path.rglob("model.bin"))


def test_a_wrong_size_is_refused(hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path) -> None:
    hub.files = right_files | {"model.bin": b"short"}

    with pytest.raises(WrongSizeError, match="has 5 bytes instead of 1024000"):
        ensure(model_of(right_files, hub_source), tmp_path, through(hub))


def test_a_missing_file_passes_the_source_over(
    hub: StandInHub, hub_source: HubSource, right_files: Files, medium: Path, tmp_path: Path
) -> None:
    hub.files = {"config.json": right_files["config.json"]}
    lines: list[str] = []

    folder = ensure(model_of(right_files, hub_source, PathSource(path=medium)), tmp_path, through(hub, lines))

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]
    passed = [line for line in lines if "passed over" in line]
    assert passed == [f"tiny: passed over: hub team/repo@{REVISION[:12]}: answered 404 for model.bin"]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_unreachable_hub_is_passed_over_within_seconds_with_one_line(
    closed_port: int, hub_source: HubSource, right_files: Files, medium: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    how = Fetching(hub=HubClient(f"http://127.0.0.1:{closed_port}"), report=lines.append)
    begin = time.monotonic()

    ensure(model_of(right_files, hub_source, PathSource(path=medium)), tmp_path, how)

    assert time.monotonic() - begin < 3
    assert sum("passed over" in line and "cannot be reached" in line for line in lines) == 1


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes the connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


def test_a_hub_that_says_nothing_is_given_up(
    silent_port: int, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    client = HubClient(f"http://127.0.0.1:{silent_port}", stall_seconds=0.1, pause_seconds=0.01)

    with pytest.raises(NoSourceError, match="stopped answering"):
        ensure(model_of(right_files, hub_source), tmp_path, Fetching(hub=client))


def test_without_the_network_the_hub_is_not_asked(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = right_files

    with pytest.raises(NoSourceError, match="needs the network"):
        ensure(model_of(right_files, hub_source), tmp_path, Fetching(hub=HubClient(hub.url), network=False))
    assert hub.requests == []


def test_an_unpinned_file_is_pinned_at_the_first_pull(
    hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path
) -> None:
    hub.files = dict(right_files)
    model = model_of(right_files, hub_source, pinned=False)
    folder = ensure(model, tmp_path, through(hub))
    (folder / "model.bin").write_bytes(b"other weights")

    with pytest.raises(WrongHashError):
        ensure(model, tmp_path, through(hub))

    hub.files["model.bin"] = b"the hub has changed its mind"
    with pytest.raises(WrongHashError):
        ensure(model, tmp_path, through(hub))


def test_a_file_that_changed_on_disk_is_refused_and_removed_before_use(
    right_files: Files, medium: Path, tmp_path: Path
) -> None:
    model = model_of(right_files, PathSource(path=medium))
    folder = ensure(model, tmp_path)
    weights = folder / "model.bin"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)

    with pytest.raises(WrongHashError, match="scribe models pull tiny"):
        store.verified_folder(model, tmp_path)

    assert not weights.exists()
    assert ensure(model, tmp_path) == folder
    assert weights.read_bytes() == right_files["model.bin"]


def test_a_warm_start_hashes_nothing(
    right_files: Files, medium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(right_files, PathSource(path=medium))
    ensure(model, tmp_path)
    monkeypatch.setattr(store, "sha256_of", lambda path: pytest.fail(f"{path} was hashed"))

    ensure(model, tmp_path)


def test_a_thorough_check_sees_a_change_that_keeps_size_and_time(
    right_files: Files, medium: Path, tmp_path: Path
) -> None:
    model = model_of(right_files, PathSource(path=medium))
    weights = ensure(model, tmp_path) / "model.bin"
    before = weights.stat()
    changed = bytearray(weights.read_bytes())
    changed[0] ^= 1
    weights.write_bytes(changed)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))

    states = {state.name: state.status for state in store.check(model, tmp_path, thorough=True)}

    assert states == {"config.json": "ok", "model.bin": "wrong"}


def test_a_model_that_is_not_here_says_how_to_get_it(right_files: Files, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="run `scribe models pull tiny`"):
        store.verified_folder(model_of(right_files), tmp_path)


def test_import_brings_a_model_in_from_a_medium(right_files: Files, medium: Path, tmp_path: Path) -> None:
    folder = import_from(model_of(right_files), medium, tmp_path / "home")

    assert (folder / "model.bin").read_bytes() == right_files["model.bin"]
    assert (medium / "model.bin").exists()


def test_import_refuses_wrong_files_and_leaves_the_medium_alone(
    right_files: Files, medium: Path, tmp_path: Path
) -> None:
    (medium / "model.bin").write_bytes(right_files["model.bin"][::-1])

    with pytest.raises(WrongHashError):
        import_from(model_of(right_files), medium, tmp_path / "home")
    assert (medium / "model.bin").exists()
    assert not list((tmp_path / "home").rglob("model.bin"))


def test_import_names_what_a_medium_lacks(right_files: Files, medium: Path, tmp_path: Path) -> None:
    (medium / "config.json").unlink()

    with pytest.raises(ImportRefusedError, match=r"it has no config\.json"):
        import_from(model_of(right_files), medium, tmp_path / "home")


def test_parts_of_installed_packages_are_joined(tmp_path: Path) -> None:
    first = PackagePart(package="pytest", path="pytest/__init__.py")
    second = PackagePart(package="httpx", path="httpx/__init__.py")
    joined = Path(pytest.__file__).read_bytes() + Path(httpx.__file__).read_bytes()
    source = PackagesSource(versions={"pytest": "9", "httpx": "0"}, targets={"model.bin": (first, second)})

    folder = ensure(model_of({"model.bin": joined}, source), tmp_path, Fetching(network=False))

    assert (folder / "model.bin").read_bytes() == joined


def test_a_package_that_is_not_installed_is_no_source_without_the_network(tmp_path: Path) -> None:
    part = PackagePart(package="no-such-data-package", path="x/model.bin")
    source = PackagesSource(versions={"no-such-data-package": "1.0"}, targets={"model.bin": (part,)})

    with pytest.raises(NoSourceError, match="no-such-data-package is not installed"):
        ensure(model_of({"model.bin": b""}, source), tmp_path, Fetching(network=False))


def _ensure(model: Model, home: Path, url: str, results: "multiprocessing.Queue[str]") -> None:
    folder = ensure(model, home, Fetching(hub=HubClient(url)))
    results.put((folder / "model.bin").read_bytes()[:4].hex())


def test_two_processes_fetch_once(hub: StandInHub, hub_source: HubSource, right_files: Files, tmp_path: Path) -> None:
    hub.files = right_files
    hub.stall_seconds = 0.3
    model = model_of(right_files, hub_source)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=_ensure, args=(model, tmp_path, hub.url, results)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)

    assert [results.get(timeout=5) for _ in processes] == ["00010203"] * 2
    assert len(hub.requests) == len(right_files)


def test_a_model_home_that_cannot_be_written_still_serves(
    right_files: Files, medium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(right_files, PathSource(path=medium))
    folder = ensure(model, tmp_path)
    (folder / store.VERIFIED).unlink()

    def read_only(self: Path, *arguments: object, **options: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", read_only)

    assert ensure(model, tmp_path) == folder
