"""Form tokens that never look the same twice.

Pages are compressed, and the length of a compressed page tells whoever can choose a part of it how much that part
resembles the rest (BREACH, 2013).  A secret that each answer writes under a new random pad has nothing to resemble.
"""

import secrets


def masked(secret: bytes) -> str:
    """``secret`` under a fresh pad of its length, both in hexadecimal."""
    pad = secrets.token_bytes(len(secret))
    return (pad + _xor(secret, pad)).hex()


def unmasked(token: str) -> bytes:
    """The secret under the pad; empty bytes, which no secret is, where ``token`` is not one of ours."""
    try:
        both = bytes.fromhex(token)
    except ValueError:
        return b""
    half = len(both) // 2
    return _xor(both[half:], both[:half]) if len(both) == 2 * half else b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
