"""Schemathesis finds nothing at the control API of a session; `make schema` sets it up and runs this.

It reads the OpenAPI description and says what fits it and what does not: every answer must be one that is described,
of its type and form, and nothing may come back with 500. Nothing that it does is taken back by anybody.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.app.control.running import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.app.control.running import Session

EXAMPLES = int(os.environ.get("TRADEWIND_SCHEMA_EXAMPLES", "20"))


def program() -> Path | None:
    """Return where Schemathesis is: TRADEWIND_SCHEMATHESIS, or where `make schema` puts it; None if it is not there."""
    named = os.environ.get("TRADEWIND_SCHEMATHESIS")
    path = Path(named) if named else Path(__file__).parents[2] / ".venv-schema/bin/schemathesis"
    return path if path.exists() else None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with session(tmp_path_factory.mktemp("schema")) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(program() is None, reason="no Schemathesis here: make schema")
def test_schemathesis_finds_nothing(running: Session, tmp_path: Path) -> None:
    where = program()
    assert where is not None
    address = f"http://127.0.0.1:{running.door.port}"
    (tmp_path / "openapi.json").write_bytes(running.call("GET", "/openapi.json")[1])
    told = ("--url", address, "-H", f"Authorization: Bearer {running.door.token}", "--no-color")
    terms = ("--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "7")
    more = ("--continue-on-failure", "--request-timeout", "120", "--generation-database", "none")
    done = subprocess.run(
        [where, "run", tmp_path / "openapi.json", *told, *terms, *more],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert running.client.read("/status")["state"] == "running", "it runs on"
