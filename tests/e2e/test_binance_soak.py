"""A soak: many symbols, two strategies, an exchange at sixty times the pace, and everything going wrong there by seed.

TRADEWIND_SOAK_MINUTES of the market's time (12, or 120), TRADEWIND_SOAK_SYMBOLS (6, or 20: with those the exchange
alone takes a third of a processor at this pace; TRADEWIND_SOAK_SPEED is another), TRADEWIND_SOAK_SEED for the faults,
TRADEWIND_SOAK_KILLS (1) of the engine and of the exchange each. Afterwards wallet, orders and executions are the
exchange's, each bar was told once and in order over all sessions, each replays to the byte, and nothing is left open.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conformance.venue import Venue
from tests.e2e.soaking import STARTS, TOKEN, Told, Trouble, live_and_die
from tests.e2e.test_binance_exchange_kills import Exchange, free_port
from tests.e2e.test_kill_and_go_on import chain
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import OrderAccepted, OrderFilled
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.exchange.binance.keys import own_key
from tradewind.record.journal.reader import read
from tradewind.runtime.replay import verify
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.parse_rest import balances_of
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_rest import Account, Order

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

MINUTES = int(os.environ.get("TRADEWIND_SOAK_MINUTES", "12"))
KILLS = int(os.environ.get("TRADEWIND_SOAK_KILLS", "1"))
SEED = int(os.environ.get("TRADEWIND_SOAK_SEED", "1"))
SPEED = int(os.environ.get("TRADEWIND_SOAK_SPEED", "60"))
COINS = "BTC ETH BNB SOL XRP ADA DOGE TRX AVAX LINK DOT LTC BCH UNI ATOM XLM ETC FIL APT ARB"
SYMBOLS = [f"{coin}USDT" for coin in COINS.split()][: int(os.environ.get("TRADEWIND_SOAK_SYMBOLS", "6"))]
PAPER = f"""\
engine: {{symbols: [{", ".join(SYMBOLS)}], interval: 1m}}
market_data: {{provider_type: mock, config: {{seed: 11}}}}
trading: {{provider_type: paper, config: {{balances: {{USDT: 10000000}}}}}}
"""
STRATEGIES = '''
from tradewind import Strategy

class Turns(Strategy):
    """Buys each symbol at the market and sells it three bars later."""

    def on_start(self, ctx):
        self.bars = {}

    def on_bar(self, ctx, bar):
        count = self.bars[bar.instrument] = self.bars.get(bar.instrument, 0) + 1
        if count % 3 == 1:
            ctx.buy("0.01", bar.instrument)
        elif count % 3 == 0:
            ctx.close(bar.instrument)


class Rests(Strategy):
    """Has an order resting below each symbol's price, and moves it with every other bar."""

    def on_start(self, ctx):
        self.bars = {}

    def on_bar(self, ctx, bar):
        count = self.bars[bar.instrument] = self.bars.get(bar.instrument, 0) + 1
        if count % 2:
            ctx.cancel_all(bar.instrument)
            ctx.buy("0.02", bar.instrument, limit=round(bar.close * 0.999, 2))
'''
CALM_MINUTES = 5
"""In which nothing more is pressed: what is in doubt is settled by asking, in the time that the market tells."""


def settings(folder: Path, venue: Venue) -> dict[str, Any]:
    """Return the configuration of the session, with its strategies' file written."""
    (folder / "soak.py").write_text(STRATEGIES)
    keys = {"api_key": venue.key, "secret_key": venue.secret, "base_url": f"http://127.0.0.1:{venue.port}"}
    return {
        "engine": {"symbols": SYMBOLS, "interval": "1m", "data_output_path": str(folder / "out")},
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {  # at sixty times the pace an hour of the exchange's time is a minute of ours
            "provider_type": "binance-paper",
            # When no market tells the time any more the comparison of the clocks does: doubts and budgets of the end
            # are a matter of the exchange's time.
            "config": keys
            | {"answer_seconds": 300, "wait_seconds": 2, "recv_window_ms": 60_000, "clock_seconds": 0.25},
        },
        "reconciliation": {"ask_longest_seconds": 4, "grace_seconds": 5},
        "shutdown": {"cancel": "all", "timeout_seconds": 3_600},
        "strategy": [{"id": name.lower(), "path": f"{folder / 'soak.py'}:{name}"} for name in ("Turns", "Rests")],
    }  # fmt: skip


def config(folder: Path, venue: Venue) -> Any:
    return build_config(Source("session.yaml", settings(folder, venue), {}), environ={})


class Soaked(Told):
    """Watches a session: when it has traded for long enough it is stopped; its memory is noted on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.memory: list[int] = []
        self.until = MINUTES
        """After so many minutes, over all sessions, it is enough."""
        self.is_over, self.is_calm = asyncio.Event(), asyncio.Event()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def observe(self, steps: Sequence[Step]) -> None:
        before = len(self.minutes)
        self.take(steps)
        if len(self.minutes) > before:
            self.memory.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize())
        if len(self.minutes) >= self.until:
            self._loop.call_soon_threadsafe(self.is_over.set)
        if len(self.minutes) >= self.until + CALM_MINUTES:
            self._loop.call_soon_threadsafe(self.is_calm.set)

    def close(self) -> None:
        """Nothing is open."""


def open_sockets() -> int:
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def soak(run: Any, soaked: Soaked, trouble: Trouble) -> None:
    """Run the session under faults, and its last minutes without."""
    soaked.begin(asyncio.get_running_loop())

    async def disturb() -> None:
        while not soaked.is_over.is_set() or trouble.is_due:
            await asyncio.sleep(trouble.pause())
            if soaked.memory:
                await asyncio.to_thread(trouble.make, len(soaked.minutes))
        soaked.until = max(soaked.until, len(soaked.minutes))
        soaked.is_calm.clear()
        await soaked.is_calm.wait()
        run.session.stop("enough")

    async with asyncio.TaskGroup() as group:
        group.create_task(disturb())
        await run.run()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "no task is left"


def marks() -> tuple[list[int], list[int]]:
    """Return how many minutes each engine lives that is killed, half of the time together; when the exchange is."""
    draw = random.Random(SEED)
    length = max(MINUTES // 2 // KILLS, 3)
    return [draw.randrange(2, length) for _ in range(KILLS)], sorted(draw.sample(range(2, MINUTES - 1), KILLS))


def begun(folder: Path, venue: Venue, soaked: Soaked) -> Any:
    """Put the last session together; one that meets a fault is begun again, as by systemd."""
    for _ in range(STARTS):
        try:
            return prepare(config(folder, venue), folder, observers=[soaked], handle_signals=False)
        except VenueUnavailable as error:
            print(f"not begun: {error.message}")  # noqa: T201 - with pytest -s
    raise AssertionError(f"no session began in {STARTS} starts")


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * MINUTES // SPEED * 5)
@pytest.mark.must_really_work
def test_whatever_goes_wrong_the_books_are_the_exchanges_and_each_bar_comes_once(tmp_path: Path) -> None:
    key = own_key("main")
    exchange = Exchange(tmp_path, free_port(), PAPER, "--speed", str(SPEED), "--faults", "--admin-token", TOKEN)
    try:
        venue = Venue(exchange.port, key.key, key.secret)
        (tmp_path / "session.yaml").write_text(yaml.safe_dump(settings(tmp_path, venue)))
        engines, exchanges = marks()
        trouble, soaked = Trouble(exchange, SYMBOLS, SEED, exchanges, SPEED), Soaked()
        live_and_die(tmp_path / "session.yaml", tmp_path / "out", engines, soaked, trouble)
        soaked.until = max(MINUTES, len(soaked.minutes) + MINUTES // 2)
        sockets = open_sockets()
        run = begun(tmp_path, venue, soaked)
        asyncio.run(soak(run, soaked, trouble))
        assert open_sockets() == sockets, "no socket is left"
        lives = chain(tmp_path / "out")
        steps = [step for life in lives for step in read(life.journal)]
        said = (
            f"{len(lives)} sessions, {len(steps)} steps, {len(soaked.minutes)} minutes, {exchange.kills} kills of the"
        )
        print(said, f"exchange, {len(trouble.pressed)} faults: {sorted(set(trouble.pressed))}")  # noqa: T201 - with pytest -s
        assert (len(lives), exchange.kills) == (KILLS + 1, KILLS)
        check_bars(steps)
        check_orders(steps, run, venue)
        assert run.left_open == 0
        for life in lives:
            assert verify(life.journal).steps == len(list(read(life.journal)))
        if MINUTES >= 120:
            check_memory(soaked.memory)
    finally:
        exchange.kill()


def check_bars(steps: Sequence[Step]) -> None:
    told = [step.event for step in steps if isinstance(step.event, Bar)]
    for symbol in SYMBOLS:
        opened = [bar.ts_open for bar in told if bar.instrument.endswith(f":{symbol}")]
        assert len(opened) >= MINUTES - 1
        assert {later - earlier for earlier, later in pairwise(opened)} == {NS_PER_MINUTE}, symbol


def check_orders(steps: Sequence[Step], run: Any, venue: Venue) -> None:
    """Hold wallet, orders and executions against what the exchange says over REST, to the last digit.

    `steps` are those of all sessions that have traded there, `run` is the last one.
    """
    rest, offset = Rest(f"http://127.0.0.1:{venue.port}"), ClockOffset()
    rest.compare_clocks(offset)
    keys = Keys(venue.key, HmacSigner(venue.secret))
    account: Account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
    theirs: dict[str, Order] = {}
    for symbol in SYMBOLS:
        for order in rest.get_signed("allOrders", {"symbol": symbol, "limit": 1_000}, list[Order], keys, offset):
            assert order.client_order_id not in theirs
            theirs[order.client_order_id] = order
    rest.close()
    assert not [order for order in theirs.values() if order.status in ("NEW", "PARTIALLY_FILLED", "PENDING_CANCEL")]
    accepted = {str(step.event.order) for step in steps if isinstance(step.event, OrderAccepted)}
    told = [step.event for step in steps if isinstance(step.event, OrderFilled)]
    fills = list({(fill.order, fill.trade_id): fill for fill in told}.values())  # two channels tell of each
    sent = {str(effect.order.id) for s in steps for effect in s.effects if isinstance(effect, SubmitOrder)}
    known = {str(name) for name in run.world.engine.orders.by_id} | sent
    assert accepted | {str(fill.order) for fill in fills} <= set(theirs)
    assert len(fills) >= len(SYMBOLS), "it has traded, whatever was in the way"
    filled: dict[str, Any] = {}
    for fill in fills:
        filled[str(fill.order)] = filled.get(str(fill.order), 0) + fill.quantity
    for name, order in theirs.items():
        assert name in known or name in accepted, "it knows every order that the exchange has had"
        assert filled.get(name, 0) == Decimal(order.executed_qty), name
    held = {str(each.asset): each.total for each in balances_of(account.balances) if each.total}
    ours = {str(asset): total for asset, total in run.world.engine.portfolio.ledger.wallet() if total}
    assert ours == held


def check_memory(memory: list[int]) -> None:
    """Hold that the second half of the run takes no more than the first."""
    half = len(memory) // 2
    first, second = sorted(memory[half // 2 : half]), sorted(memory[half:])
    grown = second[len(second) // 2] - first[len(first) // 2]
    assert grown < 24 << 20, f"{grown / 1e6:.1f} MB more"
