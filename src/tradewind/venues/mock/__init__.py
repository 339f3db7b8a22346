"""Market data from nowhere, for trying things without touching anything."""
