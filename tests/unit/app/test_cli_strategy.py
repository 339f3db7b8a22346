"""`tradewind strategy inspect` and `list`."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from tradewind.app.cli import main
from tradewind.app.strategy_facts import parameters_in

FILE = """
from decimal import Decimal

from pydantic import BaseModel, Field

from tradewind import Strategy


class Plain(Strategy):
    version = "3"
    fast: int = 20
    size: Decimal
    limit: float | None = None


class Modelled(Strategy):
    name = "a model"

    class Config(BaseModel):
        fast: int = Field(20, ge=2)
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    return tmp_path / "mine.py"


def test_inspect(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategy", "inspect", "mine.py:Plain", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["style"], facts["version"]) == ("Plain", "class", "3")
    assert (facts["source"], len(facts["sha256"])) == (f"{file}:Plain", 64)
    assert {each["name"]: (each["type"], each["default"]) for each in facts["parameters"]} == {
        "size": ("string", "required"), "fast": ("integer", "20"), "limit": ("number or null", "None"),
    }  # fmt: skip
    assert "$defs" in facts["schema"]


def test_people_read_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategy", "inspect", "mine.py:Modelled"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("strategy  a model\nstyle     class\n")
    assert "\nparameter  type     default\nfast       integer  20\n" in out
    assert main(["strategy", "inspect", "mine.py:Gone"]) == 78
    assert "there is: Plain, Modelled" in capsys.readouterr().err


@pytest.mark.parametrize("schema", [{"properties": 3}, {"$ref": "#/a/b"}, {"properties": {"a": 1}}, {"required": 1}])
def test_a_schema_that_is_none_has_no_parameters(schema: dict) -> None:
    assert parameters_in(schema) == []


def test_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: [])
    assert main(["strategy", "list"]) == 0
    assert capsys.readouterr().out == "none: no installed package offers tradewind.strategies\n"
    points = [metadata.EntryPoint("cross", "crosses.all:Cross", "tradewind.strategies")]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: points)
    assert main(["strategy", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"name": "cross", "strategy": "crosses.all:Cross", "package": ""}]
    assert main(["strategy", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["cross", "crosses.all:Cross"]
