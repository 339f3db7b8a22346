"""Another strategy in the place of one that runs: the same in a backtest, on paper, live at an exchange, and again.

Live, the word is said while a bar is in hand, and taken when it may be; a backtest is told it at the same place.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.parity.exchange_world import run_at_exchange
from tests.parity.scripts import MINUTES, Script, bars, by_bar, notices
from tests.parity.worlds import (
    SETTLE_NS,
    Ran,
    Scenario,
    _world,
    instruments_of,
    run_live,
    settings_of,
    start_of,
    strategies_of,
)
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.errors import ReplayMismatch
from tradewind.domain.events import OrderFilled
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.engine.engine import Engine
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.loop import Loop
from tradewind.runtime.replay import compare
from tradewind.testing import STRATEGY, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.step import Step
    from tradewind.runtime.live import LiveSession
    from tradewind.strategy.base import Strategy

D = Decimal
PRICES = bars(100, 100, 101, 102, 103, 102, 101, 100, 96, 94, 93)
ASKED = StrategySwapRequested(0, STRATEGY, "new.py:New", operator="ann", request="r1")
SAID_AT = 3
"""The bar in which the word is said."""


def newcomer() -> Strategy:
    """Add to what is held by one coin once, then wait."""

    def on_bar(ctx: Any, bar: Any) -> None:
        ctx.state["seen"] = ctx.state.get("seen", 0) + 1
        if not ctx.warming and not ctx.state.get("bought"):
            ctx.state["bought"] = True
            ctx.buy(1)

    return script(on_bar=on_bar)


def live(run: Callable[[Scenario], Ran]) -> Ran:
    """Run a session in which the old strategy buys with a stop, and says the word at its fourth bar."""
    told: list[Callable[[], object]] = []

    def meet(engine: Engine, session: LiveSession) -> None:
        engine.swaps.offer("r1", newcomer())
        told.append(lambda: session.tell(ASKED))

    acts = OLD | {SAID_AT: lambda _: told[0]() if told else None}
    make = by_bar(acts)
    written = Script(PRICES, lambda: {STRATEGY: make()}, settings=SETTINGS, meet=meet)
    return run(Scenario(script=written))


OLD: dict[int, Any] = {0: lambda ctx: (ctx.buy(20, stop_loss=95), ctx.buy(5, limit=50))}
SETTINGS = MINUTES
PLAIN = Scenario(script=Script.of(PRICES, OLD, settings=SETTINGS))


def told_again(steps: list[Step]) -> list[Step]:
    """Run a backtest that is told the word where the live session took it; return its steps."""
    journal = MemoryJournal()
    words = ((n, step.event) for n, step in enumerate(steps) if isinstance(step.event, StrategySwapRequested))
    place, word = next(words)
    before = sum(isinstance(step.event, Bar) for step in steps[:place])
    with money_context():
        engine, timeline, venue = _world(PLAIN, journal.steps)
        engine.swaps.offer("r1", newcomer())
        loop = Loop(engine, timeline, venue, sink=journal.append)
        loop.tell(start_of(PLAIN))
        for number, event in enumerate(PRICES):
            if number == before:
                loop.tell(word)
            loop.feed(event)
        if before == len(PRICES):
            loop.tell(word)
        loop.finish(PLAIN.stop, SETTLE_NS)
    return journal.steps


def cut(steps: list[Step]) -> list[Step]:
    stop = next(n for n, step in enumerate(steps) if isinstance(step.event, StopRequested))
    return steps[:stop]


def on_paper(scenario: Scenario) -> Ran:
    return run_live(scenario, inbox_max=1)


@pytest.mark.parametrize("run", [on_paper, run_at_exchange], ids=["paper", "live"])
def test_what_is_held_and_its_stop_go_over_to_the_new_strategy_in_three_ways(run: Callable[[Scenario], Ran]) -> None:
    steps = cut(live(run).steps)
    (swapped,) = [step for step in steps if isinstance(step.event, StrategySwapRequested)]
    assert any(isinstance(each, StrategySwapped) for each in swapped.notices)
    (resting,) = [e.order.id for step in steps for e in step.effects
                  if isinstance(e, SubmitOrder) and e.order.price == 50]  # fmt: skip
    assert [each.order for each in swapped.effects if isinstance(each, CancelOrder)] == [resting]
    fills = [step.event.quantity for step in steps if isinstance(step.event, OrderFilled)]
    assert sorted(fills) == [D(1), D(20), D(20)], "entry, what the new one adds, and the old one's stop at 95"
    assert [notice.bars for _, notice in notices(steps, StrategySwapped)] >= [SAID_AT]
    again = cut(told_again(steps))
    assert again == steps
    with money_context():
        fresh = Engine(instruments_of(PLAIN), strategies_of(PLAIN), settings_of(PLAIN), recording=True)
        assert compare(fresh, steps, swaps={"r1": newcomer()}, strategies={}).steps == len(steps)


def test_a_replay_without_the_swap_comes_out_otherwise() -> None:
    """The proof that the comparison above can fail."""
    steps = cut(live(on_paper).steps)
    with money_context():
        fresh = Engine(instruments_of(PLAIN), strategies_of(PLAIN), settings_of(PLAIN), recording=True)
        with pytest.raises(ReplayMismatch):
            compare(fresh, steps, {}, swaps={"r1": script()})
