"""The emergency stop that needs no engine: with one that is dead, one that stands still, and one that is cut off."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket as sockets
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import pytest
import yaml

from tests.conformance.venue import serve
from tests.e2e.program import run, started, wait_for
from tests.e2e.test_control import Place, _is_full, configured, said, submitted_after, trading
from tests.e2e.test_exchange import serving, shown
from tradewind.app.cli.exits import Exit
from tradewind.app.config import load_config
from tradewind.app.session.lease import folder_of
from tradewind.record.lease.halts import Halts

if TYPE_CHECKING:
    from pathlib import Path

FEW = """
from tradewind import Strategy

class Few(Strategy):
    def on_bar(self, ctx, bar):
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if bars == 1:
            ctx.buy("0.05")
        elif bars == 2:
            ctx.buy("0.02", limit=round(bar.close * 0.96, 2))
            ctx.buy("0.02", limit=round(bar.close * 0.95, 2))
"""


def stopped_directly(path: Path) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    code, out, errors = run("control", "emergency-stop", "--direct", "--yes", "--reason", "fire", "-c", path, "--json")
    took = time.monotonic() - began
    answer = json.loads(out)
    assert code == 0, (answer, errors)
    assert answer["outcome"] == "done"
    assert "2 times in a row" in answer["told"][-1]
    return answer, took


def orders_ever(place: Place) -> int:
    return int(shown(place.socket)["orders_ever"])


def is_flat(place: Place) -> None:
    there = shown(place.socket)
    assert (there["orders_open"], there["positions"]) == (0, {})


def is_halted_until_lifted(path: Path, answer: dict[str, Any]) -> None:
    """No engine trades the account until the halt is lifted by its name."""
    (flag,) = Halts(folder_of(load_config(path, {}))).all()
    assert f"halted: {flag.name}" in answer["told"][0]
    code, _, errors = run("live", "-c", path, "--json")
    assert (code, flag.name in errors) == (Exit.CONFIG, True), errors
    assert said("control", "lift", flag.name, "--reason", "found it", "-c", path)[0] == 0
    assert said("control", "halts", "-c", path)[1] == "no account is halted\n"


@pytest.mark.slow
@pytest.mark.must_really_work
@pytest.mark.timeout(600)
def test_n6_with_a_dead_engine_the_account_at_binance_is_flat_and_what_it_had_before_is_left(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")
    (tmp_path / "few.py").write_text(FEW)
    for venue in serve(tmp_path, "--speed", "60"):
        is_made_flat(tmp_path, venue)


def is_made_flat(tmp_path: Path, venue: Any) -> None:
    """Trade, kill the engine, and stop directly."""
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}
    keys = {"api_key": venue.key, "secret_key": venue.secret, "base_url": f"http://127.0.0.1:{venue.port}"}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path / "sessions")},
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {"provider_type": "binance-paper", "config": keys | patient},
        "strategy": {"path": f"{tmp_path / 'few.py'}:Few"},
        "lease": {"folder": str(tmp_path / "leases")},
    }
    path = tmp_path / "session.yaml"
    path.write_text(yaml.safe_dump(tree))
    with started("-m", "tradewind", "live", "-c", path, "--json") as process:
        place = Place(path, path, tmp_path / "sessions", process)
        wait_for(lambda: bool(list(place.root.rglob("control.json"))), process)
        wait_for(lambda: place.client.read("/status")["orders_open"] == 2, process)
        assert [each["quantity"] for each in place.client.read("/positions")] == ["0.05"]
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    answer, _ = stopped_directly(path)
    told = "\n".join(answer["told"])
    assert (told.count("cancelled "), told.count("closed 0.05 binance:BTCUSDT")) == (2, 1)
    assert "it has 1 BTC" in told, "the coin that was there before the session is not ours to sell"
    assert venue.secret not in told


@pytest.mark.slow
@pytest.mark.must_really_work
def test_rp_26_2_a_hung_engine_sends_nothing_once_it_goes_on(tmp_path: Path) -> None:
    with trading(tmp_path) as place:
        wait_for(lambda: bool(submitted_after(place, 0)), place.process)
        os.kill(place.process.pid, signal.SIGSTOP)
        answer, _ = stopped_directly(place.path)
        is_flat(place)
        before = orders_ever(place)
        os.kill(place.process.pid, signal.SIGCONT)
        _, errors = place.process.communicate(timeout=120)
        assert place.process.returncode == 1
        assert "nothing more is sent" in errors
        assert orders_ever(place) == before
        is_flat(place)
        is_halted_until_lifted(place.path, answer)


class Relay:
    """A cable between an engine and its exchange, which can be cut: what is said then comes when it is mended."""

    def __init__(self, path: Path, to: Path) -> None:
        self.is_cut = False
        self._to = to
        self._ends: list[sockets.socket] = []
        self._listener = self._made()
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_cut = False
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(sockets.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in self._ends:
            end.close()

    def _made(self) -> sockets.socket:
        self._ends.append(sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM))
        return self._ends[-1]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._ends.append(near)
                far = self._made()
                far.connect(str(self._to))
                for one, other in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._carry, args=(one, other), daemon=True))
                    self._threads[-1].start()

    def _carry(self, one: sockets.socket, other: sockets.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                while self.is_cut:
                    time.sleep(0.01)
                other.sendall(data)
            other.shutdown(sockets.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.must_really_work
def test_n6_an_engine_that_is_cut_off_from_the_venue_sends_nothing_when_it_is_back(tmp_path: Path) -> None:
    lease = {"account": "main", "folder": str(tmp_path / "leases")}
    paper, path, socket = configured(tmp_path, lease=lease)
    tree = yaml.safe_load(path.read_text())
    tree["market_data"]["config"]["socket"] = str(tmp_path / "r")
    (tmp_path / "engine.yaml").write_text(yaml.safe_dump(tree))
    with serving(paper, socket):
        command = ("-m", "tradewind", "live", "-c", tmp_path / "engine.yaml", "--json")
        with Relay(tmp_path / "r", socket) as relay, started(*command) as process:
            place = Place(socket, path, tmp_path / "sessions", process)
            wait_for(lambda: bool(list(place.root.rglob("control.json"))), process)
            wait_for(lambda: _is_full(place.client), process)
            relay.is_cut = True
            stopped_directly(path)
            is_flat(place)
            before = orders_ever(place)
            relay.is_cut = False
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 1
            assert "nothing more is sent" in errors
            assert orders_ever(place) == before
            is_flat(place)


@pytest.mark.slow
def test_a_paper_account_has_no_venue_beside_its_engine(tmp_path: Path) -> None:
    paper, _, _ = configured(tmp_path)
    code, out, _ = said("control", "emergency-stop", "--direct", "--yes", "-c", paper, "--json")
    answer = json.loads(out)
    assert (code, answer["outcome"]) == (4, "partly")
    assert "there is no venue to go to" in answer["left"][0]
