"""What stands to be signed, and signing it: to the character what was shown, as exactly one next version."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from scribe.crypto import canonical_json, sha256_hex
from scribe.domain.encounter import Encounter
from scribe.domain.note import NoteContent, Signature, SignedNote
from scribe.domain.settling import Settling
from scribe.domain.statement import Section, Statement
from scribe.signing import ContentChangedError, content_of, content_sha256, sign, unsettled
from scribe.store import Work
from scribe.store.records import AccountRecord
from scribe.store.revisions import AmendmentRecord
from scribe.web.errors import WebError
from scribe.web.review.desk import Desk, open_desk

_UNSIGNED = Signature(algorithm="Ed25519", key_id="", value="")


class OpenQuestionsError(WebError):
    """{count} questions about this draft wait for a decision: answer them on the review page."""


class NotAcknowledgedError(WebError):
    """{count} statements that nothing supports were not acknowledged: tick each of them, or change it."""


class NothingAmendedError(WebError):
    """The amendment says the same as the version it amends: change something, or abandon it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signable:
    """A draft as it would be signed by ``author``: whose it is, what it says, and which version it would be.

    ``earlier`` are the signed versions before it, oldest first.
    """

    desk: Desk
    encounter: Encounter
    content: NoteContent
    author: AccountRecord
    earlier: tuple[SignedNote, ...]

    @property
    def amendment(self) -> AmendmentRecord | None:
        return self.desk.amendment

    @property
    def amends(self) -> SignedNote | None:
        return self.earlier[-1] if self.earlier else None

    @property
    def version(self) -> int:
        return len(self.earlier) + 1

    @property
    def shown_sha256(self) -> str:
        """SHA-256 of everything that is shown to be signed; of an amendment also its number and its reason."""
        shown = content_sha256(self.content, self.encounter)
        if self.amendment is None:
            return shown
        more = {"content": shown, "version": self.version, "reason": self.amendment.reason}
        return sha256_hex(canonical_json(more))

    @property
    def open_questions(self) -> int:
        """Flags that only the review page can settle."""
        return len(self.desk.open.flags)

    @property
    def unacknowledged(self) -> tuple[Statement, ...]:
        """The statements that the hospital's rule has settled one by one and that nobody has, in reading order."""
        return tuple(statement for statement in statements_of(self.content) if self.desk.settling.waits(statement))

    @property
    def unchanged(self) -> bool:
        """An amendment that amends nothing."""
        return self.amends is not None and self.amends.content == self.content

    def unsigned(self, work: Work) -> SignedNote:
        """The version as it would be, without a signature: to see what each destination makes of it."""
        amends = self.amends
        return SignedNote(
            note_id=amends.note_id if amends else "unsigned",
            version=self.version,
            replaces=amends.version if amends else None,
            encounter=self.encounter,
            content=self.content,
            author=self.author.practitioner,
            signed_at=work.scope.clock(),
            reason=self.amendment.reason if self.amendment else None,
            signature=_UNSIGNED,
        )


def signable(work: Work, account: AccountRecord, encounter_id: str) -> Signable:
    """What ``account`` would sign now; errors as of :func:`scribe.web.review.desk.open_desk`."""
    desk = open_desk(work, encounter_id)
    versions = work.notes.versions(encounter_id) if desk.amendment else ()
    return Signable(
        desk=desk,
        encounter=_encounter_to_sign(work, desk, account),
        content=content_of(desk.draft.draft),
        author=account,
        earlier=tuple(record.note for record in versions),
    )


def sign_shown(
    work: Work,
    account: AccountRecord,
    encounter_id: str,
    *,
    shown_sha256: str,
    acknowledged: Collection[str],
    enqueue: Callable[[Work, str, int], None],
) -> SignedNote:
    """Keep the next signed version and put it on its way, all in the transaction of ``work``.

    ``acknowledged`` names statements that nothing supports and that the physician keeps all the same: the signed
    version says so of each.  Raises ``AlreadySignedError`` where there is nothing to sign any more,
    ``ContentChangedError`` where anything differs from what was shown, and the errors above.
    """
    found = signable(work, account, encounter_id)
    if found.shown_sha256 != shown_sha256:
        raise ContentChangedError
    if found.open_questions:
        raise OpenQuestionsError(count=found.open_questions)
    if found.unchanged:
        raise NothingAmendedError
    settling = found.desk.settling
    content = _acknowledging(found.content, acknowledged, settling)
    left = unsettled(content, settling)
    if left:
        raise NotAcknowledgedError(count=len(left))
    note = sign(
        content,
        found.encounter,
        shown_sha256=content_sha256(content, found.encounter),
        author=account.practitioner,
        key=work.signing_keys.mine(),
        clock=work.scope.clock,
        new_id=work.scope.new_id,
        amends=found.amends,
        reason=found.amendment.reason if found.amendment else None,
        settling=settling,
    )
    work.notes.add(note)
    enqueue(work, note.note_id, note.version)
    return note


def statements_of(content: NoteContent) -> tuple[Statement, ...]:
    """Every statement of note and patient summary, in reading order."""
    sections = (*content.sections, *content.patient_summary.sections)
    return tuple(statement for section in sections for statement in section.statements)


def _acknowledging(content: NoteContent, names: Collection[str], settling: Settling) -> NoteContent:
    """The content with the unsettled statements of these ids marked as kept by the physician."""

    def marked(section: Section) -> Section:
        return replace(
            section,
            statements=tuple(
                replace(one, acknowledged=True) if settling.waits(one) and one.id in names else one
                for one in section.statements
            ),
        )

    summary = replace(content.patient_summary, sections=tuple(map(marked, content.patient_summary.sections)))
    return replace(content, sections=tuple(map(marked, content.sections)), patient_summary=summary)


def _encounter_to_sign(work: Work, desk: Desk, account: AccountRecord) -> Encounter:
    """The encounter with the physician and the institution, where it does not name them yet."""
    encounter = desk.encounter.encounter
    return replace(
        encounter,
        practitioner=encounter.practitioner or account.practitioner,
        organization=encounter.organization or work.accounts.hospital().organization,
    )
