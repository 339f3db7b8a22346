"""All interfaces of the system (ports), on one page. Imports only `domain`.

A port states the guarantees; `app/bootstrap.py` chooses the implementations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
    from decimal import Decimal

    from tradewind.domain.commands import Effect, ModelVenue
    from tradewind.domain.events import Event
    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.lease import Holder
    from tradewind.domain.market import Bar, FormingBar, MarketEvent
    from tradewind.domain.order import OrderSpec, Side
    from tradewind.domain.position import Position
    from tradewind.domain.step import GuestFailed, Step
    from tradewind.domain.time import TimeNs

Handed = tuple[int, int, int]
"""How far a source has come: the numbers of its last report, last market event and last message about time."""


class Clock(Protocol):
    """Tells the time. The engine never asks a clock; it uses the time of the event."""

    def now(self) -> TimeNs:
        """Return the current time, in nanoseconds UTC; it never goes back."""
        ...


class Calendar(Protocol):
    """Knows the trading days of a market."""

    def day_end(self, ts: TimeNs) -> TimeNs:
        """Return the end of the trading day that `ts` lies in, strictly after `ts`."""
        ...


class History(Protocol):
    """Closed bars of the past, from files or from a venue."""

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        """Yield the bars that open in [start, end), in order, none twice."""
        ...


class MarketData(Protocol):
    """A live source of market events."""

    def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield events in the order of `ts_recv`, None where only time has passed; ends when there is nothing more."""
        ...


class Ear(Protocol):
    """Who can hear of market events in the moment they come."""

    def is_ready_for(self, event: MarketEvent) -> bool:
        """Return whether nothing has to be said, asked or waited for before this event."""
        ...

    def hear(self, event: MarketEvent) -> None:
        """Take an event that it is ready for; never waits, never raises."""
        ...


@runtime_checkable
class PromptMarketData(MarketData, Protocol):
    """A source that can often tell of an event in the moment it comes, so that it need not wait for a task."""

    def tell(self, ear: Ear) -> None:
        """Tell `ear` what it is ready for while `stream` does nothing but wait; what it is not, `stream` yields."""
        ...


class Venue(Protocol):
    """Where orders are sent. Results arrive through `events`, never as a return value."""

    async def execute(self, effect: Effect) -> None:
        """Send one effect. A failure becomes an event: rejected, or outcome unknown."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Yield the venue's reports about our orders and account; none is lost over a reconnect."""
        ...


@runtime_checkable
class PromptVenue(Venue, Protocol):
    """A venue that can often send without waiting, so that an order need not wait for a task of its own."""

    def send_now(self, effect: Effect) -> bool:
        """Send one effect as `execute` does, if that needs no waiting; False if nothing was done."""
        ...


class Pace(Protocol):
    """A source and venue that is told how far we are; its time may stop until we have caught up."""

    @property
    def waits(self) -> bool:
        """Whether its time stops meanwhile (lockstep)."""
        ...

    @property
    def over(self) -> TimeNs:
        """In lockstep, the time up to which all events have come: timers due later must not fire yet."""
        ...

    def handed(self) -> Handed:
        """Return how much it has handed over so far."""
        ...

    def taken(self, handed: Handed, due: TimeNs) -> None:
        """Take note that events up to this point are durable and their effects sent; our next timer is due at `due`."""
        ...

    def leave(self) -> None:
        """Take note that we are stopping: from now on we only receive the results of our requests."""
        ...


class SimulatedVenue(Protocol):
    """A venue in our own process, driven by market events in one total order with the engine.

    Its reports go onto the timeline that it shares with whoever drives it.
    """

    def on_market(self, event: MarketEvent) -> None:
        """Match resting orders against a market event, before the engine sees it."""
        ...

    def execute(self, effect: Effect, ts: TimeNs) -> None:
        """Accept an effect that left the engine at `ts`."""
        ...

    @property
    def attended(self) -> Collection[InstrumentId] | None:
        """The instruments whose bars must come by `on_market` as things stand; None: all must.

        The bars of others give a price, and no more.
        """
        ...

    def pass_over(self, closes: Iterable[tuple[InstrumentId, float]]) -> None:
        """Be told of bars of instruments that are not attended to: their closes, in order."""
        ...

    def model(self, choice: ModelVenue) -> None:
        """Use another model from now on."""
        ...


class Journal(Protocol):
    """Stores steps, in order, without gaps; what is committed survives a power failure."""

    def append(self, step: Step) -> None:
        """Add a step; it is not durable yet."""
        ...

    def commit(self) -> None:
        """Make everything that was appended durable, or raise `JournalError`."""
        ...


class LeaseStore(Protocol):
    """Keeps who may act for an account: one holder at a time, under a token above all that were given before.

    Other processes may take a lease when `seconds` have passed since its last renewal, and not before, unless its
    holder is dead. Raises `LeaseUnreachable` where nothing can be learned.
    """

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        """Return the token under which the lease is the caller's; raise `LeaseHeld`, which says whose it is."""
        ...

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        """Take it from whoever has it, for an emergency: its holder's next renewal raises `LeaseLost`."""
        ...

    def renew(self, account: str, token: int, seconds: float) -> None:
        """Extend it from now; raise `LeaseLost` if it is not held under this token any more."""
        ...

    def release(self, account: str, token: int) -> None:
        """Release it, if it is still held under this token."""
        ...

    def close(self) -> None:
        """Close the file or the connection."""
        ...


class Fence(Protocol):
    """Knows, without I/O, whether this process may still act for its account."""

    def check(self) -> None:
        """Return if an effect may be sent now, else raise `LeaseLost`."""
        ...


class Observer(Protocol):
    """Only watches: gets every committed step in order, may lag, and must not delay the engine."""

    def observe(self, steps: Sequence[Step]) -> None:
        """Process the steps of one turn."""
        ...

    def close(self) -> None:
        """Write the rest and close."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A strategy that is interrupted when it takes too long: the only thing that depends on the wall clock."""

    def be_patient(self, *, backtest: bool) -> None:
        """Wait much longer; in a backtest, fail loudly at the end of it."""
        ...

    def foretell(self, failure: GuestFailed) -> None:
        """Take an end that is recorded, before the event comes at which it came."""
        ...


@runtime_checkable
class Caching(Protocol):
    """A strategy with a cache of texts; each write to it is told by `CacheWritten`."""

    def restore_cache(self, cache: dict[str, str]) -> None:
        """Take back what an earlier session's cache held."""
        ...


class OrderView(Protocol):
    """An order as strategies and risk see it."""

    @property
    def spec(self) -> OrderSpec:
        """What was asked for, with all amendments."""
        ...

    @property
    def filled(self) -> Decimal:
        """How much has been executed."""
        ...

    @property
    def open_quantity(self) -> Decimal:
        """How much may still be executed."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the order has ended."""
        ...


class View(Protocol):
    """The engine as its stages may see it: read only."""

    @property
    def now(self) -> TimeNs:
        """The time of the event being processed."""
        ...

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return the instrument; `KeyError` if the session does not have it."""
        ...

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price seen, None before the first."""
        ...

    def history(self, instrument: InstrumentId, interval: str, field: str, count: int) -> Sequence[float]:
        """Return the last `count` values of a field of closed bars, oldest first; fewer if there are fewer."""
        ...

    def bars(self, instrument: InstrumentId, interval: str, count: int) -> Sequence[Bar]:
        """Return the last `count` closed bars, oldest first; fewer if there are fewer."""
        ...

    def bars_of(self, instrument: InstrumentId, interval: str) -> Callable[[int], Sequence[Bar]]:
        """Return what gives the last bars of a series, as many as are asked for, as `bars` does."""
        ...

    def forming(self, instrument: InstrumentId, interval: str) -> FormingBar | None:
        """Return a longer bar as far as the session's own bars have made it; None if it has not begun."""
        ...

    def position(self, instrument: InstrumentId, strategy: StrategyId | None = None) -> Position:
        """Return the position of a strategy, or of the whole account."""
        ...

    def positions(self) -> Iterable[tuple[StrategyId, Position]]:
        """Return the strategies' positions that are not flat, in the order of their names."""
        ...

    def priced_at(self, instrument: InstrumentId) -> TimeNs | None:
        """Return the venue's time of the last price; None before the first."""
        ...

    def cash(self, asset: Asset) -> Decimal:
        """Return what the account owns of an asset, open orders not deducted."""
        ...

    def free_cash(self, asset: Asset) -> Decimal:
        """Return what is not reserved by open and in-flight orders."""
        ...

    def equity(self) -> Decimal | None:
        """Return the value of everything in the base currency; None if a price is missing."""
        ...

    def worth(self, asset: Asset) -> Decimal | None:
        """Return what one unit of an asset is worth in the base currency; None if a price is missing."""
        ...

    def order(self, order: ClientOrderId) -> OrderView | None:
        """Return an order by its id."""
        ...

    def open_orders(
        self, instrument: InstrumentId | None = None, strategy: StrategyId | None = None
    ) -> Iterable[OrderView]:
        """Yield the orders that have not ended, oldest first."""
        ...

    def pending(self, instrument: InstrumentId, side: Side, strategy: StrategyId | None = None) -> Decimal:
        """Return the quantity that open, in-flight and unknown orders of a side may still execute."""
        ...

    def has_unknown(self, instrument: InstrumentId) -> bool:
        """Tell whether an order of the instrument has an unknown outcome."""
        ...

    def gross_exposure(self) -> Decimal | None:
        """Return the value of all positions and of all orders that add to them; None if a price is missing."""
        ...

    @property
    def warming(self) -> bool:
        """Whether history is run through the strategies, before the session proper."""
        ...

    def may_short(self, instrument: InstrumentId) -> bool:
        """Tell whether a position may be below zero."""
        ...

    def is_margined(self, instrument: InstrumentId) -> bool:
        """Tell whether the instrument is held against collateral."""
        ...

    def free_margin(self) -> Decimal | None:
        """Return equity less the initial margin of positions and open orders; None if a price is missing."""
        ...
