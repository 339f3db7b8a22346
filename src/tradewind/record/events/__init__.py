"""Structured events of a session: what people and machines want to know of it, a JSON line each."""
