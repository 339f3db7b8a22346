"""The command that puts another strategy, or the same with other parameters, in the place of one that runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.app.control.closing import flatten, halt
from tradewind.app.control.commands import Done, Flatten, Halt, Outcome
from tradewind.app.control.desk import done
from tradewind.app.session.swapped import configured_of
from tradewind.app.strategy_parameters import parameters_of
from tradewind.domain.control import Resumed
from tradewind.domain.errors import EngineSetupError, EngineUnanswered, StrategyLoadError
from tradewind.domain.money import money_context, plain
from tradewind.domain.step import DecisionIgnored
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.record.sessions.mask import secrets_in
from tradewind.strategy.load import load
from tradewind.strategy.load_found import origin_of
from tradewind.strategy.load_installed import installed

if TYPE_CHECKING:
    from tradewind.app.config.model import StrategySettings
    from tradewind.app.control import commands as c
    from tradewind.app.control.desk import Desk
    from tradewind.domain.ids import StrategyId
    from tradewind.strategy.base import Strategy


async def swap_strategy(desk: Desk, word: c.SwapStrategy) -> Done:
    """Load the new one beside the session, then say the word: done when the engine runs it."""
    name, entry = _place(desk, word.strategy)
    spec, given = _chosen(desk, name, entry, word)
    if secrets_in(given):
        raise EngineSetupError(
            f"{name} has secrets among its parameters, and a swap is written to the journal, which keeps none: "
            "change the configuration and start again"
        )
    guest = entry.wasm.model_dump()
    new = await asyncio.to_thread(_loaded, spec, given, guest)
    if origin_of(new).style == "signal":
        raise StrategyLoadError(f"{spec}: signals cannot be swapped in: change the configuration and start again")
    asked = _request(desk, name, new, given, word)
    asked = replace(asked, configured=configured_of(entry))
    was_halted = name in desk.engine.risk.halted
    closed = await _closed(desk, name, word) if word.close_positions else None
    if closed is not None and closed.outcome is not Outcome.DONE:
        return _kept(closed, name)
    desk.engine.swaps.offer(asked.request, new)
    try:
        step = await desk.say(asked, word.timeout_seconds)
    except EngineUnanswered as error:
        if closed is None:
            raise
        return _kept(replace(closed, left=(f"{error}: it may swap yet",)), name)
    told = [
        f"{each.name or each.source} acts as {name} from step {step.seq} on, shown {each.bars} bars"
        for each in step.notices
        if isinstance(each, StrategySwapped)
    ]
    if any(isinstance(each, DecisionIgnored) for each in step.notices):
        refused = done("swap-strategy", step)
        return refused if closed is None else _kept(replace(refused, told=closed.told), name)
    told = [*closed.told, *told] if closed is not None else told
    if word.close_positions and not was_halted:
        await desk.say(Resumed(0, word.operator, name, desk.request()), word.timeout_seconds)
    elif name in desk.engine.risk.halted:
        told.append(f"{name} is halted: `control resume --strategy {name}` lets it trade")
    return Done("swap-strategy", Outcome.DONE, step.seq, tuple(told))


def _place(desk: Desk, wanted: str | None) -> tuple[StrategyId, StrategySettings]:
    """Return the strategy whose place is meant, with its configuration; the only one if none is named."""
    entries = dict(zip(desk.engine.roster.members, desk.run.config.strategy, strict=False))
    if wanted is None and len(entries) == 1:
        return next(iter(entries.items()))
    for name, entry in entries.items():
        if name == wanted:
            return name, entry
    which = "say which one with --strategy" if wanted is None else f"no strategy {wanted} in this session"
    raise EngineSetupError(f"{which}; there are {', '.join(entries)}")


def _chosen(desk: Desk, name: StrategyId, entry: StrategySettings, word: c.SwapStrategy) -> tuple[str, dict[str, Any]]:
    """Return what to load, and its parameters: of the one that runs, those it has with the given ones over them.

    What may be loaded is what the operator of the machine has allowed: no word over a socket brings code in.
    """
    own = entry.path or entry.wasm_path or ""
    running = next((each for each in desk.engine.swaps.state() if each.strategy == name), None)
    present = own if running is None else running.source
    spec = word.source or present
    listed = {own, present, *desk.run.config.control.strategies}
    if spec not in listed and spec not in {each.name for each in installed()}:
        have = ", ".join(sorted(listed))
        raise EngineSetupError(f"{spec} is neither installed nor among control.strategies; there are {have}")
    has = parameters_of(entry) if running is None else json.loads(running.parameters)
    return spec, (has if spec == present else {}) | word.parameters


def _loaded(spec: str, parameters: dict[str, Any], guest: dict[str, Any]) -> Strategy:
    with money_context():
        return load(spec, parameters, guest=guest)


def _request(
    desk: Desk, name: StrategyId, new: Strategy, given: dict[str, Any], word: c.SwapStrategy
) -> StrategySwapRequested:
    origin = origin_of(new)
    return StrategySwapRequested(
        0, name, origin.spec, origin.sha256,
        name=new.name or type(new).__name__, version=new.version, parameters=json.dumps(given, default=str),
        guest=origin.guest, reason=word.reason, operator=word.operator, request=desk.request(),
    )  # fmt: skip


async def _closed(desk: Desk, name: StrategyId, word: c.SwapStrategy) -> Done:
    """Stop the old one, take its entries back, close what it holds with real orders, and wait until it is flat."""
    same: dict[str, Any] = {"strategy": name, "operator": word.operator, "reason": word.reason}
    same["timeout_seconds"] = word.timeout_seconds
    halted = await halt(desk, Halt(**same))
    if halted.outcome is not Outcome.DONE:
        return halted  # an entry that is not back may fill behind the close
    closed = await flatten(desk, Flatten(**same))
    books = desk.engine.portfolio.by_name()
    left = [f"{plain(p.quantity)} {of} is held" for (who, of), p in books if who == name and not p.is_flat]
    if left and closed.outcome is Outcome.DONE:
        closed = replace(closed, outcome=Outcome.PARTLY, left=tuple(left))
    return replace(closed, told=(*halted.told[1:], *closed.told))


def _kept(closed: Done, name: StrategyId) -> Done:
    """Return the answer where the old strategy stays: what was closed is closed, and it opens nothing."""
    left = (*closed.left, f"not swapped; {name} is halted: `control resume --strategy {name}` lets it trade again")
    return replace(closed, command="swap-strategy", outcome=Outcome.PARTLY, left=left)
