"""From a plan in floats to prices on the tick and a size on the lot, and what rounding may break (V8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import exact

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.strategy.signals.definition import StrategyDefinition
    from tradewind.strategy.signals.plan import Plan


class Checked(NamedTuple):
    """A plan that keeps all rules, with its prices on the tick and its size on the lot."""

    entry: str
    price: Decimal
    """The wished price, or the limit of an entry at once."""
    reference: float
    """The price that distances are taken from: `price_open`, or the last price."""
    stop: Decimal | None
    target: Decimal | None
    quantity: Decimal


def exact_plan(
    plan: Plan, reference: float, last: float, strategy: StrategyDefinition, instrument: Instrument
) -> Checked:
    """Return a plan with its prices on the tick and its size on the lot."""
    price = instrument.price
    entry, wished = _entry(plan, last, strategy), exact(reference)
    if entry == "now":
        sign = 1 if plan.position == "long" else -1
        wished = exact(last) * (1 + sign * exact(strategy.entry_tolerance_pct) / 100)
    wished = price(wished)
    quantity = plan.quantity if plan.quantity is not None else strategy.quantity
    if quantity is None or plan.cost is not None:
        cost = strategy.cost if plan.cost is None else plan.cost
        quantity = exact(cost) / (exact(reference) * instrument.multiplier)
    return Checked(
        entry=entry,
        price=wished,
        reference=reference,
        stop=None if plan.price_stop_loss is None else price(exact(plan.price_stop_loss)),
        target=None if plan.price_take_profit is None else price(exact(plan.price_take_profit)),
        quantity=instrument.quantity(exact(quantity)),
    )


def _entry(plan: Plan, last: float, strategy: StrategyDefinition) -> str:
    """Return how it enters: as it says; else at once where the price is, resting where it is not."""
    if plan.entry is not None:
        return str(plan.entry)
    tolerance = float(strategy.entry_tolerance_pct) / 100
    near = plan.price_open is None or abs(float(plan.price_open) - last) <= tolerance * last
    return "now" if near else "limit"


def rounding_faults(plan: Plan, checked: Checked, instrument: Instrument) -> list[str]:
    """Return what rounding has broken (V8): the order of the prices, or the least size of the venue."""
    wrong = []
    at = instrument.price(exact(checked.reference))
    low, high = checked.stop, checked.target
    if plan.position == "short":
        low, high = high, low
    if at <= 0 or (low is not None and not 0 < low < at) or (high is not None and not at < high):
        wrong.append(f"V8: on the tick of {instrument.tick} stop, open and target are out of order")
    value = instrument.notional(checked.quantity, at)
    least = max(instrument.quantity_min, instrument.lot)
    if checked.quantity < least or value < instrument.notional_min:
        wrong.append(f"V8: {checked.quantity} is below the least that the venue trades")
    return wrong
