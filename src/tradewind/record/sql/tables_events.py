"""The tables of what happened around trading: events, flags, comparisons with the venue, trading days."""

from __future__ import annotations

from tradewind.record.sql.columns import count, flag, table, text, time

EVENTS = table(
    "system_events",
    "What people want to find: the session's life, each move of an order, of a position, refusals, warnings, words.",
    ("seq", "place"),
    count("place", "its place in its step, from 0"),
    time("timestamp", "when it was"),
    text("kind", "`engine`, `order`, `position`, `risk`, `strategy`, `data` or `account`"),
    text("code", "what it is, in one word"),
    text("severity", "`info`, `warning`, `error` or `critical`"),
    text("message", "what it is, for people"),
    text("strategy", "whose", null=True),
    text("instrument", "of what", null=True),
    text("order_id", "the order's client id", null=True),
    count("position_id", "the position", null=True),
    text("data", "facts, JSON", null=True),
)

FLAGS = table(
    "system_control_flags",
    "What holds trading back, as it stands: `paused`, `halted`, `halted:STRATEGY`, `held:STRATEGY` (it raised), "
    "`degraded:CAUSE`, `account_unseen` (exposure may only fall), `stopping`.",
    ("name",),
    text("name", "which"),
    flag("active", "whether it does now"),
    text("reason", "why it was set, or taken back", null=True),
    text("source", "who did: `operator`, `engine`, `supervisor` or `reconciliation`"),
    time("updated_at", "when that was"),
)

REPORTS = table(
    "reconciliation_reports",
    "Comparisons of our books with the venue's.",
    ("seq", "place"),
    count("place", "its place in its step, from 0"),
    text("report_id", "made of its content: what an operator approves or rejects"),
    time("timestamp", "when it was made"),
    text("mode", "what is done about differences"),
    text("severity", "of the worst certain difference: `none`, `minor`, `moderate` or `critical`"),
    count("confirmed", "certain differences"),
    count("suspected", "seen for the first time"),
    count("rejected", "left as they are by an operator"),
    text("kinds", "of the certain ones, with commas"),
    text("actions", "what was done, JSON"),
    text("summary", "all of it, for people"),
)

AUDIT = table(
    "reconciliation_audit_events",
    "What a comparison changed in our books.",
    ("seq", "place"),
    count("place", "its place in its step, from 0"),
    time("timestamp", "when it was done"),
    text("entity_type", "`position`, `balance` or `order`"),
    text("entity_id", "the instrument, the asset or the client order id"),
    text("field", "`quantity`, `total`, `status`, `fill` or `owner`"),
    text("old_value", "what our books said", null=True),
    text("new_value", "what they say now", null=True),
    text("reason", "the name of the correction, the venue's trade, or why the order is doubted"),
    text("severity", "of the difference behind it", null=True),
)

DAYS = table(
    "market_sessions",
    "Trading days of the calendars that strategies follow.",
    ("calendar", "date"),
    text("calendar", "which"),
    text("date", "the day, as in `2024-11-29`"),
    time("open", "its open"),
    time("close", "its close"),
    time("break_start", "where a lunch break begins", null=True),
    time("break_end", "where it ends", null=True),
    flag("is_half_day", "whether it closes earlier than usual"),
)

ALL = (EVENTS, FLAGS, REPORTS, AUDIT, DAYS)
