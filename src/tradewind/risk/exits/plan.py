"""What is configured for the positions of a strategy; a policy that is None is off. Ratios are fractions."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND, TimeNs

_D = Decimal


class EntryPlan(Message, frozen=True, gc=False):
    """The stop and the target of an entry whose strategy names none."""

    stop_loss: Decimal | None = _D("0.05")
    """The distance of the stop from the entry; None for no stop."""
    take_profit: Decimal | None = None
    atr_multiplier: Decimal | None = None
    """If given, the stop is so many mean true ranges away, as soon as that is known."""
    atr_period: int = 14
    fill_timeout_ns: TimeNs = 30 * NS_PER_SECOND
    """How long after its first fill an entry may go on filling; 0 is for ever."""


class Distance(enum.Enum):
    """Which of two distances of a trailing stop counts."""

    TIGHTER = "tighter"
    WIDER = "wider"


class TrailingPlan(Message, frozen=True, gc=False):
    """A stop that follows the price, and goes to breakeven."""

    activation: Decimal = _D("0.015")
    pct: Decimal | None = _D("0.005")
    atr: Decimal | None = None
    """The distance in mean true ranges."""
    mode: Distance | None = None
    fallback_pct: Decimal = _D("0.01")
    breakeven: Decimal | None = _D("0.02")
    buffer: Decimal = _D("0.001")
    cover_costs: bool = True
    slippage: Decimal = _D("0.0005")
    on_tick: bool = False
    min_move: Decimal = _D("0.001")
    min_interval_ns: TimeNs = NS_PER_SECOND
    atr_period: int = 14


class PartialPlan(Message, frozen=True, gc=False):
    """Parts of a position that are closed at gains, and additions to it; sizes are fractions of the first fill."""

    targets: tuple[Decimal, ...] = (_D("0.03"), _D("0.06"), _D("0.10"))
    sizes: tuple[Decimal, ...] = (_D("0.25"), _D("0.25"), _D("0.50"))
    thresholds: tuple[Decimal, ...] = ()
    additions: tuple[Decimal, ...] = ()
    additions_max: int = 2
    against: bool = False
    """Whether additions are made at losses."""
    from_original: bool = False
    """Whether gains are reckoned from the price of the entry, not from the average."""
    risk_max: Decimal = _D("0.03")
    """What a position that was added to against it may lose at its stop, as a fraction of equity."""


class TimePlan(Message, frozen=True, gc=False):
    """When a position is closed whatever its price, and when none is opened."""

    max_holding_ns: TimeNs | None = 336 * NS_PER_HOUR
    end_of_day: bool = False
    weekend: bool = False
    no_overnight: bool = False
    no_weekend: bool = False
    hours_only: bool = False
    days: str = ""
    """The calendar whose trading days are followed; empty if none is needed."""
    weeks: str = ""
    """The calendar whose days are weeks; empty where the week ends with its last trading day."""
    flat_before_ns: TimeNs = 0
    no_entry_before_ns: TimeNs = 0
    has_sessions: bool = False
    """Whether the days are those of an exchange that closes between them."""


class EarlyCutPlan(Message, frozen=True, gc=False):
    """A position that has not moved our way by `threshold` within `window_ns` of its entry is closed."""

    threshold: Decimal
    window_ns: TimeNs


class ExitPlan(Message, frozen=True, gc=False):
    """All policies of a strategy's positions."""

    entry: EntryPlan | None = None
    trailing: TrailingPlan | None = None
    partial: PartialPlan | None = None
    time: TimePlan | None = None
    early_cut: EarlyCutPlan | None = None


class StrategyPlan(Message, frozen=True, gc=False):
    """The policies of one strategy."""

    strategy: StrategyId
    plan: ExitPlan
