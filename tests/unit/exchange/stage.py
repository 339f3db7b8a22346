"""A small exchange and a session that trades there, on one loop, over a real socket; faults are pressed by the test."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.unit.runtime.stage import COIN, INSTRUMENT, OPENING, START, USDT, Listener, bars
from tradewind.domain.account import AccountKind
from tradewind.domain.events import OrderFilled, SessionStarted
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.exchange.account import Account
from tradewind.exchange.history import Tape
from tradewind.exchange.server import Exchange
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.outbox import Outbox
from tradewind.venues._net.address import Address
from tradewind.venues.exchange.policy import LinkPolicy
from tradewind.venues.exchange.protocol import Done, PressFault
from tradewind.venues.exchange.rest import press
from tradewind.venues.exchange.venue import ExchangeVenue
from tradewind.venues.sim.models import FixedLatency
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence
    from decimal import Decimal

    from tradewind.domain.market import Bar
    from tradewind.strategy.base import Strategy

PATIENT = LinkPolicy(
    dead_seconds=120, answer_seconds=120, wait_seconds=120, backoff_seconds=(0.02, 0.05), missing_seconds=120
)
"""A policy that takes no loop that stood still for a fault: nothing is given up but what a link took along."""
QUICK = LinkPolicy(
    dead_seconds=1.5, answer_seconds=0.4, wait_seconds=0.2, backoff_seconds=(0.02, 0.05), missing_seconds=0.2
)
"""A policy for what only the clock on the wall can tell. A busy machine may give up more than the test has broken."""
MS = 1_000_000


class NoBars:
    """No history."""

    def bars(self, *_: object) -> Any:
        return iter(())


class Nobody:
    """The link of one who is told that all went well."""

    def send(self, word: Any) -> None:
        assert isinstance(word, Done), word


@dataclass
class Floor:
    """An exchange that is open, and what can be done there."""

    address: Address
    exchange: Exchange
    account: Account
    links: list[ExchangeVenue] = field(default_factory=list)

    async def press(self, kind: str, count: int = 1, seconds: float = 0.0, link: str = "") -> None:
        """Press a button as people do, some time soon."""
        await asyncio.to_thread(press, self.address, PressFault(kind, "main", count, seconds, link))

    def press_now(self, kind: str, count: int = 1, seconds: float = 0.0, link: str = "") -> None:
        """Press a button between two words of the exchange's."""
        self.exchange._press(Nobody(), PressFault(kind, "main", count, seconds, link))  # type: ignore[arg-type]

    def link(self, policy: LinkPolicy = PATIENT, account: str = "main", client: str = "") -> ExchangeVenue:
        """Return a new client, which has not connected."""
        made = ExchangeVenue(
            self.address, account, venue="sim", client=client or f"client {len(self.links)}",
            wanted=lambda _: True, policy=policy,
        )  # fmt: skip
        self.links.append(made)
        return made

    @property
    def cash(self) -> Decimal:
        return self.account.venue.account.wallet(USDT)

    @property
    def held(self) -> Decimal:
        return self.account.venue.account.position(COIN)


@contextlib.asynccontextmanager
async def opened(
    market: Sequence[Bar], *, speed: float | None = None, address: Address | None = None, latency: int = 10 * MS
) -> AsyncIterator[Floor]:
    """Open an exchange with one account."""
    timeline = Timeline()
    models = SimModels(latency=FixedLatency(latency, latency, latency))
    with TemporaryDirectory() as folder, money_context():
        where = address or Address(socket=f"{folder}/x")
        venue = SimVenue([INSTRUMENT], models, timeline, base=USDT, opening=OPENING, calendar=AlwaysOpen())
        account = Account("main", venue, timeline, [INSTRUMENT])
        tape = Tape((INSTRUMENT,), "1m", "bars", "drawn", START, lambda: market, NoBars())
        exchange = Exchange(
            tape, [account], AccountKind.CASH, speed=speed, dead_seconds=PATIENT.dead_seconds, with_faults=True
        )
        ready = asyncio.Event()
        serving = asyncio.create_task(exchange.serve(where, ready.set))
        await ready.wait()
        try:
            yield Floor(where, exchange, account)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@dataclass
class Traded:
    """A session at the exchange with its parts at hand."""

    session: LiveSession
    engine: Engine
    journal: MemoryJournal

    @property
    def events(self) -> list[Any]:
        return [step.event for step in self.journal.steps]

    def of(self, *kinds: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    async def run(self) -> None:
        await asyncio.wait_for(self.session.run(SessionStarted(START, "sim", OPENING)), 240)


def session(link: ExchangeVenue, strategy: Strategy) -> Traded:
    """Build a session on a link."""
    journal = MemoryJournal()
    engine = Engine([INSTRUMENT], {StrategyId("s"): strategy}, EngineSettings(), recording=True)
    made = LiveSession(
        engine, Timeline(), source=link, venue=None, outbox=Outbox(link), account=link, pace=link, clock=link.clock,
        journal=journal, settings=LiveSettings(venue="sim", handle_signals=False, settle_ns=2_000 * MS),
    )  # fmt: skip
    return Traded(made, engine, journal)


def assert_books_are_equal(floor: Floor, traded: Traded) -> None:
    """Compare the books of both sides, and that no execution was heard twice."""
    trades = [event.trade_id for event in traded.of(OrderFilled)]
    assert len(trades) == len(set(trades))
    assert traded.engine.view.cash(USDT) == floor.cash
    assert traded.engine.view.position(COIN).quantity == floor.held
    assert not traded.engine.orders.doubts


def on_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a test that awaits."""
    with money_context():
        asyncio.run(main)


__all__ = ["Listener", "bars"]
