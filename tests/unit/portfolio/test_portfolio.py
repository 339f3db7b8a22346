from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.ids import EXTERNAL, Asset, StrategyId, TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import Side
from tradewind.portfolio.ledger import Account
from tradewind.portfolio.portfolio import Portfolio
from tradewind.testing import BTC, STRATEGY, bar, fill, instrument, started

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
USDT = Asset("USDT")
OTHER = StrategyId("other")


def books(kind: InstrumentKind = InstrumentKind.SPOT, **prices: str) -> Any:
    """Return the books of 1,000 USDT; `prices` are those of third assets in USDT."""

    def price_of(asset: Asset, _: Asset) -> Decimal | None:
        return D(prices[asset]) if asset in prices else None

    made = Portfolio([instrument(kind=kind)], price_of)
    made.book_opening(started(USDT=1_000))
    return made


def perpetual() -> Any:
    return books(InstrumentKind.PERPETUAL)


def wallet(made: Portfolio) -> dict[str, Decimal]:
    return {str(asset): amount for asset, amount in made.ledger.wallet() if amount}


def traded(made: Portfolio, *fills: tuple[Side, Any, Any], **facts: Any) -> Any:
    for ts, (side, quantity, price) in enumerate(fills, start=1):
        made.book_fill(fill(side, quantity, price, ts=ts, **facts))
    return made


# --- what a fill does -------------------------------------------------------------------------------


def test_a_purchase_exchanges_assets_and_pays_the_fee() -> None:
    made = traded(books(), (BUY, "0.5", 100), fee="0.05")
    assert wallet(made) == {"USDT": D("949.95"), "BTC": D("0.5")}
    assert made.ledger.balance(Account.FEES, USDT) == D("0.05")
    assert made.position(BTC, STRATEGY).quantity == made.position(BTC).quantity == D("0.5")


def test_a_rebate_comes_in() -> None:
    assert wallet(traded(books(), (BUY, 1, 100), fee="-0.05"))["USDT"] == D("900.05")


def test_a_fee_in_base_is_taken_out_of_what_is_held() -> None:
    made = traded(books(), (BUY, 1, 100), fee="0.001", fee_asset="BTC")
    assert wallet(made) == {"USDT": D(900), "BTC": D("0.999")}
    assert made.position(BTC, STRATEGY).quantity == D("0.999")
    assert made.position(BTC, STRATEGY).average_price == 100
    made.book_fill(fill(SELL, "0.999", 110, ts=2))
    [trip] = made.trips
    assert (trip.fees, trip.net) == (D("0.1"), D("0.999") * 110 - 100)


@pytest.mark.parametrize(("prices", "fees", "complete"), [({"BNB": "300"}, "6", True), ({}, "0", False)])
def test_a_fee_in_a_third_asset_costs_what_it_is_worth(prices: dict, fees: str, complete: bool) -> None:
    made = books(**prices)
    made.book_opening(started(BNB=1))
    traded(made, (BUY, 1, 100), (SELL, 1, 120), fee="0.01", fee_asset="BNB")
    assert wallet(made) == {"USDT": D(1_020), "BNB": D("0.98")}
    [trip] = made.trips
    assert (trip.gross, trip.fees, trip.complete) == (D(20), D(fees), complete)


def test_contracts_move_profit_alone_and_a_fee_in_base_does_not_shed_them() -> None:
    made = traded(perpetual(), (BUY, 2, 100), (SELL, 1, 110), fee="0.001", fee_asset="BTC")
    assert wallet(made) == {"USDT": D(1_010), "BTC": D("-0.002")}
    assert made.position(BTC).quantity == 1


def test_what_is_owed_at_the_start_is_not_owned() -> None:
    made = books()
    made.book_opening(ev.SessionStarted(0, "x", (Balance(USDT, D(500), borrowed=D(300)),)))
    assert wallet(made) == {"USDT": D(1_200)}


def test_transfers_are_never_profit() -> None:
    made = books()
    made.book_transfer(ev.BalanceTransferred("x", USDT, D(-400), 5))
    assert wallet(made) == {"USDT": D(600)}
    assert made.ledger.balance(Account.TRANSFERS, USDT) == 400
    assert made.ledger.balance(Account.PROFIT, USDT) == 0


# --- several strategies -----------------------------------------------------------------------------


def test_strategies_net_at_the_venue_and_keep_their_own_books() -> None:
    made = perpetual()
    made.book_fill(fill(BUY, 1, 100))
    made.book_fill(fill(SELL, 1, 110, strategy=OTHER))
    assert made.position(BTC).is_flat
    assert made.position(BTC, STRATEGY).quantity == 1
    assert made.position(BTC, OTHER).quantity == -1
    assert wallet(made) == {"USDT": D(1_010)}
    made.book_fill(fill(SELL, 1, 120))
    made.book_fill(fill(BUY, 1, 120, strategy=OTHER))
    assert [(t.strategy, t.net) for t in made.trips] == [(STRATEGY, 20), (OTHER, -10)]
    assert wallet(made) == {"USDT": D(1_010)}


def liquidated(quantity: str, side: Side = SELL, fee: str = "1") -> ev.PositionLiquidated:
    return ev.PositionLiquidated(BTC, "L", side, D(quantity), D(50), D(fee), USDT, 9, 9)  # type: ignore[arg-type]


def sides(made: Portfolio, mine: int, theirs: int) -> None:
    for strategy, held in ((STRATEGY, mine), (OTHER, theirs)):
        made.book_fill(fill(BUY if held > 0 else SELL, abs(held), 100, strategy=strategy))


def test_a_whole_liquidation_closes_everybody() -> None:
    made = perpetual()
    sides(made, 3, -1)
    fills = made.book_liquidation(liquidated("2"))
    assert [(f.strategy, f.side, f.quantity, f.fee) for f in fills] == [(OTHER, BUY, 1, 0), (STRATEGY, SELL, 3, 1)]
    assert made.position(BTC).is_flat
    assert wallet(made) == {"USDT": D(1_000 - 100 - 1)}
    assert sum(t.net for t in made.trips) == -101


def test_a_partial_liquidation_is_shared_in_lots() -> None:
    made = perpetual()
    sides(made, 2, 1)
    fills = made.book_liquidation(liquidated("1"))
    assert [(f.strategy, str(f.quantity), f.fee) for f in fills] == [(OTHER, "0.33333", 0), (STRATEGY, "0.66667", 1)]
    assert made.position(BTC).quantity == 2


def test_a_partial_liquidation_of_shorts_buys() -> None:
    made = perpetual()
    sides(made, -3, 1)
    fills = made.book_liquidation(liquidated("1", BUY))
    assert [(f.side, str(f.quantity)) for f in fills] == [(SELL, "0.50000"), (BUY, "1.50000")]
    assert made.position(BTC).quantity == -1


@pytest.mark.parametrize("side", [BUY, SELL])
def test_of_a_liquidation_of_nothing_the_fee_is_paid(side: Side) -> None:
    made = perpetual()
    assert made.book_liquidation(liquidated("1", side, fee="3")) == []
    assert wallet(made) == {"USDT": D(997)}
    sides(made, 2 * -side.sign, side.sign)
    assert made.book_liquidation(replace(liquidated("1", side.opposite), trade_id=TradeId("M"))) == []
    assert made.position(BTC).quantity == -side.sign


def test_a_liquidation_of_more_than_is_held_closes_what_is_held() -> None:
    made = perpetual()
    sides(made, 3, -1)
    fills = made.book_liquidation(liquidated("5"))
    assert sum(f.quantity * f.side.sign for f in fills) == -2
    assert sum(f.fee for f in fills) == 1
    assert made.position(BTC).is_flat


def test_funding_is_spread_by_what_each_holds() -> None:
    made = perpetual()
    sides(made, 3, -1)
    made.book_funding(ev.FundingPaid(BTC, D("-0.7"), USDT, 5, 5))
    made.book_fill(fill(SELL, 3, 100, ts=6))
    made.book_fill(fill(BUY, 1, 100, ts=6, strategy=OTHER))
    assert [t.funding for t in made.trips] == [D("1.05"), D("-0.35")]
    assert made.ledger.balance(Account.FUNDING, USDT) == D("0.7")


def test_what_cannot_be_shared_evenly_is_shared_whole() -> None:
    made = perpetual()
    for place in range(3):
        made.book_fill(fill(BUY, 1, 100, strategy=StrategyId(f"s{place}")))
    made.book_borrow(ev.BorrowCharged(BTC, D(1), USDT, 5, 5))
    for place in range(3):
        made.book_fill(fill(SELL, 1, 100, strategy=StrategyId(f"s{place}")))
    assert sum(t.borrow for t in made.trips) == 1
    assert sum(t.net for t in made.trips) == wallet(made)["USDT"] - 1_000


def test_funding_of_what_is_flat_again_is_no_trips_cost() -> None:
    made = traded(perpetual(), (BUY, 1, 100), (SELL, 1, 100))
    made.book_funding(ev.FundingPaid(BTC, D(-1), USDT, 5, 5))
    assert wallet(made) == {"USDT": D(999)}
    assert made.trips[0].funding == 0


@pytest.mark.parametrize(("prices", "funding", "complete"), [({"BNB": "300"}, 3, True), ({}, 0, False)])
def test_funding_in_another_asset_costs_what_it_is_worth(prices: dict, funding: int, complete: bool) -> None:
    made = traded(books(InstrumentKind.PERPETUAL, **prices), (BUY, 1, 100))
    made.book_funding(ev.FundingPaid(BTC, D("-0.01"), Asset("BNB"), 5, 5))
    made.book_fill(fill(SELL, 1, 100, ts=6))
    assert (made.trips[0].funding, made.trips[0].complete) == (funding, complete)


# --- round trips ------------------------------------------------------------------------------------


def test_a_trip_is_from_flat_to_flat() -> None:
    made = traded(books(), (BUY, 1, 100), (BUY, 3, 120), (SELL, 2, 130), (SELL, 2, 140), fee=1)
    [trip] = made.trips
    assert (trip.side, trip.quantity, trip.entry_price, trip.exit_price) == (BUY, 4, 115, 135)
    assert (trip.gross, trip.fees, trip.net, trip.opened_at, trip.closed_at) == (80, 4, 76, 1, 4)
    assert made.exposed == {}


def test_a_turn_ends_one_trip_and_begins_another_each_with_its_share_of_the_fee() -> None:
    made = traded(perpetual(), (BUY, 1, 100), (SELL, 4, 110), (BUY, 3, 100), fee=2)
    first, second = made.trips
    assert (first.side, first.quantity, first.gross, first.fees) == (BUY, 1, 10, D("2.5"))
    assert (second.side, second.quantity, second.gross, second.fees) == (SELL, 3, 30, D("3.5"))
    assert wallet(made)["USDT"] == 1_000 + first.net + second.net


def test_lesson_116_a_cost_of_unknown_worth_leaves_its_trips_incomplete() -> None:
    made = traded(perpetual(), (BUY, 1, 100), (SELL, 2, 110), fee=1, fee_asset="XYZ")
    made.book_fill(fill(BUY, 1, 100))
    assert [t.complete for t in made.trips] == [False, False]


def test_dust_ends_a_trip() -> None:
    made = traded(books(), (BUY, "0.01234", 100), fee="0.00001234", fee_asset="BTC")
    made.book_fill(fill(SELL, "0.01232", 110, ts=2))
    assert len(made.trips) == 1
    assert made.position(BTC, STRATEGY).is_flat
    assert made.position(BTC, STRATEGY).quantity == D("0.00000766")
    made.book_fill(fill(BUY, 1, 100, ts=3))
    made.book_fill(fill(SELL, 1, 100, ts=4))
    assert [t.quantity for t in made.trips] == [D("0.01234"), 1]


def test_a_fee_in_base_on_the_sale_of_everything_ends_the_trip() -> None:
    made = traded(books(), (BUY, 1, 100))
    made.book_fill(fill(SELL, 1, 110, fee="0.000001", fee_asset="BTC", ts=2))
    assert len(made.trips) == 1
    assert made.exposed == {}


def test_a_fee_in_base_that_is_owed_after_the_sale_of_everything_is_a_round_trip_of_its_own() -> None:
    made = traded(books(), (BUY, 1, 100))
    made.book_fill(fill(SELL, 1, 110, fee="0.001", fee_asset="BTC", ts=2))
    assert [(trip.gross, trip.fees) for trip in made.trips] == [(10, D("0.11"))]
    (owed,) = made.exposed[BTC]
    assert (owed.side, owed.entry_quantity, owed.entry_value) == (SELL, D("0.001"), D("0.11"))
    made.book_fill(fill(BUY, "0.001", 120, ts=3))
    assert [trip.net for trip in made.trips] == [D("9.89"), D("-0.01")]
    assert made.exposed == {}


@pytest.mark.parametrize(("side", "mfe", "mae"), [(BUY, 0.06, -0.03), (SELL, 0.03, -0.06)])
def test_excursions(side: Side, mfe: float, mae: float) -> None:
    """RP 12.1."""
    made = perpetual()
    made.book_fill(fill(side, 1, 100, ts=bar(0, 1).ts_open))
    for each in (bar(100, 1, high=104.0), bar(100, 2, high=106.0), bar(100, 3, low=97.0)):
        made.see(each)
    made.book_fill(fill(side.opposite, 1, 100, ts=bar(0, 4).ts_open))
    [trip] = made.trips
    assert (trip.mfe, trip.mae) == (pytest.approx(mfe), pytest.approx(mae))


def test_without_a_bar_in_between_there_is_no_excursion() -> None:
    made = traded(perpetual(), (BUY, 1, 100), (SELL, 1, 105))
    assert (made.trips[0].mfe, made.trips[0].mae) == (None, None)


def test_the_bar_of_the_entry_does_not_count_live_nor_simulated() -> None:
    entry = bar(100, 1, high=200.0, low=50.0)
    live = perpetual()
    live.book_fill(fill(BUY, 1, 100, ts=entry.ts_open + 5))
    simulated = perpetual()  # filled at the open, heard of with the close
    simulated.book_fill(fill(BUY, 1, 100, ts_venue=entry.ts_open, ts_recv=entry.ts_recv))
    for made in (live, simulated):
        made.see(entry)
        made.see(bar(100, 2, high=101.0))
        made.book_fill(fill(SELL, 1, 100, ts=bar(0, 3).ts_open))
        assert made.trips[0].mfe == pytest.approx(0.01)


# --- what is kept of it -----------------------------------------------------------------------------


def test_what_was_sold_at_the_price_that_it_was_bought_at_is_kept_to_the_digit() -> None:
    made = traded(perpetual(), (BUY, "0.10", "107.5"), (SELL, "0.10", "107.5"))
    after = perpetual()
    after.restore(made.state())
    positions = [[each.position(BTC), each.position(BTC, STRATEGY)] for each in (made, after)]
    was, is_now = [[(str(p.quantity), str(p.realized), str(p.cost)) for p in held] for held in positions]
    assert was == is_now
    assert was[0][0] == "0.00", "and this is what a report would tell"


def test_what_was_only_looked_at_is_not_kept() -> None:
    made = perpetual()
    assert made.position(BTC, OTHER).is_flat
    assert (made.state().totals, made.state().positions) == ((), ())


def adjusted(was: str, quantity: str, price: Decimal) -> ev.PositionAdjusted:
    return ev.PositionAdjusted(TradeId("adj"), BTC, D(was), D(quantity), price, 1)


def test_what_a_correction_adds_has_cost_an_amount_of_money_though_average_prices_are_quotients() -> None:
    """Seed 19754: the wallet had 78 digits after a cost was corrected, and funding lost its last ones."""
    made, third = perpetual(), D(29929) / 300
    assert made.book_position_adjustment(adjusted("0", "-0.02", third))
    assert made.totals[BTC].cost == made.position(BTC, EXTERNAL).cost == D("-1.995266666666666667")
    was = made.totals[BTC].cost
    assert made.book_average_adjustment(ev.AverageAdjusted(TradeId("a"), BTC, D("-0.02"), was, D("-1.99"), 2))
    before = wallet(made)["USDT"]
    made.book_funding(ev.FundingPaid(BTC, D("0.0059886"), USDT, 3, 3))
    assert wallet(made)["USDT"] - before == D("0.0059886")


def test_nobody_earns_by_what_a_correction_closes_not_the_last_digit() -> None:
    made = perpetual()
    for price in ("99.77", "99.78", "99.79"):
        made.book_fill(fill(BUY, "0.1", price))
    made.book_fill(fill(BUY, "0.4", "100"))
    assert made.book_position_adjustment(adjusted("0.7", "0.4", D(100)))
    assert made.totals[BTC].realized == made.position(BTC, STRATEGY).realized == 0
    assert made.totals[BTC].cost == made.position(BTC, STRATEGY).cost > 0
