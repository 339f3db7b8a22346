from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.report.demo import demo
from tradewind.domain.errors import TradewindError
from tradewind.record.stats.statistics import statistics_of
from tradewind.report import ReportInput, render_png

if TYPE_CHECKING:
    from pathlib import Path


def size_of(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_the_picture_is_1600_by_1000(tmp_path: Path) -> None:
    render_png(demo(2000), tmp_path / "report.png")
    assert size_of(tmp_path / "report.png") == (1600, 1000)


def test_dollars_are_no_formulas(tmp_path: Path) -> None:
    render_png(msgspec.structs.replace(demo(1000), title="$x_", currency="$", bars=()), tmp_path / "report.png")
    assert size_of(tmp_path / "report.png") == (1600, 1000)


def test_an_empty_session_has_a_picture(tmp_path: Path) -> None:
    empty = ReportInput(title="Nothing", currency="", statistics=statistics_of([], []), equity=[])
    render_png(empty, tmp_path / "report.png")
    assert size_of(tmp_path / "report.png") == (1600, 1000)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(TradewindError, match=r"pip install 'tradewind\[report\]'"):
        render_png(demo(1000), tmp_path / "report.png")
