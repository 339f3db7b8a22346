"""From the stream of a spot account to events of ours. Pure.

`executionReport` tells an order's life (`x`), one step each. Fills are known by symbol and trade id, whoever tells
them: this stream, or `myTrades` when we look. What is not documented raises `VenueProtocolError`.
https://developers.binance.com/docs/binance-spot-api-docs/user-data-stream
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.ids import Asset, ClientOrderId, TradeId, VenueOrderId
from tradewind.domain.order import Liquidity
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, positive, unread
from tradewind.venues.binance.heard import NOTHING, Heard
from tradewind.venues.binance.product import VENUES, Product
from tradewind.venues.binance.wire_account import (
    AccountPosition,
    BalanceUpdate,
    ExecutionReport,
    ExternalLock,
    ListStatus,
    StreamEnded,
    Subscribed,
)
from tradewind.venues.binance.wire_market import Named

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.time import TimeNs

_wrapped = msgspec.json.Decoder(Subscribed)
_named = msgspec.json.Decoder(Named)
_report = msgspec.json.Decoder(ExecutionReport)
_ended = msgspec.json.Decoder(StreamEnded)
_update = msgspec.json.Decoder(BalanceUpdate)
_lock = msgspec.json.Decoder(ExternalLock)
_position = msgspec.json.Decoder(AccountPosition)
_list = msgspec.json.Decoder(ListStatus)

CONDITIONAL = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
ENDED = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})


def read_account(frame: bytes | str, ts_recv: TimeNs) -> Heard:
    """Return what a frame of the stream says; one that we do not know says nothing."""
    try:
        event = _wrapped.decode(frame).event
    except msgspec.DecodeError as error:
        raise unread(frame, str(error)) from None
    return read_event(event, ts_recv)


def read_event(event: msgspec.Raw, ts_recv: TimeNs) -> Heard:
    """Return what an event of the stream says, out of what it came in."""
    try:
        name = _named.decode(event).event
        reader = _READERS.get(name)
        return NOTHING if reader is None else reader(event, ts_recv)
    except (msgspec.DecodeError, ArithmeticError, ValueError) as error:
        raise unread(bytes(event), str(error)) from None


def trade_id_of(symbol: str, number: int) -> TradeId:
    """Return our id of an execution: Binance counts them per symbol."""
    return TradeId(f"{symbol}-{number}")


def order_events(report: ExecutionReport, ts: TimeNs) -> tuple[ev.Event, ...]:
    """Return what an execution report says of an order of ours."""
    at = report.time * NS_PER_MS
    order = ClientOrderId(report.client_id)
    match report.execution:
        case "NEW" | "PENDING_NEW":
            return _accepted(report, order, at, ts)
        case "TRADE" if amount(report.last_quantity) and amount(report.last_price):
            return (_filled(report, order, at, ts),)
        case "TRADE":
            return _of_nothing(report, order, at, ts)
        case "CALCULATED":
            return ()  # a liquidation on margin, which we do not trade
        case "CANCELED":
            order = ClientOrderId(report.original_id or report.client_id)
            return (ev.OrderCancelled(order, _reason(report, "cancelled"), at, ts, amount(report.filled)),)
        case "REPLACED":
            return (_amended(report, amount(report.quantity), at, ts),)
        case "REJECTED":
            return (ev.OrderRejected(order, _reason(report, "rejected"), at, ts),)
        case "EXPIRED":
            return (ev.OrderExpired(order, _reason(report, "expired"), at, ts, amount(report.filled)),)
        case "TRADE_PREVENTION":
            return _prevented(report, order, at, ts)
        case _:
            raise ValueError(f"x is {report.execution!r}")


def _accepted(report: ExecutionReport, order: ClientOrderId, at: TimeNs, ts: TimeNs) -> tuple[ev.Event, ...]:
    accepted = ev.OrderAccepted(order, VenueOrderId(str(report.order_id)), at, ts)
    # A stop that waits is not on the book and has no working time; once it is, the market has reached its trigger.
    if report.type in CONDITIONAL and report.on_book and report.working_time is not None:
        return accepted, ev.OrderTriggered(order, at, ts)
    return (accepted,)


def _filled(report: ExecutionReport, order: ClientOrderId, at: TimeNs, ts: TimeNs) -> ev.OrderFilled:
    return ev.OrderFilled(
        order, trade_id_of(report.symbol, report.trade_id),
        positive(report.last_quantity), positive(report.last_price),
        amount(report.fee), Asset(report.fee_asset or ""),
        Liquidity.MAKER if report.maker else Liquidity.TAKER, at, ts,
    )  # fmt: skip


def _of_nothing(report: ExecutionReport, order: ClientOrderId, at: TimeNs, ts: TimeNs) -> tuple[ev.Event, ...]:
    """Take a trade without a quantity, which has been seen: its status says what happened to the order."""
    match report.status:
        case "CANCELED":
            return (ev.OrderCancelled(order, _reason(report, "cancelled"), at, ts, amount(report.filled)),)
        case "EXPIRED" | "EXPIRED_IN_MATCH":
            return (ev.OrderExpired(order, _reason(report, "expired"), at, ts, amount(report.filled)),)
        case "NEW" | "PARTIALLY_FILLED":
            return (ev.OrderAccepted(order, VenueOrderId(str(report.order_id)), at, ts),)
        case _:
            return ()


def _amended(report: ExecutionReport, quantity: Decimal, at: TimeNs, ts: TimeNs) -> ev.OrderAmended:
    order = ClientOrderId(report.original_id or report.client_id)
    price, trigger = amount(report.price), amount(report.stop_price)
    return ev.OrderAmended(order, quantity, price or None, trigger or None, at, ts)


def _prevented(report: ExecutionReport, order: ClientOrderId, at: TimeNs, ts: TimeNs) -> tuple[ev.Event, ...]:
    """Take what self-trade prevention did: it ends an order, or makes it smaller (mode DECREMENT)."""
    if report.status in ENDED:
        return (ev.OrderExpired(order, "self-trade prevention", at, ts, amount(report.filled)),)
    return (_amended(report, amount(report.quantity) - amount(report.prevented or "0"), at, ts),)


def _reason(report: ExecutionReport, otherwise: str) -> str:
    told = [text for text in (report.reject_reason, report.expiry_reason) if text not in (None, "NONE", "", 0)]
    return ", ".join(str(text) for text in told) or otherwise


def _read_report(data: msgspec.Raw, ts: TimeNs) -> Heard:
    report = _report.decode(data)
    events = order_events(report, ts)
    return Heard(events, look="" if events else f"{report.execution} of nothing, {report.status}: {report.client_id}")


def _read_balance(data: msgspec.Raw, ts: TimeNs) -> Heard:
    event = _update.decode(data)
    moved = ev.BalanceTransferred(
        VENUES[Product.SPOT], Asset(event.asset), amount(event.delta), ts, _transfer_id(event)
    )
    return Heard((moved,))


def _transfer_id(event: BalanceUpdate) -> str:
    """Return what tells a transfer from the next: Binance names none, but when it was cleared, and of how much."""
    return f"{event.time}/{event.asset}/{event.delta}"


def _read_lock(data: msgspec.Raw, ts: TimeNs) -> Heard:  # noqa: ARG001 - a reader
    _lock.decode(data)
    return Heard(look="something else has locked a part of the account")


def _read_position(data: msgspec.Raw, ts: TimeNs) -> Heard:  # noqa: ARG001 - a reader
    _position.decode(data)  # our books have it from the fills; the comparison with the venue's is reconciliation's
    return NOTHING


def _read_list(data: msgspec.Raw, ts: TimeNs) -> Heard:  # noqa: ARG001 - a reader
    _list.decode(data)
    return NOTHING


def _read_end(data: msgspec.Raw, ts: TimeNs) -> Heard:  # noqa: ARG001 - a reader
    _ended.decode(data)
    return Heard(over=_named.decode(data).event)


_READERS: dict[str, Callable[[msgspec.Raw, TimeNs], Heard]] = {
    "executionReport": _read_report,
    "outboundAccountPosition": _read_position,
    "balanceUpdate": _read_balance,
    "externalLockUpdate": _read_lock,
    "listStatus": _read_list,
    "eventStreamTerminated": _read_end,
    "serverShutdown": _read_end,
}
