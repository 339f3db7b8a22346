"""What the page shows of a product: books and trades of its markets, and what its accounts have."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tradewind.domain.money import plain
from tradewind.exchange.sides import SHORT

if TYPE_CHECKING:
    from tradewind.exchange.binance.dealer import Dealer
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.market import Market
    from tradewind.exchange.binance.tickets import Ticket

NAMES = {"b": "spot", "f": "USD-M"}
LEVELS, ROWS = 10, 20
Row = list[object]


def product_of(floor: TradingFloor) -> dict[str, object]:
    """Return all that is shown of a product."""
    return {
        "name": NAMES[floor.prefix],
        "markets": [_market(market) for market in floor.markets.values()],
        "accounts": [_account(dealer) for dealer in floor.dealers.values()],
    }


def _market(market: Market) -> dict[str, object]:
    book = market.book.snapshot(LEVELS)
    trades = [
        [each.number, f"{each.price:g}", f"{each.size:g}", "sells" if each.sells else "buys"]
        for each in islice(reversed(market.trades), ROWS)
    ]
    symbol = market.symbol
    return {
        "symbol": symbol.name, "status": symbol.status, "tick": plain(symbol.tick), "bids": book["bids"],
        "asks": book["asks"], "trades": trades,
    }  # fmt: skip


def _account(dealer: Dealer) -> dict[str, object]:
    ended = (ticket for ticket in dealer.orders.newest() if not ticket.is_open)
    return {
        "name": dealer.account.name,
        "balances": [[str(each.asset), plain(each.free), plain(each.locked)] for each in dealer.balances()],
        "positions": _positions(dealer),
        "orders": [_open(ticket) for ticket in dealer.orders.open_orders()],
        "lists": [
            [each.number, each.contingency, each.symbol.name, each.status]
            for each in islice(reversed(dealer.orders.lists.values()), ROWS)
        ],
        "ended": [_ended(ticket) for ticket in islice(ended, ROWS)],
        "fills": [_fill(fill) for fill in islice(reversed(dealer.outcomes.fills), ROWS)],
    }


def _positions(dealer: Dealer) -> list[Row]:
    held = [each for each in dealer.account.venue.account.portfolio.totals.values() if each.quantity]
    return [
        [
            each.instrument.removesuffix(SHORT).partition(":")[2], "short" if each.quantity < 0 else "long",
            plain(each.quantity), f"{each.average_price:.8g}",
        ]
        for each in held
    ]  # fmt: skip


def _open(ticket: Ticket) -> Row:
    price = ticket.price or ticket.stop_price
    return [
        ticket.number, ticket.client_id, ticket.symbol.name, ticket.side, ticket.kind, plain(price),
        plain(ticket.quantity), plain(ticket.executed), ticket.status,
    ]  # fmt: skip


def _ended(ticket: Ticket) -> Row:
    return [
        ticket.number, ticket.symbol.name, ticket.side, ticket.kind, plain(ticket.quantity), plain(ticket.executed),
        ticket.status,
    ]  # fmt: skip


def _fill(fill: Execution) -> Row:
    ticket = fill.ticket
    return [
        fill.number, ticket.number, ticket.symbol.name, ticket.side, plain(fill.price), plain(fill.quantity),
        f"{plain(fill.fee)} {fill.fee_asset}",
    ]  # fmt: skip
