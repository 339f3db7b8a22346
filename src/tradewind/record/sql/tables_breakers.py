"""The tables of breakers: what has happened to them, and where they stand."""

from __future__ import annotations

from tradewind.record.sql.columns import count, flag, number, table, text, time

EVENTS = table(
    "circuit_breaker_events",
    "Each transition of a breaker, each warning, drill and word in vain, and each new peak or day that losses are "
    "reckoned from.",
    ("seq", "place"),
    count("place", "its place in its step, from 0"),
    time("timestamp", "when it was"),
    text("event_type", "`changed`, `warned`, `drilled`, `ignored` or `anchored`"),
    text("breaker_type", "which; `equity` for what losses are reckoned from"),
    text("state", "where it stands since: `closed`, `tripped`, `cooling`, `half_open` or `latched`", null=True),
    text("reason", "why"),
    number("limit_value", "its limit", null=True),
    number("value", "what met it, in the same unit", null=True),
    text("details", "all of it, for people"),
    text("operator", "who said so", null=True),
    flag("is_drill", "whether its input was made up"),
)

STATES = table(
    "breaker_states",
    "Where each breaker stands that has ever moved.",
    ("breaker_type",),
    text("breaker_type", "which"),
    text("state", "where it stands"),
    text("action", "what it does when it trips: `refuse`, `cancel`, `reduce`, `flatten` or `stop`", null=True),
    text("reason", "why it stands there"),
    time("since", "since when"),
    time("until", "when it comes back by itself, if that is known", null=True),
    flag("is_dry", "whether it only tells"),
)

ALL = (EVENTS, STATES)
