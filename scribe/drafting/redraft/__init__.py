"""Writing anew only what went stale: everything else of a draft stays to the character.

``fresh`` is what the drafter makes of the corrected transcript.  A stale entry becomes its counterpart there, or goes
where there is none; a stale statement becomes what the drafter now writes of the same entries.  What a physician struck
never comes back by this, and what they wrote is rewritten only where they ask for it by name.  Facts that the draft
does not have become offers.
"""

from scribe.drafting.redraft.choosing import keep_stale, settle_changed, to_rewrite
from scribe.drafting.redraft.offering import drop_offer, offer_of, take_offer
from scribe.drafting.redraft.rewriting import Redrafted, redraft
from scribe.drafting.redraft.staleness import is_unread, mark_stale, stale_flags, statements_of

__all__ = [
    "Redrafted",
    "drop_offer",
    "is_unread",
    "keep_stale",
    "mark_stale",
    "offer_of",
    "redraft",
    "settle_changed",
    "stale_flags",
    "statements_of",
    "take_offer",
    "to_rewrite",
]
