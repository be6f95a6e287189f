"""A gateway's own verdict in the body of an answer: that the transport went well does not mean it was accepted.

Some Korean interfaces answer HTTP 200 whatever happened and put the result beside the payload, such as
``{"RESULT_CD": "E102", "RESULT_MSG": "…", "DATA": {…}}``.
"""

import re
from dataclasses import dataclass
from dataclasses import field as part
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import ConfigDict, Field

from hl7_bridge.setting import STRICT

Judgement = Literal["accepted", "refused", "retry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a body says of itself.  ``code`` is the gateway's own; ``payload`` what it wraps, None for nothing.

    ``message`` may hold patient data: never log or print it.
    """

    judgement: Judgement
    code: str | None = None
    message: str | None = part(default=None, repr=False)
    payload: Any = part(default=None, repr=False)

    @property
    def public_code(self) -> str:
        """The gateway's code, where it is short enough to be one and no text about somebody."""
        return self.code if self.code and re.fullmatch(r"[A-Za-z0-9_.-]{1,24}", self.code) else "(no code)"


class Adapter(Protocol):
    """How one gateway says what became of a request."""

    def judge(self, body: Any) -> Verdict:
        """The verdict of a JSON body, whatever the HTTP status was."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonField:
    """The verdict stands in one field of a JSON object.

    ``field`` is its path, dots between names (``header.RESULT_CD``); ``good`` are the values that mean accepted,
    ``retryable`` those after which the same may succeed later; any other value is a refusal.  ``message`` is the
    path of the gateway's text, ``payload`` that of the FHIR answer inside; without it the body itself is the
    answer.  An answer that lacks the field is read as plain FHIR, unless ``required``.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Literal["json-field"] = "json-field"
    field: Annotated[str, Field(min_length=1)]
    good: tuple[str, ...]
    retryable: tuple[str, ...] = ()
    message: str | None = None
    payload: str | None = None
    required: bool = False

    def judge(self, body: Any) -> Verdict:
        """What the body says; numbers and booleans compare by their JSON text."""
        found = _at(body, self.field)
        if found is None or isinstance(found, dict | list):
            missing: Judgement = "refused" if self.required else "accepted"
            return Verdict(judgement=missing, code=None, payload=body)
        code = _text(found)
        message = _at(body, self.message) if self.message else None
        payload = _at(body, self.payload) if self.payload else body
        return Verdict(
            judgement=self._judgement(code),
            code=code,
            message=None if message is None else str(message),
            payload=payload,
        )

    def _judgement(self, code: str) -> Judgement:
        if code in self.good:
            return "accepted"
        return "retry" if code in self.retryable else "refused"


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
