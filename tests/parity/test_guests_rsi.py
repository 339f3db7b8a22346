"""The RSI as a class and as guests, which compute it themselves or ask the host: the same orders, fills and ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.guests import toolchain
from tests.parity.styles import Ran, configured, in_backtest, live

SAMPLE = {"path": "sample", "end": "2024-01-06"}
TWIN = f"{Path(__file__).with_name('rsi_twin.py')}:Rsi"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalog")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, catalog: Path) -> Ran:
    ran = in_backtest(configured(tmp_path_factory.mktemp("twin"), TWIN, SAMPLE), catalog)
    assert len(ran.fills) > 40
    return ran


@pytest.mark.parametrize("host", [False, True], ids=["own", "host's"])
@pytest.mark.parametrize("language", ["go", "zig"])
def test_the_guests_decide_as_the_class(language: str, host: bool, twin: Ran, tmp_path: Path, catalog: Path) -> None:
    config = configured(tmp_path, toolchain.example(language, "rsi"), SAMPLE)
    chosen = (config.strategy[0].model_copy(update={"config": {"host": host}}),)
    config = config.model_copy(update={"strategy": chosen})
    past = in_backtest(config, catalog)
    assert past.orders == twin.orders
    assert past.fills == twin.fills
    assert past.ledger == twin.ledger
    if host:
        paper = asyncio.run(live(config, catalog))
        assert (paper.orders, paper.fills, paper.ledger) == (twin.orders, twin.fills, twin.ledger)
