"""Orders for contracts as clients ask for them: plain ones, and conditional ones, which go another way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import ANSWERS, Asked
from tradewind.exchange.binance.notes import Details
from tradewind.exchange.sides import short_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.binance.params import Params
    from tradewind.exchange.binance.symbols import Symbol, Symbols

PLAIN = ("LIMIT", "MARKET")
CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
FUTURES_CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_TIFS = {
    "GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "GTX": TimeInForce.GTC,
    "GTD": TimeInForce.GTD,
}  # fmt: skip
GOOD_TILL_LEAD_MS, GOOD_TILL_MAX_MS = 600_000, 253_402_300_799_000
"""An order may end by itself later than in so much time, and before so late; sooner ends are for its client to tell."""
_PERCENT = Decimal(100)
_NO_MAKER = (
    "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history"
)
_REFUSALS = (
    ("insufficient", -2019, "Margin is insufficient."),
    ("margin unknown", -2019, "Margin is insufficient."),
    ("would trigger", -2021, "Order would immediately trigger."),
    ("reduce-only", -2022, "ReduceOnly Order is rejected."),
    ("post-only", -5022, _NO_MAKER),
)  # fmt: skip


@dataclass(frozen=True)
class FuturesAsked(Asked):
    """What was asked for, well formed."""

    is_conditional: bool
    reduce_only: bool
    close_position: bool
    working_type: str
    price_protect: bool
    callback_rate: Decimal | None
    good_till: int
    """When a GTD order ends, in milliseconds; 0 for others."""
    position_side: str
    """Which position it is for: BOTH, or LONG and SHORT where they are held apart."""

    def spec(self, name: ClientOrderId, quantity: Decimal) -> OrderSpec:
        """Return the order as the simulated venue takes it."""
        at_market = self.price is None
        trails, waits = self.callback_rate is not None, self.is_conditional
        kind = OrderType.MARKET if at_market else OrderType.LIMIT
        if waits:
            kind = OrderType.TRAILING_STOP if trails else OrderType.STOP if at_market else OrderType.STOP_LIMIT
        return OrderSpec(
            name, EXTERNAL, short_of(self.symbol.id) if self.position_side == "SHORT" else self.symbol.id, self.side,
            kind, quantity, price=self.price, trigger=self.stop_price,
            trail_fraction=None if self.callback_rate is None else self.callback_rate / _PERCENT,
            tif=TimeInForce.IOC if self.kind == "MARKET" else _TIFS[self.tif], post_only=self.tif == "GTX",
            expire_at=self.good_till * NS_PER_MS or None, reduce_only=self.only_reduces,
            if_touched=self.kind.startswith("TAKE_PROFIT"),
        )  # fmt: skip

    def details(self, next_number: Callable[[], int]) -> Details:
        """Return what the order has besides."""
        return Details(
            self.reduce_only, self.close_position, self.working_type, self.price_protect,
            next_number() if self.is_conditional else 0, self.callback_rate, self.good_till,
            self.position_side,
        )  # fmt: skip

    @property
    def only_reduces(self) -> bool:
        """Whether it can only make a position smaller."""
        return self.reduce_only or self.close_position or self.closes_side

    @property
    def closes_side(self) -> bool:
        """Whether it is against the position that it is for, where the sides are held apart."""
        return self.position_side == ("LONG" if self.side is Side.SELL else "SHORT")

    def refused(self, reason: str) -> no.WireError:
        """Return how a refusal of the venue's is told."""
        for start, code, text in _REFUSALS:
            if reason.startswith(start):
                return no.WireError(code, text)
        return no.rejected(no.reject_text(reason))

    def duplicated(self) -> no.WireError:
        """Return how it is told that the name is taken."""
        return no.WireError(-4116, "ClientOrderId is duplicated.")


def asked(  # noqa: PLR0913 - a request, and what it is held against
    params: Params, symbols: Symbols, held: Callable[[Symbol, str], Decimal], now: TimeNs, *, conditional: bool,
    has_sides: bool,
) -> FuturesAsked:  # fmt: skip
    """Read an order from the parameters of a request.

    `held` says what the account has of a contract on a side, `has_sides` whether long and short are held apart.
    """
    symbol = params.symbol(symbols)
    side_text, kind = params.need("side"), params.need("type")
    if side_text not in ("BUY", "SELL"):
        raise no.bad_side()
    if kind not in PLAIN + CONDITIONAL:
        raise no.bad_type()
    if not conditional and kind in CONDITIONAL:
        raise no.WireError(
            -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
        )
    if conditional and kind not in CONDITIONAL:
        raise no.bad_type()
    position_side = _position_side(params, has_sides=has_sides)
    closes = params.flag("closePosition")
    quantity = _quantity(params, closes=closes, held=lambda: abs(held(symbol, position_side)))
    price = _needed(params, "price") if kind in ("LIMIT", "STOP", "TAKE_PROFIT") else None
    tif = _tif(params, kind)
    trigger = params.number("triggerPrice" if conditional else "stopPrice")
    rate = params.number("callbackRate")
    if kind == "TRAILING_STOP_MARKET":
        if rate is None:
            raise no.missing("callbackRate")
        trigger = params.number("activatePrice") and None
    elif kind in CONDITIONAL and trigger is None:
        raise no.missing("triggerPrice")
    answer = params.get("newOrderRespType") or "ACK"
    if answer not in ANSWERS:
        raise no.WireError(-1122, "Invalid newOrderRespType.")
    for ignored in ("selfTradePreventionMode", "priceMatch", "algoType", "clientOrderId"):
        params.get(ignored)
    return FuturesAsked(
        symbol, Side.BUY if side_text == "BUY" else Side.SELL, kind, tif, quantity, ZERO, price, trigger, None,
        _client_id(params, "clientAlgoId" if conditional else "newClientOrderId"), answer,
        is_conditional=conditional, reduce_only=params.flag("reduceOnly"), close_position=closes,
        working_type=params.get("workingType") or "CONTRACT_PRICE", price_protect=params.flag("priceProtect"),
        callback_rate=rate, good_till=_good_till(params, now) if tif == "GTD" else 0,
        position_side=position_side,
    )  # fmt: skip


def _position_side(params: Params, *, has_sides: bool) -> str:
    side = params.get("positionSide") or "BOTH"
    if (side in ("LONG", "SHORT")) is not has_sides or side not in ("BOTH", "LONG", "SHORT"):
        raise no.WireError(-4061, "Order's position side does not match user's setting.")
    if has_sides:
        params.refuse("reduceOnly")
    return side


def _quantity(params: Params, *, closes: bool, held: Callable[[], Decimal]) -> Decimal:
    if not closes:
        return _needed(params, "quantity")
    params.refuse("quantity")
    quantity = held()
    if not quantity:
        raise no.WireError(
            -4509, "TIF GTE can only be used with open positions. Please ensure that positions are available."
        )
    return quantity


def _tif(params: Params, kind: str) -> str:
    tif = params.get("timeInForce") or ""
    if kind == "LIMIT" and not tif:
        raise no.missing("timeInForce")
    tif = tif or "GTC"
    if tif not in _TIFS:
        raise no.bad_tif()
    if tif == "GTD" and not params.has("goodTillDate"):
        raise no.missing("goodTillDate")
    return tif


def _good_till(params: Params, now: TimeNs) -> int:
    """Return when an order is to end, in milliseconds; of a time, whole seconds count."""
    wanted = params.integer("goodTillDate") or 0
    if not now // NS_PER_MS + GOOD_TILL_LEAD_MS < wanted < GOOD_TILL_MAX_MS:
        raise no.WireError(
            -5040,
            f"The goodTillDate timestamp must be greater than the current time plus {GOOD_TILL_LEAD_MS // 1_000} "
            f"seconds and smaller than {GOOD_TILL_MAX_MS}",
        )
    return wanted // 1_000 * 1_000


def _needed(params: Params, name: str) -> Decimal:
    value = params.number(name)
    if value is None:
        raise no.missing(name)
    return value


def _client_id(params: Params, name: str) -> str | None:
    value = params.get(name)
    if value is not None and not re.match(FUTURES_CLIENT_ID, value):
        raise no.illegal(name, FUTURES_CLIENT_ID)
    return value
