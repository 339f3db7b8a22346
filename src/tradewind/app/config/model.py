"""The shape of a configuration: one class a block, every default in its place.

Checks one block at a time; `source.py` knows where the values came from, `errors.py` how mistakes
are reported. The text below a field is its text in `docs/configuration.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from tradewind.app.config.alerts import AlertsSettings
from tradewind.app.config.breakers import BreakersBlock
from tradewind.app.config.control import ControlSettings
from tradewind.app.config.database import DatabaseSettings
from tradewind.app.config.lease import LeaseSettings
from tradewind.app.config.positions import PositionsSettings
from tradewind.app.config.reconciliation import ReconciliationSettings
from tradewind.app.config.recovery import RecoverySettings
from tradewind.app.config.risk import RiskSettings
from tradewind.app.config.source import Written
from tradewind.app.config.supervision import SupervisionSettings
from tradewind.app.config.trading import (
    InstrumentSettings,  # noqa: TC001 -- pydantic reads the annotations
    MarketData,  # noqa: TC001
    Parameters,  # noqa: TC001
    Trading,  # noqa: TC001
)
from tradewind.app.config.wasm import GuestBlock
from tradewind.domain.time import Interval
from tradewind.venues.registry.fields import Count, Instant, Seconds, Seed, Settings, Texts, mistake

if TYPE_CHECKING:
    from tradewind.app.config.source import Source


def _known_interval(text: str) -> str:
    try:
        return Interval.parse(text).label
    except ValueError:
        raise mistake("an interval is a number and one of s, m, h, d, w (1m, 4h, 1d), or 1M") from None


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise mistake("no such time zone; a name is like UTC or America/New_York") from None


IntervalText = Annotated[str, AfterValidator(_known_interval)]


class Prefetch(Settings):
    """History that is fetched before the session, so that indicators are right from the first bar."""

    enabled: bool = False
    """Fetch history before the first live bar."""
    start_time_type: Literal["date", "days"] = "days"
    """Whether `start_time` or `days` says how far back."""
    start_time: Instant | None = None
    """Fetch from here on; with `start_time_type: date`."""
    days: Count | None = None
    """Fetch that many days; with `start_time_type: days`."""

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Prefetch:
        if self.enabled and self.start_time_type == "date" and self.start_time is None:
            raise mistake("start_time_type is date, so a start_time is needed", "start_time")
        if self.enabled and self.start_time_type == "days" and self.days is None:
            raise mistake("start_time_type is days, so days is needed", "days")
        return self


class EngineSettings(Settings):
    """What is traded, and how the session keeps its books."""

    symbols: Texts
    """What to trade, as the venue spells it; a list, or one text with commas."""
    interval: IntervalText
    """The bars that strategies are called with: `1m`, `5m`, `1h` …"""
    data_output_path: Annotated[str, Field(min_length=1)]
    """The folder of the session folders."""
    market_data_cache_size: Count = 1000
    """How many closed bars a symbol are kept for strategies to look back on."""
    enable_logging: bool = True
    """Keep the strategy's log lines in the session."""
    prefetch: Prefetch = Prefetch()
    """History before the first bar."""
    base_currency: str = "USDT"
    """The asset that equity is reckoned in."""
    seed: Seed = 0
    """Where every draw of the simulated world begins."""
    session_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")] = "tw"
    """First letters of every client order id; who begins anew at an account outside adds letters for it and a token."""
    equity_interval: IntervalText | None = None
    """How often a point of the equity curve is kept; null keeps one a bar."""
    on_strategy_error: Literal["halt", "continue"] = "halt"
    """What becomes of a strategy that raises: it is held, or goes on with the next event."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Where a session's day ends; a name such as `America/New_York`."""
    checkpoint_interval_seconds: Seconds = 60
    """How often a live session writes down all of its state, by the wall, so that a restart is quick."""

    @model_validator(mode="after")
    def _names_each_symbol_once(self) -> EngineSettings:
        twice = sorted({symbol for symbol in self.symbols if self.symbols.count(symbol) > 1})
        if twice:
            raise mistake(f"named twice: {', '.join(twice)}", "symbols")
        return self


class StrategySettings(Settings):
    """One strategy: where it is, what it is called here, and its parameters."""

    path: str | None = None
    """`file.py:Class`, `package.module:Class`, or a `.wasm` file."""
    wasm_path: str | None = None
    """A `.wasm` file; the same as `path`."""
    name: str | None = None
    """The name people read; by default that of the class."""
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")] | None = None
    """The name its orders and positions are booked under; needed when there are several."""
    config_path: str | None = None
    """A file with the parameters."""
    config: Parameters = Field(default={})
    """The parameters themselves; they win over those of `config_path`."""
    wasm: GuestBlock = GuestBlock()
    """How a WASM guest is run."""

    @model_validator(mode="after")
    def _is_in_one_place(self) -> StrategySettings:
        if (self.path is None) == (self.wasm_path is None):
            raise mistake("one of path and wasm_path is needed, and not both", "path")
        return self


class ShutdownSettings(Settings):
    """What a stop leaves behind."""

    cancel: Literal["entries", "all", "none"] = "entries"
    """Which resting orders are taken back; with `entries`, protective and reducing ones stay."""
    flatten: bool = False
    """Close all positions at the market."""
    timeout_seconds: Seconds = 30
    """How long all of it may take."""


class JournalSettings(Settings):
    """The record that everything can be rebuilt from."""

    enabled: bool = True
    """Keep one; a live session cannot do without."""
    path: str | None = None
    """Its file; by default in the session's folder."""
    durable: bool = True
    """Wait for the disk at each commit, so that a power cut loses nothing."""


class LaterBlock(Settings):
    """Nothing yet: the block may be empty, and every key in it is refused."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _one_or_a_list(schema: dict[str, Any]) -> None:
    """Say in the schema that one strategy needs no list."""
    schema["anyOf"] = [schema["items"], {"type": schema.pop("type"), "items": schema.pop("items"), "minItems": 1}]


Strategies = Annotated[
    tuple[StrategySettings, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, json_schema_extra=_one_or_a_list),
]


class Config(Settings):
    """A whole configuration."""

    engine: EngineSettings
    """What is traded."""
    market_data: MarketData
    """Where market data come from."""
    trading: Trading
    """Where orders go."""
    strategy: Strategies
    """What decides; one block, or a list of them."""
    instruments: tuple[InstrumentSettings, ...] = ()
    """What is known better here than at the venue."""
    risk: RiskSettings = RiskSettings()
    """Limits."""
    shutdown: ShutdownSettings = ShutdownSettings()
    """What a stop leaves behind."""
    journal: JournalSettings = JournalSettings()
    """The record."""
    positions: PositionsSettings = PositionsSettings()
    """What becomes of positions after their entry."""
    breakers: BreakersBlock = BreakersBlock(enabled=False)
    """What stops new risk."""
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    """How we find out what the venue has."""
    supervision: SupervisionSettings = SupervisionSettings()
    """Guards around a live session."""
    control: ControlSettings = ControlSettings()
    """The hand on the switch."""
    alerts: AlertsSettings = AlertsSettings()
    """Who is told when nobody looks."""
    lease: LeaseSettings = LeaseSettings()
    """Which engine may trade the account."""
    recovery: RecoverySettings = RecoverySettings()
    """What a start resumes."""
    state: LaterBlock = LaterBlock()
    """Empty in this version."""
    shadow: LaterBlock = LaterBlock()
    """Empty in this version."""
    monitoring: LaterBlock = LaterBlock()
    """Empty in this version."""
    database: DatabaseSettings = DatabaseSettings()
    """The operational database."""

    _written: Written = PrivateAttr(default=Written())

    @property
    def written(self) -> Written:
        """Where it was written."""
        return self._written

    def note_written(self, source: Source, flags: tuple[str, ...]) -> None:
        """Keep where it was written, and which flags lie over it."""
        self._written = Written(source, flags)

    @model_validator(mode="after")
    def _names_agree(self) -> Config:
        ids = [strategy.id for strategy in self.strategy]
        if len(ids) > 1 and (None in ids or len(set(ids)) < len(ids)):
            raise mistake("with several strategies each needs an id of its own", "strategy")
        unknown = [entry.symbol for entry in self.instruments if entry.symbol not in self.engine.symbols]
        if unknown:
            raise mistake(f"not among engine.symbols: {', '.join(unknown)}", "instruments")
        self.positions.check(self.engine.interval)
        return self
