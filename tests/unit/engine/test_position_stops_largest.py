"""Stops of a position that is larger than the venue's largest order: as many as it takes, and they grow to it alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.engine.test_position_exits import price, sent
from tradewind.domain.commands import AmendOrder, SubmitOrder
from tradewind.domain.events import OrderAmended
from tradewind.domain.exits import Moves
from tradewind.domain.order import OrderType
from tradewind.engine.position_cover import cover
from tradewind.risk.exits.plan import EntryPlan, ExitPlan, StrategyPlan
from tradewind.testing import BTC, STRATEGY, accepted, bar, engine, filled, instrument, script

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

D = Decimal


def holding(moves: Moves, quantity: int) -> Engine:
    """Return a session that has bought in parts of 4 at most, with its stops at the venue."""

    def on_bar(ctx: Any, _: Any) -> None:
        if not ctx.state.get("begun"):
            ctx.state["begun"] = True
            for _ in range(quantity // 2):
                ctx.buy(2)

    made = engine(
        script(on_bar=on_bar), exits=(StrategyPlan(STRATEGY, ExitPlan(entry=EntryPlan())),), moves=moves,
        instruments=[instrument(lot="0.5", quantity_max="4")],
    )  # fmt: skip
    made.process(bar(100))
    for number, order in enumerate(list(made.orders.open())):
        if order.spec.parent is None:
            made.process(accepted(order.spec.id, made.view.now))
            answer(made, made.process(filled(order.spec.id, 2, 100, ts=made.view.now, trade_id=f"x{number}")))
    return made


def answer(made: Engine, step: Any) -> None:
    """Let the venue take what a step asks for, and what follows from that."""
    for effect in sent(step):
        now = made.view.now
        if isinstance(effect, SubmitOrder):
            answer(made, made.process(accepted(effect.order.id, now)))
        elif isinstance(effect, AmendOrder):
            spec = made.orders.by_id[effect.order].spec
            quantity = effect.quantity or spec.quantity
            trigger = effect.trigger or spec.trigger
            told = OrderAmended(effect.order, quantity, spec.price, trigger, now, now, effect.number)
            answer(made, made.process(told))


@pytest.mark.parametrize("moves", [Moves.AMEND, Moves.REPLACE])
def test_a_position_of_ten_where_an_order_may_be_of_four_is_covered_whole(moves: Moves) -> None:
    made = holding(moves, 10)
    for _ in range(4):
        answer(made, price(made, 100))
    stops = [order for order in made.orders.open() if order.spec.protects]
    assert sum(order.open_quantity for order in stops) == made.portfolio.totals[BTC].quantity == D(10)
    assert max(order.spec.quantity for order in stops) <= D(4)


def test_a_new_stop_is_placed_in_parts_of_nearly_equal_size() -> None:
    made = holding(Moves.REPLACE, 10)
    assert made.exits is not None
    hands = made.exits._hands
    kept = next(iter(made.exits._held.values()))
    for order in list(made.orders.open()):
        made.orders.withdraw(order.spec.id)  # as if none was there
    assert cover(hands, kept, D(10), guarded=False) == ""
    wished = [word for word in made.words if getattr(word, "type", None) is OrderType.STOP]
    assert [word.quantity for word in wished] == [D("3.5"), D("3.5"), D(3)]
    made.words.clear()
