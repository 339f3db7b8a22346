"""What a world has gone through, by names: which faults struck, which paths of recovery and which refusals were taken.

Counted from the journals when a world is over. What is never counted over a large run is not shown by it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tradewind.domain.commands import Correct, SubmitOrder
from tradewind.domain.reconciliation import ReconciliationReport

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.testing.plan import Terms
    from tradewind.testing.world import World


def reached(world: World) -> Counter[str]:
    """Return how often each thing has happened in a world that is over."""
    found = Counter({f"fault {kind.value}": number for kind, number in world.weather.struck_by.items()})
    found.update(world.happened)
    found.update(_terms(world.plan.terms))
    for before, process in zip(world.processes, world.processes[1:], strict=False):
        if process.restored is None:
            found["restart before the first commit"] += 1
        else:
            found[f"restart from {'a checkpoint and ' if before.disk.checkpoints_kept else ''}the journal"] += 1
    for process in world.processes:
        kinds = Counter(type(step.event) for step in process.disk.steps)
        found.update({f"event {kind.__name__}": number for kind, number in kinds.items()})
        for step in process.disk.steps:
            if step.effects or step.refusals or step.notices:
                _count_outcome(found, step)
    return found


def _count_outcome(found: Counter[str], step: Step) -> None:
    for effect in step.effects:
        if type(effect) is Correct:
            found[f"correction {type(effect.event).__name__}"] += 1
        elif type(effect) is SubmitOrder:
            found[f"order {effect.order.type.value}{' with exits' if effect.attached else ''}"] += 1
        else:
            found[f"effect {type(effect).__name__}"] += 1
    for refusal in step.refusals:
        found[f"refusal {refusal.code.value}"] += 1
    for notice in step.notices:
        if type(notice) is ReconciliationReport:
            for each in notice.confirmed:
                found[f"difference {each.kind.value}"] += 1
        else:
            found[f"notice {type(notice).__name__}"] += 1


def _terms(terms: Terms) -> dict[str, int]:
    """Return what kind of world it is."""
    names = {
        f"world {terms.mode.value}": True,
        f"world of a {terms.account.value} account": True,
        f"world with {terms.strategies} strategies": True,
        "world of perpetuals": terms.perpetual,
        "world without rounds": not terms.interval_ns,
        "world with a position limit": bool(terms.position_lots_max),
        "world with an order rate": bool(terms.orders_per_minute_max),
        "world with a journal in SQLite": terms.sqlite,
        "world whose venue forgets": bool(terms.forgets_ns),
        "world that ends without a stop": terms.quiet_end,
    }
    return {name: 1 for name, is_so in names.items() if is_so}


def table(worlds: int, worlds_with: dict[str, int], times: dict[str, int]) -> str:
    """Return it as Markdown, by name: in which part of the worlds, and how often in all."""
    lines = ["| what | in worlds | times |", "|---|--:|--:|"]
    lines += [f"| {n} | {100 * worlds_with[n] / worlds:.1f} % | {times[n]:,} |" for n in sorted(worlds_with)]
    return "\n".join(lines)
