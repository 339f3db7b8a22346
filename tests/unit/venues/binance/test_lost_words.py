"""A word of the account's stream that never came: what the next comparison says of it, from Binance's answers on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.engine.test_account import SECOND, T0, USDT, session
from tests.unit.engine.test_account_external import report_of
from tests.unit.venues.binance.bench import Bench
from tradewind.domain import events as ev
from tradewind.domain.commands import Correct, QueryAccount
from tradewind.domain.money import money_context
from tradewind.domain.reconciliation import Kind, Mode, Severity
from tradewind.testing import BTC

if TYPE_CHECKING:
    from collections.abc import Iterator

D = Decimal


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with money_context():
        yield


def compared(made: Any, bench: Bench, at: float, usdt: Any, btc: Any) -> Any:
    """Ask for the account, answer with these balances, and let the engine compare and correct."""
    now = T0 + int(at * SECOND)
    bench.take(QueryAccount(T0, 1), now)
    rows = [{"asset": "USDT", "free": str(usdt), "locked": "0"}, {"asset": "BTC", "free": str(btc), "locked": "0"}]
    assert not bench.answer({"canTrade": True, "balances": rows}, place=-3, now=now).events
    assert not bench.answer([], place=-2, now=now).events
    (snapshot,) = bench.answer([], place=-1, now=now).events
    assert isinstance(snapshot, ev.AccountSnapshot)
    step = made.process(snapshot)
    for effect in step.effects:
        if isinstance(effect, Correct):
            made.process(effect.event)
    return report_of(step)


@pytest.mark.parametrize("mode", Mode)
def test_a_deposit_whose_word_was_lost_is_found_by_the_next_comparison(mode: Mode) -> None:
    made, bench = session(mode), Bench()
    assert made.view.cash(USDT) == 99_800
    assert not compared(made, bench, 0, 99_800, 2).suspected
    (suspected,) = compared(made, bench, 10, 119_800, 2).suspected
    assert (suspected.kind, suspected.subject, suspected.severity) == (Kind.CASH, str(USDT), Severity.CRITICAL)
    confirmed = compared(made, bench, 15, 119_800, 2).confirmed
    found = next(each for each in confirmed if each.kind is Kind.CASH)
    assert (found.kind, found.ours, found.theirs) == (Kind.CASH, D(99_800), D(119_800))
    corrects = mode is Mode.AUTO_ADJUST
    assert made.view.cash(USDT) == (119_800 if corrects else 99_800)
    assert made.view.position(BTC).quantity == 2
    assert bool(compared(made, bench, 20, 119_800, 2).confirmed) is not corrects


def test_a_deposit_of_coin_whose_word_was_lost_is_found_as_a_position_that_nobody_bought() -> None:
    """The balances tell no more: who confirms it as a deposit has it booked to the owner of what is external."""
    made, bench = session(Mode.AUTO_ADJUST), Bench()
    for at in (10, 15):
        report = compared(made, bench, at, 99_800, D("2.5"))
    assert BTC in {found.subject for found in report.confirmed}
    assert made.view.position(BTC).quantity == D("2.5")


def test_a_deposit_that_was_told_is_no_difference() -> None:
    made, bench = session(), Bench()
    for asset, amount in (("USDT", 20_000), ("BTC", 1)):
        told = {"e": "balanceUpdate", "E": T0 // 1_000_000, "a": asset, "d": str(amount), "T": 1}
        (event,) = bench.hear({"subscriptionId": 0, "event": told}, T0).events
        made.process(event)
    report = compared(made, bench, 10, 119_800, 3)
    assert not report.suspected
    assert made.view.position(BTC).quantity == 2
