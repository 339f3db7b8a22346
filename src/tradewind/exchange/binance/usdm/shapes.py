"""Orders, fills and positions of contracts as they are written, in answers and on the user stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, plain
from tradewind.domain.position import Position
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.symbols import amount
from tradewind.exchange.sides import SHORT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.notes import Details
    from tradewind.exchange.binance.tickets import Ticket, Wire

_CHILDREN = {
    "STOP": "LIMIT", "STOP_MARKET": "MARKET", "TAKE_PROFIT": "LIMIT", "TAKE_PROFIT_MARKET": "MARKET",
    "TRAILING_STOP_MARKET": "MARKET",
}  # fmt: skip


def order_of(ticket: Ticket) -> Wire:
    """Return an order as answers have it."""
    details = ticket.details
    kind = _CHILDREN.get(ticket.kind, ticket.kind)
    return {
        "orderId": ticket.number, "symbol": ticket.symbol.name, "status": ticket.status,
        "clientOrderId": ticket.client_id, "price": amount(ticket.price), "avgPrice": amount(average_of(ticket)),
        "origQty": amount(ticket.quantity), "executedQty": amount(ticket.executed), "cumQty": amount(ticket.executed),
        "cumQuote": amount(ticket.quote_executed), "timeInForce": ticket.tif, "type": kind,
        "reduceOnly": details.reduce_only, "closePosition": details.close_position, "side": ticket.side,
        "positionSide": details.side, "stopPrice": amount(ticket.stop_price), "workingType": details.working_type,
        "priceProtect": details.price_protect, "origType": ticket.kind, "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE", "goodTillDate": details.good_till, "time": ticket.created // NS_PER_MS,
        "updateTime": ticket.updated // NS_PER_MS,
    }  # fmt: skip


def algo_of(ticket: Ticket) -> Wire:
    """Return a conditional order as answers have it."""
    details = ticket.details
    child = ticket.number if ticket.working_since is not None else ""
    return {
        "algoId": details.algo, "clientAlgoId": ticket.client_id, "algoType": "CONDITIONAL", "orderType": ticket.kind,
        "type": ticket.kind, "symbol": ticket.symbol.name, "side": ticket.side, "positionSide": details.side,
        "timeInForce": ticket.tif, "quantity": amount(ticket.quantity), "algoStatus": algo_status(ticket),
        "actualOrderId": str(child), "actualPrice": amount(average_of(ticket)),
        "triggerPrice": amount(ticket.stop_price), "price": amount(ticket.price), "icebergQuantity": None,
        "selfTradePreventionMode": "NONE", "workingType": details.working_type, "priceMatch": "NONE",
        "closePosition": details.close_position, "priceProtect": details.price_protect,
        "reduceOnly": details.reduce_only, "callbackRate": _rate(details),
        "createTime": ticket.created // NS_PER_MS, "updateTime": ticket.updated // NS_PER_MS,
        "triggerTime": 0 if ticket.working_since is None else ticket.working_since // NS_PER_MS,
        "goodTillDate": details.good_till,
    }  # fmt: skip


def algo_status(ticket: Ticket) -> str:
    """Return where a conditional order stands."""
    if ticket.working_since is not None:
        return "TRIGGERED" if ticket.is_open else "FINISHED"
    return "NEW" if ticket.is_open else ticket.status


def trade_of(fill: Execution) -> Wire:
    """Return a fill as `userTrades` lists it."""
    ticket = fill.ticket
    return {
        "symbol": ticket.symbol.name, "id": fill.number, "orderId": ticket.number, "side": ticket.side,
        "price": amount(fill.price), "qty": amount(fill.quantity), "realizedPnl": amount(fill.profit),
        "marginAsset": ticket.symbol.quote, "quoteQty": amount(fill.price * fill.quantity),
        "commission": amount(fill.fee), "commissionAsset": fill.fee_asset, "time": fill.ts // NS_PER_MS,
        "positionSide": ticket.details.side, "buyer": ticket.is_buy, "maker": fill.is_maker,
    }  # fmt: skip


def average_of(ticket: Ticket) -> Decimal:
    """Return the mean price of what was executed."""
    return ticket.quote_executed / ticket.executed if ticket.executed else ZERO


class FuturesTeller:
    """Writes the user stream of a futures account; keeps the profit of each fill."""

    def __init__(self) -> None:
        self._positions: dict[InstrumentId, Position] = {}
        self._told: dict[str, tuple[Decimal, ...]] = {}

    def filled(self, fill: Execution) -> None:
        """Reckon what a fill has made."""
        name, instrument = fill.ticket.instrument, fill.ticket.symbol.instrument
        position = self._positions.get(name)
        if position is None:
            position = self._positions[name] = Position(name, instrument.multiplier, instrument.lot)
        fill.profit = position.apply(fill.quantity if fill.ticket.is_buy else -fill.quantity, fill.price, fill.ts)

    def changed(  # noqa: PLR0913 - what a change of an order is
        self, ticket: Ticket, change: str, number: int, *, now: int, ts: int, fill: Execution | None, original: str
    ) -> list[Wire]:
        """Return what is told of a change: of the order, and of the condition that it waited for."""
        del number, original
        details, told = ticket.details, []
        is_first = change == "NEW" and ticket.working_since is not None
        if details.algo:
            if ticket.working_since is None:
                return [_algo_update(ticket, algo_status(ticket), now=now, ts=ts)]
            if is_first:
                told += [_algo_update(ticket, state, now=now, ts=ts) for state in ("TRIGGERING", "TRIGGERED")]
        told.append(_order_update(ticket, "AMENDMENT" if change == "REPLACED" else change, fill, now=now, ts=ts))
        if fill is not None:
            told.append(_lite(fill, now=now, ts=ts))
        if details.algo and not ticket.is_open:
            told.append(_algo_update(ticket, "FINISHED", now=now, ts=ts))
        return told

    def settled(
        self, account: Account, touched: Mapping[str, int], now: int, reason: str, *, has_sides: bool
    ) -> list[Wire]:
        """Return the balances and positions that have changed, if any."""
        balances, positions = [], []
        for balance in account.balances():
            asset = str(balance.asset)
            if self._is_new(f"asset {asset}", (balance.total,)) and asset in touched:
                total = amount(balance.total)
                balances.append({"a": asset, "wb": total, "cw": total, "bc": amount(ZERO)})
        for position in account.venue.account.portfolio.totals.values():
            figures = (position.quantity, position.average_price)
            if not self._is_new(str(position.instrument), figures):
                continue
            entry = amount(position.average_price)
            name = position.instrument.removesuffix(SHORT)
            side = "SHORT" if name != position.instrument else "LONG" if has_sides else "BOTH"
            positions.append({
                "s": name.partition(":")[2], "pa": amount(position.quantity), "ep": entry, "bep": entry,
                "cr": amount(ZERO), "up": amount(account.unrealized(position)), "mt": "cross", "iw": "0", "ps": side,
                "ma": "USDT",
            })  # fmt: skip
        if not balances and not positions:
            return []
        ts = max(touched.values()) // NS_PER_MS
        return [
            {"e": "ACCOUNT_UPDATE", "E": now // NS_PER_MS, "T": ts, "a": {"m": reason, "B": balances, "P": positions}}
        ]

    def _is_new(self, what: str, figures: tuple[Decimal, ...]) -> bool:
        known = self._told.get(what)
        self._told[what] = figures
        return known != figures and (known is not None or any(figures))


def _order_update(ticket: Ticket, change: str, fill: Execution | None, *, now: int, ts: int) -> Wire:
    details = ticket.details
    zero = amount(ZERO)
    order = {
        "s": ticket.symbol.name, "c": ticket.client_id, "S": ticket.side, "o": _CHILDREN.get(ticket.kind, ticket.kind),
        "f": ticket.tif, "q": amount(ticket.quantity), "p": amount(ticket.price), "ap": amount(average_of(ticket)),
        "sp": amount(ticket.stop_price), "x": change, "X": ticket.status, "i": ticket.number,
        "l": zero if fill is None else amount(fill.quantity), "z": amount(ticket.executed),
        "L": zero if fill is None else amount(fill.price),
        "N": ticket.symbol.quote if fill is None else fill.fee_asset, "n": "0" if fill is None else amount(fill.fee),
        "T": ts // NS_PER_MS, "t": 0 if fill is None else fill.number, "b": "0", "a": "0",
        "m": fill is not None and fill.is_maker, "R": details.reduce_only, "wt": details.working_type,
        "ot": ticket.kind, "ps": details.side, "cp": details.close_position, "pP": details.price_protect, "si": 0,
        "ss": 0, "rp": "0" if fill is None else amount(fill.profit), "V": "NONE", "pm": "NONE",
        "gtd": details.good_till,
    }  # fmt: skip
    if details.callback_rate is not None:
        order |= {"AP": "0", "cr": plain(details.callback_rate)}
    return {"e": "ORDER_TRADE_UPDATE", "E": now // NS_PER_MS, "T": ts // NS_PER_MS, "o": order}


def _lite(fill: Execution, *, now: int, ts: int) -> Wire:
    ticket = fill.ticket
    return {
        "e": "TRADE_LITE", "E": now // NS_PER_MS, "T": ts // NS_PER_MS, "s": ticket.symbol.name,
        "q": amount(ticket.quantity), "p": amount(ticket.price), "m": fill.is_maker, "c": ticket.client_id,
        "S": ticket.side, "L": amount(fill.price), "l": amount(fill.quantity), "t": fill.number, "i": ticket.number,
    }  # fmt: skip


def _algo_update(ticket: Ticket, state: str, *, now: int, ts: int) -> Wire:
    details = ticket.details
    has_child = state in ("TRIGGERED", "FINISHED")
    order: Wire = {
        "caid": ticket.client_id, "aid": details.algo, "at": "CONDITIONAL", "o": ticket.kind, "s": ticket.symbol.name,
        "S": ticket.side, "ps": details.side, "f": ticket.tif, "q": amount(ticket.quantity), "X": state,
        "ai": str(ticket.number) if has_child else "", "ap": amount(average_of(ticket)),
        "aq": amount(ticket.executed), "act": _CHILDREN[ticket.kind] if has_child else "0",
        "tp": amount(ticket.stop_price), "p": amount(ticket.price), "V": "NONE", "wt": details.working_type,
        "pm": "NONE", "cp": details.close_position, "pP": details.price_protect, "R": details.reduce_only,
        "tt": 0 if ticket.working_since is None else ticket.working_since // NS_PER_MS, "gtd": details.good_till,
        "rm": "",
    }  # fmt: skip
    return {"e": "ALGO_UPDATE", "E": now // NS_PER_MS, "T": ts // NS_PER_MS, "o": order}


def _rate(details: Details) -> str | None:
    return None if details.callback_rate is None else plain(details.callback_rate)
