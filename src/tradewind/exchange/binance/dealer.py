"""One account as Binance's clients see it: its orders by number and by name, its fills, and who listens.

Requests become effects for the simulated venue of the account; what the venue reports becomes the state of the orders
here and goes out on the user streams. Nothing is matched here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.market import Trade
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, Side
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import Asked, base_quantity, check
from tradewind.exchange.binance.reports import account_position, execution_report
from tradewind.exchange.binance.symbols import MAX_ORDERS, MAX_STOPS
from tradewind.exchange.binance.tickets import Execution, Ticket, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.commands import Effect
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.market import Market
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Wire

ENDED_KEPT_MAX = 10_000
"""So many orders that have ended are remembered."""
BY_CLIENT = "cancelled by us"
"""What the simulated venue says of a cancel that was asked for."""


class Floor(Protocol):
    """What all dealers share: numbers, time, the markets."""

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

    def carry_out(self, account: Account, effect: Effect) -> None:
        """Give an effect to the venue of an account, and let happen what follows at once."""
        ...

    def printed(self, trade: Trade) -> int:
        """Show a trade of an account's to everybody; return its number."""
        ...

    def order_filled(self, account: Account) -> None:
        """Note that an order does not count as unfilled any more."""
        ...


class Dealer:
    """The orders of one account."""

    def __init__(self, account: Account, floor: Floor) -> None:
        self.account = account
        self.listeners: list[Callable[[Wire], None]] = []
        """Who hears the user stream."""
        self.fills: deque[Execution] = deque(maxlen=ENDED_KEPT_MAX)
        self.updated = 0
        """When a balance moved last, in nanoseconds."""
        self._floor = floor
        self._by_number: dict[int, Ticket] = {}
        self._by_internal: dict[ClientOrderId, Ticket] = {}
        self._by_client: dict[tuple[str, str], Ticket] = {}
        """The newest order of a name, open or not."""
        self._open: dict[int, Ticket] = {}
        self._ended: deque[int] = deque()
        self._told: dict[str, tuple[Decimal, Decimal]] = {}
        self._touched: dict[str, int] = {}
        """Assets whose balance may have moved, and when."""

    # --- requests -----------------------------------------------------------------------------------

    async def place(self, order: Asked) -> Ticket:
        """Give an order to the venue; return it when the venue has answered, raise if it did not take it."""
        floor, symbol = self._floor, order.symbol
        now = floor.now()
        market = floor.market(symbol)
        self.check(order)
        quantity = base_quantity(order, market)
        number = floor.next_order()
        spec = order.spec(ClientOrderId(f"b{number}"), quantity)
        ticket = Ticket(
            number, symbol, spec, order.client_id or _name(self.account.name, number), now, kind=order.kind,
            tif=order.tif, quote_quantity=order.quote_quantity, trailing_delta=order.trailing_delta,
        )  # fmt: skip
        self._enter(ticket)
        floor.carry_out(self.account, SubmitOrder(spec))
        await _until(ticket, lambda: ticket.status != "PENDING_NEW" or ticket.is_unknown)
        if ticket.status == "PENDING_NEW":
            raise no.no_answer()
        if ticket.rejection:
            raise no.rejected(no.reject_text(ticket.rejection))
        return ticket

    def check(self, order: Asked) -> None:
        """Check an order as far as that can be done before the venue has it."""
        market = self._floor.market(order.symbol)
        if order.symbol.status != "TRADING":
            raise no.rejected(no.MARKET_CLOSED)
        check(order, market, self._floor.now())
        if order.client_id is not None:
            known = self._by_client.get((order.symbol.name, order.client_id))
            if known is not None and known.is_open:
                raise no.rejected(no.DUPLICATE)
        resting = [ticket for ticket in self._open.values() if ticket.symbol is order.symbol]
        if len(resting) >= MAX_ORDERS:
            raise no.filter_failure("MAX_NUM_ORDERS")
        if order.stop_price is not None and sum(ticket.is_stop for ticket in resting) >= MAX_STOPS:
            raise no.filter_failure("MAX_NUM_ALGO_ORDERS")

    async def cancel(self, ticket: Ticket, name: str | None = None) -> Ticket:
        """Take an order back; raise if it has ended."""
        if not ticket.is_open:
            raise no.cancel_rejected()
        ticket.cancelled_by = name or _name(f"{self.account.name} cancels", ticket.number)
        ticket.cancel_refused, ticket.is_unknown = "", False
        self._floor.carry_out(self.account, CancelOrder(ticket.internal, ticket.symbol.id))
        await _until(ticket, lambda: not ticket.is_open or bool(ticket.cancel_refused) or ticket.is_unknown)
        if ticket.status == "CANCELED":
            return ticket
        if ticket.is_unknown and ticket.is_open:
            raise no.no_answer()
        raise no.cancel_rejected()

    async def amend(self, ticket: Ticket, quantity: Decimal, name: str | None = None) -> Ticket:
        """Make an order smaller; it keeps its place."""
        if not ticket.is_open:
            raise no.WireError(-2038, "The requested action would change no state; rejecting.")
        if quantity >= ticket.quantity:
            raise no.WireError(-2038, "Order amend (quantity increase) is not supported.")
        before = ticket.amended
        ticket.amend_refused, ticket.is_unknown = "", False
        effect = AmendOrder(ticket.internal, ticket.symbol.id, quantity=quantity, number=before + 1)
        known_as, ticket.client_id = ticket.client_id, name or ticket.client_id
        self._by_client[ticket.symbol.name, ticket.client_id] = ticket
        self._floor.carry_out(self.account, effect)
        await _until(ticket, lambda: ticket.amended > before or bool(ticket.amend_refused) or ticket.is_unknown)
        if ticket.amended == before:
            ticket.client_id = known_as
            raise no.no_answer() if ticket.is_unknown else no.WireError(-2038, ticket.amend_refused)
        return ticket

    # --- questions ----------------------------------------------------------------------------------

    def find(self, symbol: Symbol, number: int | None, client_id: str | None) -> Ticket | None:
        """Return an order by its number or its client's name."""
        ticket = None
        if number is not None:
            ticket = self._by_number.get(number)
        elif client_id is not None:
            ticket = self._by_client.get((symbol.name, client_id))
        return ticket if ticket is not None and ticket.symbol is symbol else None

    def open_orders(self, symbol: Symbol | None = None) -> list[Ticket]:
        """Return what rests, as it came."""
        return [ticket for ticket in self._open.values() if symbol is None or ticket.symbol is symbol]

    def all_orders(self, symbol: Symbol) -> Iterator[Ticket]:
        """Yield all orders of a symbol that are remembered, as they came."""
        return (ticket for ticket in self._by_number.values() if ticket.symbol is symbol)

    def balances(self) -> Iterable[Balance]:
        """Return what the account has."""
        return self.account.balances()

    # --- what the venue reports ---------------------------------------------------------------------

    def on_report(self, event: ev.Event) -> tuple[str, ...]:
        """Take what the venue says of an order; return the symbols that it is about."""
        name = getattr(event, "order", None)
        if not isinstance(name, str):
            return ()
        ticket = self._by_internal.get(ClientOrderId(name)) or self._adopt(ClientOrderId(name), event)
        if ticket is None:
            return ()
        match event:
            case ev.OrderAccepted():
                self._accepted(ticket, event)
            case ev.OrderFilled():
                self._filled(ticket, event)
            case ev.OrderTriggered():
                ticket.working_since = event.ts_venue
                self._say(ticket, "NEW", event.ts_venue)
            case ev.OrderCancelled() | ev.OrderExpired():
                self._ends(ticket, event)
            case ev.OrderRejected():
                ticket.status, ticket.rejection = "REJECTED", event.reason
                self._forget(ticket)
            case ev.OrderAmended():
                self._amended(ticket, event)
            case ev.CancelRejected():
                ticket.cancel_refused = event.reason
            case ev.AmendRejected():
                ticket.amend_refused = event.reason
            case ev.OutcomeUnknown():
                ticket.is_unknown = True
            case _:
                return ()
        ticket.wake()
        return (ticket.symbol.name,)

    def settle(self) -> None:
        """Tell of balances that have moved since they were told last."""
        if not self._touched or not self.listeners:
            self._touched.clear()
            return
        ts = max(self._touched.values())
        moved = []
        for balance in self.balances():
            asset, now = str(balance.asset), (balance.free, balance.locked)
            if asset in self._touched and self._told.get(asset) != now:
                self._told[asset] = now
                moved.append(balance)
        self._touched.clear()
        if moved:
            self._tell(account_position(moved, now=self._floor.now(), ts=ts))

    def _accepted(self, ticket: Ticket, event: ev.OrderAccepted) -> None:
        if ticket.status != "PENDING_NEW":
            return
        ticket.status = "NEW"
        ticket.created = ticket.updated = event.ts_venue
        if not ticket.is_stop:
            ticket.working_since = event.ts_venue
        self._say(ticket, "NEW", event.ts_venue)

    def _filled(self, ticket: Ticket, event: ev.OrderFilled) -> None:
        is_maker = event.liquidity is Liquidity.MAKER
        symbol = ticket.symbol
        number = self._floor.printed(
            Trade(
                symbol.id, event.ts_venue, event.ts_recv, float(event.price), float(event.quantity),
                ticket.is_buy is is_maker, str(event.trade_id),
            )
        )  # fmt: skip
        fill = Execution(
            ticket, number, event.price, event.quantity, fee=event.fee, fee_asset=str(event.fee_asset),
            is_maker=is_maker, ts=event.ts_venue,
        )  # fmt: skip
        ticket.fills.append(fill)
        self.fills.append(fill)
        ticket.executed += event.quantity
        ticket.quote_executed += event.quantity * event.price
        ticket.updated = event.ts_venue
        ticket.status = "FILLED" if ticket.executed >= ticket.quantity else "PARTIALLY_FILLED"
        self._touched[fill.fee_asset] = event.ts_venue
        self._say(ticket, "TRADE", event.ts_venue, fill=fill)
        if not ticket.is_open:
            self._floor.order_filled(self.account)
            self._end(ticket)

    def _ends(self, ticket: Ticket, event: ev.OrderCancelled | ev.OrderExpired) -> None:
        if not ticket.is_open:
            return
        ticket.updated = event.ts_venue
        asked = isinstance(event, ev.OrderCancelled) and event.reason == BY_CLIENT
        ticket.status = "CANCELED" if asked else "EXPIRED"
        self._say(ticket, ticket.status, event.ts_venue, original=ticket.client_id if asked else "")
        self._end(ticket)

    def _amended(self, ticket: Ticket, event: ev.OrderAmended) -> None:
        ticket.quantity, ticket.price = event.quantity, event.price or ZERO
        ticket.stop_price = event.trigger or ZERO
        ticket.amended += 1
        ticket.updated = event.ts_venue
        self._say(ticket, "REPLACED", event.ts_venue, original=ticket.client_id)

    def _adopt(self, name: ClientOrderId, event: ev.Event) -> Ticket | None:
        """Take up an order that came by another way to the same account."""
        if not isinstance(event, ev.OrderAccepted):
            return None
        resting = self.account.venue.desk.known(name)
        symbol = None if resting is None else self._floor.find(resting.spec.instrument)
        if resting is None or symbol is None:
            return None
        kind, tif = kind_of(resting.spec)
        ticket = Ticket(self._floor.next_order(), symbol, resting.spec, str(name), event.ts_venue, kind=kind, tif=tif)
        self._enter(ticket)
        return ticket

    # --- the register -------------------------------------------------------------------------------

    def _enter(self, ticket: Ticket) -> None:
        self._by_number[ticket.number] = ticket
        self._by_internal[ticket.internal] = ticket
        self._by_client[ticket.symbol.name, ticket.client_id] = ticket
        self._open[ticket.number] = ticket

    def _end(self, ticket: Ticket) -> None:
        self._open.pop(ticket.number, None)
        self._ended.append(ticket.number)
        if len(self._ended) > ENDED_KEPT_MAX:
            self._forget(self._by_number[self._ended.popleft()])

    def _forget(self, ticket: Ticket) -> None:
        self._open.pop(ticket.number, None)
        self._by_number.pop(ticket.number, None)
        self._by_internal.pop(ticket.internal, None)
        key = (ticket.symbol.name, ticket.client_id)
        if self._by_client.get(key) is ticket:
            del self._by_client[key]

    def _say(self, ticket: Ticket, change: str, ts: int, *, fill: Execution | None = None, original: str = "") -> None:
        number = self._floor.next_report()
        self.updated = ts
        self._touched[ticket.symbol.base] = self._touched[ticket.symbol.quote] = ts
        if self.listeners:
            now = self._floor.now()
            self._tell(execution_report(ticket, change, number, now=now, ts=ts, fill=fill, original=original))

    def _tell(self, told: Wire) -> None:
        for listener in list(self.listeners):
            listener(told)


async def _until(ticket: Ticket, is_answered: Callable[[], bool]) -> None:
    while not is_answered():
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket.waiters.append(waiter)
        await waiter


def _name(of: str, number: int) -> str:
    """Return a client's name of an order where the client gives none."""
    return hashlib.sha256(f"{of} {number}".encode()).hexdigest()[:22]


def resting_levels(dealers: Iterable[Dealer], symbol: Symbol) -> tuple[dict[float, float], dict[float, float]]:
    """Return what the accounts have resting in the book of a symbol: bids and asks by price."""
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for dealer in dealers:
        for order in dealer.account.venue.desk.resting(symbol.id):
            if order.limit is not None and order.triggered:
                side = bids if order.spec.side is Side.BUY else asks
                side[order.limit_level] = side.get(order.limit_level, 0.0) + float(order.left)
    return bids, asks
