"""The orders of one account: by number, by name, those that are open, and the lists that some belong to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.ids import ClientOrderId
    from tradewind.exchange.binance.lists import OrderList
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Ticket

ENDED_KEPT_MAX = 10_000
"""So many orders, and so many lists, that have ended are remembered."""


class Register:
    """What is known of orders, those that have ended among them."""

    def __init__(self) -> None:
        self._by_number: dict[int, Ticket] = {}
        self._by_internal: dict[ClientOrderId, Ticket] = {}
        self._by_client: dict[tuple[str, str], Ticket] = {}
        """The newest order of a name, open or not."""
        self._open: dict[str, dict[int, Ticket]] = {}
        """By symbol."""
        self._ended: deque[int] = deque()
        self.lists: dict[int, OrderList] = {}

    def enter(self, ticket: Ticket) -> None:
        """Take an order in."""
        self._by_number[ticket.number] = ticket
        self._by_internal[ticket.internal] = ticket
        self._by_client[ticket.symbol.name, ticket.client_id] = ticket
        self._open.setdefault(ticket.symbol.name, {})[ticket.number] = ticket

    def end(self, ticket: Ticket) -> None:
        """Note that an order has ended."""
        self._open[ticket.symbol.name].pop(ticket.number, None)
        self._ended.append(ticket.number)
        if len(self._ended) > ENDED_KEPT_MAX:
            oldest = self._by_number.get(self._ended.popleft())
            if oldest is not None:
                self.forget(oldest)

    def forget(self, ticket: Ticket) -> None:
        """Let an order go, as if it had never come."""
        self._open[ticket.symbol.name].pop(ticket.number, None)
        self._by_number.pop(ticket.number, None)
        self._by_internal.pop(ticket.internal, None)
        key = (ticket.symbol.name, ticket.client_id)
        if self._by_client.get(key) is ticket:
            del self._by_client[key]

    def rename(self, ticket: Ticket, name: str) -> None:
        """Give an order another name of its client's; it is still found under the one before."""
        ticket.client_id = name
        self._by_client[ticket.symbol.name, name] = ticket

    def keep_list(self, made: OrderList) -> None:
        """Take a list in; the oldest one that has ended may go."""
        self.lists[made.number] = made
        if len(self.lists) > ENDED_KEPT_MAX:
            oldest = next(iter(self.lists))
            if not self.lists[oldest].is_open:
                del self.lists[oldest]

    # --- questions ----------------------------------------------------------------------------------

    def numbered(self, number: int) -> Ticket:
        """Return an order that is known."""
        return self._by_number[number]

    def internal(self, name: ClientOrderId) -> Ticket | None:
        """Return an order by its name at the simulated venue."""
        return self._by_internal.get(name)

    def find(self, symbol: Symbol, number: int | None, client_id: str | None) -> Ticket | None:
        """Return an order by its number or its client's name."""
        ticket = None
        if number is not None:
            ticket = self._by_number.get(number)
        elif client_id is not None:
            ticket = self._by_client.get((symbol.name, client_id))
        return ticket if ticket is not None and ticket.symbol is symbol else None

    def has_open(self, symbol: Symbol, client_id: str) -> bool:
        """Tell whether a client's name is that of an order that is open."""
        known = self._by_client.get((symbol.name, client_id))
        return known is not None and known.is_open

    def open_at(self, symbol: Symbol) -> dict[int, Ticket]:
        """Return what rests of a symbol, by number, as it came."""
        return self._open.get(symbol.name, {})

    def open_orders(self, symbol: Symbol | None = None) -> list[Ticket]:
        """Return what rests, as it came."""
        if symbol is not None:
            return list(self.open_at(symbol).values())
        every = [ticket for tickets in self._open.values() for ticket in tickets.values()]
        return sorted(every, key=lambda ticket: ticket.number)

    def newest(self) -> Iterator[Ticket]:
        """Yield all orders that are remembered, the newest first."""
        return reversed(self._by_number.values())

    def all_orders(self, symbol: Symbol) -> Iterator[Ticket]:
        """Yield all orders of a symbol that are remembered, as they came."""
        return (ticket for ticket in self._by_number.values() if ticket.symbol is symbol)

    def find_list(self, number: int | None, client_id: str | None) -> OrderList | None:
        """Return a list by its number or its client's name; of one name the newest."""
        if number is not None:
            return self.lists.get(number)
        return next((each for each in reversed(self.lists.values()) if each.client_id == client_id), None)
