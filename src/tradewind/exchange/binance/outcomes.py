"""What the simulated venue says of an account's orders: it becomes their state, and is told on the user streams."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.ids import EXTERNAL, ClientOrderId
from tradewind.domain.market import Trade
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity, OrderSpec, OrderType
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.executions import Execution, kind_of
from tradewind.exchange.binance.notes import Details, Placed
from tradewind.exchange.binance.register import ENDED_KEPT_MAX
from tradewind.exchange.binance.tickets import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account
    from tradewind.exchange.binance.register import Register
    from tradewind.exchange.binance.seams import Floor, Teller
    from tradewind.exchange.binance.settings import Settings
    from tradewind.exchange.binance.tickets import Wire

_UNASKED = (ev.FundingPaid, ev.PositionLiquidated)
BY_CLIENT = "cancelled by us"
"""What the simulated venue says of a cancel that was asked for."""


class Outcomes:
    """Hears the venue of one account."""

    def __init__(self, account: Account, floor: Floor, teller: Teller, orders: Register, settings: Settings) -> None:
        self.teller = teller
        self.listeners: list[Callable[[Wire], None]] = []
        """Who hears the user stream."""
        self.fills: deque[Execution] = deque(maxlen=ENDED_KEPT_MAX)
        self.funding: list[Wire] = []
        """Funding that was paid or received, the newest last."""
        self.updated = floor.now()
        """When a balance moved last, in nanoseconds; before any has, when the exchange began."""
        self._account = account
        self._floor = floor
        self._orders = orders
        self._settings = settings
        self._touched: dict[str, int] = {}
        """Assets whose balance may have moved, and when."""
        self._reason = "ORDER"

    def on_report(self, event: ev.Event) -> tuple[str, ...]:
        """Take what the venue says of an order; return the symbols whose book it may have changed."""
        if isinstance(event, _UNASKED):
            return self._without_asking(event)
        name = getattr(event, "order", None)
        if not isinstance(name, str):
            return ()
        ticket = self._orders.internal(ClientOrderId(name)) or self._adopt(ClientOrderId(name), event)
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
                self._rejected(ticket, event)
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
        if ticket.order_list is not None:
            self._list_goes_on(ticket, event.ts_recv)
        ticket.wake()
        return () if ticket.kind == "MARKET" else (ticket.symbol.name,)  # such an order never rests

    @property
    def are_unsettled(self) -> bool:
        """Whether balances may have moved of which nothing was told."""
        return bool(self._touched)

    def settle(self) -> None:
        """Tell of balances that have moved since they were told last."""
        touched, self._touched = self._touched, {}
        reason, self._reason = self._reason, "ORDER"
        if touched and self.listeners:
            now, has_sides = self._floor.now(), self._settings.has_sides
            for told in self.teller.settled(self._account, touched, now, reason, has_sides=has_sides):
                self._tell(told)

    def end_waiting(self, ticket: Ticket, status: str, ts: TimeNs) -> None:
        """End an order that waits for another and has not come to the venue."""
        assert ticket.order_list is not None
        ticket.status, ticket.updated = status, ts
        if not ticket.order_list.is_open:
            self._orders.forget(ticket)  # of a list that was refused as a whole
            return
        self._say(ticket, status, ts, original=ticket.client_id if status == "CANCELED" else "")
        self._orders.end(ticket)
        self._list_goes_on(ticket, ts)
        ticket.wake()

    # --- one kind of word each ----------------------------------------------------------------------

    def _accepted(self, ticket: Ticket, event: ev.OrderAccepted) -> None:
        if ticket.status != "PENDING_NEW":
            return
        ticket.status = "NEW"
        ticket.created = ticket.updated = event.ts_venue
        if not ticket.is_stop:
            ticket.working_since = event.ts_venue
        self._say(ticket, "NEW", event.ts_venue)

    def _rejected(self, ticket: Ticket, event: ev.OrderRejected) -> None:
        waited = ticket.order_list is not None and ticket in ticket.order_list.waiting
        ticket.status, ticket.rejection = "REJECTED", event.reason
        if waited:  # nobody waits for the answer: the stream tells
            ticket.updated = event.ts_venue
            self._say(ticket, "REJECTED", event.ts_venue)
            self._orders.end(ticket)
        else:
            self._orders.forget(ticket)

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
            self._floor.order_filled(self._account)
            self._orders.end(ticket)
        elif ticket.ends_at and ticket.executed >= ticket.ends_at:
            ticket.status = "EXPIRED"
            self._say(ticket, "EXPIRED", event.ts_venue)
            self._orders.end(ticket)

    def _ends(self, ticket: Ticket, event: ev.OrderCancelled | ev.OrderExpired) -> None:
        if not ticket.is_open:
            return
        ticket.updated = event.ts_venue
        asked = isinstance(event, ev.OrderCancelled) and event.reason == BY_CLIENT
        ticket.status = "CANCELED" if asked else "EXPIRED"
        self._say(ticket, ticket.status, event.ts_venue, original=ticket.client_id if asked else "")
        self._orders.end(ticket)

    def _amended(self, ticket: Ticket, event: ev.OrderAmended) -> None:
        ticket.quantity, ticket.price, ticket.ends_at = event.quantity, event.price or ZERO, ZERO
        ticket.stop_price = event.trigger or ZERO
        ticket.amended += 1
        ticket.updated = event.ts_venue
        before = ticket.client_id
        if ticket.next_name:
            self._orders.rename(ticket, ticket.next_name)
            ticket.next_name = ""
        self._say(ticket, "REPLACED", event.ts_venue, original=before)

    # --- lists --------------------------------------------------------------------------------------

    def _list_goes_on(self, ticket: Ticket, ts: TimeNs) -> None:
        """See what follows for the list of an order of which something was heard."""
        made = ticket.order_list
        assert made is not None
        if made.has_begun and not made.is_told:
            made.is_told = True
            if any(leg.rejection for leg in made.working):
                made.end(ts)  # it is refused as a whole, and nobody is told of it
                return
            for leg in made.waiting:
                self._say(leg, "NEW", ts)
            self._tell_at(made.told(self._floor.now()))
        if made.is_due:
            made.is_released = True
            for leg in (each for each in made.waiting if each.is_open):
                leg.created = ts
                submit = SubmitOrder(leg.spec)
                self._account.number(submit)
                self._account.execute(submit, ts)
        elif made.has_failed:
            made.is_released = True
            for leg in made.waiting:
                if leg.is_open:
                    self.end_waiting(leg, "CANCELED" if ticket.status == "CANCELED" else "EXPIRED", ts)
        if made.is_open and not any(leg.is_open for leg in made.legs):
            made.end(ts)
            self._tell_at(made.told(self._floor.now()))

    def _tell_at(self, told: Wire) -> None:
        if self.listeners:
            self._tell(told)

    # --- what nobody asked for ----------------------------------------------------------------------

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
        spec = OrderSpec(name, EXTERNAL, event.instrument, event.side, OrderType.MARKET, event.quantity)
        side = self._floor.side_of(event.instrument, has_sides=self._settings.has_sides)
        details = None if side == "BOTH" else Details(side=side)
        ticket = Ticket(Placed(number, spec, str(name), "MARKET", "IOC", details=details), symbol, event.ts_venue)
        ticket.status, ticket.working_since = "NEW", event.ts_venue
        self._orders.enter(ticket)
        self._filled(ticket, event, is_maker=False)
        return (symbol.name,)

    def _adopt(self, name: ClientOrderId, event: ev.Event) -> Ticket | None:
        """Take up an order that came by another way to the same account."""
        if not isinstance(event, ev.OrderAccepted):
            return None
        resting = self._account.venue.desk.known(name)
        symbol = None if resting is None else self._floor.find(resting.spec.instrument)
        if resting is None or symbol is None:
            return None
        kind, tif = kind_of(resting.spec)
        placed = Placed(self._floor.next_order(), resting.spec, str(name), kind, tif)
        ticket = Ticket(placed, symbol, event.ts_venue)
        self._orders.enter(ticket)
        return ticket

    # --- the user stream ----------------------------------------------------------------------------

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
