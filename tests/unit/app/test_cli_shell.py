"""The shell of the command line: help without weight, errors as exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.app.cli import COMMANDS, help_text, main
from tradewind.app.cli.exits import MEANINGS, Exit, exit_table
from tradewind.app.cli.output import json_text, table

DOCS = Path(__file__).resolve().parents[3] / "docs"
HEAVY = {"polars", "duckdb", "pydantic", "plotly", "matplotlib", "numpy", "typer", "rich", "yaml", "asyncio"}


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "end", ("tests.unit.app.raising_command", "End somehow."))
    monkeypatch.setitem(COMMANDS, "absent", ("tradewind.app.cli.no_such_module", "Is not there."))


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == Exit.OK
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed and line in printed for name, (_, line) in COMMANDS.items())


def test_help_and_version_import_nothing_heavy() -> None:
    program = (
        "import sys; from tradewind.app.cli import main; main(['--help']); main(['--version']); "
        f"print(sorted({HEAVY} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("words", [["--version"], ["version"]])
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == Exit.OK
    assert capsys.readouterr().out.startswith("tradewind ")


def test_python_dash_m_is_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "tradewind", "nonsense"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no such command: nonsense")


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["liev"], 2, "error: no such command: liev; did you mean 'live'?"),
        (["absent"], 1, "error: `tradewind absent` is not in this version"),
        (["end"], 2, "error: Missing argument"),
        (["end", "well", "--nonsense"], 2, "error: No such option: --nonsense"),
        (["end", "well"], 0, ""),
        (["end", "config"], 78, "error: c.yaml: 2 mistakes\nc.yaml:1: a\nc.yaml:2: b\n"),
        (["end", "strategy"], 78, "error: no such class\n"),
        (["end", "data"], 1, "error: no bars\nfix: import some\n"),
        (["end", "open"], 3, ""),
        (["end", "keyboard"], 130, ""),
        (["end", "abort"], 130, ""),
    ],
)
def test_every_end_has_its_code(words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == code
    printed = capsys.readouterr()
    assert printed.err.strip().startswith(told.strip())
    assert bool(printed.err.strip()) == bool(told)
    assert "Traceback" not in printed.err


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["liev"], {"type": "UsageError", "message": "no such command: liev; did you mean 'live'?", "exit_code": 2}),
        (["end", "well", "--x"], {"type": "UsageError", "message": "No such option: --x", "exit_code": 2}),
        (
            ["end", "config"],
            {
                "type": "ConfigError",
                "message": "c.yaml: 2 mistakes",
                "exit_code": 78,
                "mistakes": ["c.yaml:1: a", "c.yaml:2: b"],
            },
        ),
        (
            ["end", "data"],
            {
                "type": "DataNotFoundError",
                "message": "no bars",
                "exit_code": 1,
                "symbol": "BTCUSDT",
                "fix": "import some",
            },
        ),
    ],
)
def test_errors_are_json_when_asked(
    words: list[str], expected: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    main([*words, "--json"])
    printed = capsys.readouterr()
    assert json.loads(printed.err) == {"error": expected}
    assert printed.out == ""


def test_a_reader_that_goes_away_is_no_crash() -> None:
    pipeline = f"set -o pipefail; {sys.executable} -m tradewind schema | head -1"
    done = subprocess.run(["bash", "-c", pipeline], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_every_code_has_a_meaning_and_stands_in_the_documents() -> None:
    assert set(MEANINGS) == set(Exit)
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert exit_table() in page, "docs/cli.md, exit-codes: run `make docs`"
    assert help_text() in page, "docs/cli.md, help: run `make docs`"


def test_output_is_exact_and_aligned() -> None:
    from decimal import Decimal

    assert json.loads(json_text({"a": Decimal("0.10"), "b": Exit.CONFIG})) == {"a": "0.10", "b": 78}
    assert table(("a", "bb"), [("ccc", 1)]) == "a    bb\nccc  1"
