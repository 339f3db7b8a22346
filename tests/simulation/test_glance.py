"""Where one glance at two books is enough, the whole comparison would have found nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tradewind.engine import account
from tradewind.execution.compare_glance import is_same
from tradewind.execution.reconcile import at_length, reconcile
from tradewind.testing.plan import draw
from tradewind.testing.world import World

if TYPE_CHECKING:
    import pytest

SEEDS = range(700_000, 700_020)


def test_a_glance_finds_what_the_whole_comparison_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Counter[bool] = Counter()

    def both(*sides: Any) -> Any:
        quick, slow = reconcile(*sides), at_length(*sides)
        assert quick == slow
        found[is_same(*sides[:3])] += 1
        return quick

    monkeypatch.setattr(account, "reconcile", both)
    for seed in SEEDS:
        outcome = World(draw(seed)).run()
        assert not outcome.blamed, str(outcome.violations[0])
    assert found[True] > found[False] > 100
