"""The signal style: a strategy answers "is there a trade now?" with a whole plan; the engine does the rest.

Contract: spec/signals.md. Everything here is pure; files, clocks and loops stand in `app/signals_*.py`.
"""
