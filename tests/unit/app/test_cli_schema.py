"""`tradewind schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.cli import main
from tradewind.app.config.reference import reference

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_schema_of_the_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    first = capsys.readouterr().out
    assert main(["schema", "config"]) == 0
    assert capsys.readouterr().out == first
    schema = json.loads(first)
    assert schema["properties"]["engine"] == {"$ref": "#/$defs/EngineSettings", "description": "What is traded."}
    assert schema["$defs"]["EngineSettings"]["required"] == ["symbols", "interval", "data_output_path"]
    assert schema["additionalProperties"] is False


def test_tables_of_the_configuration_are_those_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "config", "--markdown"]) == 0
    assert capsys.readouterr().out.strip() == reference()
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert reference() in page, "docs/configuration.md, keys: run `make docs`"


def test_schema_of_a_strategy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cross.py"
    file.write_text(
        "from tradewind.strategy.base import Strategy\n\n\nclass Cross(Strategy):\n    slow: int\n    fast: int = 5\n"
    )
    assert main(["schema", "strategy", f"{file}:Cross"]) == 0
    schema = json.loads(capsys.readouterr().out)
    cross = schema["$defs"]["Cross"]
    assert cross["properties"] == {"slow": {"type": "integer"}, "fast": {"type": "integer", "default": 5}}
    assert cross["required"] == ["slow"]
    assert main(["schema", "strategy", f"{file}:Crass"]) == 78
    assert "there is: Cross" in capsys.readouterr().err
