"""What is traded, as Binance writes it: names, digits, filters, the list that `exchangeInfo` gives."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, exact, plain
from tradewind.exchange.binance.refusals import filter_failure, too_fine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument

DIGITS = 8
"""Spot amounts are written with eight digits."""
ORDER_TYPES = (
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
)  # fmt: skip
MAX_ORDERS, MAX_STOPS, MAX_LISTS = 200, 5, 20
PRICE_MAX, QUANTITY_MAX = Decimal(1_000_000), Decimal(9_000_000)
"""Where an instrument has no bound of its own."""
BAND_UP, BAND_DOWN, BAND_MINUTES = Decimal(5), Decimal("0.2"), 5
"""How far from the average price of the last minutes a limit may be."""


@lru_cache(maxsize=16_384)
def amount(value: Decimal | float) -> str:
    """Write an amount as Binance does."""
    return f"{value:.8f}" if value else "0.00000000"


class Symbol:
    """One instrument under its name here, with its filters."""

    orders_max, stops_max = MAX_ORDERS, MAX_STOPS
    price_max = PRICE_MAX
    band_up, band_down = BAND_UP, BAND_DOWN

    def __init__(self, instrument: Instrument, number: int) -> None:
        self.instrument = instrument
        self.name = instrument.symbol
        self.id: InstrumentId = instrument.id
        self.number = number
        self.base, self.quote = str(instrument.base), str(instrument.quote)
        self.status = "TRADING"
        self.halted_until = 0
        """Until when it does not trade, in nanoseconds of the exchange's time."""
        self.tick, self.lot = instrument.tick, instrument.lot
        self.quantity_min = instrument.quantity_min or instrument.lot
        self.quantity_max = instrument.quantity_max or QUANTITY_MAX

    def filters(self) -> list[dict[str, object]]:
        """Return the filters as they are listed."""
        return [
            {"filterType": "PRICE_FILTER", "minPrice": amount(self.tick), "maxPrice": amount(PRICE_MAX),
             "tickSize": amount(self.tick)},
            {"filterType": "LOT_SIZE", "minQty": amount(self.quantity_min), "maxQty": amount(self.quantity_max),
             "stepSize": amount(self.lot)},
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            {"filterType": "MARKET_LOT_SIZE", "minQty": amount(ZERO), "maxQty": amount(self.quantity_max),
             "stepSize": amount(ZERO)},
            {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10, "maxTrailingAboveDelta": 2000,
             "minTrailingBelowDelta": 10, "maxTrailingBelowDelta": 2000},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": plain(BAND_UP),
             "bidMultiplierDown": plain(BAND_DOWN), "askMultiplierUp": plain(BAND_UP),
             "askMultiplierDown": plain(BAND_DOWN), "avgPriceMins": BAND_MINUTES},
            {"filterType": "NOTIONAL", "minNotional": amount(self.instrument.notional_min), "applyMinToMarket": True,
             "maxNotional": amount(Decimal(9_000_000)), "applyMaxToMarket": False, "avgPriceMins": BAND_MINUTES},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MAX_ORDERS},
            {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": MAX_LISTS},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MAX_STOPS},
            {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
        ]  # fmt: skip

    def listed(self) -> dict[str, object]:
        """Return the entry of `exchangeInfo`."""
        return {
            "symbol": self.name, "status": self.status, "baseAsset": self.base, "baseAssetPrecision": DIGITS,
            "quoteAsset": self.quote, "quotePrecision": DIGITS, "quoteAssetPrecision": DIGITS,
            "baseCommissionPrecision": DIGITS, "quoteCommissionPrecision": DIGITS, "orderTypes": ORDER_TYPES,
            "icebergAllowed": False, "ocoAllowed": True, "otoAllowed": True, "opoAllowed": False,
            "quoteOrderQtyMarketAllowed": True, "allowTrailingStop": True, "cancelReplaceAllowed": True,
            "amendAllowed": True, "pegInstructionsAllowed": False, "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False, "filters": self.filters(), "permissions": [],
            "permissionSets": [["SPOT"]], "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }  # fmt: skip

    # --- checks, each by the filter's own rule ------------------------------------------------------

    def check_price(self, name: str, price: Decimal) -> None:
        """Refuse a price that is off the tick, or out of bounds."""
        if -int(price.normalize().as_tuple().exponent) > DIGITS:
            raise too_fine(name)
        if not self.tick <= price <= PRICE_MAX or (price - self.tick) % self.tick:
            raise filter_failure("PRICE_FILTER")

    def check_band(self, price: Decimal, average: float | None) -> None:
        """Refuse a limit too far from the average price; without one there is no band."""
        if average is None:
            return
        middle = exact(average)
        if not middle * BAND_DOWN <= price <= middle * BAND_UP:
            raise filter_failure("PERCENT_PRICE_BY_SIDE")

    def check_quantity(self, quantity: Decimal, *, at_market: bool) -> None:
        """Refuse a quantity that is off the step, or out of bounds."""
        if -int(quantity.normalize().as_tuple().exponent) > DIGITS:
            raise too_fine("quantity")
        if not self.quantity_min <= quantity <= self.quantity_max or (quantity - self.quantity_min) % self.lot:
            raise filter_failure("LOT_SIZE")
        if at_market and quantity > self.quantity_max:
            raise filter_failure("MARKET_LOT_SIZE")

    def check_notional(self, quantity: Decimal, price: Decimal | float | None) -> None:
        """Refuse an order that is worth too little; one whose price nobody knows is taken."""
        if price is not None and quantity * exact(price) < self.instrument.notional_min:
            raise filter_failure("NOTIONAL")


class Symbols:
    """All that is traded, by name and by instrument."""

    def __init__(self, instruments: Iterable[Instrument], make: Callable[[Instrument, int], Symbol] = Symbol) -> None:
        made = [make(instrument, number) for number, instrument in enumerate(instruments)]
        self._by_name = {symbol.name: symbol for symbol in made}
        self._by_id = {symbol.id: symbol for symbol in made}

    def get(self, name: str) -> Symbol | None:
        """Return a symbol by its name."""
        return self._by_name.get(name)

    def of(self, instrument: InstrumentId) -> Symbol | None:
        """Return the symbol of an instrument, None if it is not traded here."""
        return self._by_id.get(instrument)

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._by_name.values())
