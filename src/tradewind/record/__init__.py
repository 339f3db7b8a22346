"""What keeps things: the journal, sessions, statistics and the catalog of market data."""
