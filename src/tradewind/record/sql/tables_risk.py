"""The tables of the limits of entries: what moves together, and by how much less was risked."""

from __future__ import annotations

from tradewind.record.sql.columns import count, number, table, text, time

CORRELATIONS = table(
    "correlation_matrix",
    "How far each pair of instruments moves together, as it was measured last.",
    ("symbol_1", "symbol_2"),
    text("symbol_1", "one"),
    text("symbol_2", "the other, later in the alphabet"),
    number("value", "Pearson's correlation of their returns; null if there are too few", null=True),
    count("sample_size", "how many returns they have in common"),
    count("window_days", "of how many days"),
    time("updated", "when it was measured"),
)

ADJUSTMENTS = table(
    "risk_adjustments",
    "Each change of what dynamic risk multiplies entries by.",
    ("seq", "place"),
    count("place", "its place in its step, from 0"),
    time("timestamp", "when it was"),
    text("symbol", "of which instrument's entries"),
    text("parameter_name", "`size`, `stop` or `daily_risk`"),
    number("original_value", "the factor before"),
    number("adjusted_value", "the factor since"),
    text("reason", "what the advisers say"),
)

ALL = (CORRELATIONS, ADJUSTMENTS)
