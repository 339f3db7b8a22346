"""Correlations and changes of dynamic risk are in the operational database."""

from __future__ import annotations

from tests.unit.record.sql.whole import HEADER, everything
from tradewind.record.sql.projection import Projection


def test_rp_11_6_correlations_have_rows_after_each_update() -> None:
    """RP 11.6: one row a pair, unknown pairs too."""
    projection = Projection(HEADER)
    projection.take(everything())
    rows = projection.changes.rows
    assert {key: (row["value"], row["sample_size"]) for key, row in rows["correlation_matrix"].items()} == {
        ("BTCUSDT", "ETHUSDT"): (0.9, 30), ("BTCUSDT", "Z"): (None, 3),
    }  # fmt: skip
    told = [
        (row["parameter_name"], row["original_value"], row["adjusted_value"])
        for row in rows["risk_adjustments"].values()
    ]
    assert told == [("size", 1.0, 0.6), ("stop", 1.0, 1.2), ("daily_risk", 1.0, 0.6)]
