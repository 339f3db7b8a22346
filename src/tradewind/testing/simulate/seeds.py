"""The worlds of many seeds: in this process one after the other, and on all cores."""

from __future__ import annotations

import gc
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.testing.plan import draw
from tradewind.testing.simulate.reached import reached
from tradewind.testing.simulate.tally import Tally
from tradewind.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHUNK = 100
"""Worlds that a process runs before it reports."""
CHUNKS_OF_A_PROCESS = 50
"""Chunks for each process, then it is replaced by a new one: whatever it may have kept in memory goes with it."""
WORLDS_KEPT = 50
"""Worlds that are over, of which what knows itself is still in memory, before garbage is collected."""
_STATM = Path("/proc/self/statm")
_PAGE_MB = 4096 / 2**20

Part = tuple[int, int]
"""The first of some seeds that follow each other, and how many they are."""


def run_seeds(first: int, count: int) -> Tally:
    """Run the worlds of so many seeds, one after the other."""
    tally, begun = Tally(), time.process_time()
    with _rare_collections() as collect:
        for number, seed in enumerate(range(first, first + count), 1):
            world = World(draw(seed))
            outcome = world.run()
            tally.count(outcome, reached(world))
            world.dismantle()
            if number % WORLDS_KEPT == 0:
                collect()
    tally.cpu_seconds = time.process_time() - begun
    tally.memory_mb = _memory_mb()
    return tally


def run_parts(parts: Iterable[Part], workers: int, end: float) -> Iterator[tuple[Part, Tally]]:
    """Yield what so many processes have done of the parts, in their order; none is begun after `end` (monotonic)."""
    left = iter(parts)
    while generation := list(islice(left, workers * CHUNKS_OF_A_PROCESS)):
        yield from _one_generation(deque(generation), workers, end)
        if time.monotonic() >= end:
            return


def _one_generation(parts: deque[Part], workers: int, end: float) -> Iterator[tuple[Part, Tally]]:
    waiting = deque[tuple[Part, Future[Tally]]]()
    with ProcessPoolExecutor(workers) as pool:
        while True:
            while parts and len(waiting) < 2 * workers and time.monotonic() < end:
                part = parts.popleft()
                waiting.append((part, pool.submit(run_seeds, *part)))
            if not waiting:
                return
            part, done = waiting.popleft()
            yield part, done.result()


def chunks(first: int, count: int) -> Iterator[Part]:
    """Yield so many seeds in parts of `CHUNK`."""
    for start in range(first, first + count, CHUNK):
        yield start, min(CHUNK, first + count - start)


@contextmanager
def _rare_collections() -> Iterator[Callable[[], int]]:
    """Collect garbage by hand: worlds are made and thrown away, and the collector would walk them all the time."""
    was = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def _memory_mb() -> float:
    """Return how much memory this process holds now, in MB; 0 where the system does not tell in Linux's way."""
    return int(_STATM.read_text().split()[1]) * _PAGE_MB if _STATM.exists() else 0.0
