"""The recorder: committed steps become the tables and statistics of a session's folders."""
