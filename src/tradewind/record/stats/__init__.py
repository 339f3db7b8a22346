"""Statistics: every metric of a session, from round trips, equity and counts."""
