"""Proof that a live key does the same again: its journals, one after the other, through fresh worlds.

Candles come from the journals and, for windows that reach back before them, from the exchange. Each journal begins
where those before it ended: with the ids, slots and pauses that they tell of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals.data import ExchangeCandles, fetched
from tradewind.app.signals.history import Begun, SignalHistory, is_unbegun
from tradewind.app.signals.turns import WARMUP_MINUTES
from tradewind.app.signals.world import world_of
from tradewind.domain.errors import JournalError
from tradewind.domain.events import SessionStarted
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.reader import read, read_header
from tradewind.runtime.replay import Replay, compare
from tradewind.strategy.signals.candles import Columns, candle_of
from tradewind.strategy.signals.setting import Setting

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.strategy.signals.definition import ExchangeDefinition, StrategyDefinition


async def verified(
    folder: Path, definition: StrategyDefinition, exchange: ExchangeDefinition, symbol: str
) -> list[Replay]:
    """Replay all journals of a key; raise `ReplayMismatch` naming the first step that comes out otherwise."""
    past, replays = SignalHistory(folder), []
    for path in past.journals():
        try:
            steps = list(read(path))
        except JournalError as error:
            if is_unbegun(error):
                continue
            raise
        if steps:
            replays.append(await _replayed(path, steps, past, (definition, exchange, symbol)))
        for step in steps:
            past.take(step)
    return replays


async def _replayed(
    path: Path, steps: list[Step], past: SignalHistory, key: tuple[StrategyDefinition, ExchangeDefinition, str]
) -> Replay:
    definition, exchange, symbol = key
    bars = [step.event for step in steps if type(step.event) is Bar]
    start = next(step.event.ts_recv for step in steps if type(step.event) is SessionStarted)
    columns = Columns((await fetched(exchange, symbol, "1m", start - WARMUP_MINUTES * NS_PER_MINUTE, start))[0])
    for bar in bars:
        columns.append(candle_of(bar))
    header = read_header(path)
    begun = msgspec.json.decode(header.strategies[0].parameters, type=Begun)
    setting = Setting(
        mode="live", tells_slots=definition.interval != "1m", used_ids=past.used, counts={symbol: begun.counted},
        paused={symbol} if begun.paused else set(), slots={symbol: begun.slot} if begun.slot >= 0 else {},
        sources={symbol: ExchangeCandles(exchange, symbol, columns)},
    )  # fmt: skip
    with money_context():
        world = world_of(
            definition, exchange, symbol, setting, start=start, recording=True, id_prefix=header.engine.id_prefix
        )
        if begun.price is not None:
            world.engine.pass_over(world.instrument, "1m", start, begun.price)
        return compare(world.engine, steps, {world.name: world.strategy})
