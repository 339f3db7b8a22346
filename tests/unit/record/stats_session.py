"""Round trips to test statistics with: made by hand, or by a moving-average cross over real bars.

`python -m tests.unit.record.stats_session 1d > equity.csv` prints the equity of the cross over Bitcoin's bars.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl

from tradewind.domain.ids import InstrumentId, StrategyId
from tradewind.domain.money import exact, floor_to, money_context
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_MS
from tradewind.domain.trip import RoundTrip

DATA = Path(os.environ.get("TRADEWIND_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
FEE = Decimal("0.001")
START = 10_000.0
LENGTH_NS = {"1h": NS_PER_HOUR, "1d": NS_PER_DAY}


def trip(
    net: str | Decimal = "0",
    *,
    side: Side = Side.BUY,
    opened_at: int = 0,
    closed_at: int = NS_PER_HOUR,
    entry: str = "100",
    leave: str = "100",
    mfe: float | None = None,
    mae: float | None = None,
    fees: str = "0",
    funding: str = "0",
    borrow: str = "0",
) -> RoundTrip:
    """Build a round trip that brought `net` after all costs."""
    costs = Decimal(fees) + Decimal(funding) + Decimal(borrow)
    return RoundTrip(
        strategy=StrategyId("cross"),
        instrument=InstrumentId("binance:BTCUSDT"),
        side=side,
        quantity=Decimal(1),
        entry_price=Decimal(entry),
        exit_price=Decimal(leave),
        opened_at=opened_at,
        closed_at=closed_at,
        gross=Decimal(net) + costs,
        fees=Decimal(fees),
        funding=Decimal(funding),
        borrow=Decimal(borrow),
        mfe=mfe,
        mae=mae,
    )


def bitcoin(interval: str) -> list[tuple[int, float, float]]:
    """Read (open time, open, close) of Bitcoin's bars."""
    path = DATA / "bars" / f"binance_spot_BTCUSDT_{interval}_20170817_20260429.parquet"
    table = pl.read_parquet(path, columns=["timestamp", "open", "close"])
    rows = table.with_columns(pl.selectors.decimal().cast(pl.Float64), pl.col("timestamp").dt.epoch("ms")).rows()
    return [(ms * NS_PER_MS, open_, close) for ms, open_, close in rows]


def cross(interval: str, fast: int = 20, slow: int = 50) -> tuple[list[RoundTrip], list[tuple[int, float]]]:
    """Trade the cross of two averages, all in or all out at the next open; return trips and equity at closes."""
    bars = bitcoin(interval)
    cash, held, entry, opened = exact(START), Decimal(0), Decimal(0), 0
    trips: list[RoundTrip] = []
    equity = [(bars[0][0], START)]
    closes: list[float] = []
    above = False
    with money_context():
        for ts, open_, close in bars:
            price = exact(open_)
            if above and not held:
                held, entry, opened = floor_to(cash / (price * (1 + FEE)), Decimal("0.00001")), price, ts
                cash -= held * price * (1 + FEE)
            elif held and not above:
                cash += held * price * (1 - FEE)
                fees = held * (entry + price) * FEE
                net = held * (price - entry) - fees
                trips.append(
                    trip(net, opened_at=opened, closed_at=ts, entry=str(entry), leave=str(price), fees=str(fees))
                )
                held = Decimal(0)
            closes.append(close)
            above = len(closes) >= slow and sum(closes[-fast:]) / fast > sum(closes[-slow:]) / slow
            equity.append((ts + LENGTH_NS[interval], float(cash + held * exact(close))))
    return trips, equity


if __name__ == "__main__":
    for ts, value in cross(sys.argv[1])[1]:
        sys.stdout.write(f"{ts},{value!r}\n")
