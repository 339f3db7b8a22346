from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.strategy.wasm.loading import wasm_strategy
from tradewind.strategy.wasm.settings import GuestSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tradewind.strategy.wasm.guest import WasmStrategy

    Load = Callable[..., WasmStrategy]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of compiled modules that all tests share."""
    return tmp_path_factory.mktemp("compiled") / "wasm"


@pytest.fixture(params=["fast", "safe"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the two ways into a guest: one is the oracle of the other."""
    return str(request.param)


@pytest.fixture
def load(kind: str, cache: Path) -> Load:
    """Load a guest: `load(module, config, deadline_ms=50)`."""
    return partial(_loaded, kind, cache)


def _loaded(kind: str, cache: Path, module: bytes, config: str = "", **options: Any) -> WasmStrategy:
    settings = GuestSettings(engine=kind, **{"memory_limit_mb": 16, **options})  # type: ignore[arg-type]
    return wasm_strategy(module, config, settings, cache=cache)
