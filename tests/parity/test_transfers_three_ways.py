"""A deposit and a withdrawal in a session with breakers: the same in a backtest, on paper and live at an exchange.

Live, the venue's word comes while a bar is in hand, and is taken when it may be; a backtest is told it there too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tests.parity.exchange_world import run_at_exchange
from tests.parity.scripts import Script, bars, by_bar, notices
from tests.parity.test_breakers_three_ways import all_in, one_more, told, with_
from tests.parity.test_swapping_three_ways import cut, on_paper
from tests.parity.worlds import SETTLE_NS, Ran, Scenario, _world, start_of
from tradewind.domain.breakers import EquityAnchored
from tradewind.domain.events import BalanceTransferred
from tradewind.domain.ids import Asset
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.record.journal.writer import MemoryJournal
from tradewind.risk.breakers.settings import AccountLimits, BreakerSettings
from tradewind.runtime.loop import Loop
from tradewind.testing import STRATEGY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.runtime.live import LiveSession

D = Decimal
SAID_AT = 3
ACTS: dict[int, Any] = {0: all_in, **dict.fromkeys(range(4, 9), one_more)}


def live(run: Callable[[Scenario], Ran], written: Script, amount: str) -> list[Step]:
    """Run a session to which a transfer comes at its fourth bar; return its steps."""
    tell: list[Callable[[], object]] = []

    def meet(engine: Engine, session: LiveSession) -> None:
        word = BalanceTransferred("sim", Asset("USDT"), D(amount), 0, "t1")
        tell.append(lambda: session.inbox.put_word(replace(word, ts_recv=engine.view.now)))

    make = by_bar(ACTS | {SAID_AT: lambda _: tell[0]() if tell else None})
    script = Script(written.events, lambda: {STRATEGY: make()}, settings=written.settings, meet=meet)
    return cut(run(Scenario(script=script)).steps)


def told_again(written: Script, steps: list[Step]) -> list[Step]:
    """Run a backtest that is told of the transfer where the live session took it; return its steps."""
    journal, scenario = MemoryJournal(), Scenario(script=written)
    place, word = next((n, step.event) for n, step in enumerate(steps) if isinstance(step.event, BalanceTransferred))
    before = sum(isinstance(step.event, Bar) for step in steps[:place])
    with money_context():
        engine, timeline, venue = _world(scenario, journal.steps)
        loop = Loop(engine, timeline, venue, sink=journal.append)
        loop.tell(start_of(scenario))
        for number, event in enumerate(written.events):
            if number == before:
                loop.tell(word)
            loop.feed(event)
        loop.finish(scenario.stop, SETTLE_NS)
    return cut(journal.steps)


@pytest.mark.parametrize("run", [on_paper, run_at_exchange], ids=["paper", "live"])
def test_rp_15_7_a_deposit_is_no_profit_in_three_ways(run: Callable[[Scenario], Ran]) -> None:
    """RP 15.7 (backtest, paper, live): 2 % are lost of the day before it and after it; another 0.5 % trips."""
    prices = bars(100, 98, 98, 98, 98, 98, 97.3, 97.2, 97)
    settings = with_(BreakerSettings(account=AccountLimits(), max_drawdown=None))
    written = Script.of(prices, ACTS, settings=settings)
    steps = live(run, written, "1000")
    assert told_again(written, steps) == steps
    anchored = [(each.reason, round(each.baseline, 2)) for _, each in notices(steps, EquityAnchored)]
    assert anchored[0] == ("start", D(10_000))
    assert anchored[1][0] == "transfer"
    assert D(11_000) < anchored[1][1] < D(11_030), "10,000 times what equity was multiplied by"
    ((_, breaker, state),) = told(steps)
    assert (breaker, state) == ("account_daily", "tripped")
    assert not [r for step in steps for r in step.refusals if step.event.ts_recv < prices[6].ts_recv]


@pytest.mark.parametrize("run", [on_paper, run_at_exchange], ids=["paper", "live"])
def test_rp_16_4_a_withdrawal_is_no_loss_in_three_ways(run: Callable[[Scenario], Ran]) -> None:
    """RP 16.4 (backtest, paper, live): of 9,500 go 1,000: the peak is 8,947.37, and 20 % below that trips."""
    prices = bars(100, 95, 95, 95, 95, 95, 85, 81.5, 80)
    written = Script.of(prices, ACTS, settings=with_(BreakerSettings(account=None)))
    steps = live(run, written, "-1000")
    assert told_again(written, steps) == steps
    peaks = [(each.reason, each.peak) for _, each in notices(steps, EquityAnchored)]
    assert peaks[0] == ("start", D(10_000))
    assert peaks[1][0] == "transfer"
    assert abs(peaks[1][1] - D("8947.37")) < 10, "costs of the entry aside"
    ((bar, breaker, state),) = told(steps)
    assert (bar, breaker, state) == (8, "max_drawdown", "latched"), "of the old peak it would have been at bar 6"
