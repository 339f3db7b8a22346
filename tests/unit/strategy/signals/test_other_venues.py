"""A signal at a venue without attached orders: the engine sends its exits, and the signal is the same (5.4, 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain.commands import CancelOrder, PlaceExits, SetTimer, SubmitOrder
from tradewind.domain.events import OrderCancelled, TimerFired
from tradewind.domain.trade_signal import SignalMoved
from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition
from tradewind.strategy.signals.strategy import SignalStrategy
from tradewind.testing import accepted, bar, engine, filled

PLAN = {"position": "long", "entry": "market", "quantity": 2, "price_take_profit": 110.0, "price_stop_loss": 95.0,
        "minute_estimated_time": 30}  # fmt: skip


class Venue:
    """Takes orders and says what becomes of them, as the test wishes."""

    def __init__(self) -> None:
        plans = iter([PLAN])
        definition = StrategyDefinition("s", lambda symbol, when: next(plans, None))
        self.engine = engine(SignalStrategy(definition, ExchangeDefinition("x", lambda **_: [])), exits_here=True)
        self.moves: list[tuple[str, str]] = []
        self.exits: list[Any] = []
        self.effects: list[Any] = []

    def take(self, event: Any) -> list[Any]:
        """Take an event; return what it leads to."""
        step = self.engine.process(event)
        self.moves += [(n.action, n.reason) for n in step.notices if isinstance(n, SignalMoved)]
        self.effects += step.effects
        return list(step.effects)

    def opened(self) -> list[Any]:
        """Open the signal, and let its exits rest."""
        (entry,) = [e for e in self.take(bar(100.0)) if isinstance(e, SubmitOrder)]
        self.take(accepted(entry.order.id, self.engine.view.now))
        effects = self.take(filled(entry.order.id, 2, ts=self.engine.view.now, price=100))
        (placed,) = [e for e in effects if isinstance(e, PlaceExits)]
        self.exits = list(placed.orders)
        for order in self.exits:
            self.take(accepted(order.id, self.engine.view.now))
        return effects


@pytest.mark.parametrize(("place", "price", "reason"), [(0, 95, "stop_loss"), (1, 110, "take_profit")])
def test_an_exit_that_fills_closes_the_signal_and_ends_the_other(place: int, price: int, reason: str) -> None:
    venue = Venue()
    venue.opened()
    won, lost = venue.exits[place], venue.exits[1 - place]
    effects = venue.take(filled(won.id, 2, trade_id="2", price=price, ts=venue.engine.view.now))
    assert [e.order for e in effects if isinstance(e, CancelOrder)] == [lost.id]
    assert venue.moves == [("scheduled", ""), ("opened", ""), ("closed", reason)]


def test_when_its_time_is_over_the_exits_go_first_and_what_is_held_is_closed() -> None:
    venue = Venue()
    (timer,) = [e for e in venue.opened() if isinstance(e, SetTimer)]
    over = venue.take(TimerFired(timer.timer, timer.at))
    assert [e.order for e in over if isinstance(e, CancelOrder)] == [order.id for order in venue.exits]
    for order in venue.exits:
        over = venue.take(OrderCancelled(order.id, "cancelled", timer.at, timer.at))
    (placed,) = [e for e in over if isinstance(e, PlaceExits)]
    (close,) = placed.orders
    venue.take(accepted(close.id, timer.at))
    venue.take(filled(close.id, 2, trade_id="3", price=101, ts=timer.at))
    assert venue.moves == [("scheduled", ""), ("opened", ""), ("closed", "time_expired")]
    assert not any(isinstance(e, SubmitOrder) for e in venue.effects[1:]), "one entry, one exit"
