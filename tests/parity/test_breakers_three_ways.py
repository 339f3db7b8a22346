"""Acceptance lines of breakers as written sessions: the same event at the same bar in a backtest, on paper and live."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.parity.scripts import ETH, Script, bar_of, bars, notices, refusals, spot, three_ways
from tradewind.domain.account import Balance
from tradewind.domain.breakers import BreakerAction, BreakerChanged, BreakerWarned, EquityAnchored
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.ids import Asset
from tradewind.domain.order import Purpose
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.settings import EngineSettings
from tradewind.risk.breakers.settings import AccountLimits, Bound, BreakerSettings, DrawdownGuard, TradingHours, Window

A, D = BreakerAction, Decimal
LOSING = bars(100, 100, 99, 97, 93, 89, 86, 82, 78, 75, 90, 99, 100)
"""With 95 coins bought at 100 of 10,000, equity is 500 and 95 times the price, less some costs."""


def all_in(ctx: Any) -> None:
    ctx.buy(95)


def one_more(ctx: Any) -> None:
    ctx.buy("0.1")


def with_(settings: BreakerSettings) -> EngineSettings:
    return EngineSettings(data_interval="1m", breakers=settings)


def losing(settings: BreakerSettings) -> Script:
    return Script.of(LOSING, {0: all_in, **dict.fromkeys(range(2, 13), one_more)}, settings=with_(settings))


def told(steps: Any) -> list[tuple[int, str, str]]:
    return [(bar, each.breaker, each.state.value) for bar, each in notices(steps, BreakerChanged)]


def test_rp_15_1_and_15_3_a_losing_session_in_three_ways() -> None:
    """RP 15.2 and RP 15.3 as well: the loss is open, and is made good in the end."""
    steps = three_ways(losing(BreakerSettings(account=AccountLimits(), max_drawdown=None)))
    assert told(steps) == [
        (3, "account_daily", "tripped"),
        (7, "account_drawdown", "tripped"),
        (11, "account_drawdown", "closed"),
    ]
    codes = {number: refusal.code.value for number, refusal in refusals(steps)}
    assert codes == dict.fromkeys(range(3, 13), "daily_loss")


def test_rp_16_1_and_16_6_the_guard_warns_latches_and_closes_everything_in_three_ways() -> None:
    """RP 16.6 as well: what would add to the position is refused, and the close leaves."""
    guard = DrawdownGuard(action=BreakerAction.FLATTEN)
    steps = three_ways(losing(BreakerSettings(account=None, max_drawdown=guard)))
    assert [(bar, each.level) for bar, each in notices(steps, BreakerWarned)] == [(5, "warning"), (7, "critical")]
    assert told(steps) == [(8, "max_drawdown", "latched")]
    closes = [
        (bar_of(step), effect.order.quantity)
        for step in steps
        for effect in step.effects
        if isinstance(effect, SubmitOrder) and effect.order.purpose is Purpose.BREAKER
    ]
    assert closes == [(8, D("95.600"))]
    assert {refusal.code.value for bar, refusal in refusals(steps) if bar >= 8} == {"max_drawdown"}


def test_rp_15_6_a_dry_run_tells_and_refuses_nothing_in_three_ways() -> None:
    steps = three_ways(losing(BreakerSettings(account=AccountLimits(is_dry=True), max_drawdown=None)))
    assert [(bar, each.breaker) for bar, each in notices(steps, BreakerChanged) if each.is_dry] == [
        (3, "account_daily"), (7, "account_drawdown"), (11, "account_drawdown"),
    ]  # fmt: skip
    assert not refusals(steps)


def test_rp_16_3_the_peak_is_what_the_account_has_in_three_ways() -> None:
    """Nothing is reckoned from a number that was configured: at its start the account is at its peak."""
    settings = with_(BreakerSettings(account=None))
    steps = three_ways(Script.of(bars(100, 100), {}, settings=settings, balances=(Balance(Asset("USDT"), D("84.40")),)))
    assert [(each.reason, each.peak) for _, each in notices(steps, EquityAnchored)] == [("start", D("84.40"))]


def test_rp_16_5_as_long_as_equity_is_unknown_nothing_is_opened_in_three_ways() -> None:
    gift = (Balance(Asset("USDT"), D(10_000)), Balance(Asset("GIFT"), D(1)))
    settings = with_(BreakerSettings(account=None))
    steps = three_ways(Script.of(bars(100, 100, 100), {0: one_more, 1: one_more}, settings=settings, balances=gift))
    assert [(bar, refusal.code.value) for bar, refusal in refusals(steps)] == [(0, "max_drawdown"), (1, "max_drawdown")]


def test_cb_3_the_rate_of_orders_in_three_ways() -> None:
    """Two orders a minute: of three at one bar the third is refused, and a minute later there is room again."""

    def three(ctx: Any) -> None:
        for _ in range(3):
            one_more(ctx)

    rate = BreakerSettings(account=None, max_drawdown=None, order_rate=Window(2, NS_PER_MINUTE))
    steps = three_ways(Script.of(bars(*[100] * 6), {1: three, 2: one_more, 4: three}, settings=with_(rate)))
    assert [(bar, refusal.code.value) for bar, refusal in refusals(steps)] == [(1, "order_rate"), (4, "order_rate")]
    assert told(steps) == [
        (1, "order_rate", "tripped"), (2, "order_rate", "closed"),
        (4, "order_rate", "tripped"), (5, "order_rate", "closed"),
    ]  # fmt: skip


def test_losses_in_a_row_in_three_ways() -> None:
    """Each round trip pays fees at an unmoved price, and so is lost."""
    losses = BreakerSettings(account=None, max_drawdown=None, consecutive_losses=Window(2, cool_ns=3 * NS_PER_MINUTE))
    acts = {number: one_more if number % 2 else (lambda ctx: ctx.close()) for number in range(1, 12)}
    steps = three_ways(Script.of(bars(*[100] * 13), acts, settings=with_(losses)))
    assert told(steps)[:3] == [
        (5, "consecutive_losses", "tripped"), (5, "consecutive_losses", "cooling"), (8, "consecutive_losses", "closed"),
    ]  # fmt: skip
    assert {bar for bar, refusal in refusals(steps) if refusal.code.value == "breaker"} >= {5}


def test_a_feed_that_is_dead_from_the_start_in_three_ways() -> None:
    """Of ether nothing comes for three minutes, then a bar, and nothing again."""
    stale = BreakerSettings(account=None, max_drawdown=None, stale_data=Bound(D(3 * NS_PER_MINUTE)))
    events = (*bars(*[100] * 10), *bars(10, of=ETH, first=4))
    script = Script.of(
        tuple(sorted(events, key=lambda each: each.ts_recv)), dict.fromkeys(range(10), one_more),
        settings=with_(stale), instruments=(spot(), spot("ETHUSDT")),
    )  # fmt: skip
    steps = three_ways(script)
    assert told(steps) == [(2, "stale_data", "tripped"), (4, "stale_data", "closed"), (7, "stale_data", "tripped")]
    assert [bar for bar, _ in refusals(steps)] == [2, 3, 4, 7, 8, 9], "at bar 4 bitcoin comes first"


def test_the_last_minutes_of_a_session_take_no_entries_in_three_ways() -> None:
    """A day that ends at 22:05 UTC, five minutes after the session has begun, of which the last two take none."""
    hours = TradingHours("days 22:05 UTC", 2 * NS_PER_MINUTE)
    settings = with_(BreakerSettings(account=None, max_drawdown=None, trading_hours=hours))
    steps = three_ways(Script.of(bars(*[100] * 7), dict.fromkeys(range(7), one_more), settings=settings))
    assert told(steps) == [(2, "trading_hours", "tripped"), (4, "trading_hours", "closed")]
    assert {(bar, each.code.value) for bar, each in refusals(steps)} == {(2, "session_closed"), (3, "session_closed")}
    assert "closes at" in refusals(steps)[0][1].detail


def test_an_exchanges_hours_close_what_is_held_in_three_ways() -> None:
    """Hong Kong opens at 01:30 UTC, three and a half hours after the script has begun."""
    hours = BreakerSettings(account=None, max_drawdown=None, trading_hours=TradingHours("XHKG", action=A.FLATTEN))
    opens = 3 * 60 + 30
    buys = {0: one_more, opens + 3: one_more, opens + 6: one_more}
    script = Script.of(bars(*[100] * (opens + 9)), buys, settings=with_(hours))
    steps = three_ways(script)
    assert told(steps) == [(0, "trading_hours", "tripped"), (opens - 1, "trading_hours", "closed")]
    assert [(bar, each.code.value) for bar, each in refusals(steps)] == [(0, "session_closed")]


def test_a_days_loss_is_of_a_session_in_three_ways() -> None:
    """RP 15.1: days that end at 22:05 UTC, five minutes after the session has begun."""
    limits = BreakerSettings(account=AccountLimits(), max_drawdown=None, day_calendar="days 22:05 UTC")
    steps = three_ways(Script.of(bars(100, 100, 96, 96, 96, 96, 96), {0: all_in}, settings=with_(limits)))
    assert told(steps) == [(2, "account_daily", "tripped"), (4, "account_daily", "closed")]
