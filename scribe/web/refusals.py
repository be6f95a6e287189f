"""A refused password in words: wrong, or wrong so often that it has to wait."""

from scribe.accounts import LockedError, SignInError


def problem_of(error: SignInError, wrong: str) -> str:
    """What the page says: ``wrong``, or after too many wrong ones how long to wait."""
    if isinstance(error, LockedError):
        return f"비밀번호가 여러 번 맞지 않아 잠시 막았습니다. {wait(error.seconds)} 뒤에 다시 시도하세요."
    return wrong


def wait(seconds: int) -> str:
    """A time to wait, ``45초``, ``3분`` or ``1시간``, rounded up: nobody tries too early."""
    if seconds < 60:
        return f"{seconds}초"
    minutes = -(-seconds // 60)
    return f"{minutes}분" if minutes < 60 else f"{-(-minutes // 60)}시간"
