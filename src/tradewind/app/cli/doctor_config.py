"""What `tradewind doctor` asks of a configuration, and of the environment that could change its meaning."""

from __future__ import annotations

from pathlib import Path

from tradewind.app.cli.doctor_machine import Check, Level
from tradewind.app.config import Config, config_hash, environment, load_config
from tradewind.app.safety import LIVE_FLAG, RISK_FLAG, trading_mode
from tradewind.domain.errors import ConfigError
from tradewind.venues.registry import VENUES

DEFAULT_OUTPUT = Path("data")
EVERY_KEY = "`tradewind schema config --markdown` lists every key"


def check_configuration(path: Path | None) -> tuple[list[Check], Path]:
    """Check a configuration file if one is named; return the folder of its sessions too."""
    if path is None:
        return [check_live_flags(venue_is_real=False)], DEFAULT_OUTPUT
    try:
        config = load_config(path)
    except ConfigError as error:
        mistakes = error.mistakes or (error.message,)
        checks = [Check("configuration", Level.FAIL, mistake, EVERY_KEY) for mistake in mistakes]
        return [*checks, check_live_flags(venue_is_real=False)], DEFAULT_OUTPUT
    checks = [
        Check("configuration", Level.OK, f"{path}, hash {config_hash(config)[:12]}"),
        check_venue("market_data", config.market_data.provider_type),
        check_venue("trading", config.trading.provider_type),
        *check_strategies(config),
        check_live_flags(venue_is_real=config.trading.is_real),
    ]
    return checks, Path(config.engine.data_output_path)


def check_venue(block: str, name: str) -> Check:
    """Check that this version has the venue."""
    if name in VENUES:
        return Check(block, Level.OK, name)
    mend = f"{block}.provider_type may be one of those that `tradewind venues` lists"
    return Check(block, Level.FAIL, f"{name} is not in this version", mend)


def check_strategies(config: Config) -> list[Check]:
    """Check that the files of the strategies are there."""
    named = [strategy.path or strategy.wasm_path or "" for strategy in config.strategy]
    named += [strategy.config_path for strategy in config.strategy if strategy.config_path]
    files = [Path(name.rpartition(".py:")[0] + ".py") if ".py:" in name else Path(name) for name in named]
    missing = [file for file in files if file.suffix and not file.is_file()]
    if missing:
        found = f"no such file: {', '.join(map(str, missing))}"
        return [Check("strategy", Level.FAIL, found, "paths count from the folder where the command runs")]
    return [Check("strategy", Level.OK, ", ".join(named))]


def check_live_flags(*, venue_is_real: bool) -> Check:
    """Say what orders would be without the two flags, and whether the environment contradicts it."""
    try:
        mode = trading_mode(
            live_trading=False,
            understood=False,
            venue_is_real=venue_is_real,
            environ_mode=environment().get("TRADING_MODE"),
        )
    except ConfigError as error:
        return Check("live trading", Level.FAIL, error.message, "unset TRADING_MODE")
    if mode.notice:
        return Check("live trading", Level.WARN, mode.notice, "leave the flags out to stay on paper")
    return Check("live trading", Level.OK, f"off: orders are real only with both {LIVE_FLAG} and {RISK_FLAG}")
