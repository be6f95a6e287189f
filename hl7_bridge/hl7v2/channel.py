"""An HL7 v2 receiver as a channel: deliver, look up, retract."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from hl7_bridge.destination import Destination
from hl7_bridge.errors import BridgeError, DestinationError
from hl7_bridge.hl7v2.acknowledgements import Acknowledgement, Received, acknowledge
from hl7_bridge.hl7v2.errors import TooLongError, UnansweredError
from hl7_bridge.hl7v2.outgoing import Messages, charset_of, messages_of, retraction_of
from hl7_bridge.hl7v2.problems import hl7_problem, refusal
from hl7_bridge.hl7v2.segments import Outgoing
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.mllp.sender import MllpSender
from hl7_bridge.site import Site
from scribe.domain.delivery import DeliveredResource, Delivery, DeliveryProblem, DeliveryState, LeftOut
from scribe.domain.note import SignedNote


class Hl7Channel:
    """See :class:`hl7_bridge.channel.Channel`.  One connection, one message in flight on it.

    MDM for the note, MDM for the patient summary and ORU for the values go in this order, each once the one before
    is accepted.  Sending again sends the same bytes under the same MSH-10 and TXA-12.
    """

    def __init__(self, site: Site, destination: Hl7Destination, sender: MllpSender) -> None:
        self.destination = destination
        self._site = site
        self._sender = sender

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        """Bring the receiver to accept every message about the version; an HL7 v2 receiver keeps no versions to
        compare, so ``overwrite`` makes no difference."""
        del overwrite
        try:
            made = messages_of(note, self._site, self.destination, earlier)
        except BridgeError as error:
            return self._delivery(note, "rejected", problem=hl7_problem(error))
        return self._sent(note, made)

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        """HL7 v2 has no question to ask: ``accepted`` where the missing answers came late on this connection.

        Else the outcome stays unknown: without a problem where the site lets the same message be sent again, with
        one where a person is to look first.
        """
        try:
            made = messages_of(note, self._site, self.destination, earlier)
        except BridgeError as error:
            return self._delivery(note, "outcome_unknown", problem=hl7_problem(error))
        answers = [self._sender.settled(item.control_id) for item in made.messages]
        if all(answer is not None and answer.code in ("AA", "CA") for answer in answers):
            held = tuple(_held(item) for item in made.messages)
            return self._delivery(note, "accepted", held, made.left_out)
        if self.destination.resend_unknown:
            return self._delivery(note, "outcome_unknown", left_out=made.left_out)
        missing = UnansweredError(address=self.destination.address, control_id="", problem="no answer in time")
        problem = hl7_problem(missing, resend=False)
        return self._delivery(note, "outcome_unknown", left_out=made.left_out, problem=problem)

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        """Every document of every version as deleted (TXA-19 CA), the values of this one as wrong (OBX-11 W)."""
        try:
            made = retraction_of(note, self._site, self.destination, earlier, retraction)
        except BridgeError as error:
            return self._delivery(note, "rejected", problem=hl7_problem(error))
        return self._sent(note, made)

    def _sent(self, note: SignedNote, made: Messages) -> Delivery:
        """All messages, or as far as the receiver goes along; every one is encoded before the first leaves."""
        charset = charset_of(self.destination)
        try:
            encoded = [item.message.encode(charset) for item in made.messages]
        except BridgeError as error:
            return self._delivery(note, "rejected", left_out=made.left_out, problem=hl7_problem(error))
        held: list[DeliveredResource] = []
        for item, data in zip(made.messages, encoded, strict=True):
            problem, state = self._exchanged(item, data, begun=bool(held))
            if problem is not None:
                return self._delivery(note, state, tuple(held), made.left_out, problem)
            held.append(_held(item))
        return self._delivery(note, "accepted", tuple(held), made.left_out)

    def _exchanged(self, item: Outgoing, data: bytes, *, begun: bool) -> tuple[DeliveryProblem | None, DeliveryState]:
        """What is wrong and what is known then; ``begun``: the receiver has part of the version already."""
        nothing: DeliveryState = "outcome_unknown" if begun else "not_sent"
        retry = self.destination.retry_errors
        try:
            answer = self._sender.exchange(item.control_id, data)
        except UnansweredError as error:
            return hl7_problem(error, resend=self.destination.resend_unknown), "outcome_unknown"
        except TooLongError as error:
            return hl7_problem(error), "rejected"
        except BridgeError as error:
            return hl7_problem(error), nothing
        verdict = answer.verdict(retry)
        if verdict == "accepted":
            return None, "accepted"
        return refusal(item.event, answer, retry), "rejected" if verdict == "refused" else nothing

    def _delivery(
        self,
        note: SignedNote,
        state: DeliveryState,
        resources: tuple[DeliveredResource, ...] = (),
        left_out: tuple[LeftOut, ...] = (),
        problem: DeliveryProblem | None = None,
    ) -> Delivery:
        return Delivery(
            note_id=note.note_id,
            note_version=note.version,
            destination=self.destination.address,
            state=state,
            resources=resources,
            left_out=left_out,
            problem=problem,
        )

    def close(self) -> None:
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_hl7(destination: Destination, site: Site) -> Hl7Channel:
    """The channel of an HL7 v2 destination, not yet connected; DestinationError for one of another kind."""
    if not isinstance(destination, Hl7Destination):
        raise DestinationError()
    ours = (destination.sending_application, destination.sending_facility)

    def accept(answer: Acknowledgement) -> bytes:
        received = Received(control_id=answer.own_id, version=destination.version)
        return acknowledge(received, "CA", ours=ours, at=datetime.now(UTC))

    return Hl7Channel(site, destination, MllpSender(destination, accept=accept))


def _held(item: Outgoing) -> DeliveredResource:
    """A message as the receiver accepted it; it does not say whether it had it before."""
    return DeliveredResource(
        role=item.role, key=item.key, reference=f"{item.event}/{item.control_id}", version=None, created=True
    )
