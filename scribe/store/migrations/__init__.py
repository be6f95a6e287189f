"""Alembic migrations, inside the package so that they travel with it."""
