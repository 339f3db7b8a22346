"""The limits and breakers that `add_exchange` takes for paper keys, from what the user wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tradewind.domain.breakers import BreakerAction
from tradewind.domain.money import exact
from tradewind.risk.breakers.roll import breakers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from tradewind.risk.breakers.settings import BreakerSettings

LIMITS: dict[str, Callable[[Any], Decimal | int]] = {
    "order_value_max": exact, "position_value_max": exact, "position_quantity_max": exact, "leverage_max": exact,
    "price_collar": exact, "orders_per_minute_max": int,
}  # fmt: skip
"""The limits that an exchange's account may have, and what makes a number of each."""


def limits_from(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits of an account as numbers; raise `ValueError` for what is none of them."""
    strange = sorted(set(given) - set(LIMITS))
    if strange:
        raise ValueError(f"limits: {', '.join(strange)} not among {', '.join(LIMITS)}")
    made = {name: LIMITS[name](value) for name, value in given.items()}
    below = [name for name, value in made.items() if value <= 0]
    if below:
        raise ValueError(f"limits: {', '.join(below)} must be above 0")
    return made


def breakers_from(given: Any) -> BreakerSettings | None:  # noqa: ANN401 - what the user wrote
    """Return breakers by the names of a configuration's block; raise `ValueError` for what a key cannot have."""
    if given is None:
        return None
    from tradewind.app.breaker_rules import settings_of
    from tradewind.app.config.breakers import BreakersBlock

    try:
        block = BreakersBlock.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"breakers: {wrong}") from None
    if not block.enabled:
        return None
    made = settings_of(block)
    if any(each.action is BreakerAction.STOP for each in breakers_of(made).values()):
        raise ValueError("breakers: action stop ends a session of `tradewind live`; of a key it would end nothing")
    return made
