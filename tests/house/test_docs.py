"""Documents tell the truth: every snippet runs, every printed part is what the code prints.

A file's snippets run in order, in one empty folder. Python shares one namespace; ```` ```python file=x.py ````
is written there instead of run; bash runs whole under `bash -e`. What cannot run says why:
```` ```bash no-run: needs an exchange ````. `make` is only asked whether it knows the verb.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from docs.build import PARTS, Part
from tests.guests.toolchain import CACHES
from tests.house.source import ROOT, report

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^( *)```(\w*)[ \t]*([^\n]*)\n(.*?)^\1```[ \t]*$", re.MULTILINE | re.DOTALL)
SAME_AS = {
    "sh": "bash",
    "shell": "bash",
    "console": "bash",
    "zsh": "bash",
    "py": "python",
    "python3": "python",
    "pycon": "python",
}

RUNNER = """
import json, subprocess, sys
namespace = {"__name__": "__main__"}
for language, info, where, code in json.load(sys.stdin):
    print("running", where, flush=True)
    if info.startswith("file="):
        open(info.removeprefix("file="), "w").write(code)
    elif language == "python":
        exec(compile(code, where, "exec"), namespace)
    else:
        make = f'make() {{ command make --no-print-directory -n -C "$ROOT" "$@" >/dev/null; }}\\n'
        subprocess.run(["bash", "-e", "-c", make + code], check=True, timeout=300)
"""


class Snippet(NamedTuple):
    """A fenced block of a page."""

    language: str
    info: str
    where: str
    code: str


def snippets(page: Path) -> Iterator[Snippet]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        indent, language, info, code = match.groups()
        where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 2}"
        yield Snippet(language, info.strip(), where, re.sub(f"^{indent}", "", code, flags=re.MULTILINE))


def runnable(page: Path) -> list[Snippet]:
    return [s for s in snippets(page) if s.language in {"python", "bash"} and not s.info.startswith("no-run")]


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "TRADEWIND_DATA", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {
        "TRADEWIND_DATA": str(ROOT.parent / "shared" / "data"),
        **kept,
        **CACHES,
        "PATH": path,
        "HOME": str(home),
        "ROOT": str(ROOT),
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page", [page for page in PAGES if runnable(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_lesson_162_the_snippets_run(page: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(runnable(page)),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"The last snippet of these fails: mend it or the code.\n{done.stdout}\n{done.stderr}"


def test_snippets_that_do_not_run_say_why() -> None:
    """Only these two names are run, and every exception has its reason."""
    found = [
        f"{s.where}: write ```{SAME_AS[s.language]}" for page in PAGES for s in snippets(page) if s.language in SAME_AS
    ]
    held = [s for page in PAGES for s in snippets(page) if s.info.startswith("no-run")]
    found += [f"{s.where}: write `no-run: <reason>`" for s in held if not re.match(r"no-run: \w", s.info)]
    assert not found, report("Snippets are ```python or ```bash, and run unless they say why not.", found)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_printed_parts_are_up_to_date(part: Part) -> None:
    if not part.path.is_file():
        pytest.skip(f"docs/{part.page} is not there yet")
    text = part.path.read_text(encoding="utf-8")
    assert part.write_into(text) == text, f"docs/{part.page}, {part.name}: run `make docs`"
