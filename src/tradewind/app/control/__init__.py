"""The hand on the switch of a running session: a local API, its client, and the way around an engine that is dead."""
