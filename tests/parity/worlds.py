"""Random sessions, and the ways to run one: backtest and live, each with a world of its own.

A `Scenario` is plain data; everything that follows from it is drawn from its seed.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.parity.scripted import Scripted
from tests.parity.scripted_algorithm import ScriptedAlgorithm
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.events import SessionStarted
from tradewind.domain.ids import Asset, InstrumentId, StrategyId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar, FundingRate, Quote, Trade
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.execution.comparison import Reconciliation
from tradewind.record.journal.writer import MemoryJournal
from tradewind.risk.exits.plan import (
    EarlyCutPlan,
    EntryPlan,
    ExitPlan,
    PartialPlan,
    StrategyPlan,
    TimePlan,
    TrailingPlan,
)
from tradewind.risk.limits import Limits
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.loop import Loop
from tradewind.venues.replay.venue import ReplayClock, ReplayData
from tradewind.venues.sim.faults import SeededFaults
from tradewind.venues.sim.models import BpsFees, FixedBpsSlippage, FixedLatency, JitterLatency
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.parity.scripts import Script
    from tradewind.domain.commands import Effect
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Step
    from tradewind.risk.breakers.settings import BreakerSettings
    from tradewind.strategy.base import Strategy

START = 1_700_000_000 // 3600 * 3600 * NS_PER_SECOND
USDT = Asset("USDT")
SETTLE_NS = 10 * NS_PER_MINUTE
DAY_END_NS = START % NS_PER_DAY + 30 * NS_PER_MINUTE
MILLISECONDS_30 = 30_000_000
FREE = BpsFees(Decimal(0), Decimal(0))
NO_FAULTS = (0.0, 0.0, 0.0, 0.0)
LATENCIES_NS = (0, 1, MILLISECONDS_30, 30 * NS_PER_SECOND, NS_PER_MINUTE, 90 * NS_PER_SECOND)


POLICIES = ExitPlan(
    EntryPlan(Decimal("0.02"), Decimal("0.05"), fill_timeout_ns=90 * NS_PER_SECOND),
    TrailingPlan(
        Decimal("0.002"), Decimal("0.004"), breakeven=Decimal("0.003"), min_move=Decimal(0),
        min_interval_ns=90 * NS_PER_SECOND, on_tick=True,
    ),
    PartialPlan(
        (Decimal("0.002"), Decimal("0.004")), (Decimal("0.3"), Decimal("0.7")), (Decimal("0.001"),), (Decimal("0.5"),)
    ),
    TimePlan(17 * 60 * NS_PER_SECOND, no_overnight=True, days="days 22:20 UTC"),
    EarlyCutPlan(Decimal("0.0005"), 300 * NS_PER_SECOND),
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """All that a random session is drawn from."""

    seed: int = 0
    bars: int = 60
    symbols: int = 2
    strategies: int = 2
    kind: InstrumentKind = InstrumentKind.SPOT
    account: AccountKind = AccountKind.CASH
    latency_ns: tuple[int, int, int] = (0, 0, 0)
    jitter: float = 0.0
    volume_share: Decimal | None = None
    touch: bool = False
    base_fees: bool = False
    ticks: bool = False
    """Whether quotes and trades come between the bars, and at their very times."""
    warmup: int = 0
    faults: tuple[float, float, float, float] = NO_FAULTS
    """How likely a request is lost, is unanswered or is late, and a look-up fails."""
    late_ns: int = 10 * NS_PER_SECOND
    lost_word: float = 0.0
    """How likely a word of the venue never comes."""
    reconciliation: Reconciliation = field(default_factory=Reconciliation)
    stop: StopRequested = field(default_factory=lambda: StopRequested(0))
    algorithms: bool = False
    """Whether the strategies are algorithms, with days and scheduled functions, instead of classes."""
    breakers: BreakerSettings | None = None
    limits: Limits | None = None
    free: bool = False
    """Whether the venue takes no fees and fills at the price itself, so that sizes come out as written."""
    policies: bool = False
    """Whether policies look after the positions, with short times and small gains, so that each comes to act."""
    script: Script | None = None
    """What happens and who trades, instead of what is drawn from the seed; see `scripts.py`."""


@dataclass
class Ran:
    """A session that is over."""

    engine: Engine
    venue: SimVenue
    steps: list[Step]


class BaseFees:
    """Fees that are taken out of what is bought, as spot venues do."""

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        return (quantity * Decimal("0.001")).quantize(Decimal("1e-8")), instrument.base


class CheckedVenue(SimVenue):
    """Carries out only what the journal has: an effect whose step is not there yet fails the test."""

    journal: Sequence[Step]

    def execute(self, effect: Effect, ts: int) -> None:
        step = self.journal[-1]
        assert any(effect is there for there in step.effects), f"{effect} was carried out before its step was recorded"
        assert ts == step.event.ts_recv
        super().execute(effect, ts)


def instruments_of(scenario: Scenario) -> tuple[Instrument, ...]:
    if scenario.script is not None:
        return scenario.script.instruments
    facts = []
    for number in range(scenario.symbols):
        symbol = f"C{number}USDT"
        facts.append(
            Instrument(
                InstrumentId(f"sim:{symbol}"), symbol, "sim", scenario.kind, Asset(f"C{number}"), USDT,
                tick=(Decimal("0.01"), Decimal("0.5"))[number % 2], lot=Decimal("0.001"),
                multiplier=Decimal(10) if scenario.kind is InstrumentKind.PERPETUAL and number % 2 else Decimal(1),
                margin_initial=Decimal("0.2"), margin_maintenance=Decimal("0.1"),
            )
        )  # fmt: skip
    return tuple(facts)


def events_of(scenario: Scenario) -> list[MarketEvent]:
    """Bars with equal times, holes, late ones and repetitions, in the order of their arrival."""
    if scenario.script is not None:
        return list(scenario.script.events)
    draw = random.Random(f"{scenario.seed}/bars")
    price = {i.id: 100.0 + 7.0 * n for n, i in enumerate(instruments_of(scenario))}
    found: list[MarketEvent] = []
    for number in range(scenario.bars):
        ts = START + number * NS_PER_MINUTE
        for instrument, last in price.items():
            if draw.random() < 0.04:
                continue  # a hole
            bar = _bar(draw, instrument, ts, last)
            price[instrument] = bar.close
            found.append(bar)
            if draw.random() < 0.02:
                found.append(bar)  # repeated
            if scenario.ticks:
                found += _ticks(draw, bar)
            if scenario.kind is InstrumentKind.PERPETUAL and number % 20 == 19:
                found.append(FundingRate(instrument, bar.ts_venue, bar.ts_recv, round(draw.gauss(0.0, 0.001), 6)))
    return sorted(found, key=lambda event: event.ts_recv)  # stable: what came first stays first


def _ticks(draw: random.Random, bar: Bar) -> list[MarketEvent]:
    """Draw quotes and trades around the close of a bar, some of them at its time."""
    found: list[MarketEvent] = []
    for _ in range(draw.choice((0, 1, 3))):
        ts, price = bar.ts_recv + draw.choice((0, 0, 20, 59)) * NS_PER_SECOND, bar.close + draw.choice((-0.5, 0.0, 0.5))
        if draw.random() < 0.5:
            found.append(Quote(bar.instrument, ts, ts, price - 0.01, price + 0.01, draw.choice((0.1, 30.0)), 5.0))
        else:
            found.append(Trade(bar.instrument, ts, ts, price, draw.choice((0.05, 20.0)), draw.random() < 0.5, str(ts)))
    return found


def _bar(draw: random.Random, instrument: InstrumentId, ts: int, opened: float) -> Bar:
    closed = opened * (1.0 + draw.gauss(0.0, 0.003))
    high = max(opened, closed) * (1.0 + abs(draw.gauss(0.0, 0.001)))
    low = min(opened, closed) * (1.0 - abs(draw.gauss(0.0, 0.001)))
    volume = draw.choice((0.0, 0.5, 20.0, 400.0))
    end = ts + NS_PER_MINUTE
    opened, high, low, closed = (round(value, 2) for value in (opened, high, low, closed))
    return Bar(instrument, "1m", ts, end, end, opened, high, low, closed, volume)


def strategies_of(scenario: Scenario) -> dict[StrategyId, Strategy]:
    """Fresh strategies: the same seeds give the same wishes."""
    if scenario.script is not None:
        return dict(scenario.script.strategies())
    kind = ScriptedAlgorithm if scenario.algorithms else Scripted
    return {StrategyId(f"s{number}"): kind(seed=scenario.seed * 10 + number) for number in range(scenario.strategies)}


def settings_of(scenario: Scenario) -> EngineSettings:
    if scenario.script is not None:
        return scenario.script.settings
    limits = Limits(allow_short=scenario.account is AccountKind.MARGIN, orders_per_minute_max=15)
    if scenario.limits is not None:
        limits = replace(scenario.limits, allow_short=limits.allow_short)
    plans = tuple(StrategyPlan(StrategyId(f"s{number}"), POLICIES) for number in range(scenario.strategies))
    return EngineSettings(
        account=scenario.account, limits=limits, data_interval="1m", reconciliation=scenario.reconciliation,
        breakers=scenario.breakers,
        exits=plans if scenario.policies else (),
    )  # fmt: skip


def start_of(scenario: Scenario) -> SessionStarted:
    if scenario.script is not None:
        return SessionStarted(START, "sim", scenario.script.balances, warming=scenario.warmup > 0)
    opening = [Balance(USDT, Decimal(10_000))]
    if scenario.kind is InstrumentKind.SPOT:
        opening.append(Balance(Asset("C0"), Decimal(5)))
    return SessionStarted(START, "sim", tuple(opening), warming=scenario.warmup > 0)


def models_of(scenario: Scenario) -> SimModels:
    fixed = FixedLatency(*scenario.latency_ns)
    return SimModels(
        account=scenario.account,
        fees=BaseFees() if scenario.base_fees else FREE if scenario.free else BpsFees(Decimal(2), Decimal(7)),
        slippage=FixedBpsSlippage(Decimal(0 if scenario.free else 3)),
        latency=JitterLatency(fixed, scenario.jitter, scenario.seed) if scenario.jitter else fixed,
        faults=_faults(scenario),
        touch=scenario.touch,
        volume_share=scenario.volume_share,
        borrow_rate=Decimal("0.1"),
    )


def _faults(scenario: Scenario) -> SeededFaults | None:
    if scenario.faults == NO_FAULTS and not scenario.lost_word:
        return None
    lost, unanswered, late, lookup = scenario.faults
    return SeededFaults(
        scenario.seed,
        lost=lost,
        unanswered=unanswered,
        late=late,
        failed_lookup=lookup,
        late_ns=scenario.late_ns,
        lost_word=scenario.lost_word,
    )


def _world(scenario: Scenario, steps: Sequence[Step]) -> tuple[Engine, Timeline, CheckedVenue]:
    instruments, timeline = instruments_of(scenario), Timeline()
    engine = Engine(instruments, strategies_of(scenario), settings_of(scenario), recording=True)
    venue = CheckedVenue(
        instruments, models_of(scenario), timeline,
        base=USDT, opening=start_of(scenario).balances, calendar=AlwaysOpen(DAY_END_NS),
    )  # fmt: skip
    venue.journal = steps
    return engine, timeline, venue


def _parts(scenario: Scenario) -> tuple[list[Bar], list[MarketEvent]]:
    """Split the events into history, which has bars alone, and the session."""
    events = events_of(scenario)
    cut = START + scenario.warmup * NS_PER_MINUTE
    history = [event for event in events if isinstance(event, Bar) and event.ts_recv <= cut]
    return history, [event for event in events if event.ts_recv > cut]


def run_backtest(scenario: Scenario) -> Ran:
    """Run a scenario as a backtest."""
    journal = MemoryJournal()
    with money_context():
        engine, timeline, venue = _world(scenario, journal.steps)
        loop = Loop(engine, timeline, venue, sink=journal.append)
        warmup, events = _parts(scenario)
        backtest.run(
            engine, loop, start_of(scenario), events, warmup=warmup, stop=scenario.stop, settle_ns=SETTLE_NS
        )  # fmt: skip
    return Ran(engine, venue, journal.steps)


def run_live(scenario: Scenario, *, inbox_max: int = 8_192, stutter: float = 0.0, speed: float | None = None) -> Ran:
    """Run a scenario live: a source that stutters and a small inbox cut it into other turns every time."""
    journal = MemoryJournal()
    with money_context():
        engine, timeline, venue = _world(scenario, journal.steps)
    warmup, events = _parts(scenario)
    clock = ReplayClock(speed)
    session = LiveSession(
        engine, timeline, source=Stuttering(ReplayData(events, clock), stutter, scenario.seed), venue=venue,
        outbox=None, clock=clock, journal=journal,
        settings=LiveSettings(
            venue="sim", stop=scenario.stop, settle_ns=SETTLE_NS, handle_signals=False, inbox_max=inbox_max
        ),
    )  # fmt: skip
    if scenario.script is not None and scenario.script.meet is not None:
        scenario.script.meet(engine, session)
    asyncio.run(session.run(start_of(scenario), warmup))
    assert journal.durable == len(journal.steps)
    return Ran(engine, venue, journal.steps)


class Stuttering:
    """A source that lets others run before and after some of its events."""

    def __init__(self, source: ReplayData, chance: float, seed: int) -> None:
        self._source = source
        self._chance = chance
        self._draw = random.Random(f"{seed}/stutter")

    async def stream(self) -> AsyncIterator[MarketEvent]:
        async for event in self._source.stream():
            await self._falter()
            yield event
            await self._falter()

    async def _falter(self) -> None:
        for _ in range(self._draw.choice((1, 2, 5)) if self._draw.random() < self._chance else 0):
            await asyncio.sleep(0)


def specs_of(steps: Sequence[Step]) -> list[OrderSpec]:
    """Return all orders that were sent, attached exits after their entries."""
    return [
        spec
        for step in steps
        for effect in step.effects
        if isinstance(effect, SubmitOrder)
        for spec in (effect.order, *effect.attached)
    ]
