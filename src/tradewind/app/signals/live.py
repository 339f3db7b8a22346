"""`Live`: the signal style on the clock, under its documented names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tradewind.app.signals.backtest import named
from tradewind.app.signals.history import SignalHistory
from tradewind.app.signals.keeper import SignalKeeper
from tradewind.app.signals.live_run import SignalRun
from tradewind.app.signals.report import report_of, write_report
from tradewind.app.signals.result import SignalResult, result_of
from tradewind.app.signals.running import NAMES, RUNNING, end, running, start
from tradewind.app.signals.setup import SETUP
from tradewind.app.signals.venue.configured import sessions_of
from tradewind.app.signals.venue.past import moves_of
from tradewind.app.signals.venue.verify import verified_at_venue
from tradewind.app.signals.verify import verified
from tradewind.app.signals.world import encoded
from tradewind.domain.errors import SignalError
from tradewind.strategy.signals.registry import EXCHANGES, STRATEGIES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from types import TracebackType

    from tradewind.app.signals.running import KeyRun
    from tradewind.domain.trade_signal import SignalMoved
    from tradewind.runtime.replay import Replay


class LiveStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a live key is; `last_tick` is nanoseconds UTC by the clock on the wall."""

    state: str
    health: str
    last_tick: int
    counters: dict[str, int]
    trouble: str = ""
    breakers: dict[str, str] = {}
    """Where each breaker of a key on paper stands, by name; those of a venue are the session's."""


class Cancel:
    """Ends a run: `cancel()` asks, `await cancel.wait()` waits; an `async with` does both at its end."""

    def __init__(self, run: KeyRun, driving: asyncio.Future[Any]) -> None:
        self._run = run
        self._driving = driving

    def __call__(self, *, close: bool = False) -> None:
        """Ask for the end: after the natural close of what is open, or after closing it now."""
        self._run.end(close=close)

    async def wait(self) -> None:
        """Wait for the end; raise what ended it otherwise."""
        await asyncio.shield(self._driving)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self()
        await self.wait()


class Live:
    """The same strategy function on the clock: on paper, or at the venue of its exchange."""

    @staticmethod
    async def run(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> AsyncGenerator[SignalResult]:
        """Yield what is opened and closed, without end; a slow consumer delays nothing.

        Leaving the loop ends the run and keeps its state: what is open is picked up at the next start.
        """
        run, driving = await start(symbol, context, names)
        try:
            while (moved := await run.results.get()) is not None:
                if moved.action == "opened":
                    await run.deliver(moved.event_id, retry=True)
                yield result_of(moved)
                if moved.action == "closed":
                    await run.deliver(moved.event_id)
            await driving
        finally:
            await end(run, driving)

    @staticmethod
    async def background(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> Cancel:
        """Run without a consumer; returns when recovery is done, so that errors of the start come here."""
        run, driving = await start(symbol, context, names, consumes=True)
        return Cancel(run, driving)

    @staticmethod
    async def pause(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> None:
        """Begin nothing new, also after a restart, until `resume`; what is on is still looked after."""
        running(symbol, context, names).command("pause")

    @staticmethod
    async def resume(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> None:
        """Go on after a pause; a key whose state was damaged needs `clear` first."""
        run = running(symbol, context, names)
        if run.quarantine:
            raise SignalError(f"{run.quarantine} was damaged: look at it, reconcile, then Live.clear(...)")
        run.command("resume")

    @staticmethod
    async def status(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> LiveStatus:
        """Return state, health, the last good tick and counters of a running key."""
        run = running(symbol, context, names)
        health = "needs_reconcile" if run.state == "needs_reconcile" else run.health
        breakers = run.session.breakers if isinstance(run, SignalRun) else {}
        return LiveStatus(
            state=run.state, health=health, last_tick=run.last_tick, counters=dict(run.counters), trouble=run.trouble,
            breakers=breakers,
        )  # fmt: skip

    @staticmethod
    async def reset_breaker(
        symbol: str,
        context: Mapping[str, Any] | None = None,
        *,
        breaker: str,
        reason: str,
        operator: str = "",
        **names: str,
    ) -> str:
        """Let a breaker of a key on paper go; return where it stands. It needs a reason, which is kept.

        Raises `SignalError` for a key at a venue, whose breakers are its session's (`tradewind control reset`), for a
        breaker that there is not, and if it was not let go: one of a day comes back by itself.
        """
        run = running(symbol, context, names)
        if not isinstance(run, SignalRun):
            raise SignalError(f"{symbol} trades at a venue: tradewind control reset {breaker} --reason ... does it")
        if not reason:
            raise SignalError("a reset needs a reason")
        stands = await run.reset_breaker(breaker, reason, operator)
        if stands in ("", "tripped", "latched"):
            raise SignalError(f"{breaker} is {stands or 'no breaker of this key'}, and was not reset")
        return stands

    @staticmethod
    async def get_report(strategy_name: str) -> str:
        """Return the report of all keys of a strategy, from their journals: what ran and what runs."""
        moves: list[SignalMoved] = []
        venues: list[str] = []
        for folder in sorted((SETUP.journals / encoded(strategy_name)).glob("*/*")):
            history = SignalHistory(folder)
            history.load()
            moves += history.moves
        for market in map(EXCHANGES.get, EXCHANGES.names()):
            if market.venue:
                # Beside the loop: the session of an account may be running in it.
                there = await asyncio.to_thread(moves_of, sessions_of(market), market.exchange_name)
                own = [moved for (name, _), each in there.items() if name == strategy_name for moved in each]
                venues += [f"{market.venue} (exchange {market.exchange_name})"] if own else []
                moves += own
        moves.sort(key=lambda moved: moved.ts)
        costs = "in Fees, as the venue took them" if venues else "as simulated, in Fees"
        return report_of(strategy_name, moves, now=SETUP.clock.now(), live=True, costs=costs, venues=venues)

    @staticmethod
    async def dump(strategy_name: str, path: str | Path = "./logs/live") -> Path:
        """Write the report to `{path}/{strategy_name}.md` and return where it is."""
        return write_report(Path(path), strategy_name, await Live.get_report(strategy_name))

    @staticmethod
    async def verify(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> list[Replay]:
        """Replay the journals of a key with the strategy as it is now; raise `ReplayMismatch` if one differs."""
        strategy, exchange = named(context, names, NAMES)
        definition, market = STRATEGIES.get(strategy), EXCHANGES.get(exchange)
        if market.venue:
            return await asyncio.to_thread(verified_at_venue, market, strategy)
        folder = SETUP.journals / encoded(strategy) / encoded(exchange) / encoded(symbol)
        return await verified(folder, definition, market, symbol)

    @staticmethod
    async def clear(symbol: str, context: Mapping[str, Any] | None = None, **names: str) -> int:
        """Take note that damaged files were looked at, so that new positions may be opened; return how many."""
        strategy, exchange = named(context, names, NAMES)
        if EXCHANGES.get(exchange).venue:
            return 0  # its state is the session's journal: there is no file to be damaged
        run = RUNNING.get((strategy, exchange, symbol))
        if run is None:
            return SignalKeeper(SETUP, strategy, exchange, symbol).file.clear()
        count = run.keeper.file.clear()
        run.command("resume")
        return count
