"""How a session stands: healthy, degraded or critical, with the reasons (spec/live-controls.md 12). Facts, no prose."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from tradewind.runtime.callbacks import EngineStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.engine.engine import Engine

LINK_CRITICAL_SECONDS = 60.0
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


def health_of(engine: Engine, status: EngineStatus, down: Mapping[tuple[str, str], float]) -> Health:
    """Return how a session stands; `down` has the seconds for which each (venue, link) has been down."""
    risk = engine.risk
    critical = [] if status is not EngineStatus.STOPPED else ["not running"]
    critical += ["halted"] * (None in risk.halted)
    critical += [f"strategy halted: {name}" for name in sorted(filter(None, risk.halted))]
    critical += [f"cancel only: {reason}" for _, reason in sorted(risk.cancel_only.items())]
    degraded = [f"close only: {reason}" for _, reason in sorted(risk.close_only.items())]
    degraded += ["paused"] * risk.paused
    degraded += [f"discrepancy: {instrument}" for instrument in sorted(risk.disputed)]
    degraded += [f"unknown outcome: {order}" for order in sorted(engine.orders.doubts)]
    for (venue, link), seconds in sorted(down.items()):
        long = link != MARKET and seconds > LINK_CRITICAL_SECONDS
        (critical if long else degraded).append(f"{venue}: {link} is down")
    level = HealthLevel.CRITICAL if critical else HealthLevel.DEGRADED if degraded else HealthLevel.HEALTHY
    return Health(level, (*critical, *degraded))
