"""A compiled module: what it imports and exports, checked against the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.strategy.wasm import contract
from tradewind.strategy.wasm.errors import (
    GuestExportMissing,
    GuestExportType,
    GuestImportType,
    GuestImportUnknown,
    GuestLoadError,
    GuestMemoryLimit,
)

if TYPE_CHECKING:
    import wasmtime

PAGE = 65_536


class ImportedFunction(NamedTuple):
    """A function that a module wants, and its type as in `contract`."""

    module: str
    name: str
    kind: str


class Compiled:
    """A module that keeps the contract."""

    def __init__(self, source: bytes, sha256: str, module: wasmtime.Module) -> None:
        self.size = len(source)
        self.sha256 = sha256
        self.module = module
        self.imports = tuple(_imported(entry) for entry in module.imports)
        self.exports: dict[str, str] = {}
        self.memory_pages: int | None = None
        for entry in module.exports:
            self._take_export(entry)

    def _take_export(self, entry: wasmtime.ExportType) -> None:
        import wasmtime

        kind = entry.type
        if isinstance(kind, wasmtime.FuncType):
            self.exports[entry.name] = _signature(kind)
        elif isinstance(kind, wasmtime.MemoryType):
            self.exports[entry.name] = "memory"
            if entry.name == "memory":
                self.memory_pages = kind.limits.min
        else:
            self.exports[entry.name] = type(kind).__name__

    def check(self, memory_limit: int) -> None:
        """Raise the error that says what does not fit the contract, or that it is too large from the start."""
        if self.memory_pages is None:
            raise GuestExportMissing("the module exports no memory", name="memory")
        for name, kind in contract.EXPORTS.items():
            if name not in self.exports:
                raise GuestExportMissing(f"the module does not export {name}", name=name)
            _same_type(name, self.exports[name], kind)
        for name, kind in contract.OPTIONAL_EXPORTS.items():
            if name in self.exports:
                _same_type(name, self.exports[name], kind)
        for wanted in self.imports:
            _check_import(wanted)
        if self.memory_pages * PAGE > memory_limit:
            raise GuestMemoryLimit(
                f"the module begins with {self.memory_pages * PAGE >> 20} MiB, it may have {memory_limit >> 20}"
            )


def wasmtime_module() -> Any:  # noqa: ANN401 - the library itself
    """Return the library, or say which extra brings it."""
    try:
        import wasmtime
    except ImportError as error:
        raise GuestLoadError(
            "WASM strategies need wasmtime: install the extra with `pip install 'tradewind[wasm]'`", cause=error
        ) from error
    return wasmtime


def _check_import(wanted: ImportedFunction) -> None:
    known = None
    if wanted.module == contract.ENV and wanted.name in contract.HOST_FUNCTIONS:
        known = contract.HOST_FUNCTION
    elif wanted.module == contract.WASI and wanted.kind:
        known = contract.WASI_FUNCTIONS.get(wanted.name)
        if known is None:  # it will be told that there is no such thing, in the type that it wants if that can be
            params, _, results = wanted.kind.partition(":")
            known = wanted.kind if set(params) <= {"i", "I"} and results in {"", "i"} else "ii:i"
    if known is None:
        raise GuestImportUnknown(
            f"the module imports {wanted.module}.{wanted.name}, which is no part of the contract",
            name=f"{wanted.module}.{wanted.name}",
        )
    if wanted.kind != known:
        raise GuestImportType(
            f"{wanted.module}.{wanted.name} is {_told(known)}, the module wants {_told(wanted.kind)}",
            name=f"{wanted.module}.{wanted.name}",
        )


def _same_type(name: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise GuestExportType(f"{name} must be {_told(wanted)}, not {_told(found)}", name=name)


def _imported(entry: wasmtime.ImportType) -> ImportedFunction:
    import wasmtime

    kind = entry.type
    return ImportedFunction(
        entry.module, entry.name or "", _signature(kind) if isinstance(kind, wasmtime.FuncType) else ""
    )


_LETTERS = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}
_NAMES = {letter: name for name, letter in _LETTERS.items()}


def _signature(kind: wasmtime.FuncType) -> str:
    params, results = ("".join(_LETTERS.get(str(t), "?") for t in side) for side in (kind.params, kind.results))
    return f"{params}:{results}"


def _told(kind: str) -> str:
    """Write a type as people do."""
    if ":" not in kind:
        return kind or "no function"
    params, results = (", ".join(_NAMES.get(letter, letter) for letter in side) for side in kind.split(":"))
    return f"({params}) -> ({results})"
