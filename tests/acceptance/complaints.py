"""What pages complain about, with every request that was refused: a failure then says what was sent and answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Response

_LONGEST_ANSWER = 600


@dataclass
class Complaints:
    """Errors and warnings of the console, but for those that hold a part of ``expected``."""

    expected: Sequence[str] = ()
    lines: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", self._read)
        page.on("response", self._look)

    def told(self) -> str:
        """Everything for the message of a failed assertion."""
        return "\n".join((*self.lines, "refused requests:", *self.refused))

    def _read(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            self._complain(line.text)

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.lines.append(text)

    def _look(self, response: Response) -> None:
        if response.status < 400:
            return
        asked = response.request
        try:
            answer = response.text()[:_LONGEST_ANSWER]
        except Error as lost:  # the page went on before its answer could be read
            answer = f"({lost.message})"
        sent = asked.post_data or ""
        self.refused.append(f"{response.status} {asked.method} {urlsplit(asked.url).path} {sent} -> {answer}")
