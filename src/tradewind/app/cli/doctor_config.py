"""What `tradewind doctor` asks of a configuration, and of the environment that could change its meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.cli.doctor_machine import Check, Level
from tradewind.app.config import SIGNALS, config_hash, environment, load_account
from tradewind.app.config.trading import ExchangeData, ExchangeTrading
from tradewind.app.safety import LIVE_FLAG, RISK_FLAG, trading_mode
from tradewind.app.strategy_parameters import strategy_of
from tradewind.domain.errors import ConfigError, DatabaseError, StrategyLoadError, StrategyParameterError, VenueError
from tradewind.venues.registry import VENUES

if TYPE_CHECKING:
    from tradewind.app.config.model import Config

DEFAULT_OUTPUT = Path("data")
EVERY_KEY = "`tradewind schema config --markdown` lists every key"


def check_configuration(path: Path | None) -> tuple[list[Check], Path]:
    """Check a configuration file if one is named; return the folder of its sessions too."""
    if path is None:
        return [check_live_flags(venue_is_real=False)], DEFAULT_OUTPUT
    try:
        config = load_account(path)
    except ConfigError as error:
        mistakes = error.mistakes or (error.message,)
        checks = [Check("configuration", Level.FAIL, mistake, EVERY_KEY) for mistake in mistakes]
        return [*checks, check_live_flags(venue_is_real=False)], DEFAULT_OUTPUT
    checks = [
        Check("configuration", Level.OK, f"{path}, hash {config_hash(config)[:12]}"),
        check_venue("market_data", config.market_data.provider_type),
        check_venue("trading", config.trading.provider_type),
        *check_exchange(config),
        *check_database(config),
        *check_alerts(config),
        *(check_strategy(config, index) for index in range(len(config.strategy))),
        check_live_flags(venue_is_real=config.trading.is_real),
    ]
    return checks, Path(config.engine.data_output_path)


def check_venue(block: str, name: str) -> Check:
    """Check that this version has the venue."""
    if name in VENUES:
        return Check(block, Level.OK, name)
    mend = f"{block}.provider_type may be one of those that `tradewind venues` lists"
    return Check(block, Level.FAIL, f"{name} is not in this version", mend)


def check_exchange(config: Config) -> list[Check]:
    """Check that the exchange on this machine answers, if the session is for one, and has the account."""
    if not isinstance(config.market_data, ExchangeData):
        return []
    from tradewind.venues.exchange.rest import facts_of

    address = config.market_data.config.address
    account = config.trading.config.account if isinstance(config.trading, ExchangeTrading) else ""
    try:
        facts = facts_of(address, account)
    except VenueError as error:
        return [Check("exchange", Level.FAIL, error.message, "`tradewind exchange serve` starts one")]
    traded = {each.symbol for each in facts.instruments}
    missing = [symbol for symbol in config.engine.symbols if symbol not in traded]
    if missing:
        return [
            Check("exchange", Level.FAIL, f"it does not trade {', '.join(missing)}", "see `tradewind exchange show`")
        ]
    return [Check("exchange", Level.OK, f"{address}, {f'account {account}' if account else 'market data alone'}")]


def check_database(config: Config) -> list[Check]:
    """Check that the database of a session, if it has one, can be written; trading goes on without."""
    from tradewind.app.session.database import address_of

    try:
        address = address_of(config)
    except ConfigError as error:
        return [Check("database", Level.FAIL, error.message, "or leave database.enabled out")]
    if address is None:
        return []
    if address.is_file and not address.path.exists():
        return [Check("database", Level.OK, f"{address}, made with the first session")]
    from tradewind.record.sql.database import Database
    from tradewind.record.sql.migrate import newest, revision

    try:
        found = revision(Database(address))
    except DatabaseError as error:
        return [Check("database", Level.WARN, error.message, "sessions run without, and write it when it is there")]
    if found in (None, newest()):
        return [Check("database", Level.OK, f"{address}, {f'revision {found}' if found else 'no tables yet'}")]
    mend = "`tradewind db migrate`, or the program that made its tables"
    return [Check("database", Level.WARN, f"{address}: revision {found}, this program writes {newest()}", mend)]


def check_alerts(config: Config) -> list[Check]:
    """Check that each way out takes a message, by sending one."""
    if not config.alerts.urls:
        real = config.trading.is_real and config.alerts.required
        found, mend = "nobody is told", "alerts.urls takes addresses of Apprise"
        return [Check("alerts", Level.FAIL if real else Level.OK, found, mend if real else "")]
    from tradewind.app.session.alerts import channels_of, title_of

    try:
        channels = channels_of(config)
    except ConfigError as error:
        return [Check("alerts", Level.FAIL, error.message, "see alerts in docs/control.md")]
    title = title_of(config, "doctor")
    taken = [(channel.name, channel.send("info", title, "tradewind doctor asks: is it heard?")) for channel in channels]
    return [
        Check("alerts", Level.OK, f"{name}: a message was taken")
        if was_taken
        else Check("alerts", Level.FAIL, f"{name}: the message was not taken", "each of its addresses must take it")
        for name, was_taken in taken
    ]


def check_strategy(config: Config, index: int) -> Check:
    """Check that a strategy loads, and takes the parameters that it is given."""
    spec = config.strategy[index].path or config.strategy[index].wasm_path or ""
    if spec.startswith(SIGNALS):
        told = "none in this file, which is right for signals alone"
        return Check("strategy", Level.WARN, told, "`tradewind live` needs one; signals are defined by a program")
    try:
        strategy = strategy_of(config, index)
    except StrategyParameterError as error:
        return Check("strategy", Level.FAIL, error.message, f"`tradewind strategy inspect {spec}` tells its parameters")
    except (ConfigError, StrategyLoadError) as error:
        return Check("strategy", Level.FAIL, error.message, "paths count from the folder where the command runs")
    return Check("strategy", Level.OK, f"{spec}, {strategy.name or type(strategy).__name__} {strategy.version}")


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
