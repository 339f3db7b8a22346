"""A session over Binance's protocol, against the local exchange in a process of its own: the whole way of an order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import serve
from tests.e2e.rerun import check_backtest, check_replay
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import PlaceExits
from tradewind.domain.events import AccountSnapshot, OrderAccepted, OrderFilled, SessionStarted
from tradewind.domain.market import Bar
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.reader import read
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.parse_rest import balances_of
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_rest import Account

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tradewind.domain.step import Step

TRADER = '''
from tradewind import Strategy

class Trader(Strategy):
    """Buys with stop and target at the venue, sells at the market, and has far orders resting that it takes back."""

    def on_start(self, ctx):
        self.bars = 0

    def on_bar(self, ctx, bar):
        self.bars += 1
        if self.bars % 2:
            ctx.buy("0.01", stop_loss=round(bar.close * 0.9, 2), take_profit=round(bar.close * 1.1, 2))
        else:
            ctx.sell("0.01")
        ctx.cancel_all()
        if self.bars % 3 == 0:
            ctx.buy("0.02", limit=round(bar.close * 0.95, 2))
'''
FILLS = 8


class Stopper:
    """Ends the session when enough was filled, and the order that rested is gone."""

    def __init__(self) -> None:
        self.fills = self.cancelled = 0
        self.session: Any = None

    def observe(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.fills += isinstance(step.event, OrderFilled)
            self.cancelled += type(step.event).__name__ == "OrderCancelled"
        if self.fills >= FILLS and self.cancelled and self.session is not None:
            self.loop.call_soon_threadsafe(self.session.stop, "enough")
            self.session = None

    def close(self) -> None:
        pass

    def begin(self, session: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self.loop = session, loop


def settings(folder: Path, port: int, key: str, secret: str) -> dict[str, Any]:
    """Return the configuration of the session, with its strategy's file written."""
    (folder / "trader.py").write_text(TRADER)
    here = {"base_url": f"http://127.0.0.1:{port}"}
    # At sixty times the pace of a clock, ten minutes of the exchange's time are ten seconds.
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}
    return {
        "engine": {
            "symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "out"),
            "prefetch": {"enabled": True, "start_time_type": "days", "days": 1},
        },
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {
            "provider_type": "binance-paper", "config": {"api_key": key, "secret_key": secret} | here | patient,
        },
        "shutdown": {"cancel": "all", "timeout_seconds": 3_600},
        "strategy": {"path": f"{folder / 'trader.py'}:Trader"},
    }  # fmt: skip


def config(folder: Path, port: int, key: str, secret: str) -> Any:
    return build_config(Source("session.yaml", settings(folder, port, key, secret), {}), environ={})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_session_trades_on_the_local_exchange_and_its_books_are_the_exchanges(tmp_path: Path) -> None:
    """So does the one that goes on from it: the coin that the account owned before is still no position.

    Both replay to the byte, and a backtest over the bars that the first has recorded decides what it did.
    """
    for venue in serve(tmp_path, "--speed", "60"):
        made = config(tmp_path, venue.port, venue.key, venue.secret)
        for goes_on in (False, True):
            stopper = Stopper()
            run = prepare(made, tmp_path, observers=[stopper], handle_signals=False)
            assert (run.before is not None) is goes_on

            async def main(run: Any = run, stopper: Stopper = stopper) -> Path:
                stopper.begin(run.session, asyncio.get_running_loop())
                home: Path = await run.run()
                return home

            home = asyncio.run(main())
            steps = list(read(run.files.journal_path))
            check_books(steps, run, venue.port, venue.key, venue.secret)
            check_bars(steps, least=1 if goes_on else 1_440)
            check_secrets(home, venue.key, venue.secret)
            assert run.left_open == 0
            if not goes_on:
                tree = settings(tmp_path, venue.port, venue.key, venue.secret)
                assert check_backtest(run.files.journal_path, tree, tmp_path / "past")
        check_replay(tmp_path / "out")


def check_books(steps: list[Step], run: Any, port: int, key: str, secret: str) -> None:
    """Hold our wallet against what the exchange says over REST, to the last digit; reconciliation saw no difference."""
    kinds = [type(step.event) for step in steps]
    assert kinds[0] is SessionStarted
    assert kinds.count(OrderFilled) >= FILLS
    assert any(isinstance(effect, PlaceExits) for step in steps for effect in step.effects)
    assert OrderAccepted in kinds
    assert AccountSnapshot in kinds
    reports = [notice for step in steps for notice in step.notices if isinstance(notice, ReconciliationReport)]
    assert reports
    assert not any(report.confirmed for report in reports)
    rest, offset = Rest(f"http://127.0.0.1:{port}"), ClockOffset()
    rest.compare_clocks(offset)
    keys = Keys(key, HmacSigner(secret))
    account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
    rest.close()
    theirs = {str(balance.asset): balance.total for balance in balances_of(account.balances)}
    ours = {str(asset): total for asset, total in run.world.engine.portfolio.ledger.wallet()}
    assert {asset: ours[asset] for asset in ("BTC", "USDT")} == {asset: theirs[asset] for asset in ("BTC", "USDT")}


def check_bars(steps: list[Step], least: int = 1_440) -> None:
    """Hold that each minute was told once, in order, from the first of history to the last."""
    opens = [step.event.ts_open for step in steps if isinstance(step.event, Bar)]
    assert len(opens) > least
    assert opens == list(range(opens[0], opens[-1] + 1, NS_PER_MINUTE))


def check_secrets(home: Path, key: str, secret: str) -> None:
    """Look into every file of the session, and its folders."""
    files = [path for path in home.parent.parent.rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        assert secret.encode() not in data, path
        assert key.encode() not in data, path
