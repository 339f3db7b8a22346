"""The strategies in docs/wasm-guests.md are built and decide what they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.guests import toolchain
from tests.guests.driver import Driver, bar, message
from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "wasm-guests.md"
GO = """package main

import api "tradewind"

{code}
func init() {{ api.Register(api.About{{Identifier: "dip", Name: "Dip"}}, &Dip{{}}) }}

func main() {{}}
"""
MODULE = (ROOT / "examples" / "wasm" / "go" / "go.mod").read_text(encoding="utf-8")


@pytest.fixture(params=["go", "zig"])
def guest(request: pytest.FixtureRequest, tmp_path: Path) -> Driver:
    (code,) = re.findall(rf"```{request.param}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if request.param == "go":
        (tmp_path / "dip").mkdir()
        (tmp_path / "go.mod").write_text(MODULE.replace("../../../src", f"{ROOT}/src"))
        (tmp_path / "dip" / "main.go").write_text(GO.format(code=code))
        return Driver(toolchain.go_program("docs_go", tmp_path / "dip"))
    source = tmp_path / "dip.zig"
    source.write_text(f'const api = @import("tradewind");\n{code}')
    return Driver(toolchain.zig_program("docs_zig", source))


def test_it_buys_the_dip(guest: Driver) -> None:
    guest.call("initialize", message((1, '{"depth": 0.05}')))
    hours = [message((1, bar("BTC", close))) for close in (98.0, 100.0, 99.0)]
    guest.serve["get_range"] = lambda _: b"".join(hours)
    asked = []
    for close in (99.0, 95.5, 94.5):
        guest.calls.clear()
        guest.call("process_data", message((1, bar("BTC", close))))
        asked.append([name for name, _ in guest.calls])
    assert asked == [["get_range"], ["get_range"], ["get_range", "get_position", "place_order", "mark"]]
    assert guest.calls[0][1][4] == [4], "an hour"
    assert guest.calls[2][1] == {2: [b"BTC"], 8: [0.1]}
