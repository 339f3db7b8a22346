"""What is told of an exchange's venue is checked before anything is sent anywhere: each refusal has its reason."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tradewind.app.signals.venue.configured import config_of, has_shorts, sessions_of
from tradewind.app.signals.venue.past import is_begun
from tradewind.domain.errors import ConfigError, DataError, JournalError, SignalError, VenueUnavailable
from tradewind.signals import Backtest, Live, add_exchange, add_frame, add_strategy, configure
from tradewind.strategy.signals.registry import EXCHANGES, STRATEGIES

BINANCE = {"engine": {"symbols": ["BTCUSDT"]}, "trading": {"config": {"api_key": "k", "secret_key": "s"}}}
NOWHERE = {"engine": {"symbols": ["BTCUSDT"]}, "market_data": {"config": {"socket": "/nowhere"}}}
BOTH = {"live_trading": True, "i_understand_the_risks": True}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    configure(root=tmp_path / "persist")
    add_strategy(strategy_name="mine", get_signal=lambda symbol, when: None, replace=True)


@pytest.fixture(autouse=True)
def _own_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no definition behind: a report reads the sessions of all venues that are defined."""
    for registry in (EXCHANGES, STRATEGIES):
        monkeypatch.setattr(registry, "_known", dict(registry._known))


def define(venue: str | None = "binance", config: Any = None, **terms: Any) -> Any:
    given = BINANCE if config is None and venue else config
    return add_exchange(exchange_name="v", venue=venue, config=given, replace=True, **terms)


def refused(**terms: Any) -> str:
    """Return why the session of an exchange cannot be."""
    with pytest.raises(ConfigError) as caught:
        config_of(define(**terms), ["mine"])
    return str(caught.value)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"venue": "kraken"}, "venue: kraken not among exchange, binance, binance-live"),
        ({"venue": None, "config": BINANCE, "get_candles": print}, "for an exchange with a venue"),
        ({"venue": None}, "get_candles is missing"),
        ({"config": "no such file"}, "no such file"),
        ({"config": {"engine": {"symbols": ["BTCUSDT"]}}}, "trading.config.api_key"),
        ({"config": {}}, "engine.symbols"),
        ({"config": BINANCE | {"strategy": {"path": "x.py"}}}, "strategy: leave it out"),
        ({"config": BINANCE | {"market_data": {"provider_type": "mock"}}}, "market_data.provider_type: mock"),
        ({"config": BINANCE | {"engine": {"symbols": ["BTCUSDT"], "interval": "5m"}}}, "minute by minute"),
        ({"limits": {"leverage_max": 2}}, "limits: is for paper"),
        ({"venue": "binance-live"}, "nobody has allowed it"),
        ({"venue": "binance-live", "live_trading": True}, "add --i-understand-the-risks"),
        (BOTH, "no real money stands behind the trading venue"),
        ({"venue": "exchange", "config": {"engine": {"symbols": ["BTCUSDT"]}}}, "market_data.config"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(terms: dict[str, Any], reason: str) -> None:
    assert reason in refused(**terms)


def test_without_a_configuration_it_says_what_is_needed() -> None:
    add_exchange(exchange_name="v", venue="binance", replace=True)
    with pytest.raises(ConfigError, match="needs config"):
        asyncio.run(Live.background("BTCUSDT", strategy_name="mine", exchange_name="v"))


def test_what_is_left_out_is_what_signals_need() -> None:
    config = config_of(define(venue="binance-live", **BOTH), ["mine"])
    assert config.trading.is_real
    assert (config.engine.interval, config.shutdown.cancel, config.engine.prefetch.days) == ("1m", "none", 1)
    assert [entry.id for entry in config.strategy] == ["mine"]
    trading = {"provider_type": "binance-paper", "config": {"market": "usdm"}}
    assert has_shorts({"risk": {"allow_short": True}, "trading": trading})
    assert not has_shorts({"risk": {"allow_short": True}, "trading": {"provider_type": "binance-paper"}})


def test_a_venue_that_does_not_answer_is_an_error_of_the_start_and_the_key_can_be_started_again() -> None:
    define(venue="exchange", config=NOWHERE)
    for _ in range(2):
        with pytest.raises(VenueUnavailable):
            asyncio.run(Live.background("BTCUSDT", strategy_name="mine", exchange_name="v"))
    with pytest.raises(SignalError, match="does not run"):
        asyncio.run(Live.status("BTCUSDT", strategy_name="mine", exchange_name="v"))


def test_a_name_that_can_have_no_book_is_refused() -> None:
    add_strategy(strategy_name="a strategy", get_signal=lambda symbol, when: None, replace=True)
    define(venue="exchange", config=NOWHERE)
    with pytest.raises(ConfigError, match="the name of a book"):
        asyncio.run(Live.background("BTCUSDT", strategy_name="a strategy", exchange_name="v"))


def test_a_backtest_needs_candles_of_its_own() -> None:
    define()
    add_frame(frame_name="f", start_date=0, end_date=60_000, replace=True)
    with pytest.raises(DataError, match="without get_candles"):
        asyncio.run(Backtest.background("BTCUSDT", strategy_name="mine", exchange_name="v", frame_name="f"))


def test_where_the_sessions_lie_is_read_as_the_session_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONS_OF_MINE", "/somewhere/else")
    engine = {"symbols": ["BTCUSDT"], "data_output_path": "${SESSIONS_OF_MINE}/venue"}
    exchange = define(config=BINANCE | {"engine": engine})
    assert sessions_of(exchange) == Path(config_of(exchange, ["mine"]).engine.data_output_path)
    monkeypatch.delenv("SESSIONS_OF_MINE")
    with pytest.raises(ConfigError, match="SESSIONS_OF_MINE is not set"):
        sessions_of(exchange)


def test_a_journal_that_cannot_be_read_is_none_that_was_never_begun(tmp_path: Path) -> None:
    damaged, unbegun = tmp_path / "damaged.sqlite", tmp_path / "unbegun.sqlite"
    damaged.write_bytes(b"no journal" * 1_000)
    unbegun.touch()
    assert not is_begun(unbegun)
    with pytest.raises(JournalError, match=r"damaged\.sqlite cannot be read"):
        is_begun(damaged)
