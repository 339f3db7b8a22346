"""Guests that do wrong, one for each way of section 11 of the host's contract.

    from tests.unit.strategy.wasm.hostile import HOSTILE, hostile_guest

    module: bytes = hostile_guest("loop_in_process")

`HOSTILE[name]` says what must come of it: `error` is the class name in `strategy/wasm/errors.py` ("" if nothing may go
wrong), `cause` the class name of its cause for a `GuestRefused`, `when` the call in which it shows: "load" is before
any code of the guest runs, "start" is from instantiation to the names, "initialize", or "bar" for every ProcessData.
Those whose `status` is set place one order on each bar, which must end as FAILED for that reason, without an error.

They are assembled from text in under a millisecond and need no toolchain. Three come from Go (`GO_GUESTS`),
through `tests.guests.toolchain`: they are built once, and the test is skipped where there is no Go.

`fuzzed_module(seed)` damages a good module or draws random bytes: any `GuestLoadError` or `GuestFault` is right, or
none.
`fuzzed_sender(seed)` sends one of the 21 functions random bytes, half of them nearly a good message, on each bar.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from tests.guests import toolchain
from tests.guests.driver import bar, message
from tests.unit.strategy.wasm.hostile.text import HEAP, METHODS, answers, assembled, calls, guest, sends

FUNCTIONS = (
    "get_range", "read_last_data", "execute_sql", "count", "configure_indicator", "get_signal", "get_cache",
    "set_cache", "place_order", "place_multiple_orders", "get_positions", "get_position", "cancel_order",
    "cancel_all_orders", "get_order_status", "get_account_info", "get_open_orders", "get_trades", "mark",
    "get_markers", "log",
)  # fmt: skip
GO = Path(__file__).with_name("go")
FOREVER = "(br $again)"
WASI = "wasi_snapshot_preview1"
NAN, INFINITE = float("nan"), float("inf")


class Hostile(NamedTuple):
    """A hostile guest and what must come of it."""

    text: str | bytes
    """In the text format; bytes are no module at all."""
    error: str
    when: str = "bar"
    cause: str = ""
    status: str = ""


def hostile_guest(name: str) -> bytes:
    """Return a module of `HOSTILE`, or one of `GO_GUESTS`."""
    if name in GO_GUESTS:
        return toolchain.go_program(name, GO / name.removeprefix("go_")).read_bytes()
    text = HOSTILE[name].text
    return text if isinstance(text, bytes) else assembled(text)


def fuzzed_module(seed: int) -> bytes:
    """Return random bytes, or a good module that was cut, overwritten or grown in some places."""
    draw = random.Random(f"module/{seed}")
    module = bytearray(assembled(guest(**sends("log", message((2, "hello"))))))
    how = draw.random()
    if how < 0.1:
        return draw.randbytes(draw.randrange(300))
    if how < 0.2:
        return bytes(module[:8]) + draw.randbytes(draw.randrange(300))
    if how < 0.3:
        return bytes(module[: draw.randrange(len(module))])
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(8, len(module))
        module[at : at + draw.choice((0, 1, 1, 1, 3))] = draw.randbytes(draw.choice((0, 1, 1, 1, 2)))
    return bytes(module)


def fuzzed_sender(seed: int) -> bytes:
    """Return a guest that sends something random to one function of the host on each bar."""
    draw = random.Random(f"sender/{seed}")
    name = FUNCTIONS[seed % len(FUNCTIONS)]
    request = draw.randbytes(draw.randrange(40))
    if draw.random() < 0.5:
        request = _nearly_good(draw)
    return assembled(guest(**sends(name, request)))


def _nearly_good(draw: random.Random) -> bytes:
    """Return fields with numbers and types as the contract has them somewhere, with values that it may not know."""
    values = (
        0,
        1,
        -1,
        7,
        2**31,
        2**63,
        0.0,
        -1.5,
        NAN,
        INFINITE,
        "",
        "BTCUSDT",
        "[14]",
        "\0",
        b"\xff\xfe",
        bar("X", 1.0),
    )
    pairs = [(draw.randrange(1, 13), draw.choice(values)) for _ in range(draw.randrange(6))]
    return message(*pairs)


def _order(*pairs: tuple[int, float | int | str | bytes]) -> dict[str, str]:
    fields: dict[int, float | int | str | bytes] = {2: "BTCUSDT", 5: message((1, "hostile")), 8: 0.1, **dict(pairs)}
    return sends("place_order", message(*sorted(fields.items())))


def _calls_host(name: str, offset: int, size: int) -> str:
    """Return a guest that calls the host with this place as its request."""
    signed = [value - 2**32 if value >= 2**31 else value for value in (offset, size)]
    call = f"(drop (call ${name} (i32.const {signed[0]}) (i32.const {signed[1]})))"
    return guest(imports=calls(name), process_data=call)


PAGES_2 = 2 * 65536
LOOP = f"(loop $again {FOREVER})"
BOMB = """(loop $again
    (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable)))
    (br $again))"""
EXIT = calls("proc_exit", module=WASI, kind="(param i32)")
SLEEP = calls("poll_oneoff", module=WASI, kind="(param i32 i32 i32 i32) (result i32)")
HOUR = """(i64.store (i32.const 1048) (i64.const 3600000000000)) (i32.store (i32.const 1040) (i32.const 1))
    (drop (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 2096)))"""
CLOCK = calls("clock_time_get", module=WASI, kind="(param i32 i64 i32) (result i32)")
AGES = f"""(i64.store (i32.const 1048) (i64.const -1)) (i32.store (i32.const 1040) (i32.const 1))
    {"(drop (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 2096)))" * 9}
    (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 2096)))"""
SHOUT = calls("fd_write", module=WASI, kind="(param i32 i32 i32 i32) (result i32)")
SHOUTED = """(i32.store (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) (i32.const 65536))
    (drop (call $fd_write (i32.const 2) (i32.const 1024) (i32.const 1) (i32.const 1032)))"""
BUY = sends("place_order", message((2, "BTCUSDT"), (5, message((1, "hostile"))), (8, 0.1)))
ORDER = "(drop (call $place_order (i32.const 1024) (i32.const 30)))"
CACHE = sends("get_cache", message((1, "key")))

HOSTILE: dict[str, Hostile] = {
    # It does not come back.
    "loop_in_process": Hostile(guest(process_data=LOOP), "GuestTimeout"),
    "loop_in_initialize": Hostile(guest(initialize=LOOP), "GuestTimeout", "initialize"),
    "loop_in_start": Hostile(guest(start=LOOP), "GuestTimeout", "start"),
    "loop_in_start_section": Hostile(guest(more=f"(func $begin {LOOP}) (start $begin)"), "GuestTimeout", "start"),
    "loop_in_identifier": Hostile(guest(get_identifier=LOOP), "GuestTimeout", "start"),
    "loop_in_malloc": Hostile(guest(malloc=f"{LOOP} (i32.const 0)"), "GuestTimeout", "start"),
    "loop_that_allocates": Hostile(
        guest(process_data=f"(loop $again (drop (memory.grow (i32.const 1))) {FOREVER})"), "GuestTimeout"
    ),
    "loop_that_logs": Hostile(guest(**sends("log", message((2, "again")), times=FOREVER)), "GuestTimeout"),
    "loop_that_reads": Hostile(guest(**sends("get_position", message((1, "BTCUSDT")), times=FOREVER)), "GuestTimeout"),
    "loop_that_sleeps": Hostile(
        guest(imports=SLEEP, process_data=f"(loop $again {HOUR} {FOREVER})"), "GuestTimeout"
    ),
    "loop_that_shouts": Hostile(
        guest(imports=SHOUT, process_data=f"(loop $again {SHOUTED} {FOREVER})"), "GuestTimeout"
    ),
    "sleeps_an_hour": Hostile(guest(imports=SLEEP, process_data=HOUR), ""),
    "sleeps_for_ages": Hostile(guest(imports=SLEEP + CLOCK, process_data=AGES), ""),
    "shouts": Hostile(guest(imports=SHOUT, process_data=SHOUTED * 20), ""),
    # It wants too much.
    "memory_bomb": Hostile(guest(process_data=BOMB), "GuestMemoryLimit"),
    "memory_bomb_in_initialize": Hostile(guest(initialize=BOMB), "GuestMemoryLimit", "initialize"),
    "memory_of_1_gib": Hostile(guest(memory='(memory (export "memory") 16384)'), "GuestMemoryLimit", "load"),
    # It breaks.
    "unreachable": Hostile(guest(process_data="(unreachable)"), "GuestTrap"),
    "division_by_zero": Hostile(guest(process_data="(drop (i32.div_u (i32.const 1) (local.get $i)))"), "GuestTrap"),
    "out_of_bounds": Hostile(guest(process_data="(drop (i32.load (i32.const -8)))"), "GuestTrap"),
    "deep_recursion": Hostile(guest(process_data="(drop (call $deeper (i32.const 0)))"), "GuestTrap"),
    "exit_3": Hostile(guest(imports=EXIT, process_data="(call $proc_exit (i32.const 3))"), "GuestExited"),
    "exit_0": Hostile(guest(imports=EXIT, process_data="(call $proc_exit (i32.const 0))"), "GuestExited"),
    "exit_in_start": Hostile(guest(imports=EXIT, start="(call $proc_exit (i32.const 1))"), "GuestExited", "start"),
    "trap_after_an_order": Hostile(
        guest(**{**BUY, "process_data": f"{BUY['process_data']} (unreachable)"}), "GuestTrap"
    ),
    "error_after_an_order": Hostile(
        guest(**{**BUY, "process_data": f"{BUY['process_data']} {answers(0, 0x80000000)}"}), "GuestReturnedError"
    ),
    # It is refused, which it survives.
    "refused_each_bar": Hostile(
        guest(**sends("get_order_status", message((1, "nobody")))), "GuestRefused", cause="OrderNotFound"
    ),
    "unknown_indicator": Hostile(
        guest(**sends("get_signal", message((1, 99)))), "GuestRefused", cause="UnsupportedIndicator"
    ),
    "indicator_of_no_numbers": Hostile(
        guest(**sends("configure_indicator", message((2, '["x"]')))), "GuestRefused", cause="InvalidIndicatorConfig"
    ),
    "order_in_start": Hostile(
        guest(**{**BUY, "process_data": "", "start": ORDER}), "GuestRefused", "start", cause="NotNow"
    ),
    "order_in_initialize": Hostile(
        guest(**{**BUY, "process_data": "", "initialize": ORDER}), "GuestRefused", "initialize", cause="NotNow"
    ),
    # It names places that are not its own.
    "request_beyond_memory": Hostile(_calls_host("log", PAGES_2, 1), "GuestBadPointer"),
    "request_over_the_edge": Hostile(_calls_host("log", PAGES_2 - 4, 8), "GuestBadPointer"),
    "request_at_minus_one": Hostile(_calls_host("log", 0xFFFFFFFF, 1), "GuestBadPointer"),
    "request_of_size_minus_one": Hostile(_calls_host("log", 16, 0xFFFFFFFF), "GuestBadMessage"),
    "request_that_wraps": Hostile(_calls_host("log", 0xFFFFFFF0, 0x20), "GuestBadPointer"),
    "answer_beyond_memory": Hostile(guest(process_data=answers(PAGES_2, 8)), "GuestBadPointer"),
    "answer_over_the_edge": Hostile(guest(process_data=answers(PAGES_2 - 4, 8)), "GuestBadPointer"),
    "answer_at_minus_one": Hostile(guest(process_data=answers(0xFFFFFFFF, 8)), "GuestBadPointer"),
    "answer_of_2_gib": Hostile(guest(process_data=answers(1024, 0x7FFFFFFF)), "GuestBadPointer"),
    "error_without_text": Hostile(guest(process_data=answers(0, 0x80000000)), "GuestReturnedError"),
    "error_beyond_memory": Hostile(guest(process_data=answers(PAGES_2, 0x80000008)), "GuestBadPointer"),
    "name_beyond_memory": Hostile(guest(get_identifier=answers(PAGES_2, 8)), "GuestBadPointer", "start"),
    "malloc_says_0": Hostile(guest(malloc="(i32.const 0)"), "GuestBadPointer", "start"),
    "malloc_says_too_far": Hostile(guest(malloc="(i32.const -64)"), "GuestBadPointer", "start"),
    "malloc_says_the_same": Hostile(guest(malloc=f"(i32.const {HEAP})", **CACHE), ""),
    "malloc_calls_the_host": Hostile(
        guest(**CACHE, malloc="(drop (call $get_cache (i32.const 1024) (i32.const 5))) (unreachable)"),
        "GuestRefused", "start", cause="NotNow",
    ),
    "malloc_moves_the_memory": Hostile(
        guest(**CACHE, malloc=f"(drop (memory.grow (i32.const 1))) (i32.const {HEAP})"), ""
    ),
    # It says what is no message.
    "request_that_is_no_protobuf": Hostile(guest(**sends("log", b"\xff" * 12)), "GuestBadMessage"),
    "request_cut_off": Hostile(guest(**sends("log", b"\x12\x05ab")), "GuestBadMessage"),
    "request_of_a_wrong_type": Hostile(guest(**sends("log", message((2, 7)))), "GuestBadMessage"),
    "request_of_100_mb": Hostile(
        guest(imports=calls("log"), memory='(memory (export "memory") 1700)',
              process_data="(drop (call $log (i32.const 16) (i32.const 100000000)))"),
        "GuestBadMessage",
    ),
    "text_that_is_no_utf8": Hostile(guest(**sends("log", message((2, b"\xff\xfe")))), ""),
    # Its orders are bad, which is no fault.
    "quantity_nan": Hostile(guest(**_order((8, NAN))), "", status="invalid_quantity"),
    "quantity_infinite": Hostile(guest(**_order((8, INFINITE))), "", status="invalid_quantity"),
    "quantity_negative": Hostile(guest(**_order((8, -1.0))), "", status="invalid_quantity"),
    "quantity_tiny": Hostile(guest(**_order((8, 1e-30))), "", status="quantity_below_step"),
    "price_nan": Hostile(guest(**_order((4, 1), (6, NAN))), "", status="invalid_price"),
    "price_infinite": Hostile(guest(**_order((4, 1), (6, INFINITE))), "", status="invalid_price"),
    "price_negative": Hostile(guest(**_order((4, 1), (6, -1.0))), "", status="invalid_price"),
    "side_unknown": Hostile(guest(**_order((3, 9))), "", status="invalid_order"),
    "type_unknown": Hostile(guest(**_order((4, 9))), "", status="invalid_order"),
    "symbol_unknown": Hostile(guest(**_order((2, "NOBODY"))), "", status="unknown_symbol"),
    # It is not a guest at all.
    "random_bytes": Hostile(b"\x13\x37" * 99, "GuestModuleInvalid", "load"),
    "empty": Hostile(b"", "GuestModuleInvalid", "load"),
    "truncated": Hostile(assembled(guest())[:-40], "GuestModuleInvalid", "load"),
    "without_memory": Hostile(guest(memory="(memory 2)"), "GuestExportMissing", "load"),
    **{
        f"without_{name}": Hostile(guest(without=name), "GuestExportMissing", "load")
        for name in ("malloc", "free", "trading_strategy_api_version", *(f"trading_strategy_{m}" for m in METHODS))
    },
    "export_of_a_wrong_type": Hostile(
        guest(without="free", more='(func (export "free") (param i64))'), "GuestExportType", "load"
    ),
    "export_that_is_no_function": Hostile(
        guest(without="free", more='(global (export "free") i32 (i32.const 1))'), "GuestExportType", "load"
    ),
    "import_unknown": Hostile(guest(imports=calls("fly")), "GuestImportUnknown", "load"),
    "import_of_another_module": Hostile(guest(imports=calls("log", module="tradewind")), "GuestImportUnknown", "load"),
    "import_of_a_wrong_type": Hostile(
        guest(imports=calls("log", kind="(param i64) (result i64)")), "GuestImportType", "load"
    ),
    "import_that_is_a_global": Hostile(
        guest(imports='(import "env" "log" (global i32))'), "GuestImportType", "load"
    ),
    "import_of_memory": Hostile(
        guest(imports='(import "env" "memory" (memory 2))', memory='(export "memory" (memory 0))'),
        "GuestImportUnknown", "load",
    ),
    "api_version_2": Hostile(guest(api="(i64.const 2)"), "GuestApiVersion", "start"),
    "identifier_empty": Hostile(guest(get_identifier=answers(0, 0)), "GuestInitFailed", "start"),
    "initialize_says_no": Hostile(guest(initialize=answers(66, 0x80000007)), "GuestInitFailed", "initialize"),
}  # fmt: skip
GO_GUESTS = {
    "go_panics": Hostile("", "GuestTrap"),
    "go_bomb": Hostile("", "GuestMemoryLimit"),
    "go_dice": Hostile("", ""),
}
"""A panic on each bar; a list that grows without end; one that asks chance for everything, and panics when told to."""
