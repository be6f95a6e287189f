"""Whether rewording a sentence may have changed what it says about its structured entries."""

from scribe.drafting.restate.meaning import meaning_moved, numbers

__all__ = ["meaning_moved", "numbers"]
