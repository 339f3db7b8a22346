"""How a session stands: healthy, degraded or critical, with the reasons (spec/live-controls.md 12). Facts, no prose."""

from __future__ import annotations

import enum
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NS_PER_SECOND, Interval, TimeNs
from tradewind.engine.account import DIFFERS
from tradewind.execution.lifecycle import OrderState
from tradewind.risk.breakers.board import EquityState, told
from tradewind.runtime.callbacks import EngineStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tradewind.engine.engine import Engine

LINK_CRITICAL_SECONDS = 60.0
SILENT_CRITICAL_SECONDS = 30.0
"""A loop that has not turned for so long is dead or hangs."""
DATA_LATE_SECONDS = 300.0
"""A market that never closes is late when its next bar, or what comes between bars, is overdue by so much."""
UNKNOWN_DEGRADED_SECONDS = 30.0
REJECTS_OF, REJECTS_MIN, REJECTS_MAX = 100, 10, 0.1
"""Of the last so many orders, at least so many, no more than this part may have been rejected."""
MARKET = "market"


class HealthLevel(enum.Enum):
    """The worst that holds."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CRITICAL = "critical"


class Health(msgspec.Struct, frozen=True):
    """A level and why; without reasons it is healthy."""

    level: HealthLevel
    reasons: tuple[str, ...] = ()


class Signs(msgspec.Struct, frozen=True):
    """What is known of a session from outside of its engine; what is None is not judged."""

    now: TimeNs | None = None
    """The time of the session's clock."""
    silent_seconds: float = 0.0
    """Since the last turn of the loop."""
    checkpoint_seconds: float | None = None
    """Since the last checkpoint that could be written, or the start."""
    checkpoint_interval_seconds: float = 60.0
    missed: tuple[str, ...] = ()
    """What observers did not see."""


def health_of(
    engine: Engine, status: EngineStatus, down: Mapping[tuple[str, str], float], signs: Signs | None = None
) -> Health:
    """Return how a session stands; `down` has the seconds for which each (venue, link) has been down."""
    signs = Signs() if signs is None else signs
    critical, degraded = list(_critical(engine, status, signs)), list(_degraded(engine, signs))
    for (venue, link), seconds in sorted(down.items()):
        long = link != MARKET and seconds > LINK_CRITICAL_SECONDS
        (critical if long else degraded).append(f"{venue}: {link} is down")
    level = HealthLevel.CRITICAL if critical else HealthLevel.DEGRADED if degraded else HealthLevel.HEALTHY
    return Health(level, (*critical, *degraded))


def data_ages(engine: Engine, now: TimeNs) -> dict[str, float | None]:
    """Return how old the last price of each instrument is, in seconds; None before the first."""
    return {
        name: None if state.priced_at < 0 else max(now - state.priced_at, 0) / NS_PER_SECOND
        for name, state in engine.market.states.items()
    }


def _critical(engine: Engine, status: EngineStatus, signs: Signs) -> Iterator[str]:
    risk = engine.risk
    if status is EngineStatus.STOPPED:
        yield "not running"
    if signs.silent_seconds > SILENT_CRITICAL_SECONDS:
        yield f"the loop has not turned for {signs.silent_seconds:.0f} s"
    if None in risk.halted:
        yield "halted"
    yield from (f"strategy halted: {name}" for name in sorted(filter(None, list(risk.halted))))
    yield from (f"cancel only: {reason}" for _, reason in sorted(risk.cancel_only.items()))
    if DIFFERS in risk.close_only:
        yield f"close only: {risk.close_only[DIFFERS]}"
    yield from (f"no stop can be placed: {instrument}" for instrument in sorted(risk.unguarded))
    if engine.breakers is not None:
        yield from map(told, engine.breakers.board.holding)


def _degraded(engine: Engine, signs: Signs) -> Iterator[str]:
    risk = engine.risk
    yield from (f"close only: {reason}" for cause, reason in sorted(risk.close_only.items()) if cause != DIFFERS)
    if risk.paused:
        yield "paused"
    yield from (f"discrepancy: {instrument}" for instrument in sorted(risk.disputed))
    now = engine.view.now if signs.now is None else signs.now
    for order, doubt in sorted(engine.orders.doubts.items()):
        if doubt.since is not None and now - doubt.since > UNKNOWN_DEGRADED_SECONDS * NS_PER_SECOND:
            yield f"unknown outcome: {order}"
    if engine.breakers is not None and engine.breakers.board.equity_state is EquityState.UNKNOWN:
        yield "equity is unknown: a price is missing"
    if signs.now is not None:
        yield from _late(engine, signs.now)
    if signs.checkpoint_seconds is not None and signs.checkpoint_seconds > 2 * signs.checkpoint_interval_seconds:
        yield f"the last checkpoint is {signs.checkpoint_seconds:.0f} s old"
    rejected, count = _rejected(engine)
    if count >= REJECTS_MIN and rejected > REJECTS_MAX * count:
        yield f"{rejected} of the last {count} orders were rejected"
    yield from signs.missed


def _late(engine: Engine, now: TimeNs) -> Iterator[str]:
    allowed = Interval.parse(engine.settings.data_interval or engine.settings.interval).ns / NS_PER_SECOND
    for name, known in sorted(data_ages(engine, now).items()):
        waited = None if engine.began < 0 else (now - engine.began) / NS_PER_SECOND
        age = waited if known is None else known  # nothing ever came: as long as the session has waited for it
        open_now = engine.portfolio.instruments[name].calendar == ALWAYS_OPEN  # type: ignore[index] # its name
        if open_now and age is not None and age > allowed + DATA_LATE_SECONDS:
            yield f"no market data of {name} for {age:.0f} s"


def _rejected(engine: Engine) -> tuple[int, int]:
    """Return how many of the last orders were rejected, and how many those are."""
    last = [order.state for order in islice(reversed(list(engine.orders.by_id.values())), REJECTS_OF)]
    return last.count(OrderState.REJECTED), len(last)
