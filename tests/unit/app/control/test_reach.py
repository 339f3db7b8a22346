"""What an emergency stop makes of a configuration, before it goes to the venue."""

from __future__ import annotations

from tradewind.app.binance_account import BNB, check_bnb
from tradewind.app.config import load_config
from tradewind.app.config.binance import BinanceTrading
from tradewind.app.control.direct.reach import for_a_stop

TREE = {
    "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "sessions"},
    "market_data": {"provider_type": "binance"},
    "strategy": {"path": "any.py:Any"},
}
KEYS = {"api_key": "k", "secret_key": "s", "base_url": "http://127.0.0.1:9"}


def test_bnb_that_came_to_the_account_since_stands_in_no_stops_way_and_nothing_is_set_at_the_venue() -> None:
    more = {"market": "usdm", "leverage": 5, "margin_type": "isolated"}
    config = load_config(None, TREE | {"trading": {"provider_type": "binance-paper", "config": KEYS | more}})
    there = for_a_stop(config).trading
    assert isinstance(there, BinanceTrading)
    check_bnb(there, frozenset(), [BNB])
    assert (there.config.leverage, there.config.margin_type) == (None, None)
    assert isinstance(config.trading, BinanceTrading)
    assert there.doors == config.trading.doors
    assert there.config.secret_key == config.trading.config.secret_key


def test_any_other_configuration_stays_as_it_is() -> None:
    config = load_config(None, TREE | {"market_data": {"provider_type": "mock"}, "trading": {"provider_type": "paper"}})
    assert for_a_stop(config) is config
