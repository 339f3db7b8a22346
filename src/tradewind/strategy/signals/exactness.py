"""From a plan in floats to prices on the tick and a size on the lot, and what rounding may break (V8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import exact, nearest_to

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


class Levels(NamedTuple):
    """The prices of a plan as the decimals that they stand for, before they are put on the tick."""

    at: Decimal
    """What distances are taken from."""
    stop: Decimal | None
    target: Decimal | None


def levels_of(plan: Plan, reference: float) -> Levels:
    """Return the prices of a plan, whose numbers are known to be some."""
    stop, target = plan.price_stop_loss, plan.price_take_profit
    return Levels(exact(reference), None if stop is None else exact(stop), None if target is None else exact(target))


def exact_plan(
    plan: Plan, levels: Levels, prices: tuple[float, float], strategy: StrategyDefinition, instrument: Instrument
) -> Checked:
    """Return a plan with its prices on the tick and its size on the lot; `prices` are the reference, and the last."""
    (at, stop, target), (reference, last), tick = levels, prices, instrument.tick
    entry, wished = _entry(plan, last, strategy), at
    if entry == "now":
        wished = exact(last) * (1 + strategy.reach if plan.position == "long" else 1 - strategy.reach)
    quantity = plan.quantity if plan.quantity is not None else strategy.quantity
    if quantity is None or plan.cost is not None:
        cost = strategy.cost if plan.cost is None else plan.cost
        quantity = exact(cost) / (at * instrument.multiplier)
    return Checked(
        entry, nearest_to(wished, tick), reference, None if stop is None else nearest_to(stop, tick),
        None if target is None else nearest_to(target, tick), instrument.quantity(quantity),
    )  # fmt: skip


def _entry(plan: Plan, last: float, strategy: StrategyDefinition) -> str:
    """Return how it enters: as it says; else at once where the price is, resting where it is not."""
    if plan.entry is not None:
        return str(plan.entry)
    if plan.price_open is None:
        return "now"
    tolerance = float(strategy.entry_tolerance_pct) / 100
    return "now" if abs(float(plan.price_open) - last) <= tolerance * last else "limit"


def rounding_faults(plan: Plan, checked: Checked, levels: Levels, instrument: Instrument) -> list[str]:
    """Return what rounding has broken (V8): the order of the prices, or the least size of the venue."""
    wrong = []
    at = nearest_to(levels.at, instrument.tick)
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
