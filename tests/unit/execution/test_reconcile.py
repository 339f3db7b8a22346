"""Each kind of difference, each mode; the numbers are those of spec/live-controls.md 8 and risk-and-positions.md 20."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance, VenueOrder, VenuePosition
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, VenueOrderId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.domain.position import Position
from tradewind.domain.reconciliation import Kind, Mode, Severity
from tradewind.domain.signal import CancelIntent
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.comparison import Ours, Outcome, Reconciliation
from tradewind.execution.orders import Orders
from tradewind.execution.reconcile import reconcile
from tradewind.testing import BTC, STRATEGY, accepted, cancelled, filled, instrument, order_spec

D = Decimal
USDT = Asset("USDT")
SECOND = NS_PER_SECOND
SECOND_LOOK = 5


class Books:
    """Our side, and the venue's; equal unless the test says otherwise."""

    def __init__(
        self,
        held: Any = 0,
        cash: Any = 1_000,
        *,
        mode: Mode = Mode.WARN_ONLY,
        exits_here: bool = False,
        **settings: Any,
    ) -> None:
        self.exits_here = exits_here
        self.settings = Reconciliation(mode, **settings)
        self.orders = Orders()
        self.facts = instrument()
        self.position = Position(BTC, lot=self.facts.lot)
        if held:
            self.position.apply(D(held), D(100), 0)
        self.wallet = {USDT: D(cash)}
        self.suspects: Any = {}

    def rest(self, side: Side = Side.BUY, quantity: Any = 2, *, name: str = "t-1", is_open: bool = True) -> None:
        self.orders.submit(order_spec(side, quantity, id=name, type=OrderType.LIMIT, price=99))
        if is_open:
            self.orders.apply(accepted(name))

    def look(self, at: float = 0, **theirs: Any) -> Outcome:
        """Compare with a snapshot; what is not given is as ours."""
        ts = int(at * SECOND)
        held = theirs.pop("held", self.position.quantity)
        cash = theirs.pop("cash", self.wallet[USDT])
        known: dict[str, Any] = {
            "balances": (Balance(USDT, D(cash)),),
            "positions": (VenuePosition(BTC, D(held), D(100)),) if held else (),
            "orders": tuple(listed(name, order) for name, order in self.orders.living.items()),
            "fills": (),
        }
        snapshot = ev.AccountSnapshot(venue="v", ts_venue=ts, ts_recv=ts, **(known | theirs))
        ours = Ours(self.orders, {BTC: self.position}, self.wallet, {BTC: self.facts}, exits_here=self.exits_here)
        outcome = reconcile(ours, snapshot, self.settings, self.suspects)
        self.suspects = outcome.suspects
        return outcome

    def twice(self, wait: float = SECOND_LOOK, **theirs: Any) -> Outcome:
        first = self.look(0, **theirs)
        assert not first.report.confirmed
        return self.look(wait, **theirs)


def listed(name: str, order: Any, **changes: Any) -> VenueOrder:
    spec = order.spec
    found = VenueOrder(
        ClientOrderId(name), VenueOrderId("v"), spec.instrument, spec.side, spec.quantity, order.filled, spec.price
    )
    return msgspec.structs.replace(found, **changes)


def kinds(outcome: Outcome) -> list[tuple[Kind, Severity]]:
    return [(each.kind, each.severity) for each in outcome.report.confirmed]


def test_equal_books_have_no_difference() -> None:
    books = Books(held=1)
    books.rest()
    outcome = books.twice()
    assert not outcome.report.has_discrepancies
    assert outcome.report.max_severity is Severity.NONE
    assert (outcome.corrections, outcome.suspects) == ((), {})


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "severity"),
    [
        ("1", "1.009", Kind.QUANTITY_MISMATCH, Severity.MINOR),
        ("1", "1.04", Kind.QUANTITY_MISMATCH, Severity.MODERATE),
        ("1", "1.06", Kind.QUANTITY_MISMATCH, Severity.CRITICAL),
        ("1", "0", Kind.MISSING_BROKER, Severity.CRITICAL),
        ("0", "1", Kind.MISSING_LOCAL, Severity.CRITICAL),
        ("1", "-1", Kind.SIDE_MISMATCH, Severity.CRITICAL),
    ],
)
def test_positions(ours: str, theirs: str, kind: Kind, severity: Severity) -> None:
    assert kinds(Books(held=ours).twice(held=D(theirs))) == [(kind, severity)]


def test_rec_2_zero_is_a_value() -> None:
    flat = (VenuePosition(BTC, D(0), D(0)),)
    assert kinds(Books(held=1).twice(positions=flat)) == [(Kind.QUANTITY_MISMATCH, Severity.CRITICAL)]
    assert kinds(Books(held=0).twice(positions=flat)) == []


@pytest.mark.parametrize(
    ("theirs", "severity"),
    [("1009", None), ("1015", Severity.MINOR), ("1040", Severity.MODERATE), ("1100", Severity.CRITICAL),
     ("-1000", Severity.CRITICAL)],
)  # fmt: skip
def test_cash(theirs: str, severity: Severity | None) -> None:
    assert kinds(Books().twice(cash=theirs)) == ([] if severity is None else [(Kind.CASH, severity)])


def priced(books: Books, theirs: dict[str, Any], at: float = 0, **ours: Any) -> Outcome:
    """Compare with prices: one BTC is worth 100 USDT."""
    worth: dict[str, Decimal] = {"USDT": D(1), "BTC": D(100)}
    snapshot = ev.AccountSnapshot("v", ts_venue=int(at * SECOND), ts_recv=int(at * SECOND), **theirs)
    made = Ours(
        books.orders, {BTC: books.position}, books.wallet, {BTC: ours.pop("facts", books.facts)},
        worth=worth.get, mark=lambda _: ours.pop("mark", D(100)), **ours,
    )  # fmt: skip
    outcome = reconcile(made, snapshot, books.settings, books.suspects)
    books.suspects = outcome.suspects
    return outcome


def account(cash: Any, *more: Balance, **rest: Any) -> dict[str, Any]:
    return {"balances": (Balance(USDT, D(cash)), *more), "positions": (), "orders": (), "fills": (), **rest}


@pytest.mark.parametrize(
    ("cash", "severity"),
    [("995", None), ("985", Severity.MINOR), ("970", Severity.MODERATE), ("900", Severity.CRITICAL)],
)  # fmt: skip
def test_lesson_81_equity(cash: str, severity: Severity | None) -> None:
    books = Books(cash=1000, cash_tolerance=D(1))
    priced(books, account(cash))
    assert kinds(priced(books, account(cash), 5)) == ([] if severity is None else [(Kind.EQUITY, severity)])


def test_rp_20_5_equity_of_84_against_100_is_found_at_once_with_a_short_open() -> None:
    books = Books(held=-1, cash=200)
    theirs = {"positions": (VenuePosition(BTC, D(-1), D(100)),)}
    owed = Balance(Asset("BTC"), D(0), borrowed=D(1))
    books.wallet[Asset("BTC")] = D(-1)
    first = priced(books, account("184.25", owed, **theirs))
    assert kinds(first) == [(Kind.EQUITY, Severity.CRITICAL)]
    assert [first.report.confirmed[0].ours, first.report.confirmed[0].theirs] == [D(100), D("84.25")]


def test_rec_6_drift_above_a_twentieth_is_certain_at_once_and_below_at_the_second_look() -> None:
    assert priced(Books(cash=1000), account("940")).report.confirmed
    assert not priced(Books(cash=1000), account("960")).report.confirmed


def test_lesson_110_what_has_no_price_makes_equity_unknown_and_not_zero() -> None:
    books = Books(cash=1000)
    books.wallet[Asset("XYZ")] = D(5)
    assert not [each for each in priced(books, account("100")).report.confirmed if each.kind is Kind.EQUITY]


def test_equity_is_not_judged_while_something_is_under_way() -> None:
    books = Books(cash=1000)
    books.rest(is_open=False)
    assert not priced(books, account("100")).report.confirmed


def test_equity_counts_contracts_at_the_mark() -> None:
    facts = instrument(kind=InstrumentKind.PERPETUAL)
    books = Books(held=2, cash=1000)
    told = account("1000", positions=(VenuePosition(BTC, D(2), D(60)),))
    (found,) = [e for e in priced(books, told, facts=facts).report.confirmed if e.kind is Kind.EQUITY]
    assert [found.ours, found.theirs] == [D(1000), D(1080)]


def test_another_kind_of_account_is_critical() -> None:
    books = Books(cash=1000)
    told = account(1000, account=AccountKind.MARGIN)
    priced(books, told, account=AccountKind.CASH)
    assert kinds(priced(books, told, 5, account=AccountKind.CASH)) == [(Kind.ACCOUNT_MODE, Severity.CRITICAL)]
    assert not priced(books, account(1000), 6, account=AccountKind.CASH).report.suspected, "not said is not another"


def test_rp_20_2_a_balance_of_nothing_is_compared() -> None:
    assert kinds(Books(cash=0).twice(cash=5)) == [(Kind.CASH, Severity.CRITICAL)]


def test_lesson_109_a_difference_is_certain_when_it_lasts_and_is_the_same() -> None:
    books = Books(held=1)
    assert books.look(0, held=2).report.suspected
    assert not books.look(4, held=2).report.confirmed
    assert not books.look(5, held=3).report.confirmed, "another one begins anew"
    assert not books.look(9, held=3).report.confirmed
    assert books.look(10, held=3).report.confirmed
    assert not books.look(11).suspects


def test_what_is_under_way_explains_a_position_and_no_more_than_that() -> None:
    books = Books()
    books.rest(quantity=2, is_open=False)
    sleeping: dict[str, Any] = {"orders": ()}
    assert not [each for each in books.look(0, held=2, **sleeping).report.suspected if each.subject == BTC]
    assert [each for each in books.look(1, held=3, **sleeping).report.suspected if each.subject == BTC]
    assert [each for each in books.look(2, held=-1, **sleeping).report.suspected if each.subject == BTC]


def test_cash_is_not_judged_while_an_order_is_under_way() -> None:
    books = Books()
    books.rest(is_open=False)
    assert not [each for each in books.look(0, cash=1).report.suspected if each.kind is Kind.CASH]


# --- orders -----------------------------------------------------------------------------------------


def test_an_order_that_does_not_rest_there_is_asked_about_and_never_ended_by_a_guess() -> None:
    books = Books()
    books.rest()
    outcome = books.twice(orders=())
    assert kinds(outcome) == [(Kind.ORPHANED_LOCAL, Severity.MODERATE)]
    (question,) = outcome.corrections
    assert question == ev.OutcomeUnknown(ClientOrderId("t-1"), "reconciliation: orphaned_local", 5 * SECOND)
    books.orders.apply(question)
    assert books.orders.pending(BTC, Side.BUY) == 2
    assert not books.look(20, orders=()).report.suspected, "it is being asked about"


def test_an_order_in_flight_has_the_grace() -> None:
    books = Books()
    books.rest(is_open=False)
    assert not books.twice(9.9, orders=()).corrections
    assert [type(event) for event in books.look(10, orders=()).corrections] == [ev.OutcomeUnknown]


def test_a_cancel_that_nobody_answers_is_asked_about_after_the_grace() -> None:
    books = Books()
    books.rest()
    books.orders.cancel(CancelIntent(STRATEGY, ClientOrderId("t-1")))
    assert not books.look(0).report.confirmed
    assert not books.look(9).report.confirmed
    (event,) = books.look(10).corrections
    assert isinstance(event, ev.OutcomeUnknown)


def test_an_exit_that_sleeps_need_not_be_listed() -> None:
    books = Books()
    stop = order_spec(Side.SELL, 2, id="t-2", parent="t-1", reduce_only=True, type=OrderType.STOP, trigger=90)
    books.orders.submit(order_spec(quantity=2, type=OrderType.LIMIT, price=99), (stop,))
    books.orders.apply(accepted())
    entry = listed("t-1", books.orders.living[ClientOrderId("t-1")])
    assert not kinds(books.twice(orders=(entry,)))
    books.orders.apply(cancelled())
    books.suspects = {}
    assert kinds(books.twice(orders=())) == [(Kind.ORPHANED_LOCAL, Severity.MODERATE)]


def test_an_order_of_nobody_is_told_and_left_alone() -> None:
    stranger = VenueOrder(ClientOrderId("web-1"), VenueOrderId("v"), BTC, Side.BUY, D(1), D(0), D(50))
    outcome = Books(mode=Mode.AUTO_ADJUST).twice(orders=(stranger,))
    assert kinds(outcome) == [(Kind.ORPHANED_BROKER, Severity.CRITICAL)]
    assert outcome.corrections == ()


def test_a_rejected_order_that_works_at_the_venue_comes_back() -> None:
    books = Books()
    books.rest(is_open=False)
    there = listed("t-1", books.orders.by_id[ClientOrderId("t-1")])
    books.orders.apply(ev.OrderRejected(ClientOrderId("t-1"), "", 0, 0))
    for event in books.twice(orders=(there,)).corrections:
        assert isinstance(event, ev.OrderAccepted)
        books.orders.apply(event)
    assert [order.spec.id for order in books.orders.open()] == ["t-1"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"filled": D(1)}, Kind.FILLED_MISMATCH), ({"quantity": D(3)}, Kind.STATUS_MISMATCH),
     ({"price": D(98)}, Kind.STATUS_MISMATCH)],
)  # fmt: skip
def test_an_order_that_is_not_what_we_think_is_asked_about(change: dict[str, Any], kind: Kind) -> None:
    books = Books()
    books.rest()
    other = listed("t-1", books.orders.living[ClientOrderId("t-1")], **change)
    outcome = books.twice(orders=(other,))
    assert [each.kind for each in outcome.report.confirmed] == [kind]
    assert [type(event) for event in outcome.corrections] == [ev.OutcomeUnknown]


# --- fills ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_lesson_93_a_fill_that_nobody_told_is_booked_in_every_mode_and_at_once(mode: Mode) -> None:
    books = Books(mode=mode)
    books.rest()
    fills = (filled(quantity=1, trade_id="x"), filled(quantity=1, trade_id="x"), filled("t-9", trade_id="y"))
    outcome = books.look(7, fills=fills, held=1, cash=900)
    assert outcome.corrections == (msgspec.structs.replace(fills[0], ts_recv=7 * SECOND),)
    assert not [each for each in outcome.report.suspected if each.kind is not Kind.FILLED_MISMATCH]
    for event in outcome.corrections:
        books.orders.apply(event)
    assert not books.look(8, fills=fills, held=0).corrections, "run twice, it is booked once"


# --- modes ------------------------------------------------------------------------------------------


def test_rp_20_3_what_could_not_be_read_is_unknown() -> None:
    books = Books(held=1, mode=Mode.AUTO_ADJUST)
    books.rest()
    outcome = books.twice(orders=None, fills=None, balances=None, positions=None)
    assert (outcome.report.confirmed, outcome.report.suspected, outcome.corrections) == ((), (), ())


@pytest.mark.parametrize("mode", [Mode.WARN_ONLY, Mode.HALT_ON_MISMATCH, Mode.MANUAL_APPROVAL])
def test_no_other_mode_changes_the_books(mode: Mode) -> None:
    outcome = Books(held=1, mode=mode).twice(held=2, cash=5)
    assert len(outcome.report.confirmed) == 1, "cash waits for the position"
    assert outcome.corrections == ()


def test_auto_adjust_sets_the_books_to_the_venues() -> None:
    (event,) = Books(held=1, mode=Mode.AUTO_ADJUST).twice(held=3).corrections
    assert isinstance(event, ev.PositionAdjusted)
    assert [event.was, event.quantity, event.price] == [1, 3, 100]
    (event,) = Books(mode=Mode.AUTO_ADJUST).twice(cash=5).corrections
    assert isinstance(event, ev.BalanceAdjusted)
    assert [event.was, event.total] == [1_000, 5]


def test_a_corrected_balance_has_no_digits_beyond_the_last_of_any_venue() -> None:
    (event,) = Books(cash=D(100) / 3, mode=Mode.AUTO_ADJUST).twice(cash=D(1) / 7).corrections
    assert isinstance(event, ev.BalanceAdjusted)
    assert event.total == (D(1) / 7).quantize(D("1e-18"))


def test_ids_are_made_of_what_is_said() -> None:
    def said(held: int, at: int) -> tuple[str, str]:
        outcome = Books(held=1, mode=Mode.AUTO_ADJUST).twice(at, held=held)
        (event,) = outcome.corrections
        return outcome.report.id, event.id  # type: ignore[union-attr]

    assert said(3, 5) == said(3, 5)
    assert len({said(3, 5), said(2, 5), said(3, 6)}) == 3


def test_a_position_of_an_instrument_that_is_not_ours_is_told_and_left_alone() -> None:
    other = VenuePosition(InstrumentId("x:Y"), D(1), D(5))
    outcome = Books(mode=Mode.AUTO_ADJUST).twice(positions=(other,))
    assert kinds(outcome) == [(Kind.MISSING_LOCAL, Severity.CRITICAL)]
    assert outcome.corrections == ()


def test_dust_is_no_difference() -> None:
    assert not Books(held=1).twice(held=D("1.000009")).report.confirmed
    assert not Books(cash=0).twice(cash="0.000009").report.confirmed


quantities = st.decimals("-3", "3", places=1)


@given(ours=quantities, theirs=quantities, owned=quantities, cash=quantities, mode=st.sampled_from(Mode))
def test_no_correction_moves_us_away_from_the_venue(
    ours: Decimal, theirs: Decimal, owned: Decimal, cash: Decimal, mode: Mode
) -> None:
    books = Books(held=ours, cash=owned, mode=mode, cash_tolerance=D(0))
    for at in (0, 5, 10, 15):
        for event in books.look(at, held=theirs, cash=cash).corrections:
            if isinstance(event, ev.PositionAdjusted):
                assert event.was == books.position.quantity
                assert event.quantity == theirs
                books.position.apply(event.quantity - event.was, D(100), 0)
            if isinstance(event, ev.BalanceAdjusted):
                assert event.was == books.wallet[USDT]
                books.wallet[USDT] = event.total
    if mode is Mode.AUTO_ADJUST:
        assert (books.position.quantity, books.wallet[USDT]) == (theirs, cash)
        assert not books.look(20, held=theirs, cash=cash).report.suspected, "20.4: the next run changes nothing"
    else:
        assert (books.position.quantity, books.wallet[USDT]) == (ours, owned)
