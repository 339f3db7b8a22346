"""The quick way into a guest: wasmtime's C interface without its checks, some ten times as fast as the library's.

Nothing checks types or bounds here but we: types were compared with the contract before (`module.py`), and every
access to memory goes through `read` and `write`. An unchecked one would kill the process, not the guest.
The size of memory is asked for each time, as guest code makes it grow; its address only when the size is another one,
for it moves by growing alone.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any

from tradewind.strategy.wasm.errors import GuestBadPointer, GuestTrap
from tradewind.strategy.wasm.machine import MASK32, RUNNING_OUT, Machine, _value_types

if TYPE_CHECKING:
    from tradewind.strategy.wasm.machine import Function
    from tradewind.strategy.wasm.module import ImportedFunction

_SIGNATURE = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.c_size_t
)
"""A host function: environment, caller, arguments and results, their number; returns a trap or 0."""
_string_at = ctypes.string_at
_PLACES = 2
"""An argument takes two places of 64 bits: it may be a vector."""


class _Calls:
    """The functions of the C library, typed for speed; those that run guest code let other threads run meanwhile."""

    def __init__(self, ffi: Any) -> None:  # noqa: ANN401 - private to the library
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        quick = ctypes.PyDLL(str(ffi.filename))
        self.call = ffi.dll["wasmtime_func_call_unchecked"]
        self.call.restype, self.call.argtypes = pointer, [pointer, pointer, pointer, size, pointer]
        self.new_function = ffi.dll["wasmtime_func_new_unchecked"]
        self.new_function.restype = None
        self.new_function.argtypes = [pointer, pointer, _SIGNATURE, pointer, pointer, pointer]
        self.new_trap = quick["wasmtime_trap_new"]
        self.new_trap.restype, self.new_trap.argtypes = size, [ctypes.c_char_p, size]
        self.delete_trap = quick["wasm_trap_delete"]
        self.delete_trap.restype, self.delete_trap.argtypes = None, [pointer]
        self.data = quick["wasmtime_memory_data"]
        self.data.restype, self.data.argtypes = size, [pointer, pointer]
        self.data_size = quick["wasmtime_memory_data_size"]
        self.data_size.restype, self.data_size.argtypes = size, [pointer, pointer]
        self.deadline = quick["wasmtime_context_set_epoch_deadline"]
        self.deadline.restype, self.deadline.argtypes = None, [pointer, ctypes.c_uint64]
        self.copy = ctypes.PyDLL(None)["memmove"]
        self.copy.restype, self.copy.argtypes = pointer, [pointer, ctypes.c_char_p, size]


@cache
def calls() -> _Calls | None:
    """Return the C functions; None if this build of the library hides one of them."""
    try:
        from wasmtime import _ffi

        return _Calls(_ffi)
    except (ImportError, AttributeError, OSError):
        return None


class FastMachine(Machine):
    """A machine over the C interface."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - those of Machine
        super().__init__(*arguments)
        found = calls()
        assert found is not None, "ask `calls()` first"
        self._calls = found
        self._context = ctypes.cast(self._store._context(), ctypes.c_void_p).value or 0  # noqa: SLF001
        self._memory_at = self._size = self._base = 0
        self._data_size = found.data_size
        self._trap = ctypes.c_void_p()
        self._trap_at = ctypes.addressof(self._trap)

    def _take_exports(self, functions: dict[str, Any]) -> None:
        self._memory_at = ctypes.addressof(self.memory._memory)  # noqa: SLF001 - its address, for the C interface
        for name, func in functions.items():
            params, _, result = self._compiled.exports[name].partition(":")
            places = (ctypes.c_uint64 * (_PLACES * max(len(params), len(result), 2)))()
            mask = {"": 0, "i": MASK32, "I": (1 << 64) - 1}.get(result, 0)
            self._functions.append((func, places))
            self._exports[name] = (
                ctypes.addressof(func._func),  # noqa: SLF001 - its address
                ctypes.addressof(places), places, max(len(params), len(result)), mask,
            )  # fmt: skip

    def call(self, name: str, first: int = 0, second: int = 0) -> int:
        """Call an export with up to two unsigned numbers; return its unsigned result, 0 if it has none."""
        func, at, places, count, mask = self._exports[name]
        places[0], places[2] = first, second
        error = self._calls.call(self._context, func, at, count, self._trap_at)
        if error or self._trap.value:
            self._raise(error)
        return int(places[0] & mask)

    def _raise(self, error: int | None) -> None:
        """Raise what a host function left behind, or what the trap says."""
        from wasmtime import WasmtimeError, _ffi

        trap, self._trap.value = self._trap.value, None
        pending, self._pending = self._pending, None
        if pending is not None:
            if trap:
                self._calls.delete_trap(trap)
            raise pending
        if trap:
            pointer = ctypes.cast(trap, ctypes.POINTER(_ffi.wasm_trap_t))
            raise self._told(self._library.Trap._from_ptr(pointer))  # noqa: SLF001 - it takes the pointer over
        told = ctypes.cast(error or 0, ctypes.POINTER(_ffi.wasmtime_error_t))
        raise GuestTrap(str(WasmtimeError._from_ptr(told))[:300], kind="error")  # noqa: SLF001 - as above

    def read(self, at: int, size: int) -> bytes:
        """Copy bytes out of the guest; raise `GuestBadPointer` if they are not in its memory."""
        return _string_at(self._place(at, size), size)

    def write(self, at: int, content: bytes) -> None:
        """Copy bytes into the guest; raise `GuestBadPointer` if they do not lie in its memory."""
        size = len(content)
        self._calls.copy(self._place(at, size), content, size)

    def _place(self, at: int, size: int) -> int:
        """Return the address of bytes that lie in the guest's memory, or raise `GuestBadPointer`."""
        memory = self._memory_at
        have = self._data_size(self._context, memory) if memory else 0
        if not memory or at + size > have:
            raise GuestBadPointer(f"{size} bytes at {at}, of a memory of {have}", at=at, size=size)
        if have != self._size:
            self._size, self._base = have, self._calls.data(self._context, memory)
        return self._base + at

    @property
    def size(self) -> int:
        """The size of the guest's memory in bytes."""
        return self._calls.data_size(self._context, self._memory_at) if self._memory_at else 0

    def close(self) -> None:
        """Give everything back; the machine is of no more use."""
        self._memory_at = 0
        super().close()

    def _set_deadline(self, ticks: int) -> None:
        self._calls.deadline(self._context, ticks)

    def _guarded(self, function: Function) -> Function:
        return function  # the callback does it itself: one call of Python less for each call of the guest

    def _function(self, wanted: ImportedFunction, function: Function) -> Any:  # noqa: ANN401 - of the library
        from wasmtime import _ffi

        params, _, results = wanted.kind.partition(":")
        callback = self._two_numbers(function) if wanted.kind == "ii:I" else self._any_numbers(function, wanted.kind)
        kind = self._library.FuncType(_value_types(self._library, params), _value_types(self._library, results))
        made = _SIGNATURE(callback)
        raw = _ffi.wasmtime_func_t()
        self._calls.new_function(self._context, kind.ptr(), made, None, None, ctypes.addressof(raw))
        self._functions.append((made, raw, kind))
        return self._library.Func._from_raw(raw)  # noqa: SLF001 - a function of ours among the library's

    def _two_numbers(self, function: Function) -> Any:  # noqa: ANN401 - a callback
        """Return the callback of a function of `env`: offset and size in, a packed answer out."""
        ticker = self._ticker

        def callback(_environment: int, _caller: int, places: Any, _count: int) -> int:  # noqa: ANN401 - a C array
            began = ticker.ticks
            self.depth += 1
            try:
                places[0] = function(places[0] & MASK32, places[2] & MASK32)
            except AssertionError as bug:
                return self._keep(bug)
            except BaseException as error:  # noqa: BLE001 - nothing may leave a callback: it is raised after the call
                return self._keep(error)
            finally:
                self.depth -= 1
                if ticker.ticks - began >= RUNNING_OUT:
                    self._extend(ticker.ticks - began)
            return 0

        return callback

    def _any_numbers(self, function: Function, kind: str) -> Any:  # noqa: ANN401 - a callback
        params, _, results = kind.partition(":")
        masks = [MASK32 if letter == "i" else (1 << 64) - 1 for letter in params]
        plain = self._two_numbers

        def callback(environment: int, caller: int, places: Any, count: int) -> int:  # noqa: ANN401 - a C array
            def answer(*_: int) -> int:
                values = [places[_PLACES * place] & mask for place, mask in enumerate(masks)]
                result = function(*values)
                return (result or 0) if results else places[0]

            return int(plain(answer)(environment, caller, places, count))

        return callback

    def _keep(self, error: BaseException) -> int:
        """Keep an exception for whoever called the guest, and return the trap that ends the call."""
        self._pending = error
        return int(self._calls.new_trap(b"host", 4))
