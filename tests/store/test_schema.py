"""The schema: migrations and models agree, every row has a hospital and an owner, signed rows stay as they are."""

import multiprocessing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DatabaseError

from scribe.store import migrate
from scribe.store.database import open_engine
from scribe.store.errors import DatabaseUnusableError, DatabaseUrlError
from scribe.store.models import Table


def test_the_migrations_make_the_models(empty_url):
    migrate(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(empty_url):
    migrate(empty_url)
    migrate(empty_url)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "scribe.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(DatabaseUnusableError, match=r"scribe\.db cannot be used: file is not a database"):
        migrate(f"sqlite:///{tmp_path / 'scribe.db'}")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'scribe.db'}"
    migrate(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnusableError, match="newer version"):
        migrate(url)


def test_the_password_of_a_database_that_does_not_answer_is_not_told():
    with pytest.raises(DatabaseUnusableError) as refused:
        migrate("postgresql://scribe:geheim@127.0.0.1:9/scribe")
    assert "geheim" not in str(refused.value)


def test_processes_that_migrate_at_once_wait_for_each_other(empty_url):
    forked = multiprocessing.get_context("fork")
    processes = [forked.Process(target=migrate, args=(empty_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0, 0]


@pytest.mark.parametrize("table", Table.metadata.tables.values(), ids=str)
def test_every_table_names_hospital_and_owner(table):
    assert {"hospital_id", "owner_id"} <= set(table.columns.keys())


def test_the_audit_log_refuses_changes_by_sql(clinic):
    clinic.visit()
    for statement in ("UPDATE audit SET action = 'none'", "DELETE FROM audit"):
        with pytest.raises(DatabaseError, match="never changes"), clinic.store.engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_sqlite_is_durable_and_checks_references(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'scribe.db'}")
    with engine.begin() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "secure_delete", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "secure_delete": 1,
        "busy_timeout": 15000,
    }


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://root:geheim@host/db"])
def test_a_wrong_address_is_refused_without_its_password(wrong):
    with pytest.raises(DatabaseUrlError) as error:
        open_engine(wrong)
    assert "geheim" not in str(error.value)
