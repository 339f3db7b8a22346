"""The SMA cross in nautilus_trader, in a process of its own: `python -m bench.peer_nautilus close|open COUNT FILLS`.

With `close` it runs as its users run bars: an order sent on a bar fills at once, at that bar's close. With
`open` orders take a nanosecond to the venue and every bar is followed by a quote of the next open, at
which they fill, as ours do. It prints one line of JSON and writes its fills into a file.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]
from nautilus_trader.backtest.config import (  # type: ignore[import-not-found,unused-ignore]
    BacktestEngineConfig,
)
from nautilus_trader.backtest.engine import BacktestEngine  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.backtest.models import LatencyModel  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.config import LoggingConfig  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.indicators import SimpleMovingAverage  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.model.currencies import BTC, USDT  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.model.data import BarType  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.model.enums import (  # type: ignore[import-not-found,unused-ignore]
    AccountType,
    OmsType,
    OrderSide,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.model.instruments import CurrencyPair  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.model.objects import Money, Price, Quantity  # type: ignore[import-not-found,unused-ignore]
from nautilus_trader.persistence.wranglers import (  # type: ignore[import-not-found,unused-ignore]
    BarDataWrangler,
    QuoteTickDataWrangler,
)
from nautilus_trader.trading.strategy import Strategy  # type: ignore[import-not-found,unused-ignore]

from bench.peer_bars import CASH, FAST, QUANTITY, SLOW, frame

MINUTE = pd.Timedelta(minutes=1)
VENUE = Venue("BINANCE")
ID = InstrumentId(Symbol("BTCUSDT"), VENUE)
BARS = BarType.from_str(f"{ID}-1-MINUTE-LAST-EXTERNAL")
ZERO = Decimal(0)
QUOTE_AFTER = pd.Timedelta(2, unit="ns")
QUOTE_SIZE = 1_000.0


class Cross(Strategy):  # type: ignore[misc,unused-ignore]
    """Hold a fixed quantity while the fast average is above the slow one."""

    def __init__(self) -> None:
        super().__init__()
        self.fast = SimpleMovingAverage(FAST)
        self.slow = SimpleMovingAverage(SLOW)
        self.quantity = Quantity(QUANTITY, 5)
        self.above: bool | None = None
        self.holds = False
        self.fills: list[tuple[int, float, float]] = []

    def on_start(self) -> None:
        """Ask for the bars."""
        self.register_indicator_for_bars(BARS, self.fast)
        self.register_indicator_for_bars(BARS, self.slow)
        self.subscribe_bars(BARS)

    def on_bar(self, bar: Any) -> None:  # noqa: ANN401, ARG002 - a hook; the averages have the bar
        """Order at the bar on which the averages have crossed."""
        if not self.slow.initialized:
            return
        above = self.fast.value > self.slow.value
        if above is not self.above:
            if self.above is not None and above is not self.holds:
                side = OrderSide.BUY if above else OrderSide.SELL
                self.submit_order(self.order_factory.market(ID, side, self.quantity))
                self.holds = above
            self.above = above

    def on_order_filled(self, event: Any) -> None:  # noqa: ANN401 - a hook
        """Take note of an execution."""
        sign = 1.0 if event.order_side == OrderSide.BUY else -1.0
        self.fills.append((event.ts_event, sign * event.last_qty.as_double(), event.last_px.as_double()))


def instrument() -> Any:  # noqa: ANN401 - no types at hand
    """Return the pair, free of fees."""
    return CurrencyPair(
        instrument_id=ID, raw_symbol=Symbol("BTCUSDT"), base_currency=BTC, quote_currency=USDT,
        price_precision=2, size_precision=5, price_increment=Price(0.01, 2), size_increment=Quantity(0.00001, 5),
        ts_event=0, ts_init=0, maker_fee=ZERO, taker_fee=ZERO, margin_init=ZERO, margin_maint=ZERO,
    )  # fmt: skip


def engine_of(bars: Any, *, at_open: bool) -> Any:  # noqa: ANN401 - no types at hand
    """Put an engine together and load the bars into it."""
    quiet = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    engine = BacktestEngine(config=quiet)
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.CASH,
        starting_balances=[Money(CASH, USDT), Money(0, BTC)],
        latency_model=LatencyModel(1) if at_open else None,
    )  # fmt: skip
    pair = instrument()
    engine.add_instrument(pair)
    closed = bars.set_axis(bars.index + MINUTE)
    engine.add_data(BarDataWrangler(BARS, pair).process(closed))
    if at_open:
        opens = bars["open"].iloc[1:]
        quotes = pd.DataFrame({"bid_price": opens, "ask_price": opens}).set_axis(opens.index + QUOTE_AFTER)
        engine.add_data(QuoteTickDataWrangler(pair).process(quotes, default_volume=QUOTE_SIZE))
    return engine


def main() -> None:
    """Run, and print what came of it; only the run is timed, not the making of the bars."""
    mode, count, fills = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    engine = engine_of(frame(count), at_open=mode == "open")
    strategy = Cross()
    engine.add_strategy(strategy)
    began = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - began
    cash = engine.portfolio.account(VENUE).balance_total(USDT).as_double()
    fills.write_text(json.dumps(strategy.fills), encoding="ascii")
    print(json.dumps({"seconds": seconds, "fills": len(strategy.fills), "cash": cash}))


if __name__ == "__main__":
    main()
