"""A session that trades at an exchange behind a socket is the backtest, byte for byte, to its last market event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parity.exchange_world import run_at_exchange
from tests.parity.test_random_sessions import EXAMPLES, many, scenarios
from tests.parity.worlds import Scenario, run_backtest
from tradewind.domain.control import StopRequested
from tradewind.domain.events import TimerFired, WarmupEnded
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from tradewind.domain.step import Step


def before_the_stop(steps: list[Step]) -> list[Step]:
    """Return the steps up to the stop: what follows it, the two wait for in different ways."""
    stop = next(number for number, step in enumerate(steps) if isinstance(step.event, StopRequested))
    return steps[: stop + 1]


def assert_same(scenario: Scenario) -> None:
    one, other = before_the_stop(run_backtest(scenario).steps), before_the_stop(run_at_exchange(scenario).steps)
    first = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
    assert first is None, f"they part at step {first[0].seq}:\n{first[0]}\n{first[1]}"
    assert len(one) == len(other)


@settings(many, max_examples=max(1, EXAMPLES // 5), deadline=None)
@given(scenario=scenarios)
def test_a_session_at_an_exchange_is_the_backtest(scenario: Scenario) -> None:
    assert_same(scenario)


@pytest.mark.parametrize("seed", [19, 38])
def test_the_end_of_history_comes_before_a_timer_of_that_moment(seed: int) -> None:
    scenario = Scenario(seed=seed, warmup=5, bars=12)
    ended, fired = (type(step.event) for step in around_the_end(run_at_exchange(scenario).steps))
    assert (ended, fired) == (WarmupEnded, TimerFired)
    assert_same(scenario)


def around_the_end(steps: list[Step]) -> list[Step]:
    """Return the end of history and what follows it at the same moment."""
    place = next(number for number, step in enumerate(steps) if isinstance(step.event, WarmupEnded))
    assert steps[place].event.ts_recv == steps[place + 1].event.ts_recv
    return steps[place : place + 2]


@settings(many, max_examples=max(1, EXAMPLES // 8), deadline=None)
@given(
    seed=st.integers(0, 10**9),
    faults=st.sampled_from(((0.2, 0.2, 0.2, 0.3), (0.0, 0.5, 0.0, 0.0), (0.5, 0.0, 0.3, 0.5))),
    late_ns=st.sampled_from((NS_PER_SECOND, 90 * NS_PER_SECOND)),
)
def test_what_goes_wrong_at_the_venue_is_told_the_same_way(
    seed: int, faults: tuple[float, float, float, float], late_ns: int
) -> None:
    assert_same(Scenario(seed=seed, faults=faults, late_ns=late_ns, latency_ns=(30_000_000,) * 3))
