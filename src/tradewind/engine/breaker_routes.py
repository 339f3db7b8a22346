"""How events come to the breakers: what each of the engine's routes does besides, once the event was taken.

What comes with every bar and every order is written out in few calls; what is done is told in `breaker_watch.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain import events as ev
    from tradewind.engine.breaker_watch import BreakerWatch

    Take = Callable[[Any], object]


def around_market(watch: BreakerWatch, take: Take) -> Take:
    """Return what looks at equity after a price has come, and only then exactly when floats cannot rule it out."""
    equity, has_left = watch.equity, watch.equity.has_left

    def taken(event: Any) -> object:  # noqa: ANN401 - a market event
        moved = take(event)
        now = event.ts_recv
        if (not equity.is_settled and has_left(now)) or now >= watch.due:
            watch.look(now)
        return moved

    def timed(event: Any) -> object:  # noqa: ANN401 - a market event
        before = clocks.state
        skew(event.ts_recv, max(event.ts_venue - event.ts_recv, 0))
        if clocks.state is not before:
            watch.set_timer(event.ts_recv)
        return taken(event)

    if watch.settings.clock_skew is None:
        return taken
    clocks, skew = watch.board.breakers["clock_skew"], watch.board.conduct.skew
    return timed


def around_fill(watch: BreakerWatch, take: Take) -> Take:
    """Return what counts round trips and looks at equity after an execution, and closes what a breaker has closed."""
    equity, trips, board = watch.equity, watch.trips, watch.board

    def taken(event: ev.OrderFilled) -> object:
        moved = take(event)
        now = event.ts_recv
        if trips and trips[-1] is not watch.last_trip:
            watch.count_trips(now)
        equity.add_up()
        if now >= watch.due or equity.has_left(now):
            watch.look(now)
        if board.opened:
            watch.close_again(event)
        return moved

    return taken


def around_transfer(watch: BreakerWatch, take: Take) -> Take:
    """Return what scales the peak with a transfer; one that cannot be valued is, when equity is known again."""

    def taken(event: ev.BalanceTransferred) -> object:
        before, worth = watch.equity.value(), watch.board.worth
        moved = take(event)
        after = watch.equity.value()
        if not moved:
            return moved
        if before is None or after is None:
            worth.is_moved = True
        else:
            worth.scale(before, after)
            watch.board.anchored("transfer")
        watch.look(event.ts_recv)
        return moved

    return taken


def timed(watch: BreakerWatch, take: Take) -> Take:
    """Return what lets time do its part before what strategies say to an event is reviewed."""

    def taken(event: Any) -> object:  # noqa: ANN401 - an event that is none of the others
        moved = take(event)
        if event.ts_recv >= watch.due:
            watch.look(event.ts_recv)
        return moved

    return taken


def then(take: Take, after: Callable[[Any], None]) -> Take:
    """Return what takes an event and does something after it."""

    def taken(event: Any) -> object:  # noqa: ANN401 - an event
        moved = take(event)
        after(event)
        return moved

    return taken
