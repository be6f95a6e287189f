"""What can be wrong with a message, and with sending one.

Messages name places (segment, field, component) and codes, never what stands there.
"""

from typing import ClassVar

from hl7_bridge.errors import BridgeError


class Hl7Error(BridgeError):
    """The HL7 v2 message could not be handled."""


class MessageError(Hl7Error):
    """{location}: {problem}.

    ``location`` is such as ``PID-3`` or ``MSH``, ``code`` the HL7 error condition (table 0357) that a receiver
    answers with, ``rejects`` whether that answer is AR (the message as such is unacceptable) or AE.
    """

    def __init__(self, *, location: str, problem: str, code: str = "102", rejects: bool = False) -> None:
        super().__init__(location=location, problem=problem, code=code, rejects=rejects)


class UndecodableError(MessageError):
    """{location}: {problem}.

    Bytes that are not text in the declared character set; nothing is replaced.
    """


class UnencodableError(Hl7Error):
    """{location} character {position} (U+{code_point:04X}) does not exist in {charset} and is not in the published
    transliteration table: send UTF-8 (charset = "UNICODE UTF-8"), or set unencodable = "code_point".
    """


class TooLongError(Hl7Error):
    """The message has {size} bytes, and the site allows {limit} (max_message_kb)."""


class LinkError(Hl7Error):
    """The HL7 v2 receiver could not be reached or did not answer."""


class UnreachableReceiverError(LinkError):
    """{address} cannot be reached: {problem}."""

    retryable: ClassVar[bool] = True


class UntrustedReceiverError(UnreachableReceiverError):
    """{address} cannot be reached: {problem}."""


class NotSentError(LinkError):
    """The connection to {address} ended before the message was sent: {problem}."""

    retryable: ClassVar[bool] = True


class UnansweredError(LinkError):
    """{address} has been sent message {control_id} and gave no answer to it: {problem}."""

    retryable: ClassVar[bool] = True
