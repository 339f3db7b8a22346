"""One running guest, seen from its host: calls into it, calls out of it, and its memory. Two engines implement it.

`Machine` is the library's own interface, safe and slow; `fast.py` is the C interface without checks. The same
tests run both. Calls raise `GuestTrap`, `GuestTimeout` …, or the very exception that a host function raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.strategy.wasm.errors import GuestBadPointer, GuestError, GuestTimeout, GuestTrap
from tradewind.strategy.wasm.module import wasmtime_module
from tradewind.strategy.wasm.ticker import TICK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.wasm.module import Compiled, ImportedFunction
    from tradewind.strategy.wasm.workshop import Workshop

    Function = Callable[..., int | None]
    """A host function: takes unsigned numbers, returns one or nothing."""
    Link = Callable[[ImportedFunction], Function]

MASK32 = 0xFFFFFFFF
TABLE_ELEMENTS_MAX = 1_000_000
RUNNING_OUT = 2
"""An import that saw so many ticks surely took longer than one."""
PATIENCE_MAX = 10
"""So many deadlines is the longest that a call may take, the host's own time included."""


class Machine:
    """A store with one instance, called by one thread, closed when it is of no more use."""

    def __init__(self, shop: Workshop, compiled: Compiled, link: Link, memory_limit: int) -> None:
        self._library = wasmtime_module()
        self._ticker = shop.ticker
        self._pending: BaseException | None = None
        self._deadline = self._latest = 0
        self._armed = (-1, 0)
        """The tick at which the deadline was set, and how many it was from there."""
        self.depth = 0
        """How many import calls the guest is in."""
        self._store = self._library.Store(shop.engine)
        self._store.set_limits(
            memory_size=memory_limit, table_elements=TABLE_ELEMENTS_MAX, instances=1, tables=100, memories=1
        )
        self._functions: list[Any] = []
        self.memory: Any = None
        self._exports: dict[str, Any] = {}
        self._compiled, self._link = compiled, link
        self._is_open = True
        self._ticker.open()

    def start(self, deadline_ms: int) -> None:
        """Instantiate the module; a start section runs here."""
        self.arm(deadline_ms)
        imports = [self._function(wanted, self._guarded(self._link(wanted))) for wanted in self._compiled.imports]
        try:
            instance = self._library.Instance(self._store, self._compiled.module, imports)
        except (self._library.Trap, self._library.WasmtimeError) as error:
            raise self._told(error) from None
        exports = instance.exports(self._store)
        self.memory = exports["memory"]
        self._take_exports({name: exports[name] for name, kind in self._compiled.exports.items() if ":" in kind})

    def arm(self, deadline_ms: int) -> None:
        """Give the guest so long from now."""
        ticks = max(int(deadline_ms / 1000 / TICK_SECONDS), 1) + 1
        now = self._ticker.ticks
        if self._armed == (now, ticks):
            return  # it would be the same one again
        self._armed = now, ticks
        self._deadline, self._latest = now + ticks, now + PATIENCE_MAX * ticks
        self._set_deadline(ticks)

    def call(self, name: str, first: int = 0, second: int = 0) -> int:
        """Call an export with up to two unsigned numbers; return its unsigned result, 0 if it has none."""
        func, params, has_result = self._exports[name]
        try:
            result = func(self._store, *(_signed(value, 32) for value in (first, second)[:params]))
        except (self._library.Trap, self._library.WasmtimeError) as error:
            raise self._told(error) from None
        return result & (1 << has_result) - 1 if has_result else 0

    def read(self, at: int, size: int) -> bytes:
        """Copy bytes out of the guest; raise `GuestBadPointer` if they are not in its memory."""
        self._check(at, size)
        return bytes(self.memory.read(self._store, at, at + size))

    def write(self, at: int, content: bytes) -> None:
        """Copy bytes into the guest; raise `GuestBadPointer` if they do not lie in its memory."""
        self._check(at, len(content))
        self.memory.write(self._store, content, at)

    @property
    def size(self) -> int:
        """The size of the guest's memory in bytes."""
        return 0 if self.memory is None else self.memory.data_len(self._store)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Give everything back; the machine is of no more use."""
        if self._is_open:
            self._is_open = False
            self._ticker.close()
            self.memory = None
            self._exports = {}
            self._functions.clear()
            self._store.close()

    # --- what the two engines do differently --------------------------------------------------------

    def _take_exports(self, functions: dict[str, Any]) -> None:
        for name, func in functions.items():
            params, _, result = self._compiled.exports[name].partition(":")
            self._exports[name] = func, len(params), {"": 0, "i": 32, "I": 64}.get(result, 0)

    def _function(self, wanted: ImportedFunction, function: Function) -> Any:  # noqa: ANN401 - of the library
        params, _, results = wanted.kind.partition(":")
        sizes = [32 if letter == "i" else 64 for letter in params]
        kind = self._library.FuncType(_value_types(self._library, params), _value_types(self._library, results))
        bits = 32 if results == "i" else 64

        def call(*values: int) -> int | None:
            result = function(*(value & (1 << size) - 1 for value, size in zip(values, sizes, strict=True)))
            return None if not results else _signed(result or 0, bits)

        return self._library.Func(self._store, kind, call)

    def _set_deadline(self, ticks: int) -> None:
        self._store.set_epoch_deadline(ticks)

    # --- the same in both ---------------------------------------------------------------------------

    def _guarded(self, function: Function) -> Function:
        """Count the depth of import calls, and give back the time that was the host's."""

        def call(*values: int) -> int | None:
            ticker = self._ticker
            began = ticker.ticks
            self.depth += 1
            try:
                return function(*values)
            finally:
                self.depth -= 1
                if ticker.ticks - began >= RUNNING_OUT:
                    self._extend(ticker.ticks - began)

        return call

    def _extend(self, passed: int) -> None:
        """Give back so many ticks, but let no guest live on the host's time for ever."""
        self._armed = (-1, 0)
        self._deadline = min(self._deadline + passed, self._latest)
        self._set_deadline(max(self._deadline - self._ticker.ticks, 0))

    def _check(self, at: int, size: int) -> None:
        have = self.size
        if at + size > have:
            raise GuestBadPointer(f"{size} bytes at {at}, of a memory of {have}", at=at, size=size)

    def _told(self, error: Exception) -> GuestError:
        """Turn the library's error into one of ours."""
        text = " ".join(str(error).split())
        if isinstance(error, self._library.Trap):
            code = error.trap_code
            if code is self._library.TrapCode.INTERRUPT:
                return GuestTimeout("not done in time")
            kind = code.name.lower() if code is not None else "trap"
            frames = [frame.func_name or f"function {frame.func_index}" for frame in error.frames[:20]]
            return GuestTrap(kind.replace("_", " "), kind=kind, backtrace=" < ".join(frames))
        return GuestTrap(text[:300], kind="error")


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _value_types(library: Any, letters: str) -> list[Any]:  # noqa: ANN401 - of the library
    made = {"i": library.ValType.i32, "I": library.ValType.i64, "f": library.ValType.f32, "F": library.ValType.f64}
    return [made[letter]() for letter in letters]
