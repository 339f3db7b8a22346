"""Bars taken apart into trades and a book."""

from __future__ import annotations

from decimal import Decimal

from tradewind.data.book import Depth
from tradewind.domain.ids import Asset, InstrumentId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, Trade
from tradewind.domain.money import exact
from tradewind.domain.time import NS_PER_MINUTE, Interval
from tradewind.exchange.flow import Flow
from tradewind.venues.mock.venue import MockBars


def _instrument(symbol: str) -> Instrument:
    return Instrument(
        InstrumentId(f"mock:{symbol}"), symbol, "mock", InstrumentKind.SPOT, Asset(symbol[:3]), Asset("USDT"),
        Decimal("0.01"), Decimal("0.00001"),
    )  # fmt: skip


INSTRUMENTS = (_instrument("BTCUSDT"), _instrument("ETHUSDT"))


def _bars(count: int = 40) -> list[Bar]:
    made = MockBars(
        INSTRUMENTS, Interval.parse("1m"), pattern="volatile", seed=5, start=0, start_price=100.0, volatility=0.001
    )
    return [bar for number in range(count) for bar in made.at(number)]


def test_the_trades_of_a_bar_make_the_bar_again() -> None:
    flow = Flow(INSTRUMENTS, 1)
    for bar in _bars():
        trades = flow.trades(bar)
        prices = [trade.price for trade in trades]
        assert (prices[0], max(prices), min(prices), prices[-1]) == (bar.open, bar.high, bar.low, bar.close)
        assert sum(exact(trade.size) for trade in trades) == exact(bar.volume)
        times = [trade.ts_venue for trade in trades]
        assert times == sorted(times)
        assert bar.ts_open < times[0]
        assert times[-1] < bar.ts_venue


def test_the_same_seed_makes_the_same_trades_whatever_was_asked_before() -> None:
    bars = _bars()
    played = [event for event in Flow(INSTRUMENTS, 1).play(bars) if type(event) is Trade]
    asked = Flow(INSTRUMENTS, 1)
    assert {trade for bar in bars for trade in asked.trades(bar)} == set(played)
    assert asked.trades(bars[0]) != Flow(INSTRUMENTS, 2).trades(bars[0])


def test_events_come_in_order_and_bars_after_what_they_are_made_of() -> None:
    events = list(Flow(INSTRUMENTS, 1).play(_bars()))
    assert [event.ts_recv for event in events] == sorted(event.ts_recv for event in events)
    assert [event for event in events if type(event) is Bar] == _bars()


def test_each_trade_meets_the_best_level_of_a_book_that_holds_together() -> None:
    depths = {instrument.id: Depth() for instrument in INSTRUMENTS}
    for event in Flow(INSTRUMENTS, 1).play(_bars()):
        if isinstance(event, BookSnapshot):
            depths[event.instrument].start(event)
        elif isinstance(event, BookDelta):
            depths[event.instrument].change(event)
        elif isinstance(event, Trade):
            depth = depths[event.instrument]
            assert depth.valid
            side = depth.bids if event.buyer_is_maker else depth.asks
            assert side.best == event.price
            assert side.sizes[event.price] >= event.size


def test_a_bar_without_volume_has_no_trades() -> None:
    bar = Bar(INSTRUMENTS[0].id, "1m", 0, NS_PER_MINUTE, NS_PER_MINUTE, 5.0, 5.0, 5.0, 5.0, 0.0)
    assert list(Flow(INSTRUMENTS, 1).play([bar])) == [bar]
