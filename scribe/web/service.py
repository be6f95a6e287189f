"""What the pages work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from hl7_bridge.site import Site
from scribe.accounts import Authenticator, ConfirmationPolicy, PasswordAuthenticator, SessionLimits
from scribe.dictation import Dictation
from scribe.drafting.draft import draft
from scribe.settings import Settings
from scribe.stages import DraftNote
from scribe.store import Store, Work
from scribe.uploads import Drafting

Enqueue = Callable[[Work, str, int], None]
"""Puts version ``int`` of the note with id ``str`` on its way, within the transaction that signed it."""


Rewriting = Callable[[Work, str], None]
"""Has the rewriting with id ``str`` done once the transaction has committed."""


def _nobody() -> None:
    """Nobody has to be told: whoever delivers looks by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The store, the settings, how a signed note is sent off and where to, and how a new transcript is drafted.

    ``dictation`` is None where it is switched off or nothing recognises speech here.  ``rewriting`` hands a rewriting
    to the durable jobs; a page waits ``patience`` seconds for one before it goes on without.
    """

    store: Store
    settings: Settings
    enqueue: Enqueue
    redraft: Drafting
    authenticator: Authenticator = field(default=PasswordAuthenticator())
    site: Site = field(default_factory=Site)
    wake: Callable[[], None] = field(default=_nobody)
    dictation: Dictation | None = None
    rewriting: Rewriting | None = None
    patience: float = 2.0

    @property
    def drafter(self) -> DraftNote:
        """What drafts a corrected transcript while the physician waits."""
        return partial(draft, templates=self.settings.templates_dir)

    @property
    def limits(self) -> SessionLimits:
        return SessionLimits(
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            longest=timedelta(hours=self.settings.session_max_hours),
        )

    @property
    def confirmation(self) -> ConfirmationPolicy:
        """How often a person is asked again before a signature."""
        remembered = timedelta(minutes=self.settings.signature_confirmation_minutes)
        return ConfirmationPolicy(remembered=remembered, authenticator=self.authenticator)
