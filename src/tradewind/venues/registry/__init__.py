"""The venues that this version has, and what each can do: pure data, no venue is imported.

`config_schema` returns the JSON schema of the venue's `config:` block; `secret_fields` names the keys of it
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
from tradewind.venues.registry.fields import Settings
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
    blocks: tuple[type[Settings], ...]
    """What its `config:` block may say, of one that is configured in two places that of each."""
    order_types: tuple[OrderType, ...] = ()
    tif: tuple[TimeInForce, ...] = ()
    features: tuple[str, ...] = ()
    real: bool = False
    """Whether real money stands behind it."""

    @property
    def config_schema(self) -> dict[str, Any]:
        """Return the JSON schema of its `config:` block, of all its keys if it has two."""
        first, *others = (block.model_json_schema() for block in self.blocks)
        for other in others:
            first = {**first, "title": self.name.title(), "properties": {**first["properties"], **other["properties"]}}
        return first

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """Return the keys of the configuration that hold secrets."""
        properties = self.config_schema.get("properties", {})
        return tuple(
            name
            for name, entry in properties.items()
            if any(form.get("format") == "password" for form in (entry, *entry.get("anyOf", ())))
        )


REPLAY = VenueInfo(
    name="replay",
    kind=VenueKind.DATA,
    description="recorded market data from files, in real time, faster, or as fast as the engine goes",
    blocks=(ReplaySettings,),
    features=("bars",),
)
MOCK = VenueInfo(
    name="mock",
    kind=VenueKind.DATA,
    description="made-up bars by seed, for trying out and for tests",
    blocks=(MockSettings,),
    features=("bars", "errors on request"),
)
PAPER = VenueInfo(
    name="paper",
    kind=VenueKind.TRADING,
    description="the simulated venue: fees, slippage, latency and fills by models; the one of the backtest",
    blocks=(PaperSettings,),
    order_types=tuple(OrderType),
    tif=tuple(TimeInForce),
    features=("amend", "post-only", "reduce-only", "OCO", "brackets", "margin", "shorts", "funding"),
)

EXCHANGE = VenueInfo(
    name="exchange",
    kind=VenueKind.BOTH,
    description="a simulated market and accounts in a process of their own (`tradewind exchange serve`)",
    blocks=(ExchangeDataSettings, ExchangeTradingSettings),
    order_types=tuple(OrderType),
    tif=tuple(TimeInForce),
    features=(*PAPER.features, "outlives the session", "reconnects", "faults on request"),
)

BINANCE = VenueInfo(
    name="binance",
    kind=VenueKind.DATA,
    description="bars of Binance, spot or USD-M perpetuals, as they close; trades, quotes and books if asked for",
    blocks=(BinanceDataSettings,),
    features=("bars", "trades", "quotes", "books in sync", "history", "funding rates (usdm)", "reconnects"),
)
_BINANCE_ORDERS = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_BINANCE_TIF = tuple(TimeInForce)
BINANCE_PAPER = VenueInfo(
    name="binance-paper",
    kind=VenueKind.TRADING,
    description="an account at Binance's testnet or demo, or at a server on this machine that speaks its protocol",
    blocks=(BinanceTradingSettings,),
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
    blocks=(BinanceTradingSettings,),
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
