"""What is being written anew in the background: asked once, ended once."""

import json
from dataclasses import dataclass

from sqlalchemy import Select, select

from scribe.domain.rewriting import RewriteWish, RewritingState, Rewritten
from scribe.store.desk_rows import RewritingRow
from scribe.store.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class RewritingRecord:
    """``owner_id`` is the physician who wishes it; ``before`` and ``after`` are the draft's versions around it, None
    until it is done."""

    id: str
    encounter_id: str
    owner_id: str
    wish: RewriteWish
    state: RewritingState
    before: int | None
    after: int | None
    result: Rewritten


@dataclass(frozen=True, slots=True)
class Rewritings:
    """Those of the consultations that the actor may see."""

    scope: Scope

    def ask(self, encounter_id: str, wish: RewriteWish) -> RewritingRecord:
        """Wish for it; where the same waits already, that one."""
        self.scope.permit("review")
        row = self.scope.encounter(encounter_id, locked=True)
        document = _document(wish)
        for known in self.scope.session.scalars(_waiting(self.scope, row.id)):
            if known.wish == document:
                self.scope.trace("read", "rewriting", known.id, row.id)
                return record_of(known)
        entry = RewritingRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            state="waiting",
            wish=document,
            rewritten=0,
            removed=0,
            offered=0,
        )
        self.scope.session.add(entry)
        self.scope.session.flush()
        self.scope.trace("create", "rewriting", entry.id, row.id)
        return record_of(entry)

    def get(self, rewriting_id: str) -> RewritingRecord:
        """``NotFoundError`` where there is none that the actor may see."""
        row = self._row(rewriting_id)
        self.scope.trace("read", "rewriting", row.id, row.encounter_id)
        return record_of(row)

    def unfinished(self) -> tuple[RewritingRecord, ...]:
        """Those of all consultations that are not over, for the jobs."""
        self.scope.require("see what is unfinished", "service")
        query = select(RewritingRow).where(self.scope.visible(RewritingRow), RewritingRow.state == "waiting")
        found = tuple(record_of(row) for row in self.scope.session.scalars(query.order_by(RewritingRow.id)))
        self.scope.trace_list("rewriting", [record.id for record in found])
        return found

    def finish(self, rewriting_id: str, result: Rewritten, before: int, after: int) -> None:
        """It is done, and the draft went from one version to the other."""
        row = self._end(rewriting_id, "done")
        row.rewritten, row.removed, row.offered = result.rewritten, result.removed, result.offered
        row.before, row.after = before, after
        self.scope.session.flush()

    def fail(self, rewriting_id: str) -> None:
        """It could not be done; nothing happens to one that is over."""
        if self._row(rewriting_id).state == "waiting":
            self._end(rewriting_id, "failed")
            self.scope.session.flush()

    def _end(self, rewriting_id: str, state: RewritingState) -> RewritingRow:
        row = self._row(rewriting_id)
        row.state = state
        row.ended_at = self.scope.clock()
        self.scope.trace("update", "rewriting", row.id, row.encounter_id)
        return row

    def _row(self, rewriting_id: str) -> RewritingRow:
        query = select(RewritingRow).where(RewritingRow.id == rewriting_id, self.scope.visible(RewritingRow))
        return self.scope.one(query, "rewriting", rewriting_id)


def under_way(scope: Scope, encounter_id: str) -> str | None:
    """The id of what is being written anew for a consultation, which the caller has read; None where nothing is."""
    found = scope.session.scalars(_waiting(scope, encounter_id)).first()
    return None if found is None else found.id


def _waiting(scope: Scope, encounter_id: str) -> Select[RewritingRow]:
    query = select(RewritingRow).where(RewritingRow.encounter_id == encounter_id, scope.visible(RewritingRow))
    return query.where(RewritingRow.state == "waiting").order_by(RewritingRow.id)


def _document(wish: RewriteWish) -> str:
    named = {"statements": sorted(wish.statements), "entries": sorted(wish.entries)}
    return json.dumps({**named, "everything": wish.everything, "whole": wish.whole}, separators=(",", ":"))


def _wish(document: str) -> RewriteWish:
    told = json.loads(document)
    return RewriteWish(
        statements=frozenset(told["statements"]),
        entries=frozenset(told["entries"]),
        everything=told["everything"],
        whole=told["whole"],
    )


def record_of(row: RewritingRow) -> RewritingRecord:
    return RewritingRecord(
        id=row.id,
        encounter_id=row.encounter_id,
        owner_id=row.owner_id,
        wish=_wish(row.wish),
        state=row.state,
        before=row.before,
        after=row.after,
        result=Rewritten(rewritten=row.rewritten, removed=row.removed, offered=row.offered),
    )
