"""Joins the policies of positions to an engine, if any are configured; else there is nothing to pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.market import Quote, Trade
from tradewind.engine.position_exits import PositionExits
from tradewind.engine.position_hands import Hands

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.engine.engine import Engine

Takers = dict[type, "Callable[[Any], object]"]


def exits_of(engine: Engine, takers: Takers) -> PositionExits | None:
    """Return what carries out the policies that the settings name, and let it hear; None if they name none."""
    settings = engine.settings
    if not settings.exits:
        return None
    hands = Hands(
        engine.orders, engine.portfolio, engine.view, engine.ids, words=engine.words, moves=settings.moves
    )  # fmt: skip
    plans = {each.strategy: each.plan for each in settings.exits}
    exits = PositionExits(plans, hands, engine.risk, engine.account.guard, settings.interval)
    takers |= _heard_by(exits, takers)
    return exits


def _heard_by(exits: PositionExits, takers: Takers) -> Takers:
    """Return who takes the events that policies hear besides bars and orders: the policies, then who did before."""
    found: Takers = {
        ev.TradingDay: _before(exits.on_day, takers[ev.TradingDay]),
        ev.TimerFired: _before(exits.fired, takers[ev.TimerFired]),
    }
    corrections: tuple[type, ...] = (ev.PositionLiquidated, ev.PositionAdjusted, ev.OrderAdopted)
    found |= {kind: _after(exits, takers[kind]) for kind in corrections}
    if exits.hears_ticks:
        ticks: tuple[type, ...] = (Quote, Trade)
        found |= {kind: _ticking(exits, takers[kind]) for kind in ticks}
    return found


def _before(first: Callable[[Any], object], then: Callable[[Any], object]) -> Callable[[Any], object]:
    def take(event: Any) -> object:  # noqa: ANN401 - an event
        first(event)
        return then(event)

    return take


def _after(exits: PositionExits, first: Callable[[Any], object]) -> Callable[[Any], object]:
    """Look at all positions when the books were corrected."""

    def take(event: Any) -> object:  # noqa: ANN401 - an event
        moved = first(event)
        exits.go()
        return moved

    return take


def _ticking(exits: PositionExits, first: Callable[[Any], object]) -> Callable[[Any], object]:
    """Let policies see a new price, after the market and the strategies have."""

    def take(event: Any) -> object:  # noqa: ANN401 - an event
        answer = first(event)
        exits.on_tick(event.instrument)
        return answer

    return take
