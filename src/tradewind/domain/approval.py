"""What the risk gate tells of entries: how a size came about, what less is risked by, and what it was told."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.regime import Regime

Named = tuple[str, Decimal]


class EntrySized(Message, frozen=True, gc=False, tag="entry_sized"):
    """An entry was let through, and this is how large it came to be; sizes and rooms are fractions of the equity."""

    strategy: StrategyId
    instrument: InstrumentId
    order: ClientOrderId
    raw: Decimal
    """As it was asked for, or as the sizer made it."""
    factors: tuple[Named, ...]
    """What it was multiplied by, in this order."""
    caps: tuple[Named, ...]
    """The room that each cap left, in this order."""
    bound: str
    """The cap that made it smaller, the last of those that did; empty if none did."""
    size: Decimal
    stop: Decimal | None = None
    """Distance of its stop from the price that it is reckoned at."""


class RiskAdjusted(Message, frozen=True, gc=False, tag="risk_adjusted"):
    """Dynamic risk changes what entries in an instrument are multiplied by."""

    instrument: InstrumentId
    size: Decimal
    stop: Decimal
    daily: Decimal
    reason: str
    was_size: Decimal
    was_stop: Decimal
    was_daily: Decimal


class RegimeTold(Message, frozen=True, gc=False, tag="regime_told"):
    """A strategy says what the market of an instrument is like; recorded, as risk goes by it."""

    strategy: StrategyId
    instrument: InstrumentId
    regime: Regime


class Measured(Message, frozen=True, gc=False):
    """The correlation of one pair; None is unknown."""

    one: InstrumentId
    other: InstrumentId
    value: float | None
    samples: int


class CorrelationsMeasured(Message, frozen=True, gc=False, tag="correlations_measured"):
    """All pairs were measured anew."""

    pairs: tuple[Measured, ...]
    window_days: int


class RiskWarned(Message, frozen=True, gc=False, tag="risk_warned"):
    """Something that risk goes by is not as it should be; told once until it is right again."""

    about: str
    """`macro_calendar`, `volatility_target` or `fill_price`."""
    detail: str
    instrument: InstrumentId | None = None


class FillDeviated(Message, frozen=True, gc=False, tag="fill_deviated"):
    """An execution came far from the price that its order names, or from the last price before it."""

    strategy: StrategyId
    instrument: InstrumentId
    order: ClientOrderId
    price: Decimal
    reference: Decimal
    deviation: Decimal
    """As a fraction of the reference."""
    is_held: bool = False
    """Whether exposure in the instrument may only fall from here on, until trading is resumed."""
