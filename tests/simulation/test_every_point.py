"""One short world, again and again: the process dies at every write of its journal and at every effect that leaves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tradewind.testing.faults import CHANNELS, Fault, FaultKind
from tradewind.testing.plan import draw
from tradewind.testing.world import World

if TYPE_CHECKING:
    from tradewind.testing.plan import Plan

SEED = 5
BARS = 16
STRIDE = int(os.environ.get("TRADEWIND_STRIDE", "4"))
"""Every fourth point; with 1 it is every one of them."""
LATER = 7_000_000_000
POINTS = (
    FaultKind.CRASH_APPEND,
    FaultKind.CRASH_COMMIT,
    FaultKind.CRASH_TORN,
    FaultKind.CRASH_COMMITTED,
    FaultKind.CRASH_SEND,
    FaultKind.CRASH_SENT,
    FaultKind.FSYNC_LOST,
    FaultKind.FSYNC_KEPT,
)


def undisturbed() -> Plan:
    plan = draw(SEED)
    return replace(plan, faults=(), terms=replace(plan.terms, bars=BARS, quiet_end=False, sqlite=False))


@pytest.mark.parametrize("kind", POINTS)
def test_lesson_13_and_18_a_process_may_die_anywhere(kind: FaultKind) -> None:
    plan = undisturbed()
    calm = World(plan)
    assert not calm.run().blamed
    places = calm.weather.count(CHANNELS[kind])
    assert places > 10
    for place in range(0, places, STRIDE):
        outcome = World(replace(plan, faults=(Fault(kind, place, LATER + place),))).run()
        assert not outcome.blamed, f"{kind.value} {place}: {outcome.violations[0]}"
        assert outcome.restarts == outcome.faults
