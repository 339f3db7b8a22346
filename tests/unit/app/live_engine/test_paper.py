"""The documented models mean blocks of the configuration, and those mean what the names promise."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.app.config import load_config
from tradewind.app.models import sim_models
from tradewind.domain.order import Side
from tradewind.live import (
    AsymmetricSlippage,
    CryptoCommission,
    FixedBasisPointsSlippage,
    FixedSlippage,
    NoCommission,
    NoSlippage,
    PaperBroker,
    PerDollarCommission,
    PerShareCommission,
    PerTradeCommission,
    VolumeShareSlippage,
)
from tradewind.record.market_data.sample import sample_instrument

if TYPE_CHECKING:
    from tradewind.app.live_engine.paper import CommissionModel, SlippageModel
    from tradewind.venues.sim.settings import SimModels

BTC = sample_instrument("BTCUSDT")
PRICE = Decimal(40_000)


def models_of(broker: PaperBroker) -> SimModels:
    blocks: dict[str, Any] = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "x"},
        "market_data": {"provider_type": "mock"},
        "trading": broker.block("USDT"),
        "strategy": {"path": "x.py"},
    }
    return sim_models(load_config(None, blocks).trading.config, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "maker", "taker"),
    [
        (NoCommission(), "0", "0"),
        (PerShareCommission("0.005"), "0.01", "0.01"),
        (PerShareCommission("0.005", minimum=1), "1", "1"),
        (PerTradeCommission(7), "7", "7"),
        (PerDollarCommission(0.0015), "120", "120"),
        (CryptoCommission("0.001", "0.002"), "80", "160"),
        (None, "80", "80"),
    ],
)
def test_commissions(model: CommissionModel | None, maker: str, taker: str) -> None:
    fees = models_of(PaperBroker(commission_model=model)).fees
    assert fees.fee(BTC, Decimal(2), PRICE, maker=True) == (Decimal(maker), "USDT")
    assert fees.fee(BTC, Decimal(2), PRICE, maker=False) == (Decimal(taker), "USDT")


@pytest.mark.parametrize(
    ("model", "buy", "sell"),
    [
        (None, "40000", "40000"),
        (NoSlippage(), "40000", "40000"),
        (FixedSlippage("2.5"), "40002.5", "39997.5"),
        (FixedBasisPointsSlippage(5), "40020", "39980"),
        (VolumeShareSlippage(), "40002.5", "39997.5"),  # 40000 × 0.1 × 0.025²
        (VolumeShareSlippage(volume_limit=0.01, impact_factor=1), "40004", "39996"),
        (AsymmetricSlippage(FixedSlippage(1), NoSlippage()), "40001", "40000"),
    ],
)
def test_slippages(model: SlippageModel | None, buy: str, sell: str) -> None:
    slippage = models_of(PaperBroker(slippage_model=model)).slippage
    assert slippage.price(Side.BUY, PRICE, Decimal(1), 40.0) == Decimal(buy)
    assert slippage.price(Side.SELL, PRICE, Decimal(1), 40.0) == Decimal(sell)


def test_latency_is_around_what_was_said_and_drawn_by_seed() -> None:
    draws = [models_of(PaperBroker(seed=seed)).latency for seed in (1, 1, 2)]
    times = [[latency.submit() for _ in range(50)] for latency in draws]
    assert times[0] == times[1] != times[2]
    assert all(80_000_000 <= time <= 120_000_000 for series in times for time in series)
    assert models_of(PaperBroker(latency_jitter_pct=0)).latency.submit() == 100_000_000
    assert models_of(PaperBroker(order_latency_ms=0)).latency.submit() == 0


def test_cash_and_the_share_of_volume() -> None:
    assert models_of(PaperBroker()).volume_share == Decimal("0.025")
    assert models_of(PaperBroker(volume_limit_pct=None)).volume_share is None
    assert PaperBroker(starting_cash=5).block("USD")["config"]["balances"] == {"USD": 5}
