"""Random sessions in which words of the venue never come: comparisons find what is missing, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.parity.test_random_sessions import assert_same, many, scenarios
from tests.parity.test_unknown_outcomes import troubled
from tests.parity.worlds import Ran, Scenario, run_backtest, run_live, specs_of
from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.reconciliation import Mode, ReconciliationReport
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

Order = SubmitOrder | CancelOrder | AmendOrder
ROUNDS = Reconciliation(interval_ns=60 * NS_PER_SECOND, cash_tolerance=Decimal(0))
MILLISECONDS_30 = (30_000_000,) * 3


@st.composite
def deaf(draw: st.DrawFn, lost_word: float = 0.2) -> Scenario:
    """Draw a session in which some words are lost, and rounds of comparison."""
    return replace(
        draw(scenarios),
        lost_word=lost_word,
        reconciliation=replace_mode(draw(st.sampled_from(Mode))),
        latency_ns=draw(st.sampled_from(((0, 0, 0), MILLISECONDS_30))),
        stop=StopRequested(0, "all"),
    )


def replace_mode(mode: Mode) -> Reconciliation:
    return Reconciliation(mode, ROUNDS.interval_ns, ROUNDS.cash_tolerance)


def assert_same_books(ran: Ran) -> None:
    """Compare with the venue; of contracts the sum of wallet and cost, as late fills shift profit between the two."""
    ours, theirs = ran.engine.portfolio, ran.venue.account.portfolio
    held = {name: position.quantity for name, position in ours.totals.items()}
    assert held == {name: position.quantity for name, position in theirs.totals.items()}
    contracts = ran.engine.portfolio.instruments
    is_contract = any(facts.kind is InstrumentKind.PERPETUAL for facts in contracts.values())
    assert worth(ours, contracts=is_contract) == worth(theirs, contracts=is_contract)


def worth(books: Any, *, contracts: bool) -> dict[Any, Decimal]:
    owned = dict(books.ledger.wallet())
    for position in books.totals.values() if contracts else ():
        owned[Asset("USDT")] -= position.cost * position.multiplier
    return {asset: round(amount, 9) for asset, amount in owned.items()}


def reports(steps: Sequence[Step]) -> list[ReconciliationReport]:
    return [notice for step in steps for notice in step.notices if isinstance(notice, ReconciliationReport)]


@many
@given(scenario=deaf())
def test_what_was_never_told_is_found_in_every_mode(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    assert_same_books(ran)
    for order in ran.engine.orders.by_id.values():
        assert order.is_closed == (ran.venue.desk.find(order.spec.id) is None), f"{order.spec.id} is {order.state}"
    assert not reports(ran.steps)[-1].confirmed
    assert max(Counter(spec.id for spec in specs_of(ran.steps)).values(), default=1) == 1


@many
@given(scenario=deaf(lost_word=0.0))
def test_rec_3_without_a_fault_there_is_no_alarm_and_nothing_is_asked(scenario: Scenario) -> None:
    ran = run_backtest(scenario)
    assert reports(ran.steps)
    assert not [report for report in reports(ran.steps) if report.confirmed or report.actions]


@many
@given(scenario=scenarios, jitter=st.sampled_from((0.0, 0.8)), latency=st.sampled_from((0, 30_000_000)))
def test_asking_costs_nothing(scenario: Scenario, jitter: float, latency: int) -> None:
    scenario = replace(scenario, jitter=jitter, latency_ns=(latency,) * 3, stop=StopRequested(0, "all"))
    asking = replace(scenario, reconciliation=Reconciliation(interval_ns=60 * NS_PER_SECOND))
    assert decided(run_backtest(asking)) == decided(run_backtest(scenario))


def decided(ran: Ran) -> list[Any]:
    """Return what was sent and what the venue said, without the comparisons."""
    return [
        (step.event, step.refusals, [effect for effect in step.effects if isinstance(effect, Order)])
        for step in ran.steps
        if not isinstance(step.event, ev.AccountSnapshot | ev.TimerFired)
    ]


@many
@given(scenario=troubled(), lost_word=st.sampled_from((0.0, 0.3)), stutter=st.sampled_from((0.0, 0.5)))
def test_live_is_backtest_with_everything_going_wrong_at_once(
    scenario: Scenario, lost_word: float, stutter: float
) -> None:
    scenario = replace(scenario, lost_word=lost_word, reconciliation=replace_mode(Mode.AUTO_ADJUST))
    past = run_backtest(scenario)
    assert_same(past, run_live(scenario, inbox_max=17, stutter=stutter))
    assert_same_books(past)


def test_the_deaf_sessions_are_not_empty_talk() -> None:
    ran = run_backtest(Scenario(seed=5, bars=300, strategies=3, lost_word=0.3, reconciliation=ROUNDS))
    told = reports(ran.steps)
    assert len([report for report in told if report.actions]) > 20
    assert {each.kind.value for report in told for each in report.confirmed} >= {"orphaned_local", "status_mismatch"}
    assert any(isinstance(step.event, ev.OrderFound) for step in ran.steps)
