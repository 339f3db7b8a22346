"""Contracts as Binance lists them; their filters have other keys and other errors than those of spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact, plain
from tradewind.exchange.binance.refusals import WireError
from tradewind.exchange.binance.symbols import DIGITS, Symbol

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument

ORDER_TYPES = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
TIFS = ("GTC", "IOC", "FOK", "GTX", "GTD")
NEVER_MS = 4_133_404_800_000
"""When a perpetual is delivered: in the year 2100."""


class Contract(Symbol):
    """One perpetual."""

    orders_max, stops_max = 200, 10

    def __init__(self, instrument: Instrument, number: int) -> None:
        super().__init__(instrument, number)
        self.leverage_max = int(1 / instrument.margin_initial)

    def filters(self) -> list[dict[str, object]]:
        """Return the filters as they are listed."""
        most = plain(self.quantity_max)
        lots: dict[str, object] = {"minQty": plain(self.quantity_min), "maxQty": most, "stepSize": plain(self.lot)}
        return [
            {"filterType": "PRICE_FILTER", "minPrice": plain(self.tick), "maxPrice": plain(self.price_max),
             "tickSize": plain(self.tick)},
            {"filterType": "LOT_SIZE", **lots},
            {"filterType": "MARKET_LOT_SIZE", **lots},
            {"filterType": "MAX_NUM_ORDERS", "limit": self.orders_max},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": self.stops_max},
            {"filterType": "MIN_NOTIONAL", "notional": plain(self.instrument.notional_min)},
            {"filterType": "PERCENT_PRICE", "multiplierUp": plain(self.band_up),
             "multiplierDown": plain(self.band_down), "multiplierDecimal": "4"},
        ]  # fmt: skip

    def listed(self) -> dict[str, object]:
        """Return the entry of `exchangeInfo`."""
        instrument = self.instrument
        return {
            "symbol": self.name, "pair": self.name, "contractType": "PERPETUAL", "deliveryDate": NEVER_MS,
            "onboardDate": 0, "status": self.status,
            "maintMarginPercent": f"{100 * instrument.margin_maintenance:.4f}",
            "requiredMarginPercent": f"{100 * instrument.margin_initial:.4f}", "baseAsset": self.base,
            "quoteAsset": self.quote, "marginAsset": self.quote, "pricePrecision": _digits(self.tick),
            "quantityPrecision": _digits(self.lot), "baseAssetPrecision": DIGITS, "quotePrecision": DIGITS,
            "underlyingType": "COIN", "underlyingSubType": [], "settlePlan": 0, "triggerProtect": "0.0500",
            "liquidationFee": plain(instrument.fees.rate(maker=False)), "marketTakeBound": "0.05",
            "maxMoveOrderLimit": 10000, "filters": self.filters(), "orderTypes": ORDER_TYPES, "timeInForce": TIFS,
        }  # fmt: skip

    def check_price(self, name: str, price: Decimal) -> None:
        """Refuse a price that is off the tick, or out of bounds."""
        del name
        if not self.tick <= price <= self.price_max:
            raise WireError(-4013, f"Price less than min price {plain(self.tick)}.")
        if price % self.tick:
            raise WireError(-4014, "Price not increased by tick size.")

    def check_band(self, price: Decimal, average: float | None) -> None:
        """Refuse a limit too far from the mark price."""
        if average is None:
            return
        most, least = exact(average) * self.band_up, exact(average) * self.band_down
        if price > most:
            raise WireError(-4016, f"Limit price can't be higher than {plain(most.quantize(self.tick))}.")
        if price < least:
            raise WireError(-4024, f"Limit price can't be lower than {plain(least.quantize(self.tick))}.")

    def check_quantity(self, quantity: Decimal, *, at_market: bool) -> None:
        """Refuse a quantity that is off the step, or out of bounds."""
        del at_market
        if quantity <= 0:
            raise WireError(-4003, "Quantity less than or equal to zero.")
        if quantity % self.lot:
            raise WireError(-1111, "Precision is over the maximum defined for this asset.")
        if quantity < self.quantity_min:
            raise WireError(-4004, "Quantity less than or equal to zero.")
        if quantity > self.quantity_max:
            raise WireError(-4005, "Quantity greater than max quantity.")

    def check_notional(self, quantity: Decimal, price: Decimal | float | None) -> None:
        """Refuse an order that is worth too little; one whose price nobody knows is taken."""
        least = self.instrument.notional_min
        if price is not None and quantity * exact(price) < least:
            raise WireError(
                -4164, f"Order's notional must be no smaller than {plain(least)} (unless you choose reduce only)."
            )


def _digits(step: Decimal) -> int:
    return max(-int(step.normalize().as_tuple().exponent), 0)
