import pytest

from scribe.web.audio import ranged

BODY = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=90-", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=50-1000", 50, 99),
        ("bytes=-500", 0, 99),
    ],
)
def test_a_range_is_answered_with_exactly_its_bytes(header: str, first: int, last: int) -> None:
    answer = ranged(BODY, "audio/flac", header)
    assert (answer.status_code, answer.body) == (206, BODY[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/100"
    assert answer.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("header", [None, "bytes=-", "seconds=1-2", "bytes=0-1,5-6", "bytes=a-b"])
def test_no_range_or_one_not_understood_gives_the_whole(header: str | None) -> None:
    answer = ranged(BODY, "audio/flac", header)
    assert (answer.status_code, answer.body) == (200, BODY)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=9-5", "bytes=-0"])
def test_an_unsatisfiable_range_is_refused(header: str) -> None:
    answer = ranged(BODY, "audio/flac", header)
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */100")
