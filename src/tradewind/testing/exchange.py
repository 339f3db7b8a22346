"""The venue of a simulated world: the simulated venue with its own books and time, outside the engine's process.

What it says comes back as two kinds: the answer to a request, and words that it would have said to
anybody who listens. What becomes of them on the way is the network's business.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.commands import QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import Asset, instrument_id
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar, FundingRate
from tradewind.engine.timeline import Timeline
from tradewind.portfolio.ledger import Account
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import LAST_RANK
from tradewind.testing.plan import INTERVAL_NS
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.testing.plan import Plan, Terms

VENUE = "sim"
BASE = Asset("USDT")
LOT = Decimal("0.01")
START: TimeNs = 1_700_000_000 // 3600 * 3600 * 1_000_000_000
"""The world's beginning, on the hour."""
LAST_BARS = 4
"""So many bars come after the last fault, so that what is closed at the end meets a market."""
_REPLIES = frozenset((ev.OrderRejected, ev.CancelRejected, ev.AmendRejected, ev.AccountSnapshot))
"""What is said to who asked, and to nobody else."""


def instruments_of(terms: Terms) -> tuple[Instrument, ...]:
    """Return what is traded in a world."""
    kind = InstrumentKind.PERPETUAL if terms.perpetual else InstrumentKind.SPOT
    return tuple(
        Instrument(
            instrument_id(VENUE, f"C{number}{BASE}"), f"C{number}{BASE}", VENUE, kind, Asset(f"C{number}"), BASE,
            tick=(Decimal("0.01"), Decimal("0.5"))[number % 2], lot=LOT,
            margin_initial=Decimal("0.1"), margin_maintenance=Decimal("0.05"),
        )
        for number in range(terms.instruments)
    )  # fmt: skip


def opening_of(terms: Terms) -> tuple[Balance, ...]:
    """Return what the account begins with."""
    return (Balance(BASE, Decimal(100_000)), *(Balance(Asset(f"C{n}"), Decimal(0)) for n in range(terms.instruments)))


def bars_of(plan: Plan) -> Iterator[Bar]:
    """Yield the world's bars, in the order of their closes; they hang on the seed and the terms alone."""
    dice = random.Random(f"market/{plan.seed}")
    swing = dice.choice((0.0005, 0.002, 0.006))
    facts = instruments_of(plan.terms)
    last = {each.id: 100.0 + 7.0 * place for place, each in enumerate(facts)}
    for number in range(plan.terms.bars + LAST_BARS):
        opens = START + number * INTERVAL_NS
        for each in facts:
            tick, first = float(each.tick), last[each.id]
            path = [first * (1 + dice.gauss(0.0, swing)) for _ in range(3)]
            prices = [(round(price / tick) or 1) * tick for price in (first, *path)]
            begin, end = prices[0], prices[-1]
            volume = round(1.0 + 4.0 * dice.random(), 3) if number < plan.terms.bars else 100_000.0
            last[each.id] = end
            yield Bar(
                each.id, "1m", opens, opens + INTERVAL_NS, opens + INTERVAL_NS, round(begin, 6), round(max(prices), 6),
                round(min(prices), 6), round(end, 6), volume,
            )  # fmt: skip


class Exchange:
    """One account at one venue, whoever is connected to it."""

    def __init__(self, plan: Plan) -> None:
        terms = plan.terms
        self.instruments = instruments_of(terms)
        self.opening = opening_of(terms)
        self._timeline = Timeline()
        share = Decimal(str(terms.volume_share)) if terms.volume_share else None
        self.sim = SimVenue(
            self.instruments, SimModels(VENUE, account=terms.account, touch=terms.touch, volume_share=share),
            self._timeline, base=BASE, opening=self.opening, calendar=AlwaysOpen(),
        )  # fmt: skip
        self.fills: dict[str, ev.OrderFilled] = {}
        """Every execution, by its trade id."""
        self.arrived: dict[ClientOrderId, int] = {}
        """How often an order was submitted here, by its id."""
        self.by_hand: dict[InstrumentId, Decimal] = {}
        """What the owner has traded past us, signed."""
        self.forced: dict[InstrumentId, Decimal] = {}
        """What the venue has closed by force, signed like its trades."""
        self.transfers = 0
        self.specs: dict[ClientOrderId, OrderSpec] = {}
        self._forgets_ns = terms.forgets_ns
        self._dice = random.Random(f"funding/{plan.seed}")

    @property
    def due(self) -> TimeNs:
        """When something is to happen by itself."""
        return self._timeline.due

    def take(self, effect: Effect, ts: TimeNs) -> tuple[list[Event], list[Event]]:
        """Do what is asked; return the answer, and the words that go to all who listen."""
        if isinstance(effect, SubmitOrder):
            self.arrived[effect.order.id] = self.arrived.get(effect.order.id, 0) + 1
            for spec in (effect.order, *effect.attached):
                self.specs.setdefault(spec.id, spec)
        if isinstance(effect, QueryOrder) and self._has_forgotten(effect.order, ts):
            return [ev.OrderNotFound(effect.order, ts, ts)], []
        self.sim.execute(effect, ts)
        said = self.advance(ts)
        if isinstance(effect, QueryOrder | QueryAccount):
            return said, []
        return _parted(effect, said)

    def trade(self, bar: Bar) -> list[Event]:
        """Let the market move over what rests; return the words."""
        said = self.advance(bar.ts_recv)
        self.sim.on_market(bar)
        return said + self.advance(bar.ts_recv)

    def advance(self, ts: TimeNs) -> list[Event]:
        """Let everything happen that is due by `ts`; return the words."""
        said: list[Event] = []
        while self._timeline.due <= ts and (event := self._timeline.pop_before(ts, LAST_RANK)) is not None:
            said.append(event)
            if type(event) is ev.OrderFilled:
                self.fills.setdefault(event.trade_id, event)
            elif type(event) is ev.PositionLiquidated:
                closed = event.side.sign * event.quantity
                self.forced[event.instrument] = self.forced.get(event.instrument, Decimal(0)) + closed
        return said

    def fund(self, ts: TimeNs) -> list[Event]:
        """Let longs pay to shorts, or the other way; return the words."""
        said = self.advance(ts)
        for each in self.instruments:
            rate = self._dice.choice((-0.0003, 0.0001, 0.0002, 0.0005))
            self.sim.on_market(FundingRate(each.id, ts, ts, rate))
        return said + self.advance(ts)

    def force_out(self, number: int, ts: TimeNs) -> list[Event]:
        """Close the first position from an instrument on by force, at the last price; return the words."""
        said, count = self.advance(ts), len(self.instruments)
        for each in (self.instruments[(number + place) % count] for place in range(count)):
            if self.is_margined and self.position(each.id):
                self.sim.force_out(each.id, ts)
                break
        return said + self.advance(ts)

    def deposit(self, amount: int, ts: TimeNs) -> list[Event]:
        """Let the owner bring money, or take it out; return the words."""
        said = self.advance(ts)
        self.transfers += 1
        self.sim.account.portfolio.ledger.move(Account.TRANSFERS, Account.WALLET, BASE, Decimal(amount))
        return [*said, ev.BalanceTransferred(VENUE, BASE, Decimal(amount), ts, f"t{self.transfers}")]

    def _has_forgotten(self, name: ClientOrderId, ts: TimeNs) -> bool:
        """Tell whether an order ended so long ago that a question about it is answered by "unknown"."""
        if not self._forgets_ns:
            return False
        known = next((order for order in self.sim.desk.orders() if order.spec.id == name), None)
        if known is None or known.live or not known.words:
            return False
        return ts - known.words[-1].ts_recv > self._forgets_ns

    def trade_by_hand(self, lots: int, ts: TimeNs) -> None:
        """Let the owner trade at the last price, without a fee, and without a word to us."""
        each = self.instruments[lots % len(self.instruments)]
        last = self.sim.account.last.get(each.id)
        signed = lots * each.lot
        if last is not None and (self.is_margined or self.position(each.id) + signed >= 0):
            free = Decimal(0)
            price = each.price(last)
            self.sim.account.portfolio.execution(each, signed, price, fee=free, asset=each.quote, ts=ts)
            self.by_hand[each.id] = self.by_hand.get(each.id, free) + signed

    def position(self, instrument: InstrumentId) -> Decimal:
        """Return what the account holds, signed."""
        return self.sim.account.position(instrument)

    @property
    def is_margined(self) -> bool:
        """Whether positions may be short."""
        return self.sim.account.kind is AccountKind.MARGIN or self.instruments[0].kind is InstrumentKind.PERPETUAL

    @property
    def resting(self) -> set[ClientOrderId]:
        """The orders that are left."""
        return {order.spec.id for order in self.sim.desk.orders() if order.live}


def _parted(effect: Effect, said: list[Event]) -> tuple[list[Event], list[Event]]:
    """Tell answers from words; the exits of an order that was refused are spoken of with it."""
    if type(effect) is SubmitOrder and any(type(event) is ev.OrderRejected for event in said):
        return said, []
    answer: list[Event] = []
    words: list[Event] = []
    for event in said:
        (answer if type(event) in _REPLIES else words).append(event)
    return answer, words
