"""Lines of spec/lessons.md and acceptance lines of risk-and-positions.md 20 about what a comparison must not do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, T0, USDT, look_twice, session, snapshot, wish
from tests.unit.engine.test_account_external import look, order, report_of
from tradewind.app.alerting.rules import is_at_least
from tradewind.domain import events as ev
from tradewind.domain.account import VenuePosition
from tradewind.domain.commands import Correct
from tradewind.domain.ids import Asset, ClientOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import Kind, Mode, ReconciliationReport, Severity
from tradewind.domain.step import CorrectionStale, RefusalCode
from tradewind.portfolio.ledger import Account
from tradewind.record.events.telling import Teller
from tradewind.testing import BTC, STRATEGY, accepted, filled, intent, order_spec

D = Decimal


def take(made: Any, event: ev.Event) -> Any:
    """Process an event, and the corrections that it brings."""
    step = made.process(event)
    for effect in step.effects:
        if isinstance(effect, Correct):
            made.process(effect.event)
    return step


def test_lesson_96_and_rp_20_1_a_buy_that_was_missed_gives_the_true_profit_of_its_sale() -> None:
    made = session(held=1)
    for name, side in (("b", Side.BUY), ("s", Side.SELL)):
        wanted = intent(side, 1, id=name, type=OrderType.LIMIT, price="100")
        made.orders.submit(*made.risk.review(wanted))
        made.process(accepted(name, T0))
    before = made.view.position(BTC, STRATEGY).realized
    fills = (filled("b", 1, 50_000, trade_id="b1", fee=5), filled("s", 1, 51_000, trade_id="s1", fee=5))
    told = msgspec.structs.replace(snapshot(0, held=1), fills=fills)
    take(made, told)
    average = (D(100) + D(50_000)) / 2
    assert made.view.position(BTC, STRATEGY).realized - before == 51_000 - average
    assert made.portfolio.ledger.balance(Account.FEES, USDT) == 10
    assert made.view.position(BTC).quantity == 1
    take(made, msgspec.structs.replace(told, ts_venue=T0 + SECOND, ts_recv=T0 + SECOND))
    assert made.view.position(BTC).quantity == 1, "20.4: run twice, the second changes nothing"


def test_rp_20_1_a_buy_of_50_000_that_was_missed_and_its_sale_at_51_000_are_1_000_less_fees() -> None:
    made = session(held=1)
    take(made, filled_out(made))
    before, had = made.view.position(BTC, STRATEGY).realized, made.portfolio.ledger.balance(Account.FEES, USDT)
    for name, side in (("b", Side.BUY), ("s", Side.SELL)):
        made.orders.submit(order_spec(side, 1, id=name, type=OrderType.LIMIT, price=100))
        made.process(accepted(name, T0))
    made.process(filled("s", 1, 51_000, trade_id="s1", fee=5, ts=T0))
    missed = filled("b", 1, 50_000, trade_id="b1", fee=5)
    take(made, msgspec.structs.replace(snapshot(1, held=0), positions=(), fills=(missed,)))
    assert made.view.position(BTC).is_flat
    assert made.view.position(BTC, STRATEGY).realized - before == 1_000
    assert made.portfolio.ledger.balance(Account.FEES, USDT) - had == 10


def filled_out(made: Any) -> ev.OrderFilled:
    """Return the execution that closes what a session has bought, at its own price."""
    made.orders.submit(*made.risk.review(intent(Side.SELL, 1, id="out", type=OrderType.LIMIT, price="100")))
    return filled("out", 1, 100, trade_id="o1", ts=T0)


def test_lesson_107_the_other_side_is_critical_and_no_difference_of_nothing() -> None:
    made = session(held=100)
    (found,) = report_of(look_twice(made, held=-100)).confirmed
    assert (found.kind, found.severity) == (Kind.SIDE_MISMATCH, Severity.CRITICAL)


CHANGES: dict[str, dict[str, Any]] = {
    "position": {"held": 1},
    "missing at the venue": {"held": 0},
    "other side": {"held": -2},
    "cash": {"cash": 50_000},
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("change", CHANGES)
def test_lesson_108_and_rec_1_each_mode_does_what_it_says(mode: Mode, change: str) -> None:
    made = session(mode)
    theirs = CHANGES[change]
    look_twice(made, **theirs)
    follows = mode is Mode.AUTO_ADJUST
    assert (made.view.position(BTC).quantity == theirs.get("held", 2)) == (follows or "held" not in theirs)
    assert (made.view.cash(USDT) == theirs.get("cash", 99_800)) == (follows or "cash" not in theirs)
    assert (None in made.risk.halted) == (mode is Mode.HALT_ON_MISMATCH)
    assert (BTC in made.risk.disputed) == (mode is Mode.MANUAL_APPROVAL)


def test_lesson_82_each_correction_is_an_event_of_its_own_with_an_id_made_of_what_it_says() -> None:
    made = session(Mode.AUTO_ADJUST)
    made.process(snapshot(0, held=1))
    corrections: list[Any] = [e.event for e in made.process(snapshot(5, held=1)).effects if isinstance(e, Correct)]
    assert [type(event) for event in corrections] == [ev.PositionAdjusted]
    assert corrections[0].id.startswith("adj-")
    assert (corrections[0].was, corrections[0].quantity) == (2, 1)


def test_an_average_of_the_same_executions_is_taken_over_in_every_mode_and_moves_nothing() -> None:
    for mode in Mode:
        made = session(mode)
        theirs = msgspec.structs.replace(snapshot(0), positions=(VenuePosition(BTC, D(2), D(110), tells_average=True),))
        (correct,) = made.process(theirs).effects
        equity = made.view.equity()
        made.process(correct.event)
        total = made.portfolio.totals[BTC]
        assert (total.average_price, total.realized, made.view.equity()) == (110, 20, equity)
        assert made.view.position(BTC, STRATEGY).average_price == 100, "what the strategy has paid is its own"
        assert not made.process(msgspec.structs.replace(theirs, ts_venue=T0 + 1, ts_recv=T0 + 1)).effects
        stale = made.process(msgspec.structs.replace(correct.event, ts_recv=T0 + 1))
        assert stale.notices == (CorrectionStale(correct.event.id, BTC),)


def test_lesson_90_unknown_is_no_zero_and_signs_count() -> None:
    made = session(Mode.AUTO_ADJUST)
    unread = msgspec.structs.replace(snapshot(0), balances=None)
    assert not report_of(take(made, unread)).suspected
    take(made, snapshot(1, cash=-5))
    take(made, snapshot(6, cash=-5))
    assert made.view.cash(USDT) == -5


def test_lesson_38_and_47_eleven_failed_looks_take_nothing_away_and_then_comes_the_fill() -> None:
    made = session(held=1)
    made.orders.submit(*made.risk.review(intent(id="x", type=OrderType.LIMIT, price="99")))
    made.process(accepted("x", T0))
    for number in range(11):
        made.process(ev.SnapshotFailed("binance", "503", T0 + number * SECOND))
        made.process(ev.LookupFailed(ClientOrderId("x"), "503", T0 + number * SECOND))
    assert [each.spec.id for each in made.view.open_orders()] == ["x"]
    made.process(filled("x", 1, 99, trade_id="late", fee=1, ts=made.view.now))
    assert made.view.position(BTC).quantity == 2
    assert made.portfolio.ledger.balance(Account.FEES, USDT) == 1


def test_lesson_9_what_the_venue_confirms_is_adopted_and_nothing_else() -> None:
    made = session()
    true = order("tw-000009")
    look(made, 0, true)
    look(made, 5, true)
    assert [each.spec.id for each in made.view.open_orders()] == ["tw-000009"]
    assert Asset("BTC") in dict(made.portfolio.ledger.wallet())


@pytest.mark.parametrize(
    ("theirs", "severity", "told", "refused"),
    [("1.95", Severity.MODERATE, "warning", None), ("1", Severity.CRITICAL, "critical", RefusalCode.CLOSE_ONLY)],
)
def test_lesson_146_a_moderate_difference_alerts_and_from_a_critical_one_on_exposure_may_only_fall(
    theirs: str, severity: Severity, told: str, refused: RefusalCode | None
) -> None:
    made = session()
    step = look_twice(made, held=D(theirs))
    (report,) = [notice for notice in step.notices if isinstance(notice, ReconciliationReport)]
    assert report.max_severity is severity
    (drift,) = [each for each in Teller().of(step) if each.code == "drift"]
    assert drift.severity == told
    assert is_at_least(drift.severity, "warning"), "somebody is told of it"
    assert wish(made) is refused
    assert wish(made, reduce_only=True, side=Side.SELL) is None
