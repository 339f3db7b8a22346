"""An exchange and a session as two real processes."""

from __future__ import annotations

import contextlib
import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace

from tests.e2e.program import config, journal_of, run, started, wait_for
from tradewind.domain.commands import QueryAccount, SetTimer, SubmitOrder
from tradewind.domain.events import AccountSnapshot, OrderFilled, SnapshotFailed, TimerFired
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.engine.account_rounds import TIMERS_OF_ACCOUNT
from tradewind.record.journal.reader import read
from tradewind.venues._net.address import Address
from tradewind.venues.exchange.rest import facts_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.domain.step import Step


PATIENT = {"answer_seconds": 120, "wait_seconds": 120}
"""On a busy machine an answer may take long; what becomes of one that is missing, `tests/unit/exchange` shows."""


def at_exchange(paper: Path, socket: Path, **blocks: Any) -> Path:
    """Write the configuration of the same session at an exchange; no silence is long enough for it to be a fault."""
    tree = yaml.safe_load(paper.read_text())
    tree["market_data"] = {"provider_type": "exchange", "config": {"socket": str(socket), "dead_seconds": 120}}
    tree["trading"] = {"provider_type": "exchange", "config": PATIENT}
    tree |= blocks
    tree["engine"]["data_output_path"] = str(paper.parent / "at_exchange")
    path = paper.with_name("at_exchange.yaml")
    path.write_text(yaml.safe_dump(tree))
    return path


@contextlib.contextmanager
def serving(paper: Path, socket: Path, *flags: object) -> Iterator[subprocess.Popen[str]]:
    """Run an exchange with the market and the venue of a paper session."""
    words = ("-m", "tradewind", "exchange", "serve", "-c", paper, "--socket", socket, "--dead-seconds", 120, *flags)
    with started(*words) as process:  # its log is not read: more than a pipe takes, in a long run
        assert process.stdout is not None
        assert process.stdout.readline() == f"exchange at {socket}\n"
        yield process


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_fault_is_pressed_only_where_it_may_be(tmp_path: Path) -> None:
    paper, socket = config(tmp_path), tmp_path / "x"
    with serving(paper, socket):
        code, _, errors = run("exchange", "press", "silence", "--socket", socket)
        assert code == 1
        assert "without --faults" in errors
        assert run("exchange", "press", "nonsense", "--socket", socket)[0] == 2
        code, _, errors = run("exchange", "serve", "-c", paper, "--socket", socket)
        assert code == 1
        assert "listens at" in errors
        code, _, errors = run("exchange", "show", "--socket", socket, "--account", "nobody")
        assert code == 1
        assert "there is no account 'nobody'" in errors
    with serving(paper, socket, "--faults"):
        assert run("exchange", "press", "silence", "--socket", socket) == (0, "silence at main\n", "")


def shown(socket: Path) -> dict[str, Any]:
    code, out, errors = run("exchange", "show", "--socket", socket, "--json")
    assert code == 0, errors
    return json.loads(out)


def decided(steps: list[Step]) -> list[object]:
    """Return what was heard and decided, without the comparisons with the account."""
    kinds = (AccountSnapshot, SnapshotFailed)
    return [
        (
            step.event,
            [effect for effect in step.effects if not isinstance(effect, QueryAccount | SetTimer)],
            step.refusals,
            [notice for notice in step.notices if not isinstance(notice, ReconciliationReport)],
        )
        for step in steps
        if not isinstance(step.event, kinds)
        and not (isinstance(step.event, TimerFired) and step.event.timer.startswith(TIMERS_OF_ACCOUNT))
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.must_really_work
def test_a_session_at_an_exchange_is_the_paper_session(tmp_path: Path) -> None:
    paper, socket = config(tmp_path, bars=60), tmp_path / "x"
    assert run("live", "-c", paper, "--json")[0] in (0, 3)
    with serving(paper, socket) as exchange:
        assert f"{socket}, account main" in run("doctor", "-c", at_exchange(paper, socket))[1]
        code, _, errors = run("live", "-c", at_exchange(paper, socket), "--json")
        assert code in (0, 3), errors
        there = shown(socket)
        exchange.send_signal(signal.SIGTERM)
        assert exchange.wait(120) == 0
    assert not socket.exists()
    one, other = (list(read(journal_of(tmp_path / name))) for name in ("sessions", "at_exchange"))  # type: ignore[arg-type]
    assert len(one) > 100
    assert decided(one) == decided(other)
    compared = [notice for step in other for notice in step.notices if isinstance(notice, ReconciliationReport)]
    assert compared, "at a venue outside our books are compared"
    assert not any(report.has_discrepancies for report in compared)
    assert there["orders_ever"] > 10
    assert there["duplicates_refused"] == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_an_exchange_a_session_says_where_it_looked(tmp_path: Path) -> None:
    code, _, errors = run("live", "-c", at_exchange(config(tmp_path), tmp_path / "nobody"))
    assert code == 1
    assert f"the exchange at {tmp_path / 'nobody'} cannot be reached" in errors
    code, out, _ = run("doctor", "-c", at_exchange(config(tmp_path), tmp_path / "nobody"))
    assert code == 1
    assert "`tradewind exchange serve` starts one" in out


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_exchange_that_is_stopped_and_started_goes_on_where_it_stood(tmp_path: Path) -> None:
    paper, socket, state = config(tmp_path, bars=60), tmp_path / "x", tmp_path / "state"
    assert run("live", "-c", paper, "--json")[0] in (0, 3)
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(serving(paper, socket, "--state", state))
        # After each link orders are held back until the books were compared, and this strategy asks only once.
        alone = at_exchange(paper, socket, reconciliation={"interval_seconds": "never"})
        words = ("-m", "tradewind", "live", "-c", alone, "--json")
        session = stack.enter_context(started(*words))
        for told in (20, 50, 80):
            wait_for(lambda told=told: facts_of(Address(socket=str(socket))).sent >= told, session)  # type: ignore[misc]
            exchange.send_signal(signal.SIGTERM)
            assert exchange.wait(120) == 0
            exchange = stack.enter_context(serving(paper, socket, "--state", state))
        assert session.wait(240) in (0, 3)
        there = shown(socket)
    one, other = (list(read(journal_of(tmp_path / name))) for name in ("sessions", "at_exchange"))  # type: ignore[arg-type]
    submits = [effect for step in one for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert there["orders_ever"] == sum(1 + len(submit.attached) for submit in submits)
    assert fills(other) == fills(one) != []
    state.write_bytes(state.read_bytes()[:-1])
    code, _, errors = run("exchange", "serve", "-c", paper, "--socket", socket, "--state", state)
    assert code == 1
    assert "is damaged" in errors


def fills(steps: list[Step]) -> list[OrderFilled]:
    """Return the executions; one of the moment in which an exchange stops may be heard of when it is back."""
    return [replace(step.event, ts_recv=0) for step in steps if isinstance(step.event, OrderFilled)]
