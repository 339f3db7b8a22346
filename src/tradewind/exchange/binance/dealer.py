"""One account as Binance's clients see it: what they ask of their orders becomes effects for its simulated venue.

Every request that changes something becomes a note, which is written down and carried out (`apply`). What the venue
makes of it is heard in `outcomes.py`. Nothing is matched here.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId
from tradewind.exchange.binance import notes
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import base_quantity, check
from tradewind.exchange.binance.lists import OrderList
from tradewind.exchange.binance.outcomes import Outcomes
from tradewind.exchange.binance.register import Register
from tradewind.exchange.binance.settings import Settings
from tradewind.exchange.binance.tickets import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.asking import Asked
    from tradewind.exchange.binance.seams import Floor, Teller
    from tradewind.venues.exchange.protocol import VenueRequest


class Dealer:
    """The orders of one account, and its settings."""

    def __init__(self, account: Account, floor: Floor, teller: Teller) -> None:
        self.account = account
        self.orders = Register()
        self.settings = Settings()
        self.outcomes = Outcomes(account, floor, teller, self.orders, self.settings)
        self._floor = floor
        self._newest: Ticket | None = None
        """The order that was entered last; one that is refused is in no register."""

    def apply(self, note: notes.AnyNote, now: TimeNs) -> tuple[VenueRequest, ...]:
        """Note a request, for the first time or after the exchange was killed; return what it is for the venue."""
        match note:
            case notes.Placed():
                spec = self._enter(note, now).spec
                return (SubmitOrder(msgspec.structs.replace(spec, quantity=note.ends_at) if note.ends_at else spec),)
            case notes.Listed():
                return self._enter_list(note, now)
            case notes.Cancelling():
                return self._cancelling(note, now)
            case notes.Amending():
                ticket = self.orders.numbered(note.number)
                ticket.next_name, ticket.amend_refused, ticket.is_unknown = note.name or "", "", False
                number = ticket.amended + 1
                quantity = note.quantity or (ticket.quantity if ticket.ends_at else None)
                return (AmendOrder(ticket.internal, ticket.instrument, quantity, note.price, None, number),)
            case notes.Chosen():
                self.settings.take(note)
                return ()

    # --- orders -------------------------------------------------------------------------------------

    def send(self, order: Asked) -> Ticket:
        """Give an order that was checked to the venue; whether it has answered is the order's to say."""
        placed = self._placed(order)
        ends_at = self._floor.ends_at(order.symbol, placed.spec.quantity)
        self._floor.carry_out(self, msgspec.structs.replace(placed, ends_at=ends_at) if ends_at else placed)
        assert self._newest is not None
        return self._newest

    async def place(self, order: Asked) -> Ticket:
        """Give an order to the venue; return it when that has answered, raise if it is not taken."""
        ticket = self.send(order)
        await until_answered(ticket)
        return taken(order, ticket)

    async def place_list(self, legs: Sequence[Asked], contingency: str, working: int, name: str | None) -> OrderList:
        """Give orders that belong together to the venue; raise if one is not taken, and take the others back then."""
        number = self._floor.next_list()
        common = f"{self._floor.prefix}l{number}"
        placed = [self._placed(leg) for leg in legs]
        rivals = (0, 1) if contingency == "OCO" else (1, 2) if len(legs) > 2 else ()
        for place in rivals:
            spec = msgspec.structs.replace(placed[place].spec, oco=common)
            placed[place] = msgspec.structs.replace(placed[place], spec=spec)
        client_id = name or name_of(f"{self.account.name} list", number)
        self._floor.carry_out(self, notes.Listed(number, client_id, contingency, tuple(placed), working))
        made = self.orders.lists[number]
        for ticket in made.working:
            await until_answered(ticket)
        for leg, ticket in zip(legs, made.working, strict=False):
            if ticket.status == "PENDING_NEW" or ticket.rejection:
                rest = tuple(other.number for other in made.legs if other.is_open)
                if rest:
                    self._floor.carry_out(self, notes.Cancelling(rest, name_of("taken back", made.number)))
                taken(leg, ticket)
        return made

    def check(self, order: Asked, *, waits: bool = False) -> None:
        """Check an order as far as that can be done before the venue has it; one that waits is held to less."""
        market = self._floor.market(order.symbol)
        symbol = order.symbol
        if symbol.status != "TRADING":
            raise no.rejected(no.MARKET_CLOSED)
        check(order, market, self._floor.now())
        if order.client_id is not None and self.orders.has_open(symbol, order.client_id):
            raise order.duplicated()
        resting = self.orders.open_at(symbol)
        if len(resting) >= symbol.orders_max and not waits:
            raise no.filter_failure("MAX_NUM_ORDERS")
        if order.stop_price is not None and sum(each.is_stop for each in resting.values()) >= symbol.stops_max:
            raise no.filter_failure("MAX_NUM_ALGO_ORDERS")

    def ask_cancel(self, ticket: Ticket, name: str | None = None) -> None:
        """Ask for an order to be taken back, with all of the list that it belongs to; raise if it has ended."""
        if not ticket.is_open:
            raise no.cancel_rejected()
        legs = (ticket,) if ticket.order_list is None else ticket.order_list.legs
        numbers = tuple(leg.number for leg in legs if leg.is_open)
        name = name or name_of(f"{self.account.name} cancels", ticket.number)
        self._floor.carry_out(self, notes.Cancelling(numbers, name))

    async def cancel(self, ticket: Ticket, name: str | None = None) -> Ticket:
        """Take an order back; raise if it has ended."""
        self.ask_cancel(ticket, name)
        await until_gone(ticket)
        return cancelled(ticket)

    async def amend(self, ticket: Ticket, quantity: Decimal, name: str | None = None) -> Ticket:
        """Make an order smaller; it keeps its place."""
        if not ticket.is_open or quantity >= ticket.quantity:
            raise no.WireError(-2038, "The requested action would change no state; rejecting.")
        return await self.change(ticket, quantity, None, name)

    async def change(
        self, ticket: Ticket, quantity: Decimal | None, price: Decimal | None, name: str | None = None
    ) -> Ticket:
        """Give a resting order another quantity or price."""
        if not ticket.is_open:
            raise no.no_such_order()
        before = ticket.amended
        self._floor.carry_out(self, notes.Amending(ticket.number, quantity, price, name))
        await until(ticket, lambda: ticket.amended > before or bool(ticket.amend_refused) or ticket.is_unknown)
        if ticket.amended == before:
            raise no.no_answer() if ticket.is_unknown else no.WireError(-2038, ticket.amend_refused)
        return ticket

    def choose(self, what: str, value: str, of: str = "") -> None:
        """Change a setting of the account."""
        self._floor.carry_out(self, notes.Chosen(what, value, of))

    def balances(self) -> Iterable[Balance]:
        """Return what the account has."""
        return self.account.balances()

    # --- how notes are carried out ------------------------------------------------------------------

    def _placed(self, order: Asked) -> notes.Placed:
        floor = self._floor
        quantity = base_quantity(order, floor.market(order.symbol))
        number = floor.next_order()
        spec = order.spec(ClientOrderId(f"{floor.prefix}{number}"), quantity)
        return notes.Placed(
            number, spec, order.client_id or name_of(self.account.name, number), order.kind, order.tif,
            order.quote_quantity, order.trailing_delta, order.details(floor.next_order),
        )  # fmt: skip

    def _enter(self, placed: notes.Placed, now: TimeNs) -> Ticket:
        symbol = self._floor.find(placed.spec.instrument)
        assert symbol is not None, placed
        self._floor.passed(placed.number if placed.details is None else max(placed.number, placed.details.algo))
        ticket = Ticket(placed, symbol, now)
        self.orders.enter(ticket)
        self._newest = ticket
        return ticket

    def _enter_list(self, note: notes.Listed, now: TimeNs) -> tuple[VenueRequest, ...]:
        legs = [self._enter(placed, now) for placed in note.legs]
        made = OrderList(
            note.number, legs[0].symbol, legs, client_id=note.client_id, contingency=note.contingency,
            working=note.working, now=now,
        )  # fmt: skip
        self._floor.passed_list(note.number)
        self.orders.keep_list(made)
        return tuple(SubmitOrder(leg.spec) for leg in made.working)

    def _cancelling(self, note: notes.Cancelling, now: TimeNs) -> tuple[VenueRequest, ...]:
        effects = []
        for number in note.numbers:
            ticket = self.orders.numbered(number)
            ticket.cancelled_by, ticket.cancel_refused, ticket.is_unknown = note.name, "", False
            if ticket.is_waiting:
                self.outcomes.end_waiting(ticket, "CANCELED", now)
            else:
                effects.append(CancelOrder(ticket.internal, ticket.instrument))
        return tuple(effects)


def taken(order: Asked, ticket: Ticket) -> Ticket:
    """Return an order that the venue has answered; raise what its client is told if it was not taken."""
    if ticket.status == "PENDING_NEW":
        raise no.no_answer()
    if ticket.rejection:
        raise order.refused(ticket.rejection)
    return ticket


def cancelled(ticket: Ticket) -> Ticket:
    """Return an order that was taken back; raise what its client is told if it was not."""
    if ticket.status == "CANCELED":
        return ticket
    if ticket.is_unknown and ticket.is_open:
        raise no.no_answer()
    raise no.cancel_rejected()


async def until(ticket: Ticket, is_answered: Callable[[], bool]) -> None:
    """Wait until something is heard of an order, as often as needed."""
    while not is_answered():
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket.waiters.append(waiter)
        await waiter


async def until_answered(ticket: Ticket) -> None:
    """Wait until the venue has taken an order, or refused it, or nobody knows."""
    await until(ticket, lambda: ticket.is_answered)


async def until_gone(ticket: Ticket) -> None:
    """Wait until an order has ended, or its cancel is refused, or nobody knows."""
    await until(ticket, lambda: ticket.is_cancel_answered)


def name_of(of: str, number: int) -> str:
    """Return a client's name of an order where the client gives none."""
    return hashlib.sha256(f"{of} {number}".encode()).hexdigest()[:22]
