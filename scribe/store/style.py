"""Rules of style, what they were learnt from, and how much of the drafts was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, select

from scribe.crypto import new_data_key
from scribe.domain.style import (
    EditShares,
    Habit,
    Observation,
    RuleOrigin,
    RuleState,
    Share,
    SignedShares,
    StyleRule,
)
from scribe.store.errors import CaptureKeyDestroyedError
from scribe.store.scope import Scope, place, seal_column, unseal_column
from scribe.store.style_rows import EditShareRow, StyleObservationRow, StyleRuleRow

_HABIT: TypeAdapter[Habit] = TypeAdapter(Habit)
_OBSERVATION = TypeAdapter(Observation)
_PARTS = ("note", "summary", "entries")
_COUNTS = ("kept", "edited", "deleted", "added")


@dataclass(frozen=True, slots=True)
class StyleRules:
    """The rules of one physician: their own to see and change; the pipeline reads them and counts their uses."""

    scope: Scope

    def list(self, owner_id: str | None = None) -> tuple[StyleRule, ...]:
        """Every rule, dismissed ones too, oldest first; ``owner_id`` names the physician to the pipeline."""
        owner = self._owner(owner_id)
        self.scope.trace("list", "style_rule", owner)
        query = select(StyleRuleRow).where(self._mine(owner)).order_by(StyleRuleRow.id)
        return tuple(self._rule(row) for row in self.scope.session.scalars(query))

    def add(self, habit: Habit, *, origin: RuleOrigin, seen: int = 0) -> StyleRule:
        """An active rule; an equal one that was dismissed or paused is taken up again."""
        owner = self._owner(None)
        for row in self.scope.session.scalars(select(StyleRuleRow).where(self._mine(owner))):
            if self._rule(row).habit == habit:
                row.state, row.changed_at = "active", self.scope.clock()
                return self._changed(row)
        row = StyleRuleRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=owner,
            state="active",
            origin=origin,
            seen=seen,
            applied=0,
            changed_at=self.scope.clock(),
        )
        self._seal(row, habit)
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "style_rule", row.id)
        return self._rule(row)

    def change(self, rule_id: str, habit: Habit) -> StyleRule:
        """Another habit in the rule's place; it is the physician's own from now on."""
        row = self._row(rule_id)
        self._seal(row, habit)
        row.origin, row.state, row.seen, row.applied = "written", "active", 0, 0
        return self._changed(row)

    def set_state(self, rule_id: str, state: RuleState) -> StyleRule:
        row = self._row(rule_id)
        row.state = state
        return self._changed(row)

    def count(self, owner_id: str, applied: Mapping[str, int]) -> None:
        """Add the uses of rules (by id) to what was counted."""
        owner = self._owner(owner_id)
        for row in self.scope.session.scalars(
            select(StyleRuleRow).where(self._mine(owner), StyleRuleRow.id.in_(applied))
        ):
            row.applied += applied[row.id]

    def _row(self, rule_id: str) -> StyleRuleRow:
        query = select(StyleRuleRow).where(StyleRuleRow.id == rule_id, self._mine(self._owner(None)))
        return self.scope.one(query, "style rule", rule_id)

    def _changed(self, row: StyleRuleRow) -> StyleRule:
        row.changed_at = self.scope.clock()
        self.scope.session.flush()
        self.scope.trace("update", "style_rule", row.id)
        return self._rule(row)

    def _mine(self, owner: str) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = StyleRuleRow.hospital_id == self.scope.actor.hospital_id
        return mine & (StyleRuleRow.owner_id == owner)

    def _owner(self, owner_id: str | None) -> str:
        return _physician(self.scope, "keep rules of style") if owner_id is None else _served(self.scope, owner_id)

    def _seal(self, row: StyleRuleRow, habit: Habit) -> None:
        key = new_data_key()
        row.wrapped_key = self.scope.wrapper.wrap(key, place(row, "wrapped_key"))
        seal_column(key, row, "sealed_habit", _HABIT.dump_json(habit))

    def _rule(self, row: StyleRuleRow) -> StyleRule:
        key = self.scope.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
        habit = _HABIT.validate_json(unseal_column(key, row, "sealed_habit"))
        return StyleRule(id=row.id, habit=habit, state=row.state, origin=row.origin, seen=row.seen, applied=row.applied)


@dataclass(frozen=True, slots=True)
class StyleObservations:
    """What signed consultations told, the latest of each; it cannot be read once the draft cannot."""

    scope: Scope

    def put(self, encounter_id: str, observation: Observation) -> None:
        encounter = self.scope.encounter(encounter_id)
        key = self.scope.key(encounter, "capture")
        query = select(StyleObservationRow).where(StyleObservationRow.encounter_id == encounter.id)
        row = self.scope.session.scalars(query).one_or_none()
        if row is None:
            row = StyleObservationRow(
                id=self.scope.new_id(),
                created_at=self.scope.clock(),
                hospital_id=encounter.hospital_id,
                owner_id=encounter.owner_id,
                encounter_id=encounter.id,
            )
            self.scope.session.add(row)
        seal_column(key, row, "sealed_document", _OBSERVATION.dump_json(observation))
        self.scope.session.flush()
        self.scope.trace("update", "style_observation", row.id, encounter.id)

    def latest(self, *, most: int) -> tuple[Observation, ...]:
        """The physician's newest ones, of consultations whose recording is still theirs to read."""
        owner = _physician(self.scope, "learn from edits")
        self.scope.trace("list", "style_observation", owner)
        query = (
            select(StyleObservationRow)
            .where(self.scope.visible(StyleObservationRow), StyleObservationRow.owner_id == owner)
            .order_by(StyleObservationRow.id.desc())
            .limit(most)
        )
        return tuple(found for row in self.scope.session.scalars(query) if (found := self._open(row)) is not None)

    def _open(self, row: StyleObservationRow) -> Observation | None:
        try:
            key = self.scope.key(self.scope.encounter(row.encounter_id), "capture")
        except CaptureKeyDestroyedError:
            return None
        return _OBSERVATION.validate_json(unseal_column(key, row, "sealed_document"))


@dataclass(frozen=True, slots=True)
class EditShareRows:
    """How much of the drafts was kept: numbers, by version signed."""

    scope: Scope

    def put(self, encounter_id: str, version: int, signed: SignedShares) -> None:
        """Note the shares of a signed version, once."""
        encounter = self.scope.encounter(encounter_id)
        row = EditShareRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            version=version,
            account_id=signed.account_id,
            template=signed.template,
            setting=signed.setting,
            language=signed.language,
            signed_at=signed.signed_at,
            review_seconds=signed.review_seconds,
        )
        for part in _PARTS:
            for count in _COUNTS:
                setattr(row, f"{part}_{count}", getattr(getattr(signed.shares, part), count))
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "edit_share", row.id, encounter.id)

    def since(self, moment: datetime) -> tuple[SignedShares, ...]:
        """What was signed from ``moment`` on, oldest first: a physician sees their own, IT the whole hospital."""
        self.scope.permit("see_quality")
        ours: ColumnElement[bool] = EditShareRow.hospital_id == self.scope.actor.hospital_id
        if self.scope.actor.role == "physician":
            ours = ours & (EditShareRow.account_id == self.scope.actor.account_id)
        self.scope.trace("list", "edit_share", self.scope.actor.account_id)
        query = select(EditShareRow).where(ours, EditShareRow.signed_at >= moment).order_by(EditShareRow.signed_at)
        return tuple(_signed(row) for row in self.scope.session.scalars(query))


def _signed(row: EditShareRow) -> SignedShares:
    note, summary, entries = (Share(**{count: getattr(row, f"{part}_{count}") for count in _COUNTS}) for part in _PARTS)
    return SignedShares(
        account_id=row.account_id,
        template=row.template,
        setting=row.setting,
        language=row.language,
        signed_at=row.signed_at,
        review_seconds=row.review_seconds,
        shares=EditShares(note=note, summary=summary, entries=entries),
    )


def _physician(scope: Scope, action: str) -> str:
    scope.require(action, "physician")
    return scope.actor.account_id


def _served(scope: Scope, owner_id: str) -> str:
    scope.require("read a physician's rules of style", "service")
    return owner_id
