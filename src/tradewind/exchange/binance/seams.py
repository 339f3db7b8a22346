"""What a dealer asks of the floor that it stands on, and of who writes down what happens to its account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Trade
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.dealer import Dealer
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.market import Market
    from tradewind.exchange.binance.notes import AnyNote
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Ticket, Wire


class Floor(Protocol):
    """What all dealers share: numbers, time, the markets."""

    prefix: str
    """Of the names that orders have at the simulated venue."""

    def now(self) -> int:
        """Return the exchange's time, in nanoseconds."""
        ...

    def market(self, symbol: Symbol) -> Market:
        """Return the market of a symbol."""
        ...

    def next_order(self) -> int:
        """Return the number of the next order."""
        ...

    def next_report(self) -> int:
        """Return the number of the next report."""
        ...

    def find(self, instrument: str) -> Symbol | None:
        """Return the symbol of an instrument."""
        ...

    def ends_at(self, symbol: Symbol, quantity: Decimal) -> Decimal:
        """Return after how much of an order the exchange takes the rest back by itself; 0 for never."""
        ...

    def next_list(self) -> int:
        """Return the number of the next list of orders."""
        ...

    def passed(self, number: int) -> None:
        """Note that an order has a number: the next ones are higher."""
        ...

    def passed_list(self, number: int) -> None:
        """Note that a list has a number."""
        ...

    def side_of(self, instrument: InstrumentId, *, has_sides: bool) -> str:
        """Return which position of an account's an instrument stands for: BOTH, or LONG or SHORT in hedge mode."""
        ...

    def carry_out(self, dealer: Dealer, note: AnyNote) -> None:
        """Write a request of an account's down, carry it out, and let happen what follows at once."""
        ...

    def printed(self, trade: Trade) -> int:
        """Show a trade of an account's to everybody; return its number."""
        ...

    def order_filled(self, account: Account) -> None:
        """Note that an order does not count as unfilled any more."""
        ...


class Teller(Protocol):
    """How what happens to an account is written on its streams."""

    def filled(self, fill: Execution) -> None:
        """Take a fill into account, before it is told."""
        ...

    def changed(  # noqa: PLR0913 - what a change of an order is
        self, ticket: Ticket, change: str, number: int, *, now: int, ts: int, fill: Execution | None, original: str
    ) -> list[Wire]:
        """Return what is told of a change of an order."""
        ...

    def settled(
        self, account: Account, touched: Mapping[str, int], now: int, reason: str, *, has_sides: bool
    ) -> list[Wire]:
        """Return what is told of balances that may have moved, by asset with the time; of those that have.

        `reason` is what moved them, in the words of futures; `has_sides` says whether long and short are held apart.
        """
        ...
