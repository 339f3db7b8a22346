from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.venues.sim.world import MINUTE, World
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import FundingRate
from tradewind.domain.money import exact, money_context, plain
from tradewind.domain.time import NS_PER_DAY
from tradewind.testing import builders as make
from tradewind.venues.sim.account import SimAccount
from tradewind.venues.sim.models import BpsFees

if TYPE_CHECKING:
    from pathlib import Path


PERPETUAL = make.instrument(kind=InstrumentKind.PERPETUAL, margin_initial="0.1", margin_maintenance="0.05")


def contracts(quantity: str, cash: int = 1_000, **models: Any) -> World:
    """A world that holds so many contracts bought or sold at 100."""
    world = World(PERPETUAL, cash=cash, **models)
    world.send("entry", "sell" if quantity.startswith("-") else "buy", quantity.removeprefix("-"))
    return world.flat(100)


def test_what_is_owed_at_the_start_is_not_owned() -> None:
    usdt = Asset("USDT")
    account = SimAccount([PERPETUAL], AccountKind.MARGIN, usdt, [Balance(usdt, Decimal(500), borrowed=Decimal(300))])
    assert (account.wallet(usdt), account.equity()) == (Decimal(200), Decimal(200))


# --- margin of perpetuals -------------------------------------------------------------------------------


def test_contracts_need_initial_margin_and_no_more() -> None:
    world = World(PERPETUAL, cash=1_000)
    world.send("large", quantity="100.00001")
    world.send("fits", quantity=100)
    world.flat(100)
    assert world.end("large") == "rejected: insufficient margin: needs 1000.0001 USDT, equity 1000"
    assert (world.end("fits"), world.cash()) == ("filled", "1000")


def test_a_reversal_needs_the_margin_of_what_is_held_afterwards() -> None:
    world = contracts("100")
    world.send("turn", "sell", 200)
    world.flat(100)
    assert (world.end("turn"), world.held()) == ("filled", "-100")


def test_profit_and_loss_of_contracts_is_settled_in_the_quote_asset() -> None:
    world = contracts("5")
    world.send("half", "sell", 2, reduce_only=True)
    world.flat(110)
    assert (world.cash(), world.held()) == ("1020", "3")
    assert world.venue.account.equity() == 1050


# --- liquidation ----------------------------------------------------------------------------------------


@given(
    held=st.integers(-150, 150).filter(bool),
    cash=st.integers(0, 2_000),
    low=st.integers(1, 100),
    high=st.integers(100, 300),
)
def test_the_close_out_price_is_the_first_tick_that_fails(held: int, cash: int, low: int, high: int) -> None:
    with money_context():
        tick = Decimal("0.5")
        coarse = make.instrument(kind=InstrumentKind.PERPETUAL, tick="0.5", lot="1", margin_maintenance="0.05")
        world = World(coarse, cash=cash)
        account = world.venue.account
        account.portfolio.execution(coarse, Decimal(held), Decimal(100), fee=Decimal(0), asset=coarse.quote, ts=0)
        price, step, last = Decimal(100), -tick if held > 0 else tick, Decimal(low if held > 0 else high)
        found = None
        while found is None and (price >= last if held > 0 else price <= last):
            equity = cash + held * (price - 100)
            if equity <= Decimal("0.05") * abs(held) * price:
                found = price
            price += step
        assert account.close_out_price(coarse.id, 100.0, float(low), float(high)) == found


def test_a_liquidation_closes_all_cancels_what_rests_and_costs_its_fee() -> None:
    world = contracts("100", fees=BpsFees(Decimal(0), Decimal(10)), cash=1_100)
    world.send("target", "sell", 100, price=120, reduce_only=True)
    world.bar(100, 130, 90, 100)  # equity 1,090 + 100·(p - 100) meets 5·p at 93.79
    (event,) = [e for e in world.heard if isinstance(e, ev.PositionLiquidated)]
    assert (event.price, event.quantity, event.fee) == (Decimal("93.78"), Decimal(100), Decimal("9.378"))
    assert world.end("target") == "cancelled: liquidation"
    assert (world.held(), world.cash()) == ("0", plain(Decimal(1090) - 622 - Decimal("9.378")))


def test_a_stop_before_the_liquidation_price_saves_the_rest() -> None:
    world = contracts("100")
    world.send("stop", "sell", 100, trigger=96, reduce_only=True)
    world.bar(100, 101, 80, 81)
    assert (world.fills("stop"), world.cash()) == ([("100", "96", "taker")], "600")
    assert not [e for e in world.heard if isinstance(e, ev.PositionLiquidated)]


def test_a_bar_that_opens_beyond_closes_out_at_the_open() -> None:
    world = contracts("-100").bar(120, 121, 119, 120)
    (event,) = [e for e in world.heard if isinstance(e, ev.PositionLiquidated)]
    assert (event.price, world.cash()) == (Decimal(120), "-1000")


def test_quotes_close_out_as_well() -> None:
    world = World(PERPETUAL, first=None, match_on="quotes", cash=1_000)
    world.market(make.quote(99.5, 100.0, ts=1))
    world.send("a", quantity=100)
    world.market(make.quote(92.0, 93.0, ts=2))
    (event,) = [e for e in world.heard if isinstance(e, ev.PositionLiquidated)]
    assert event.price == Decimal("92.5")


# --- funding and interest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "rate", "amount"), [("5", 0.0001, "-0.05"), ("-5", 0.0001, "0.05"), ("5", -0.0001, "0.05")]
)
def test_longs_pay_funding_when_the_rate_is_positive(held: str, rate: float, amount: str) -> None:
    world = contracts(held)
    world.market(FundingRate(PERPETUAL.id, world.now, world.now, rate))
    (paid,) = [e for e in world.heard if isinstance(e, ev.FundingPaid)]
    assert (plain(paid.amount), world.cash()) == (amount, plain(1000 + Decimal(amount)))


def test_funding_can_be_left_out() -> None:
    world = contracts("5", funding=False)
    world.market(FundingRate(PERPETUAL.id, world.now, world.now, 0.01))
    assert world.cash() == "1000"


@pytest.mark.data
def test_funding_of_four_years(data_dir: Path) -> None:
    frame = pl.read_parquet(data_dir / "funding/binance_usdm_BTCUSDT_funding_8h_20220101_20251206.parquet")
    rates = frame[next(c for c in frame.columns if "rate" in c)].cast(pl.Float64).to_list()
    world = contracts("3", cash=100_000)
    start = world.now
    for number, rate in enumerate(rates):
        world.market(FundingRate(PERPETUAL.id, start + number, start + number, rate))
    paid = [e.amount for e in world.heard if isinstance(e, ev.FundingPaid)]
    due = sum(exact(rate) for rate in rates) * 300
    assert len(paid) == len(rates) == 4307
    # Rounded to eight decimals each time, against us.
    assert Decimal(0) <= -due - sum(paid) <= len(rates) * Decimal("0.00000001")
    assert exact(world.cash()) == 100_000 + sum(paid) < 100_000


def test_a_short_pays_interest_once_a_day() -> None:
    world = World(account=AccountKind.MARGIN, borrow_rate=Decimal("0.365"))
    world.send("s", "sell", 10)
    world.flat(100, 100)
    for day in (1, 2):
        world.until(day * NS_PER_DAY)
    charged = [e for e in world.heard if isinstance(e, ev.BorrowCharged)]
    assert [(e.amount, e.ts_venue) for e in charged] == [(Decimal(1), NS_PER_DAY), (Decimal(1), 2 * NS_PER_DAY)]
    assert world.cash() == "100998"
    world.send("cover", quantity=10, reduce_only=True)
    world.market(make.bar(100.0, 2 * NS_PER_DAY // MINUTE))
    world.until(3 * NS_PER_DAY)
    assert len([e for e in world.heard if isinstance(e, ev.BorrowCharged)]) == 2


# --- fees in other assets ---------------------------------------------------------------------------------


class FeesIn:
    """A tenth of a unit of some asset for each execution."""

    def __init__(self, asset: str) -> None:
        self._asset = asset

    def fee(self, *_: object, maker: bool) -> tuple[Decimal, str]:
        return Decimal("0.1"), self._asset


def test_a_fee_in_the_base_asset_is_taken_from_what_was_bought() -> None:
    world = World(fees=FeesIn("BTC"))
    world.send("a")
    world.flat(100)
    assert (world.cash("BTC"), world.held()) == ("0.9", "0.9")
    world.send("b", "sell", "0.9")
    assert world.flat(100).end("b") == "rejected: insufficient balance: needs 1 BTC, free 0.9"


def test_a_fee_in_a_third_asset_must_be_owned() -> None:
    world = World(fees=FeesIn("BNB"))
    world.send("a")
    assert world.flat(100).end("a") == "cancelled: insufficient balance: needs 0.1 BNB for the fee, has 0"


# --- several instruments, and prices that are not known ----------------------------------------------------


def two_contracts() -> World:
    """Cash 1,000; 50 of BTC and 50 of ETH, both bought at 100."""
    other = make.instrument("ETHUSDT", kind=InstrumentKind.PERPETUAL, margin_initial="0.1", margin_maintenance="0.05")
    world = World(PERPETUAL, other, cash=1_000)
    world.market(make.bar(100.0, 0, of=other.id))
    world.send("btc", quantity=50)
    world.send("eth", quantity=50, instrument=other.id)
    world.flat(100)
    world.market(make.bar(100.0, 1, of=other.id))
    return world


def test_one_account_carries_the_margin_of_all_its_contracts() -> None:
    world = two_contracts()
    world.send("more", quantity="0.00001")
    assert world.flat(100).end("more") == "rejected: insufficient margin: needs 1000.0001 USDT, equity 1000"
    # 1,000 + 50·(p - 100) meets 2.5·p + 250 at 89.47, the other contract held fast.
    assert world.venue.account.close_out_price(PERPETUAL.id, 100.0, 89.0, 100.0) == Decimal("89.47")
    assert world.venue.account.close_out_price(PERPETUAL.id, 100.0, 89.48, 100.0) is None


def test_without_a_price_nothing_is_taken_on_margin_and_nothing_closed_out() -> None:
    world = two_contracts()
    account = world.venue.account
    account.last.pop(PERPETUAL.id)
    assert account.equity() is None
    assert account.close_out_price(PERPETUAL.id, 100.0, 1.0, 100.0) is None
    world.send("blind", quantity=1, price=90)
    world.until(world.now)
    assert world.end("blind") == "rejected: margin unknown: a price is missing"


def test_an_asset_without_a_price_makes_the_equity_unknown() -> None:
    world = World(first=None, account=AccountKind.MARGIN)
    world.send("a")
    world.flat(100)
    account = world.venue.account
    assert (world.end("a"), account.equity()) == ("filled", Decimal(100_000))
    account.last.clear()
    assert account.equity() is None


def test_funding_of_nothing_is_nothing() -> None:
    world = World(PERPETUAL)
    world.market(FundingRate(PERPETUAL.id, world.now, world.now, 0.01))
    assert not [e for e in world.heard if isinstance(e, ev.FundingPaid)]


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        ("USDT", "filled"),
        ("BTC", "rejected: insufficient margin: needs 1005 USDT, equity 1000"),  # 0.1 coins are 10
        ("BNB", "rejected: margin unknown: a price is missing"),
    ],
)
def test_a_fee_counts_against_the_margin_at_what_its_asset_is_worth(asset: str, said: str) -> None:
    world = World(PERPETUAL, cash=1_000, fees=FeesIn(asset))
    world.send("a", quantity="99.5")
    world.flat(100)
    assert world.end("a") == said


def test_a_margin_at_an_unknown_price_is_no_margin_of_nothing() -> None:
    world = contracts("5")
    world.venue.account.last.clear()
    assert world.venue.account.close_out_price(PERPETUAL.id, 100.0, 1.0, 100.0) is None
    with pytest.raises(AssertionError, match="the price of binance:BTCUSDT is"):
        world.venue.account._maintenance(PERPETUAL)
