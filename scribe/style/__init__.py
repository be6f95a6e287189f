"""Learning how a physician writes: observe what they change, learn what recurs, apply it to the next draft.

What is learnt is a list of rules that the physician sees, edits and deletes.  A rule exchanges whole words, orders
sections or picks a template; an exchange that would touch a number, a negation, a side, a certainty or an order is no
rule, and every use of one is judged by the verifier: where a sentence would rest less well on what was said, it stays
as it was drafted.
"""

from scribe.style.apply import Styled, preferred_template, restyle
from scribe.style.learn import learn
from scribe.style.observe import observe
from scribe.style.rules import StyleRuleError, checked_wording
from scribe.style.shares import edit_shares

__all__ = [
    "StyleRuleError",
    "Styled",
    "checked_wording",
    "edit_shares",
    "learn",
    "observe",
    "preferred_template",
    "restyle",
]
