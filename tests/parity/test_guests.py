"""Guests beside classes, with parameters: the RSI, computed by the guest or by the host, and the stop of the cross."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.guests import toolchain
from tests.parity.styles import STYLES, Ran, configured, in_backtest, live, tags_of

if TYPE_CHECKING:
    from tradewind.app.config import Config

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
    config = given(configured(tmp_path, toolchain.example(language, "rsi"), SAMPLE), host=host)
    past = in_backtest(config, catalog)
    assert past.orders == twin.orders
    assert past.fills == twin.fills
    assert past.ledger == twin.ledger
    if host:
        paper = asyncio.run(live(config, catalog))
        assert (paper.orders, paper.fills, paper.ledger) == (twin.orders, twin.fills, twin.ledger)


def test_the_stop_of_the_cross_is_the_same_in_all(tmp_path: Path, catalog: Path) -> None:
    """Two in a hundred are too far for a cross of minutes: here the stop is near, and is met."""
    runs = {
        style: in_backtest(given(configured(tmp_path / style, STYLES[style](), SAMPLE), stop=0.998), catalog)
        for style in ("class", "algorithm", "go", "zig")
    }
    twin = runs["class"]
    assert sum(tags_of(ran) == tags_of(twin) for ran in runs.values()) == 4
    assert tags_of(twin).count("stop") > 5
    for ran in runs.values():
        assert (ran.orders, ran.fills, ran.ledger) == (twin.orders, twin.fills, twin.ledger)


def given(config: Config, **parameters: object) -> Config:
    """Return a configuration whose strategy has these parameters."""
    return config.model_copy(update={"strategy": (config.strategy[0].model_copy(update={"config": parameters}),)})
