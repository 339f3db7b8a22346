"""`tradewind control swap-strategy` against a session that holds a position at an exchange, and what a kill leaves."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import NURSERY, run, started, wait_for
from tests.e2e.test_control import said
from tests.e2e.test_exchange import PATIENT, serving
from tests.e2e.test_kill_and_go_on import begin
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import JournalError
from tradewind.domain.events import SessionStarted
from tradewind.domain.order import Purpose
from tradewind.domain.step import LogLine
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.record.journal.reader import read, read_header
from tradewind.record.sessions.find import sessions
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.step import Step

HOLDER = '''
from tradewind import Strategy

class Holder(Strategy):
    """Buys once with a stop, leaves a second entry at rest, and says its word at each bar."""
    word: str = "old"

    def on_bar(self, ctx, bar):
        ctx.log(self.word)
        if not ctx.position().quantity and not list(ctx.open_orders()):
            ctx.buy("0.01", stop_loss=ctx.price() * 0.5)
            ctx.buy("0.01", limit=ctx.price() * 0.5)

class Broken(Strategy):
    def on_start(self, ctx):
        ctx.subscribe("1s")
'''


def written(folder: Path, socket: Path) -> tuple[Path, Path]:
    (folder / "holder.py").write_text(HOLDER)
    engine = {"symbols": ["BTCUSDT"], "interval": "1m"}
    paper = {
        "engine": engine,
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "interval_ms": 20}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "100000"}}},
    }
    session = {
        "engine": engine | {"data_output_path": str(folder / "sessions"), "checkpoint_interval_seconds": 0.2},
        "market_data": {"provider_type": "exchange", "config": {"socket": str(socket), "dead_seconds": 120}},
        "trading": {"provider_type": "exchange", "config": PATIENT},
        "strategy": {"path": f"{folder / 'holder.py'}:Holder", "id": "it"},
        "control": {"strategies": [f"{folder / 'holder.py'}:Broken"]},
    }
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    (folder / "session.yaml").write_text(yaml.safe_dump(session))
    return folder / "paper.yaml", folder / "session.yaml"


def steps_of(folder: Path) -> list[Step]:
    """Return all that is committed so far, of all sessions."""
    try:
        return [step for entry in entries(folder) for step in read(entry.journal)]
    except (OSError, ValueError, JournalError):
        return []


def entries(folder: Path) -> list[Any]:
    return [entry for entry in sessions(folder / "sessions") if entry.journal.exists()]


def says(folder: Path, word: str, after: int = 0) -> bool:
    lines = [n.message for step in steps_of(folder)[after:] for n in step.notices if isinstance(n, LogLine)]
    return bool(lines) and lines[-1] == word


@pytest.mark.slow
@pytest.mark.must_really_work
@pytest.mark.timeout(300)
def test_lesson_181_and_157_a_swap_holds_through_a_kill_and_replays(tmp_path: Path) -> None:
    """The position and its stop stay where they are; what is killed goes on with the new one; both journals verify."""
    socket = tmp_path / "x"
    paper, path = written(tmp_path, socket)
    assert said("control", "swap-strategy", "-c", path, "--strategy", "it")[0] == 3, "nobody answers"
    with serving(paper, socket), started("-c", NURSERY, stdin=-1) as nursery:
        child = begin(nursery, path)
        wait_for(lambda: bool(list(tmp_path.rglob("control.json"))) and len(steps_of(tmp_path)) > 40)
        for words, why in (
            ((f"{tmp_path / 'holder.py'}:Broken",), "cannot be made"),
            ((f"{tmp_path / 'holder.py'}:Nobody",), "control.strategies"),
            (("--set", "wrod=new"), "wrod"),
            (("--strategy", "other"), "no strategy other"),
        ):
            code, out, _ = said("control", "swap-strategy", *words, "-c", path)
            assert (code, why in out) == (1, True), out
        assert says(tmp_path, "old"), "refused, the old one goes on"
        code, out, errors = run("control", "swap-strategy", "--set", "word=new", "--reason", "slower", "-c", path)
        assert code == 0, (out, errors)
        assert "acts as it from step" in out
        wait_for(lambda: says(tmp_path, "new"))
        os.kill(child, signal.SIGKILL)
        assert nursery.stdout is not None
        nursery.stdout.readline()
        before = len(steps_of(tmp_path))
        child = begin(nursery, path)
        wait_for(lambda: len(steps_of(tmp_path)) > before + 40)
        os.kill(child, signal.SIGTERM)
        nursery.stdout.readline()
    first, second = entries(tmp_path)
    steps = [step for entry in (first, second) for step in read(entry.journal)]
    place = next(n for n, step in enumerate(steps) if any(isinstance(x, StrategySwapped) for x in step.notices))
    asked = steps[place].event
    assert isinstance(asked, StrategySwapRequested)
    assert asked.reason == "slower"
    lines = [n.message for step in steps[place + 1 :] for n in step.notices if isinstance(n, LogLine)]
    assert set(lines) == {"new"}, "from the next event on, and after the kill"
    (begun,) = [step.event for step in steps if isinstance(step.event, SessionStarted) and step.event.restored]
    assert begun.restored is not None
    assert begun.restored.portfolio.totals[0].quantity > 0
    stops = [order for order in begun.restored.orders.orders if order.spec.purpose is Purpose.STOP_LOSS]
    assert stops, "never without its stop"
    sent = [e for step in steps for e in step.effects if isinstance(e, SubmitOrder)]
    assert len([e for e in sent if e.attached]) == 1, "what was held went over: nothing is bought again"
    assert '"new"' in read_header(second.journal).strategies[0].parameters
    for entry in (first, second):
        assert verify(entry.journal).steps > 0
