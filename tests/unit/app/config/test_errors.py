"""Mistakes of a configuration: all at once, on their lines, with the way out."""

from __future__ import annotations

import pytest

from tests.unit.app.config.test_loading import mistakes_of
from tradewind.app.config import build_config
from tradewind.app.config.errors import dotted
from tradewind.app.config.source import parse_source
from tradewind.domain.errors import ConfigError
from tradewind.domain.nearest import nearest

TEN = """\
engine:
  symbolz: [BTCUSDT]
  symbols: [ON, 1]
  interval: 1x
  market_data_cache_size: 0
  data_output_path: ./out
market_data:
  provider_type: replya
trading:
  provider_type: paper
  config:
    account: margn
    fees: {maker: 1}
    slippage: {bps: 1}
strategy:
  path: ${STRATEGY}
positions:
  trailing: true
"""

VENUES = "binance, bybit, ccxt, coinbase, exchange, hyperliquid, ibkr, mock, polygon, replay"
EXPECTED = (
    "c.yaml:2: engine.symbolz: unknown key; did you mean 'symbols'?",
    "c.yaml:3: engine.symbols[1]: given 1; allowed: a text; put it in quotes",
    "c.yaml:4: engine.interval: given '1x'; an interval is a number and one of s, m, h, d, w (1m, 4h, 1d), or 1M",
    "c.yaml:5: engine.market_data_cache_size: given 0; allowed: a whole number at least 1",
    f"c.yaml:8: market_data.provider_type: given 'replya'; allowed: one of {VENUES}; did you mean 'replay'?",
    "c.yaml:12: trading.config.account: given 'margn'; allowed: one of cash, margin; did you mean 'margin'?",
    "c.yaml:13: trading.config.fees.maker: unknown key; did you mean 'maker_bps'?",
    (
        "c.yaml:14: trading.config.slippage.kind: is missing; "
        "allowed: one of asymmetric, fixed_bps, none, spread, volume_share"
    ),
    "c.yaml:16: strategy.path: the environment variable STRATEGY is not set",
    "c.yaml:18: positions.trailing: given true; allowed: a block",
)

GOOD = """\
engine: {symbols: [BTCUSDT], interval: 1m, data_output_path: out}
market_data: {provider_type: mock}
trading: {provider_type: paper}
strategy: {path: x.py:X}
"""


def test_ten_mistakes_are_told_at_once_on_their_lines() -> None:
    assert mistakes_of(TEN) == EXPECTED
    with pytest.raises(ConfigError, match="10 mistakes in the configuration"):
        build_config(parse_source(TEN, ".yaml", "c.yaml"), environ={})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("interval: 1m, ", ""), "c.yaml:1: engine.interval: is missing; allowed: a text"),
        (("provider_type: mock", ""), "c.yaml:2: market_data.provider_type: is missing; allowed: one of binance"),
        (("trading: {provider_type: paper}\n", ""), "c.yaml: trading.provider_type: is missing; allowed: one of"),
        (("[BTCUSDT]", "[]"), "c.yaml:1: engine.symbols: is empty; at least one is needed"),
        (("[BTCUSDT]", "[A, B, A]"), "c.yaml:1: engine.symbols: named twice: A"),
        (("x.py:X", "x.py:X, wasm_path: y"), "c.yaml:4: strategy.path: given 'x.py:X'; one of path and wasm_path"),
        (("mock", "replay, config: {path: x, speed: 0x}"), "c.yaml:2: market_data.config.speed: given '0x'; a speed"),
        (
            ("mock", "replay, config: {path: x, speed: fast}"),
            "c.yaml:2: market_data.config.speed: given 'fast'; allowed: a text such as max, 1x, 60x",
        ),
        (("mock", "mock, config: {bars: true}"), "c.yaml:2: market_data.config.bars: given true; a number is due"),
        (("mock", "mock, config: {start: 7}"), "c.yaml:2: market_data.config.start: given 7; a date or a time is due"),
        (("{path: x.py:X}", "[{path: a, id: a}, {path: b}]"), "c.yaml:4: strategy: with several"),
        (("paper}", "paper}\ninstruments: [{symbol: X}]"), "c.yaml:4: instruments: not among engine"),
        (("paper}", "paper}\nrisk: {max_leverage: nan}"), "c.yaml:4: risk.max_leverage: given 'nan'; allowed: a num"),
        (("paper}", "paper}\nrisk: {sizing: {value: 2}}"), "c.yaml:4: risk.sizing.value: given 2; a fraction"),
        (("paper}", "paper}\nrisk: {}\nrisk: {}"), "c.yaml:5: risk: stands here twice"),
        (("out}", "out, timezone: Mars/Base}"), "c.yaml:1: engine.timezone: given 'Mars/Base'; no such time zone"),
        (
            ("out}", "out, prefetch: {enabled: true, start_time_type: date}}"),
            "c.yaml:1: engine.prefetch.start_time: start_time_type is date",
        ),
    ],
)
def test_a_mistake(change: tuple[str, str], expected: str) -> None:
    assert change[0] in GOOD
    found = mistakes_of(GOOD.replace(*change))
    assert len(found) == 1
    assert found[0].startswith(expected), found


@pytest.mark.parametrize("block", ["state", "shadow", "monitoring"])
def test_what_this_version_does_not_act_on_may_only_be_empty(block: str) -> None:
    build_config(parse_source(f"{GOOD}{block}:\n", ".yaml", "c.yaml"), environ={})
    build_config(parse_source(f"{GOOD}{block}: {{}}\n", ".yaml", "c.yaml"), environ={})
    assert mistakes_of(f"{GOOD}{block}:\n  enabled: false\n") == (
        f"c.yaml:6: {block}.enabled: this version does not act on it: leave the block empty, or out",
    )


def test_an_empty_block_means_the_defaults() -> None:
    config = build_config(parse_source(GOOD + "risk:\nshutdown:\njournal:\n", ".yaml", "c.yaml"), environ={})
    assert config == build_config(parse_source(GOOD, ".yaml", "c.yaml"), environ={})


def test_lines_of_toml() -> None:
    text = """\
[engine]
symbols = [
  "BTCUSDT",
]
interval = "1x"
data_output_path = "out"
prefetch.dayz = 3

[market_data]
provider_type = "mock"

[trading]
provider_type = "paper"
[trading.config.fill]
limit = "trough"

[[strategy]]
path = "a.py:A"
id = "a"

[[strategy]]
path = "b.py:B"
id = "not this"
"""
    with pytest.raises(ConfigError) as caught:
        build_config(parse_source(text, ".toml", "c.toml"), environ={})
    places = [mistake.partition(": ")[::2] for mistake in caught.value.mistakes]
    assert [(where, rest.partition(": ")[0]) for where, rest in places] == [
        ("c.toml:5", "engine.interval"),
        ("c.toml:7", "engine.prefetch.dayz"),
        ("c.toml:15", "trading.config.fill.limit"),
        ("c.toml:23", "strategy[1].id"),
    ]


def test_lines_of_json_with_tabs() -> None:
    text = '{\n\t"engine": {\n\t\t"symbols": ["A"],\n\t\t"interval": 5\n\t}\n}'
    with pytest.raises(ConfigError) as caught:
        build_config(parse_source(text, ".json", "c.json"), environ={})
    assert "c.json:4: engine.interval: given 5; allowed: a text; put it in quotes" in caught.value.mistakes


def test_dotted_and_nearest() -> None:
    assert dotted(("engine", "symbols", 1)) == "engine.symbols[1]"
    assert nearest("Intervall", ("interval", "symbols")) == "; did you mean 'interval'?"
    assert nearest("zzz", ("interval",)) == ""
