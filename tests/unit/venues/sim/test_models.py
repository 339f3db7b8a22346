from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.venues.sim.world import World
from tradewind.domain.order import Side
from tradewind.testing import builders as make
from tradewind.venues.sim.models import (
    AsymmetricSlippage,
    BpsFees,
    FixedBpsSlippage,
    FixedLatency,
    JitterLatency,
    NormalLatency,
    NoSlippage,
    PerContractFees,
    PerOrderFees,
    PerShareFees,
    SpreadSlippage,
    VolumeShareSlippage,
)

BTC = make.instrument(multiplier="1")


@pytest.mark.parametrize(
    ("fees", "quantity", "price", "maker", "fee"),
    [
        (BpsFees(), "2", "100", False, "0.2"),
        (BpsFees(Decimal(1), Decimal(5)), "2", "100", True, "0.02"),
        (BpsFees(Decimal(1), Decimal(5)), "2", "100", False, "0.1"),
        (BpsFees(Decimal(-1), Decimal(5)), "1", "0.00012345", True, "-0.00000001"),
        (BpsFees(Decimal(0), Decimal(5)), "1", "0.00000001", False, "0.00000001"),
        (PerShareFees(Decimal("0.005")), "100", "20", False, "0.5"),
        (PerShareFees(Decimal("0.005"), Decimal(1)), "100", "20", False, "1"),
        (PerShareFees(Decimal("0.005"), Decimal(1), Decimal("0.01")), "10", "2", False, "0.2"),
        (PerContractFees(Decimal("2.25")), "3", "4000", False, "6.75"),
        (PerOrderFees(Decimal("4.95")), "3", "4000", False, "4.95"),
    ],
)
def test_fees(fees: BpsFees, quantity: str, price: str, maker: bool, fee: str) -> None:
    assert fees.fee(BTC, Decimal(quantity), Decimal(price), maker=maker) == (Decimal(fee), "USDT")


@pytest.mark.parametrize(
    ("fees", "paid"),
    [
        (PerShareFees(Decimal("0.005"), Decimal(1)), ["1", "0", "0.5"]),
        (PerOrderFees(Decimal("4.95")), ["4.95", "0", "0"]),
        (PerContractFees(Decimal("0.01")), ["1", "1", "1"]),
    ],
)
def test_fees_of_an_order_that_fills_in_parts(fees: PerShareFees, paid: list[str]) -> None:
    world = World(fees=fees, volume_share=Decimal(1))
    world.send("a", quantity=300)
    for _ in paid:
        world.bar(100, 100, 100, 100, volume=100)
    assert [e.fee for e in world.of("a") if hasattr(e, "fee")] == [Decimal(fee) for fee in paid]


@pytest.mark.parametrize(
    ("model", "side", "price"),
    [
        (NoSlippage(), Side.BUY, "100"),
        (FixedBpsSlippage(Decimal(10)), Side.BUY, "100.1"),
        (FixedBpsSlippage(Decimal(10)), Side.SELL, "99.9"),
        (SpreadSlippage(Decimal("0.5")), Side.BUY, "100.25"),
        (SpreadSlippage(Decimal("0.5")), Side.SELL, "99.75"),
        (VolumeShareSlippage(), Side.BUY, "100.00625"),  # 1 of 10 is above 2.5 %: 0.1 × 0.025²
        (VolumeShareSlippage(Decimal("0.5"), Decimal("0.1")), Side.SELL, "99.9"),  # 0.1 × 0.1²
        (AsymmetricSlippage(FixedBpsSlippage(Decimal(10)), NoSlippage()), Side.BUY, "100.1"),
        (AsymmetricSlippage(FixedBpsSlippage(Decimal(10)), NoSlippage()), Side.SELL, "100"),
    ],
)
def test_slippage(model: NoSlippage, side: Side, price: str) -> None:
    assert model.price(side, Decimal(100), Decimal(1), 10.0) == Decimal(price)


def test_a_bar_without_volume_slips_as_far_as_the_limit() -> None:
    assert VolumeShareSlippage().price(Side.BUY, Decimal(100), Decimal(1), 0.0) == Decimal("100.00625")


def test_slipped_prices_are_rounded_to_the_tick_against_us_and_stop_at_the_limit() -> None:
    world = World(slippage=FixedBpsSlippage(Decimal("0.7")))
    world.send("buy")
    world.send("capped", price="100.005")
    world.flat(100)
    world.send("sell", "sell")
    world.flat(100)
    assert (world.fills("buy"), world.fills("sell")) == ([("1", "100.01", "taker")], [("1", "99.99", "taker")])
    assert world.fills("capped") == [("1", "100.005", "taker")]


def test_makers_do_not_slip_and_nothing_sells_below_a_tick() -> None:
    world = World(slippage=SpreadSlippage(Decimal(1_000)))
    world.send("a", price=99)
    world.bar(100, 100, 98, 99)
    world.send("b", "sell")
    world.flat(100)
    assert (world.fills("a"), world.fills("b")) == ([("1", "99", "maker")], [("1", "0.01", "taker")])


def test_latencies() -> None:
    fixed = FixedLatency(1, 2, 3)
    assert (fixed.submit(), fixed.cancel(), fixed.report()) == (1, 2, 3)
    base = FixedLatency(1_000, 2_000, 3_000)
    uniform = JitterLatency(base, 0.2, 1)
    drawn = [uniform.submit() for _ in range(1_000)]
    assert 800 <= min(drawn) < 850
    assert 1_150 < max(drawn) <= 1_200
    normal = NormalLatency(base, 2.0, 1)
    assert min(normal.cancel() for _ in range(1_000)) == 0
    assert normal.report() >= 0
