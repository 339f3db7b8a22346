"""From a module to a strategy, and what a module says of itself."""

from __future__ import annotations

import hashlib
from pathlib import Path  # noqa: TC003 - told apart from bytes
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.wasm import contract
from tradewind.strategy.wasm.book import GuestBook
from tradewind.strategy.wasm.errors import GuestError, GuestInitFailed, GuestRefused, GuestReturnedError, NoSession
from tradewind.strategy.wasm.guest import WasmStrategy
from tradewind.strategy.wasm.life import Belongings, Life
from tradewind.strategy.wasm.notes import GuestRecord, OrderNotes
from tradewind.strategy.wasm.settings import GuestSettings
from tradewind.strategy.wasm.workshop import check_size, workshop

if TYPE_CHECKING:
    from tradewind.strategy.wasm.module import Compiled
    from tradewind.strategy.wasm.names import Names
    from tradewind.strategy.wasm.workshop import Workshop


class GuestInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a module says of itself, and what it is made of."""

    name: str
    identifier: str
    description: str
    schema: str
    """The JSON schema of its configuration, as text; empty if it has none."""
    api_version: int
    engine_version: str
    """The version of the engine that it was built for, as it writes it; empty if it does not say."""
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    size: int
    sha256: str


NO_PARAMETERS = "{}"
"""What argo hands over where nothing is set, as it has a file always: many a guest parses it without looking."""


def wasm_strategy(
    source: Path | bytes, config_text: str = "", settings: GuestSettings | None = None, *, cache: Path | None = None
) -> WasmStrategy:
    """Return the guest in `source` as a strategy; raise a `GuestError` for one that cannot be run.

    `config_text` is handed to Initialize as it is: JSON text, or nothing. Initialize is tried here, so that a wrong
    configuration is found before the session begins; where it asks for the session itself, on_start tells. A guest
    that takes nothing for an error is given an object without parameters instead.
    Compiling takes seconds for a large module, and once: `cache` is the folder of what was compiled, if not the usual.
    """
    settings = settings or GuestSettings()
    shop = workshop(cache)
    compiled = shop.compiled(_bytes_of(source))
    try:
        names, _ = _tried(shop, compiled, settings, config_text)
    except GuestInitFailed:
        if config_text:
            raise
        config_text = NO_PARAMETERS
        names, _ = _tried(shop, compiled, settings, config_text)
    return WasmStrategy(shop, compiled, config_text, settings, names)


def inspect_guest(
    source: Path | bytes, settings: GuestSettings | None = None, *, cache: Path | None = None
) -> GuestInfo:
    """Return what a guest says of itself, without a configuration; raise a `GuestError` for one that cannot be run."""
    settings = settings or GuestSettings()
    shop = workshop(cache)
    compiled = shop.compiled(_bytes_of(source))
    names, version = _tried(shop, compiled, settings, None)
    return GuestInfo(
        name=names.name, identifier=names.identifier, description=names.description, schema=names.schema,
        api_version=contract.API_VERSION, engine_version=version,
        imports=tuple(f"{wanted.module}.{wanted.name}" for wanted in compiled.imports),
        exports=tuple(compiled.exports), size=compiled.size, sha256=compiled.sha256,
    )  # fmt: skip


def _bytes_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        check_size(source.stat().st_size)
        return source.read_bytes()
    except OSError as error:
        raise StrategyLoadError(f"{source}: {error.strerror}") from error


def _tried(shop: Workshop, compiled: Compiled, settings: GuestSettings, config_text: str | None) -> tuple[Names, str]:
    """Start an instance, and with a configuration initialise it; throw it away."""
    compiled.check(settings.memory_limit)
    belongings = Belongings(settings, config_text or "", GuestRecord(), OrderNotes(), GuestBook())
    life = Life(shop, compiled, belongings, seed=hashlib.sha256(compiled.sha256.encode()).hexdigest())
    call, version = "start", ""
    names: Names | None = None
    try:
        names = life.open()
        version = life.instance.engine_version()
        if config_text is not None:
            call = "initialize"
            life.initialize()
    except GuestRefused as refused:
        if names is None or not isinstance(refused.__cause__, NoSession):  # else it will be served when there is one
            raise refused.placed("", call) from refused.__cause__
    except GuestReturnedError as error:
        raise GuestInitFailed(f"Initialize says: {error.message}", cause=error).placed("", call) from error
    except GuestError as error:
        raise error.placed("", call) from None
    finally:
        life.close()
    assert names is not None
    return names, version
