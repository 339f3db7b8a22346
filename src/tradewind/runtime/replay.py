"""Proof that a session does the same again: its journal's events through a fresh engine, every step compared.

Equal means equal bytes: the effects, refusals and notices of each step, encoded as the journal encodes them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import ReplayMismatch, StrategyLoadError
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.step import TIMED_OUT, GuestFailed
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.domain.time import iso
from tradewind.engine.engine import Engine
from tradewind.ports import Timed
from tradewind.record.journal.reader import read, read_header
from tradewind.strategy.load import load, source_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.journal.header import SessionHeader, StrategySource
    from tradewind.strategy.base import Strategy

PROGRESS_STEPS = 50_000


@dataclass(frozen=True)
class Replay:
    """What a replay that came out the same has shown."""

    steps: int
    decisions: int
    """Steps with effects, refusals or notices."""
    equity: str
    changed_sources: tuple[str, ...]
    """Strategies whose file is not what it was; they decided the same all the same."""


def verify(
    journal: Path,
    strategies: Mapping[StrategyId, Strategy] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Replay:
    """Replay a journal; raise `ReplayMismatch` naming the first step that comes out otherwise.

    Without `strategies` they are loaded from where the session had them, with the parameters it gave them.
    """
    header = read_header(journal)
    given = strategies if strategies is not None else _load(header.strategies)
    changed = tuple(
        source.id
        for source in header.strategies
        if source.sha256 and source_hash(given[StrategyId(source.id)]) != source.sha256
    )
    with money_context():
        return _compare(header, read(journal), given, changed, progress)


def _compare(
    header: SessionHeader,
    steps: Iterable[Step],
    strategies: Mapping[StrategyId, Strategy],
    changed: tuple[str, ...],
    progress: Callable[[int], None] | None,
) -> Replay:
    engine = Engine(header.instruments, strategies, header.engine, recording=True)
    for strategy in strategies.values():
        if isinstance(strategy, Timed):
            strategy.be_patient(backtest=header.mode == "backtest")
    return compare(engine, steps, strategies, changed, progress)


def compare(  # noqa: PLR0913 - what a replay is made of
    engine: Engine,
    steps: Iterable[Step],
    strategies: Mapping[StrategyId, Strategy],
    changed: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
    *,
    swaps: Mapping[str, Strategy] | None = None,
) -> Replay:
    """Take the events of steps through a fresh engine; raise `ReplayMismatch` at the first that differs.

    `swaps` are strategies that came in the place of others, by their request; what is not there is loaded again.
    """
    encode = msgspec.msgpack.Encoder().encode
    count = decisions = 0
    acting = dict(strategies)
    for was in steps:
        told = acting
        if isinstance(was.event, StrategySwapRequested):
            new = (swaps or {}).get(was.event.request) or loaded_again(was.event)
            told = {was.event.strategy: new}  # whatever fails in this step is the new one, which may not come to act
            if was.event.sha256 and source_hash(new) != was.event.sha256:
                changed = (*changed, was.event.source)
            if isinstance(new, Timed):
                new.be_patient(backtest=False)
            engine.swaps.offer(was.event.request, new)
            if any(isinstance(notice, StrategySwapped) for notice in was.notices):
                acting[was.event.strategy] = new
        for notice in was.notices:
            if isinstance(notice, GuestFailed):
                _foretell(told, notice)
        now = engine.process(was.event)
        count += 1
        if now != was and encode(now) != encode(was):
            raise _mismatch(was, now, changed)
        if now.effects or now.refusals or now.notices:
            decisions += 1
        if progress is not None and count % PROGRESS_STEPS == 0:
            progress(count)
    equity = engine.view.equity()
    return Replay(count, decisions, "unknown" if equity is None else str(equity), changed)


def loaded_again(source: StrategySource | StrategySwapRequested | StrategySwapped) -> Strategy:
    """Load a strategy from what a journal says of it."""
    return load(source.source, json.loads(source.parameters), guest=json.loads(source.guest))


def _load(sources: Iterable[StrategySource]) -> dict[StrategyId, Strategy]:
    loaded = {}
    for source in sources:
        if not source.source:
            raise StrategyLoadError(f"{source.id}: the journal does not say where its code is; give the strategy")
        loaded[StrategyId(source.id)] = loaded_again(source)
    return loaded


def _foretell(strategies: Mapping[StrategyId, Strategy], failure: GuestFailed) -> None:
    """Hand a timeout that stands in the record to its guest: it came from the clock on the wall, which is not here."""
    strategy: object = strategies.get(failure.strategy)
    if isinstance(strategy, Timed) and failure.kind == TIMED_OUT:
        strategy.foretell(failure)


def _mismatch(was: Step, now: Step, changed: tuple[str, ...]) -> ReplayMismatch:
    part = next(
        name for name in ("seq", "event", "effects", "refusals", "notices") if getattr(was, name) != getattr(now, name)
    )
    why = f"; the code of {', '.join(changed)} has changed since" if changed else ""
    return ReplayMismatch(
        f"step {was.seq} at {iso(was.event.ts_recv)} ({type(was.event).__name__}) comes out otherwise: its {part}{why}",
        {"seq": was.seq, "part": part, "was": repr(getattr(was, part)), "now": repr(getattr(now, part))},
    )
