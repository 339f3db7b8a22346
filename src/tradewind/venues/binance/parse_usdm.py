"""From the stream of a USD-M account to events of ours.

Pure but for one thing that it remembers: which order a conditional order has become, as its fills are told under the
number of that. https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.ids import Asset, ClientOrderId, VenueOrderId
from tradewind.domain.order import Liquidity, Side
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, positive, unread
from tradewind.venues.binance.heard import NOTHING, Heard
from tradewind.venues.binance.parse_account import trade_id_of
from tradewind.venues.binance.product import VENUES, Product, our_id
from tradewind.venues.binance.requests import VENUES_OWN
from tradewind.venues.binance.wire_algo import AlgoBody, AlgoUpdate
from tradewind.venues.binance.wire_market import Named
from tradewind.venues.binance.wire_usdm import (
    AccountUpdate,
    OrderBody,
    OrderTradeUpdate,
    TradeLite,
)

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.usdm_memory import Memory

_named = msgspec.json.Decoder(Named)
_order = msgspec.json.Decoder(OrderTradeUpdate)
_account = msgspec.json.Decoder(AccountUpdate)
_algo = msgspec.json.Decoder(AlgoUpdate)
_lite = msgspec.json.Decoder(TradeLite)

CHANGES = frozenset({"ORDER_TRADE_UPDATE", "ALGO_UPDATE", "ACCOUNT_UPDATE"})
TRANSFERS = frozenset({"DEPOSIT", "WITHDRAW", "TRANSFER", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW", "COIN_SWAP_DEPOSIT"})


class UsdmAccount:
    """Reads the events of one account's stream."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def read(self, frame: bytes | str, ts_recv: TimeNs) -> Heard:
        """Return what a frame says; one that we do not know says nothing."""
        try:
            name = _named.decode(frame).event
            self._memory.changes += name in CHANGES
            return self._read(name, frame, ts_recv)
        except (msgspec.DecodeError, ArithmeticError, ValueError) as error:
            raise unread(frame, str(error)) from None

    def _read(self, name: str, frame: bytes | str, ts: TimeNs) -> Heard:
        match name:
            case "ORDER_TRADE_UPDATE":
                event = _order.decode(frame)
                return self._of_order(event.order, event.time * NS_PER_MS, ts)
            case "ALGO_UPDATE":
                algo = _algo.decode(frame)
                return Heard(self._of_algo(algo.order, algo.time * NS_PER_MS, ts))
            case "ACCOUNT_UPDATE":
                return _of_account(_account.decode(frame), ts)
            case "TRADE_LITE":
                _lite.decode(frame)
                return NOTHING
            case "listenKeyExpired" | "serverShutdown" | "eventStreamTerminated":
                return Heard(over=name)
            case "MARGIN_CALL" | "ACCOUNT_CONFIG_UPDATE":
                return Heard(look=name)
            case _:
                return NOTHING

    def _of_order(self, order: OrderBody, at: TimeNs, ts: TimeNs) -> Heard:
        if order.client_id.startswith(VENUES_OWN):
            return _of_venue(order, at, ts)
        name = self._memory.names.get(order.order_id) or ClientOrderId(order.client_id)
        match order.execution:
            case "NEW":
                return Heard((ev.OrderAccepted(name, VenueOrderId(str(order.order_id)), at, ts),))
            case "TRADE" if amount(order.last_quantity):
                return Heard((_filled(order, name, at, ts),))
            case "TRADE":
                return Heard(look=f"an execution of nothing: {name}")
            case "CANCELED":
                return Heard((ev.OrderCancelled(name, _reason(order, "cancelled"), at, ts, amount(order.filled)),))
            case "EXPIRED":
                return Heard((ev.OrderExpired(name, _reason(order, "expired"), at, ts, amount(order.filled)),))
            case "AMENDMENT":
                price, trigger = amount(order.price), amount(order.stop_price or "0")
                amended = ev.OrderAmended(name, amount(order.quantity), price or None, trigger or None, at, ts)
                return Heard((amended,))
            case "CALCULATED":
                return _of_venue(order, at, ts)
            case _:
                raise ValueError(f"x is {order.execution!r}")

    def _of_algo(self, order: AlgoBody, at: TimeNs, ts: TimeNs) -> tuple[ev.Event, ...]:
        name = ClientOrderId(order.client_id)
        self._memory.note_algo(name, order.order_id)
        match order.status:
            case "NEW":
                return (ev.OrderAccepted(name, VenueOrderId(f"algo-{order.algo_id}"), at, ts),)
            case "TRIGGERING":
                return ()
            case "TRIGGERED":
                return (ev.OrderTriggered(name, at, ts),)
            case "FINISHED":
                # What it has become tells its own fills, and its own end; without a fill it was taken back.
                return () if amount(order.filled) else (ev.OrderCancelled(name, order.reason or "cancelled", at, ts),)
            case "CANCELED":
                return (ev.OrderCancelled(name, order.reason or "cancelled", at, ts),)
            case "EXPIRED":
                return (ev.OrderExpired(name, order.reason or "expired", at, ts),)
            case "REJECTED":
                return (ev.OrderRejected(name, order.reason or "rejected", at, ts),)
            case _:
                raise ValueError(f"X is {order.status!r}")


def _filled(order: OrderBody, name: ClientOrderId, at: TimeNs, ts: TimeNs) -> ev.OrderFilled:
    return ev.OrderFilled(
        name, trade_id_of(order.symbol, order.trade_id),
        positive(order.last_quantity), positive(order.last_price),
        amount(order.fee or "0"), Asset(order.fee_asset or ""),
        Liquidity.MAKER if order.maker else Liquidity.TAKER, at, ts,
    )  # fmt: skip


def _of_venue(order: OrderBody, at: TimeNs, ts: TimeNs) -> Heard:
    """Take what the venue does by force: liquidation, deleveraging, settlement."""
    if order.execution not in ("TRADE", "CALCULATED") or not amount(order.last_quantity):
        return Heard(look=f"the venue's own order {order.client_id}")
    liquidated = ev.PositionLiquidated(
        our_id(order.symbol, Product.USDM), trade_id_of(order.symbol, order.trade_id),
        Side.BUY if order.side == "BUY" else Side.SELL,
        positive(order.last_quantity), positive(order.last_price),
        amount(order.fee or "0"), Asset(order.fee_asset or ""), at, ts,
    )  # fmt: skip
    return Heard((liquidated,), look=f"the venue has closed a position by force: {order.client_id}")


def _of_account(update: AccountUpdate, ts: TimeNs) -> Heard:
    account = update.account
    if account.reason == "FUNDING_FEE":
        return Heard(look="FUNDING_FEE")  # whose it is, `income` says, with a number to book it by
    if account.reason not in TRANSFERS:
        return NOTHING if account.reason == "ORDER" else Heard(look=account.reason)
    venue = VENUES[Product.USDM]
    moved = (
        # There is no number in it: it is known by its time, and by what the wallet holds after it.
        ev.BalanceTransferred(
            venue, Asset(row.asset), amount(row.change), ts, f"{update.time}/{row.asset}/{row.change}/{row.wallet}"
        )
        for row in account.balances
    )
    return Heard(tuple(event for event in moved if event.amount))


def _reason(order: OrderBody, otherwise: str) -> str:
    return f"{otherwise}, reason {order.expiry_reason}" if order.expiry_reason not in (None, "0", 0) else otherwise
