"""What a recorded step says of the wishes of strategies, taken into an engine that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.approval import CorrelationsMeasured, RegimeTold, RiskAdjusted, RiskWarned
from tradewind.domain.breakers import BreakerChanged
from tradewind.domain.commands import AmendOrder, CancelOrder, CancelTimer, PlaceExits, SetTimer, SubmitOrder
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.exits import ExitsPlanned
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import CacheWritten, ExitMissing, IdsCounted, OrderFailed, StateKept, StrategyFailed
from tradewind.domain.swapping import StrategySwapped

if TYPE_CHECKING:
    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.step import Notice, Step
    from tradewind.engine.engine import Engine


def fold(engine: Engine, step: Step) -> None:
    """Take effects, refusals and notices of a step, after its event; restraints first, as they are laid at a start."""
    for notice in step.notices:
        _hear(engine, notice)
    if engine.exits is not None:
        for refusal in step.refusals:
            engine.exits.refused(refusal)
    for effect in step.effects:
        _take(engine, effect)
    last = last_id(step)
    engine.ids.count = max(engine.ids.count, last)


def note(engine: Engine, effect: Effect) -> None:
    """Keep the timers that are set, the one that is set again last, as on the timeline; count exits that are sent."""
    timers = engine.timers
    if type(effect) is SetTimer:
        timers.pop(effect.timer, None)
        timers[effect.timer] = effect.at
    elif type(effect) is CancelTimer:
        timers.pop(effect.timer, None)
    elif type(effect) is PlaceExits:
        engine.orders.wake(effect)


def last_id(step: Step) -> int:
    """Return the highest number of an order's id that a step names; one that is not ours may have none."""
    last = 0
    for name in _names(step):
        number = name.rpartition("-")[2]
        if number.isdecimal() and int(number) > last:
            last = int(number)
    return last


def _names(step: Step) -> list[ClientOrderId]:
    """Return the orders that a step names as sent, refused or failed: in most steps there is none."""
    names: list[ClientOrderId] = []
    for effect in step.effects:
        if type(effect) is SubmitOrder:
            names.append(effect.order.id)
            names += [spec.id for spec in effect.attached]
    for refusal in step.refusals:
        intent = refusal.intent
        if type(intent) is OrderIntent:
            exits = intent.stop_loss_id, intent.take_profit_id, intent.time_limit_id
            names += [name for name in (intent.id, *exits) if name is not None]
    for notice in step.notices:
        if type(notice) is OrderFailed:
            names.append(notice.order)
    return names


def _take(engine: Engine, effect: Effect) -> None:
    match effect:
        case SubmitOrder():
            engine.risk.count_order(effect.order)
            engine.orders.submit(effect.order, effect.attached)
        case CancelOrder():
            spec = engine.orders.by_id[effect.order].spec
            engine.orders.cancel(CancelIntent(spec.strategy, effect.order))
        case AmendOrder():
            order = engine.orders.by_id[effect.order]
            intent = AmendIntent(order.spec.strategy, effect.order, effect.quantity, effect.price, effect.trigger)
            engine.risk.count_amendment(order, intent)
            engine.orders.amend(intent)
        case _:
            engine.confirming.follow(effect)
            note(engine, effect)


def _hear(engine: Engine, notice: Notice) -> None:
    match notice:
        case StateKept() | CacheWritten():
            engine.memory.hear(notice)
        case Restraint():
            engine.risk.restrain(notice)
        case RegimeTold() | RiskAdjusted() | RiskWarned() | CorrelationsMeasured():
            engine.risk.hear(notice)
        case StrategyFailed():
            if notice.halted:
                engine.roster.hold(notice.strategy)
                engine.risk.halted.add(notice.strategy)
            if engine.breakers is not None:
                engine.breakers.failed(notice.error)
        case ExitMissing():
            engine.account.guard.replaced(notice)
        case BreakerChanged() if engine.breakers is not None:
            engine.breakers.hear(notice)
        case ExitsPlanned() if engine.exits is not None:
            engine.exits.planned(notice)
        case StrategySwapped():
            engine.swaps.hear(notice)
        case ConfirmationAsked():
            engine.confirming.hear(notice)
        case IdsCounted():
            engine.ids.count = max(engine.ids.count, notice.count)
        case _:
            pass
