"""Policies over Binance's protocol, against the local exchange in another process: the venue has the stop (RP 6)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import serve
from tests.e2e.test_binance import config
from tradewind.app.config import build_config
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.events import OrderAccepted, OrderCancelled, OrderFilled
from tradewind.domain.exits import ExitsPlanned, Protected, StopMoved, Unprotected
from tradewind.domain.order import OrderType
from tradewind.record.journal.reader import read
from tradewind.runtime.replay import verify
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_rest import Order

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tradewind.domain.step import Step

BUYER = '''
from tradewind import Strategy

class Trader(Strategy):
    """Buys once, and leaves the rest to policies."""

    def on_bar(self, ctx, bar):
        if not ctx.position().quantity and not list(ctx.open_orders()):
            ctx.buy("0.01")
'''
POLICIES = {
    "entry": {"stop_loss": 0.03},
    "trailing": {
        "activation_threshold": 0, "distance": {"pct": 0.02}, "breakeven_threshold": None, "min_move": 0.0002,
    },
}  # fmt: skip
MOVES = 2


class UntilMoved:
    """Ends the session when its stop was moved so often, and rests again."""

    def __init__(self) -> None:
        self.moves = 0
        self.session: Any = None

    def observe(self, steps: Sequence[Step]) -> None:
        for step in steps:
            for notice in step.notices:
                self.moves += isinstance(notice, StopMoved)
                if isinstance(notice, Protected) and self.moves >= MOVES and self.session is not None:
                    self.loop.call_soon_threadsafe(self.session.stop, "enough")
                    self.session = None

    def close(self) -> None:
        pass

    def begin(self, session: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self.loop = session, loop


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_rp_6_6_the_venues_open_orders_show_the_trigger_and_it_stays_without_the_engine(tmp_path: Path) -> None:
    """RP 6.6 (live), RP 4.4 (live), lesson 71: and each gap is told, with its times."""
    for venue in serve(tmp_path, "--speed", "60"):
        made = config(tmp_path, venue.port, venue.key, venue.secret)
        (tmp_path / "trader.py").write_text(BUYER)
        tree = made.written.source.data | {"positions": POLICIES, "shutdown": {"cancel": "none"}}
        made = build_config(type(made.written.source)("session.yaml", tree, {}), environ={})
        until = UntilMoved()
        run = prepare(made, tmp_path, observers=[until], handle_signals=False)

        async def main(run: Any = run, until: UntilMoved = until) -> Path:
            until.begin(run.session, asyncio.get_running_loop())
            home: Path = await run.run()
            return home

        asyncio.run(main())
        steps = list(read(run.files.journal_path))
        verify(run.files.journal_path)
        stop = check(steps)
        rest, offset = Rest(f"http://127.0.0.1:{venue.port}"), ClockOffset()
        rest.compare_clocks(offset)
        keys = Keys(venue.key, HmacSigner(venue.secret))
        there = rest.get_signed("order", {"symbol": "BTCUSDT", "origClientOrderId": stop[0]}, Order, keys, offset)
        rest.close()
        assert Decimal(there.stop_price) == stop[1]
        assert there.status in ("NEW", "FILLED"), "it rests where it was moved to, or has sold without the engine"


def check(steps: list[Step]) -> tuple[str, Decimal]:
    """See that stops followed the fill, were taken back one by one, and each gap was told; return the last."""
    notices = [notice for step in steps for notice in step.notices]
    assert any(isinstance(notice, ExitsPlanned) for notice in notices)
    effects = [effect for step in steps for effect in step.effects]
    assert not any(effect.attached for effect in effects if isinstance(effect, SubmitOrder))
    stops = [
        effect.order for effect in effects
        if isinstance(effect, SubmitOrder) and effect.order.type is OrderType.STOP
    ]  # fmt: skip
    ended = {effect.order for effect in effects if isinstance(effect, CancelOrder)}
    ended |= {step.event.order for step in steps if isinstance(step.event, OrderFilled)}
    assert all(stop.id in ended for stop in stops[:-1]), "each was taken back, or filled, before the next"
    resting: set[str] = set()
    for step in steps:
        if isinstance(step.event, OrderAccepted):
            resting |= {stop.id for stop in stops if stop.id == step.event.order}
        elif isinstance(step.event, OrderCancelled | OrderFilled):
            resting.discard(step.event.order)
        assert len(resting) <= 1, "never two stops for the same coins"
    gaps = [notice for notice in notices if isinstance(notice, Protected)]
    assert len(gaps) == len([notice for notice in notices if isinstance(notice, Unprotected)]) == len(stops)
    last = stops[-1]
    assert last.trigger is not None
    return last.id, last.trigger
