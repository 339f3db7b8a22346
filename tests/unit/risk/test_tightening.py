"""Limits may be tightened while a session runs, never loosened; they stay so over a restart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewind.domain.control import LimitTightened
from tradewind.domain.money import money_context
from tradewind.domain.step import DecisionIgnored, RefusalCode
from tradewind.risk.limits import Limits
from tradewind.risk.tightening import LIVE, tightened
from tradewind.testing import bar, engine, script


@pytest.mark.parametrize("name", LIVE)
def test_each_limit_goes_down_and_not_up(name: str) -> None:
    low = tightened(Limits(), name, Decimal("0.05"))
    assert isinstance(low, Limits)
    assert getattr(low, name) == Decimal("0.05")
    assert isinstance(tightened(low, name, Decimal("0.05")), Limits)
    assert "would loosen it" in str(tightened(low, name, Decimal("0.0500001")))
    assert "below zero" in str(tightened(low, name, Decimal(-1)))


def test_what_is_no_such_limit_is_told() -> None:
    assert "no limit" in str(tightened(Limits(), "sizing", Decimal(1)))
    assert tightened(Limits(), "max_order_value", Decimal(1)) == Limits(order_value_max=Decimal(1))


def test_an_operators_limit_holds_from_the_next_order_on_and_over_a_restart() -> None:
    with money_context():
        made = engine(script(on_bar=lambda ctx, bar: ctx.buy(1)), recording=True)
        assert not made.process(bar(100.0, 0)).refusals
        made.process(LimitTightened(made.view.now, "max_order_value", Decimal(50), "ann", "r"))
        (refused,) = made.process(bar(100.0, 1)).refusals
        assert (refused.code, refused.limit) == (RefusalCode.ORDER_VALUE, Decimal(50))
        (ignored,) = made.process(LimitTightened(made.view.now, "max_order_value", Decimal(60))).notices
        assert isinstance(ignored, DecisionIgnored)
        again = engine(script())
        again.risk.restore(made.risk.state())
        assert again.risk.state().tightened == (("max_order_value", Decimal(50)),)
        assert again.risk.tighten("order_value_max", Decimal(51)), "it is 50 already"
