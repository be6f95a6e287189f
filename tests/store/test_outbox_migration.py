"""Deliveries of the first version's schema, brought to this one's."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import scribe.store.migrations
from scribe.store import migrate
from scribe.store.database import open_engine

NOW = "2026-09-14 01:40:00.000000"
OF_ALL = "'2026-09-14 01:40:00', 'h1', 'k1'"


def _to(url: str, revision: str) -> None:
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", next(iter(scribe.store.migrations.__path__)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_an_outbox_of_the_earlier_schema_keeps_its_rows_and_names_its_destination(empty_url):
    _to(empty_url, "0003")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO hospital (id, hospital_id, created_at, name) VALUES ('h1', 'h1', '2026-09-14', 'H')",
            "INSERT INTO account (id, created_at, hospital_id, owner_id, login, role, password_hash, display_name)"
            " VALUES ('k1', '2026-09-14', 'h1', 'k1', 'kim', 'physician', '-', 'Kim')",
            "INSERT INTO encounter (id, created_at, hospital_id, owner_id, started_at, stage, language, template,"
            f" sealed_details) VALUES ('e1', {OF_ALL}, '2026-09-14', 'signed', 'ko', 'soap', '')",
            *(
                "INSERT INTO outbox (id, created_at, hospital_id, owner_id, encounter_id, note_id, version,"
                " destination, state, attempts, changed_at)"
                f" VALUES ('o{number}', {OF_ALL}, 'e1', 'n1', 1, '{address}', '{state}', 2, '{NOW}')"
                for number, address, state in (
                    (1, "http://old.example/fhir", "parked"),
                    (2, "http://new.example/fhir", "waiting"),
                )
            ),
        ):
            connection.execute(sa.text(statement))
    migrate(empty_url)
    with engine.begin() as connection:
        found = connection.execute(
            sa.text("SELECT id, destination, state, attempts, tries, worker FROM outbox ORDER BY id")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        ("o1", "http://old.example/fhir", "parked", 2, 0, None),
        ("o2", "hospital", "waiting", 2, 0, None),
    ]
