"""Cards of market data: closed bars come each once and in order, and history has the same ones."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tradewind.domain.market import Bar, FormingBar, Quote, Trade
from tradewind.domain.time import Interval
from tradewind.testing.contract.card import Card

if TYPE_CHECKING:
    from tradewind.testing.contract.stage import Stage

SOME = 3


async def _come_once(stage: Stage) -> None:
    bars = await stage.bars(SOME)
    step = Interval.parse(stage.interval).ns
    apart = {later.ts_open - earlier.ts_open for earlier, later in pairwise(bars)}
    assert apart == {step}, f"TM-01: bars are {sorted(apart)} ns apart"
    assert {bar.interval for bar in bars} == {stage.interval}, "TM-01"


async def _are_closed(stage: Stage) -> None:
    for bar in await stage.bars(SOME):
        assert bar.ts_open < bar.ts_venue <= bar.ts_recv, f"TM-02: told before it was closed: {bar}"
    heard = [event.ts_recv for event in stage.told]
    assert all(earlier <= later for earlier, later in pairwise(heard)), "TM-02: our time runs backwards"


async def _are_sane(stage: Stage) -> None:
    for bar in await stage.bars(SOME):
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high, f"TM-03: {bar}"
        assert bar.volume >= 0, f"TM-03: {bar}"


async def _form_before(stage: Stage) -> None:
    await stage.bars(SOME)
    await stage.telling(FormingBar, SOME)
    closed = -1
    for event in stage.told:
        if isinstance(event, Bar) and event.instrument == stage.instrument.id:
            closed = event.ts_open
        elif isinstance(event, FormingBar) and event.instrument == stage.instrument.id:
            assert event.ts_open > closed, f"TM-04: it is closed, and forms: {event}"


async def _are_the_same(stage: Stage) -> None:
    assert stage.history is not None
    told = (await stage.bars(SOME))[:SOME]
    start, end = told[0].ts_open, told[-1].ts_open + Interval.parse(stage.interval).ns
    found = list(stage.history.bars(stage.instrument.id, stage.interval, start, end))
    assert [_figures(bar) for bar in found] == [_figures(bar) for bar in told], f"TM-05: {found} is not {told}"


async def _are_of_the_span(stage: Stage) -> None:
    assert stage.history is not None
    step = Interval.parse(stage.interval).ns
    first = (await stage.bars(1))[0].ts_open
    start = first - 5 * step
    found = list(stage.history.bars(stage.instrument.id, stage.interval, start, first))
    opens = [bar.ts_open for bar in found]
    assert opens == sorted(set(opens)), "TM-06: out of order, or twice"
    assert all(start <= each < first for each in opens), f"TM-06: {opens} is not within [{start}, {first})"
    assert not list(stage.history.bars(stage.instrument.id, stage.interval, start, start)), "TM-06: nothing has bars"


async def _trade_once(stage: Stage) -> None:
    trades = [trade for trade in await stage.telling(Trade, SOME) if trade.instrument == stage.instrument.id]
    names = [trade.trade_id for trade in trades]
    assert len(names) == len(set(names)), "TM-07: a trade is told twice"
    assert all(trade.price > 0 and trade.size > 0 for trade in trades), "TM-07"


async def _quote_sides(stage: Stage) -> None:
    for quote in await stage.telling(Quote, SOME):
        assert 0 < quote.bid < quote.ask, f"TM-08: {quote}"
        assert quote.bid_size > 0, f"TM-08: {quote}"
        assert quote.ask_size > 0, f"TM-08: {quote}"


def _figures(bar: Bar) -> tuple[int, float, float, float, float, float]:
    return bar.ts_open, bar.open, bar.high, bar.low, bar.close, bar.volume


MARKET = (
    Card("TM-01", "closed bars come in order, each once, none missing", _come_once, ("bars",)),
    Card(
        "TM-02", "a bar is told when it is closed and not before, and our time never runs back", _are_closed, ("bars",)
    ),
    Card("TM-03", "a bar's prices lie between its low and its high", _are_sane, ("bars",)),
    Card("TM-04", "a bar forms before it is closed, and not after", _form_before, ("bars", "forming")),
    Card("TM-05", "history has the bars that the stream has told", _are_the_same, ("bars", "history")),
    Card(
        "TM-06",
        "history is of the span that was asked for, in order, each bar once",
        _are_of_the_span,
        ("bars", "history"),
    ),
    Card("TM-07", "each trade is told once, under an id", _trade_once, ("bars", "trades")),
    Card("TM-08", "of a quote the bid is below the ask, and both have a size", _quote_sides, ("bars", "quotes")),
)
