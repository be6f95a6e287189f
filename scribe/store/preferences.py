"""What each account prefers: JSON documents by name, for the account alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from sqlalchemy import delete, select

from scribe.crypto import new_data_key
from scribe.store.account_rows import PreferenceRow
from scribe.store.errors import NotPermittedError, PreferenceTooLargeError
from scribe.store.scope import Scope, place, seal_column, unseal_column

MAX_DOCUMENT = 256 * 1024
"""Bytes of one document."""

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Preferences:
    """The actor's own documents; each name belongs to one feature, which validates what it reads.

    A change is audited (that it was made, not what it says); reading one's own preferences is not.
    """

    scope: Scope

    def get(self, name: str) -> Mapping[str, object]:
        """The document of that name, empty where there is none."""
        row = self._row(name)
        if row is None:
            return NOTHING
        return cast("dict[str, object]", json.loads(self._unsealed(row)))

    def put(self, name: str, document: Mapping[str, object]) -> None:
        """Keep ``document``, a JSON object, under ``name`` (64 characters at most), in place of an earlier one."""
        content = json.dumps(dict(document), ensure_ascii=False, separators=(",", ":")).encode()
        if len(content) > MAX_DOCUMENT:
            raise PreferenceTooLargeError(name=name, most=MAX_DOCUMENT)
        row = self._row(name)
        if row is None:
            row = PreferenceRow(
                id=self.scope.new_id(),
                created_at=self.scope.clock(),
                hospital_id=self.scope.actor.hospital_id,
                owner_id=self._owner(),
                name=name,
            )
            self.scope.session.add(row)
        key = new_data_key()
        row.wrapped_key = self.scope.wrapper.wrap(key, place(row, "wrapped_key"))
        seal_column(key, row, "sealed_document", content)
        row.changed_at = self.scope.clock()
        self.scope.session.flush()
        self.scope.trace("update", "preference", name)

    def names(self) -> tuple[str, ...]:
        """The names of the actor's documents."""
        query = select(PreferenceRow.name).where(PreferenceRow.owner_id == self._owner())
        return tuple(self.scope.session.scalars(query.order_by(PreferenceRow.name)))

    def forget(self, name: str) -> None:
        """Remove the document of that name; nothing happens where there is none."""
        if self._row(name) is not None:
            self.scope.session.execute(
                delete(PreferenceRow).where(PreferenceRow.owner_id == self._owner(), PreferenceRow.name == name)
            )
            self.scope.trace("update", "preference", name)

    def _row(self, name: str) -> PreferenceRow | None:
        query = select(PreferenceRow).where(
            PreferenceRow.hospital_id == self.scope.actor.hospital_id,
            PreferenceRow.owner_id == self._owner(),
            PreferenceRow.name == name,
        )
        return self.scope.session.scalars(query).one_or_none()

    def _owner(self) -> str:
        """The actor's account; the service is nobody and prefers nothing."""
        if self.scope.actor.role == "service":
            raise NotPermittedError(role="service", action="have preferences")
        return self.scope.actor.account_id

    def _unsealed(self, row: PreferenceRow) -> bytes:
        key = self.scope.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
        return unseal_column(key, row, "sealed_document")
