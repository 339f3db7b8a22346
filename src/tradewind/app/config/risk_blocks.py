"""The blocks within `risk`: sizing, dynamic risk, correlation, governor and macro events."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tradewind.domain.ids import StrategyId
from tradewind.domain.time import NS_PER_SECOND
from tradewind.risk.confirmation import Confirmation
from tradewind.risk.correlation.config import CorrelationConfig
from tradewind.risk.dynamic.config import DynamicRiskConfig
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.macro import MacroConfig, MacroEvent
from tradewind.risk.sizing.settings import VALUES, SizerKind, Sizing
from tradewind.venues.registry.fields import Count, Fraction, Instant, NotNegative, Positive, Seconds, Settings, mistake

if TYPE_CHECKING:
    from collections.abc import Sequence


class SizingSettings(Settings):
    """How large an order is when the strategy names no quantity."""

    kind: Literal[
        "fixed_quantity", "fixed_value", "fraction_of_equity", "fixed_fraction", "confidence_weighted", "atr_risk",
        "kelly", "regime_adaptive",
    ] = "fraction_of_equity"  # fmt: skip
    """What `value` means: base units, quote asset, a fraction of the equity; or the name of a sizer."""
    value: Positive = Decimal("0.1")
    """How much; a sizer has a value of its own where none is written."""
    by_confidence: bool = False
    """`fixed_fraction` times the confidence, at least .2."""
    by_strength: bool = False
    """`fixed_fraction` times the strength, at least .2."""
    confidence_min: NotNegative = Decimal("0.3")
    """`confidence_weighted` refuses what is less sure."""
    confidence_floor: NotNegative = Decimal(0)
    """The least confidence that it reckons with."""
    kelly_fraction: Fraction = Decimal("0.5")
    """Which part of Kelly's fraction is used."""
    kelly_trades_min: Count = 30
    """With fewer closed trades `kelly` is `value`."""
    kelly_window: Count = 100
    """How many closed trades count."""
    kelly_cap: Fraction = Decimal("0.20")
    """The largest size of `kelly`."""
    volatility_target: bool = False
    """Less when prices swing more than they use to, more when less."""
    leveraged: bool = False
    """Times the leverage that the regime allows, up to half of the equity."""

    @model_validator(mode="before")
    @classmethod
    def _value_by_kind(cls, value: Any) -> Any:  # noqa: ANN401 -- plain data
        if not isinstance(value, dict) or "value" in value:
            return value
        usual = {kind.value: usual for kind, usual in VALUES.items()}.get(str(value.get("kind")))
        return value if usual is None else {**value, "value": usual}

    @model_validator(mode="after")
    def _is_a_fraction_if_it_says_so(self) -> SizingSettings:
        if self.kind not in ("fixed_quantity", "fixed_value") and self.value > 1:
            raise mistake("a fraction of the equity is at most 1 (.05 is five per cent)", "value")
        if self.kind in ("fixed_quantity", "fixed_value") and (self.volatility_target or self.leveraged):
            raise mistake("volatility_target and leveraged go with a sizer in fractions of the equity", "kind")
        if self.confidence_floor > self.confidence_min:
            raise mistake("confidence_floor is above confidence_min", "confidence_floor")
        return self

    def sizing(self) -> Sizing:
        """Return the engine's settings."""
        return Sizing(**(self.model_dump() | {"kind": SizerKind(self.kind)}))


class DynamicSettings(Settings):
    """When less is risked, and how much less."""

    enabled: bool = False
    """Whether it acts; true where the block is written, and with `profile: standard`."""
    drawdown_thresholds: tuple[Decimal, ...] = (Decimal("0.05"), Decimal("0.10"), Decimal("0.15"))
    """Drawdowns from the peak at which less is risked."""
    risk_reduction_factors: tuple[Decimal, ...] = (Decimal("0.8"), Decimal("0.6"), Decimal("0.4"))
    """What is left of the risk at each."""
    recovery_thresholds: tuple[Decimal, ...] = (Decimal("0.02"), Decimal("0.05"))
    """Rises off the trough, each of which gives one tier back."""
    stop_widening_step: Decimal = Decimal("0.2")
    """How much wider stops are with each tier after the first."""
    allow_increase: bool = True
    """Whether more than usual may be risked when all is well."""
    performance_window_days: int = 30
    """How long closed trades count."""
    min_trades: int = 10
    """With fewer of them nothing is concluded."""
    volatility_window_days: int = 30
    """Days of the instrument's volatility."""
    min_samples: int = 20
    """With fewer daily returns nothing is concluded."""
    high_volatility: float = 0.03
    """Standard deviation of daily log returns above which less is risked."""
    low_volatility: float = 0.01
    """Below which more is."""
    volatility_risk_multipliers: tuple[Decimal, Decimal] = (Decimal("0.7"), Decimal("1.3"))
    """The factors of both."""
    concentration_enabled: bool = True
    """Whether few large positions make the next one smaller."""

    def config(self) -> DynamicRiskConfig | None:
        """Return the engine's settings; None where it does not act."""
        return DynamicRiskConfig(**_without(self, "enabled")) if self.enabled else None


class CorrelationSettings(Settings):
    """What moves together counts as one."""

    enabled: bool = False
    """Whether it acts; true where the block is written, and with `profile: standard`."""
    correlation_window_days: int = 30
    """Days of returns."""
    correlation_threshold: float = 0.7
    """The correlation, of either sign, from which a pair counts."""
    max_correlated_exposure: Decimal = Decimal("0.15")
    """Signed exposure of all that moves together, over equity."""
    correlation_update_frequency_hours: int = 1
    """How often pairs are measured."""
    sample_min_size: int = 20
    """With fewer common returns a pair is unknown."""
    unknown_pairs: Literal["correlated", "independent"] = "correlated"
    """What an unknown pair counts as."""

    def config(self) -> CorrelationConfig | None:
        """Return the engine's settings; None where it does not act."""
        if not self.enabled:
            return None
        known = _without(self, "enabled", "unknown_pairs")
        return CorrelationConfig(**known, unknown_correlated=self.unknown_pairs == "correlated")


class GovernorSettings(Settings):
    """Caps on the value of all positions over equity, by trend and volatility."""

    enabled: bool = False
    """Whether it acts; true where the block is written."""
    up_low: Fraction = Decimal("0.50")
    """Rising, and calm."""
    up_high: Fraction = Decimal("0.35")
    """Rising, and wild."""
    down_low: Fraction = Decimal("0.20")
    """Falling, and calm."""
    down_high: Fraction = Decimal("0.15")
    """Falling, and wild."""
    range_low: Fraction = Decimal("0.30")
    """Without direction, and calm."""
    range_high: Fraction = Decimal("0.20")
    """Without direction, and wild."""
    unknown: Fraction = Decimal("0.15")
    """Where nobody says."""

    def config(self) -> GovernorConfig | None:
        """Return the engine's settings; None where it does not act."""
        return GovernorConfig(**_without(self, "enabled")) if self.enabled else None


class MacroEventSettings(Settings):
    """One event of the calendar."""

    name: str
    """What people call it."""
    type: str = ""
    """`FOMC` has 18 hours before and after, all else 12 and 6."""
    time: Instant
    """When it comes."""
    hours_before: NotNegative | None = None
    """How long before it no entry is let through."""
    hours_after: NotNegative | None = None
    """How long after it."""


class MacroSettings(Settings):
    """No entries around known events."""

    enabled: bool = False
    """Whether it acts; true where the block is written."""
    file: str | None = None
    """A YAML file with `events` and `valid_until`, besides those written here."""
    events: tuple[MacroEventSettings, ...] = ()
    """The calendar."""
    valid_until: Instant | None = None
    """After it the calendar is out of date."""
    on_stale: Literal["warn", "block"] = "warn"
    """What becomes of entries when the calendar is out of date, or knows of nothing to come."""
    governor_factor: Fraction = Decimal("0.5")
    """What is left of the governor's cap inside a window."""

    def config(self, events: Sequence[MacroEvent]) -> MacroConfig | None:
        """Return the engine's settings with these events; None where it does not act."""
        if not self.enabled:
            return None
        from tradewind.app.config.rendering import time_ns

        until = None if self.valid_until is None else time_ns(self.valid_until)
        return MacroConfig(tuple(events), until, self.on_stale == "block", self.governor_factor)


def _without(settings: Settings, *names: str) -> dict[str, Any]:
    return {name: value for name, value in settings.model_dump().items() if name not in names}


class ConfirmSettings(Settings):
    """Entries that wait until somebody says `tradewind control confirm`; what only reduces never waits."""

    above: Positive | None = None
    """Entries worth more wait, in the quote asset."""
    strategies: tuple[str, ...] = ()
    """All entries of these wait, by the strategy's id."""
    within_seconds: Seconds = 300.0
    """Without an answer for so long an entry is refused."""
    backtest: Literal["confirm", "refuse"] = "refuse"
    """What becomes of them in a backtest, where nobody can answer."""
    backtest_seconds: NotNegative = Decimal(0)
    """With `backtest: confirm`, how long the answer takes there."""

    @property
    def acts(self) -> bool:
        """Whether any entry waits."""
        return self.above is not None or bool(self.strategies)

    def confirmation(self, *, attended: bool) -> Confirmation:
        """Return which entries wait in a session, `attended` or not."""
        alone = not attended and self.backtest == "confirm"
        return Confirmation(
            above=self.above,
            strategies=tuple(map(StrategyId, self.strategies)),
            within_ns=int(self.within_seconds * NS_PER_SECOND),
            unattended_ns=int(self.backtest_seconds * NS_PER_SECOND) if alone else None,
        )
