"""The block `positions`: what becomes of a position after its entry.

A policy whose block is absent, or `false`, is off; an empty block means its defaults.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from tradewind.app.config.position_times import TimeSettings  # noqa: TC001 - pydantic reads it
from tradewind.domain.ids import StrategyId
from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND, Interval
from tradewind.risk.exits.plan import (
    Distance,
    EarlyCutPlan,
    EntryPlan,
    ExitPlan,
    PartialPlan,
    StrategyPlan,
    TrailingPlan,
)
from tradewind.venues.registry.fields import Count, Fraction, NotNegative, Positive, Settings, mistake

TARGETS_MAX = 10
Fractions = Annotated[tuple[Fraction, ...], Field(max_length=TARGETS_MAX)]
_BLOCKS = ("entry", "trailing", "partial", "time", "early_cut")


class EntrySettings(Settings):
    """The stop and the target of an entry whose strategy names none."""

    stop_loss: Fraction | None = Decimal("0.05")
    """Distance of the stop from the entry, as a fraction; null for none."""
    take_profit: Positive | None = None
    """Distance of the target from the entry, as a fraction."""
    atr_multiplier: Positive | None = None
    """The stop is so many mean true ranges away instead, as soon as they are known."""
    atr_period: Count = 14
    """Closed bars in a mean true range."""
    fill_timeout_seconds: NotNegative = Decimal(30)
    """So long after its first fill the rest of an entry is taken back; 0 is never."""

    def plan(self) -> EntryPlan:
        """Return the engine's settings."""
        return EntryPlan(
            self.stop_loss, self.take_profit, self.atr_multiplier, self.atr_period,
            int(self.fill_timeout_seconds * NS_PER_SECOND),
        )  # fmt: skip


class DistanceSettings(Settings):
    """How far a trailing stop is behind the best price."""

    pct: Fraction | None = None
    """As a fraction of it."""
    atr: Positive | None = None
    """In mean true ranges."""


class TrailingSettings(Settings):
    """A stop that follows the price, and goes to breakeven; at the venue."""

    activation_threshold: NotNegative = Decimal("0.015")
    """The gain at which it begins to follow, as a fraction."""
    distance: DistanceSettings = DistanceSettings(pct=Decimal("0.005"))
    """How far behind the best price."""
    mode: Literal["tighter", "wider"] | None = None
    """Which distance counts where both are given."""
    fallback_pct: Fraction = Decimal("0.01")
    """The distance as long as the mean true range is not known."""
    atr_period: Count = 14
    """Closed bars in a mean true range."""
    breakeven_threshold: Positive | None = Decimal("0.02")
    """The gain at which the stop goes to breakeven; null for never."""
    breakeven_buffer: NotNegative = Decimal("0.001")
    """How far beyond the entry that is, as a fraction."""
    cover_costs: bool = True
    """Breakeven is at least two taker fees and two slippages beyond the entry."""
    slippage_rate: NotNegative = Decimal("0.0005")
    """The slippage that is reckoned with, as a fraction."""
    update_on: Literal["bar_close", "tick"] = "bar_close"
    """When the price is looked at: at the close of the session's bars, or with each quote and trade as well."""
    min_move: NotNegative = Decimal("0.001")
    """A smaller move of the stop waits, as a fraction of it."""
    min_interval_seconds: NotNegative = Decimal(1)
    """A move sooner after the one before waits."""

    @model_validator(mode="after")
    def _has_one_distance(self) -> TrailingSettings:
        given = (self.distance.pct is not None) + (self.distance.atr is not None)
        if not given:
            raise mistake("a distance is needed: pct or atr", "distance")
        if given > 1 and self.mode is None:
            raise mistake("with both pct and atr, mode says which counts: tighter or wider", "mode")
        return self

    def plan(self) -> TrailingPlan:
        """Return the engine's settings."""
        return TrailingPlan(
            self.activation_threshold, self.distance.pct, self.distance.atr,
            None if self.mode is None else Distance(self.mode), self.fallback_pct, self.breakeven_threshold,
            self.breakeven_buffer, self.cover_costs, self.slippage_rate, self.update_on == "tick", self.min_move,
            int(self.min_interval_seconds * NS_PER_SECOND), self.atr_period,
        )  # fmt: skip


class PartialSettings(Settings):
    """Parts of a position that are closed at gains, and additions to it; sizes are fractions of the first fill."""

    exit_targets: Fractions = (Decimal("0.03"), Decimal("0.06"), Decimal("0.10"))
    """Gains, as fractions, in growing order."""
    exit_sizes: Fractions = (Decimal("0.25"), Decimal("0.25"), Decimal("0.50"))
    """How much is closed at each; together at most 1, and with 1 the last closes all that is left."""
    scale_in_thresholds: Fractions = (Decimal("0.02"), Decimal("0.05"))
    """Gains (or losses, see `direction`) at which is added."""
    scale_in_sizes: Fractions = (Decimal("0.25"), Decimal("0.25"))
    """How much is added at each."""
    max_scale_ins: Annotated[int, Field(ge=0)] = 2
    """How often at most; 0 for never."""
    direction: Literal["with", "against"] = "with"
    """Add at gains, or at losses."""
    reference_price: Literal["average", "original"] = "average"
    """What gains are reckoned from: the average of what is held, or the price of the entry."""
    max_risk_per_trade: Fraction = Decimal("0.03")
    """With `against`: what the whole position may lose at its stop, as a fraction of equity."""

    @model_validator(mode="after")
    def _fits(self) -> PartialSettings:
        if len(self.exit_targets) != len(self.exit_sizes):
            raise mistake("as many sizes as targets are needed", "exit_sizes")
        if len(self.scale_in_thresholds) != len(self.scale_in_sizes):
            raise mistake("as many sizes as thresholds are needed", "scale_in_sizes")
        if sum(self.exit_sizes) > 1:
            raise mistake(f"more than the whole position: {sum(self.exit_sizes)}", "exit_sizes")
        for name in ("exit_targets", "scale_in_thresholds"):
            values = getattr(self, name)
            if any(later <= earlier for earlier, later in pairwise(values)):
                raise mistake("each is to be above the one before", name)
        return self

    def plan(self) -> PartialPlan:
        """Return the engine's settings."""
        return PartialPlan(
            self.exit_targets, self.exit_sizes, self.scale_in_thresholds, self.scale_in_sizes, self.max_scale_ins,
            self.direction == "against", self.reference_price == "original", self.max_risk_per_trade,
        )  # fmt: skip


class EarlyCutSettings(Settings):
    """Close what has not moved our way in time."""

    mfe_threshold: Fraction
    """The best move in the window must reach it, as a fraction."""
    evaluation_window_hours: Positive
    """How long after the entry; a whole number of bars, and more than one."""

    def plan(self) -> EarlyCutPlan:
        """Return the engine's settings."""
        return EarlyCutPlan(self.mfe_threshold, int(self.evaluation_window_hours * NS_PER_HOUR))


def _meant(block: object) -> object:
    return {} if block is None else block


class Policies(Settings):
    """The policies of the positions of one strategy; it has these and no others."""

    entry: EntrySettings | None = None
    """Stop and target where the strategy names none."""
    trailing: TrailingSettings | None = None
    """A stop that follows."""
    partial: PartialSettings | None = None
    """Partial exits and additions."""
    time: TimeSettings | None = None
    """When a position ends by time."""
    early_cut: EarlyCutSettings | None = None
    """When a position ends that does not move."""

    @model_validator(mode="before")
    @classmethod
    def _an_empty_block_means_its_defaults(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        meant = {key: _meant(block) if key in _BLOCKS else block for key, block in value.items()}
        return {key: block for key, block in meant.items() if block is not False}

    @model_serializer(mode="wrap")
    def _what_is_off_is_false(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write false for what is off: nothing at all would mean the defaults."""
        written: dict[str, Any] = write(self)
        return {key: False if key in _BLOCKS and block is None else block for key, block in written.items()}

    @model_validator(mode="after")
    def _additions_are_nearer_than_the_stop(self) -> Policies:
        if self.partial is None or self.partial.direction == "with" or self.entry is None:
            return self
        stop, adds = self.entry.stop_loss, self.partial.scale_in_thresholds[: self.partial.max_scale_ins]
        late = [threshold for threshold in adds if stop is not None and threshold >= stop]
        if late:
            told = " and ".join(map(str, late))
            raise mistake(f"nothing can be added at a loss of {told}: the stop is at {stop}", "partial")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is configured."""
        return all(getattr(self, name) is None for name in _BLOCKS)

    def plan(self) -> ExitPlan:
        """Return the engine's settings."""
        blocks: dict[str, Any] = {name: getattr(self, name) for name in _BLOCKS}
        return ExitPlan(**{name: None if block is None else block.plan() for name, block in blocks.items()})


class PositionsSettings(Policies):
    """What becomes of positions after their entry; what is not named here is off."""

    strategies: dict[str, Policies] = Field(default={})
    """Policies of a strategy by its id, instead of those above."""

    def plans(self, names: tuple[str, ...]) -> tuple[StrategyPlan, ...]:
        """Return the engine's settings for these strategies."""
        found = ((name, self.strategies.get(name, self)) for name in names)
        return tuple(
            StrategyPlan(StrategyId(name), policies.plan()) for name, policies in found if not policies.is_empty
        )

    def check(self, interval: str) -> None:
        """Refuse what does not fit the session's bars; raise the error of a rule."""
        bar = Interval.parse(interval)
        for policies in (self, *self.strategies.values()):
            if policies.early_cut is None:
                continue
            window = policies.early_cut.plan().window_ns
            if window <= bar.ns or window % bar.ns:
                raise mistake(
                    f"early_cut.evaluation_window_hours: a whole number of bars of {bar.label}, and more than one",
                    "positions",
                )
