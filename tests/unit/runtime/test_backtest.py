"""What a backtest does to its process while it runs: the collector looks seldom, and is put back as it was."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.domain.ids import Asset
from tradewind.domain.money import money_context
from tradewind.engine.timeline import Timeline
from tradewind.runtime.backtest import GARBAGE, run
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.testing import bar, engine, instrument, script, started
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.market import Bar

KNOWN = (900, 7, 5)


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """Leave the collector as it was, whatever a test does to it."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def backtest(events: Iterable[Bar]) -> list[tuple[int, int, int]]:
    """Run over bars; return how the collector was set at each of them."""
    seen: list[tuple[int, int, int]] = []

    def on_bar(*_: Any) -> None:
        seen.append(gc.get_threshold())

    with money_context():
        timeline = Timeline()
        venue = SimVenue([instrument()], SimModels(), timeline, base=Asset("USDT"), opening=(), calendar=AlwaysOpen())
        made = engine(script(on_bar=on_bar))
        loop = Loop(made, timeline, venue, sink=lambda _: None)
        run(made, loop, started(), events)
    return seen


def test_the_collector_looks_seldom_and_is_put_back() -> None:
    gc.set_threshold(*KNOWN)
    assert backtest([bar()]) == [(GARBAGE, *KNOWN[1:])]
    assert gc.get_threshold() == KNOWN
    assert gc.get_freeze_count() == 0


def test_the_collector_is_put_back_after_a_failure() -> None:
    def broken() -> Iterator[Bar]:
        yield bar()
        raise OSError("the disk is gone")

    gc.set_threshold(*KNOWN)
    with pytest.raises(OSError, match="the disk is gone"):
        backtest(broken())
    assert gc.get_threshold() == KNOWN
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("first", [0, 2 * GARBAGE])
def test_a_collector_that_is_off_or_looks_more_seldom_stays_so(first: int) -> None:
    gc.set_threshold(first, *KNOWN[1:])
    assert backtest([bar()]) == [(first, *KNOWN[1:])]
