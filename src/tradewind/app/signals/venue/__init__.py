"""Live keys at a venue: all that run on one account are strategies of one ordinary live session.

`configured` makes the session's configuration of what `add_exchange(venue=…, config=…)` says; `session` puts it
together, with the strategies that are defined; `account` begins and ends it with its keys; `run` is a key to those who
started it; `past` is what its journals tell; `verify` replays them.
"""
