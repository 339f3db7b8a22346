"""Commands about breakers and limits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.control.commands import Outcome
from tradewind.app.control.desk import done
from tradewind.domain.breakers import BreakerChanged, BreakerDrilled, BreakerIgnored
from tradewind.domain.control import (
    BreakerDrillRequested,
    BreakerResetRequested,
    BreakerTripRequested,
    LimitTightened,
)

if TYPE_CHECKING:
    from tradewind.app.control import commands as c
    from tradewind.app.control.commands import Done
    from tradewind.app.control.desk import Desk
    from tradewind.domain.step import Step


async def trip(desk: Desk, word: c.Breaker) -> Done:
    """Trip a breaker."""
    asked = BreakerTripRequested(0, word.breaker, word.reason, word.operator, desk.request())
    return _told("trip", desk, word.breaker, await desk.say(asked, word.timeout_seconds))


async def reset(desk: Desk, word: c.Breaker) -> Done:
    """Let a breaker go: done when it is closed, which takes a comparison with the venue."""
    asked = BreakerResetRequested(0, word.breaker, word.reason, word.operator, desk.request())
    step = await desk.say(asked, word.timeout_seconds)
    if _ignored(step):
        return _told("reset", desk, word.breaker, step)
    await desk.turns.until(lambda: _state(desk, word.breaker) == "closed", word.timeout_seconds)
    answer = _told("reset", desk, word.breaker, step)
    if _state(desk, word.breaker) == "closed":
        return answer
    return replace(answer, outcome=Outcome.PARTLY, left=(f"{word.breaker} is {_state(desk, word.breaker)}",))


async def drill(desk: Desk, word: c.Breaker) -> Done:
    """Give a breaker made-up input, and tell what came of it; one that did not trip has failed its drill."""
    step = await desk.say(
        BreakerDrillRequested(0, word.breaker, word.operator, desk.request()), word.timeout_seconds
    )  # fmt: skip
    answer = _told("drill", desk, word.breaker, step)
    drilled = next((notice for notice in step.notices if isinstance(notice, BreakerDrilled)), None)
    if drilled is None:
        return answer
    told = (
        f"{word.breaker} {'tripped' if drilled.tripped else 'did not trip'}",
        f"an entry was {f'refused: {drilled.refused}' if drilled.refused else 'let through'}",
        f"a reduction was {f'refused: {drilled.reduction}' if drilled.reduction else 'let through'}",
        f"it would take back {drilled.cancels} orders and close {drilled.closes} positions",
    )
    good = drilled.tripped and not drilled.reduction
    return replace(answer, told=told, outcome=Outcome.DONE if good else Outcome.REFUSED)


async def tighten(desk: Desk, word: c.SetLimit) -> Done:
    """Tighten a limit."""
    asked = LimitTightened(0, word.limit, Decimal(word.value), word.operator, desk.request())
    return done("set", await desk.say(asked, word.timeout_seconds), f"{word.limit} is {word.value} from now on")


def _told(command: str, desk: Desk, breaker: str, step: Step) -> Done:
    moved = [
        f"{notice.breaker}: {notice.was.value} -> {notice.state.value}"
        for notice in step.notices
        if isinstance(notice, BreakerChanged)
    ]
    answer = done(command, step, *(moved or [f"{breaker} is {_state(desk, breaker)}"]))
    ignored = _ignored(step)
    return replace(answer, outcome=Outcome.REFUSED, told=(), left=tuple(ignored)) if ignored else answer


def _ignored(step: Step) -> list[str]:
    return [f"{notice.breaker}: {notice.reason}" for notice in step.notices if isinstance(notice, BreakerIgnored)]


def _state(desk: Desk, breaker: str) -> str:
    watch = desk.engine.breakers
    return "unknown" if watch is None else watch.states.get(breaker, "unknown")
