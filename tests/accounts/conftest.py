"""A hospital with one physician and a clock that tests set."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scribe.accounts import create_account
from scribe.crypto import HospitalKey
from scribe.domain.encounter import Organization
from scribe.store import Store, open_store

PASSWORD = "맑은 하늘 아래 42"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


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
