"""The direct emergency stop on USD-M perpetuals: a short is bought back, reduce-only, whatever the engine does."""

from __future__ import annotations

import os
import re
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conformance.venue import FUTURES, serve
from tests.e2e.program import started, wait_for
from tests.e2e.test_control import Place
from tests.e2e.test_control_direct import is_halted_until_lifted, stopped_directly
from tests.postgres import line_to
from tradewind.domain.errors import NoEngine

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

SHORT = """
from tradewind import Strategy

class Short(Strategy):
    def on_bar(self, ctx, bar):
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if bars == 1:
            ctx.sell("0.05")
        elif bars == 2:
            ctx.sell("0.02", limit=round(bar.close * 1.04, 1))
            ctx.sell("0.02", limit=round(bar.close * 1.05, 1))
        elif bars > 3:
            ctx.sell("0.001", limit=round(bar.close * 1.04, 1))
"""


def written(folder: Path, name: str, venue: Any, address: str) -> Path:
    """Write the configuration of a session at an address of the exchange; the account is the same by any."""
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}
    keys = {"api_key": venue.key, "secret_key": venue.secret, "base_url": address}
    terms = {"market": "usdm", "leverage": 10, "margin_type": "crossed"}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {"provider_type": "binance-paper", "config": keys | patient | terms},
        "risk": {"allow_short": True},
        "strategy": {"path": f"{folder / 'short.py'}:Short"},
        "lease": {"folder": str(folder / "leases"), "account": "usdm"},
    }
    path = folder / name
    path.write_text(yaml.safe_dump(tree))
    return path


def listens(place: Place) -> bool:
    return bool(list(place.root.rglob("control.json")))


def is_short(place: Place) -> bool:
    """Tell whether it holds the short and has orders at rest; a machine that is busy may be asked again."""
    try:
        told = place.client.read("/status")
    except NoEngine:
        return False
    return told["orders_open"] >= 2 and [each["quantity"] for each in told["positions"]] == ["-0.05"]


@pytest.mark.slow
@pytest.mark.must_really_work
@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["dead", "hung", "cut off"])
def test_n6_a_short_is_bought_back_reduce_only_and_the_engine_sends_nothing_afterwards(
    tmp_path: Path, engine: str
) -> None:
    (tmp_path / "short.py").write_text(SHORT)
    for venue in serve(tmp_path, "--speed", "60", config=FUTURES):
        address = f"http://127.0.0.1:{venue.port}"
        path = written(tmp_path, "session.yaml", venue, address)
        with line_to(address) as line:
            session = written(tmp_path, "engine.yaml", venue, line.url)
            with started("-m", "tradewind", "live", "-c", session, "--json") as process:
                place = Place(path, path, tmp_path / "sessions", process)
                wait_for(partial(listens, place), process)
                wait_for(partial(is_short, place), process)
                match engine:
                    case "dead":
                        process.send_signal(signal.SIGKILL)
                        process.wait(60)
                    case "hung":
                        os.kill(process.pid, signal.SIGSTOP)
                    case _:
                        line.cut()
                answer, _ = stopped_directly(path)
                told = "\n".join(answer["told"])
                assert len(re.findall(r"closed 0\.\d+ binance_usdm:BTCUSDT", told)) == 1, told
                assert venue.secret not in told
                if engine != "dead":
                    os.kill(process.pid, signal.SIGCONT)
                    line.mend()
                    _, errors = process.communicate(timeout=300)
                    assert process.returncode == 1
                    assert "nothing more is sent" in errors
            again, _ = stopped_directly(path)
            assert not [text for text in again["told"] if text.startswith(("closed", "cancelled"))], again["told"]
        is_halted_until_lifted(path, again)
