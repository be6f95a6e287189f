"""What of the stale things somebody chose, and keeping it as it stands."""

from collections.abc import Iterable
from dataclasses import replace

from scribe.domain.entries import Evidence
from scribe.domain.note import Draft, Flag
from scribe.domain.rewriting import StaleChoice
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft.staleness import stale_flags, statements_of
from scribe.drafting.redraft.swapping import with_statements
from scribe.drafting.verify import verify


def to_rewrite(draft: Draft, choice: StaleChoice) -> tuple[Flag, ...]:
    """The open stale flags that rewriting what was chosen deals with."""
    flags = stale_flags(draft)
    return tuple(flag for flag in flags if (_is_drafters(flag, draft) if choice.everything else choice.names(flag)))


def _is_drafters(flag: Flag, draft: Draft) -> bool:
    if flag.statements:
        return all(s.support != "edited" for s in statements_of(draft) if s.id in flag.statements)
    return all(entry.author is None for entry in draft.entries if entry.id in flag.entries)


def keep_stale(draft: Draft, transcript: Transcript, choice: StaleChoice) -> Draft:
    """With what was chosen of the stale things kept as it stands, on the physician's word.

    The mark becomes what the verifier says of it beside the corrected transcript; one that is not fully supported is
    acknowledged.
    """
    chosen = [flag for flag in stale_flags(draft) if choice.everything or choice.names(flag)]
    names = {name for flag in chosen for name in flag.statements}
    judged = [s for s in statements_of(draft) if s.id in names and s.support != "edited"]
    cited = [replace(s, evidence=_there(s.evidence, transcript)) for s in judged]
    verdicts = {
        s.id: v.support if s.evidence else "none"
        for s, v in zip(cited, verify(transcript, cited, draft.entries), strict=True)
    }

    def kept(statement: Statement) -> Statement:
        support = verdicts.get(statement.id)
        if support is None:
            return statement
        return replace(statement, support=support, acknowledged=None if support == "supported" else True)

    flags = tuple(replace(flag, decision="kept") if flag in chosen else flag for flag in draft.flags)
    return with_statements(replace(draft, flags=flags), lambda s: (kept(s),))


def _there(evidence: Iterable[Evidence], transcript: Transcript) -> tuple[Evidence, ...]:
    known = {said.id for said in transcript.relevant.utterances}
    return tuple(item for item in evidence if item.utterance in known)


def settle_changed(before: Draft, after: Draft, transcript: Transcript) -> Draft:
    """``after``, an edit of ``before``, without the stale marks on what somebody wrote anew in it.

    What was written back to the drafter's own words is stale again; what was kept is judged anew, as :func:`keep_stale`
    does.
    """
    return _judged_anew(before, _settled(before, after), transcript)


def _judged_anew(before: Draft, after: Draft, transcript: Transcript) -> Draft:
    kept = {
        place: flag
        for place, flag in enumerate(after.flags)
        if flag.is_stale and flag.decision == "kept" and replace(flag, decision=None) in before.flags
    }
    if not kept:
        return after
    flags = tuple(replace(flag, decision=None) if at in kept else flag for at, flag in enumerate(after.flags))
    names = frozenset(name for flag in kept.values() for name in flag.statements)
    alone = frozenset(name for flag in kept.values() if not flag.statements for name in flag.entries)
    return keep_stale(replace(after, flags=flags), transcript, StaleChoice(statements=names, entries=alone))


def _settled(before: Draft, after: Draft) -> Draft:
    then, now = ({s.id: s for s in statements_of(draft)} for draft in (before, after))
    old, new = ({entry.id: entry for entry in draft.entries} for draft in (before, after))
    written = {name for name, s in now.items() if name in then and s.text != then[name].text and s.support == "edited"}
    written |= {name for name, entry in new.items() if name in old and entry != old[name]}
    back = {name for name, s in now.items() if name in then and s.support != "edited" == then[name].support}

    def settled(flag: Flag) -> Flag:
        subject = set(flag.statements or flag.entries)
        if not flag.is_stale:
            return flag
        if flag.is_open and subject & written:
            return replace(flag, decision="changed")
        return replace(flag, decision=None) if flag.decision == "changed" and subject & back else flag

    flags = tuple(map(settled, after.flags))
    return after if flags == after.flags else replace(after, flags=flags)
