"""One logic in every style of strategy: the cross with a stop of examples/sma_cross_stop.py, and how each is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.guests import toolchain
from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config
from tradewind.app.session.files import BacktestFiles
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import CancelTimer, FollowCalendar, SetTimer, SubmitOrder
from tradewind.domain.events import OrderFilled, TimerFired, TradingDay
from tradewind.domain.order import Purpose
from tradewind.domain.step import CacheWritten, IdsCounted, LogLine, Mark, Recorded, StateKept
from tradewind.domain.trade_signal import SignalAlarm, SignalAsked, SignalMoved, SignalRejected
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.config import Config
    from tradewind.engine.engine import Engine

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STYLES: dict[str, Callable[[], Path | str]] = {
    "class": lambda: f"{EXAMPLES}/sma_cross_stop.py:SmaCrossStop",
    "algorithm": lambda: f"{EXAMPLES}/algorithm_sma_cross.py",
    "signals": lambda: f"{EXAMPLES}/signals_cross_stop.py",
    "go": lambda: toolchain.example("go", "sma_cross"),
    "zig": lambda: toolchain.example("zig", "sma_cross"),
}
"""The strategy of each style; guests are built when they are asked for."""


@dataclass(frozen=True)
class Ran:
    """What one run came to: what was ordered, what was filled, and where the money went."""

    orders: list[tuple[Any, ...]]
    fills: list[OrderFilled]
    ledger: dict[Any, Any]
    journal: Path


def configured(folder: Path, spec: Path | str, data: dict[str, Any], interval: str = "1m") -> Config:
    """Return the configuration of a run; the strategy has one id in every style, so that its orders are named alike."""
    return load_config(
        None,
        {
            "engine": {"symbols": ["BTCUSDT"], "interval": interval, "data_output_path": str(folder)},
            "market_data": {"provider_type": "replay", "config": data},
            "trading": {"provider_type": "paper", "config": {"balances": {"USDT": 100_000}}},
            "strategy": {"path": str(spec), "id": "cross"},
        },
    )


def in_backtest(config: Config, catalog: Path) -> Ran:
    """Run over the past."""
    outcome = run_backtest(config, catalog, keep=BacktestFiles)
    assert not outcome.failures, outcome.failures[0]
    assert outcome.folder is not None
    return _ran(outcome.world.engine, outcome.folder / "journal.sqlite")


async def live(config: Config, catalog: Path) -> Ran:
    """Run on the live runtime, as fast as the replay goes."""
    run = prepare(config, catalog, handle_signals=False)
    folder = await run.run()
    assert not run.held
    return _ran(run.world.engine, folder / "journal.sqlite")


def tags_of(ran: Ran) -> list[str]:
    """Return what each order says of itself."""
    return [
        effect.order.tag for step in read(ran.journal) for effect in step.effects if isinstance(effect, SubmitOrder)
    ]


OWN_WORDS = (
    SignalMoved, SignalRejected, SignalAsked, SignalAlarm, StateKept, CacheWritten, Mark, LogLine, Recorded, IdsCounted,
)  # fmt: skip
"""What a style tells of itself: what it keeps for a restart, its signals, marks, log lines, numbers, ids it let go."""
OWN_EVENTS = (TradingDay, TimerFired)
"""What only a style that asked for it hears: trading days and timers. No order follows from them here."""


def told(journal: Path) -> list[tuple[Any, ...]]:
    """Return the steps of a journal without what must differ between styles, which is exactly this.

    Left out are the header (it names the file), the numbers of steps, notices of `OWN_WORDS`, steps of `OWN_EVENTS`,
    the wishes for these, and of an order the text of `tag` and whether it is marked as one that closes (`reduce_only`,
    `purpose`): a signal's close is, by its contract; the others sell what they hold. All else must be there, in the
    same order, digit for digit:
    every event with its times, every order with its id, every other effect, refusal and notice.
    """
    found = []
    for step in read(journal):
        effects = tuple(_untagged(effect) for effect in step.effects if not _is_own(effect))
        if isinstance(step.event, OWN_EVENTS):
            assert not effects, f"an order follows from what only one style hears: {step}"
            continue
        notices = tuple(notice for notice in step.notices if not isinstance(notice, OWN_WORDS))
        found.append((step.event, effects, step.refusals, notices))
    return found


def _is_own(effect: Any) -> bool:
    return isinstance(effect, SetTimer | CancelTimer | FollowCalendar)


def _untagged(effect: Any) -> Any:
    if not isinstance(effect, SubmitOrder):
        return effect
    return replace(effect, order=replace(effect.order, tag="", reduce_only=False, purpose=Purpose.ENTRY))


def _ran(engine: Engine, journal: Path) -> Ran:
    """Collect; tags are each style's own words, all else of an order must be the same."""
    orders, fills = [], []
    for step in read(journal):
        fills += [step.event] if isinstance(step.event, OrderFilled) else []
        for effect in step.effects:
            if isinstance(effect, SubmitOrder):
                spec = effect.order
                orders.append((step.event.ts_recv, spec.id, spec.side, spec.type, spec.quantity, spec.price, spec.tif))
    return Ran(orders, fills, engine.portfolio.ledger.balances(), journal)
