"""Everything that the product runs on is permissively licensed, and locked without a download address."""

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")

# docs/dependencies.md says why.
EXCEPTIONS = {"psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}
CHOSEN = {"pyphen": "Mozilla Public License"}  # the one taken of several offered
UNSTATED = {"fhirpathpy": "MIT"}  # its wheel's LICENSE file says so, its metadata nothing
PERMISSIVE = re.compile(r"MIT|BSD|Apache|ISC|MPL|PSF|Python Software Foundation|Unlicense|Zlib|CC0|Public.Domain", re.I)
COPYLEFT = re.compile(r"\bA?GPL|\bLGPL|General Public", re.I)


def locked(name: str) -> list[str]:
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*])?==", (ROOT / name).read_text(), re.MULTILINE)


def licence_of(package: str) -> str:
    about = metadata.metadata(package)
    stated = [about.get("License-Expression") or about.get("License") or ""]
    stated += [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " ".join(stated).strip()


@pytest.mark.parametrize("package", locked("requirements.lock"))
def test_a_runtime_package_is_permissively_licensed(package: str) -> None:
    licence = UNSTATED.get(package) or licence_of(package)
    if package in CHOSEN:
        assert CHOSEN[package] in licence
        assert package in (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
        return
    if package in EXCEPTIONS:
        assert licence.startswith(EXCEPTIONS[package])
        assert package in (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
        return
    assert PERMISSIVE.search(licence), f"{package}: {licence[:80]!r}"
    assert not COPYLEFT.search(licence), f"{package}: {licence[:80]!r}"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_torch_is_never_a_runtime_dependency() -> None:
    assert not {"torch", "tensorflow", "jax"} & set(locked("requirements.lock"))
