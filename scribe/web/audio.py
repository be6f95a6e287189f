"""Ranges of a recording, as browsers ask for them when a listener jumps (RFC 9110, section 14)."""

import re

from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(body: bytes, media_type: str, header: str | None) -> Response:
    """The whole of ``body``, or the one range that ``header`` names.

    A malformed header, or one with several ranges, is ignored as the RFC allows; an unsatisfiable one is 416.
    """
    wanted = _RANGE.fullmatch(header.strip()) if header else None
    if wanted is None or wanted.groups() == ("", ""):
        return Response(body, media_type=media_type, headers={"accept-ranges": "bytes"})
    start, end = _bounds(wanted[1], wanted[2], len(body))
    if start >= len(body) or start > end:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(body)}"})
    return Response(
        body[start : end + 1],
        status_code=206,
        media_type=media_type,
        headers={"accept-ranges": "bytes", "content-range": f"bytes {start}-{end}/{len(body)}"},
    )


def _bounds(first: str, last: str, length: int) -> tuple[int, int]:
    """First and last byte, inclusive; without ``first``, the final ``last`` bytes."""
    if not first:
        return max(0, length - int(last)), length - 1 if int(last) else -1
    return int(first), min(int(last), length - 1) if last else length - 1
