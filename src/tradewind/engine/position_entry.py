"""What an entry is given on its way to the gate: its stop and its target; or a refusal, because of the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.exits import ExitsPlanned
from tradewind.domain.money import exact
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.engine.position_targets import is_addition, object_to
from tradewind.risk.exits.atr import mean_true_range
from tradewind.risk.exits.stops import entry_stop, entry_target
from tradewind.risk.exits.times import bars_entry

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.exits import KeptDay, KeptExits
    from tradewind.domain.signal import OrderIntent
    from tradewind.engine.position_hands import Hands
    from tradewind.risk.exits.plan import EntryPlan, ExitPlan


def dressed(  # noqa: PLR0913 - what is known where an entry is made
    hands: Hands,
    plan: ExitPlan,
    intent: OrderIntent,
    kept: KeptExits | None,
    *,
    session: tuple[KeptDay | None, KeptDay | None],
    interval: str,
) -> OrderIntent | ExitsPlanned | Refusal:
    """Return an entry with its exits, or what its exits will be if the venue takes none with it, or why it is refused.

    What the strategy names comes first, then the mean true range if that is configured, then the fixed distance.
    """
    if plan.time is not None:
        why = bars_entry(plan.time, *session, hands.view.now)
        if why:
            return Refusal(intent, RefusalCode.SESSION_CLOSED, detail=why)
    price = _price(hands, intent)
    if is_addition(intent):
        objects = plan.partial is not None and kept is not None and price is not None
        found = object_to(hands, plan.partial, kept, intent, price) if objects else None  # type: ignore[arg-type] # all are there
        return intent if found is None else found
    facts = hands.portfolio.instruments.get(intent.instrument)
    if price is None or facts is None:
        return intent  # the gate says so
    stop, target = intent.stop_loss, intent.take_profit
    if plan.entry is not None:
        if stop is None:
            stop = entry_stop(plan.entry, intent.side, price, _atr(hands, plan.entry, intent, interval), facts)
        if target is None:
            target = entry_target(plan.entry, intent.side, price, facts)
    if not hands.amends:
        return intent if stop is None and target is None else ExitsPlanned(intent.strategy, intent.id, stop, target)
    if stop is not intent.stop_loss:
        intent = replace(intent, stop_loss=stop, stop_loss_id=hands.next_id())
    if target is not intent.take_profit:
        intent = replace(intent, take_profit=target, take_profit_id=hands.next_id())
    return intent


def default_stop(hands: Hands, plan: EntryPlan, kept: KeptExits, interval: str) -> Decimal | None:
    """Return the stop of a position that has come without one: somebody's else, or taken over."""
    facts = hands.instrument(kept)
    atr = None
    if plan.atr_multiplier is not None:
        atr = mean_true_range(hands.view.bars(kept.instrument, interval, plan.atr_period + 1), plan.atr_period)
    return None if not kept.price else entry_stop(plan, kept.side, kept.price, atr, facts)


def _price(hands: Hands, intent: OrderIntent) -> Decimal | None:
    """Return the price that an entry is reckoned at."""
    if intent.price is not None or intent.trigger is not None:
        return intent.price or intent.trigger
    last = hands.view.last_price(intent.instrument)
    return None if last is None else exact(last)


def _atr(hands: Hands, plan: EntryPlan, intent: OrderIntent, interval: str) -> float | None:
    if plan.atr_multiplier is None:
        return None
    bars = hands.view.bars(intent.instrument, interval, plan.atr_period + 1)
    return mean_true_range(bars, plan.atr_period)
