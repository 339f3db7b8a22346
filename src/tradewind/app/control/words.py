"""What each command says to the engine, and when it is done: a table of functions by the command's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.app.control.answering import confirm, decline
from tradewind.app.control.closing import cancel, cancel_all, emergency_stop, flatten, halt
from tradewind.app.control.comparing import approve, reconcile, reject, sync
from tradewind.app.control.desk import done
from tradewind.app.control.limiting import drill, reset, tighten, trip
from tradewind.app.control.swapping import swap_strategy
from tradewind.domain.control import CloseOnlySet, Paused, Resumed
from tradewind.domain.time import NS_PER_SECOND, iso

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tradewind.app.control import commands as c
    from tradewind.app.control.commands import Done
    from tradewind.app.control.desk import Desk


async def pause(desk: Desk, word: c.Pause) -> Done:
    """Pause: from the committed step on every intent is refused."""
    lasting = int(word.for_seconds * NS_PER_SECOND)
    step = await desk.say(Paused(0, word.reason, word.operator, desk.request(), lasting), word.timeout_seconds)
    return done("pause", step, f"paused until {iso(step.event.ts_recv + lasting)}")


async def resume(desk: Desk, word: c.Resume) -> Done:
    """Trade again, as far as nothing else holds trading back; what does is told."""
    strategy = desk.strategy(word.strategy)
    step = await desk.say(Resumed(0, word.operator, strategy, desk.request()), word.timeout_seconds)
    return done("resume", step, *(["resumed"] if strategy is None else [f"{strategy} resumed"]), left=_holds(desk))


async def close_only(desk: Desk, word: c.CloseOnly) -> Done:
    """Let exposure only fall."""
    step = await desk.say(CloseOnlySet(0, word.reason, word.operator, desk.request()), word.timeout_seconds)
    return done("close-only", step, "exposure may only fall until resumed")


def _holds(desk: Desk) -> list[str]:
    """Return what holds trading back still."""
    risk = desk.engine.risk
    found = [f"halted: {name or 'all'}" for name in sorted(risk.halted, key=str)]
    found += [f"close only: {why}" for why in risk.close_only.values()]
    found += [f"cancel only: {why}" for why in risk.cancel_only.values()]
    watch = desk.engine.breakers
    return found + (
        [] if watch is None else [f"breaker {each.name}: {each.state.value}" for each in watch.board.holding]
    )


HANDLERS: dict[str, Callable[[Desk, Any], Awaitable[Done]]] = {
    "pause": pause,
    "resume": resume,
    "close-only": close_only,
    "halt": halt,
    "cancel-all": cancel_all,
    "cancel": cancel,
    "flatten": flatten,
    "emergency-stop": emergency_stop,
    "reconcile": reconcile,
    "approve": approve,
    "reject": reject,
    "sync": sync,
    "trip": trip,
    "reset": reset,
    "drill": drill,
    "set": tighten,
    "confirm": confirm,
    "decline": decline,
    "swap-strategy": swap_strategy,
}
"""Who does each command."""
