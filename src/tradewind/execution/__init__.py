"""Stage 4: getting it done. The order table, and the way from an approved intent to a request."""
