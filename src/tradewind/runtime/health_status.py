"""What `get_health_status()` tells: the level and its reasons, and the facts that they were made of.

A shadow is not among them: there is none in this version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from tradewind.domain.ids import venue_of
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.health import MARKET, data_ages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine
    from tradewind.runtime.health import Health, Signs

PRIVATE = "private"


class HealthStatus(TypedDict):
    """How a session stands; times in nanoseconds UTC, None where there was none yet."""

    status: str
    """`healthy`, `degraded` or `critical`."""
    reasons: list[str]
    engine_running: bool
    paused: bool
    mode: str
    """`live` if orders are real, else `paper`, as in the session's record; a backtest has no health."""
    broker_connected: bool
    links: dict[str, dict[str, bool]]
    """Per venue, whether market and private link are up."""
    last_data_update: int | None
    data_age_seconds: dict[str, float | None]
    position_count: int
    last_checkpoint: int | None
    last_reconciliation: int | None
    journal_lag_ms: float
    """How long the last commit of the journal took."""
    queue_depth: int
    """Events that wait for the engine."""
    breakers: dict[str, str]
    """Where each breaker stands; empty in a session without any."""


def health_status(  # noqa: PLR0913 - each is a fact of another part of the session
    engine: Engine,
    status: EngineStatus,
    health: Health,
    signs: Signs,
    *,
    mode: str,
    links: Mapping[tuple[str, str], bool],
    last_checkpoint: TimeNs | None,
    journal_lag_ms: float,
    queue_depth: int,
) -> HealthStatus:
    """Put it together; `links` has each (venue, link) that was heard of, and whether it is up."""
    now = engine.view.now if signs.now is None else signs.now
    prices = [state.priced_at for state in engine.market.states.values() if state.priced_at >= 0]
    running = status not in (EngineStatus.STOPPED, EngineStatus.STOPPING)
    told: dict[str, dict[str, bool]] = {
        venue: {MARKET: running, PRIVATE: running}
        for venue in sorted({venue_of(name) for name in engine.market.states})
    }
    for (venue, link), is_up in sorted(links.items()):
        told.setdefault(venue, {})[link] = is_up
    return HealthStatus(
        status=health.level.value,
        reasons=list(health.reasons),
        engine_running=running,
        paused=engine.risk.paused,
        mode=mode,
        broker_connected=running and all(up for of in told.values() for link, up in of.items() if link != MARKET),
        links=told,
        last_data_update=max(prices, default=None),
        data_age_seconds=data_ages(engine, now),
        position_count=sum(1 for position in list(engine.portfolio.totals.values()) if not position.is_flat),
        last_checkpoint=last_checkpoint,
        last_reconciliation=engine.account.compared_at or None,
        journal_lag_ms=journal_lag_ms,
        queue_depth=queue_depth,
        breakers={} if engine.breakers is None else engine.breakers.states,
    )
