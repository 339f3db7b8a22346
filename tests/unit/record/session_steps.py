"""Scripted sessions for the tests of the record: a header, and steps as an engine would have made them.

One instrument, one strategy: it buys at the 3rd bar of each dozen and sells at the 9th, with a stop that
is cancelled; every dozen has a refusal, a mark and a log line too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TradeId, VenueOrderId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.order import Liquidity, OrderSpec, OrderType, Purpose, Side
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import Level, LogLine, Mark, Refusal, RefusalCode, Step
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS
from tradewind.engine.engine import EngineSettings
from tradewind.record.journal.header import SessionHeader, StrategySource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.step import Notice

BTC = InstrumentId("binance:BTCUSDT")
USDT = Asset("USDT")
MOMENTUM = StrategyId("momentum")
OCT_1 = 1_759_276_800 * 1_000_000_000
"""2025-10-01T00:00:00Z."""
LATENCY_NS = 5 * NS_PER_MS

INSTRUMENT = Instrument(
    BTC, "BTCUSDT", "binance", InstrumentKind.SPOT, Asset("BTC"), USDT, Decimal("0.01"), Decimal("0.00001")
)
HEADER = SessionHeader(
    session_id="2025-10-01/run_1",
    created="2025-10-01T00:00:00Z",
    mode="paper",
    engine=EngineSettings(),
    instruments=(INSTRUMENT,),
    strategies=(StrategySource(id=MOMENTUM, name="Momentum Strategy", version="1.0.0"),),
    config='{"engine": {"symbols": ["BTCUSDT"]}}',
)


def header(**changes: object) -> SessionHeader:
    return msgspec.structs.replace(HEADER, **changes)


def bar(ts_open: int, close: float, ts_recv: int | None = None) -> Bar:
    end = ts_open + NS_PER_MINUTE
    received = end + LATENCY_NS if ts_recv is None else ts_recv
    return Bar(BTC, "1m", ts_open, end, received, close - 1.0, close + 2.0, close - 2.0, close, 12.5)


def price_at(number: int) -> float:
    """A price that goes up and down by whole numbers, never the same for long."""
    return 50_000.0 + (number * 37 % 101) - (number * 13 % 29)


class Script:
    """Counts steps and orders, so that a test says only what happens."""

    def __init__(self, start: int = OCT_1, cash: Decimal = Decimal(100_000)) -> None:
        self.seq = 0
        self.now = start
        self._orders = 0
        self._trades = 0
        self.steps: list[Step] = []
        self.take(ev.SessionStarted(start, "binance", (Balance(USDT, cash),)))

    def take(
        self,
        event: ev.Event,
        *effects: Effect,
        refusals: tuple[Refusal, ...] = (),
        notices: tuple[Notice, ...] = (),
    ) -> Step:
        self.seq += 1
        self.now = event.ts_recv
        self.steps.append(Step(self.seq, event, effects, refusals, notices))
        return self.steps[-1]

    def bar(self, ts_open: int, close: float, *effects: Effect) -> Step:
        return self.take(bar(ts_open, close), *effects)

    def order(self, side: Side, quantity: str = "0.5", **more: object) -> OrderSpec:
        self._orders += 1
        spec = OrderSpec(
            ClientOrderId(f"tw-{self._orders:06d}"), MOMENTUM, BTC, side, OrderType.MARKET, Decimal(quantity)
        )
        return msgspec.structs.replace(spec, **more)

    def accept(self, spec: OrderSpec) -> None:
        ts = self.now + NS_PER_MS
        self.take(ev.OrderAccepted(spec.id, VenueOrderId(f"v{spec.id}"), ts, ts + NS_PER_MS))

    def fill(self, spec: OrderSpec, price: float, quantity: str | None = None, fee: str = "1.25") -> None:
        self._trades += 1
        ts = self.now + NS_PER_MS
        amount = spec.quantity if quantity is None else Decimal(quantity)
        self.take(
            ev.OrderFilled(
                spec.id, TradeId(f"t{self._trades}"), amount, Decimal(repr(price)), Decimal(fee), USDT,
                Liquidity.TAKER, ts, ts + NS_PER_MS,
            )
        )  # fmt: skip

    def cancelled(self, spec: OrderSpec) -> None:
        ts = self.now + NS_PER_MS
        self.take(ev.OrderCancelled(spec.id, "asked for", ts, ts + NS_PER_MS))

    def stop(self) -> None:
        self.take(StopRequested(self.now + NS_PER_MS))


def session(bars: int = 48, start: int = OCT_1, spacing: int = NS_PER_MINUTE) -> list[Step]:
    """A session of so many bars; with a longer `spacing` a few of them cover several days."""
    script = Script(start)
    for number, _ in enumerate(range(bars)):
        _one(script, start + number * spacing, number)
    script.stop()
    return script.steps


def _one(script: Script, ts_open: int, number: int) -> None:
    close, phase = price_at(number), number % 12
    if phase == 3:
        buy = script.order(Side.BUY)
        stop = script.order(
            Side.SELL,
            type=OrderType.STOP,
            trigger=Decimal("45000.01"),
            parent=buy.id,
            reduce_only=True,
            purpose=Purpose.STOP_LOSS,
        )
        script.bar(ts_open, close, SubmitOrder(buy, (stop,)))
        script.accept(buy)
        script.fill(buy, close + 0.5, "0.2")
        script.fill(buy, close + 0.75, "0.3")
        script.accept(stop)
        script.open_stop = stop  # type: ignore[attr-defined]
    elif phase == 9:
        sell = script.order(Side.SELL, purpose=Purpose.EXIT)
        stop = script.open_stop  # type: ignore[attr-defined]
        script.bar(ts_open, close, CancelOrder(stop.id, BTC), SubmitOrder(sell))
        script.cancelled(stop)
        script.accept(sell)
        script.fill(sell, close - 0.5)
    elif phase == 6:
        script.take(bar(ts_open, close), refusals=(refusal(script),), notices=words())
    else:
        script.bar(ts_open, close)


def refusal(script: Script) -> Refusal:
    intent = OrderIntent(ClientOrderId("tw-x"), MOMENTUM, BTC, Side.BUY, Decimal(9))
    return Refusal(intent, RefusalCode.INSUFFICIENT_FUNDS, Decimal("100.5"), Decimal(450_000), f"step {script.seq}")


def words() -> tuple[Notice, ...]:
    return (Mark(MOMENTUM, BTC, "crossed", price=50_000.5), LogLine(MOMENTUM, Level.INFO, "hello"))


def quiet_bars(count: int, start: int = OCT_1) -> Iterator[Step]:
    """Steps of bars in which nothing happens, for rates."""
    yield Step(1, ev.SessionStarted(start, "binance", (Balance(USDT, Decimal(100_000)),)))
    for number in range(count):
        yield Step(number + 2, bar(start + number * NS_PER_MINUTE, price_at(number)))


class StillClock:
    """A clock that the test moves."""

    def __init__(self, now: int = 0) -> None:
        self.time = now

    def now(self) -> int:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += int(seconds * 1e9)


DAY = NS_PER_DAY
