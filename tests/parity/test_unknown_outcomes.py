"""Requests and answers that are lost or late, in whole random sessions: nothing stays lost, nothing is doubled."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.parity.test_random_sessions import assert_same, scenarios, write
from tests.parity.worlds import Ran, Scenario, run_backtest, run_live, specs_of, strategies_of
from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, QueryOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.step import OrderIgnored, RefusalCode, StrategyFailed
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.record.journal.reader import digest_of
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

EXAMPLES = int(os.environ.get("TRADEWIND_EXAMPLES", "40"))
many = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
chances = st.sampled_from((0.0, 0.1, 0.3))


@st.composite
def troubled(draw: st.DrawFn) -> Scenario:
    """Draw a session with faults, at whose end everything is cancelled: there the venue has minutes to answer."""
    return replace(
        draw(scenarios),
        faults=(draw(chances), draw(chances), draw(chances), draw(chances)),
        late_ns=draw(st.sampled_from((1, 20))) * NS_PER_SECOND,
        stop=StopRequested(0, "all"),
        latency_ns=draw(st.sampled_from(((0, 0, 0), (30_000_000,) * 3, (NS_PER_SECOND, 3 * NS_PER_SECOND, 0)))),
    )


@many
@given(scenario=troubled(), stutter=st.sampled_from((0.0, 0.5)))
def test_live_is_backtest_is_replay_whatever_goes_wrong(scenario: Scenario, stutter: float) -> None:
    past = run_backtest(scenario)
    assert_same(past, run_live(scenario, inbox_max=17, stutter=stutter))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        write(path, scenario, past.steps)
        assert verify(path, strategies_of(scenario)).steps == len(past.steps)
    assert digest_of(past.steps) == digest_of(run_backtest(scenario).steps)


@many
@given(scenario=troubled())
def test_nothing_is_sent_twice_and_everything_ends(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    sent = Counter(spec.id for spec in specs_of(ran.steps))
    assert set(sent.values()) <= {1}
    amended = Counter((e.order, e.number) for e in effects(ran.steps, AmendOrder))
    assert set(amended.values()) <= {1}
    orders, desk = ran.engine.orders, ran.venue.desk
    now = ran.engine.view.now
    for name, doubt in orders.doubts.items():
        assert doubt.since is None or now - doubt.since < 5 * NS_PER_MINUTE, f"nobody has found out about {name}"
    known = [order for order in orders.by_id.values() if order.spec.id not in orders.doubts]
    for order in known:
        assert order.is_closed == (desk.find(order.spec.id) is None), f"{order.spec.id} is {order.state}"


@many
@given(scenario=troubled())
def test_the_books_are_the_venues_whatever_was_lost(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    ours, theirs = ran.engine.portfolio, ran.venue.account.portfolio
    assert ours.ledger.balances() == theirs.ledger.balances()
    assert {i: p.quantity for i, p in ours.totals.items()} == {i: p.quantity for i, p in theirs.totals.items()}
    words = [notice for step in ran.steps for notice in step.notices]
    assert not [word for word in words if isinstance(word, StrategyFailed)]
    ignored = [word.reason for word in words if isinstance(word, OrderIgnored)]
    assert all("was booked before" in reason for reason in ignored)


def effects(steps: Sequence[Step], kind: type) -> list:
    return [effect for step in steps for effect in step.effects if isinstance(effect, kind)]


def test_the_troubled_sessions_are_not_empty_talk() -> None:
    scenario = Scenario(seed=11, bars=400, symbols=2, strategies=3, faults=(0.1, 0.1, 0.1, 0.2))
    ran: Ran = run_backtest(scenario)
    kinds = Counter(type(step.event) for step in ran.steps)
    for kind in (ev.OutcomeUnknown, ev.OrderFound, ev.OrderNotFound, ev.LookupFailed):
        assert kinds[kind] > 10, kind
    assert len(effects(ran.steps, QueryOrder)) > len(effects(ran.steps, SubmitOrder)) / 10
    codes = Counter(refusal.code for step in ran.steps for refusal in step.refusals)
    assert codes[RefusalCode.OUTCOME_UNKNOWN] > 0
