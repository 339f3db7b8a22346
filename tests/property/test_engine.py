from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.step import QUIET
from tradewind.testing import bar, engine, instrument, script

CLOSES = st.lists(st.integers(50, 150), min_size=1, max_size=40)


def momentum() -> Any:
    def decide(ctx: Any, each: Any) -> None:
        closes = ctx.history("close", 5)
        ctx.target_quantity(1 if each.close > sum(closes) / len(closes) else 0)

    return script(on_bar=decide)


def steps(closes: list[int], *, recording: bool = True) -> list[Any]:
    made = engine(momentum(), instruments=[instrument()], recording=recording)
    return [made.process(bar(close, number)) for number, close in enumerate(closes)]


@given(CLOSES, CLOSES)
def test_what_comes_later_changes_no_earlier_decision(past: list[int], future: list[int]) -> None:
    assert steps(past + future)[: len(past)] == steps(past)


@given(CLOSES)
def test_two_runs_are_equal_and_read_back_as_they_were(closes: list[int]) -> None:
    first = steps(closes)
    assert msgspec.msgpack.encode(first) == msgspec.msgpack.encode(steps(closes))


@given(CLOSES)
def test_recording_adds_the_quiet_steps_and_nothing_else(closes: list[int]) -> None:
    loud = [step for step in steps(closes) if step.effects or step.refusals or step.notices]
    assert [step for step in steps(closes, recording=False) if step is not QUIET] == loud
