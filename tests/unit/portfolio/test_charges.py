"""Funding, interest and liquidations that are told twice are booked once, over restarts too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.portfolio.test_portfolio import USDT, liquidated, perpetual, sides, wallet
from tradewind.domain import events as ev
from tradewind.domain.ids import TradeId
from tradewind.domain.money import money_context
from tradewind.portfolio import charges
from tradewind.portfolio.charges import Charges
from tradewind.testing import BTC

D = Decimal
FUNDING = ev.FundingPaid(BTC, D("-0.70"), USDT, 5, 6)
INTEREST = ev.BorrowCharged(BTC, D(1), USDT, 5, 6)


def book(made: Any, event: Any) -> object:
    match event:
        case ev.FundingPaid():
            return made.book_funding(event)
        case ev.BorrowCharged():
            return made.book_borrow(event)
        case _:
            return made.book_liquidation(event)


@pytest.mark.parametrize("event", [FUNDING, INTEREST, liquidated("1")], ids=lambda event: type(event).__name__)
def test_what_is_told_again_is_booked_once(event: Any) -> None:
    made = perpetual()
    sides(made, 3, -1)
    assert book(made, event)
    after, held = wallet(made), made.position(BTC).quantity
    again = replace(event, ts_recv=99)  # on another channel, later
    assert not book(made, again)
    resumed = perpetual()
    resumed.restore(made.state())
    assert not book(resumed, again)
    assert (wallet(made), made.position(BTC).quantity) == (after, held)
    assert (wallet(resumed), resumed.position(BTC).quantity) == (after, held)


def test_the_same_amount_is_known_however_many_zeros_it_has() -> None:
    made = perpetual()
    assert made.book_funding(FUNDING)
    assert not made.book_funding(replace(FUNDING, amount=D("-0.7")))


@pytest.mark.parametrize("other", [{"amount": D(2)}, {"ts_venue": 6}, {"asset": "BNB"}])
def test_what_says_something_else_is_another_charge(other: dict[str, Any]) -> None:
    made = perpetual()
    assert made.book_funding(FUNDING)
    assert made.book_funding(replace(FUNDING, **other))
    assert made.book_liquidation(liquidated("1")) is not None
    assert made.book_liquidation(replace(liquidated("1"), trade_id=TradeId("M"))) is not None
    assert made.book_borrow(INTEREST), "interest is no funding"


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charges, "KEPT_MAX", 2)
    known = Charges()
    assert [known.is_new(replace(FUNDING, ts_venue=ts)) for ts in (1, 2, 2, 3, 2, 1)] == [
        True, True, False, True, False, True,
    ]  # fmt: skip
    assert len(known.state()) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), max_size=12), st.randoms())
def test_doubled_and_shuffled_words_come_to_the_same_money(told: list[tuple[int, int]], draw: Any) -> None:
    with money_context():
        events = [replace(FUNDING, ts_venue=ts, amount=D(amount)) for ts, amount in dict.fromkeys(told)]
        once, twice = perpetual(), perpetual()
        for event in events:
            once.book_funding(event)
        doubled = events * 2
        draw.shuffle(doubled)
        for event in doubled:
            twice.book_funding(event)
        assert wallet(once) == wallet(twice)


def test_an_execution_that_is_noted_again_takes_no_place_and_is_not_forgotten_before_its_time() -> None:
    known = Charges()
    for _ in range(charges.KEPT_MAX):
        known.note(BTC, TradeId("1"))
    assert len(known.state()) == 1
    known.note(BTC, TradeId("2"))
    assert known.is_liquidation(BTC, TradeId("1"))
