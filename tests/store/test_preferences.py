"""Preferences: JSON documents that each account keeps for itself."""

import pytest
import sqlalchemy as sa

from scribe.store.errors import NotPermittedError, PreferenceTooLargeError


def test_what_was_put_is_got_and_the_last_one_holds(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.preferences.get("keys") == {}
        work.preferences.put("keys", {"next": "Alt+KeyN"})
        work.preferences.put("keys", {"next": "Alt+KeyJ", "빠른": ["가", 1, None]})
        work.preferences.put("theme", {"mode": "dark"})
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.preferences.get("keys") == {"next": "Alt+KeyJ", "빠른": ["가", 1, None]}
        assert work.preferences.names() == ("keys", "theme")
        work.preferences.forget("theme")
        work.preferences.forget("theme")
        assert work.preferences.names() == ("keys",)


def test_they_are_nobody_elses(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.preferences.put("keys", {"next": "Alt+KeyN"})
    with clinic.store.begin(clinic.lee.actor) as work:
        assert work.preferences.get("keys") == {}
        work.preferences.put("keys", {"next": "Alt+KeyL"})
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.preferences.get("keys") == {"next": "Alt+KeyN"}
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.service) as work:
        work.preferences.get("keys")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_they_lie_sealed_and_a_change_is_audited(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.preferences.put("wordings", {"기침": "해소"})
    with clinic.store.engine.begin() as connection:
        (sealed,) = connection.execute(sa.text("SELECT sealed_document FROM preference")).scalars()
        (line,) = connection.execute(sa.text("SELECT action, subject_id FROM audit WHERE subject = 'preference'"))
    assert "해소".encode() not in sealed
    assert tuple(line) == ("update", "wordings")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_one_that_is_too_large_is_refused(clinic):
    with pytest.raises(PreferenceTooLargeError, match="shorten"), clinic.store.begin(clinic.kim.actor) as work:
        work.preferences.put("wordings", {"x": "x" * 300_000})
