"""Where orders to Binance may go: nothing real without both flags, and no secret where somebody may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tradewind.app.config import build_config
from tradewind.app.config.binance import BinanceData, BinanceTrading
from tradewind.app.config.rendering import config_hash, resolved
from tradewind.app.config.source import Source
from tradewind.app.session.lease import account_of
from tradewind.app.session.live_run import mode_of, prepare
from tradewind.domain.errors import ConfigError
from tradewind.venues.binance import hosts

KEY, SECRET = "a-key-of-binances", "a-secret-of-binances"


def config(provider: str = "binance-paper", data: Any = None, **trading: Any) -> Any:
    keys = {"api_key": KEY, "secret_key": SECRET}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "nowhere"},
        "market_data": {"provider_type": "binance", "config": data},
        "trading": {"provider_type": provider, "config": keys | trading},
        "strategy": {"path": "x.py:X"},
    }
    return build_config(Source("c.yaml", tree, {}), environ={})


def test_lesson_128_all_doors_of_an_environment_come_as_one_set() -> None:
    assert config().trading.doors == hosts.TESTNET
    assert not config().trading.is_real
    assert config(environment="demo").trading.doors == hosts.DEMO
    live = config("binance-live")
    assert live.trading.doors == hosts.LIVE
    assert live.trading.is_real
    assert isinstance(live.market_data, BinanceData)
    assert isinstance(live.trading, BinanceTrading)


def test_lesson_128_market_data_come_from_where_the_account_is_unless_something_else_is_said() -> None:
    here = {"base_url": "http://127.0.0.1:8900"}
    assert config(**here).market_data.doors(config(**here).trading.doors) == hosts.at(here["base_url"])
    assert config().market_data.doors(None) == hosts.LIVE
    for said, doors in (
        ({"use_testnet": True}, hosts.TESTNET),
        ({"use_testnet": False}, hosts.LIVE),
        ({"environment": "demo"}, hosts.DEMO),
        (here, hosts.at(here["base_url"])),
    ):
        assert config(data=said).market_data.doors(hosts.DEMO) == doors
    with pytest.raises(ConfigError, match="one of them"):
        config(data={"use_testnet": True, "environment": "live"})


def test_a_server_of_ones_own_has_all_three_doors() -> None:
    doors = config(base_url="http://127.0.0.1:8900/").trading.doors
    assert doors == ("http://127.0.0.1:8900", "ws://127.0.0.1:8900", "ws://127.0.0.1:8900/ws-api/v3")


@pytest.mark.parametrize(
    ("provider", "trading", "word"),
    [
        ("binance-paper", {"environment": "live"}, "money may be real"),
        ("binance-paper", {"base_url": "https://api.binance.com"}, "money may be real"),
        ("binance-paper", {"base_url": "https://testnet.binance.vision.example.com"}, "money may be real"),
        ("binance-paper", {"base_url": "https://somewhere.example"}, "money may be real"),
        ("binance-paper", {"base_url": "http://api.binance.com"}, "https alone"),
        ("binance-paper", {"base_url": "ftp://127.0.0.1"}, "an address is like"),
        ("binance-paper", {"base_url": "https://user:word@127.0.0.1"}, "neither a name nor a password"),
        ("binance-paper", {"environment": "testnet", "base_url": "http://127.0.0.1:1"}, "one of them"),
        ("binance-live", {"environment": "testnet"}, "nothing is real"),
        ("binance-live", {"base_url": "http://127.0.0.1:1"}, "nothing is real"),
        ("binance-paper", {"recv_window_ms": 60_001}, "60000"),
        ("binance-paper", {"api_key": ""}, "api_key"),
    ],
)
def test_what_contradicts_itself_is_refused(provider: str, trading: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word) as caught:
        config(provider, **trading)
    assert SECRET not in str(caught.value)


def test_a_real_account_is_not_touched_unless_somebody_has_said_so() -> None:
    with pytest.raises(ConfigError, match="--live-trading"):
        prepare(config("binance-live"), Path("nowhere"))


@pytest.mark.parametrize("data", [{"use_testnet": True}, {"environment": "demo"}, {"base_url": "http://127.0.0.1:1"}])
def test_real_money_is_not_traded_on_prices_that_are_not_real(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"market_data\.config: these are prices of"):
        prepare(config("binance-live", data), Path("nowhere"), real=True)
    with pytest.raises(ConfigError, match="daily_loss"):  # past it: the next thing that real money needs
        prepare(config("binance-live"), Path("nowhere"), real=True)


def test_the_mode_of_a_session_says_whether_its_orders_are_real() -> None:
    assert (mode_of(config("binance-live")), mode_of(config())) == ("live", "paper")


def test_an_account_is_known_by_its_key_without_the_key() -> None:
    name = account_of(config())
    assert name == account_of(config(secret_key="another"))
    assert name != account_of(config(api_key="another"))
    assert KEY not in name


def test_no_secret_is_shown() -> None:
    checked = config()
    for text in (repr(checked), str(checked.trading), str(resolved(checked)), config_hash(checked)):
        assert SECRET not in text
        assert KEY not in text


@pytest.mark.parametrize("named", hosts.NAMED)
def test_hosts_are_real_or_they_are_not(named: str) -> None:
    assert hosts.is_real(hosts.NAMED[named]) == (named == "live")
