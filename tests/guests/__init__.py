"""Guests for tests: `toolchain` builds them, once per content; `driver` runs one without the host."""
