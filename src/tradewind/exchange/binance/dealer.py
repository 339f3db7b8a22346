"""One account as Binance's clients see it: its orders by number and by name, its fills, and who listens.

Requests become effects for the simulated venue of the account; what the venue reports becomes the state of the orders
here and goes out on the user streams. Nothing is matched here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.ids import EXTERNAL, ClientOrderId
from tradewind.domain.market import Trade
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, OrderSpec, OrderType
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import Asked, base_quantity, check
from tradewind.exchange.binance.tickets import Execution, Ticket, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.seams import Floor, Teller
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Wire

ENDED_KEPT_MAX = 10_000
"""So many orders that have ended are remembered."""
BY_CLIENT = "cancelled by us"
"""What the simulated venue says of a cancel that was asked for."""


class Dealer:
    """The orders of one account."""

    def __init__(self, account: Account, floor: Floor, teller: Teller) -> None:
        self.account = account
        self.teller = teller
        self.listeners: list[Callable[[Wire], None]] = []
        """Who hears the user stream."""
        self.fills: deque[Execution] = deque(maxlen=ENDED_KEPT_MAX)
        self.leverage: dict[str, int] = {}
        """What was set, by contract."""
        self.funding: list[Wire] = []
        """Funding that was paid or received, the newest last."""
        self.updated = floor.now()
        """When a balance moved last, in nanoseconds; before any has, when the exchange began."""
        self._floor = floor
        self._by_number: dict[int, Ticket] = {}
        self._by_internal: dict[ClientOrderId, Ticket] = {}
        self._by_client: dict[tuple[str, str], Ticket] = {}
        """The newest order of a name, open or not."""
        self._open: dict[int, Ticket] = {}
        self._ended: deque[int] = deque()
        self._touched: dict[str, int] = {}
        """Assets whose balance may have moved, and when."""
        self._reason = "ORDER"

    # --- requests -----------------------------------------------------------------------------------

    async def place(self, order: Asked) -> Ticket:
        """Give an order that was checked to the venue; return it when that has answered, raise if it is not taken."""
        floor, symbol = self._floor, order.symbol
        now = floor.now()
        market = floor.market(symbol)
        quantity = base_quantity(order, market)
        number = floor.next_order()
        spec = order.spec(ClientOrderId(f"{floor.prefix}{number}"), quantity)
        ticket = Ticket(
            number, symbol, spec, order.client_id or _name(self.account.name, number), now, kind=order.kind,
            tif=order.tif, quote_quantity=order.quote_quantity, trailing_delta=order.trailing_delta,
        )  # fmt: skip
        ticket.details = order.details(floor.next_order)
        self._enter(ticket)
        floor.carry_out(self.account, SubmitOrder(spec))
        await _until(ticket, lambda: ticket.status != "PENDING_NEW" or ticket.is_unknown)
        if ticket.status == "PENDING_NEW":
            raise no.no_answer()
        if ticket.rejection:
            raise order.refused(ticket.rejection)
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
                raise order.duplicated()
        resting = [ticket for ticket in self._open.values() if ticket.symbol is order.symbol]
        if len(resting) >= order.symbol.orders_max:
            raise no.filter_failure("MAX_NUM_ORDERS")
        if order.stop_price is not None and sum(each.is_stop for each in resting) >= order.symbol.stops_max:
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
        if not ticket.is_open or quantity >= ticket.quantity:
            raise no.WireError(-2038, "The requested action would change no state; rejecting.")
        known_as, ticket.client_id = ticket.client_id, name or ticket.client_id
        self._by_client[ticket.symbol.name, ticket.client_id] = ticket
        try:
            return await self.change(ticket, quantity, None)
        except no.WireError:
            ticket.client_id = known_as
            raise

    async def change(self, ticket: Ticket, quantity: Decimal | None, price: Decimal | None) -> Ticket:
        """Give a resting order another quantity or price."""
        if not ticket.is_open:
            raise no.no_such_order()
        before = ticket.amended
        ticket.amend_refused, ticket.is_unknown = "", False
        effect = AmendOrder(ticket.internal, ticket.symbol.id, quantity=quantity, price=price, number=before + 1)
        self._floor.carry_out(self.account, effect)
        await _until(ticket, lambda: ticket.amended > before or bool(ticket.amend_refused) or ticket.is_unknown)
        if ticket.amended == before:
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
        if isinstance(event, ev.FundingPaid | ev.PositionLiquidated):
            return self._without_asking(event)
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
                self._filled(ticket, event, is_maker=event.liquidity is Liquidity.MAKER)
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
        touched, self._touched = self._touched, {}
        reason, self._reason = self._reason, "ORDER"
        if touched and self.listeners:
            for told in self.teller.settled(self.account, touched, self._floor.now(), reason):
                self._tell(told)

    def _accepted(self, ticket: Ticket, event: ev.OrderAccepted) -> None:
        if ticket.status != "PENDING_NEW":
            return
        ticket.status = "NEW"
        ticket.created = ticket.updated = event.ts_venue
        if not ticket.is_stop:
            ticket.working_since = event.ts_venue
        self._say(ticket, "NEW", event.ts_venue)

    def _filled(self, ticket: Ticket, event: ev.OrderFilled | ev.PositionLiquidated, *, is_maker: bool) -> None:
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
        self.teller.filled(fill)
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

    def _without_asking(self, event: ev.FundingPaid | ev.PositionLiquidated) -> tuple[str, ...]:
        """Take what the venue does to a position by itself: funding, and closing it out."""
        symbol = self._floor.find(event.instrument)
        if symbol is None:
            return ()
        if isinstance(event, ev.FundingPaid):
            self._reason = "FUNDING_FEE"
            self._touched[str(event.asset)] = self.updated = event.ts_venue
            self.funding.append({
                "symbol": symbol.name, "incomeType": "FUNDING_FEE", "income": f"{event.amount:.8f}",
                "asset": str(event.asset), "info": "FUNDING_FEE", "time": event.ts_venue // NS_PER_MS,
                "tranId": self._floor.next_report(), "tradeId": "",
            })  # fmt: skip
            return (symbol.name,)
        number = self._floor.next_order()
        name = ClientOrderId(f"autoclose-{number}")
        spec = OrderSpec(name, EXTERNAL, symbol.id, event.side, OrderType.MARKET, event.quantity)
        ticket = Ticket(number, symbol, spec, str(name), event.ts_venue, kind="MARKET", tif="IOC")
        ticket.status, ticket.working_since = "NEW", event.ts_venue
        self._enter(ticket)
        self._filled(ticket, event, is_maker=False)
        return (symbol.name,)

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
            for told in self.teller.changed(ticket, change, number, now=now, ts=ts, fill=fill, original=original):
                self._tell(told)

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
