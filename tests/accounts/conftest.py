"""A hospital with one physician and a clock that tests set."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from scribe.accounts import create_account, passwords
from scribe.crypto import HospitalKey
from scribe.domain.encounter import Organization
from scribe.store import Store, open_store

PASSWORD = "맑은 하늘 아래 42"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least memory and time: what is tested here is not how hard a hash is."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    monkeypatch.setattr("scribe.accounts.authentication.NOBODY", cheap.hash("nobody's"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    wrapper = HospitalKey.from_file(tmp_path / "hospital.key")
    opened = open_store(f"sqlite:///{tmp_path / 's.db'}", wrapper=wrapper, audio_dir=tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def hospital(store: Store) -> str:
    hospital_id = store.ensure_hospital(Organization(name="의원"))
    create_account(store, hospital_id, login="kim", password=PASSWORD, role="physician", name="김의사")
    return hospital_id
