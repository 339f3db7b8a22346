"""Where modules are compiled, once, and kept on disk as native code.

A compiled file is code that runs in this process, so it is taken only from a folder of our own user, and only if
its hash is the one beside it. Whatever is doubtful is compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from tradewind.strategy.wasm.errors import GuestModuleInvalid
from tradewind.strategy.wasm.module import Compiled, wasmtime_module
from tradewind.strategy.wasm.ticker import Ticker

CACHE = Path("~/.cache/tradewind/wasm")
"""Where compiled modules are kept, unless told otherwise."""
MAGIC = b"\0asm"
"""What a module begins with; wasmtime alone would take WebAssembly's text format too."""
STACK_MAX = 1 << 20
_SETTINGS = f"epoch,nan,stack={STACK_MAX},1"
"""What moves the code that a module is compiled to; part of the name of the kept file."""


MODULE_MAX = 64 << 20
"""Bytes that a module may have: ten times the largest guest in Go; compiling takes a hundred times as much memory."""


def check_size(size: int) -> None:
    """Raise `GuestModuleInvalid` for a module that is too large, before anybody reads or compiles it."""
    if size > MODULE_MAX:
        raise GuestModuleInvalid(f"{size / 1e6:,.1f} MB: a module may have {MODULE_MAX / 1e6:,.1f} MB at most")


class Workshop:
    """One wasmtime engine with its ticker and the modules that were compiled for it."""

    def __init__(self, folder: Path) -> None:
        wasmtime = wasmtime_module()
        self.engine = wasmtime.Engine(_config())
        self.ticker = Ticker(self.engine)
        self._folder = folder
        self._known: dict[str, Compiled] = {}

    def compiled(self, source: bytes) -> Compiled:
        """Return a module, from memory, from disk, or compiled now (seconds for a large one)."""
        check_size(len(source))
        if not source.startswith(MAGIC):
            found = "it is empty" if not source else f"it begins with {source[:4]!r}, not with {MAGIC!r}"
            raise GuestModuleInvalid(f"not a WebAssembly module: {found}")
        sha256 = hashlib.sha256(source).hexdigest()
        known = self._known.get(sha256)
        if known is None:
            known = self._known[sha256] = Compiled(source, sha256, self._made(source, sha256))
        return known

    def _made(self, source: bytes, sha256: str) -> Any:  # noqa: ANN401 - a module of the library
        wasmtime = wasmtime_module()
        version = "|".join((metadata.version("wasmtime"), _SETTINGS, platform.machine(), platform.system()))
        path = self._folder / f"{hashlib.sha256(f'{sha256}|{version}'.encode()).hexdigest()}.cwasm"
        kept = read_kept(path)
        if kept is not None:
            try:
                return wasmtime.Module.deserialize(self.engine, kept)
            except wasmtime.WasmtimeError:
                kept = None  # another processor, or an old file
        try:
            module = wasmtime.Module(self.engine, source)
        except wasmtime.WasmtimeError as error:
            raise GuestModuleInvalid(f"not a module that runs here: {_first_lines(str(error))}") from error
        keep(path, bytes(module.serialize()))
        return module


@cache
def workshop(folder: Path | None = None) -> Workshop:
    """Return the workshop of this process for a folder of compiled modules, `CACHE` unless told otherwise."""
    return Workshop((folder or CACHE).expanduser())


def read_kept(path: Path) -> bytes | None:
    """Return what is kept at `path` if nobody else can have written it and it is whole."""
    try:
        folder, content = path.parent.stat(), path.read_bytes()
        owner, digest = path.stat().st_uid, path.with_suffix(".sha256").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    ours = os.getuid() if hasattr(os, "getuid") else owner
    private = folder.st_mode & 0o077 == 0 or not hasattr(os, "getuid")
    if not private or {folder.st_uid, owner} != {ours} or hashlib.sha256(content).hexdigest() != digest:
        return None
    return content


def keep(path: Path, content: bytes) -> None:
    """Write a compiled module whole, or not at all; a full disk or a foreign folder only costs the next start."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for target, data in (
            (path, content),
            (path.with_suffix(".sha256"), hashlib.sha256(content).hexdigest().encode()),
        ):
            aside = target.with_suffix(f"{target.suffix}.{os.getpid()}")
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
    except OSError:
        return


def _config() -> Any:  # noqa: ANN401 - of the library
    config = wasmtime_module().Config()
    config.epoch_interruption = True
    config.cranelift_nan_canonicalization = True
    config.max_wasm_stack = STACK_MAX
    config.wasm_relaxed_simd = False
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_multi_memory = False
    config.wasm_component_model = False
    return config


def _first_lines(text: str) -> str:
    return " ".join(text.split())[:300]
