"""Commands about one strategy of several: a halt with its orders, and a swap that closes what it holds first."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.app.control.address import door_of
from tradewind.app.control.client import Client
from tradewind.domain.errors import CallRejected
from tradewind.live import LiveTradingEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOURCE = '''
from tradewind import Strategy

class Holder(Strategy):
    """Buys once with a stop, and rests an entry far below."""
    rests: bool = True

    def on_bar(self, ctx, bar):
        if not ctx.state.get("begun"):
            ctx.state["begun"] = True
            ctx.buy("0.01", stop_loss=ctx.price() * 0.5)
            if self.rests:
                ctx.buy("0.01", limit=ctx.price() * 0.5)

class Quiet(Strategy):
    """Does nothing."""

class Broken(Strategy):
    def on_start(self, ctx):
        ctx.subscribe("1s")
'''


class Running:
    """A session of two strategies, `one` and `two`, and how it is spoken to."""

    def __init__(self, client: Client, source: str) -> None:
        self.client, self._source = client, source

    def say(self, command: str, **words: Any) -> dict[str, Any]:
        return self.client.command(command, **words)

    def swap(self, name: str, **words: Any) -> dict[str, Any]:
        return self.say("swap-strategy", source=f"{self._source}:{name}", strategy="one", **words)

    def open(self) -> list[tuple[str, str]]:
        """Return whose orders are open, and of what kind."""
        return sorted((each["strategy"], each["type"]) for each in self.client.read("/orders"))

    def held(self) -> list[str]:
        return sorted(each["strategy"] for each in self.client.read("/positions"))

    def halted(self) -> list[str]:
        return self.client.read("/status")["halted"]

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not until():
            assert time.monotonic() < end, (self.open(), self.held())
            time.sleep(0.02)


@contextlib.contextmanager
def session(
    folder: Path, *, rests: bool = True, latency: dict[str, Any] | None = None, pace_ms: int = 20
) -> Iterator[Running]:
    source = folder / "holder.py"
    source.write_text(SOURCE)
    place = {"path": f"{source}:Holder", "config": {"rests": rests}}
    engine = LiveTradingEngine(
        {
            "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder)},
            "market_data": {"provider_type": "mock", "config": {"interval_ms": pace_ms}},
            "trading": {"provider_type": "paper", "config": {"latency": latency} if latency else {}},
            "strategy": [place | {"id": "one"}, place | {"id": "two"}],
            "control": {"strategies": [f"{source}:Quiet", f"{source}:Broken"]},
        }
    )
    thread = threading.Thread(target=engine.run_sync)
    thread.start()
    try:
        end = time.monotonic() + 60
        while not (found := list(folder.rglob("control.json"))):
            assert time.monotonic() < end, "it never came"
            assert thread.is_alive()
            time.sleep(0.01)
        made = Running(Client(door_of(found[0].parent)), str(source))
        made.wait(lambda: made.held() == ["one", "two"] and len(made.open()) == (4 if rests else 2))
        yield made
    finally:
        engine.stop()
        thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize(("which", "left"), [("entries", ["stop"]), ("all", []), ("none", ["limit", "stop"])])
def test_a_halt_of_one_strategy_takes_its_orders_back_and_no_other(tmp_path: Path, which: str, left: list[str]) -> None:
    with session(tmp_path) as running:
        told = running.say("halt", strategy="one", cancel=which)
        assert told["outcome"] == "done", told
        assert told["told"][0].startswith("halted: one")
        assert [kind for who, kind in running.open() if who == "one"] == left, "it has waited until they are over"
        assert [kind for who, kind in running.open() if who == "two"] == ["limit", "stop"]
        assert running.halted() == ["one"]


def test_orders_of_one_strategy_are_taken_back_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        assert running.say("cancel-all", strategy="two")["outcome"] == "done"
        assert running.open() == [("one", "limit"), ("one", "stop")]
        for command in ("halt", "cancel-all", "resume"):
            with pytest.raises(CallRejected, match="no strategy three in this session; there are one, two"):
                running.say(command, strategy="three")
        assert running.halted() == []


def test_a_swap_that_closes_has_the_old_one_flat_before_the_new_one_acts(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        told = running.swap("Quiet", close_positions=True)
        assert told["outcome"] == "done", told
        assert told["told"][:2] == ["1 orders taken back", "closed mock:BTCUSDT of one"]
        assert "acts as one from step" in told["told"][2]
        assert (running.held(), running.open(), running.halted()) == (["two"], [("two", "limit"), ("two", "stop")], [])


def test_a_swap_that_closes_and_is_refused_tells_what_was_closed_and_that_the_old_one_is_halted(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        told = running.swap("Broken", close_positions=True)
        assert told["outcome"] == "partly", told
        assert told["told"] == ["1 orders taken back", "closed mock:BTCUSDT of one"]
        why, kept = told["left"]
        assert "cannot be made" in why
        assert kept == "not swapped; one is halted: `control resume --strategy one` lets it trade again"
        assert (running.held(), running.halted()) == (["two"], ["one"])


@pytest.mark.parametrize("rests", [True, False])
def test_what_is_not_flat_in_time_is_not_swapped(tmp_path: Path, rests: bool) -> None:
    """Cancels and closes are ten hours under way, of which a minute passes in two milliseconds."""
    slow = {"kind": "fixed", "submit_ms": 36_000_000, "cancel_ms": 36_000_000}
    with session(tmp_path, rests=rests, latency=slow, pace_ms=2) as running:
        told = running.swap("Quiet", close_positions=True, timeout_seconds=1)
        assert told["outcome"] == "partly", told
        assert ("not confirmed" if rests else "still held") in told["left"][0]
        assert told["left"][-1].startswith("not swapped; one is halted")
        assert "Quiet" not in str(running.client.read("/status")["strategies"])
        assert running.halted() == ["one"]
