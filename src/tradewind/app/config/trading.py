"""What is traded where: the blocks market_data, trading and instruments."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr

from tradewind.app.config.binance import BinanceData, BinanceTrading
from tradewind.runtime.calendar import code_of
from tradewind.venues.registry.data_settings import MockSettings, ReplaySettings
from tradewind.venues.registry.exchange_settings import ExchangeDataSettings, ExchangeTradingSettings
from tradewind.venues.registry.fields import Fraction, NotNegative, Positive, Settings
from tradewind.venues.registry.paper_settings import PaperSettings

SECRET_NAME = re.compile(r"(?i)(^|_|-)(api_?key|secret(_?key)?|private_?key|password|passphrase|token|webhook_?url)$")
"""Names whose values are never printed, logged or hashed."""


def plain_numbers(value: Any) -> Any:  # noqa: ANN401 -- plain data
    """Turn exact numbers into floats: what a strategy or a venue gets as it was written."""
    if isinstance(value, dict):
        return {key: plain_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain_numbers(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value


def _sealed(value: Any, name: str = "") -> Any:  # noqa: ANN401 -- plain data
    """Wrap what has a secret's name, or lies below one, at any depth."""
    if isinstance(value, dict):
        return {key: _sealed(entry, name if SECRET_NAME.search(name) else str(key)) for key, entry in value.items()}
    if isinstance(value, list):
        return [_sealed(entry, name) for entry in value]
    return SecretStr(str(value)) if value is not None and SECRET_NAME.search(name) else value


Parameters = Annotated[dict[str, Any], AfterValidator(plain_numbers)]
"""Free keys, for whom they are meant to judge."""
VenueParameters = Annotated[dict[str, Any], AfterValidator(plain_numbers), AfterValidator(_sealed)]


class ReplayData(Settings):
    """Market data from files."""

    provider_type: Literal["replay"]
    config: ReplaySettings
    """See `market_data.config` of replay."""


class MockData(Settings):
    """Made-up market data."""

    provider_type: Literal["mock"]
    config: MockSettings = MockSettings()
    """See `market_data.config` of mock."""


class ExchangeData(Settings):
    """Market data of an exchange on this machine."""

    provider_type: Literal["exchange"]
    config: ExchangeDataSettings
    """See `market_data.config` of exchange."""


class VenueData(Settings):
    """Market data of a live venue."""

    provider_type: Literal["polygon", "bybit", "hyperliquid", "coinbase", "ccxt", "ibkr"]
    config: VenueParameters = Field(default={})
    """What `tradewind venues` says of it."""


class PaperTrading(Settings):
    """Orders go to the simulated venue."""

    provider_type: Literal["paper"]
    config: PaperSettings = PaperSettings()
    """See `trading.config` of paper."""

    @property
    def is_real(self) -> bool:
        """Return whether real money stands behind it."""
        return False


class ExchangeTrading(Settings):
    """Orders go to an account at the exchange that the market data come from."""

    provider_type: Literal["exchange"]
    config: ExchangeTradingSettings = ExchangeTradingSettings()
    """See `trading.config` of exchange."""

    @property
    def is_real(self) -> bool:
        """Return whether real money stands behind it."""
        return False


class VenueTrading(Settings):
    """Orders go to a venue; to a real account only with both live flags."""

    provider_type: Literal[
        "ibkr-paper", "ibkr-live", "bybit-paper", "bybit-live",
        "hyperliquid-paper", "hyperliquid-live", "ccxt-paper", "ccxt-live",
    ]  # fmt: skip
    config: VenueParameters = Field(default={})
    """What `tradewind venues` says of it."""

    @property
    def is_real(self) -> bool:
        """Return whether real money stands behind it."""
        return self.provider_type.endswith("-live")


MarketData = Annotated[
    ReplayData | MockData | ExchangeData | BinanceData | VenueData, Field(discriminator="provider_type")
]
Trading = Annotated[
    PaperTrading | ExchangeTrading | BinanceTrading | VenueTrading, Field(discriminator="provider_type")
]


class InstrumentFees(Settings):
    """The fees of one instrument, in basis points."""

    maker_bps: Decimal
    """Of who rests in the book."""
    taker_bps: Decimal
    """Of who takes from it."""


class InstrumentSettings(Settings):
    """What is known better here than at the venue; what is absent is left as the venue says."""

    symbol: str
    """Which one of `engine.symbols`."""
    kind: Literal["spot", "perpetual", "equity"] | None = None
    """How a position is held and settled."""
    base: str | None = None
    """The asset that is traded."""
    quote: str | None = None
    """The asset that it is paid in."""
    tick: Positive | None = None
    """Step of prices."""
    lot: Positive | None = None
    """Step of quantities."""
    quantity_min: NotNegative | None = None
    """Smallest order."""
    quantity_max: NotNegative | None = None
    """Largest order; 0 is no bound."""
    notional_min: NotNegative | None = None
    """Smallest value of an order, in the quote asset."""
    multiplier: Positive | None = None
    """Base units of one contract."""
    fees: InstrumentFees | None = None
    """Its own fees."""
    margin_initial: Fraction | None = None
    """Margin to open, as a fraction of the value."""
    margin_maintenance: Fraction | None = None
    """Margin to keep, as a fraction of the value."""
    calendar: Annotated[str, AfterValidator(code_of)] | None = None
    """`24/7` or the code of an exchange's calendar."""
