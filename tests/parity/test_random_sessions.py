"""Live ≡ backtest ≡ replay, byte for byte, on random sessions; and what must hold in every session."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.parity.reckoning import ends_of, reckon
from tests.parity.worlds import (
    LATENCIES_NS,
    Ran,
    Scenario,
    instruments_of,
    run_backtest,
    run_live,
    settings_of,
    specs_of,
    strategies_of,
)
from tradewind.domain.account import AccountKind
from tradewind.domain.control import StopRequested
from tradewind.domain.events import SessionStarted
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import money_context
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.step import OrderIgnored, StrategyFailed
from tradewind.execution.lifecycle import TERMINAL
from tradewind.record.journal.header import SessionHeader
from tradewind.record.journal.reader import digest, digest_of
from tradewind.record.journal.writer import SqliteJournal
from tradewind.runtime import live
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

EXAMPLES = int(os.environ.get("TRADEWIND_EXAMPLES", "40"))
many = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    # A scenario is a seed: a smaller one is another session, and looking for it takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

scenarios = st.builds(
    Scenario,
    seed=st.integers(0, 10**9),
    bars=st.integers(1, 90),
    symbols=st.integers(1, 4),
    strategies=st.integers(1, 3),
    kind=st.sampled_from(InstrumentKind),
    account=st.sampled_from(AccountKind),
    latency_ns=st.tuples(*[st.sampled_from(LATENCIES_NS)] * 3),
    jitter=st.sampled_from((0.0, 0.3, 1.5)),
    volume_share=st.sampled_from((None, Decimal("0.1"), Decimal("0.5"))),
    touch=st.booleans(),
    base_fees=st.booleans(),
    ticks=st.booleans(),
    policies=st.booleans(),
    warmup=st.sampled_from((0, 0, 7, 30)),
    stop=st.builds(StopRequested, st.just(0), st.sampled_from(("entries", "all", "none")), flatten=st.booleans()),
).filter(lambda s: not s.base_fees or (s.kind is InstrumentKind.SPOT and s.account is AccountKind.CASH))


def assert_same(one: Ran, other: Ran) -> None:
    """Compare two sessions: every step, every balance, every position, to the last digit."""
    first = next((pair for pair in zip(one.steps, other.steps, strict=False) if pair[0] != pair[1]), None)
    assert first is None, f"they part at step {first[0].seq}:\n{first[0]}\n{first[1]}"
    assert digest_of(one.steps) == digest_of(other.steps)
    assert one.engine.portfolio.ledger.balances() == other.engine.portfolio.ledger.balances()
    assert one.engine.portfolio.trips == other.engine.portfolio.trips
    assert positions_of(one) == positions_of(other)
    with money_context():
        assert one.engine.view.equity() == other.engine.view.equity()


def positions_of(ran: Ran) -> dict[object, tuple[object, ...]]:
    return {key: (p.quantity, p.cost, p.realized, p.opened_at) for key, p in ran.engine.portfolio.positions.items()}


# --- one engine, three drivers ----------------------------------------------------------------------


@many
@given(
    scenario=scenarios,
    inbox_max=st.sampled_from((1, 2, 17, 8_192)),
    turn_max=st.sampled_from((1, 3, 64, 2_048)),
    stutter=st.sampled_from((0.0, 0.2, 0.7)),
)
def test_lesson_95_live_journal_is_backtest_journal(
    scenario: Scenario, inbox_max: int, turn_max: int, stutter: float
) -> None:
    past = run_backtest(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "TURN_MAX", turn_max)
        assert_same(past, run_live(scenario, inbox_max=inbox_max, stutter=stutter))


@settings(many, max_examples=10)
@given(scenario=scenarios)
def test_a_paced_replay_is_the_backtest_too(scenario: Scenario) -> None:
    assert_same(run_backtest(scenario), run_live(scenario, speed=200_000.0))


@many
@given(scenario=scenarios)
def test_a_journal_replays_to_itself(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        write(path, scenario, ran.steps)
        assert digest(path) == digest_of(ran.steps)
        shown = verify(path, strategies_of(scenario))
    assert shown.steps == len(ran.steps)
    with money_context():
        assert shown.equity == str(ran.engine.view.equity() if ran.engine.view.equity() is not None else "unknown")


def write(path: Path, scenario: Scenario, steps: Sequence[Step]) -> None:
    header = SessionHeader(
        session_id="random", created="", mode="backtest", engine=settings_of(scenario),
        instruments=instruments_of(scenario), strategies=(),
    )  # fmt: skip
    journal = SqliteJournal(path, header, durable=False)
    for step in steps:
        journal.append(step)
    journal.close()


# --- what holds in every session --------------------------------------------------------------------


@many
@given(scenario=scenarios)
def test_lesson_94_the_engine_and_the_venue_keep_the_same_books(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    ours, theirs = ran.engine.portfolio, ran.venue.account.portfolio
    assert ours.ledger.balances() == theirs.ledger.balances()
    assert {i: p.quantity for i, p in ours.totals.items()} == {i: p.quantity for i, p in theirs.totals.items()}


@many
@given(scenario=scenarios)
def test_a_position_is_the_sum_of_its_fills(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    with money_context():
        sums = reckon(ran.steps, instruments_of(scenario))
        held = {i: p.quantity for i, p in ran.engine.portfolio.totals.items() if p.quantity}
        assert held == {i: quantity for i, quantity in sums.held.items() if quantity}
        if not sums.liquidated:
            by = {key: p.quantity for key, p in ran.engine.portfolio.positions.items() if p.quantity}
            assert by == {key: quantity for key, quantity in sums.held_by.items() if quantity}


@many
@given(scenario=scenarios)
def test_cash_never_appears_from_nowhere(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    books = ran.engine.portfolio
    with money_context():
        sums = reckon(ran.steps, instruments_of(scenario))
        for asset, owned in books.ledger.wallet():
            contracts = [i for i in instruments_of(scenario) if i.kind is InstrumentKind.PERPETUAL and i.quote == asset]
            # Profit of contracts is what was received for them less what is still in them, at cost.
            profit = sum((books.totals[i.id].cost * i.multiplier - sums.contracts[i.id] for i in contracts), Decimal(0))
            assert owned == sums.assets[asset] + profit
        zero_sums = {asset: Decimal(0) for asset, _ in books.ledger.wallet()}
        for (_, asset), amount in books.ledger.balances().items():
            zero_sums[asset] += amount
        assert not any(zero_sums.values())


@many
@given(scenario=scenarios)
def test_an_order_ends_once_or_is_open(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    living = {order.spec.id for order in ran.engine.orders.open()}
    for name, ends in ends_of(ran.steps).items():
        order = ran.engine.orders.by_id[name]
        assert len(ends) == (name not in living), f"{name} is {order.state} after {ends}"
        assert order.is_closed == (order.state in TERMINAL) == bool(ends)
        if ends:
            assert order.state.value == ends[0]


@many
@given(scenario=scenarios)
def test_nothing_is_ignored_and_no_hook_fails(scenario: Scenario) -> None:
    words = [notice for step in run_backtest(scenario).steps for notice in step.notices]
    assert not [word for word in words if isinstance(word, OrderIgnored | StrategyFailed)]


@many
@given(scenario=scenarios)
def test_a_cash_account_never_owes(scenario: Scenario) -> None:
    if scenario.account is AccountKind.MARGIN or scenario.kind is InstrumentKind.PERPETUAL:
        return
    ran = run_backtest(scenario)
    assert all(owned >= 0 for _, owned in ran.venue.account.portfolio.ledger.wallet())


def test_the_sessions_are_not_empty_talk() -> None:
    """What the properties above are worth: one session has executions on both sides, and most kinds of events."""
    steps = run_backtest(Scenario(seed=7, bars=300, symbols=3, strategies=3, latency_ns=(30_000_000,) * 3)).steps
    kinds = {type(step.event).__name__ for step in steps}
    assert kinds >= {
        "OrderAccepted", "OrderFilled", "OrderCancelled", "OrderRejected", "OrderTriggered", "OrderExpired",
        "OrderAmended", "AmendRejected", "CancelRejected", "TimerFired",
    }  # fmt: skip
    assert isinstance(steps[0].event, SessionStarted)
    specs = specs_of(steps)
    assert {spec.side for spec in specs} == set(Side)
    assert {spec.type for spec in specs} == set(OrderType)
    assert {spec.tif for spec in specs} == set(TimeInForce)
