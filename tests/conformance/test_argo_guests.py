"""Guests that were built from argo-trading's own sources: TRADEWIND_ARGO_GUESTS names the folder of their .wasm files.

No such guest is in this repository. docs/wasm.md says how they are built, and which ones were run. Beside a guest may
lie the bars of argo's own test as NAME.csv: then the fills must be the ones that argo's repository names.
"""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parity.styles import Ran, configured, in_backtest, live
from tradewind.app.config import load_config
from tradewind.domain.order import Side
from tradewind.domain.step import LogLine, Mark, StrategyFailed
from tradewind.record.journal.reader import read
from tradewind.strategy.wasm.contract import HOST_FUNCTIONS
from tradewind.strategy.wasm.loading import inspect_guest

if TYPE_CHECKING:
    from tradewind.app.config import Config

FOLDER = os.environ.get("TRADEWIND_ARGO_GUESTS", "")
GUESTS = sorted(Path(FOLDER).glob("*.wasm")) if FOLDER else []
SAMPLE = {"path": "sample", "end": "2024-01-06"}

pytestmark = pytest.mark.skipif(not GUESTS, reason="no guests of argo's here: TRADEWIND_ARGO_GUESTS, docs/wasm.md")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalog")


@pytest.mark.parametrize("guest", GUESTS, ids=lambda path: path.stem)
def test_it_decides_the_same_in_a_backtest_and_in_a_session(guest: Path, tmp_path: Path, catalog: Path) -> None:
    info = inspect_guest(guest)
    assert info.identifier
    assert {name for name in info.imports if name.startswith("env.")} <= {f"env.{name}" for name in HOST_FUNCTIONS}
    config = configured(tmp_path, guest, SAMPLE)
    past = in_backtest(config, catalog)
    paper = asyncio.run(live(config, catalog))
    assert (paper.orders, paper.fills, paper.ledger) == (past.orders, past.fills, past.ledger)
    assert not notices(past, StrategyFailed)
    assert notices(past, Mark) == notices(paper, Mark)


def test_its_rsi_trades_as_argo_and_backtesting_py(tmp_path: Path, catalog: Path) -> None:
    ran = in_backtest(of_argo("rsi_comparison", tmp_path, fee=0, rsi="cutler"), catalog)
    bought, sold = (prices(ran, side) for side in (Side.BUY, Side.SELL))
    assert (len(bought), len(sold)) == (44, 44)
    assert sum(sold) - sum(bought) == Decimal("-504.6526")
    assert (bought[0], sold[-1]) == (Decimal("107.3583"), Decimal("93.9356"))
    assert [mark.category for mark in notices(ran, Mark)] == ["InsufficientData"] * 2


def test_its_account_comes_to_argo_s(tmp_path: Path, catalog: Path) -> None:
    ran = in_backtest(of_argo("portfolio_comparison", tmp_path, fee=1), catalog)
    bought, sold = (prices(ran, side) for side in (Side.BUY, Side.SELL))
    assert (len(bought), len(sold), sum(fill.fee for fill in ran.fills)) == (6, 4, 10)
    last = Decimal((Path(FOLDER) / "portfolio_comparison.csv").read_text().split()[-1].split(",")[5])
    assert round(10_000 + sum(sold) - sum(bought) - 10 + 2 * last, 3) == Decimal("10020.134")


def test_what_it_says_and_where_it_fails(tmp_path: Path, catalog: Path) -> None:
    ran = in_backtest(configured(tmp_path, named("log_error"), SAMPLE), catalog)
    assert [line.level.value for line in notices(ran, LogLine) if line.fields] == [
        "info",
        "debug",
        "warning",
        "info",
        "error",
    ]
    (mark,) = notices(ran, Mark)
    assert (mark.title, mark.category) == ("Strategy Error", "StrategyError")
    assert "simulated strategy error" in mark.message


def test_an_instance_outlives_its_refusals(tmp_path: Path, catalog: Path) -> None:
    ran = in_backtest(configured(tmp_path, named("stuck_repro"), SAMPLE), catalog)
    texts = [line.message for line in notices(ran, LogLine)]
    assert sum("StuckReproStrategy started" in text for text in texts) == 1
    assert next(text for text in texts if text.startswith("HOLD")).startswith("HOLD tick=1 ")


def named(name: str) -> Path:
    path = Path(FOLDER) / f"{name}.wasm"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


def of_argo(name: str, folder: Path, fee: int, **guest: Any) -> Config:
    """Configure a run as argo's test of the guest has it: its bars, its fills, capital of 10,000."""
    path, bars = named(name), Path(FOLDER) / f"{name}.csv"
    if not bars.exists():
        pytest.skip(f"{bars} is not there")
    engine = {"symbols": ["TESTSTOCK"], "interval": "1m", "data_output_path": str(folder), "base_currency": "USD"}
    free = {"maker_bps": 0, "taker_bps": 0}
    return load_config(
        None,
        {
            "engine": engine,
            "market_data": {"provider_type": "replay", "config": {"path": str(bars)}},
            "instruments": [
                {"symbol": "TESTSTOCK", "base": "TESTSTOCK", "quote": "USD", "tick": "1e-12", "lot": 1, "fees": free}
            ],
            "trading": {
                "provider_type": "paper",
                "config": {
                    "balances": {"USD": 10_000},
                    "fees": {"kind": "per_order", "cost": fee},
                    "fill": {"model": "current_bar_mid"},
                },
            },
            "strategy": {"path": str(path), "id": "argo", "wasm": guest},
        },
    )


def prices(ran: Ran, side: Side) -> list[Decimal]:
    sides = {order[1]: order[2] for order in ran.orders}
    return [fill.price for fill in ran.fills if sides[fill.order] is side]


def notices(ran: Ran, kind: type) -> list[Any]:
    return [notice for step in read(ran.journal) for notice in step.notices if isinstance(notice, kind)]
