"""An algorithm with an engine, a simulated venue and a loop around it, as a backtest has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.control import StopRequested
from tradewind.domain.events import SessionStarted
from tradewind.domain.ids import Asset, StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.step import LogLine, StrategyFailed
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.testing import instrument
from tradewind.venues.sim.models import BpsFees
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.step import Step
    from tradewind.strategy.base import Strategy

D = Decimal


@dataclass
class Stage:
    """What came of a run."""

    engine: Engine
    steps: list[Step] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What the algorithm raised."""
        return [n.error for s in self.steps for n in s.notices if isinstance(n, StrategyFailed)]

    @property
    def logged(self) -> list[str]:
        """What was written to the log."""
        return [n.message for s in self.steps for n in s.notices if isinstance(n, LogLine)]

    @property
    def refused(self) -> list[str]:
        """The codes of what risk did not let through."""
        return [refusal.code.value for step in self.steps for refusal in step.refusals]


def play(
    strategy: Strategy,
    events: Iterable[MarketEvent],
    *,
    instruments: Sequence[Instrument] = (),
    start: int = 0,
    cash: int = 100_000,
    margin: bool = False,
    **settings: Any,
) -> Stage:
    """Run an algorithm over market events, without fees; fail if it raised."""
    traded, kind = list(instruments) or [instrument()], AccountKind.MARGIN if margin else AccountKind.CASH
    opening = (Balance(Asset(traded[0].quote), D(cash)),)
    with money_context():
        timeline = Timeline()
        options: dict[str, Any] = {"account": kind, "base": traded[0].quote} | settings
        engine = Engine(traded, {StrategyId("a"): strategy}, EngineSettings(**options), recording=True)
        models = SimModels(account=kind, fees=BpsFees(D(0), D(0)))
        venue = SimVenue(traded, models, timeline, base=traded[0].quote, opening=opening, calendar=AlwaysOpen())
        stage = Stage(engine)
        loop = Loop(engine, timeline, venue, sink=stage.steps.append)
        stop = StopRequested(0, "none")
        backtest.run(engine, loop, SessionStarted(start, traded[0].venue, opening), events, stop=stop)
        strategy.after_run()
    return stage
