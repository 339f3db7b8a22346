from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain.order import OrderType
from tradewind.domain.step import Refusal
from tradewind.risk.limits import Limits, SizerKind, Sizing
from tradewind.risk.sizing.price import reference_price
from tradewind.testing import bar, engine, instrument, intent, script

D = Decimal


def sized(kind: SizerKind, value: str, **terms: Any) -> str:
    made = engine(
        script(),
        limits=Limits(sizing=Sizing(kind, D(value))),
        instruments=[instrument(multiplier=terms.pop("multiplier", 1))],
    )
    made.process(bar(300))
    verdict = made.risk.review(intent(quantity=None, **terms))
    assert not isinstance(verdict, Refusal), verdict
    return str(verdict[0].quantity)


@pytest.mark.parametrize(
    ("kind", "value", "terms", "quantity"),
    [
        (SizerKind.FIXED_QUANTITY, "0.123456", {}, "0.12345"),
        (SizerKind.FIXED_VALUE, "100", {}, "0.33333"),
        (SizerKind.FIXED_VALUE, "100", {"type": OrderType.LIMIT, "price": 250}, "0.40000"),
        (SizerKind.FIXED_VALUE, "100", {"type": OrderType.STOP, "trigger": 400}, "0.25000"),
        (SizerKind.FIXED_VALUE, "100", {"multiplier": 10}, "0.03333"),
        (SizerKind.FRACTION_OF_EQUITY, "0.1", {}, "33.33333"),
    ],
)
def test_an_intent_without_a_quantity_gets_one(kind: SizerKind, value: str, terms: dict, quantity: str) -> None:
    assert sized(kind, value, **terms) == quantity


def test_the_default_is_a_tenth_of_the_equity() -> None:
    assert Sizing() == Sizing(SizerKind.FRACTION_OF_EQUITY, D("0.1"))


def test_an_order_is_reckoned_at_its_limit_its_trigger_or_the_last_price() -> None:
    made = engine(script())
    assert reference_price(intent(), made.view) is None
    made.process(bar(300))
    assert reference_price(intent(), made.view) == 300
    assert reference_price(intent(trigger=310), made.view) == 310
    assert reference_price(intent(price=320, trigger=310), made.view) == 320
