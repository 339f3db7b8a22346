"""What the engine does with the venue's word on the account, mode by mode."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.commands import Correct, QueryAccount, SetTimer, SubmitOrder
from tradewind.domain.control import Resumed
from tradewind.domain.ids import EXTERNAL, Asset
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Mode, ReconciliationReport
from tradewind.domain.step import CorrectionStale, RefusalCode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.account_rounds import AGAIN, ROUND
from tradewind.execution.comparison import Reconciliation
from tradewind.portfolio.ledger import Account
from tradewind.testing import BTC, STRATEGY, bar, engine, filled, intent, script

D = Decimal
SECOND = NS_PER_SECOND
T0 = 60 * SECOND
USDT = Asset("USDT")


def session(mode: Mode = Mode.WARN_ONLY, held: Any = 2, **options: Any) -> Any:
    """Return an engine that has bought `held` at 100."""
    settings = Reconciliation(mode, **options)
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(held)), reconciliation=settings)
    (sent,) = made.process(bar(100)).effects
    assert isinstance(sent, SubmitOrder)
    made.process(filled(sent.order.id, held, ts=T0))
    return made


def snapshot(at: float, held: Any = 2, cash: Any = 99_800) -> ev.AccountSnapshot:
    ts = T0 + int(at * SECOND)
    positions = (VenuePosition(BTC, D(held), D(100)),) if held else ()
    balances = (Balance(USDT, D(cash)), Balance(Asset("BTC"), D(2)))
    return ev.AccountSnapshot("binance", balances, positions, ts, ts, (), ())


def look_twice(made: Any, **theirs: Any) -> Any:
    made.process(snapshot(0, **theirs))
    step = made.process(snapshot(5, **theirs))
    for effect in step.effects:
        if isinstance(effect, Correct):
            step = made.process(effect.event)
    return step


def wish(made: Any, **terms: Any) -> Any:
    verdict = made.risk.review(intent(**terms))
    return getattr(verdict, "code", None)


def test_every_comparison_is_told_and_a_suspicion_looks_again_soon() -> None:
    made = session()
    step = made.process(snapshot(0))
    (report,) = step.notices
    assert isinstance(report, ReconciliationReport)
    assert (report.has_discrepancies, step.effects) == (False, ())
    step = made.process(snapshot(1, held=1))
    assert step.effects == (SetTimer(AGAIN, T0 + 6 * SECOND),)
    question, *more = made.process(ev.TimerFired(AGAIN, T0 + 6 * SECOND)).effects
    assert isinstance(question, QueryAccount)
    assert not more


def test_rounds_are_on_a_timer_and_ask_for_the_fills_since_the_answer_before_the_last() -> None:
    """World 47012: what an answer tells is booked after it, and a crash in between lost an execution for good."""
    made = session(interval_ns=300 * SECOND)
    assert made.process(ev.TimerFired(ROUND, T0)).effects == (QueryAccount(0, 2), SetTimer(ROUND, T0 + 300 * SECOND))
    made.process(snapshot(1))
    made.process(snapshot(61))
    assert made.process(ev.TimerFired(ROUND, T0 + 300 * SECOND)).effects[0] == QueryAccount(T0 - 9 * SECOND, 3)


def test_without_rounds_nobody_is_asked() -> None:
    made = engine(script())
    assert made.process(bar(100)).effects == ()


def test_warn_only_trades_on() -> None:
    made = session()
    look_twice(made, held=D("1.95"))
    assert made.view.position(BTC).quantity == 2
    assert wish(made) is None


@pytest.mark.parametrize("mode", [Mode.WARN_ONLY, Mode.AUTO_ADJUST])
def test_from_a_critical_difference_on_exposure_may_only_fall_until_two_comparisons_are_clean(mode: Mode) -> None:
    made = session(mode)
    look_twice(made, held=1)
    assert wish(made) is RefusalCode.CLOSE_ONLY
    assert wish(made, reduce_only=True, side=Side.SELL) is None
    held = made.view.position(BTC).quantity
    step = made.process(snapshot(10, held=held))
    assert wish(made) is RefusalCode.CLOSE_ONLY
    assert SetTimer(AGAIN, T0 + 15 * SECOND) in step.effects, "the second look does not wait for the next round"
    made.process(snapshot(15, held=held - 1))
    assert wish(made) is RefusalCode.CLOSE_ONLY
    made.process(snapshot(20, held=held))
    made.process(Resumed(made.view.now))
    assert wish(made) is None


def unread(at: float) -> ev.AccountSnapshot:
    """Return an answer that broke off before the positions."""
    return replace(snapshot(at), positions=None)


def test_an_answer_that_could_not_be_read_is_no_clean_comparison() -> None:
    made = session()
    look_twice(made, held=1)
    for at in (10, 15, 20):
        made.process(unread(at))
    assert wish(made) is RefusalCode.CLOSE_ONLY
    for at in (25, 30):
        made.process(snapshot(at))
    assert wish(made) is None


def test_an_answer_that_could_not_be_read_settles_no_dispute() -> None:
    made = session(Mode.MANUAL_APPROVAL)
    look_twice(made, held=1)
    made.process(unread(10))
    assert made.risk.disputed == {BTC}
    made.process(snapshot(15))
    assert made.risk.disputed == set()


def test_what_an_operator_resumes_is_not_what_differs() -> None:
    made = session()
    look_twice(made, held=1)
    made.process(Resumed(made.view.now))
    assert wish(made) is RefusalCode.CLOSE_ONLY


def test_auto_adjust_follows_the_venue_without_profit() -> None:
    made = session(Mode.AUTO_ADJUST)
    look_twice(made, held=D("0.5"))
    assert made.view.position(BTC).quantity == D("0.5")
    assert made.view.position(BTC, STRATEGY).quantity == D("0.5")
    assert made.view.position(BTC, STRATEGY).realized == 0
    assert made.view.position(BTC, STRATEGY).average_price == 100
    assert made.portfolio.ledger.balance(Account.PROFIT, USDT) == 0


def test_what_nobody_bought_belongs_to_an_owner_of_its_own() -> None:
    made = session(Mode.AUTO_ADJUST)
    look_twice(made, held=-3)
    assert made.view.position(BTC).quantity == -3
    assert made.view.position(BTC, STRATEGY).quantity == 0
    assert made.view.position(BTC, EXTERNAL).quantity == -3


def test_rec_4_the_ledger_still_balances() -> None:
    made = session(Mode.AUTO_ADJUST)
    look_twice(made, cash=50_000)
    ledger = made.portfolio.ledger
    assert made.view.cash(USDT) == 50_000
    assert ledger.balance(Account.ADJUSTMENT, USDT) == 49_800
    assert sum(amount for (_, asset), amount in ledger.balances().items() if asset == USDT) == 0


def test_a_correction_of_books_that_have_moved_changes_nothing() -> None:
    made = session(Mode.AUTO_ADJUST)
    made.process(snapshot(0, held=1))
    (correct,) = [e for e in made.process(snapshot(5, held=1)).effects if isinstance(e, Correct)]
    made.process(correct.event)
    step = made.process(correct.event)
    assert [type(notice) for notice in step.notices] == [CorrectionStale]
    assert made.view.position(BTC).quantity == 1


def test_rec_1_halt_holds_entries_until_the_operator_resumes() -> None:
    made = session(Mode.HALT_ON_MISMATCH)
    look_twice(made, held=1)
    assert wish(made) is RefusalCode.HALTED
    made.process(snapshot(6))
    made.process(snapshot(11))
    assert wish(made) is RefusalCode.HALTED
    made.process(Resumed(made.view.now))
    assert wish(made) is None


def test_manual_approval_leaves_other_instruments_alone() -> None:
    made = session(Mode.MANUAL_APPROVAL)
    look_twice(made, held=D("1.95"))
    assert wish(made) is RefusalCode.DISCREPANCY


@pytest.mark.parametrize("theirs", [{"held": 1}, {"cash": 50_000}])
def test_manual_approval_lets_the_instrument_reduce_alone_until_it_agrees(theirs: dict[str, Any]) -> None:
    made = session(Mode.MANUAL_APPROVAL)
    look_twice(made, **theirs)
    assert BTC in made.risk.disputed
    assert wish(made, reduce_only=True, side=Side.SELL) is None
    made.process(snapshot(7))
    made.process(snapshot(12))
    assert wish(made) is None
