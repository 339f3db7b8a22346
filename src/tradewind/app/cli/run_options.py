"""What `backtest` and `live` share: the options of a run, and the configuration that they come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tradewind.domain.errors import ConfigError

StrategyArgument = Annotated[
    str | None, typer.Argument(metavar="[STRATEGY]", help="`file.py:Class`, or `package.module:Class`.")
]
ConfigOption = Annotated[Path | None, typer.Option("-c", "--config", help="YAML, JSON or TOML; flags override it.")]
DataOption = Annotated[
    list[str] | None,
    typer.Option("--data", help="File, folder, catalog series, or `sample`; may be given several times."),
]
SymbolsOption = Annotated[str | None, typer.Option("--symbols", "--symbol", help="What to trade, with commas.")]
IntervalOption = Annotated[str | None, typer.Option("--interval", "--timeframe", help="The bars: 1m, 5m, 1h …")]
ParamOption = Annotated[
    list[str] | None, typer.Option("--param", "-p", help="A parameter of the strategy, as `name=value`; may repeat.")
]
StrategyConfigOption = Annotated[
    Path | None, typer.Option("--strategy-config", help="A file with the parameters of the strategy.")
]
CashOption = Annotated[
    str | None, typer.Option("--cash", "--balance", help="Opening balances: `100000`, or `USDT=100000,BTC=1`.")
]
StartOption = Annotated[str | None, typer.Option("--start", help="Leave out bars that open before, e.g. 2024-01-01.")]
EndOption = Annotated[str | None, typer.Option("--end", help="Leave out bars that open at this time or later.")]
OutOption = Annotated[str | None, typer.Option("--data-output", "--out", help="The folder of the session folders.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="The seed of all random numbers of the simulation.")]
CatalogOption = Annotated[
    Path, typer.Option("--catalog", envvar="TRADEWIND_CATALOG", help="The folder of the catalog of bars.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

CATALOG = Path("data/catalog")
SESSIONS = "data/sessions"


def overrides_of(  # noqa: PLR0913 - the options that there are
    *,
    strategy: str | None,
    config: Path | None,
    data: list[str] | None,
    symbols: str | None,
    interval: str | None,
    params: list[str] | None,
    cash: str | None,
    start: str | None,
    end: str | None,
    out: str | None,
    seed: int | None,
    strategy_config: Path | None = None,
) -> dict[str, Any]:
    """Return the flags as configuration keys; without a file, the defaults of a run on recorded bars as well."""
    if strategy is None and config is None:
        raise ConfigError("no strategy: name one, such as my.py:Mine, or a configuration that does, with -c")
    flags: dict[str, Any] = {
        "engine.symbols": symbols.split(",") if symbols else None,
        "engine.interval": interval,
        "engine.data_output_path": out,
        "engine.seed": seed,
        "strategy.path": strategy,
        **strategy_flags(strategy_config, params),
        "market_data.config.path": data or None,
        "market_data.config.start": start,
        "market_data.config.end": end,
        "trading.config.balances": balances(cash) if cash else None,
    }
    if data:
        flags["market_data.provider_type"] = "replay"
    if config is None:
        flags = defaults(data) | {key: value for key, value in flags.items() if value is not None}
    return flags


def defaults(data: list[str] | None) -> dict[str, Any]:
    """Return what a run without a configuration file begins from; a file's name may tell symbol and interval."""
    from tradewind.record.market_data.names import guess_from_name

    names = [name for name in data or () if Path(name).suffix]
    guess = guess_from_name(Path(names[0])) if names else None
    series = data[0].split(":") if data and data[0].count(":") == 2 else None
    symbol = series[1] if series else (guess.symbol if guess else "") or "BTCUSDT"
    interval = series[2] if series else (guess.interval if guess else "") or "1m"
    return {
        "engine.symbols": [symbol],
        "engine.interval": interval,
        "engine.data_output_path": SESSIONS,
        "market_data.provider_type": "replay",
        "market_data.config.path": ["sample"],
        "trading.provider_type": "paper",
    }


def strategy_flags(file: Path | None, params: list[str] | None) -> dict[str, Any]:
    """Return the parameters of a strategy as flags: those of a file, those of `-p` over them, each by itself."""
    from tradewind.app.config import read_parameters

    given = (read_parameters(file) if file is not None else {}) | parameters(params or [])
    return {
        "strategy.config_path": str(file) if file is not None else None,
        **{f"strategy.config.{name}": value for name, value in given.items()},
    }


def parameters(pairs: list[str]) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON where it can be, else text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(f"--param {pair}: give it as name=value")
        try:
            found[name] = json.loads(text)
        except json.JSONDecodeError:
            found[name] = text
    return found


def balances(text: str) -> dict[str, str]:
    """Read `100000` (of USDT) or `USDT=100000,BTC=1`."""
    if "=" not in text:
        return {"USDT": text}
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(asset and amount for asset, _, amount in pairs):
        raise ConfigError(f"--cash {text}: give it as 100000, or as USDT=100000,BTC=1")
    return {asset: amount for asset, _, amount in pairs}
