"""Entries that wait to be confirmed, as written sessions: the same in a backtest, on paper and live."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from tests.parity.scripts import MINUTES, Script, bar_of, bars, notices, refusals, three_ways
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.events import OrderFilled
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.confirmation import Confirmation

D = Decimal
WAITS = Confirmation(above=D(1_000), within_ns=2 * NS_PER_MINUTE)
ACTS: dict[int, Any] = {
    0: lambda ctx: ctx.buy(20, stop_loss=80),
    1: lambda ctx: ctx.buy(5),
    6: lambda ctx: ctx.close(),
}
PRICES = bars(100, 100, 101, 102, 103, 104, 105, 105, 105)


def sent(steps: Any) -> list[tuple[int, Decimal]]:
    submits = ((bar_of(step), each) for step in steps for each in step.effects if isinstance(each, SubmitOrder))
    return [(bar, each.order.quantity) for bar, each in submits]


def test_an_entry_that_nobody_confirms_is_refused_at_the_same_time_in_three_ways() -> None:
    steps = three_ways(Script.of(PRICES, ACTS, settings=replace(MINUTES, confirmation=WAITS)))
    assert [bar for bar, _ in notices(steps, ConfirmationAsked)] == [0]
    assert [(bar, refusal.code.value) for bar, refusal in refusals(steps)] == [(2, "unconfirmed")]
    assert sent(steps) == [(1, D(5)), (6, D(5))]


def test_an_entry_that_is_confirmed_goes_with_its_stop_in_three_ways() -> None:
    alone = replace(MINUTES, confirmation=replace(WAITS, unattended_ns=NS_PER_MINUTE + 1))
    steps = three_ways(Script.of(PRICES, ACTS, settings=alone))
    assert not refusals(steps)
    assert sent(steps) == [(1, D(5)), (1, D(20)), (6, D(25))]
    fills = [step.event.quantity for step in steps if isinstance(step.event, OrderFilled)]
    assert fills == [D(5), D(20), D(25)]
