"""Written sessions with policies, and short ways to read them: shared by the tests of RP 4 and 6 to 10."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.scripts import Script, bars, spot
from tradewind.domain.commands import AmendOrder, SubmitOrder
from tradewind.domain.events import OrderFilled
from tradewind.engine.settings import EngineSettings
from tradewind.risk.exits.plan import ExitPlan, StrategyPlan
from tradewind.testing import STRATEGY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Step

D = Decimal


def planned(**policies: Any) -> EngineSettings:
    """Return the settings of a session whose one strategy has these policies."""
    return EngineSettings(
        interval=policies.pop("interval", "1m"), data_interval=policies.pop("data_interval", "1m"),
        moves=policies.pop("moves", EngineSettings().moves), exits=(StrategyPlan(STRATEGY, ExitPlan(**policies)),),
    )  # fmt: skip


def written(
    *closes: float,
    buys: Decimal | int = 10,
    at: float | None = 100,
    stop: float | None = 95,
    acts: dict[int, Callable[[Any], object]] | None = None,
    tick: str = "0.01",
    lot: str = "0.0001",
    scenario: dict[str, Any] | None = None,
    **policies: Any,
) -> tuple[Script, dict[str, Any]]:
    """Return the session that buys at the close of the first bar, at 100, and lets the price go; and its scenario."""
    enters = {0: lambda ctx: ctx.buy(buys, limit=at, stop_loss=stop)}
    interval = policies.get("data_interval", "1m")
    session = Script.of(
        bars(100, *closes, interval=interval),
        enters | (acts or {}),
        settings=planned(**policies),
        instruments=(spot(tick=D(tick), lot=D(lot)),),
    )
    return session, {"free": True} | (scenario or {})


def fills(steps: list[Step]) -> list[tuple[str, str, Decimal, Decimal]]:
    """Return what was executed: why, on which side, how much and at which price."""
    specs: dict[ClientOrderId, OrderSpec] = {}
    for step in steps:
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                specs |= {spec.id: spec for spec in (effect.order, *effect.attached)}
    events = [step.event for step in steps if isinstance(step.event, OrderFilled)]
    return [(specs[e.order].purpose.value, specs[e.order].side.value, e.quantity, e.price) for e in events]


def stop_quantities(steps: list[Step]) -> list[Decimal]:
    """Return to what quantities orders were amended."""
    amended = [effect for step in steps for effect in step.effects if isinstance(effect, AmendOrder)]
    return [effect.quantity for effect in amended if effect.quantity is not None and effect.price is None]
