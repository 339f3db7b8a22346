"""A long run of simulated worlds: it goes on where it was stopped, says how long it will take, and what it has met."""

from __future__ import annotations

import gc
import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulation.mutations import trade_ids_are_not_kept
from tradewind.domain.errors import ConfigError
from tradewind.testing.plan import draw
from tradewind.testing.simulate import Tally, main, program, run_seeds
from tradewind.testing.simulate.kept import KeptRun
from tradewind.testing.simulate.pace import LINE_SECONDS, Pace
from tradewind.testing.simulate.reached import reached, table
from tradewind.testing.simulate.seeds import chunks, run_parts
from tradewind.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.testing.simulate.seeds import Part


def here(parts: list[Part], workers: int, end: float) -> Iterator[tuple[Part, Tally]]:
    """Run parts in this process."""
    return ((part, run_seeds(*part)) for part in parts)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run"
    first = KeptRun(path)
    assert list(first.left(chunks(0, 250))) == [(0, 100), (100, 100), (200, 50)]
    first.keep((100, 3), run_seeds(100, 3))
    first.keep((7, 1), Tally(worlds=1, failures=[(7, "Limits", "too much")], cpu_seconds=2.0))
    with path.open("ab") as file:
        file.write(b'{"type":"done","first":0,"cou')  # a line that broke off is not there
    again = KeptRun(path)
    assert list(again.left(chunks(0, 250))) == [(0, 7), (8, 92), (103, 97), (200, 50)]
    assert again.tally == first.tally
    assert again.tally.worlds == 4
    assert again.tally.failures == [(7, "Limits", "too much")]
    assert again.tally.cpu_seconds > 2.0
    again.keep((0, 7), Tally(worlds=7))
    assert KeptRun(path).tally.worlds == 11


def test_a_run_of_other_code_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    KeptRun(path)
    monkeypatch.setattr("tradewind.testing.simulate.kept.code_of", lambda _: "otherwise")
    with pytest.raises(ConfigError, match=r"a run of other code \(.*, this is otherwise\)"):
        KeptRun(path)
    path.write_bytes(b"something else\n")
    with pytest.raises(ConfigError, match="line 1: no run of the simulator"):
        KeptRun(path)


def test_the_program_runs_what_is_left_and_tells_all(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "run_parts", here)
    kept = ["--keep", str(tmp_path / "run")]
    assert main(["--seeds", "3", *kept]) == 0
    assert capsys.readouterr().out.startswith("3 worlds, ")
    monkeypatch.setattr(program, "run_parts", lambda parts, *_: here([*parts][:1], 1, 0.0))
    assert main(["--seeds", "5", "--reached", *kept]) == 0
    out, told = capsys.readouterr()
    assert out.startswith("5 worlds, ")
    assert " ms a world; " in out
    assert "| event Bar | 100.0 % |" in out
    assert "5 of 5 worlds, " in told
    trade_ids_are_not_kept(monkeypatch)
    assert main(["--seeds", "12", "--workers", "1", *kept]) == 1
    assert "BookedOnce" in capsys.readouterr().out


def test_a_log_has_a_line_a_minute_with_rate_and_time_left() -> None:
    log, times = io.StringIO(), iter((1.0, 61.0, 62.0, 130.0))
    pace = Pace(100, 300, 0.0, to=log, clock=lambda: next(times))
    for worlds in (150, 200, 300, 400):
        pace.tell(Tally(worlds=worlds))
    assert LINE_SECONDS == 60
    assert log.getvalue().splitlines() == [
        "200 of 400 worlds, 98 a minute, 0 failed, 2 min left",
        "400 of 400 worlds, 138 a minute, 0 failed, 0 min left",
    ]


def test_what_was_met_is_counted_by_world_and_in_all() -> None:
    worlds = [World(draw(seed)) for seed in range(6)]
    outcomes = [world.run() for world in worlds]
    tally = Tally()
    for world, outcome in zip(worlds, outcomes, strict=True):
        found = reached(world)
        assert sum(number for name, number in found.items() if name.startswith("event ")) == outcome.steps
        assert sum(found[f"fault {kind.value}"] for kind in world.weather.struck_by) >= outcome.faults
        restarts = sum(number for name, number in found.items() if name.startswith("restart "))
        assert restarts == outcome.restarts
        tally.count(outcome, found)
    assert tally.worlds_with["event Bar"] == 6
    assert tally.times["event OrderFilled"] >= tally.fills > 6
    assert f"| event Bar | 100.0 % | {tally.times['event Bar']:,} |" in table(6, tally.worlds_with, tally.times)


def test_a_world_that_is_over_leaves_nothing_in_memory() -> None:
    run_seeds(0, 2)
    first = run_seeds(0, 8).memory_mb
    assert run_seeds(0, 24).memory_mb < first + 8


def test_a_world_that_is_taken_apart_leaves_next_to_no_garbage() -> None:
    """Whatever makes the parts of an engine know each other shows here: the collector would have to walk it."""
    gc.collect()
    gc.disable()
    try:
        for seed in range(2_000, 2_006):
            world = World(draw(seed))
            world.run()
            world.dismantle()
        del world
        assert gc.collect() < 6 * 1_000
    finally:
        gc.enable()


def test_processes_are_replaced_and_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.testing.simulate.seeds.CHUNKS_OF_A_PROCESS", 1)
    parts = [(seed, 1) for seed in range(5)]
    done = list(run_parts(parts, 2, float("inf")))
    assert [part for part, _ in done] == parts
    assert [tally.worlds for _, tally in done] == [1] * 5
    assert list(run_parts(parts, 2, 0.0)) == []
