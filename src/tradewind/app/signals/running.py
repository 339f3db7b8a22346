"""The keys that run in this process: how one begins, is found and ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tradewind.app.signals.account import SharedAccount
from tradewind.app.signals.backtest import named
from tradewind.app.signals.keeper import SignalKeeper
from tradewind.app.signals.live_run import SignalRun
from tradewind.app.signals.observers import DONE
from tradewind.app.signals.setup import SETUP
from tradewind.app.signals.venue.account import VenueAccount
from tradewind.app.signals.venue.run import VenueKey
from tradewind.domain.errors import AlreadyRunning, SignalError
from tradewind.strategy.signals.definition import checked
from tradewind.strategy.signals.registry import EXCHANGES, STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition

KeyRun = SignalRun | VenueKey
"""A key that runs, on paper or at a venue."""
RUNNING: dict[tuple[str, str, str], SignalRun] = {}
"""The keys that run in this process on paper: (strategy, exchange, symbol)."""
AT_VENUES: dict[tuple[str, str, str], VenueKey] = {}
"""Those that run at a venue."""
ACCOUNTS: dict[str, SharedAccount] = {}
"""The account of each exchange, for the keys that run on it; a new one begins with its first key."""
VENUES: dict[str, VenueAccount] = {}
"""The account of each exchange that has a venue."""
NAMES = ("strategy_name", "exchange_name")


async def start(
    symbol: str, context: Mapping[str, Any] | None, names: Mapping[str, str], *, consumes: bool = False
) -> tuple[KeyRun, asyncio.Future[Any]]:
    """Begin a key, or raise what keeps it from beginning; `consumes` where nobody else takes its results."""
    strategy, exchange = named(context, names, NAMES)
    definition, market = STRATEGIES.get(strategy), EXCHANGES.get(exchange)
    checked("strategy", strategy, definition.against(market))
    key = (strategy, exchange, symbol)
    if key in RUNNING or key in AT_VENUES:
        raise AlreadyRunning(f"{strategy} runs on {exchange} {symbol} in this process")
    run: KeyRun
    if market.venue:
        run = AT_VENUES[key] = _at_venue(definition, market, symbol)
    else:
        run = RUNNING[key] = _on_paper(definition, market, symbol)
    try:
        await run.begin()
    except BaseException:
        _forget(key)
        raise
    # A generator cannot hold a TaskGroup open across its yields: the run owns its one task itself.
    return run, asyncio.gather(_driven(run, key, consumes=consumes))


def _forget(key: tuple[str, str, str]) -> None:
    RUNNING.pop(key, None)
    AT_VENUES.pop(key, None)


def _on_paper(definition: StrategyDefinition, market: ExchangeDefinition, symbol: str) -> SignalRun:
    exchange = market.exchange_name
    account = ACCOUNTS.get(exchange)
    if account is None or account.is_empty:
        account = ACCOUNTS[exchange] = SharedAccount(market)
    keeper = SignalKeeper(SETUP, definition.strategy_name, exchange, symbol)
    return SignalRun(definition, market, symbol, keeper=keeper, clock=SETUP.clock, account=account)


def _at_venue(definition: StrategyDefinition, market: ExchangeDefinition, symbol: str) -> VenueKey:
    account = VENUES.get(market.exchange_name)
    if account is None or (account.is_idle and account.exchange is not market):
        account = VENUES[market.exchange_name] = VenueAccount(market)
    if account.exchange is not market:
        raise AlreadyRunning(f"{market.exchange_name} was defined anew, and keys of the old definition run")
    return VenueKey(definition, symbol, account)


async def _driven(run: KeyRun, key: tuple[str, str, str], *, consumes: bool) -> None:
    try:
        if not consumes:
            await run.drive()
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_consume(run))
            await run.drive()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    finally:
        _forget(key)
        await DONE.tell({"strategy_name": key[0], "exchange_name": key[1], "symbol": key[2]})


async def _consume(run: KeyRun) -> None:
    while (moved := await run.results.get()) is not None:
        await run.deliver(moved.event_id)


async def end(run: KeyRun, driving: asyncio.Future[Any]) -> None:
    """End a run whose consumer has gone: state is kept, nothing is flattened."""
    if driving.done():
        return
    if SETUP.cancel_entries_on_exit and run.state == "scheduled":
        run.end()
        await asyncio.wait((driving,), timeout=1.0)
    driving.cancel()
    await asyncio.wait((driving,))
    if not driving.cancelled():
        driving.exception()  # heard: it is our own cancel, or the consumer has gone before it could hear more


def running(symbol: str, context: Mapping[str, Any] | None, names: Mapping[str, str]) -> KeyRun:
    """Return a key that runs here; raise `SignalError` if it does not."""
    strategy, exchange = named(context, names, NAMES)
    key = (strategy, exchange, symbol)
    run = RUNNING.get(key) or AT_VENUES.get(key)
    if run is None:
        raise SignalError(f"{strategy} does not run on {exchange} {symbol} in this process")
    return run
