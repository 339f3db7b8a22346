"""What changes at Binance while a session runs, or between two: funding, ticks, the position mode."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import FUTURES, Venue, serve
from tests.e2e.test_binance_usdm import VENUE, at_one_moment, write_market
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import (
    FundingPaid,
    InstrumentChanged,
    OrderAccepted,
    OrderRejected,
    TimerFired,
)
from tradewind.record.journal.reader import read
from tradewind.runtime.replay import verify
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_usdm_rest import Income, Wallet

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TOKEN = "of-the-test"
STRATEGIES = '''
from tradewind import Strategy

class Holds(Strategy):
    """Buys once, and holds."""

    def on_bar(self, ctx, bar):
        if ctx.position().is_flat and not ctx.open_orders():
            ctx.buy("0.02")


class Turns(Strategy):
    """Buys and sells in turn."""

    def on_bar(self, ctx, bar):
        ctx.buy("0.02") if ctx.position().is_flat else ctx.close()


class Rests(Strategy):
    """Has an order resting below the price, and moves it with every bar."""

    def on_bar(self, ctx, bar):
        ctx.cancel_all()
        ctx.buy("0.01", limit=bar.close * 0.95)
'''


class Until:
    """Ends a session when what it has told is enough."""

    def __init__(self, enough: Callable[[list[Step]], bool]) -> None:
        self.steps: list[Step] = []
        self.enough = enough
        self.session: Any = None

    def observe(self, steps: Sequence[Step]) -> None:
        self.steps.extend(steps)
        if self.session is not None and self.enough(self.steps):
            self.loop.call_soon_threadsafe(self.session.stop, "enough")
            self.session = None

    def close(self) -> None:
        """Nothing is open."""

    def begin(self, session: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self.loop = session, loop


def config(folder: Path, venue: Venue, strategy: str, **account: Any) -> Any:
    (folder / "changes.py").write_text(STRATEGIES)
    keys = {"api_key": venue.key, "secret_key": venue.secret, "base_url": f"http://127.0.0.1:{venue.port}"}
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000, "clock_seconds": 0.5}
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "out")},
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {"provider_type": "binance-paper", "config": keys | patient | account},
        "shutdown": {"cancel": "all", "flatten": False, "timeout_seconds": 3_600},
        "strategy": {"path": f"{folder / 'changes.py'}:{strategy}"},
    }
    return build_config(Source("session.yaml", tree, {}), environ={})


def run(folder: Path, made: Any, until: Until) -> Any:
    """Run a session until it has told enough; return it."""
    live = prepare(made, folder, observers=[until], handle_signals=False)

    async def main() -> None:
        until.begin(live.session, asyncio.get_running_loop())
        await live.run()

    asyncio.run(main())
    assert verify(live.files.journal_path).steps == len(until.steps)
    return live


def told(steps: list[Step], kind: type) -> list[Any]:
    return [step.event for step in steps if isinstance(step.event, kind)]


def asked(venue: Venue, name: str, kind: Any, **params: Any) -> Any:
    """Ask the exchange under the account's key."""
    rest, offset = Rest(f"http://127.0.0.1:{venue.port}", Product.USDM), ClockOffset()
    rest.compare_clocks(offset)
    try:
        return rest.get_signed(name, params, kind, Keys(venue.key, HmacSigner(venue.secret)), offset)
    finally:
        rest.close()


# --- funding while no session runs ------------------------------------------------------------------


def test_funding_of_the_time_between_two_sessions_is_booked_once(tmp_path: Path) -> None:
    write_market(tmp_path)

    def funding(venue: Venue) -> list[Income]:
        rows: list[Income] = asked(venue, "income", list[Income], incomeType="FUNDING_FEE", limit=1_000)
        return rows

    def calm(steps: list[Step], charges: int) -> bool:
        # Between bars, when nothing is on its way: what the exchange does after the end is not in our books.
        return len(told(steps, FundingPaid)) >= charges and isinstance(steps[-1].event, TimerFired | FundingPaid)

    for venue in serve(tmp_path, "--speed", "60", config=VENUE):
        made = config(tmp_path, venue, "Holds", market="usdm")
        first = Until(lambda steps: calm(steps, 1))
        run(tmp_path, made, first)
        before = len(funding(venue))
        until = time.monotonic() + 120
        while len(funding(venue)) < before + 2:
            assert time.monotonic() < until, "the exchange charges nothing"
            time.sleep(0.2)
        missed = len(funding(venue)) - len(told(first.steps, FundingPaid))
        second = Until(lambda steps, missed=missed: calm(steps, missed))  # type: ignore[misc] # its default is the binding
        live = run(tmp_path, made, second)
        assert live.before is not None
        booked = {event.ts_venue: event.amount for event in told(first.steps + second.steps, FundingPaid)}
        wallets, rows = at_one_moment(partial(asked, venue, "balance", list[Wallet]), partial(funding, venue))
        theirs = {row.time * 1_000_000: Decimal(row.income) for row in rows}
        assert booked == {at: theirs[at] for at in sorted(theirs)[: len(booked)]}
        assert len(booked) >= before + 2
        (wallet,) = [row for row in wallets if row.asset == "USDT"]
        late = sum((amount for at, amount in theirs.items() if at not in booked), Decimal(0))
        ours = {str(asset): total for asset, total in live.world.engine.portfolio.ledger.wallet()}
        assert ours["USDT"] + late == Decimal(wallet.balance)


# --- what a symbol is traded in ---------------------------------------------------------------------


def test_a_tick_that_changes_is_heard_and_kept_to(tmp_path: Path) -> None:
    """The first order off the new tick is refused; that is asked about, recorded, and the next one is on it."""

    def accepted_after(steps: list[Step]) -> bool:
        changed = next((n for n, s in enumerate(steps) if isinstance(s.event, InstrumentChanged)), None)
        return changed is not None and len(told(steps[changed:], OrderAccepted)) >= 2

    pressed: list[int] = []

    def enough(steps: list[Step]) -> bool:
        if not pressed and told(steps, OrderAccepted):
            pressed.append(press(venue, kind="tick_size", symbol="BTCUSDT", value="5"))
        return accepted_after(steps)

    for venue in serve(tmp_path, "--speed", "60", "--faults", "--admin-token", TOKEN):
        until = Until(enough)
        live = run(tmp_path, config(tmp_path, venue, "Rests"), until)
        steps = list(read(live.files.journal_path))
        (changed,) = told(steps, InstrumentChanged)
        assert changed.tick == 5
        seq = next(step.seq for step in steps if step.event is changed)
        later = [e.order.price for s in steps[seq:] for e in s.effects if isinstance(e, SubmitOrder)]
        assert later
        assert all(price is not None and price % 5 == 0 for price in later)
        assert not told(steps[seq + 1 :], OrderRejected)
        assert live.world.engine.view.instrument(changed.instrument).tick == 5


def press(venue: Venue, **wish: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{venue.port}/__sim/fault", json.dumps(wish).encode(), {"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(answer.status)


# --- the position mode ------------------------------------------------------------------------------


def test_hedge_mode_is_refused_at_the_start_and_the_way_out_is_named(tmp_path: Path) -> None:
    for venue in serve(tmp_path, "--speed", "60", config=FUTURES):
        with pytest.raises(ConfigError, match="say one_way"):
            prepare(config(tmp_path, venue, "Turns", market="usdm", position_mode="hedge"), tmp_path)
        rest, offset = Rest(f"http://127.0.0.1:{venue.port}", Product.USDM), ClockOffset()
        rest.compare_clocks(offset)
        keys = Keys(venue.key, HmacSigner(venue.secret))
        rest.set_signed("positionSide/dual", {"dualSidePosition": "true"}, Any, keys, offset)
        rest.close()
        with pytest.raises(ConfigError, match=r"the account is in hedge mode.*dualSidePosition=false"):
            prepare(config(tmp_path, venue, "Turns", market="usdm"), tmp_path)
