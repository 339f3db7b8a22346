"""The contract's words on starts and on memory (sections 1 to 5), by a guest that notes what is done to it."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Any

import pytest
import wasmtime

from tests.unit.strategy.wasm.modules import MALLOC, guest, log, run, wat
from tradewind.domain.step import GuestFailed, LogLine
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.contract import PREFIX
from tradewind.strategy.wasm.errors import CallRefused, GuestInitFailed, GuestModuleInvalid, NotNow
from tradewind.strategy.wasm.host_record import RecordCalls
from tradewind.strategy.wasm.scene import METADATA, STARTING
from tradewind.testing import bar, engine

if TYPE_CHECKING:
    from tests.unit.strategy.wasm.conftest import Load
    from tradewind.strategy.wasm.guest import WasmStrategy

TAKEN, FREED, COUNTS = 8192, 12288, 16384
"""Where the guest notes the sizes that malloc was asked for, the places that free was given, and how many of each."""
NOTING = f"""
(func $note (param $table i32) (param $count i32) (param $value i32)
  (i32.store (i32.add (local.get $table) (i32.mul (i32.load (local.get $count)) (i32.const 4))) (local.get $value))
  (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 1))))
(func (export "free") (param i32)
  (call $note (i32.const {FREED}) (i32.const {COUNTS + 4}) (local.get 0)))
"""
NOTED_MALLOC = MALLOC.replace(
    "(local $at i32)\n", f"(local $at i32)\n  (call $note (i32.const {TAKEN}) (i32.const {COUNTS}) (local.get $n))\n"
)
NAMES = ("get_identifier", "name", "get_description", "get_config_schema")
ALL = (
    "get_range", "read_last_data", "execute_sql", "count", "configure_indicator", "get_signal", "get_cache",
    "set_cache", "place_order", "place_multiple_orders", "get_positions", "get_position", "cancel_order",
    "cancel_all_orders", "get_order_status", "get_account_info", "get_open_orders", "get_trades", "mark",
    "get_markers", "log",
)  # fmt: skip


def noting(*process: Any, **options: Any) -> bytes:
    """Return a guest that notes each malloc and free."""
    text = wat(*process, malloc=NOTED_MALLOC, extra=NOTING + options.pop("extra", ""), without=["free"], **options)
    return bytes(wasmtime.wat2wasm(text))


def numbers(strategy: WasmStrategy, table: int) -> list[int]:
    """Return what was noted in a table."""
    assert strategy.life is not None
    machine = strategy.life.instance.machine
    (count,) = struct.unpack("<I", machine.read(COUNTS if table == TAKEN else COUNTS + 4, 4))
    return list(struct.unpack(f"<{count}I", machine.read(table, 4 * count)))


def test_2_1_and_2_6_a_start_asks_for_two_places_and_gives_each_answer_back_once(load: Load) -> None:
    """Nothing is laid down for a request of no bytes; texts of the four names are freed where they lie."""
    strategy = load(noting())
    engine(strategy)
    assert numbers(strategy, TAKEN) == [4096, 65536]
    assert len(set(numbers(strategy, FREED))) == len(numbers(strategy, FREED)) == len(NAMES)


def test_3_1_a_larger_request_gets_a_larger_place_once_and_keeps_it(load: Load) -> None:
    strategy = load(noting(), f'{{"text": "{"x" * 10_000}"}}')
    made = engine(strategy)
    assert numbers(strategy, TAKEN) == [4096, 65536, 16384]
    run(made, [bar(100.0, n) for n in range(5)])
    assert numbers(strategy, TAKEN) == [4096, 65536, 16384]
    assert len(numbers(strategy, FREED)) == len(NAMES) + 1, "the first place, and nothing on any bar"


def test_3_2_an_answer_that_does_not_fit_has_a_place_of_its_own_until_the_call_is_over(load: Load) -> None:
    key = plans.TEXT.encode(plans.TEXT.made("k"))
    data = f'(data (i32.const 512) "{"".join(f"{chr(92)}{byte:02x}" for byte in key)}")'
    ask = f"(drop (call $get_cache (i32.const 512) (i32.const {len(key)})))"
    strategy = load(noting(ask, ask, imports=["get_cache"], extra=data), warmup_bars=0)
    strategy.restore_cache({"k": "x" * 40_000})
    run(engine(strategy), [bar()])
    taken, freed = numbers(strategy, TAKEN), numbers(strategy, FREED)
    assert [size for size in taken if size not in {4096, 65536}] == [40_004], "the second: the first fits"
    assert len(freed) == len(NAMES) + 1


def test_4_2_an_answer_with_nothing_in_it_is_0(load: Load) -> None:
    key = plans.TEXT.encode(plans.TEXT.made("k"))
    data = f'(data (i32.const 512) "{"".join(f"{chr(92)}{byte:02x}" for byte in key)}")'
    ask = f"""(if (i64.ne (i64.const 0) (call $get_cache (i32.const 512) (i32.const {len(key)}))) (then (unreachable)))
      (if (i64.ne (i64.const 0) (call $get_positions (i32.const 0) (i32.const 0))) (then (unreachable)))"""
    (step,) = run(engine(load(guest(ask, imports=["get_cache", "get_positions"], extra=data))), [bar()])
    assert not step.notices


def test_1_the_order_of_a_start(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function says its name as it is called, and traps if it is not called as the contract has it."""
    said: list[str] = []

    def note(calls: RecordCalls, request: bytes) -> bytes:
        said.append(calls._scene.reader.read(plans.LOG, request).message)
        return b""

    monkeypatch.setattr(RecordCalls, "log", note)
    words = ["_initialize", "api_version", "engine_version", *NAMES, "initialize"]
    requests = [plans.LOG.encode(plans.LOG.made(message=word)) for word in words]
    data = "".join(
        f'(data (i32.const {256 + 64 * n}) "{"".join(f"{chr(92)}{byte:02x}" for byte in request)}")'
        for n, request in enumerate(requests)
    )
    says = [f"(drop (call $log (i32.const {256 + 64 * n}) (i32.const {len(r)})))" for n, r in enumerate(requests)]
    empty = "(if (i32.or (local.get 0) (local.get 1)) (then (unreachable)))"
    kind = "(param i32 i32) (result i64)"
    methods = "".join(
        f'(func (export "{PREFIX}{name}") {kind} {empty} {says[3 + n]} (i64.const {(8 << 32) | 3}))'
        for n, name in enumerate(NAMES)
    )
    text = f"""(module (import "env" "log" (func $log {kind})) (memory (export "memory") 4)
      (data (i32.const 8) "\\0a\\01x") {data} (global $top (mut i32) (i32.const 65536)) {MALLOC}
      (func (export "free") (param i32)) (func (export "_initialize") {says[0]})
      (func (export "{PREFIX}api_version") (result i64) {says[1]} (i64.const 1))
      (func (export "{PREFIX}engine_version") (result i64) {says[2]} (i64.const 0)) {methods}
      (func (export "{PREFIX}initialize") {kind} {empty} {says[-1]} (i64.const 0))
      (func (export "{PREFIX}process_data") {kind} (i64.const 0)))"""
    strategy = load(bytes(wasmtime.wat2wasm(text)))
    assert said == words
    engine(strategy)
    assert said == words * 2, "an instance for the trial, one for the session"
    assert strategy.names.identifier == "x"


@pytest.mark.parametrize("name", ALL)
def test_4_7_what_is_served_before_there_are_bars(load: Load, name: str) -> None:
    strategy = load(guest())
    engine(strategy)
    assert strategy.life is not None
    scene, serve = strategy.life.scene, strategy.life.host.server(name)
    for phase, refused in ((METADATA, name != "log"), (STARTING, "order" in name and "get" not in name)):
        scene.phase = phase
        error: BaseException | None = None
        try:
            serve(b"")
        except CallRefused as refusal:
            error = refusal
        assert isinstance(error, NotNow) == refused, (phase, error)


def test_2_7_a_name_without_text_is_an_error(load: Load) -> None:
    """A guest that cannot read its request answers so."""
    with pytest.raises(GuestInitFailed, match="no name"):
        load(guest().replace(b"\x0a\x04Test", b"\x12\x04Test"))


@pytest.mark.parametrize(
    "memory",
    ['(memory (export "memory") 1 2 shared)', '(memory (export "memory") i64 1)'],
    ids=["shared between threads", "of 64 bits"],
)
def test_1_1_memories_of_other_kinds(load: Load, memory: str) -> None:
    with pytest.raises(GuestModuleInvalid):
        load(guest(memory=memory))


def test_5_1_relaxed_simd_is_off(load: Load) -> None:
    body = "(drop (i32x4.relaxed_trunc_f32x4_s (v128.const i32x4 0 0 0 0)))"
    with pytest.raises(GuestModuleInvalid):
        load(guest(body))


def test_5_1_a_nan_has_one_form(load: Load) -> None:
    """The sum with a NaN of odd bits is the plain one, whatever the processor makes of it."""
    body = """(if (i64.ne (i64.const 0x7ff8000000000000)
        (i64.reinterpret_f64 (f64.add (f64.const nan:0x4000000012345) (f64.const 1)))) (then (unreachable)))"""
    (step,) = run(engine(load(guest(body))), [bar()])
    assert not step.notices


def test_7_5_time_that_the_host_takes_is_not_the_guest_s(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three calls of 60 ms each, and a limit of 100; a loop after them is cut off all the same."""

    def slow(*_: object) -> bytes:
        time.sleep(0.06)
        return b""

    monkeypatch.setattr(RecordCalls, "log", slow)
    strategy = load(guest(log("a"), log("b"), log("c")), deadline_ms=100)
    assert not [n for step in run(engine(strategy), [bar()]) for n in step.notices if isinstance(n, GuestFailed)]
    strategy = load(guest(log("a"), "(loop $l (br $l))"), deadline_ms=30, max_rebuilds=0)
    steps = run(engine(strategy), [bar()])
    assert [n.kind for step in steps for n in step.notices if isinstance(n, GuestFailed)] == ["GuestTimeout"]


def test_6_warn_is_kept_as_warning(load: Load) -> None:
    steps = run(engine(load(guest(*(log(str(level), level) for level in range(4))))), [bar()])
    lines = [n for step in steps for n in step.notices if isinstance(n, LogLine)]
    assert [line.level.value for line in lines] == ["debug", "info", "warning", "error"]
