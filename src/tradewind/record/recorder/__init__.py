"""The recorder: committed steps become the tables and statistics of a session's folders."""

FLUSH_SECONDS = 5.0
"""So often the files of a session that runs are written, as far as they are due."""
