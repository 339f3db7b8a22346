"""Funding, interest and liquidations whose word was lost: found in the venue's own list, in each mode; booked once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, T0, USDT, session, snapshot
from tests.unit.engine.test_account_external import report_of
from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.commands import Correct
from tradewind.domain.ids import Asset, TradeId
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Mode
from tradewind.domain.step import ChargeRepeated, TransferRepeated
from tradewind.testing import BTC

D = Decimal
FUNDING = ev.FundingPaid(BTC, D(-3), USDT, T0, T0)
INTEREST = ev.BorrowCharged(BTC, D(2), USDT, T0, T0)
FORCED = ev.PositionLiquidated(BTC, TradeId("w1"), Side.SELL, D(1), D(50), D(2), USDT, T0, T0)
BOOKS = (D(99_800), D(2))
"""What a session of these tests has: cash, and what it holds."""


def look(made: Any, at: float, *charges: Any, books: tuple[Decimal, Decimal]) -> Any:
    """Compare with an account that tells these charges; let the corrections happen."""
    cash, held = books
    told = snapshot(at, cash=cash, held=held)
    owned = Balance(USDT, cash), Balance(Asset("BTC"), held)
    step = made.process(msgspec.structs.replace(told, balances=owned, orders=(), fills=(), charges=charges))
    for effect in step.effects:
        if isinstance(effect, Correct):
            made.process(effect.event)
    return step


def owned(made: Any) -> tuple[Decimal, Decimal]:
    return made.view.cash(USDT), made.view.position(BTC).quantity


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("charge", "books", "said"),
    [
        (FUNDING, (D(99_797), D(2)), "books funding of binance:BTCUSDT: -3 USDT"),
        (INTEREST, (D(99_798), D(2)), "books interest of binance:BTCUSDT: 2 USDT"),
        (FORCED, (D(99_848), D(1)), "books the liquidation w1 of 1 binance:BTCUSDT"),
    ],
)
def test_lesson_116_a_charge_that_nobody_told_is_booked_later_under_its_name_in_each_mode(
    mode: Mode, charge: Any, books: tuple[Decimal, Decimal], said: str
) -> None:
    made = session(mode=mode)
    assert owned(made) == BOOKS
    report = report_of(look(made, 0, charge, books=books))
    assert report.actions == (said,)
    assert not report.confirmed
    assert not report.suspected, "what explains the difference is known"
    assert owned(made) == books
    again = report_of(look(made, 5, charge, books=books))
    assert not (again.actions)
    assert not (again.suspected)
    assert not (again.confirmed)
    late = made.process(msgspec.structs.replace(charge, ts_recv=made.view.now))
    assert [type(notice) for notice in late.notices] == [ChargeRepeated]
    assert owned(made) == books


def test_a_charge_that_was_told_is_not_booked_again_from_the_list() -> None:
    made = session()
    made.process(msgspec.structs.replace(FUNDING, ts_recv=made.view.now))
    assert not report_of(look(made, 0, FUNDING, books=(D(99_797), D(2)))).actions


def test_what_earlier_answers_have_told_is_not_booked_again() -> None:
    """An operator may ask for executions of long ago; the opening balance has paid for what was charged then."""
    made = session()
    for at in (0, 100, 200):
        look(made, at, books=BOOKS)
    old = msgspec.structs.replace(FUNDING, ts_venue=T0 + 80 * SECOND)
    assert not report_of(look(made, 300, old, books=BOOKS)).actions
    assert owned(made) == BOOKS
    new = msgspec.structs.replace(FUNDING, ts_venue=T0 + 290 * SECOND)
    assert report_of(look(made, 400, new, books=(D(99_797), D(2)))).actions


def test_a_transfer_that_is_told_twice_is_booked_once_also_over_a_restart() -> None:
    made = session()
    told = ev.BalanceTransferred("x", USDT, D(500), made.view.now, "t1")
    assert not made.process(told).notices
    step = made.process(told)
    assert step.notices == (TransferRepeated("x", USDT, D(500), "t1"),)
    assert owned(made) == (D(100_300), D(2))
    after = session()
    after.portfolio.restore(made.portfolio.state())
    after.process(msgspec.structs.replace(told, ts_recv=after.view.now))
    assert after.view.cash(USDT) == made.view.cash(USDT)
    made.process(msgspec.structs.replace(told, transfer_id="t2"))
    assert owned(made) == (D(100_800), D(2)), "another one of the same amount"
    made.process(msgspec.structs.replace(told, transfer_id=""))
    made.process(msgspec.structs.replace(told, transfer_id=""))
    assert owned(made) == (D(101_800), D(2)), "without a name nobody can tell"
