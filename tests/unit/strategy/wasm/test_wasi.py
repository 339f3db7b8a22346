"""The world that a guest sees: a clock that follows the bars, numbers by seed, no files; the same in every mode."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
import wasmtime

from tests.unit.strategy.wasm.modules import run, wat
from tradewind.domain.step import LogLine
from tradewind.strategy.wasm.contract import WASI, WASI_FUNCTIONS
from tradewind.strategy.wasm.errors import GuestImportType, GuestTrap
from tradewind.strategy.wasm.wasi import BAD_FD, EPOCH, INVALID, NO_SYSTEM, NOT_CAPABLE, OUTPUT_MAX, Wasi
from tradewind.testing import bar, engine

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load

TYPES = {"i": "i32", "I": "i64", "f": "f32"}


class Memory:
    """A guest's memory, for functions that are called without a guest."""

    def __init__(self) -> None:
        self.content = bytearray(1 << 16)
        self.size = len(self.content)

    def read(self, at: int, size: int) -> bytes:
        assert at + size <= self.size
        return bytes(self.content[at : at + size])

    def write(self, at: int, content: bytes) -> None:
        assert at + len(content) <= self.size
        self.content[at : at + len(content)] = content


class System:
    """Calls of one instance's system."""

    def __init__(self, seed: str = "seed") -> None:
        self.wasi = Wasi(seed)
        self.memory = Memory()
        self.wasi.machine = self.memory  # type: ignore[assignment]

    def time(self, clock: int = 0) -> int:
        assert self.wasi._clock_time_get(clock, 0, 0) == 0
        (now,) = struct.unpack("<Q", self.memory.read(0, 8))
        return int(now)

    def random(self, size: int) -> bytes:
        assert self.wasi._random_get(8, size) == 0
        return self.memory.read(8, size)

    def sleep(self, timeout: int, *, clock: int = 0, until: bool = False) -> None:
        self.memory.write(100, struct.pack("<QB7xI4xQQH6x", 7, 0, clock, timeout, 0, int(until)))
        assert self.wasi._poll_oneoff(100, 200, 1, 300) == 0
        assert self.memory.read(300, 4) == b"\1\0\0\0"
        assert struct.unpack("<QHB", self.memory.read(200, 11)) == (7, 0, 0)


def test_the_clock_begins_in_2022_and_then_follows_the_bars() -> None:
    system = System()
    assert [system.time(), system.time(1), system.time()] == [EPOCH, EPOCH + 1000, EPOCH + 2000]
    system.wasi.begin(10**18)
    assert system.time() == 10**18
    assert system.time(1) > EPOCH  # never backwards
    system.wasi.begin(2 * 10**18)
    assert system.time(1) == 2 * 10**18


def test_a_sleep_costs_no_time_and_moves_the_clock() -> None:
    system = System()
    system.wasi.begin(10**18)
    system.sleep(3_600_000_000_000)
    assert system.time() == 10**18 + 3_600_000_000_000
    system.sleep(10**18 + 10**15, until=True)
    assert system.time() == 10**18 + 10**15


def test_numbers_are_drawn_by_seed() -> None:
    one, same, other = System("1/s/0"), System("1/s/0"), System("1/s/1")
    drawn = [one.random(size) for size in (8, 100, 0, 5000)]
    assert drawn == [same.random(size) for size in (8, 100, 0, 5000)]
    assert drawn[1] != other.random(8) + other.random(100)[:92]
    assert drawn[0] != drawn[1][:8]


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("fd_write", (3, 0, 1, 0), BAD_FD),
        ("fd_write", (1, 0, 5000, 0), INVALID),
        ("fd_read", (3, 0, 0, 0), BAD_FD),
        ("fd_read", (0, 0, 0, 16), 0),
        ("fd_close", (3,), BAD_FD),
        ("fd_prestat_get", (3, 0), BAD_FD),
        ("fd_fdstat_get", (1, 16), 0),
        ("fd_fdstat_get", (3, 16), BAD_FD),
        ("fd_fdstat_set_flags", (3, 0), BAD_FD),
        ("args_sizes_get", (0, 8), 0),
        ("environ_sizes_get", (0, 8), 0),
        ("args_get", (0, 0), 0),
        ("sched_yield", (), 0),
        ("poll_oneoff", (0, 0, 0, 0), INVALID),
        ("clock_res_get", (0, 0), 0),
        ("path_open", (3, 0, 0, 0, 0, 0, 0, 0, 0), NOT_CAPABLE),
        ("path_unlink_file", (3, 0, 0), NOT_CAPABLE),
        ("sock_accept", (3, 0, 0), NO_SYSTEM),
        ("nothing", (), NO_SYSTEM),
    ],
)
def test_answers_of_a_world_without_files(name: str, arguments: tuple[int, ...], answer: int) -> None:
    function = System().wasi.function(type("Wanted", (), {"name": name})())
    assert function(*arguments) == answer


def test_output_is_bounded_and_counted() -> None:
    system = System()
    system.memory.write(0, struct.pack("<II", 100, 40_000))
    for _ in range(3):
        assert system.wasi._fd_write(2, 0, 1, 60_000) == 0
        assert system.memory.read(60_000, 4) == struct.pack("<I", 40_000)
    assert sum(len(content) for _, content in system.wasi.output) == OUTPUT_MAX
    assert system.wasi.dropped == 120_000 - OUTPUT_MAX
    assert len(system.wasi.tail) == 4096


def linked(*names: str, kinds: dict[str, str] | None = None, body: str = "") -> bytes:
    """Return a guest that imports functions of the system."""
    imports = []
    for name in names:
        params, _, results = ((kinds or {}).get(name) or WASI_FUNCTIONS.get(name, "i:i")).partition(":")
        signature = "".join(f"(param {TYPES[p]})" for p in params) + "".join(f"(result {TYPES[r]})" for r in results)
        imports.append(f'(import "{WASI}" "{name}" (func ${name} {signature}))')
    text = wat(body) if body else wat()
    return bytes(wasmtime.wat2wasm(text.replace("(module\n", "(module\n" + "\n".join(imports), 1)))


def test_a_guest_may_import_all_of_them(load: Load) -> None:
    assert load(linked(*WASI_FUNCTIONS, "sock_shutdown")) is not None


@pytest.mark.parametrize(("name", "kind"), [("fd_close", "I:i"), ("fd_close", "i:I"), ("sock_x", "f:i")])
def test_functions_of_a_wrong_type_are_refused(load: Load, name: str, kind: str) -> None:
    with pytest.raises(GuestImportType):
        load(linked(name, kinds={name: kind}))


def test_a_guest_reads_the_close_of_its_bar_and_prints_to_the_log(load: Load) -> None:
    """What it prints are 64 bits of time, a line each; they are text here as the tests choose the times."""
    body = """(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 512)))
      (i32.store (i32.const 600) (i32.const 512)) (i32.store (i32.const 604) (i32.const 8))
      (drop (call $fd_write (i32.const 1) (i32.const 600) (i32.const 1) (i32.const 608)))"""
    module = linked("clock_time_get", "fd_write", body=body)
    close = int.from_bytes(b"ABCDEF\x00\x00", "little")
    (step,) = run(engine(load(module)), [bar(ts_open=close - 1, ts_venue=close)])
    (line,) = step.notices
    assert isinstance(line, LogLine)
    assert (line.message, line.level.value) == ("ABCDEF\0\0", "info")


def test_what_it_wrote_to_standard_error_stands_in_the_error(load: Load) -> None:
    """Its last 4 KiB."""
    body = """(i32.store (i32.const 604) (i32.const 5000))
      (memory.fill (i32.const 620) (i32.const 98) (i32.const 5000))
      (i32.store (i32.const 600) (i32.const 620))
      (drop (call $fd_write (i32.const 2) (i32.const 600) (i32.const 1) (i32.const 608))) (unreachable)"""
    strategy = load(linked("fd_write", body=body))
    engine(strategy)
    assert strategy.life is not None
    strategy.life.see(bar())
    with pytest.raises(GuestTrap) as caught:
        strategy.life.process(bar())
    assert caught.value.context["output"] == "b" * 4096


def told(steps: Any) -> list[Any]:
    return [(step.effects, step.notices) for step in steps]


def test_the_same_inputs_come_to_the_same_also_through_new_instances(load: Load) -> None:
    """Random numbers are printed; a trap now and then makes a new instance."""
    body = """(drop (call $random_get (i32.const 512) (i32.const 6)))
      (i32.store8 (i32.const 518) (i32.const 10))
      (i32.store (i32.const 600) (i32.const 512)) (i32.store (i32.const 604) (i32.const 7))
      (drop (call $fd_write (i32.const 2) (i32.const 600) (i32.const 1) (i32.const 608)))
      (if (i32.gt_u (i32.load8_u (i32.const 513)) (i32.const 252)) (then (unreachable)))"""
    module = linked("random_get", "fd_write", body=body)
    bars = [bar(100.0, n) for n in range(300)]
    runs = [run(engine(load(module, seed=seed, warmup_bars=3)), bars) for seed in (1, 1, 2)]
    assert told(runs[0]) == told(runs[1])
    assert told(runs[0]) != told(runs[2])
