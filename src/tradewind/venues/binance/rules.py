"""The rules of a symbol, as `exchangeInfo` tells them: steps, sizes, values, counts.

https://developers.binance.com/docs/binance-spot-api-docs/filters; USD-M has the same under other keys. A bound or a
step of zero is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tradewind.domain.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (
    "MAX_NUM_ORDERS", "MAX_NUM_ALGO_ORDERS", "MAX_NUM_ORDER_LISTS", "MAX_NUM_ORDER_AMENDS", "MAX_NUM_ICEBERG_ORDERS",
)  # fmt: skip
_READ = {
    "PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "PERCENT_PRICE", "PERCENT_PRICE_BY_SIDE", "MIN_NOTIONAL", "NOTIONAL",
    "MAX_POSITION", "TRAILING_DELTA", *COUNTS,
}  # fmt: skip
_OF_NO_MATTER = {"ICEBERG_PARTS", "MAX_ASSET", "POSITION_RISK_CONTROL", "T_PLUS_SELL"}
"""Known, and left to Binance: about icebergs, which we do not send, or about the account and not about an order."""
_NEEDED = (("PRICE_FILTER",), ("LOT_SIZE",), ("MIN_NOTIONAL", "NOTIONAL"))
"""Without them no order could be made to fit; of the last two, one."""


class Range(NamedTuple):
    """From, to, and in which steps; zero is no bound."""

    least: Decimal = ZERO
    most: Decimal = ZERO
    step: Decimal = ZERO


class Band(NamedTuple):
    """How far a price may lie from the average, as factors of it."""

    up: Decimal
    down: Decimal


class Value(NamedTuple):
    """What an order must be worth; a maximum of zero is none."""

    least: Decimal
    most: Decimal = ZERO
    least_for_market: bool = True
    most_for_market: bool = False


class Rules(msgspec.Struct, frozen=True):
    """All that is asked of an order for one symbol; None where the symbol does not say."""

    price: Range = Range()
    lot: Range = Range()
    market_lot: Range = Range()
    buy_band: Band | None = None
    sell_band: Band | None = None
    band_name: str = "PERCENT_PRICE"
    value: Value | None = None
    value_name: str = "NOTIONAL"
    position_max: Decimal | None = None
    trailing: tuple[int, int, int, int] | None = None
    """Smallest and largest delta above the market, and below, in basis points."""
    counts: Mapping[str, int] = {}
    """How many open orders there may be, by the name of the filter."""


def rules_of(filters: Sequence[Mapping[str, Any]]) -> Rules:
    """Read the filters of a symbol, of spot or USD-M; raise `ValueError` or `KeyError` for what is not documented.

    The list of them is closed: what is in it is read whole, and what is not is named by `unknown_in`.
    """
    found: dict[str, Any] = {"counts": {}}
    for entry in filters:
        _read(str(entry["filterType"]), entry, found)
    return Rules(**found)


def unknown_in(filters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the filters that are not in the list: what they ask for, nobody has read."""
    return sorted({str(entry["filterType"]) for entry in filters} - _READ - _OF_NO_MATTER)


def missing_in(filters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the filters that each symbol has and this one has not, as after one was renamed."""
    there = {str(entry["filterType"]) for entry in filters}
    return [" or ".join(names) for names in _NEEDED if there.isdisjoint(names)]


def _read(kind: str, entry: Mapping[str, Any], found: dict[str, Any]) -> None:
    match kind:
        case "PRICE_FILTER":
            found["price"] = Range(_dec(entry, "minPrice"), _dec(entry, "maxPrice"), _dec(entry, "tickSize"))
        case "LOT_SIZE" | "MARKET_LOT_SIZE":
            name = "lot" if kind == "LOT_SIZE" else "market_lot"
            found[name] = Range(_dec(entry, "minQty"), _dec(entry, "maxQty"), _dec(entry, "stepSize"))
        case "PERCENT_PRICE":
            found["buy_band"] = found["sell_band"] = Band(_dec(entry, "multiplierUp"), _dec(entry, "multiplierDown"))
        case "PERCENT_PRICE_BY_SIDE":
            found["buy_band"] = Band(_dec(entry, "bidMultiplierUp"), _dec(entry, "bidMultiplierDown"))
            found["sell_band"] = Band(_dec(entry, "askMultiplierUp"), _dec(entry, "askMultiplierDown"))
            found["band_name"] = kind
        case "MIN_NOTIONAL":
            least = _dec(entry, "minNotional" if "minNotional" in entry else "notional")
            found["value"] = Value(least, least_for_market=bool(entry.get("applyToMarket", True)))
            found["value_name"] = kind
        case "NOTIONAL":
            found["value"] = Value(
                _dec(entry, "minNotional"),
                _dec(entry, "maxNotional"),
                bool(entry["applyMinToMarket"]),
                bool(entry["applyMaxToMarket"]),
            )
        case "MAX_POSITION":
            found["position_max"] = _dec(entry, "maxPosition")
        case "TRAILING_DELTA":
            names = ("minTrailingAboveDelta", "maxTrailingAboveDelta", "minTrailingBelowDelta", "maxTrailingBelowDelta")
            found["trailing"] = tuple(int(entry[name]) for name in names)
        case _ if kind in COUNTS:
            found["counts"][kind] = int(next(entry[key] for key in entry if key != "filterType"))


def _dec(entry: Mapping[str, Any], name: str) -> Decimal:
    text = entry[name]
    if not isinstance(text, str):
        raise ValueError(f"{entry['filterType']}.{name} is no text: {text!r}")  # noqa: TRY004 - what came is wrong
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(f"{entry['filterType']}.{name} is no number: {text!r}")
    return value
