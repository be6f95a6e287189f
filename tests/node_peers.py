"""Peers that run on Node: their packages are installed once into a cache outside the tree, on demand.

Whatever is missing (node, npm, the network) skips the test with a reason.
"""

import hashlib
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INSTALL_SECONDS = 180
START_SECONDS = 60.0
SCRIPTS = Path(__file__).parent / "peers"


def node_modules(*packages: str) -> Path:
    """The folder with the packages (``name@version``); skips where they cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "clinical-scribe-tests" / hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]
    modules = folder / "node_modules"
    if (folder / "complete").exists():
        return modules
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    try:
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages],
            cwd=folder,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {packages} within {INSTALL_SECONDS} s")
    if done.returncode != 0:
        pytest.skip(f"npm could not install {packages}")
    (folder / "complete").touch()
    return modules


@contextmanager
def node_peer(script: str, modules: Path, *arguments: str) -> Iterator[str]:
    """A script of ``tests/peers`` while the block lasts; gives the first line that it prints.

    It must end when its standard input does, so that it cannot outlive the tests.
    """
    with subprocess.Popen(
        ["node", str(SCRIPTS / script), str(modules), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
            line = process.stdout.readline().decode().strip() if ready else ""
            assert line, f"{script} did not start"
            yield line
        finally:
            process.kill()
