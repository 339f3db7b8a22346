"""The short ways of limits say what the long ones say, also at the very edge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.risk.entries import BTC, Marked, desk, only
from tradewind.domain.approval import FillDeviated
from tradewind.domain.money import money_context
from tradewind.risk.dynamic import advice as a
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.entry.factors import Factors
from tradewind.risk.facts import Facts
from tradewind.risk.limits import Limits
from tradewind.risk.macro import MacroConfig, MacroEvent, MacroWindows
from tradewind.testing import accepted, filled, intent

D = Decimal
CONFIG = DynamicRiskConfig()
HOUR = 3_600 * 10**9


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.integers(0, 3)), max_size=4),
    st.lists(st.integers(0, 60)),
)
def test_windows_are_found_whatever_was_asked_before(events: Any, times: list[int]) -> None:
    """What is kept of the last answer changes none, forwards and backwards in time."""
    found = tuple(
        MacroEvent(str(n), "CPI", at * HOUR, D(before), D(after)) for n, (at, before, after) in enumerate(events)
    )
    windows = MacroWindows(MacroConfig(found))
    for time in times:
        now = time * HOUR
        assert windows.at(now) == next((each for each in found if each.begins <= now <= each.ends), None)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.integers(1, 10**9))
@example(1_000_000, 950_000)
@example(1_000_000, 950_001)
@example(3, 2)
def test_a_fall_that_changes_nothing_is_told_apart_exactly(peak: int, equity: int) -> None:
    """RP 5.1: the advice of a drawdown is that of its quotient, also where the first tier is met exactly."""
    with money_context():
        made = desk(only(dynamic=CONFIG))
        facts = made.risk.facts or Facts(Limits(), made.view, "1m")
        facts.marks = Marked(peak=D(peak) / 100, trough=D(peak) / 200)  # type: ignore[assignment] # all that is asked
        factors, now = Factors(only(dynamic=CONFIG), made.view, facts), D(equity) / 100
        for _ in range(2):  # also with what was kept of the first answer
            best, worst = max(D(peak) / 100, now), min(D(peak) / 200, now)
            tiers = a.tiers_below(CONFIG, (best - now) / best)
            said = a.of_drawdown(CONFIG, now, best, worst) if tiers else None
            assert factors._drawdown(now) == (said, tiers)


@settings(deadline=None, max_examples=60)
@given(st.integers(-6_000, 6_000))
@example(500)
@example(499)
@example(-500)
@example(501)
def test_executions_are_told_of_from_their_limit_on(off: int) -> None:
    """At the limit, rounded to 8 digits, and above it; nothing below."""
    with money_context():
        made = desk(only(max_filled_price_deviation=D("0.05")))
        verdict: Any = made.risk.review(intent(quantity=D(1), id="o1", instrument=BTC))
        made.orders.submit(*verdict)
        made.process(accepted("o1", ts=made.view.now))
        price = D(100) + D(off) / 100
        step = made.process(filled("o1", 1, price, ts=made.view.now, trade_id="x1"))
        told = [notice for notice in step.notices if isinstance(notice, FillDeviated)]
        assert bool(told) is ((price - 100) / 100 >= D("0.05"))
