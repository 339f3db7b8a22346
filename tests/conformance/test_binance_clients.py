"""Public clients of Binance's, which we did not write, against the local exchange: they cannot tell."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance.venue import CONFIG, FUTURES, clients_at, run, serve

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = {
    "python_binance_spot.py": ("python-binance", CONFIG),
    "python_binance_usdm.py": ("python-binance", FUTURES),
    "ccxt_spot.py": ("ccxt", CONFIG),
    "ccxt_usdm.py": ("ccxt", FUTURES),
    "connector_spot.py": ("binance-connector", CONFIG),
}


@pytest.mark.slow
@pytest.mark.timeout(360)
@pytest.mark.parametrize("program", CLIENTS)
def test_a_client_finds_what_it_expects(program: str, tmp_path: Path) -> None:
    client, config = CLIENTS[program]
    python = clients_at() / client / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no environment of {client} at {python.parents[1]}: make conformance builds it")
    with contextlib.contextmanager(serve)(tmp_path, "--speed", "10", config=config) as venue:
        told = [json.loads(line) for line in run(python, program, venue)]
    assert [each for each in told if not each.get("ok", True)] == []
    assert told[-1] == {"ended": True}
    assert len(told) > 10
