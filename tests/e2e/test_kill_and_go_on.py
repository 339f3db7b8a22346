"""`kill -9` on the real `tradewind live`, at any instant, again and again, started anew until the data end.

What comes of it is what comes of a run that nobody disturbs: the same orders, the same executions, the same money to
the last digit; every session of the chain replays to the byte, and no order id is used twice.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from tests.e2e.program import NURSERY, ROOT, run, started, wait_for
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderFilled, SessionStarted, WarmupEnded
from tradewind.domain.fill import Fill
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine
from tradewind.record.journal.reader import last_seq, read, read_header
from tradewind.record.sessions.find import sessions
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.sessions.find import SessionEntry

KILLS = int(os.environ.get("TRADEWIND_KILLS", "8" if os.environ.get("CI") else "3"))
"""For each of two strategies; 200 once a release (docs/recovery.md)."""
BARS = 300 * KILLS
PACE_MS = 20
"""Between two bars as long as sessions are killed: then nobody comes to the end of the data before the last kill."""
SECONDS_MAX = 0.6 if KILLS < 50 else 3.0
MOVES = frozenset(("order", "trade_id", "ts_recv"))


def config(folder: Path, strategy: str, interval_ms: float) -> Path:
    """Write the configuration of a paper session with latency, partial fills and frequent checkpoints."""
    folder.mkdir()
    path = folder / "session.yaml"
    latency = {"kind": "uniform", "submit_ms": 400, "cancel_ms": 300, "jitter": 0.5, "seed": 3}
    tree = {
        "engine": {
            "symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions"),
            "checkpoint_interval_seconds": 0.2,
        },
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "interval_ms": interval_ms, "bars": BARS}},
        "trading": {
            "provider_type": "paper",
            "config": {"balances": {"USDT": "100000"}, "latency": latency, "fill": {"volume_share": 0.001}},
        },
        "strategy": {"path": strategy},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(tree))
    return path


def kill_until_it_ends(path: Path, draw: random.Random) -> None:
    """Start the session again and again, and kill it at random instants, most once it has begun; then let it end."""
    root = path.parent / "sessions"
    with started("-c", NURSERY, stdin=-1) as nursery:
        assert nursery.stdout is not None
        for number in range(KILLS):
            before = begun(root)
            child = begin(nursery, path)
            if number % 3 != 2:
                wait_for(lambda before=before: begun(root) > before, nursery)  # type: ignore[misc]
            time.sleep(draw.uniform(0.0, SECONDS_MAX))
            os.kill(child, signal.SIGKILL)
            assert int(nursery.stdout.readline()) == signal.SIGKILL
        at_full_speed(path)
        begin(nursery, path)
        status = int(nursery.stdout.readline())
        said = path.with_name(f"{path.name}.err").read_text()
        assert os.waitstatus_to_exitcode(status) in (0, 3), said  # 3: with orders left open


def begun(root: Path) -> int:
    """Return how many sessions have taken a step."""
    found = [journal for journal in root.rglob("journal.sqlite") if journal.with_name("session.yaml").is_file()]
    return sum(last_seq(journal) > 0 for journal in found)


def at_full_speed(path: Path) -> None:
    """Let the next session that goes on have its bars without a pause; it is the same session for all that."""
    tree = yaml.safe_load(path.read_text())
    tree["market_data"]["config"]["interval_ms"] = 0
    path.write_text(yaml.safe_dump(tree))


def begin(nursery: subprocess.Popen[str], path: Path) -> int:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{path}\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def chain(root: Path) -> list[SessionEntry]:
    """Return the sessions that took a step, from the first to the last; each goes on from the one before."""
    found = {entry.name: entry for entry in sessions(root) if entry.facts and last_seq(entry.journal)}
    parents = {name: read_header(entry.journal).parent for name, entry in found.items()}
    (name,) = [name for name, parent in parents.items() if parent is None]
    heirs = {parent: name for name, parent in parents.items()}
    assert len(heirs) == len(found), "nobody was gone on from twice"
    line = [found[name]]
    while name in heirs:
        name = heirs[name]
        line.append(found[name])
    assert len(line) == len(found)
    return line


def told(entry: SessionEntry) -> list[Step]:
    """Return the steps of a session without the history that it began with."""
    steps = list(read(entry.journal))
    if isinstance(steps[0].event, SessionStarted) and steps[0].event.restored is not None:
        ended = [step.seq for step in steps if isinstance(step.event, WarmupEnded)]
        return steps[ended[0] :] if ended else []
    return steps


def submitted(steps: list[Step]) -> list[Any]:
    return [
        spec
        for step in steps
        for effect in step.effects
        if isinstance(effect, SubmitOrder)
        for spec in (effect.order, *effect.attached)
    ]


def fills(steps: list[Step]) -> list[OrderFilled]:
    return [step.event for step in steps if isinstance(step.event, OrderFilled)]


def ledger(entry: SessionEntry) -> dict[Any, Any]:
    """Return the balances at the end of a session, by its journal alone."""
    header = read_header(entry.journal)
    with money_context():
        engine = Engine(header.instruments, {}, header.engine, recording=True)
        for step in read(entry.journal):
            engine.follow(step)
        return engine.portfolio.ledger.balances()


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * KILLS)
@pytest.mark.parametrize("strategy", ["tests/e2e/steady.py:Steady", "examples/sma_cross.py:SmaCross"])
def test_sta_1_killed_anywhere_it_comes_to_the_same(tmp_path: Path, strategy: str) -> None:
    where = f"{ROOT / strategy}"
    code, _, errors = run("live", "-c", config(tmp_path / "calm", where, 0), "--json")
    assert code in (0, 3), errors
    kill_until_it_ends(config(tmp_path / "wild", where, PACE_MS), random.Random(11))
    (calm,), wild = sessions(tmp_path / "calm/sessions"), chain(tmp_path / "wild/sessions")
    assert len(wild) > KILLS / 2, "most were killed after they had begun"
    same(calm, wild)


def same(calm: SessionEntry, wild: list[SessionEntry]) -> None:
    """Fail unless a chain of sessions came to the same as one that nobody disturbed."""
    one, other = told(calm), [step for entry in wild for step in told(entry)]
    ids = [spec.id for spec in submitted(other)]
    assert len(ids) == len(set(ids)), "an order id was used twice"
    assert len(ids) == len(submitted(one)) > 0
    trades = [fill.trade_id for fill in fills(other)]
    assert trades == [fill.trade_id for fill in fills(one)]
    assert [_plain(fill) for fill in fills(other)] == [_plain(fill) for fill in fills(one)]
    assert ledger(wild[-1]) == ledger(calm)
    for entry in wild:
        verify(entry.journal)


def _plain(fill: OrderFilled) -> OrderFilled:
    """Return an execution without the order's id: refused wishes of a history leave holes in the count."""
    return msgspec.structs.replace(fill, order=Fill.__name__)
