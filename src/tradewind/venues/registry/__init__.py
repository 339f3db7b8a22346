"""The venues that this version has, and what each can do: pure data, no venue is imported.

`config_schema` is the JSON schema of the venue's `config:` block; `secret_fields` names the keys of it
that are never shown.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from tradewind.domain.order import OrderType, TimeInForce
from tradewind.venues.registry.binance_settings import BinanceDataSettings, BinanceTradingSettings
from tradewind.venues.registry.data_settings import MockSettings, ReplaySettings
from tradewind.venues.registry.exchange_settings import ExchangeDataSettings, ExchangeTradingSettings
from tradewind.venues.registry.paper_settings import PaperSettings


class VenueKind(enum.Enum):
    """What a venue is there for."""

    DATA = "data"
    TRADING = "trading"
    BOTH = "both"


class VenueInfo(msgspec.Struct, frozen=True):
    """What people and programs must know of a venue before they name it in a configuration."""

    name: str
    kind: VenueKind
    description: str
    config_schema: dict[str, Any]
    order_types: tuple[OrderType, ...] = ()
    tif: tuple[TimeInForce, ...] = ()
    features: tuple[str, ...] = ()
    real: bool = False
    """Whether real money stands behind it."""

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """Return the keys of the configuration that hold secrets."""
        properties = self.config_schema.get("properties", {})
        return tuple(
            name
            for name, entry in properties.items()
            if any(form.get("format") == "password" for form in (entry, *entry.get("anyOf", ())))
        )


def _joined(data: dict[str, Any], trading: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a venue that is configured in two blocks."""
    return {**data, "title": "Exchange", "properties": {**data["properties"], **trading["properties"]}}


REPLAY = VenueInfo(
    name="replay",
    kind=VenueKind.DATA,
    description="recorded market data from files, in real time, faster, or as fast as the engine goes",
    config_schema=ReplaySettings.model_json_schema(),
    features=("bars",),
)
MOCK = VenueInfo(
    name="mock",
    kind=VenueKind.DATA,
    description="made-up bars by seed, for trying out and for tests",
    config_schema=MockSettings.model_json_schema(),
    features=("bars", "errors on request"),
)
PAPER = VenueInfo(
    name="paper",
    kind=VenueKind.TRADING,
    description="the simulated venue: fees, slippage, latency and fills by models; the one of the backtest",
    config_schema=PaperSettings.model_json_schema(),
    order_types=tuple(OrderType),
    tif=tuple(TimeInForce),
    features=("amend", "post-only", "reduce-only", "OCO", "brackets", "margin", "shorts", "funding"),
)

EXCHANGE = VenueInfo(
    name="exchange",
    kind=VenueKind.BOTH,
    description="a simulated market and accounts in a process of their own (`tradewind exchange serve`)",
    config_schema=_joined(ExchangeDataSettings.model_json_schema(), ExchangeTradingSettings.model_json_schema()),
    order_types=tuple(OrderType),
    tif=tuple(TimeInForce),
    features=(*PAPER.features, "outlives the session", "reconnects", "faults on request"),
)

BINANCE = VenueInfo(
    name="binance",
    kind=VenueKind.DATA,
    description="bars of Binance, spot or USD-M perpetuals, as they close; gaps are filled from its history",
    config_schema=BinanceDataSettings.model_json_schema(),
    features=("bars", "trades", "quotes", "books in sync", "history", "funding rates (usdm)", "reconnects"),
)
_BINANCE_ORDERS = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_BINANCE_TIF = tuple(TimeInForce)
BINANCE_PAPER = VenueInfo(
    name="binance-paper",
    kind=VenueKind.TRADING,
    description="an account at Binance's testnet or demo, or at a server on this machine that speaks its protocol",
    config_schema=BinanceTradingSettings.model_json_schema(),
    order_types=_BINANCE_ORDERS,
    tif=_BINANCE_TIF,
    features=(
        "amend: smaller (spot), price and quantity of limit orders (usdm)",
        "post-only",
        "reduce-only (usdm)",
        "brackets",
        "shorts (usdm)",
        "leverage (usdm)",
        "funding (usdm)",
        "orders over REST while the WebSocket API is away",
        "reconnects",
    ),
)
BINANCE_LIVE = VenueInfo(
    name="binance-live",
    kind=VenueKind.TRADING,
    description="an account at Binance, spot or USD-M perpetuals, with both live flags alone",
    config_schema=BinanceTradingSettings.model_json_schema(),
    order_types=_BINANCE_ORDERS,
    tif=_BINANCE_TIF,
    features=BINANCE_PAPER.features,
    real=True,
)

VENUES: dict[str, VenueInfo] = {
    venue.name: venue for venue in (REPLAY, MOCK, PAPER, EXCHANGE, BINANCE, BINANCE_PAPER, BINANCE_LIVE)
}
"""Every venue by the name that `provider_type` calls it."""


def table() -> str:
    """Return what each venue can do, as a table of Markdown."""
    lines = ["| venue | what for | orders | time in force | besides |", "|---|---|---|---|---|"]
    for venue in VENUES.values():
        kinds = ", ".join(kind.value for kind in venue.order_types) or "–"
        tifs = ", ".join(tif.value for tif in venue.tif) or "–"
        lines.append(f"| `{venue.name}` | {venue.kind.value} | {kinds} | {tifs} | {', '.join(venue.features)} |")
    return "\n".join(lines)
