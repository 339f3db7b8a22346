"""Strategies on two sides of one instrument: they net at the venue, and each closes what is its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import money_context
from tradewind.engine.timeline import Timeline
from tradewind.risk.limits import Limits
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.testing import BTC, STRATEGY, bar, engine, instrument, script, started
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

OTHER = StrategyId("s2")
Wish = Callable[[Any], object]
PERP = instrument(kind=InstrumentKind.PERPETUAL, margin_initial="0.1", quantity_min="0.5")


class Session:
    """An engine and a simulated venue; what each strategy wishes for on which bar."""

    def __init__(self, *wishes: dict[int, Wish]) -> None:
        def speaker(by_bar: dict[int, Wish]) -> Any:
            return script(on_bar=lambda ctx, each: by_bar.get(each.ts_open // 60_000_000_000, lambda _: None)(ctx))

        self.steps: list[Any] = []
        timeline, start = Timeline(), started(USDT=10_000)
        self.engine = engine(
            *[speaker(by_bar) for by_bar in wishes], instruments=[PERP], start=start,
            account=AccountKind.MARGIN, limits=Limits(allow_short=True),
        )  # fmt: skip
        models = SimModels(account=AccountKind.MARGIN)
        venue = SimVenue([PERP], models, timeline, base=Asset("USDT"), opening=start.balances, calendar=AlwaysOpen())
        self.loop = Loop(self.engine, timeline, venue, sink=self.steps.append)

    def run(self, *closes: float) -> Session:
        for number, close in enumerate(closes):
            self.loop.feed(bar(close, number))
        return self

    def held(self) -> tuple[Any, Any]:
        return self.engine.view.position(BTC, STRATEGY).quantity, self.engine.view.position(BTC, OTHER).quantity

    def of(self, kind: type) -> list[Any]:
        events = [step.event for step in self.steps] + [effect for step in self.steps for effect in step.effects]
        return [each for each in events if isinstance(each, kind)]

    def refused(self) -> list[Any]:
        return [refusal for step in self.steps for refusal in step.refusals]

    def specs(self) -> list[Any]:
        return [spec for effect in self.of(SubmitOrder) for spec in (effect.order, *effect.attached)]


def test_a_close_that_the_account_does_not_cover_is_sent_as_a_plain_order() -> None:
    with money_context():
        ran = Session({0: lambda ctx: ctx.buy(3), 2: lambda ctx: ctx.close()}, {1: lambda ctx: ctx.sell(2)})
        ran.run(100, 100, 100, 100)
        assert ran.held() == (0, -2)
        assert [(spec.reduce_only, spec.netted) for spec in ran.specs()] == [
            (False, False),
            (False, False),
            (True, True),
        ]
        assert not ran.of(ev.OrderCancelled)


def test_a_close_that_the_account_covers_is_reduce_only_at_the_venue_too() -> None:
    with money_context():
        ran = Session(
            {0: lambda ctx: ctx.buy(3), 2: lambda ctx: ctx.sell(1, reduce_only=True)}, {1: lambda ctx: ctx.sell(2)}
        )
        ran.run(100, 100, 100, 100)
        assert ran.held() == (2, -2)
        assert [spec.netted for spec in ran.specs()] == [False, False, False]


def test_what_is_on_its_way_counts_so_the_last_of_three_closes_is_not_refused() -> None:
    """Account 3 = 3 - 2 + 2: the first close takes it to 0, and nothing is left there for the third to reduce."""
    with money_context():
        ran = Session(
            {0: lambda ctx: ctx.buy(3), 1: lambda ctx: ctx.close()},
            {0: lambda ctx: ctx.sell(2), 1: lambda ctx: ctx.close()},
            {0: lambda ctx: ctx.buy(2), 1: lambda ctx: ctx.close()},
        ).run(100, 100, 100)
        assert all(position.is_flat for position in ran.engine.portfolio.positions.values())
        assert [spec.netted for spec in ran.specs()[3:]] == [False, True, True]
        assert ran.refused() == []


def test_the_stop_of_a_bracket_works_though_the_account_is_flat() -> None:
    with money_context():
        ran = Session({1: lambda ctx: ctx.buy(1, stop_loss=90)}, {0: lambda ctx: ctx.sell(1)})
        ran.run(100, 100, 100, 85)
        assert ran.held() == (0, -1)


def test_a_netted_exit_is_kept_within_its_strategys_position() -> None:
    wishes: dict[int, Wish] = {
        0: lambda ctx: ctx.buy(3),
        2: lambda ctx: ctx.sell(3, stop=90, reduce_only=True),
        3: lambda ctx: ctx.sell(1, reduce_only=True),
        5: lambda ctx: ctx.sell("1.7", reduce_only=True),
    }
    with money_context():
        ran = Session(wishes, {1: lambda ctx: ctx.sell(2)}).run(100, 100, 100, 100, 100)
        [amended] = ran.of(AmendOrder)
        assert (amended.order, amended.quantity) == (ran.specs()[2].id, 2)
        for number in (5, 6):
            ran.loop.feed(bar(100, number))
        assert [cancel.order for cancel in ran.of(CancelOrder)] == [amended.order]  # below the venue's minimum
        assert ran.refused() == []


def test_a_netted_exit_goes_with_its_position() -> None:
    wishes: dict[int, Wish] = {
        0: lambda ctx: ctx.buy(3), 2: lambda ctx: ctx.sell(3, stop=90, reduce_only=True), 3: lambda ctx: ctx.close(),
    }  # fmt: skip
    with money_context():
        ran = Session(wishes, {1: lambda ctx: ctx.sell(2)}).run(100, 100, 100, 100, 100, 85)
        assert ran.held() == (0, -2)
