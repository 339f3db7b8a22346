"""What a user stream tells: each change of an order, and the balances that it moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.tickets import Ticket, Wire


def execution_report(  # noqa: PLR0913 - what a change of an order is
    ticket: Ticket, change: str, number: int, *, now: int, ts: int, fill: Execution | None = None, reason: str = "NONE",
    original: str = "",
) -> Wire:  # fmt: skip
    """Return the report of a change: `change` is its kind, `number` that of the report, times in nanoseconds.

    `original` is the client's name of the order where the report is about another name: a cancel, an amendment.
    """
    working = ticket.working_since
    named = ticket.cancelled_by if change == "CANCELED" else ticket.client_id
    told: Wire = {
        "e": "executionReport", "E": now // NS_PER_MS, "s": ticket.symbol.name, "c": named, "S": ticket.side,
        "o": ticket.kind, "f": ticket.tif, "q": amount(ticket.quantity), "p": amount(ticket.price),
        "P": amount(ticket.stop_price), "F": amount(ZERO), "g": ticket.list_number, "C": original, "x": change,
        "X": ticket.status, "r": reason, "i": ticket.number, "l": amount(ZERO if fill is None else fill.quantity),
        "z": amount(ticket.executed), "L": amount(ZERO if fill is None else fill.price),
        "n": "0" if fill is None else amount(fill.fee), "N": None if fill is None else fill.fee_asset,
        "T": ts // NS_PER_MS, "t": -1 if fill is None else fill.number, "I": number,
        "w": working is not None and ticket.is_open, "m": fill is not None and fill.is_maker, "M": fill is not None,
        "O": ticket.created // NS_PER_MS, "Z": amount(ticket.quote_executed),
        "Y": amount(ZERO if fill is None else fill.price * fill.quantity), "Q": amount(ticket.quote_quantity),
        "V": "NONE",
    }  # fmt: skip
    if working is not None:
        told["W"] = working // NS_PER_MS
    if ticket.trailing_delta is not None and ticket.trailing_since is not None:
        told |= {"d": ticket.trailing_delta, "D": ticket.trailing_since // NS_PER_MS}
    return told


def account_position(balances: Iterable[Balance], *, now: int, ts: int) -> Wire:
    """Return the balances that may have moved."""
    rows = [{"a": str(each.asset), "f": amount(each.free), "l": amount(each.locked)} for each in balances]
    return {"e": "outboundAccountPosition", "E": now // NS_PER_MS, "u": ts // NS_PER_MS, "B": rows}


class SpotTeller:
    """Writes the user stream of a spot account."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[Decimal, Decimal]] = {}

    def filled(self, fill: Execution) -> None:
        """Take a fill into account: of spot there is nothing to reckon."""

    def changed(  # noqa: PLR0913 - what a change of an order is
        self, ticket: Ticket, change: str, number: int, *, now: int, ts: int, fill: Execution | None, original: str
    ) -> list[Wire]:
        """Return the report of a change."""
        return [execution_report(ticket, change, number, now=now, ts=ts, fill=fill, original=original)]

    def settled(
        self, account: Account, touched: Mapping[str, int], now: int, reason: str, *, has_sides: bool
    ) -> list[Wire]:
        """Return the balances that have moved since they were told, if any."""
        del reason, has_sides
        moved = []
        for balance in account.balances():
            asset, figures = str(balance.asset), (balance.free, balance.locked)
            if asset in touched and self._told.get(asset) != figures:
                self._told[asset] = figures
                moved.append(balance)
        return [account_position(moved, now=now, ts=max(touched.values()))] if moved else []
