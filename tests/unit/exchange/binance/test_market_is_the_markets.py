"""What accounts trade is shown among the trades; klines, tickers and averages are those of the market alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.unit.exchange.binance.rig import Rig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("klines", {"interval": "1m"}), ("klines", {"interval": "5m"}), ("avgPrice", {}), ("ticker/price", {}),
)  # fmt: skip


def seen(rig: Rig, *, trades: bool) -> list[Any]:
    """Return what the market shows after ten minutes in which an account traded, or did not."""
    for minute in range(10):
        if trades:
            rig.order("BUY" if minute % 2 else "SELL", quantity="0.3")
        rig.wait(60)
    klines = [
        [str(row[1:6] + row[7:8] + row[9:]) for row in found] if isinstance(found, list) else found
        for found in (rig.ask("GET", f"/api/v3/{path}", symbol="BTCUSDT", **more) for path, more in ASKED)
    ]
    day = rig.ask("GET", "/api/v3/ticker/24hr", symbol="BTCUSDT")
    return [*klines, [day[name] for name in ("volume", "lastQty", "lastPrice", "highPrice", "lowPrice", "count")]]


def test_klines_are_the_same_whether_or_not_an_account_trades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, idle = tmp_path / "busy", tmp_path / "idle"
    busy.mkdir()
    idle.mkdir()
    began = time.time_ns()  # for both: what is traded within a bar is drawn by its minute
    monkeypatch.setattr(time, "time_ns", lambda: began)
    trading, other = Rig(busy), Rig(idle)
    assert _without_times(seen(trading, trades=True)) == _without_times(seen(other, trades=False))
    filled = {trade["tradeId"] for order in [trading.order("BUY", quantity="0.1")] for trade in order["fills"]}
    listed = {row["id"] for row in trading.ask("GET", "/api/v3/trades", symbol="BTCUSDT")}
    assert filled
    assert filled <= listed, "what an account trades is among the trades"
    assert len(trading.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT")) >= 10


def _without_times(shown: list[Any]) -> list[Any]:
    return [{k: v for k, v in each.items() if k != "closeTime"} if isinstance(each, dict) else each for each in shown]
