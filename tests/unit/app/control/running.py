"""A paper session in a thread of this process, with its control API."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind import Strategy
from tradewind.app.control.address import door_of
from tradewind.app.control.client import Client
from tradewind.live import LiveTradingEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.app.control.address import Door
    from tradewind.domain.market import Bar
    from tradewind.strategy.context import Context

KEY = "planted-key-7f3a9c51"


class Keyed(Strategy):
    """Has a key among its parameters, and rests an order now and then."""

    api_key: str = ""

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if bars % 5 == 0:
            ctx.buy("0.001", limit=bar.close * 0.95)


class Session(NamedTuple):
    """What a test needs of it."""

    engine: LiveTradingEngine
    home: Path
    door: Door

    @property
    def client(self) -> Client:
        return Client(self.door)

    def call(
        self, method: str, path: str, body: bytes | None = None, *, token: str | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Make a call with the right token unless another is given; header names have `_` for `-`."""
        link = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=20)
        told = {"Authorization": f"Bearer {self.door.token if token is None else token}"}
        told |= {"Content-Type": "application/json"} | {name.replace("_", "-"): each for name, each in headers.items()}
        with contextlib.closing(link):
            link.request(method, path, body, {name: each for name, each in told.items() if each})
            answer = link.getresponse()
            return answer.status, answer.read()


@contextlib.contextmanager
def session(
    folder: Path, patience: float = 60.0, blocks: dict[str, Any] | None = None, **control: Any
) -> Iterator[Session]:
    """Run one, with further `blocks` of its configuration; its door must be there within `patience` seconds."""
    engine = LiveTradingEngine(
        {
            "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder)},
            "market_data": {"provider_type": "mock", "config": {"interval_ms": 20}},
            "trading": {"provider_type": "paper"},
            "control": control,
            **(blocks or {}),
        },
        strategy=Keyed,
        strategy_config={"api_key": KEY},
    )
    thread = threading.Thread(target=engine.run_sync)
    thread.start()
    try:
        end = time.monotonic() + patience
        while not (found := list(folder.rglob("control.json"))):
            assert time.monotonic() < end, "it never came"
            assert thread.is_alive()
            time.sleep(0.01)
        yield Session(engine, found[0].parent, door_of(found[0].parent))
    finally:
        engine.stop()
        thread.join(60)
