"""Requests and answers that the venue or the line loses: one entry a signal, and no position that nobody knows of."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.signals.clock import live
from tests.unit.app.signals.market import Market, Script, define, plan
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderFilled
from tradewind.domain.trade_signal import SignalMoved, SignalRow
from tradewind.record.journal.reader import read
from tradewind.signals import SeededFaults

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.ids import ClientOrderId

SEEDS = int(os.environ.get("TRADEWIND_FAULT_SEEDS", "1"))
FAULTS: dict[str, dict[str, Any]] = {
    "the answer is lost": {"unanswered": 1.0},
    "the request is lost": {"lost": 1.0},
    "both are late": {"late": 1.0},
    "questions come to nothing": {"unanswered": 0.7, "failed_lookup": 0.7},
    "words are lost unheard": {"lost_word": 1.0},
    "some are": {"lost_word": 0.5},
    "all of it": {"lost_word": 0.3, "unanswered": 0.3, "lost": 0.2, "late": 0.3, "failed_lookup": 0.4},
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("restarts", [(), (5.1, 5.9, 9.5)], ids=["one run", "three crashes"])
def test_14_a_lost_answer_never_makes_a_second_order(tmp_path: Path, name: str, restarts: tuple[float, ...]) -> None:
    answers = {n: plan(minute_estimated_time=10) for n in (5, 25, 45)}
    for seed in range(SEEDS):
        faults = partial(SeededFaults, seed, **FAULTS[name])
        define(Market(), Script(answers), exchange={"faults": faults}, entry_timeout_minutes=10)
        folder, results = tmp_path / str(seed), []
        for start, end in pairwise((0.5, *restarts, 80)):
            results += live(folder, start, end)
        ids = [r.signal.id for r in results if r.action == "opened" and r.signal is not None]
        assert len(ids) == len(set(ids))
        assert {r.signal.id for r in results if r.action == "closed" and r.signal is not None} == set(ids)
        for journal in folder.rglob("*.db"):
            sent = [e.order.tag for s in read(journal) for e in s.effects if isinstance(e, SubmitOrder)
                    and not e.order.reduce_only]  # fmt: skip
            assert len(sent) == len(set(sent)), "an entry was sent twice"
            assert _held_at_the_end(journal) == 0, "something is held that no signal knows of"


def _held_at_the_end(journal: Path) -> Decimal:
    """Return what the venue's own word says is held; a journal that a crash cut may hold what its signal does."""
    held = Decimal(0)
    sides: dict[ClientOrderId, int] = {}
    row: SignalRow | None = None
    for step in read(journal):
        sides.update({e.order.id: e.order.side.sign for e in step.effects if isinstance(e, SubmitOrder)})
        sides.update({x.id: x.side.sign for e in step.effects if isinstance(e, SubmitOrder) for x in e.attached})
        if isinstance(step.event, OrderFilled):
            held += sides[step.event.order] * step.event.quantity
        for notice in step.notices:
            if isinstance(notice, SignalMoved):
                row = None if notice.action in ("closed", "cancelled") else notice.row
    return held if row is None else held - row.held
