"""`LiveTradingEngine` with a WASM guest: from a file, from bytes, from the configuration; each can be proved again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.guests.toolchain import example
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import StrategyLoadError, StrategyParameterError
from tradewind.live import LiveTradingEngine
from tradewind.record.journal.reader import read, read_header
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def guest() -> Path:
    return example("zig", "sma_cross")


def engine(root: Path, strategy: Any = None, **block: Any) -> LiveTradingEngine:
    data = {"provider_type": "mock", "config": {"bars": 600, "seed": 4}}
    config = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(root)},
        "market_data": data,
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": 100_000}}},
        **({"strategy": block} if block else {}),
    }
    return LiveTradingEngine(config, strategy=strategy)


def orders_of(folder: Path) -> list[Any]:
    steps = read(folder / "journal.sqlite")
    return [effect.order for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]


def test_every_way_to_give_a_guest_is_the_same(tmp_path: Path, guest: Path) -> None:
    parameters = {"fast": 5, "slow": 15}
    runs = [
        engine(tmp_path / "a", guest).set_strategy_config(parameters).run_sync(),
        engine(tmp_path / "b", guest.read_bytes()).set_strategy_config("fast: 5\nslow: 15").run_sync(),
        engine(tmp_path / "c", wasm_path=str(guest), config=parameters).run_sync(),
    ]
    first = orders_of(runs[0])
    assert len(first) > 10
    for folder in runs:
        assert orders_of(folder) == first
        assert verify(folder / "journal.sqlite").changed_sources == ()
    digest = hashlib.sha256(guest.read_bytes()).hexdigest()
    assert (tmp_path / "b" / "strategies" / f"{digest[:12]}.wasm").read_bytes() == guest.read_bytes()
    (source,) = read_header(runs[1] / "journal.sqlite").strategies
    assert (source.sha256, source.id) == (digest, "SMA_cross_with_stop")


def test_how_a_guest_is_run_is_part_of_the_record(tmp_path: Path, guest: Path) -> None:
    folder = engine(tmp_path, guest, path="replaced.wasm", wasm={"rsi": "cutler", "engine": "safe"}).run_sync()
    (source,) = read_header(folder / "journal.sqlite").strategies
    assert {"rsi": "cutler", "engine": "safe"}.items() <= json.loads(source.guest).items()
    assert verify(folder / "journal.sqlite").steps > 600


def test_what_is_wrong_with_a_guest_is_told(tmp_path: Path, guest: Path) -> None:
    with pytest.raises(StrategyParameterError, match="strategy config:2: slwo: unknown parameter; did you mean 'slow'"):
        engine(tmp_path, guest).set_strategy_config("fast: 5\nslwo: 15").run_sync()
    with pytest.raises(StrategyLoadError):
        engine(tmp_path, b"\0asm and nothing else").run_sync()
