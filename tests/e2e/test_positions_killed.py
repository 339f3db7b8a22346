"""A stop that was moved is the exchange's: the engine is killed, and it is there, or has sold (RP 6.6)."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import NURSERY, started, wait_for
from tests.e2e.test_exchange import PATIENT, serving
from tests.e2e.test_kill_and_go_on import begin
from tradewind.domain.errors import JournalError
from tradewind.domain.events import OrderAmended, OrderFilled
from tradewind.domain.exits import StopMoved
from tradewind.record.journal.reader import read
from tradewind.record.sessions.find import sessions

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

BUYER = '''
from tradewind import Strategy

class Buyer(Strategy):
    """Buys once, and leaves the rest to policies."""

    def on_bar(self, ctx, bar):
        if not ctx.position().quantity and not list(ctx.open_orders()):
            ctx.buy("0.01")
'''
POLICIES = {
    "entry": {"stop_loss": 0.03},
    "trailing": {
        "activation_threshold": 0, "distance": {"pct": 0.02}, "breakeven_threshold": None, "min_move": 0.0001,
    },
}  # fmt: skip


def written(folder: Path, socket: Path) -> tuple[Path, Path]:
    (folder / "buyer.py").write_text(BUYER)
    engine = {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")}
    paper = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m"},
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "bars": 4_000}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "100000"}}},
    }
    session = {
        "engine": engine | {"checkpoint_interval_seconds": 0.2},
        "market_data": {"provider_type": "exchange", "config": {"socket": str(socket), "dead_seconds": 120}},
        "trading": {"provider_type": "exchange", "config": PATIENT},
        "strategy": {"path": f"{folder / 'buyer.py'}:Buyer"}, "positions": POLICIES,
        "journal": {"durable": False}, "lease": {"folder": str(folder / "lease")},
    }  # fmt: skip
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    (folder / "session.yaml").write_text(yaml.safe_dump(session))
    return folder / "paper.yaml", folder / "session.yaml"


def told(folder: Path) -> list[Any]:
    entries = [entry for entry in sessions(folder / "sessions") if entry.journal.exists()]
    return [step for entry in entries for step in read(entry.journal)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_rp_6_6_killed_the_stop_is_where_it_was_moved_to_and_the_next_engine_goes_on_with_it(tmp_path: Path) -> None:
    """RP 6.6 (live), RP 12.3 (live): killed twice; what goes on finds the stop, and never loosens it."""
    socket = tmp_path / "x"
    paper, path = written(tmp_path, socket)
    with serving(paper, socket), started("-c", NURSERY, stdin=-1) as nursery:
        moved = 0
        for _ in range(3):
            child = begin(nursery, path)
            before = moved
            wait_for(lambda before=before: _moves(tmp_path) > before)  # type: ignore[misc]
            os.kill(child, signal.SIGKILL)
            assert nursery.stdout is not None
            nursery.stdout.readline()
            time.sleep(0.1)
            moved = _moves(tmp_path)
    steps = told(tmp_path)
    level: Decimal | None = None
    for step in steps:
        if isinstance(step.event, OrderFilled):
            level = None
        if isinstance(step.event, OrderAmended) and step.event.trigger is not None:
            assert level is None or step.event.trigger >= level, "over all engines, it never loosens"
            level = step.event.trigger
    assert moved >= 3


def _moves(folder: Path) -> int:
    try:
        return sum(isinstance(notice, StopMoved) for step in told(folder) for notice in step.notices)
    except (OSError, ValueError, JournalError):
        return 0
