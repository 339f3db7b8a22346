"""A random session whose venue and market are at an exchange behind a socket, each with a world of its own."""

from __future__ import annotations

import asyncio
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.parity.worlds import (
    START,
    USDT,
    Ran,
    Scenario,
    _parts,
    instruments_of,
    models_of,
    settings_of,
    start_of,
    strategies_of,
)
from tests.unit.exchange.stage import PATIENT
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.exchange.account import Account
from tradewind.exchange.history import Tape
from tradewind.exchange.server import Exchange
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.live import LiveSession, LiveSettings
from tradewind.runtime.outbox import Outbox
from tradewind.venues._net.address import Address
from tradewind.venues.exchange.venue import ExchangeVenue
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from tradewind.domain.market import Bar


class NoBars:
    def bars(self, *_: object) -> object:
        return iter(())


def run_at_exchange(scenario: Scenario) -> Ran:
    """Run a scenario in lockstep with an exchange, over a real socket."""
    with money_context(), TemporaryDirectory() as folder:
        return asyncio.run(_run(scenario, Address(socket=f"{folder}/x")))


async def _run(scenario: Scenario, address: Address) -> Ran:
    instruments = instruments_of(scenario)
    warmup, events = _parts(scenario)
    timeline = Timeline()
    venue = SimVenue(
        instruments, models_of(scenario), timeline,
        base=USDT, opening=start_of(scenario).balances, calendar=AlwaysOpen(START % NS_PER_DAY + 30 * NS_PER_MINUTE),
    )  # fmt: skip
    for bar in warmup:
        venue.on_market(bar)  # a venue in the session's own process sees the history as well
    start = START + scenario.warmup * NS_PER_MINUTE if events or not warmup else warmup[-1].ts_recv
    tape = Tape(instruments, "1m", "bars", "drawn", start, lambda: events, NoBars())  # type: ignore[arg-type]
    accounts = [Account("main", venue, timeline, instruments)]
    exchange = Exchange(tape, accounts, scenario.account, speed=None, dead_seconds=PATIENT.dead_seconds)
    ready = asyncio.Event()
    serving = asyncio.create_task(exchange.serve(address, ready.set))
    await ready.wait()
    try:
        return await asyncio.wait_for(_trade(scenario, venue, address, warmup), 240)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _trade(scenario: Scenario, venue: SimVenue, address: Address, warmup: list[Bar]) -> Ran:
    journal = MemoryJournal()
    instruments = instruments_of(scenario)
    engine = Engine(instruments, strategies_of(scenario), settings_of(scenario), recording=True)
    link = ExchangeVenue(address, "main", venue="sim", client="test", wanted=lambda _: True, policy=PATIENT)
    session = LiveSession(
        engine, Timeline(), source=link, venue=None, outbox=Outbox(link), account=link, pace=link, clock=link.clock,
        journal=journal,
        settings=LiveSettings(venue="sim", stop=scenario.stop, settle_ns=NS_PER_SECOND // 10, handle_signals=False),
    )  # fmt: skip
    if scenario.script is not None and scenario.script.meet is not None:
        scenario.script.meet(engine, session)
    await session.run(start_of(scenario), warmup)
    return Ran(engine, venue, journal.steps)
