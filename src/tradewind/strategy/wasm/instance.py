"""One instance of a guest: started in the order of the contract, called with messages, thrown away when it fails.

What a call comes to: the bytes of the answer, or a `GuestFault`. After a `GuestReturnedError` or a `GuestRefused`
the instance is as good as before; after any other fault it must be closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tradewind.strategy.wasm import contract
from tradewind.strategy.wasm.contract import PREFIX
from tradewind.strategy.wasm.errors import (
    CallRefused,
    GuestApiVersion,
    GuestBadMessage,
    GuestBadPointer,
    GuestFault,
    GuestInitFailed,
    GuestRefused,
    GuestReturnedError,
    NotNow,
)
from tradewind.strategy.wasm.fast import FastMachine, calls
from tradewind.strategy.wasm.fault_names import named
from tradewind.strategy.wasm.machine import Machine
from tradewind.strategy.wasm.memory import GuestMemory
from tradewind.strategy.wasm.names import Names
from tradewind.strategy.wasm.plans import TEXT
from tradewind.strategy.wasm.reader import Reader
from tradewind.strategy.wasm.versions import check_engine_version
from tradewind.strategy.wasm.wasi import EPOCH, Wasi

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.wasm.host import Host
    from tradewind.strategy.wasm.machine import Function
    from tradewind.strategy.wasm.module import Compiled, ImportedFunction
    from tradewind.strategy.wasm.settings import GuestSettings
    from tradewind.strategy.wasm.workshop import Workshop

T = TypeVar("T")

ERROR_BIT = 0x80000000
MESSAGE_MAX = 16 << 20
"""The largest message that is taken from a guest, in bytes."""
START_DEADLINES = 10
"""Starting up may take so many times as long as a bar."""
ENGINE_VERSION_MAX = 256


class Instance:
    """A guest that has been started; `patience` stretches its deadlines."""

    def __init__(self, shop: Workshop, compiled: Compiled, host: Host, settings: GuestSettings, seed: str) -> None:
        self._settings = settings
        self._host = host
        self._compiled = compiled
        self.patience = 1
        self.wasi = Wasi(seed)
        self.warning = ""
        self._built_for: str | None = None
        quick = settings.engine != "safe" and calls() is not None
        assert quick or settings.engine != "fast", "the quick interface is not there"
        self.machine = (FastMachine if quick else Machine)(shop, compiled, self._link, settings.memory_limit)
        self.wasi.machine = self.machine
        self._memory: GuestMemory | None = None

    # --- its life -----------------------------------------------------------------------------------

    def start(self) -> Names:
        """Instantiate, initialise, shake hands, and ask for the names; raises a `GuestError` and is closed then."""
        names = None
        try:
            names = self._started()
        finally:
            if names is None:
                self.close()
        return names

    def _started(self) -> Names:
        self.wasi.begin(EPOCH)
        machine, long = self.machine, self._deadline(START_DEADLINES)
        self._run(lambda: machine.start(long), START_DEADLINES)
        if "_initialize" in self._compiled.exports:
            self._run(lambda: machine.call("_initialize"), START_DEADLINES)
        self._check_versions()
        self._memory = self._run(lambda: GuestMemory(machine))
        said = (self._text(name) for name in ("get_identifier", "name", "get_description", "get_config_schema"))
        names = Names(*said)
        if not names.identifier:
            raise GuestInitFailed("the guest has no identifier")
        if not names.name:
            raise GuestInitFailed("the guest has no name")
        return names

    def _check_versions(self) -> None:
        version = self._run(lambda: self.machine.call(f"{PREFIX}api_version"))
        if version != contract.API_VERSION:
            raise GuestApiVersion(
                f"the guest speaks version {version} of the interface, this host version {contract.API_VERSION}",
                host=contract.API_VERSION, guest=version,
            )  # fmt: skip
        self.warning = check_engine_version(self.engine_version(), self._settings.version_policy)

    def engine_version(self) -> str:
        """Return the version of the engine that the guest was built for, as it writes it; empty if it does not say."""
        if self._built_for is None:
            self._built_for = self._told_version()
        return self._built_for

    def _told_version(self) -> str:
        if f"{PREFIX}engine_version" not in self._compiled.exports:
            return ""
        packed = self._run(lambda: self.machine.call(f"{PREFIX}engine_version"))
        at, size = packed >> 32, packed & 0xFFFFFFFF
        if size > ENGINE_VERSION_MAX:
            return "?"
        try:
            return self.machine.read(at, size).decode("ascii", "replace")
        except GuestBadPointer:
            return "?"

    def _text(self, method: str) -> str:
        answer = self.invoke(method, b"")
        text: str = Reader().read(TEXT, answer).text
        return text

    def close(self) -> None:
        """Throw the instance away."""
        self.machine.close()

    @property
    def memory_bytes(self) -> int:
        """How much memory the guest has by now."""
        return self.machine.size

    # --- calls --------------------------------------------------------------------------------------

    def invoke(self, method: str, request: bytes, deadlines: int = 1) -> bytes:
        """Call a method of the guest with an encoded request; return its encoded answer, or raise its `GuestFault`."""
        machine, memory = self.machine, self._memory
        assert memory is not None, "not started"
        machine.arm(self._deadline(deadlines))
        kept = True
        try:
            at = memory.request(request) if request else 0
            packed = machine.call(PREFIX + method, at, len(request))
            return b"" if packed == 0 else self._answer(packed)
        except GuestReturnedError:
            raise
        except CallRefused as refusal:
            raise GuestRefused(str(refusal), cause=refusal) from refusal
        except GuestFault as fault:
            kept = False
            raise named(fault, self.machine.size, self.wasi.tail, self._settings, self.patience) from None
        finally:
            if kept:
                memory.end()

    def _answer(self, packed: int) -> bytes:
        at, size = packed >> 32, packed & 0xFFFFFFFF
        failed = bool(size & ERROR_BIT)
        size &= ~ERROR_BIT
        if size > MESSAGE_MAX and at + size <= self.machine.size:
            raise GuestBadMessage(f"an answer of {size} bytes; {MESSAGE_MAX} at most", size=size)
        content = self.machine.read(at, size) if size else b""
        if at and self._memory is not None:
            self._memory.give_back(at)
        if failed:
            raise GuestReturnedError(content.decode("utf-8", "replace"))
        return content

    def _run(self, call: Callable[[], T], deadlines: int = 1) -> T:
        """Run a call of the start; only what a call of a guest may come to comes out."""
        self.machine.arm(self._deadline(deadlines))
        try:
            return call()
        except CallRefused as refusal:
            raise GuestRefused(str(refusal), cause=refusal) from refusal
        except GuestFault as fault:
            raise named(fault, self.machine.size, self.wasi.tail, self._settings, self.patience) from None

    def _link(self, wanted: ImportedFunction) -> Function:
        """Return what serves an import: a function of the host between two copies, or one of the system."""
        if wanted.module == contract.WASI:
            return self.wasi.function(wanted)
        serve = self._host.server(wanted.name)

        def function(at: int, size: int) -> int:
            memory = self._memory
            if memory is not None and memory.is_busy:
                raise NotNow("a guest's malloc must not call the host")
            if size > MESSAGE_MAX:
                raise GuestBadMessage(f"{wanted.name}: {size} bytes; {MESSAGE_MAX} at most")
            answer = serve(self.machine.read(at, size) if size else b"")
            if not answer:
                return 0
            assert memory is not None, "only what answers nothing is served before"
            return memory.answer(answer)

        return function

    def _deadline(self, deadlines: int) -> int:
        return self._settings.deadline_ms * self.patience * deadlines
