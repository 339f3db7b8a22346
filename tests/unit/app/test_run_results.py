from __future__ import annotations

from decimal import Decimal
from typing import Any

from tradewind.app.run_results import RunResults
from tradewind.domain import events as ev
from tradewind.domain.ids import Asset, TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.testing import BTC, bar, engine, filled, instrument, order_spec, script

D = Decimal
USDT = Asset("USDT")


def results_of(*events: ev.Event, base: str = "USDT") -> RunResults:
    """Let an engine with an order `a` take events, and a results take its steps."""
    with money_context():
        made = engine(script(), instruments=[instrument(kind=InstrumentKind.PERPETUAL)], base=Asset(base))
        made.orders.submit(order_spec(quantity=2, id="a"))
        results = RunResults(made)
        for event in (bar(100), *events):
            results.take(made.process(event))
    return results


TS = bar(100).ts_recv
EVENTS = (
    filled("a", 2, 100, fee="0.2", ts=TS),
    ev.FundingPaid(BTC, D("-0.5"), USDT, TS, TS),
    ev.FundingPaid(BTC, D("0.1"), USDT, TS, TS),
    ev.BorrowCharged(BTC, D("0.3"), USDT, TS, TS),
    ev.PositionLiquidated(BTC, TradeId("l"), Side.SELL, D(2), D(90), D("0.18"), USDT, TS, TS),
)


def test_costs_are_counted_whoever_charges_them() -> None:
    cost = results_of(*EVENTS).statistics().cost
    assert cost.turnover == 380
    assert cost.fees == D("0.38")
    assert cost.funding == D("0.4")
    assert cost.interest == D("0.3")
    assert cost.fills == 1


def test_warnings_are_counted_and_the_first_is_kept() -> None:
    def say(ctx: Any, _: object) -> None:
        for level in ("info", "warning", "error"):
            ctx.log(f"{level} it is", level=level)

    with money_context():
        made = engine(script(on_bar=say))
        results = RunResults(made)
        results.take(made.process(bar(100)))
    assert (results.warnings, results.first_warning) == (2, "warning it is")


def test_what_cannot_be_valued_makes_a_sum_unknown() -> None:
    results = results_of(*EVENTS, base="EUR")
    assert (results.turnover, results.fees, results.funding, results.interest) == (None, None, None, None)


def test_round_trips_are_told_in_the_base_currency() -> None:
    pair = instrument("ETHBTC", quote="BTC", tick="0.00001", kind=InstrumentKind.PERPETUAL)
    with money_context():
        made = engine(script(), instruments=[instrument(), pair])
        results = RunResults(made)
        for event in (bar(50_000), bar(0.05, of=pair.id)):
            results.take(made.process(event))
        for side, price in ((Side.BUY, "0.05"), (Side.SELL, "0.06")):
            made.orders.submit(order_spec(side, 2, id=side.value, instrument=pair.id))
            results.take(made.process(filled(side.value, 2, price, ts=TS, trade_id=price)))
        returns = results.statistics().returns
    assert (returns.realized_pnl, returns.best_trade) == (D(1000), D(1000))


def test_the_last_sample_is_of_all_that_the_last_moment_brought() -> None:
    with money_context():
        made = engine(script(), instruments=[instrument(kind=InstrumentKind.PERPETUAL)])
        made.orders.submit(order_spec(quantity=2, id="a"))
        results = RunResults(made)
        made.process(bar(100))
        made.process(filled("a", 2, 100, fee="0", ts=TS))
        results.sample(made.view.now)
        before = results.equity[-1]
        made.process(ev.FundingPaid(BTC, D(-3), USDT, TS, TS))
        results.finish()
    assert results.equity == [(before[0], before[1] - 3)]
    assert len(results.exposure) == 1


def test_a_sample_is_of_the_whole_moment() -> None:
    """Two symbols, the second is held: its price of the moment comes after the other's bar."""
    other = instrument("ETHUSDT", kind=InstrumentKind.PERPETUAL)
    with money_context():
        made = engine(script(), instruments=[instrument(kind=InstrumentKind.PERPETUAL), other])
        made.process(bar(100, of=other.id))
        made.orders.submit(order_spec(quantity=1, id="a", instrument=other.id))
        made.process(filled("a", 1, 100, fee="0", ts=made.view.now))
        opened = float(made.view.equity() or 0)
        results, due = RunResults(made), 0
        for minute, price in ((1, 90), (60, 80), (61, 70)):
            for event in (bar(price, minute), bar(price, minute, of=other.id)):
                made.process(event)
                due = results.watch(event.ts_recv) if event.ts_recv >= due else due
    assert [equity - opened for _, equity in results.equity] == [-10, -20]
