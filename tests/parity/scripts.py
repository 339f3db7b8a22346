"""Written sessions, run in a backtest, live on the simulated venue, and live at an exchange behind a socket.

For the acceptance lines of spec/risk-and-positions.md (0.1): the same events at the same bars in all three. A test
writes a `Script`, calls `three_ways`, which holds the steps of all three against each other byte for byte, and looks
at what it returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.exchange_world import run_at_exchange
from tests.parity.worlds import START, USDT, Ran, Scenario, run_backtest, run_live
from tradewind.domain.account import Balance
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import Asset, InstrumentId, StrategyId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.time import Interval
from tradewind.engine.settings import EngineSettings
from tradewind.testing import STRATEGY, script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.domain.market import MarketEvent
    from tradewind.domain.step import Refusal, Step
    from tradewind.engine.engine import Engine
    from tradewind.runtime.live import LiveSession
    from tradewind.strategy.base import Strategy

BTC, ETH = InstrumentId("sim:BTCUSDT"), InstrumentId("sim:ETHUSDT")
WAYS: dict[str, Callable[[Scenario], Ran]] = {"backtest": run_backtest, "paper": run_live, "live": run_at_exchange}


def spot(symbol: str = "BTCUSDT", **facts: Any) -> Instrument:
    """Build an instrument of the written session: in ticks of 0.01 and lots of 0.001, without fees of its own."""
    base = Asset(symbol.removesuffix("USDT"))
    known = {"tick": Decimal("0.01"), "lot": Decimal("0.001"), "margin_initial": Decimal("0.2")}
    kind = facts.pop("kind", InstrumentKind.SPOT)
    return Instrument(InstrumentId(f"sim:{symbol}"), symbol, "sim", kind, base, USDT, **(known | facts))


def bars(*closes: float, of: InstrumentId = BTC, interval: str = "1m", first: int = 0) -> tuple[Bar, ...]:
    """Build bars in a row from the start of the session, each opening where the one before closed."""
    length = Interval.parse(interval).ns
    made = []
    for number, (opened, close) in enumerate(zip((closes[0], *closes), closes, strict=False), first):
        ts = START + number * length
        end = ts + length
        made.append(Bar(of, interval, ts, end, end, opened, max(opened, close), min(opened, close), close, 1_000.0))
    return tuple(made)


def by_bar(acts: Mapping[int, Callable[[Any], object]], *, of: InstrumentId = BTC) -> Callable[[], Strategy]:
    """Return what makes a strategy that acts at bars by their number, from 0 on."""

    def make() -> Strategy:
        seen = [0]

        def on_bar(ctx: Any, bar: Bar) -> None:
            if bar.instrument == of:
                number, seen[0] = seen[0], seen[0] + 1
                if number in acts:
                    acts[number](ctx)

        return script(on_bar=on_bar)

    return make


MINUTES = EngineSettings(data_interval="1m")
ONE_COIN = (spot(),)


@dataclass(frozen=True)
class Script:
    """A written session; `strategies` makes them anew for each run."""

    events: tuple[MarketEvent, ...]
    strategies: Callable[[], Mapping[StrategyId, Strategy]]
    settings: EngineSettings = MINUTES
    instruments: tuple[Instrument, ...] = ONE_COIN
    balances: tuple[Balance, ...] = (Balance(USDT, Decimal(10_000)),)
    meet: Callable[[Engine, LiveSession], object] | None = None
    """Given engine and session before a live one begins: for who says a word while it runs."""

    @classmethod
    def of(cls, events: tuple[MarketEvent, ...], acts: Mapping[int, Callable[[Any], object]], **terms: Any) -> Script:
        """Return the session in which one strategy acts at bars by their number."""
        make = by_bar(acts)
        return cls(events, lambda: {STRATEGY: make()}, **terms)


def three_ways(written: Script, **scenario: Any) -> list[Step]:
    """Run a session in all three ways, hold the steps against each other, and return those of the backtest."""
    told = {name: _steps(run(Scenario(script=written, **scenario))) for name, run in WAYS.items()}
    one = told.pop("backtest")
    for name, other in told.items():
        parted = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
        assert parted is None, f"{name} parts at step {parted[0].seq}:\n{parted[0]}\n{parted[1]}"
        assert len(one) == len(other)
    return one


def _steps(ran: Ran) -> list[Step]:
    """Return the steps up to the stop: what follows it, the ways wait for differently."""
    steps = ran.steps
    stop = next(number for number, step in enumerate(steps) if isinstance(step.event, StopRequested))
    return steps[: stop + 1]


def bar_of(step: Step, interval: str = "1m") -> int:
    """Return the number of the bar with whose end a step comes."""
    return (step.event.ts_recv - START) // Interval.parse(interval).ns - 1


def refusals(steps: list[Step]) -> list[tuple[int, Refusal]]:
    """Return all refusals, each with the number of its bar."""
    return [(bar_of(step), refusal) for step in steps for refusal in step.refusals]


def notices(steps: list[Step], kind: type) -> list[tuple[int, Any]]:
    """Return the notices of a kind, each with the number of its bar."""
    return [(bar_of(step), notice) for step in steps for notice in step.notices if isinstance(notice, kind)]
