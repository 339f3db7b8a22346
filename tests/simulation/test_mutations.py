"""The checkers bite: each deliberate fault is found within its number of worlds, by the checker that is meant to."""

from __future__ import annotations

import pytest

from tests.simulation import mutations_recovery, mutations_rules
from tests.simulation.mutations import MUTATIONS, Mutation
from tradewind.testing.plan import draw
from tradewind.testing.world import World

FAULTS_MIN = 15


def test_there_are_faults_of_every_part() -> None:
    parts = {each.apply.__module__ for each in MUTATIONS}
    assert len(MUTATIONS) >= FAULTS_MIN
    assert {mutations_recovery.__name__, mutations_rules.__name__} < parts


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_deliberate_fault_is_found(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation.apply(monkeypatch)
    blamed: dict[str, int] = {}
    for seed in range(mutation.first, mutation.first + mutation.seeds):
        plan = draw(seed)
        checker = World(mutation.shape(plan)).run().blamed if mutation.suits(plan) else ""
        if checker in mutation.found_by:
            return
        if checker:
            blamed[checker] = seed
    pytest.fail(f"not found in {mutation.seeds} worlds; others objected: {blamed}", pytrace=False)
