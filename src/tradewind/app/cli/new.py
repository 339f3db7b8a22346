"""`tradewind new strategy`: a strategy that runs at once, with a test and a configuration beside it."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.cli.new_guest import Language, guest_files
from tradewind.app.cli.new_templates import Style, configuration, path_of, python_files
from tradewind.app.cli.output import emit
from tradewind.domain.errors import LocalError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback()
def new() -> None:
    """Begin something new."""


@app.command(epilog="Example: tradewind new strategy MyCross --style algorithm")
def strategy(
    name: Annotated[str, typer.Argument(help="Such as MyCross or my-cross.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder; by default one of the strategy's name.")
    ] = None,
    wasm: Annotated[
        Language | None, typer.Option("--wasm", help="Write it in another language, for WebAssembly: go or zig.")
    ] = None,
    style: Annotated[
        Style | None,
        typer.Option(help="A class with hooks (the default), an algorithm in Zipline's way, or signals: whole plans."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a strategy that runs, its test and its configuration; with --wasm, a guest to build and its kit."""
    names = _names(name)
    folder = out or Path(names["module"])
    if wasm is not None and style is not None:
        raise typer.BadParameter(f"a guest in {wasm} has no style: give --wasm or --style, not both")
    chosen = style or Style.CLASS
    texts, build = (python_files(chosen, names), "") if wasm is None else guest_files(wasm, names)
    path = path_of(chosen, names) if wasm is None else f"{names['module']}.wasm"
    texts["config.yaml"] = configuration(path, chosen)
    there = [str(folder / file) for file in texts if (folder / file).exists()]
    if there:
        raise LocalError(f"already there: {', '.join(there)}", {"fix": "name another folder with --out"})
    for file, text in texts.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    steps = [f"cd {folder}", build, "tradewind doctor -c config.yaml", "tradewind backtest -c config.yaml"]
    files = [str(folder / file) for file in texts]
    told = ("Written:", *files, "", "Next:", *filter(None, steps))
    emit({"folder": str(folder), "files": files, "build": build}, "\n".join(told), as_json=as_json)


def _names(name: str) -> dict[str, str]:
    """Make the names of the class and of its file out of what was given."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]
    module = "_".join(words)
    taken = keyword.iskeyword(module) or module in sys.stdlib_module_names or module in {"tradewind", "config"}
    if not module.isidentifier() or not re.fullmatch(r"[A-Za-z0-9_ -]+", name) or taken:
        raise typer.BadParameter(f"{name!r} cannot name a strategy: letters first, and no word that Python has taken")
    spelt = name.isidentifier() and name[0].isupper() and "_" not in name
    cls = name if spelt else "".join(word.capitalize() for word in words)
    return {"module": module, "cls": cls, "name": " ".join(words).capitalize()}
