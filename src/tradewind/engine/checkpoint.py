"""The state of an engine, put together from its stages', and given back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.domain.checkpoint import EngineState, KeptPrice, KeptTimer
from tradewind.domain.exits import ExitsState

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.engine.engine import Engine


def state_of(engine: Engine) -> EngineState:
    """Return the state of an engine after its last step; history that it goes through again counts for nothing."""
    orders, ids, recalled = engine.orders.state(), engine.ids, engine.recalled
    timers = tuple(KeptTimer(timer, at) for timer, at in engine.timers.items())
    return EngineState(
        seq=engine.seq,
        ts=engine.view.now if recalled is None else recalled.ts,
        id_prefix=ids.prefix,
        id_count=ids.count,
        orders=replace(orders, waits=tuple(engine.asking.waits.items())),
        portfolio=engine.portfolio.state(),
        risk=engine.risk.state(),
        reconciliation=engine.account.state(),
        timers=timers if recalled is None else recalled.timers,
        prices=_prices(engine) if recalled is None else recalled.prices,
        strategies=engine.memory.state(engine.roster.held),
        breakers=engine.risk.breakers_kept if engine.breakers is None else engine.breakers.board.state(engine.view.now),
        exits=ExitsState() if engine.exits is None else engine.exits.state(),
        confirmations=engine.confirming.state(),
        swaps=engine.swaps.state(),
    )


def restore(engine: Engine, state: EngineState, *, series: bool = True) -> None:
    """Give a state back to the stages of a fresh engine.

    With `series` its own bars go on where they were, so that what is missing since is a gap; without, history comes
    first. Timers are not set: they come with the first step of a session, or by who restores.
    """
    engine.ids.count = max(engine.ids.count, state.id_count)
    engine.orders.restore(state.orders)
    engine.asking.waits.update(state.orders.waits)
    engine.confirming.restore(state.confirmations)
    engine.swaps.restore(state.swaps)
    engine.portfolio.restore(state.portfolio)
    engine.risk.restore(state.risk)
    engine.account.restore(state.reconciliation)
    engine.risk.breakers_kept = state.breakers
    if engine.breakers is not None and state.breakers is not None:
        engine.breakers.restore(state.breakers, state.timers)
    if engine.exits is not None:
        engine.exits.restore(state.exits)
    for kept in state.prices:
        known = engine.market.states.get(kept.instrument)
        if known is not None:
            known.last_price, known.priced_at = kept.price, kept.priced_at
            if series and kept.next_open >= 0:
                engine.market.series(kept.instrument, engine.lanes.interval).next_open = kept.next_open
    engine.roster.held.update(kept.strategy for kept in state.strategies if kept.held)
    engine.memory.restore(state.strategies)


def catch_up(engine: Engine, state: EngineState) -> None:
    """After its history, let a session know the market at least as far as `state` did."""
    for kept in state.prices:
        known = engine.market.states.get(kept.instrument)
        if known is None:
            continue
        if kept.priced_at >= known.priced_at:
            known.last_price, known.priced_at = kept.price, kept.priced_at
        series = engine.market.series(kept.instrument, engine.lanes.interval)
        series.next_open = max(series.next_open, kept.next_open)


def _prices(engine: Engine) -> tuple[KeptPrice, ...]:
    return tuple(
        KeptPrice(name, known.last_price, known.priced_at, _next_open(engine, name))
        for name, known in engine.market.states.items()
        if known.last_price is not None
    )


def _next_open(engine: Engine, name: str) -> TimeNs:
    series = engine.market.states[name].series.get(engine.lanes.interval)  # type: ignore[index] # its own name
    return -1 if series is None else series.next_open
