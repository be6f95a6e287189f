"""The audit log page by page: who did what, found by day, account, act and patient without walking through the log."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from scribe.domain.encounter import Identifier
from scribe.store.errors import NotFoundError, NotPermittedError
from scribe.store.trail_pages import TrailPages, TrailQuery, check_trail, whole_trail

NUMBER = Identifier(system="urn:oid:1.2.3", value="12345")


def query(**more):
    now = datetime.now(UTC)
    return TrailQuery(start=now - timedelta(days=1), end=now + timedelta(hours=1), **more)


def page(clinic, most=50, actor=None, **more):
    with clinic.store.begin(actor or clinic.admin.actor) as work:
        return TrailPages(work.scope).page(query(**more), most)


def test_the_newest_come_first_with_the_name_of_who_acted(clinic):
    visit = clinic.visit()
    lines = page(clinic)
    assert [line.record.sequence for line in lines] == sorted((line.record.sequence for line in lines), reverse=True)
    opened = next(line for line in lines if (line.record.action, line.record.subject) == ("create", "encounter"))
    assert (opened.name, opened.record.encounter_id, opened.intact) == (clinic.kim.practitioner.name, visit, True)


def test_a_page_follows_the_one_before_without_gap_or_repetition(clinic):
    for _ in range(4):
        clinic.visit()
    first = page(clinic, most=5)
    more = page(clinic, most=5, before=first[-1].record.sequence)
    numbers = [line.record.sequence for line in (*first, *more)]
    assert numbers == list(range(numbers[0], numbers[0] - 10, -1))
    with pytest.raises(NotFoundError):
        page(clinic, before=99_999)


def test_by_account_act_and_whether_a_person_acted(clinic):
    visit = clinic.visit()
    with clinic.store.begin(clinic.lee.actor) as work, pytest.raises(NotFoundError):
        work.encounters.get(visit)
    assert {line.record.account_id for line in page(clinic, account_id=clinic.lee.id)} == {clinic.lee.id}
    assert {line.record.action for line in page(clinic, actions=frozenset({"refused"}))} == {"refused"}
    assert {line.record.subject for line in page(clinic, subjects=frozenset({"consent"}))} == {"consent"}
    assert "service" not in {line.record.role for line in page(clinic, role="people")}
    assert {line.record.role for line in page(clinic, role="program")} == {"service"}


def test_a_patient_is_found_by_number_whenever_it_was_and_the_number_is_not_written_down(clinic):
    visit, _ = clinic.visit(number="12345"), clinic.visit(number="777")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with clinic.store.begin(clinic.admin.actor) as work:
        found = TrailPages(work.scope).page(TrailQuery(start=long_ago, end=long_ago, patient=NUMBER), 50)
    assert {line.record.encounter_id for line in found} == {visit}
    nobody = Identifier(system=NUMBER.system, value="0")
    assert page(clinic, patient=nobody) == ()
    told = [line.record.subject_id for line in page(clinic, subjects=frozenset({"audit"}))]
    assert [one.split(" ")[0] for one in told[:2]] == ["patient", "patient"]
    assert all("12345" not in one for one in told)


def test_no_more_than_a_month_is_looked_through(clinic):
    clinic.visit()
    now = datetime.now(UTC)
    with clinic.store.begin(clinic.admin.actor) as work:
        asked = TrailQuery(start=now - timedelta(days=900), end=now + timedelta(days=40))
        assert TrailPages(work.scope).page(asked, 50) == ()


def test_only_it_reads_it_and_only_its_own_hospital(clinic):
    for actor in (clinic.kim.actor,):
        with pytest.raises(NotPermittedError):
            page(clinic, actor=actor)
        with pytest.raises(NotPermittedError):
            check_trail(clinic.store, actor)
    assert {line.record.hospital_id for line in page(clinic)} == {clinic.hospital_id}


def test_a_check_is_written_to_the_log_and_tells_of_a_changed_record(clinic):
    clinic.visit()
    with clinic.store.begin(clinic.admin.actor) as work:
        assert TrailPages(work.scope).last_check() is None
    done = check_trail(clinic.store, clinic.admin.actor)
    assert done.broken is None
    with clinic.store.begin(clinic.admin.actor) as work:
        kept = TrailPages(work.scope).last_check()
    assert (kept.records, kept.head, kept.broken) == (done.records, done.head, None)
    number = next(line.record.sequence for line in page(clinic) if line.record.subject == "consent")
    forge(clinic, number)
    assert check_trail(clinic.store, clinic.admin.actor).broken == number
    assert [line.intact for line in page(clinic, subjects=frozenset({"consent"}))] == [False]
    assert len(list(whole_trail(clinic.store, clinic.admin.actor))) > done.records


def forge(clinic, sequence):
    """As somebody who owns the database would."""
    with clinic.store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("DROP TRIGGER audit_no_update"))
        else:
            connection.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(sa.text("UPDATE audit SET action = 'none' WHERE sequence = :n"), {"n": sequence})


@pytest.mark.parametrize(
    ("more", "index"),
    [
        ({}, "ix_audit_moment"),
        ({"role": "people", "actions": frozenset({"refused"})}, "ix_audit_moment"),
        ({"account_id": "somebody"}, "ix_audit_account"),
        ({"patient": NUMBER}, "ix_audit_encounter_id"),
    ],
)
def test_no_page_walks_through_the_log(clinic, more, index):
    if clinic.store.engine.dialect.name != "sqlite":
        pytest.skip("the plans of SQLite do not depend on what is in the table")
    plans = []

    @sa.event.listens_for(clinic.store.engine, "before_cursor_execute")
    def explain(connection, cursor, statement, parameters, context, many):
        del context, many
        if statement.startswith("SELECT audit.") and "LIMIT" in statement and "encounter_id" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append([row[3] for row in plan.fetchall()])

    page(clinic, **more)
    sa.event.remove(clinic.store.engine, "before_cursor_execute", explain)
    shown = plans[0]
    assert any(f"USING INDEX {index} " in step for step in shown), shown
    assert not any(step.startswith("SCAN") for step in shown), shown
