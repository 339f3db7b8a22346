"""`kill -9` on the real `tradewind live` at any instant, under load, while its venue lives on in another process.

Afterwards the books are the venue's, to the last digit; the venue has had exactly the orders of a run that nobody
disturbed, none twice and none less; every session of the chain replays to the byte.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import NURSERY, ROOT, run, started, wait_for
from tests.e2e.test_exchange import PATIENT, serving, shown
from tests.e2e.test_kill_and_go_on import begin, chain, ledger, submitted, told
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import OrderAccepted
from tradewind.record.sessions.find import sessions
from tradewind.runtime.replay import verify
from tradewind.venues._net.address import Address
from tradewind.venues.exchange.rest import facts_of

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sessions.find import SessionEntry

KILLS = int(os.environ.get("TRADEWIND_KILLS", "15" if os.environ.get("CI") else "4"))
BARS_OF_KILLS = (25 if KILLS > 50 else 5) * KILLS + 30
"""A fast machine has traded many before it is killed."""
BARS = BARS_OF_KILLS + (200 if KILLS > 50 else 60)
"""Who kills needs a moment for it, and should not find that the session has ended."""


def paper(folder: Path) -> Path:
    """Write the configuration of an exchange: two symbols, latency, and time that waits for its client."""
    folder.mkdir()
    tree = {
        "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m"},
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "bars": BARS}},
        "trading": {
            "provider_type": "paper",
            "config": {
                "balances": {"USDT": "100000000"},
                "latency": {"kind": "fixed", "submit_ms": 400, "cancel_ms": 300, "report_ms": 200},
                "fill": {"volume_share": 0.002},
            },
        },
    }
    path = folder / "paper.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def session(folder: Path, socket: Path) -> Path:
    tree = {
        "engine": {
            "symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions"),
            "checkpoint_interval_seconds": 0.2,
        },
        "market_data": {"provider_type": "exchange", "config": {"socket": str(socket), "dead_seconds": 120}},
        "trading": {"provider_type": "exchange", "config": PATIENT},
        "strategy": {"path": f"{ROOT / 'tests/e2e/keyed.py'}:Keyed"},
        "journal": {"durable": False},  # what a killed process has written is there; a power cut is not tried here
        "lease": {"folder": str(folder / "lease")},
    }  # fmt: skip
    path = folder / "session.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def told_there(socket: Path, child: int, path: Path) -> int:
    """Return how many bars the exchange has told; -1 if it has no time to say so. The session must live."""
    time.sleep(0.02)
    try:
        os.kill(child, 0)
        return facts_of(Address(socket=str(socket))).sent
    except VenueUnavailable:
        return -1
    except ProcessLookupError:
        raise AssertionError(f"it ended without our doing: {said(path)}") from None


def said(path: Path) -> str:
    """Return what the session that was started last has said."""
    return path.with_name(f"{path.name}.err").read_text()


def kill_until_it_ends(path: Path, socket: Path, draw: random.Random) -> int:
    """Start the session again and again, and kill it: most while bars come, some in the start; return how often."""
    killed = 0
    with started("-c", NURSERY, stdin=-1) as nursery:
        while True:
            child = begin(nursery, path)
            if killed < KILLS:
                if killed % 5 != 2:
                    place = 2 * BARS_OF_KILLS * (killed + draw.uniform(0.2, 1.0)) / (KILLS + 1)
                    wait_for(lambda place=place, child=child: told_there(socket, child, path) >= place, nursery)  # type: ignore[misc]
                time.sleep(draw.uniform(0.0, 1.0 if killed % 5 == 2 else 0.03))
                os.kill(child, signal.SIGKILL)
            assert nursery.stdout is not None
            status = int(nursery.stdout.readline())
            if status != signal.SIGKILL:
                assert os.waitstatus_to_exitcode(status) in (0, 3), said(path)  # 3: with orders left open
                return killed
            killed += 1


def assert_books_are_the_venues(entry: SessionEntry, socket: Path) -> None:
    """Compare what the journal of a session comes to with what the exchange has."""
    snapshot = facts_of(Address(socket=str(socket)), "main").snapshot
    assert snapshot is not None
    assert snapshot.balances
    ours = {asset: total for (kind, asset), total in ledger(entry).items() if kind.value == "wallet" and total}
    assert ours == {each.asset: each.total for each in snapshot.balances if each.total}


def keys_of(line: list[SessionEntry]) -> tuple[list[str], list[str]]:
    """Return the keys of all orders that a chain of sessions sent, and of those that the venue had."""
    steps = [step for entry in line for step in told(entry)]
    sent = {spec.id: spec.tag for spec in submitted(steps)}
    assert len(sent) == len(submitted(steps)), "an order id was used twice"
    had = {step.event.order for step in steps if isinstance(step.event, OrderAccepted)}
    return list(sent.values()), [sent[name] for name in had]


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * KILLS)
@pytest.mark.must_really_work
def test_killed_anywhere_the_books_are_the_venues(tmp_path: Path) -> None:
    counts: dict[str, Any] = {}
    lines: dict[str, list[SessionEntry]] = {}
    for name in ("calm", "wild"):
        folder, socket = tmp_path / name, tmp_path / f"{name}.sock"
        with serving(paper(folder), socket):
            path = session(folder, socket)
            if name == "calm":
                code, _, errors = run("live", "-c", path, "--json")
                assert code in (0, 3), errors
            else:
                assert kill_until_it_ends(path, socket, random.Random(12)) == KILLS
            counts[name] = shown(socket)
            lines[name] = chain(folder / "sessions")
            assert_books_are_the_venues(lines[name][-1], socket)
    assert len(sessions(tmp_path / "calm/sessions")) == 1
    assert len(lines["wild"]) > KILLS / 2, "most were killed after they had begun"
    assert counts["wild"]["orders_ever"] == counts["calm"]["orders_ever"] > 2 * BARS
    assert counts["wild"]["duplicates_refused"] == 0
    assert counts["wild"]["is_over"]
    keys, arrived = keys_of(lines["wild"])
    assert sorted(arrived) == sorted(set(arrived)) == sorted(set(keys)), "each wish came to the venue, once"
    assert sorted(set(keys)) == sorted(keys_of(lines["calm"])[0])
    for entry in lines["wild"]:
        verify(entry.journal)
