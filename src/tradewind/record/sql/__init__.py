"""The operational database: tables that follow from the journals, in SQLite or PostgreSQL, for whoever asks in SQL.

Needs the extra `sql`. Nothing that trades reads it, waits for it or depends on it; it can be dropped and made again.
"""
