"""Public clients of Binance's, which we did not write, against the local exchange: they cannot tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance.venue import Venue, clients_at, run, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = {
    "python_binance_spot.py": "python-binance",
    "ccxt_spot.py": "ccxt",
    "connector_spot.py": "binance-connector",
}


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    yield from serve(tmp_path, "--speed", "10")


@pytest.mark.slow
@pytest.mark.timeout(360)
@pytest.mark.parametrize("program", CLIENTS)
def test_a_client_finds_what_it_expects(program: str, venue: Venue) -> None:
    python = clients_at() / CLIENTS[program] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no environment of {CLIENTS[program]} at {python.parents[1]}: make conformance builds it")
    told = [json.loads(line) for line in run(python, program, venue)]
    assert [each for each in told if not each.get("ok", True)] == []
    assert told[-1] == {"ended": True}
    assert len(told) > 10
