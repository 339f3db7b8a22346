"""The past, as fast as it goes: the loop over a sorted stream of market events."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from tradewind.domain.blocks import BarStream
from tradewind.domain.control import StopRequested
from tradewind.domain.events import WarmupEnded
from tradewind.domain.time import NEVER, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.events import SessionStarted
    from tradewind.domain.market import MarketEvent
    from tradewind.engine.engine import Engine
    from tradewind.runtime.loop import Loop

GARBAGE = 50_000
"""New objects between two looks for garbage that reference counting has missed: each look goes through the lists of a
block, tens of thousands of values, and an order leaves objects that stay."""


def run(  # noqa: PLR0913 - the parts of one run
    engine: Engine,
    loop: Loop,
    start: SessionStarted,
    events: Iterable[MarketEvent],
    *,
    warmup: Iterable[MarketEvent] = (),
    watch: Callable[[int], int] | None = None,
    stop: StopRequested | None = None,
    settle_ns: int = 30 * NS_PER_SECOND,
) -> None:
    """Run a session over `events`, which must be sorted by `ts_recv` and come after `warmup`.

    `watch(ts)` is called when the time it asked for has come (first at once) and returns when to call
    it next: for progress and for samples of the equity. Must be called inside `money_context()`.
    """
    loop.tell(start)
    for event in warmup:
        loop.feed(event)
    if start.warming:
        events = _warmed_up(engine, loop, events)
    with _seldom_collected():
        loop.feed_all(events, watch if watch is not None else lambda _: NEVER)
    loop.finish(stop if stop is not None else StopRequested(0), settle_ns)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Leave out of the collector's looks what is there, and have it look seldom; as it was, when that is over."""
    before = gc.get_threshold()
    gc.freeze()
    if before[0]:  # 0 is a collector that is off
        gc.set_threshold(max(before[0], GARBAGE), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _warmed_up(engine: Engine, loop: Loop, events: Iterable[MarketEvent]) -> Iterable[MarketEvent]:
    """Say that history is over, when the first event of the session comes: a live session cannot know it before."""
    first, rest = events.begun() if isinstance(events, BarStream) else _begun(events)
    loop.tell(WarmupEnded(engine.view.now if first is None else first.ts_recv))
    return rest


def _begun(events: Iterable[MarketEvent]) -> tuple[MarketEvent | None, Iterable[MarketEvent]]:
    rest = iter(events)
    first = next(rest, None)
    return first, rest if first is None else chain((first,), rest)
