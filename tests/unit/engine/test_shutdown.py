from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import Paused, StopRequested
from tradewind.domain.order import OrderType, Side
from tradewind.testing import accepted, bar, engine, filled, instrument, order_spec, run, script

SELL = Side.SELL


def session(**hooks: Any) -> Any:
    """Return an engine with a position, an entry that rests and an exit that does."""
    made = engine(script(**hooks))
    made.process(bar(100))
    now = made.view.now
    for spec in (
        order_spec(quantity=2, id="held"),
        order_spec(id="entry", type=OrderType.LIMIT, price=90),
        order_spec(SELL, 2, id="exit", type=OrderType.STOP, trigger=80, reduce_only=True),
    ):
        made.orders.submit(spec)
    run(made, [accepted(order, now) for order in ("held", "entry", "exit")])
    made.process(filled("held", 2, ts=now))
    return made


@pytest.mark.parametrize(("cancel", "gone"), [("entries", ["entry"]), ("all", ["entry", "exit"]), ("none", [])])
def test_what_is_taken_back_at_the_end(cancel: str, gone: list[str]) -> None:
    made = session()
    step = made.process(StopRequested(made.view.now, cancel=cancel))
    assert [effect.order for effect in step.effects] == gone
    assert all(isinstance(effect, CancelOrder) for effect in step.effects)


@pytest.mark.parametrize("paused", [False, True])
def test_flatten_closes_what_is_held(paused: bool) -> None:
    made = session()
    if paused:
        made.process(Paused(made.view.now))
    step = made.process(StopRequested(made.view.now, cancel="none", flatten=True))
    assert [type(effect) for effect in step.effects] == [CancelOrder, CancelOrder, SubmitOrder]
    close = step.effects[-1].order
    assert (close.side, close.quantity, close.reduce_only) == (SELL, 2, True)
    assert step.refusals == ()


def test_no_strategy_can_pass_a_pause_by_calling_itself_a_shutdown() -> None:
    made = session(on_bar=lambda ctx, _: ctx.sell(1, reduce_only=True, tag="shutdown"))
    made.process(Paused(made.view.now))
    assert [refusal.code.value for refusal in made.process(bar(100, 1)).refusals] == ["paused"]


@pytest.mark.parametrize(
    ("most", "parts"),
    [
        (0, ["2.1"]),
        ("2.1", ["2.1"]),
        (1, ["0.7", "0.7", "0.7"]),
        ("0.95", ["0.7", "0.7", "0.7"]),
        ("1.19", ["1.1", "1.0"]),
    ],
)
def test_flatten_splits_what_is_above_the_maximum(most: Any, parts: list[str]) -> None:
    """Into orders of nearly equal size: with a minimum of 0.5, two of 1 and a rest of 0.1 would leave that rest."""
    facts = instrument(lot="0.1", quantity_min="0.5", quantity_max=most)
    made = engine(script(), instruments=[facts])
    made.process(bar(100))
    made.orders.submit(order_spec(quantity="2.1", id="held"))
    made.process(filled("held", "2.1", ts=made.view.now))
    step = made.process(StopRequested(made.view.now, flatten=True))
    assert step.refusals == ()
    sent = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert [str(spec.quantity) for spec in sent] == parts


def test_flatten_leaves_dust() -> None:
    made = engine(script())
    made.orders.submit(order_spec(quantity="0.00000001", id="held"))
    made.process(filled("held", "0.00000001"))
    assert made.process(StopRequested(0, flatten=True)).effects == ()


def test_no_new_work_is_taken_at_the_end() -> None:
    made = session(on_stop=lambda ctx: ctx.buy(1))
    step = made.process(StopRequested(made.view.now, cancel="none"))
    assert [refusal.code.value for refusal in step.refusals] == ["stopping"]
