"""The check of a strategy: that it decides from the past alone, whenever it was started, and the same each time.

Runs it many times over parts of one market and compares what it decided, time by time. A check shows mistakes; that
none is found on this market is no proof that there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.app.strategy_check.child import run_in_child
from tradewind.app.strategy_check.difference import difference, row_of
from tradewind.app.strategy_check.foresight import ORDERS_MIN, foresight, is_suspicious
from tradewind.app.strategy_check.part import Options, Part
from tradewind.app.strategy_check.trial import Trial, mirrored
from tradewind.app.strategy_check.warmup import warmup
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tradewind.app.strategy_check.child import Answer
    from tradewind.app.strategy_check.outside import Outside
    from tradewind.app.strategy_check.trace import Trace

HASH_SEEDS = (1, 2)


def check(
    trial: Trial,
    options: Options,
    child: Callable[[int], Answer] | None,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[Part]:
    """Yield what each check came to; `child(hash_seed)` runs the strategy elsewhere, None if nothing loads it there."""
    tell = progress or (lambda _name, _share: None)
    tell("run", 0)
    full = trial.run()
    if full.failures:
        yield Part("runs", "found", full.failures[0])
        return
    counted = f"{len(full.decisions)} decisions on {len(trial.times)} bars"
    counted += f", {iso(trial.times[0])} to {iso(trial.times[-1])}"
    if not full.decisions:
        yield Part("runs", "not checked", f"{counted}: there is nothing to compare; give it a market in which it acts")
        return
    yield Part("runs", "ok", counted)
    tell("repeat", 0)
    again = _repeated(full, "a second run", trial.run())
    if again is not None:
        yield again
        for name in ("future", "warm-up"):
            yield Part(name, "not checked", "what differs from run to run cannot be compared")
    else:
        yield _future(trial, full, options, tell)
        yield warmup(trial, options, tell)
    yield _foresight(trial, full, tell)
    yield from _elsewhere(full, options, child, tell, repeat=again is None)


def children_of(trial: Trial, catalog: Path) -> Callable[[int], Answer]:
    """Return who runs a trial's configuration in a process of its own."""
    return lambda seed: run_in_child(trial.config, catalog, len(trial.times), seed)


def _future(trial: Trial, full: Trace, options: Options, tell: Callable[[str, float], None]) -> Part:
    """Cut the history: what was decided before the cut must stay."""
    total = len(trial.times)
    cuts = sorted({total * (cut + 1) // (options.cuts + 1) for cut in range(options.cuts)} - {0, total})
    rows: list[dict[str, Any]] = []
    for done, cut in enumerate(cuts):
        tell("future", done / len(cuts))
        ts = trial.times[cut - 1]
        found = difference(full.until(ts), trial.run(end=cut).decisions, options.tolerance)
        rows.append({"bars": cut, "until": iso(ts), **row_of(found)})
    bad = [row for row in rows if row["differ"]]
    if not bad:
        return Part(
            "future", "ok", f"{len(cuts)} cuts: decisions up to each stay when the future is removed", tuple(rows)
        )
    first = f"{bad[0]['first']}: {bad[0]['change']}"
    text = f"{len(bad)} of {len(cuts)} cuts change what was decided before them; first, {first}"
    return Part("future", "found", text, tuple(rows))


def _foresight(trial: Trial, full: Trace, tell: Callable[[str, float], None]) -> Part:
    """Look whether orders know the next bar, and only in the market whose future can be known from elsewhere."""
    tell("foresight", 0)
    if not trial.bars_only:
        return Part("foresight", "not checked", "the market is not bars alone, so it cannot be mirrored")
    here = foresight(trial.events, full.decisions)
    if here.orders < ORDERS_MIN:
        return Part("foresight", "not checked", f"{here.orders} orders are too few to tell luck from knowledge")
    other = trial.on(mirrored(trial))
    there = foresight(other.events, other.run().decisions)
    text = f"{here}; in the mirrored market {there.hits / there.orders if there.orders else 0:.0%} of {there.orders}"
    return Part("foresight", "found" if is_suspicious(here, there) else "ok", text)


def _repeated(full: Trace, name: str, trace: Trace) -> Part | None:
    """Compare two runs over the same bars."""
    found = difference(full.decisions, trace.decisions) or difference(full.logs, trace.logs)
    if found is None:
        return None
    return Part("repeat", "found", f"{name} decides otherwise, {found.count} times; first, {found}")


def _elsewhere(
    full: Trace,
    options: Options,
    child: Callable[[int], Answer] | None,
    tell: Callable[[str, float], None],
    *,
    repeat: bool,
) -> Iterator[Part]:
    """Run the same in processes with other hash seeds, which listen to what it takes from outside."""
    if child is None:
        if repeat:
            yield Part("repeat", "ok", "a second run decides the same; nothing loads it again in another process")
        yield Part("outside", "not checked", "nothing loads it again in another process")
        return
    found: Part | None = None
    outside: dict[Outside, None] = {}
    for done, seed in enumerate(HASH_SEEDS):
        tell("repeat", done / len(HASH_SEEDS))
        answer = child(seed)
        found = found or _repeated(full, f"a run in another process (PYTHONHASHSEED={seed})", answer.trace)
        outside |= dict.fromkeys(answer.outside)
    if repeat:
        yield found or Part("repeat", "ok", f"{len(HASH_SEEDS) + 2} runs, two in other processes, decide the same")
    taken = [str(each) for each in outside if not any(part in each.what for part in options.allow)]
    if taken:
        yield Part("outside", "found", f"takes from elsewhere than its hooks: {'; '.join(taken)}")
    else:
        yield Part("outside", "ok", "opens no file, connects to nothing, runs no program")
