"""Whatever a venue does with stops, a position is protected or on its way out in the end, and never sold twice.

The venue here is a few lines: it knows what rests and what is held, refuses, cancels, executes in parts and keeps words
to itself as it is told to, and answers questions truly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.commands import CancelOrder, Correct, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import Asset, VenueOrderId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.account_exits import guards
from tradewind.execution.comparison import Reconciliation
from tradewind.testing import BTC, STRATEGY, bar, engine, filled, order_spec, script

if TYPE_CHECKING:
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec

D = Decimal
HELD = D(6)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("cancel", "expire", "execute", "part", "time", "look", "close")),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=25,
)


class Venue:
    """What rests there, what is held, and an engine that is told of it, or not."""

    def __init__(self, refusals: list[bool], *, rounds: bool) -> None:
        self.refusals = list(refusals)
        self.resting: dict[ClientOrderId, OrderSpec] = {}
        self.done: dict[ClientOrderId, Decimal] = {}
        self.held, self.trades = HELD, 0
        settings = Reconciliation(interval_ns=300 * NS_PER_SECOND) if rounds else Reconciliation()
        self.engine = engine(script(), reconciliation=settings)
        self.engine.process(bar(100))
        self.engine.orders.submit(order_spec(quantity=HELD, id="in"))
        self.engine.process(filled("in", HELD, ts=self.now))
        for number in range(3):
            spec = order_spec(
                Side.SELL, HELD / 3, id=f"stop-{number}", type=OrderType.STOP, trigger=90 - number, reduce_only=True,
                purpose=Purpose.STOP_LOSS,
            )  # fmt: skip
            self.answer(self.engine.orders.submit(spec))

    @property
    def now(self) -> int:
        return self.engine.view.now

    def tell(self, *events: Any) -> None:
        for event in events:
            for effect in self.engine.process(event).effects:
                self.answer(effect)

    def answer(self, effect: Any) -> None:
        match effect:
            case SubmitOrder(order=spec):
                if self.refusals and self.refusals.pop(0):
                    self.tell(ev.OrderRejected(spec.id, "no", self.now, self.now))
                    return
                self.done[spec.id] = D(0)
                self.resting[spec.id] = spec
                self.tell(ev.OrderAccepted(spec.id, VenueOrderId(f"v-{spec.id}"), self.now, self.now))
                if spec.type is OrderType.MARKET:
                    self.execute(spec, spec.quantity)
            case CancelOrder(order=name):
                if self.resting.pop(name, None) is not None:
                    self.tell(ev.OrderCancelled(name, "asked", self.now, self.now))
                else:
                    self.tell(ev.CancelRejected(name, "not here", self.now, self.now))
            case Correct(event=event):
                self.tell(event)
            case QueryAccount(number=number):
                self.tell(self.snapshot(number))
            case QueryOrder(order=name):
                found = ev.OrderFound(name, self.now, self.now)
                gone = [] if name in self.resting else [ev.OrderCancelled(name, "gone", self.now, self.now)]
                self.tell(*gone, found)

    def execute(self, spec: OrderSpec, quantity: Decimal, *, told: bool = True) -> None:
        quantity = min(quantity, spec.quantity - self.done[spec.id], self.held)
        if quantity > 0:
            self.trades, self.held = self.trades + 1, self.held - quantity
            self.done[spec.id] += quantity
            if told:
                self.tell(filled(spec.id, quantity, 90, trade_id=f"t{self.trades}", ts=self.now))
        if self.done[spec.id] >= spec.quantity or not self.held:
            self.resting.pop(spec.id, None)

    def snapshot(self, number: int = 0) -> ev.AccountSnapshot:
        cash = self.engine.view.cash(Asset("USDT"))
        orders = tuple(
            VenueOrder(s.id, VenueOrderId(f"v-{s.id}"), BTC, s.side, s.quantity, self.done[s.id], trigger=s.trigger)
            for s in self.resting.values()
        )
        positions = (VenuePosition(BTC, self.held, D(100)),) if self.held else ()
        balances = (Balance(Asset("USDT"), cash), Balance(Asset("BTC"), self.held))
        return ev.AccountSnapshot("binance", balances, positions, self.now, self.now, orders, (), number=number)

    def time(self) -> None:
        """Let the next timer fire."""
        if self.engine.timers:
            name, at = min(self.engine.timers.items(), key=lambda timer: timer[1])
            self.tell(ev.TimerFired(name, max(at, self.now)))

    def do(self, deed: str, which: int, *, told: bool) -> None:
        stops = [spec for spec in self.resting.values() if spec.type is OrderType.STOP]
        spec = stops[which % len(stops)] if stops else None
        match deed:
            case "time":
                self.time()
            case "look":
                self.tell(self.snapshot())
            case "close" if self.held:
                close = order_spec(Side.SELL, 1, id=f"c-{self.trades}-{which}", reduce_only=True)
                if close.id not in self.engine.orders.by_id:
                    self.answer(self.engine.orders.submit(close))
            case "cancel" | "expire" if spec is not None:
                del self.resting[spec.id]
                kind = ev.OrderCancelled if deed == "cancel" else ev.OrderExpired
                if told:
                    self.tell(kind(spec.id, "by the venue", self.now, self.now))
            case "execute" | "part" if spec is not None:
                self.execute(spec, spec.quantity if deed == "execute" else D("0.5"))

    def settle(self) -> None:
        """Refuse nothing more, and let time pass until nothing is owed: a few minutes of timers."""
        self.refusals.clear()
        for _ in range(40):
            self.time()


@given(DEEDS, st.lists(st.booleans(), max_size=12))
def test_a_position_is_protected_or_closed_in_the_end_whatever_becomes_of_its_stops(
    deeds: list[tuple[str, int, bool]], refusals: list[bool]
) -> None:
    venue = Venue([False] * 3 + refusals, rounds=True)
    for deed, which, told in deeds:
        venue.do(deed, which, told=told)
    venue.settle()
    check(venue)


@given(DEEDS, st.lists(st.booleans(), max_size=12))
def test_where_the_venue_is_not_asked_its_words_are_enough(
    deeds: list[tuple[str, int, bool]], refusals: list[bool]
) -> None:
    venue = Venue([False] * 3 + refusals, rounds=False)
    for deed, which, _ in deeds:
        if deed != "look":
            venue.do(deed, which, told=True)
    venue.settle()
    check(venue)


def check(venue: Venue) -> None:
    """See that the books are the venue's, that what is held is covered at the venue, and that nothing was oversold."""
    made = venue.engine
    held = made.view.position(BTC, STRATEGY).quantity
    assert held == venue.held >= 0
    covering = sum((s.quantity - venue.done[s.id] for s in venue.resting.values() if s.type is OrderType.STOP), D(0))
    assert held <= covering <= HELD, f"{held} held, {covering} covered"
    living = {name for name, order in made.orders.living.items() if guards(order)}
    assert living == venue.resting.keys() or not held, "what we take for alive rests there"
