"""Proposals from closed trades: RP 12."""

from __future__ import annotations

from decimal import Decimal

from tradewind.risk.exits.feedback import Move, propose
from tradewind.risk.exits.plan import EntryPlan, ExitPlan, PartialPlan

D = Decimal
PLAN = ExitPlan(entry=EntryPlan(), partial=PartialPlan())


def test_rp_12_4_of_49_trades_nothing_is_proposed() -> None:
    trades = [Move(0.03, -0.05, won=True)] * 50
    assert propose(trades[:49], PLAN) is None
    assert propose(trades, PLAN) is not None


def test_rp_12_5_a_change_is_cut_to_a_fifth() -> None:
    """1.1 times .0727 would be .08."""
    found = propose([Move(0.5, -0.08 / 1.1, won=True)] * 60, PLAN)
    assert found is not None
    assert found.stop_loss == D("0.06")
    assert found.targets == (D("0.036"), D("0.072"), D("0.12"))
    less = propose([Move(0.0, -0.001, won=True)] * 60, PLAN)
    assert less is not None
    assert less.stop_loss == D("0.04")


def test_within_a_fifth_it_is_what_the_trades_say() -> None:
    """Percentiles of 0.000, 0.001 … 0.100, of those that won."""
    trades = [Move(n / 1000, -n / 2000, won=True) for n in range(101)] + [Move(0.05, -0.9, won=False)] * 40
    found = propose(trades, PLAN)
    assert found is not None
    assert found.stop_loss == D("0.0495"), "1.1 * .045; what lost does not count"
    assert found.targets[0] == D("0.036")


def test_what_is_not_configured_is_not_proposed() -> None:
    trades = [Move(0.03, -0.05, won=False)] * 50
    none = propose(trades, ExitPlan())
    assert none is not None
    assert (none.stop_loss, none.targets) == (None, ())
    lost = propose(trades, PLAN)
    assert lost is not None
    assert lost.stop_loss == D("0.05"), "nobody has won, so it stays"
