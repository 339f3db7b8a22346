"""Programs for Zipline give the same here, word by word: each order, each fill, each day's value, to a millionth.

`results.json` is what zipline-reloaded 3.2.1 made of them (see `freeze.py`). With TRADEWIND_ZIPLINE naming a Python
that has it, it is made anew and compared with what is kept.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.parity.zipline.freeze import FROZEN, HERE, by_zipline, in_short
from tests.parity.zipline.given import PROGRAMS, bars_of
from tests.parity.zipline.ours import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    results: dict[str, Any] = json.loads(FROZEN.read_text(encoding="utf-8"))
    return results


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_zipline_made_of_it(name: str, frozen: dict[str, Any], data_dir: Path) -> None:
    told = in_short(run(HERE / f"{name}.py", bars_of(PROGRAMS[name], data_dir)))
    assert told["counts"]["fills"] > 10
    assert told == frozen[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_zipline_still_makes_that_of_it(name: str, frozen: dict[str, Any], data_dir: Path) -> None:
    python = os.environ.get("TRADEWIND_ZIPLINE")
    if not python:
        pytest.skip("set TRADEWIND_ZIPLINE to a Python that has zipline-reloaded")
    assert by_zipline(python, name, data_dir) == frozen[name]
