"""What every test takes for granted."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from scribe.accounts import passwords

# a deadline measures how busy the machine is, not the code: the first example of a test may wait for a whole table
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2id with the least memory and time: no test of this process is about how hard a hash is."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        yield
