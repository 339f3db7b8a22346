"""The SMA cross in backtesting.py, in a process of its own: `python -m bench.peer_backtesting COUNT FILLS`.

It trades whole units, so a unit is the quantity of the others and its price is for that much. Its averages
are reckoned beforehand over all bars at once, which is its way.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from backtesting import Backtest, Strategy  # type: ignore[import-not-found,unused-ignore]

from bench.peer_bars import CASH, FAST, QUANTITY, SLOW, frame


def average(values: Any, period: int) -> Any:  # noqa: ANN401 - a series; no types at hand
    """Return the moving average of a column."""
    return values.s.rolling(period).mean()


class Cross(Strategy):  # type: ignore[misc,unused-ignore]
    """Hold one unit while the fast average is above the slow one."""

    def init(self) -> None:
        """Reckon the averages."""
        self.fast = self.I(average, self.data.Close, FAST, plot=False)
        self.slow = self.I(average, self.data.Close, SLOW, plot=False)
        self.above: bool | None = None

    def next(self) -> None:
        """Order at the bar on which the averages have crossed."""
        above = self.fast[-1] > self.slow[-1]
        if above is not self.above and above != self.above:
            if self.above is not None:
                if above:
                    self.buy(size=1)
                else:
                    self.position.close()
            self.above = above


def main() -> None:
    """Run, and print what came of it; only the run is timed."""
    warnings.simplefilter("ignore")
    count, path = int(sys.argv[1]), Path(sys.argv[2])
    bars = frame(count)
    bars.columns = [name.title() for name in bars.columns]
    bars.index = bars.index.tz_localize(None)
    bars[["Open", "High", "Low", "Close"]] *= QUANTITY
    test = Backtest(bars, Cross, cash=CASH, commission=0, finalize_trades=False)
    began = time.perf_counter()
    stats = test.run()
    seconds = time.perf_counter() - began
    fills = executions(stats["_strategy"], bars.index)
    cash = CASH - sum(quantity * price for _, quantity, price in fills)
    path.write_text(json.dumps(fills), encoding="ascii")
    print(json.dumps({"seconds": seconds, "fills": len(fills), "cash": cash}))


def executions(strategy: Any, times: Any) -> list[tuple[int, float, float]]:  # noqa: ANN401 - no types at hand
    """Return (time, signed quantity, price) of all executions, also of the position that is still open."""
    found = []
    for trade in (*strategy.closed_trades, *strategy.trades):
        found.append((times[trade.entry_bar].value, QUANTITY, trade.entry_price / QUANTITY))
        if trade.exit_bar is not None:
            found.append((times[trade.exit_bar].value, -QUANTITY, trade.exit_price / QUANTITY))
    return sorted(found)


if __name__ == "__main__":
    main()
