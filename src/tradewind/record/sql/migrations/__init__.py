"""The history of the operational database's tables, for Alembic: `versions/` has a file for each revision."""
