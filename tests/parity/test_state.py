"""What an engine is given to go on with is all of it: who goes on from any point does what would have been done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parity.restarts import Went, go
from tests.parity.test_random_sessions import many, scenarios
from tests.parity.worlds import Scenario
from tradewind.domain.account import AccountKind
from tradewind.domain.reconciliation import Mode, ReconciliationReport
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation
from tradewind.record.journal.reader import digest_of


@many
@given(scenario=scenarios, restarts=st.sets(st.integers(0, 200), max_size=3))
def test_a_session_that_is_gone_on_with_does_what_it_would_have_done(scenario: Scenario, restarts: set[int]) -> None:
    same(go(scenario), go(scenario, restarts))


def same(one: Went, other: Went) -> None:
    """Compare what came of two sessions, step by step."""
    first = next((pair for pair in zip(one.steps, other.steps, strict=False) if pair[0] != pair[1]), None)
    assert first is None, f"they part:\n{first[0]}\n{first[1]}"
    assert digest_of(one.steps) == digest_of(other.steps)


@pytest.mark.parametrize("restarts", [{3}, {40, 41}, {109}, {119, 120, 121}, {126, 150}], ids=str)
def test_an_algorithm_goes_on_with_its_days_and_its_plans(restarts: set[int]) -> None:
    """The world begins at 22:00: with bars for 160 minutes it sees the end of a day and the beginning of another."""
    scenario = Scenario(bars=160, symbols=1, strategies=2, algorithms=True, latency_ns=(1, 1, 1))
    same(go(scenario), go(scenario, restarts, replays=True))


@many
@given(scenario=scenarios, restarts=st.sets(st.integers(0, 200), max_size=1))
def test_who_follows_the_steps_stands_where_who_made_them_does(scenario: Scenario, restarts: set[int]) -> None:
    assert go(scenario, restarts, follows=True).steps, "whoever follows is compared on the way, in `restarts.py`"


TROUBLE = Scenario(bars=40, strategies=3, faults=(0.1, 0.2, 0.1, 0.3), latency_ns=(NS_PER_SECOND,) * 3)
ROUNDS = Reconciliation(Mode.AUTO_ADJUST, interval_ns=40 * NS_PER_SECOND, holds_at_start=False)


@pytest.mark.parametrize("seed", range(4))
def test_with_requests_that_are_lost_too(seed: int) -> None:
    """Doubts, questions and their timers go on; what was asked before is answered after."""
    scenario = replace(TROUBLE, seed=seed, ticks=seed % 2 == 0)
    same(go(scenario), go(scenario, {7, 30, 31, 55}, replays=True))


@pytest.mark.parametrize("seed", range(4))
def test_who_follows_stands_right_where_the_venue_is_asked_for_its_account(seed: int) -> None:
    scenario = replace(TROUBLE, seed=seed, lost_word=0.1, reconciliation=ROUNDS, account=AccountKind.MARGIN)
    went = go(scenario, {50}, follows=True)
    assert any(isinstance(notice, ReconciliationReport) for step in went.steps for notice in step.notices)
