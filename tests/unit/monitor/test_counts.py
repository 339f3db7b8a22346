"""Counts and latencies of a session are a fold of its steps."""

from __future__ import annotations

from collections import Counter

from tests.unit.engine.session import session
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderCancelled, OrderFilled, OrderRejected
from tradewind.domain.money import money_context
from tradewind.monitor.counts import Counts
from tradewind.monitor.histogram import Histogram


def test_mon_5_counts_equal_an_independent_fold_of_the_journal() -> None:
    with money_context():
        steps = session()
    times = iter(range(len(steps)))
    counts = Counts(lambda: steps[-1].event.ts_recv, lambda: float(next(times)))
    for place in range(0, len(steps), 7):
        counts.observe(steps[place : place + 7])
    kinds = [type(step.event) for step in steps]
    assert counts.events == Counter(kinds)
    assert counts.filled == kinds.count(OrderFilled) > 0
    assert counts.cancelled == kinds.count(OrderCancelled) > 0
    assert counts.rejected == kinds.count(OrderRejected)
    submits = [effect for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert counts.submitted == sum(1 + len(effect.attached) for effect in submits)
    assert counts.refusals == Counter(refusal.code.value for step in steps for refusal in step.refusals)
    assert 0 < counts.order_latency.count <= len(submits)
    assert counts.seq == steps[-1].seq
    assert 6.0 < counts.events_per_second <= 7.0


def test_a_histogram_counts_up_to_each_bound() -> None:
    made = Histogram((0.1, 1.0))
    assert made.percentiles() == {"p50": None, "p95": None, "p99": None}
    for value in (0.05, 0.1, 0.5, 7.0):
        made.add(value)
    assert made.buckets() == [("0.1", 2), ("1.0", 3), ("+Inf", 4)]
    assert (made.count, round(made.sum, 2)) == (4, 7.65)
    assert made.percentiles()["p99"] == 7_000.0
