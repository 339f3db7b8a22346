"""The emergency stop that needs no engine: it goes to the venue by itself."""
