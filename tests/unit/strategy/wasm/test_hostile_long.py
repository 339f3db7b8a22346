"""What only time shows: guests in Go that decay, refusals that pile up, memory of ours, the same luck twice."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.guests import toolchain
from tests.unit.strategy.wasm.hostile import GO_GUESTS, hostile_guest
from tests.unit.strategy.wasm.hostile.text import answers, assembled, guest, sends
from tradewind.domain.step import GuestFailed, Level, LogLine, Mark
from tradewind.strategy.wasm.loading import wasm_strategy
from tradewind.strategy.wasm.settings import GuestSettings
from tradewind.testing import bar, engine, run, script

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.strategy.wasm.guest import WasmStrategy

COMPILED = toolchain.KEPT / "compiled"
"""Kept between sessions, because a guest in Go takes seconds to compile."""


def loaded(module: bytes, config: str = "", **options: Any) -> WasmStrategy:
    return wasm_strategy(module, config, GuestSettings(**{"memory_limit_mb": 64, **options}), cache=COMPILED)


def of_kind(steps: list[Step], kind: type[Any]) -> list[Any]:
    return [notice for step in steps for notice in step.notices if isinstance(notice, kind)]


@pytest.mark.parametrize("name", ["go_panics", "go_bomb"])
def test_a_guest_in_go_that_fails_on_each_bar(name: str) -> None:
    """The right error each time, five rebuilds, then it is held; others get every bar."""
    heard: list[Any] = []
    strategy = loaded(hostile_guest(name))
    made = engine(strategy, script(on_bar=lambda ctx, given: heard.append(given)))
    steps = run(made, [bar(100.0, n) for n in range(10)])
    assert [failed.kind for failed in of_kind(steps, GuestFailed)] == [GO_GUESTS[name].error] * 6
    assert strategy.rebuilds == 5
    assert list(made.roster.held) == ["s"]
    assert len(heard) == 10


def test_what_a_guest_in_go_says_as_it_dies_is_told() -> None:
    steps = run(engine(loaded(hostile_guest("go_panics"))), [bar(100.0)])
    assert any("I always do: BTCUSDT" in line.message for line in of_kind(steps, LogLine) if line.level is Level.ERROR)


def test_what_a_guest_in_zig_says_as_it_dies_is_told() -> None:
    source = Path(toolchain.__file__).with_name("panics.zig")
    strategy = loaded(toolchain.zig_program("panics_zig", source).read_bytes())
    steps = run(engine(strategy), [bar(100.0, 0), bar(102.0, 1), bar(100.0, 2)])
    (line,) = of_kind(steps, LogLine)
    assert (line.level, line.message) == (Level.ERROR, "the price is beyond me")
    assert [failed.kind for failed in of_kind(steps, GuestFailed)] == ["GuestTrap"]
    assert strategy.rebuilds == 1


def test_refusals_pile_up_until_it_is_built_anew_as_planned() -> None:
    """Each refusal leaves a goroutine behind; every bar is called, and nothing is held."""
    config = json.dumps({"host": True, "period": 9_999})
    strategy = loaded(toolchain.example("go", "rsi").read_bytes(), config, memory_limit_mb=16, warmup_bars=20)
    made = engine(strategy)
    sizes, said = [], 0
    for number in range(9_000):
        step = made.process(bar(100.0, number))
        said += len([notice for notice in step.notices if not isinstance(notice, Mark)])
        assert strategy.life is not None
        sizes.append(strategy.life.instance.memory_bytes)
    assert strategy.planned_rebuilds >= 2
    assert strategy.rebuilds == said == 0
    assert max(sizes) <= 16 << 20
    assert not made.roster.held
    assert strategy.calls >= 9_000 + strategy.planned_rebuilds


def test_a_thousand_rebuilds_leave_nothing_behind() -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc/self/statm: run it on Linux")
    made = engine(loaded(hostile_guest("unreachable"), max_rebuilds=10_000, warmup_bars=1), recording=False)
    pages = []
    for number in range(1_200):
        made.process(bar(100.0, number))
        if number in {200, 1_199}:
            pages.append(int(Path("/proc/self/statm").read_text().split()[1]))
    assert (pages[1] - pages[0]) * os.sysconf("SC_PAGE_SIZE") < 8 << 20


def test_no_guest_delays_the_others_beyond_its_deadline() -> None:
    """Five rebuilds, each with a call that is cut off; and never again. Another strategy hears every bar."""
    strategy, heard = loaded(hostile_guest("loop_in_process"), deadline_ms=30), []
    bars = [bar(100.0, n) for n in range(50)]
    steps = run(engine(strategy, script(on_bar=lambda ctx, given: heard.append(given))), bars)
    assert heard == bars
    assert len(of_kind(steps, GuestFailed)) == 6
    assert strategy.calls == 6 + 6  # each had its Initialize, and no bar was played to it again


@pytest.mark.parametrize("engine_kind", ["fast", "safe"])
def test_places_above_2_gib(engine_kind: str) -> None:
    """Numbers with the highest bit set come as negative ones: the right bytes all the same."""
    far = 0x9000_0000
    text = guest(
        **{**sends("get_cache", b"\x0a\x01k"), "more": f'(data (i32.const {far - 2**32}) "\\0a\\01k")'},
        memory='(memory (export "memory") 40000)', heap=str(far + 64 - 2**32),
    ).replace("(i32.const 1024)", f"(i32.const {far - 2**32})")  # fmt: skip
    says = guest(
        process_data=answers(far, 0x8000_0003), memory='(memory (export "memory") 40000)',
        more=f'(data (i32.const {far - 2**32}) "far")', heap=str(far + 64 - 2**32),
    )  # fmt: skip
    for module, marks in ((text, []), (says, ["far"])):
        strategy = loaded(assembled(module), memory_limit_mb=4096, engine=engine_kind)
        strategy.restore_cache({"k": "v" * 100})
        steps = run(engine(strategy), [bar(100.0, n) for n in range(3)])
        assert not of_kind(steps, GuestFailed)
        assert [mark.message.rpartition(": ")[2] for mark in of_kind(steps, Mark)] == marks * 3


@pytest.mark.parametrize("panic_at", [0.0, 107.0])
def test_the_same_luck_twice(panic_at: float) -> None:
    """Clocks, random numbers, the order of Go's maps; also through a rebuild."""
    module, config = hostile_guest("go_dice"), json.dumps({"panic_at": panic_at})
    bars = [bar(100.0 + n, n) for n in range(20)]
    first, second = (run(engine(loaded(module, config)), bars) for _ in range(2))
    assert first == second
    assert len(of_kind(first, GuestFailed)) == (1 if panic_at else 0)
    said = [line.message.split() for line in of_kind(first, LogLine) if " bar " in line.message]
    assert len(said) >= 19
    assert {int(words[1]) >= 3_600 * 10**9 for words in said} == {True}, "an hour passed, by its own clock"
    assert len({words[-3] for words in said}) == len(said), "its numbers differ from bar to bar"
    other = run(engine(loaded(module, config, seed=1)), bars)
    assert other != first
