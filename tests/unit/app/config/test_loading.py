"""Loading a configuration: files, environment, flags, secrets, hash."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from tests.unit.app.sessions import SEED
from tradewind.app.cli.control_emergency import _config
from tradewind.app.cli.control_saying import root_of
from tradewind.app.config import (
    Config,
    build_config,
    config_hash,
    load_account,
    load_config,
    merge,
    read_parameters,
    resolved,
    time_ns,
)
from tradewind.app.config.binance import BinanceTrading
from tradewind.app.config.source import Source, parse_source
from tradewind.app.config.trading import PaperTrading, ReplayData
from tradewind.app.control.direct.reach import for_a_stop
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"BINANCE_TESTNET_API_KEY": "key-4711", "BINANCE_TESTNET_SECRET_KEY": "secret-0815"}

SMALL: dict[str, Any] = {
    "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "out"},
    "market_data": {"provider_type": "replay", "config": {"path": "bars.parquet"}},
    "trading": {"provider_type": "paper"},
    "strategy": {"path": "cross.py:Cross"},
}


def config_of(overrides: dict[str, Any] | None = None, environ: dict[str, str] | None = None) -> Config:
    return build_config(Source("small", SMALL, {}), overrides, environ or {})


def mistakes_of(text: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        build_config(parse_source(text, ".yaml", "c.yaml"), environ=environ or {})
    return caught.value.mistakes


def test_the_full_example_of_the_documents_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(SEED)
    config = load_config(path, environ=KEYS)
    assert config.engine.symbols == ("BTCUSDT", "ETHUSDT")
    assert config.engine.prefetch.days == 30
    assert isinstance(config.trading, BinanceTrading)
    key = config.trading.config.api_key
    assert isinstance(key, SecretStr)
    assert key.get_secret_value() == "key-4711"
    assert config.strategy[0].wasm_path == "./examples/strategy/strategy.wasm"


def test_defaults() -> None:
    config = config_of()
    assert isinstance(config.trading, PaperTrading)
    assert config.trading.config.balances == {"USDT": Decimal(100_000)}
    assert config.engine.market_data_cache_size == 1000
    assert config.risk.price_collar == Decimal("0.10")
    assert (config.shutdown.cancel, config.shutdown.flatten, config.shutdown.timeout_seconds) == ("entries", False, 30)


def test_json_and_toml_say_the_same_as_yaml(tmp_path: Path) -> None:
    toml = """
[engine]
symbols = ["BTCUSDT"]
interval = "1m"
data_output_path = "out"
[market_data]
provider_type = "replay"
config = { path = "bars.parquet" }
[trading]
provider_type = "paper"
[strategy]
path = "cross.py:Cross"
"""
    (tmp_path / "c.toml").write_text(toml)
    (tmp_path / "c.json").write_text(json.dumps(SMALL, indent="\t"))
    (tmp_path / "c.yaml").write_text(json.dumps(SMALL))
    hashes = {config_hash(load_config(tmp_path / f"c.{suffix}", environ={})) for suffix in ("toml", "json", "yaml")}
    assert hashes == {config_hash(config_of())}


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ("${NAME}", {"NAME": "x"}, "x"),
        ("a/${NAME}/b", {"NAME": "x"}, "a/x/b"),
        ("${NAME:-other}", {}, "other"),
        ("${NAME:-other}", {"NAME": ""}, "other"),
        ("${NAME:-}x", {}, "x"),
        ("$${NAME}", {"NAME": "x"}, "${NAME}"),
        ("$NAME", {"NAME": "x"}, "$NAME"),
        ("${NAME}", {"NAME": "${OTHER}"}, "${OTHER}"),
    ],
)
def test_variables(given: str, environ: dict[str, str], expected: str) -> None:
    data = {**SMALL, "engine": {**SMALL["engine"], "data_output_path": given}}
    config = build_config(Source("c", data, {}), environ=environ)
    assert config.engine.data_output_path == expected


def test_a_variable_may_be_a_number_or_a_list() -> None:
    text = json.dumps({**SMALL, "engine": {**SMALL["engine"], "symbols": "${S}", "market_data_cache_size": "${N}"}})
    config = build_config(parse_source(text, ".json", "c.json"), environ={"S": "BTCUSDT, ETHUSDT", "N": "50"})
    assert config.engine.symbols == ("BTCUSDT", "ETHUSDT")
    assert config.engine.market_data_cache_size == 50


def test_an_unset_variable_is_named_once_with_its_line() -> None:
    found = mistakes_of(SEED, {"BINANCE_TESTNET_API_KEY": "x"})
    assert found == (
        "c.yaml:23: trading.config.secret_key: the environment variable BINANCE_TESTNET_SECRET_KEY is not set",
    )


def test_flags_win_and_none_overrides_nothing() -> None:
    config = config_of({"engine.symbols": "ETHUSDT", "engine.interval": None, "engine.prefetch.days": 3})
    assert config.engine.symbols == ("ETHUSDT",)
    assert config.engine.interval == "1m"
    assert config.engine.prefetch.days == 3


def test_flags_alone_make_a_configuration() -> None:
    flags = {
        "engine.symbols": ["A"], "engine.interval": "1d", "engine.data_output_path": "o",
        "market_data.provider_type": "mock", "trading.provider_type": "paper", "strategy.path": "x.py:X",
    }  # fmt: skip
    assert load_config(None, flags, {}).engine.interval == "1d"


def test_what_a_flag_got_wrong_is_told_as_the_command_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        build_config(parse_source(SEED, ".yaml", "c.yaml"), {"engine.interval": "1x"}, KEYS)
    assert caught.value.mistakes[0].startswith("command line: engine.interval: given '1x'")


def test_merge_leaves_its_argument_alone() -> None:
    data = {"a": {"b": 1}}
    assert merge(data, {"a.c.d": 2}) == {"a": {"b": 1, "c": {"d": 2}}}
    assert data == {"a": {"b": 1}}
    with pytest.raises(ConfigError, match=r"a flag sets a\.b\.c, but b is not a block"):
        merge({"a": {"b": [1]}}, {"a.b.c": 1})


def test_money_is_exact_and_parameters_are_floats() -> None:
    text = json.dumps(SMALL)[:-1] + (
        ', "risk": {"max_order_value": 0.1234567890123456789}, '
        '"strategy": {"path": "x.py:X", "config": {"threshold": 0.5, "many": [1, 2.5]}}}'
    )
    config = build_config(parse_source(text.replace('"strategy": {"path": "cross.py:Cross"}, ', ""), ".yaml", "c"))
    assert config.risk.max_order_value == Decimal("0.1234567890123456789")
    parameters = config.strategy[0].config
    assert (type(parameters["threshold"]), type(parameters["many"][1])) == (float, float)


def test_the_resolved_configuration_masks_secrets_and_reads_back() -> None:
    config = build_config(parse_source(SEED, ".yaml", "c.yaml"), environ=KEYS)
    shown = resolved(config)
    assert [shown["trading"]["config"][name] for name in ("api_key", "secret_key")] == ["***", "***"]
    assert "key-4711" not in json.dumps(shown)
    assert "key-4711" not in repr(config)
    whole = resolved(config, mask=False)
    assert whole["trading"]["config"]["api_key"] == "key-4711"
    assert build_config(Source("again", json.loads(json.dumps(whole)), {}), environ={}) == config


def test_the_hash_is_that_of_the_setup_not_of_the_keys() -> None:
    source = parse_source(SEED, ".yaml", "c.yaml")
    one = build_config(source, environ=KEYS)
    other_key = build_config(source, environ={**KEYS, "BINANCE_TESTNET_API_KEY": "rotated"})
    other_interval = build_config(source, {"engine.interval": "5m"}, KEYS)
    assert config_hash(one) == config_hash(other_key) != config_hash(other_interval)


def test_no_secret_in_any_mistake_or_its_cause() -> None:
    text = SEED.replace("use_testnet: true", "use_testnet: true\n    api_key: {a: topsecret}").replace(
        'interval: "1m"', "interval: 7"
    )
    text += "database: {url: topsecret, password: topsecret}\n"
    with pytest.raises(ConfigError) as caught:
        build_config(parse_source(text, ".yaml", "c.yaml"), environ=KEYS)
    assert "topsecret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_times() -> None:
    config = config_of(
        {"market_data.config.start": "2024-06-25", "market_data.config.end": "2024-06-25T12:00:00+02:00"}
    )
    assert isinstance(config.market_data, ReplayData)
    start, end = config.market_data.config.start, config.market_data.config.end
    assert start == datetime(2024, 6, 25, tzinfo=UTC)
    assert end is not None
    assert time_ns(end) == 1_719_309_600_000_000_000


def test_parameter_files_have_their_variables_filled_in(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("fast: 5\nkey: ${K}\n")
    assert read_parameters(tmp_path / "p.yaml", {"K": "v"}) == {"fast": 5, "key": "v"}
    with pytest.raises(ConfigError, match="K is not set"):
        read_parameters(tmp_path / "p.yaml", {})


EXCHANGE = """\
engine: {{symbols: [BTCUSDT], data_output_path: {folder}}}
trading: {{provider_type: {provider}, config: {{api_key: k, secret_key: s, base_url: "http://127.0.0.1:9"}}}}
"""


def test_the_file_of_a_signals_exchange_is_enough_for_its_account(tmp_path: Path) -> None:
    file = tmp_path / "there.yaml"
    file.write_text(EXCHANGE.format(folder=tmp_path, provider="binance-paper"))
    config = load_account(file)
    assert (config.engine.interval, config.market_data.provider_type) == ("1m", "binance")
    assert isinstance(config.trading, BinanceTrading)
    assert for_a_stop(config).trading.provider_type == "binance-paper", "what the direct stop makes of it"
    with pytest.raises(ConfigError, match="strategy"):
        load_config(file)
    assert _config(file) == config, "as emergency-stop --direct reads it"
    assert root_of(None, file) == tmp_path, "where control looks for the session that runs"


def test_without_the_folder_of_its_sessions_it_is_refused_and_a_whole_one_is_read_as_ever(tmp_path: Path) -> None:
    """On spot the sessions say what the account had before: a stop that looked elsewhere would sell that too."""
    file = tmp_path / "there.yaml"
    file.write_text("engine: {symbols: [BTCUSDT]}\ntrading: {provider_type: paper}\n")
    with pytest.raises(ConfigError, match="name the folder of its sessions"):
        load_account(file)
    file.write_text(json.dumps(SMALL))
    assert load_account(file) == load_config(file)
    file.write_text("engine: {symbols: [BTCUSDT], data_output_path: x}\n")
    with pytest.raises(ConfigError) as caught:
        load_account(file)
    assert any("trading" in mistake for mistake in caught.value.mistakes)
