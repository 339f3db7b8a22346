"""What Binance says of itself before a session begins: its limits are those of the account's orders as well."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tradewind.app import binance_input
from tradewind.app.config import Config
from tradewind.app.config.binance import BinanceData
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.binance.weights import SPOT_LIMITS, Budget
from tradewind.venues.binance.wire_rest import ExchangeInfo, RateLimit, SymbolInfo

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.venues.binance.product import Product

HERE = "http://127.0.0.1:1"
FILTERS: tuple[dict[str, Any], ...] = (
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    {"filterType": "MIN_NOTIONAL", "notional": "5"},
)
INFO = ExchangeInfo(
    (RateLimit("ORDERS", "SECOND", 10, 100),),
    (SymbolInfo("BTCUSDT", "TRADING", "BTC", "USDT", ("MARKET",), FILTERS),),
)


class Told:
    """Stands in for REST: it says what it was made to say."""

    def __init__(self, url: str, product: Product, *, budget: Budget, patient: bool) -> None:
        assert url == HERE
        assert patient, "a start waits for a ban to end"
        self.product, self.budget = product, budget

    def compare_clocks(self, offset: object) -> None:
        """Leave the clock as it is."""

    def go_by(self, now: object) -> None:
        """Have no clock of its own."""

    def be_quick(self) -> None:
        """Have nothing to wait for."""

    def close(self) -> None:
        """Have nothing open."""

    def get(self, path: str, *_: object) -> ExchangeInfo:
        """Return what is traded."""
        assert path == "exchangeInfo"
        return INFO


@pytest.mark.parametrize("kind", ["CURRENT_QUARTER", "PERPETUAL_DELIVERING"])
def test_lesson_139_a_contract_that_ends_is_refused_and_not_taken_for_a_perpetual(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dated = msgspec.structs.replace(INFO.symbols[0], contract_type=kind)
    monkeypatch.setattr(Told, "get", lambda *_: ExchangeInfo(INFO.rate_limits, (dated,)))
    monkeypatch.setattr(binance_input, "Rest", Told)
    config = session(tmp_path, market="usdm")
    assert isinstance(config.market_data, BinanceData)
    with pytest.raises(ConfigError, match=rf"perpetual ones alone can be traded; not BTCUSDT \({kind}\)"):
        binance_input.at_binance(config, config.market_data)


def session(folder: Path, **trading: Any) -> Config:
    return Config.model_validate({
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder)},
        "market_data": {"provider_type": "binance", "config": {"base_url": HERE}},
        "trading": {
            "provider_type": "binance-paper",
            "config": {"base_url": HERE, "api_key": "k", "secret_key": "s", **trading},
        },
        "strategy": {"path": "x.py:X"},
    })  # fmt: skip


def test_lesson_60_a_session_with_orders_does_not_begin_with_a_filter_that_nobody_knows_unless_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = msgspec.structs.replace(INFO.symbols[0], filters=(*FILTERS, {"filterType": "NEW_ONE"}))
    monkeypatch.setattr(Told, "get", lambda *_: ExchangeInfo(INFO.rate_limits, (new,)))
    monkeypatch.setattr(binance_input, "Rest", Told)
    monkeypatch.setattr(binance_input, "spot_account", lambda _config, _trading, coins: SimpleNamespace(
        instruments=coins, budget=Budget(SPOT_LIMITS), there=None, way_out=lambda *_: None,
    ))  # fmt: skip
    strict, told = session(tmp_path), session(tmp_path, filters_passed_over=["NEW_ONE"])
    assert isinstance(strict.market_data, BinanceData)
    with pytest.raises(ConfigError, match=r"does not know: NEW_ONE \(of BTCUSDT\)"):
        binance_input.at_binance(strict, strict.market_data)
    assert isinstance(told.market_data, BinanceData)
    binance_input.at_binance(told, told.market_data)


def test_the_account_may_place_as_many_orders_as_the_venue_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = Budget(SPOT_LIMITS)

    def account(_config: object, _trading: object, instruments: object) -> SimpleNamespace:
        return SimpleNamespace(instruments=instruments, budget=budget, there=None, way_out=lambda *_: None)

    monkeypatch.setattr(binance_input, "Rest", Told)
    monkeypatch.setattr(binance_input, "spot_account", account)
    config = session(tmp_path)
    assert isinstance(config.market_data, BinanceData)
    now = 5 * NS_PER_SECOND
    for _ in range(45):
        assert budget.take(now, 1, 1) == 0
    assert budget.take(now, 1, 1) > 0, "what one starts with"
    binance_input.at_binance(config, config.market_data)
    assert [most for name, _, most in budget.shares(now) if name == "ORDERS in 10 s"] == [100]
    assert budget.take(now, 1, 1) == 0, "what the venue says"
