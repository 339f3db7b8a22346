"""Commands that take orders back and close positions: done when the venue has said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.control.commands import Done, Outcome
from tradewind.app.control.desk import done
from tradewind.domain.commands import CancelOrder, Correct
from tradewind.domain.control import (
    CancelAllRequested,
    CancelRequested,
    EmergencyStopped,
    FlattenRequested,
    Halted,
)
from tradewind.domain.errors import EngineUnanswered
from tradewind.domain.events import OrderCancelled
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Collection

    from tradewind.app.control import commands as c
    from tradewind.app.control.desk import Desk
    from tradewind.domain.step import Step

AGAIN_SECONDS = 1.0
"""How often an emergency stop is said again while something is left."""


async def halt(desk: Desk, word: c.Halt) -> Done:
    """Halt, and take back what may open more."""
    strategy = desk.strategy(word.strategy)
    step = await desk.say(
        Halted(0, word.reason, strategy, word.operator, desk.request()), word.timeout_seconds
    )  # fmt: skip
    told = f"halted: {strategy or 'all strategies'}; it stays so over a restart until resumed"
    if word.cancel == "none":
        return done("halt", step, told)
    back = CancelAllRequested(0, word.cancel, None, word.operator, desk.request(), strategy)
    taken = await desk.say(back, word.timeout_seconds)
    cancelled = await _cancelled(desk, taken, word.timeout_seconds)
    return replace(cancelled, command="halt", seq=step.seq, told=(told, *cancelled.told))


async def cancel_all(desk: Desk, word: c.CancelAll) -> Done:
    """Take orders back, and wait until the venue has."""
    only, strategy = desk.instrument(word.symbol), desk.strategy(word.strategy)
    asked = CancelAllRequested(0, word.which, only, word.operator, desk.request(), strategy)
    step = await desk.say(asked, word.timeout_seconds)
    return replace(await _cancelled(desk, step, word.timeout_seconds), command="cancel-all")


async def cancel(desk: Desk, word: c.Cancel) -> Done:
    """Take one order back, and wait until the venue has."""
    order = ClientOrderId(word.order)
    step = await desk.say(CancelRequested(0, order, word.operator, desk.request()), word.timeout_seconds)
    return replace(await _cancelled(desk, step, word.timeout_seconds), command="cancel")


async def flatten(desk: Desk, word: c.Flatten) -> Done:
    """Close what is held, holding by holding, and wait until it is closed."""
    only, seq = desk.instrument(word.symbol), None
    refused: list[str] = []
    told: list[str] = []
    held = [
        key for key, position in desk.engine.portfolio.by_name()
        if not position.is_flat and (only is None or key[1] == only) and word.strategy in (None, key[0])
    ]  # fmt: skip
    if not held:
        return done("flatten", None, "nothing is held")
    for strategy, instrument in held:
        asked = FlattenRequested(0, instrument, strategy, word.operator, desk.request())
        step = await desk.say(asked, word.timeout_seconds)
        seq, answer = step.seq, done("flatten", step)
        refused += answer.left
    books = desk.engine.portfolio.positions
    await desk.turns.until(lambda: all(books[key].is_flat for key in held), word.timeout_seconds)
    for key in held:
        if books[key].is_flat:
            told.append(f"closed {key[1]} of {key[0]}")
        else:
            refused.append(f"still held: {plain(books[key].quantity)} {key[1]} of {key[0]}")
    return Done("flatten", Outcome.PARTLY if refused else Outcome.DONE, seq, tuple(told), tuple(refused))


async def emergency_stop(desk: Desk, word: c.EmergencyStop) -> Done:
    """Halt, take everything back, close everything; say it again until nothing is left, or the time is over."""
    orders, held = len(list(desk.engine.orders.open())), len(_held(desk))
    first = await desk.say(_stop(desk, word), min(word.timeout_seconds, 5.0))
    refused = {f"{refusal.code.value}: {refusal.detail}" for refusal in first.refusals}
    left = word.timeout_seconds
    while not await desk.turns.until(lambda: not left_over(desk), min(AGAIN_SECONDS, left)):
        left -= AGAIN_SECONDS
        if left <= 0:
            break
        try:
            again = await desk.say(_stop(desk, word), AGAIN_SECONDS)
            refused |= {f"{refusal.code.value}: {refusal.detail}" for refusal in again.refusals}
        except EngineUnanswered:
            continue
    rest = left_over(desk)
    told = (f"halted; {orders} orders were open, {held} positions held", *_proof(desk))
    if rest:
        return Done("emergency-stop", Outcome.PARTLY, first.seq, told, (*rest, *sorted(refused)))
    return Done("emergency-stop", Outcome.DONE, first.seq, (*told, "no order is open and no position is held"))


def left_over(desk: Desk) -> list[str]:
    """Return the orders that are not over and the positions that are not flat."""
    told = [f"open: {order.spec.id} ({order.state.value})" for order in desk.engine.orders.open()]
    return told + [f"held: {line}" for line in _held(desk)]


def _stop(desk: Desk, word: c.EmergencyStop) -> EmergencyStopped:
    return EmergencyStopped(0, word.reason or "emergency stop", word.operator, desk.request())


def _held(desk: Desk) -> list[str]:
    return [
        f"{plain(position.quantity)} {instrument} of {strategy}"
        for (strategy, instrument), position in desk.engine.portfolio.by_name()
        if not position.is_flat
    ]


def _proof(desk: Desk) -> list[str]:
    equity = desk.engine.view.equity()
    return ["equity unknown" if equity is None else f"equity {plain(equity)} {desk.engine.view.base}"]


async def _cancelled(desk: Desk, step: Step, seconds: float) -> Done:
    """Wait for the ends of all orders that a step takes back."""
    wanted = [effect.order for effect in step.effects if isinstance(effect, CancelOrder)]
    ended = (effect.event for effect in step.effects if isinstance(effect, Correct))  # no venue has heard of them
    wanted += [event.order for event in ended if isinstance(event, OrderCancelled)]
    answer = done("", step, f"{len(wanted)} orders taken back" if wanted else "no order to take back")
    if answer.outcome is Outcome.REFUSED and not wanted:
        return answer
    await desk.turns.until(lambda: not _open(desk, wanted), seconds)
    left = [f"not confirmed: {name}" for name in _open(desk, wanted)]
    told = f"{len(wanted) - len(left)} orders taken back" if wanted else "no order to take back"
    return Done("", Outcome.PARTLY if left else Outcome.DONE, step.seq, (told,), (*left, *answer.left))


def _open(desk: Desk, wanted: Collection[ClientOrderId]) -> list[ClientOrderId]:
    known = desk.engine.orders.by_id
    return [name for name in wanted if name in known and not known[name].is_closed]
