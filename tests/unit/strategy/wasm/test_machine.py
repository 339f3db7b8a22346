"""Memory that moves, pointers above 2 GiB, answers that lie side by side, guests that stay as small as they were."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.strategy.wasm.modules import guest, log, run, set_cache
from tradewind.domain.step import CacheWritten, LogLine
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.errors import GuestLoadError, GuestVersionMismatch
from tradewind.strategy.wasm.messages import LogRequest, Text
from tradewind.strategy.wasm.versions import check_engine_version
from tradewind.strategy.wasm.workshop import Workshop, read_kept
from tradewind.testing import bar, engine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.strategy.wasm.conftest import Load

KEY = plans.TEXT.encode(Text("k"))
HIGH_LOG = plans.LOG.encode(LogRequest(1, "from above"))


def blocks() -> int:
    """Return how many blocks of memory Python holds."""
    gc.collect()
    return sys.getallocatedblocks()


def get_twice(size: int) -> str:
    """Ask for one value twice and keep it under its answer's place: the first answer must not be written over."""
    return f"""(local.set $r (call $get_cache (i32.const 512) (i32.const {len(KEY)})))
      (local.set $a (i32.wrap_i64 (i64.shr_u (local.get $r) (i64.const 32))))
      (local.set $b (i32.load8_u (i32.add (local.get $a) (i32.const {size - 1}))))
      (drop (memory.grow (i32.const 1)))
      (local.set $r (call $get_cache (i32.const 512) (i32.const {len(KEY)})))
      (if (i32.eq (local.get $a) (i32.wrap_i64 (i64.shr_u (local.get $r) (i64.const 32)))) (then (unreachable)))
      (if (i32.ne (local.get $b) (i32.load8_u (i32.add (local.get $a) (i32.const {size - 1})))) (then (unreachable)))"""


@pytest.mark.parametrize("size", [10, 30_000, 60_000, 100_000])
def test_answers_of_one_call_lie_beside_each_other_while_memory_grows(load: Load, size: int) -> None:
    """Also those that are larger than the host's own place."""
    value = "x" * size
    data = f'(data (i32.const 512) "{"".join(f"{chr(92)}{byte:02x}" for byte in KEY)}")'
    encoded = len(plans.TEXT.encode(Text(value)))
    module = guest(get_twice(encoded), imports=["get_cache"], extra=data)
    strategy = load(module, memory_limit_mb=64, warmup_bars=0)
    strategy.restore_cache({"k": value})
    made = engine(strategy)
    steps = run(made, [bar(100.0, n) for n in range(20)])
    assert not any(step.notices for step in steps), steps


def test_pointers_above_2_gib(load: Load) -> None:
    """A module that begins with 3 GiB: its requests lie at places that are negative as an i32."""
    at = 3 * (1 << 30) - 64
    text = f"""(drop (call $log (i32.const {at - (1 << 32)}) (i32.const {len(HIGH_LOG)})))"""
    store = "".join(
        f"(i32.store8 (i32.const {at + place - (1 << 32)}) (i32.const {byte}))" for place, byte in enumerate(HIGH_LOG)
    )
    module = guest(store, text, imports=["log"], memory='(memory (export "memory") 49152)')
    (step,) = run(engine(load(module, memory_limit_mb=4096)), [bar()])
    (line,) = step.notices
    assert isinstance(line, LogLine)
    assert line.message == "from above"


def test_a_guest_does_not_grow_with_the_bars(load: Load) -> None:
    """Each bar has answers and writes; pages and host memory stay as they were after the first bars."""
    data = f'(data (i32.const 512) "{"".join(f"{chr(92)}{byte:02x}" for byte in KEY)}")'
    ask = f"(drop (call $get_cache (i32.const 512) (i32.const {len(KEY)})))"
    strategy = load(guest(set_cache("k", "v" * 50), ask, imports=["get_cache"], extra=data))
    made = engine(strategy, recording=False)
    process = made.process

    def bars(first: int, last: int) -> None:
        for n in range(first, last):
            process(bar(100.0, n))

    bars(0, 1500)
    life: Any = strategy.life
    pages, before = life.instance.memory_bytes, blocks()
    bars(1500, 4500)
    assert life.instance.memory_bytes == pages
    assert blocks() - before < 300


def test_lost_instances_leave_nothing_behind(load: Load) -> None:
    strategy = load(guest("(unreachable)"), max_rebuilds=10_000, warmup_bars=1)
    process = engine(strategy, recording=False).process

    def bars(first: int, last: int) -> None:
        for n in range(first, last):
            process(bar(100.0, n))

    bars(0, 1100)
    before = blocks()
    bars(1100, 2100)
    assert strategy.rebuilds >= 2090
    assert blocks() - before < 300


def test_the_compiled_module_is_kept_and_believed_only_if_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    module = guest(log("x"))
    Workshop(folder).compiled(module)
    (kept,) = folder.glob("*.cwasm")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert read_kept(kept) is not None
    content = kept.read_bytes()
    kept.write_bytes(content[:-1] + b"?")
    assert read_kept(kept) is None
    Workshop(folder).compiled(module)  # compiled anew, and kept
    assert read_kept(kept) == content
    folder.chmod(0o755)
    assert read_kept(kept) is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Workshop(tmp_path / "file" / "kept").compiled(guest()) is not None


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wasmtime", None)
    with pytest.raises(GuestLoadError, match=r"pip install 'tradewind\[wasm\]'"):
        Workshop(tmp_path)


@pytest.mark.parametrize(
    ("version", "warn", "strict"),
    [
        ("v1.24.0", "", ""),
        ("1.24.7", "", ""),
        ("main", "", ""),
        ("v1.23.0", "built for engine v1.23.0", "refused"),
        ("v2.0.0", "refused", "refused"),
        ("rubbish", "built for engine 'rubbish'", "refused"),
        ("", "does not say", "refused"),
    ],
)
def test_versions(version: str, warn: str, strict: str) -> None:
    for policy, expected in (("warn", warn), ("strict", strict)):
        if expected == "refused":
            with pytest.raises(GuestVersionMismatch):
                check_engine_version(version, policy)
        else:
            assert expected in check_engine_version(version, policy)


def test_a_warning_about_the_version_is_in_the_record(load: Load) -> None:
    made = engine(load(guest()), recording=True)
    assert made.roster.members
    engine_version = guest(
        extra="""(data (i32.const 900) "v1.23.4")
          (func (export "trading_strategy_engine_version") (result i64) (i64.const 3865470566407))"""
    )
    strategy = load(engine_version)
    made = engine(strategy)
    assert strategy.life is not None
    assert "built for engine v1.23.4" in strategy.life.instance.warning


def test_writes_are_notices(load: Load) -> None:
    (step,) = run(engine(load(guest(set_cache("k", "v")))), [bar()])
    assert step.notices == (CacheWritten(step.notices[0].strategy, "k", "v"),)
