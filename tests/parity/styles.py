"""One logic in every style of strategy: the cross with a stop of examples/sma_cross_stop.py, and how each is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.guests import toolchain
from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config
from tradewind.app.session.files import BacktestFiles
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderFilled
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
