"""How much memory a recognising process keeps for itself."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_MEBIBYTE = 1 << 20


@contextmanager
def loading() -> Iterator[None]:
    """What is allocated inside goes back to the system when it is freed, with glibc; elsewhere nothing happens.

    Without it a recogniser keeps what it needed only to load its model, and each of its threads a heap as large as
    the largest window it read.  All threads of the process share one heap from now on.
    """
    if (libc := _glibc()) is None:
        yield
        return
    libc.mallopt(_M_ARENA_MAX, 1)
    libc.mallopt(_M_MMAP_THRESHOLD, _MEBIBYTE)
    try:
        yield
    finally:
        libc.mallopt(_M_MMAP_THRESHOLD, 3 * _MEBIBYTE)
        libc.mallopt(_M_TRIM_THRESHOLD, 16 * _MEBIBYTE)
        libc.malloc_trim(0)


def give_back() -> None:
    """Give the system the memory that is free."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> Any | None:
    try:
        libc = ctypes.CDLL(None)
        return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
    except (OSError, TypeError):
        return None
