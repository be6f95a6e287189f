"""Alembic's entry point: migrates on the connection that :mod:`scribe.store.database` hands over."""

from alembic import context

from scribe.store.models import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
