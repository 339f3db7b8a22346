"""What a guest costs: the floor of a bare call, a bar without and with calls of the host, a start, a long session.

Processor time, best of several rounds: another program on the machine is not the host's fault.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bench import bars as market
from bench.cross import by_engine
from bench.figures import Figure
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.strategy.wasm.contract import METHODS, PREFIX
from tradewind.strategy.wasm.loading import inspect_guest, wasm_strategy
from tradewind.strategy.wasm.settings import GuestSettings
from tradewind.strategy.wasm.workshop import Workshop, workshop
from tradewind.testing import engine, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.engine.engine import Engine
    from tradewind.strategy.wasm.guest import WasmStrategy
    from tradewind.strategy.wasm.life import Life

CALLS, ROUNDS = 2_000, 20
RSI_BARS, LONG_BARS = 100_000, 1_000_000
KEY = "(drop (call $get_cache (i32.const 16) (i32.const 3)))"
ECHO = "(i32.store8 (local.get 0) (i32.const 18)) (drop (call $get_signal (local.get 0) (local.get 1)))"
"""Turns the request of a bar into the request for the RSI at that bar: only the first byte differs."""
BTC = InstrumentId("binance:BTCUSDT")


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder, money_context():
        cache = Path(folder) / "compiled"
        silent, once, twice = (_life(module(KEY * n), cache) for n in range(3))
        safe = _life(module(KEY), cache, "safe")
        bar = next(_bars(1, first=100))
        none, one, two, floor, slow = _each(
            lambda: silent.process(bar),
            lambda: once.process(bar),
            lambda: twice.process(bar),
            lambda: silent.instance.machine.call(f"{PREFIX}api_version"),
            lambda: safe.process(bar),
        )
        yield Figure(name="floor: a bare call of an export", value=floor, unit="µs")
        yield Figure(name="process_data without a call", value=none, unit="µs", at_most=12)
        yield Figure(name="process_data with one get_cache", value=one, unit="µs", at_most=20)
        yield Figure(name="each further call", value=two - one, unit="µs", at_most=8)
        yield Figure(name="one get_cache by the library's own interface", value=slow, unit="µs")
        yield from _sessions(cache)
        yield from _starts(cache)
        yield from _examples(cache)


def _sessions(cache: Path) -> Iterator[Figure]:
    """Run whole sessions: the RSI on every bar, and a million bars with an answer each."""
    strategy, made = _session(module(ECHO), cache)
    bars = list(_bars(RSI_BARS))
    rate = len(bars) / _fed(made, bars)
    yield Figure(name=f"RSI guest, {RSI_BARS:,} bars", value=rate, unit="bars/s", at_least=15_000)
    strategy, made = _session(module(KEY), cache)
    _fed(made, _bars(10_000))
    pages, blocks = _pages(strategy), sys.getallocatedblocks()
    _fed(made, _bars(LONG_BARS, first=10_000))
    yield Figure(name=f"pages more after {LONG_BARS:,} bars", value=_pages(strategy) - pages, unit="", at_most=0.5)
    more = (sys.getallocatedblocks() - blocks) / LONG_BARS
    yield Figure(name="blocks of the host's memory more, a bar", value=more, unit="", at_most=0.01)


def _examples(cache: Path) -> Iterator[Figure]:
    """Run the RSI examples that were built (`examples/wasm/build.py rsi`) in a backtest, with orders and a venue."""
    table = market.table(0, RSI_BARS)
    for path in (Path(f"build/guests/rsi_{language}.wasm") for language in ("go", "zig")):
        if not path.exists():
            continue
        for text, name in (('{"host": true}', "GetSignal on every bar"), ("", "its own average")):
            times = []
            for _ in range(3):
                strategy = wasm_strategy(path, text, cache=cache)
                began = time.process_time()
                by_engine([table], strategy)
                times.append(time.process_time() - began)
            yield Figure(
                name=f"{path.stem}, {name}, in a backtest", value=RSI_BARS / min(times), unit="bars/s", at_least=15_000
            )


def _starts(cache: Path) -> Iterator[Figure]:
    """Start guests whose compiled code is on the disk: ours in text, and those of Go that were built before."""
    built = sorted(Path("build/guests").glob("*_go.wasm"))
    for name, source in (("a small guest", module("")), *((path.stem, path.read_bytes()) for path in built)):
        Workshop(cache).compiled(source)
        best = min(_started(source, cache) for _ in range(ROUNDS))
        yield Figure(name=f"a start from kept code: {name}", value=best * 1e3, unit="ms", at_most=25)


def _started(source: bytes, cache: Path) -> float:
    """Return how long a process that has loaded nothing takes to start a guest, in seconds."""
    workshop.cache_clear()
    began = time.process_time()
    inspect_guest(source, cache=cache)
    return time.process_time() - began


def module(process: str) -> bytes:
    """Return a guest that does this on every bar."""
    import wasmtime

    kind = "(param i32 i32) (result i64)"
    answers = "".join(
        f'(func (export "{PREFIX}{name}") {kind} {process if name == "process_data" else ""}'
        f" (i64.const {(8 << 32 | 3) if name in {'name', 'get_identifier'} else 0}))"
        for name in METHODS
    )
    text = f"""(module (import "env" "get_cache" (func $get_cache {kind}))
      (import "env" "get_signal" (func $get_signal {kind}))
      (memory (export "memory") 4) (data (i32.const 8) "\\0a\\01x") (data (i32.const 16) "\\0a\\01k")
      (global $top (mut i32) (i32.const 4096))
      (func (export "malloc") (param i32) (result i32) (global.get $top)
        (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 0) (i32.const 15)) (i32.const -16)))))
      (func (export "free") (param i32))
      (func (export "{PREFIX}api_version") (result i64) (i64.const 1)) {answers})"""
    return bytes(wasmtime.wat2wasm(text))


def _session(source: bytes, cache: Path, kind: Literal["auto", "safe"] = "auto") -> tuple[WasmStrategy, Engine]:
    strategy = wasm_strategy(source, "", GuestSettings(engine=kind), cache=cache)
    strategy.load_state({"cache": {"k": "value"}})
    return strategy, engine(strategy, start=started(USDT=10_000), recording=False)


def _life(source: bytes, cache: Path, kind: Literal["auto", "safe"] = "auto") -> Life:
    strategy, made = _session(source, cache, kind)
    _fed(made, _bars(100))
    assert strategy.life is not None
    return strategy.life


def _bars(count: int, first: int = 0) -> Iterator[Bar]:
    draw, price = random.Random(first), 100.0
    for n in range(first, first + count):
        price = max(price * (1 + draw.gauss(0, 0.001)), 1.0)
        opened, close = (28_333_333 + n) * NS_PER_MINUTE, round(price, 2)
        yield Bar(BTC, "1m", opened, opened + NS_PER_MINUTE, opened + NS_PER_MINUTE, close, close, close, close, 1.0)


def _fed(made: Engine, bars: Iterable[Bar]) -> float:
    process = made.process
    began = time.process_time()
    for bar in bars:
        process(bar)
    return time.process_time() - began


def _pages(strategy: WasmStrategy) -> int:
    assert strategy.life is not None
    return strategy.life.instance.memory_bytes >> 16


def _each(*calls: Callable[[], object]) -> list[float]:
    """Return the best time of each call in microseconds; they take turns, in rounds short enough to find a calm one."""
    best = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for place, call in enumerate(calls):
            began = time.process_time()
            for _ in range(CALLS):
                call()
            best[place] = min(best[place], time.process_time() - began)
    return [seconds / CALLS * 1e6 for seconds in best]
