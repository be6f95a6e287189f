"""A browser by name, as people know it: ``Chrome · Windows``, from the user agent that it states.

What a browser states is anybody's text: only names of the lists below are ever kept or shown, never a piece of it.
"""

_BROWSERS = (
    ("Whale/", "네이버 웨일"),
    ("SamsungBrowser/", "삼성 인터넷"),
    ("KAKAOTALK", "카카오톡"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
"""What marks a browser, the particular before the general: nearly all of them call themselves Chrome or Safari too."""

_SYSTEMS = (
    ("Windows NT", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """The browser and what it runs on, either alone where the other is not known, or nothing."""
    if not user_agent.startswith("Mozilla/"):
        return ""
    found = (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))
    return " · ".join(part for part in found if part)


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
