"""Argo's fill model: on the bar that was just seen, at its middle; several orders of a turn one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.venues.sim.world import MINUTE, World
from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config
from tradewind.app.session.live_run import prepare
from tradewind.domain import events as ev
from tradewind.domain.errors import ConfigError
from tradewind.domain.money import plain

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config


def mid() -> World:
    """A venue of this model that has seen a bar from 100 to 110."""
    return World(first=None, current_bar_mid=True).bar(104, 110, 100, 106)


def test_a_market_order_trades_at_the_middle_of_the_bar_just_seen() -> None:
    world = mid()
    world.send("a")
    world.until(world.now)
    (fill,) = world.of("a", ev.OrderFilled)
    assert (plain(fill.price), fill.ts_venue, fill.ts_recv) == ("105", 0, MINUTE)


@pytest.mark.parametrize(
    ("side", "limit", "price"),
    [("buy", "104", "104"), ("buy", "107", "105"), ("buy", "100", "100"), ("buy", "99.99", None)],
)
def test_a_limit_buy_trades_at_the_better_of_limit_and_middle(side: str, limit: str, price: str | None) -> None:
    world = mid()
    world.send("a", side, price=limit)
    world.until(world.now)
    assert [plain(fill.price) for fill in world.of("a", ev.OrderFilled)] == ([price] if price else [])


def test_what_rests_is_tried_on_later_bars_by_the_same_rule() -> None:
    world = mid()
    world.send("b")
    world.send("s", "sell", price="115")
    world.bar(106, 112, 106, 112)
    assert not world.of("s", ev.OrderFilled)
    world.bar(112, 120, 112, 118)
    (fill,) = world.of("s", ev.OrderFilled)
    assert (plain(fill.price), fill.ts_venue) == ("115", 2 * MINUTE)


STRATEGY = """
from tradewind import Strategy

class Many(Strategy):
    def on_bar(self, ctx, bar):
        if not ctx.state.get("done"):
            ctx.state["done"] = True
            for side, quantity in (("buy", 1), ("buy", 1000), ("sell", 1), ("sell", 100)):
                ctx.submit(side, quantity, tag=f"{side} {quantity}")

    def on_fill(self, ctx, fill):
        ctx.log(f"filled {fill.side.value} {fill.quantity.normalize()}")

    def on_refusal(self, ctx, refusal):
        ctx.log(f"refused {refusal.intent.tag}")
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "many.py"
    file.write_text(STRATEGY)
    path = tmp_path / "session.yaml"
    path.write_text(
        f"""
engine: {{symbols: [BTCUSDT], interval: 1m, data_output_path: {tmp_path}/out}}
market_data: {{provider_type: mock, config: {{bars: 20, seed: 1, start_price: 100}}}}
trading: {{provider_type: paper, config: {{balances: {{USDT: "4000"}}, fill: {{model: current_bar_mid}}}}}}
strategy: {{path: "{file}:Many"}}
"""
    )
    return load_config(path)


def test_each_order_of_a_turn_is_judged_as_if_those_before_had_filled(config: Config, tmp_path: Path) -> None:
    """With cash for 39: buy 1, buy 1000, sell 1, sell 100 are taken, refused, taken, refused."""
    world = run_backtest(config, tmp_path).world
    orders = list(world.engine.orders.by_id.values())
    assert [(order.spec.tag, order.state.value) for order in orders] == [("buy 1", "filled"), ("sell 1", "filled")]


def test_it_looks_ahead_so_no_live_session_takes_it(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="current_bar_mid looks ahead"):
        prepare(config, tmp_path)
