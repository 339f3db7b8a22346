"""The journal of a session: one SQLite file with every step; its writer, header, readers and seal."""
