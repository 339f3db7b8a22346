"""`kill -9` of the exchange, again and again while a session trades on it: afterwards the books of both are equal."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import CONFIG
from tests.e2e.test_binance import Stopper, check_bars, check_books, config
from tradewind.app.session.live_run import prepare
from tradewind.domain.events import OrderFilled
from tradewind.domain.step import OrderIgnored
from tradewind.exchange.binance.keys import own_key
from tradewind.record.journal.reader import read

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 2


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Exchange:
    """The exchange's process, which is killed and started again at its port."""

    def __init__(self, folder: Path, port: int, config: str = CONFIG, *options: str) -> None:
        (folder / "paper.yaml").write_text(config)
        self._folder, self.port, self._options = folder, port, options
        self.kills = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tradewind", "exchange", "serve", "-c", "paper.yaml", "--speed", "60"]
        command += ["--binance", str(self.port), "--state", "state", *self._options]
        self.process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("binance at")

    def kill(self) -> None:
        with self.process:
            self.process.kill()
        self.kills += 1

    async def be_killed(self, stopper: Stopper) -> None:
        """Die whenever some more orders have filled, and come back."""
        for number in range(KILLS):
            while stopper.fills < 2 * (number + 1):  # noqa: ASYNC110 - the session's observers count
                await asyncio.sleep(0.05)
            await asyncio.to_thread(self.kill)
            await asyncio.to_thread(self.start)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_books_are_equal_after_the_exchange_was_killed_under_a_session(tmp_path: Path) -> None:
    port, key = free_port(), own_key("main")
    exchange = Exchange(tmp_path, port)
    try:
        stopper = Stopper()
        session = config(tmp_path, port, key.key, key.secret)
        run = prepare(session, tmp_path, observers=[stopper], handle_signals=False)

        async def main() -> None:
            stopper.begin(run.session, asyncio.get_running_loop())
            async with asyncio.TaskGroup() as group:
                group.create_task(exchange.be_killed(stopper))
                await run.run()

        asyncio.run(main())
        steps = list(read(run.files.journal_path))
        check_books(steps, run, port, key.key, key.secret)
        check_bars(steps)
        check_fills(steps)
        assert run.left_open == 0
    finally:
        exchange.kill()


def check_fills(steps: list[Any]) -> None:
    """Hold that each execution was booked once, however many channels told it: what comes again is ignored."""
    told = [step for step in steps if isinstance(step.event, OrderFilled)]
    booked = [step.event.trade_id for step in told if not any(isinstance(n, OrderIgnored) for n in step.notices)]
    assert len(booked) == len(set(booked)) == len({step.event.trade_id for step in told}) >= 2 * KILLS
