from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.strategy.wasm.modules import guest, log, place, run, set_cache
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.step import CacheWritten, LogLine
from tradewind.testing import bar, engine

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load


def test_a_bar_goes_in_and_orders_logs_and_cache_come_out(load: Load) -> None:
    """The calls of one bar leave together, orders first."""
    made = engine(load(guest(log("hello"), set_cache("k", "v"), place(0.5))))
    (step,) = run(made, [bar(100.0)])
    (submit,) = step.effects
    assert isinstance(submit, SubmitOrder)
    assert (submit.order.side.value, str(submit.order.quantity)) == ("buy", "0.50000")
    line, written = step.notices
    assert isinstance(line, LogLine)
    assert (line.message, line.symbol) == ("hello", "BTCUSDT")
    assert written == CacheWritten(line.strategy, "k", "v")


def test_both_engines_tell_the_same(load: Load) -> None:
    steps = run(engine(load(guest(log("hello"), place(2.0)))), [bar(100.0, n) for n in range(50)])
    assert [len(step.effects) for step in steps] == [1] * 50
