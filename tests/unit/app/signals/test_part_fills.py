"""Part fills: a market of which orders take a share, live as in a backtest (sections 2.5 and 5.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.unit.app.signals.clock import NAMES, SimClock, at_work, live
from tests.unit.app.signals.market import BASE, MINUTE, SYMBOL, Market, Script, backtest, both, define, plan, told
from tradewind.app.signals.running import RUNNING
from tradewind.signals import Live

if TYPE_CHECKING:
    from pathlib import Path

SHARE = {"volume_share": "0.0008"}
"""Of a volume of 1 a minute, where a signal of 100 USDT is 0.002."""
ENDS = ("opened", "closed")


def flat(minutes: range, price: float) -> dict[int, tuple[float, ...]]:
    """Return candles of one price."""
    return dict.fromkeys(minutes, (price,))


def fills_of(result: Any) -> list[tuple[float, str, str]]:
    """Return minute, side and quantity of each fill of a row."""
    return [
        ((fill.ts_venue // 1_000_000 - BASE) / MINUTE, "in" if fill.is_entry else "out", str(fill.quantity))
        for fill in result.signal.fills
    ]


def test_an_entry_and_its_exit_come_in_parts_live_as_in_a_backtest(tmp_path: Path) -> None:
    stopped = flat(range(15, 60), 48_900.0)
    define(Market(changes=stopped), Script({10: plan()}), exchange=SHARE)
    results = live(tmp_path, 0.5, 60)
    assert told(results) == [("opened", 10), ("closed", 17, "stop_loss", -2.595405)]
    assert fills_of(results[1]) == [
        (10, "in", "0.00080000"), (11, "in", "0.00080000"), (12, "in", "0.00040000"),
        (15, "out", "0.00080000"), (16, "out", "0.00080000"), (17, "out", "0.00040000"),
    ]  # fmt: skip
    assert results == [r for r in both() if r.action in ENDS]
    held = {str(r.signal.held) for r in backtest(events="all") if r.action == "active" and r.signal is not None}
    assert held == {"0.00160000", "0.00200000", "0.00120000", "0.00040000"}, "of the entry, then of the exit"


def test_the_exits_follow_what_is_filled(tmp_path: Path) -> None:
    define(Market(), Script({10: plan()}), exchange=SHARE)

    async def story(clock: SimClock) -> list[tuple[Decimal, set[Decimal]]]:
        cancel = await Live.background(SYMBOL, NAMES)
        seen = []
        for minute in (11.5, 12.5, 13.5):
            await clock.go_to(minute)
            run = next(iter(RUNNING.values()))
            row = run.world.key.row
            assert row is not None
            orders = run.world.venue.desk.resting(run.world.instrument)
            seen.append((row.held, {order.left for order in orders if order.spec.id != run.world.key.entry}))
        cancel(close=True)
        await clock.go_to(20)
        await cancel.wait()
        return seen

    held = [Decimal(text) for text in ("0.0008", "0.0016", "0.002")]
    assert at_work(tmp_path, 0.5, story) == [(quantity, {quantity}) for quantity in held]


def test_a_part_that_is_filled_at_the_timeout_stays_open(tmp_path: Path) -> None:
    """One wick comes to the limit; the rest of the entry is taken back, the part goes on to its target."""
    changes: dict[int, tuple[float, ...]] = {
        20: (50_000.0, 50_000.0, 49_500.0, 50_000.0),
        40: (50_000.0, 51_000.0, 50_000.0, 51_000.0),
    }
    changes |= flat(range(41, 60), 51_500.0)
    define(Market(changes=changes), Script({10: plan(price_open=49_500.0)}), exchange=SHARE, entry_timeout_minutes=15)
    results = live(tmp_path, 0.5, 60)
    assert [(r.action, r.close_reason) for r in results] == [("opened", ""), ("closed", "take_profit")]
    assert [(side, quantity) for _, side, quantity in fills_of(results[1])] == [
        ("in", "0.00080000"),
        ("out", "0.00080000"),
    ]
    assert results == [r for r in both() if r.action in ENDS]


def test_after_a_restart_the_part_is_looked_after_and_the_rest_is_not_sent_again(tmp_path: Path) -> None:
    stopped = flat(range(30, 60), 48_900.0)
    define(Market(changes=stopped), Script({10: plan()}), exchange=SHARE)
    first = live(tmp_path, 0.5, 11.5)
    second = live(tmp_path, 11.5, 60)
    assert [r.action for r in first] == ["opened"]
    (closed,) = second
    assert (closed.action, closed.close_reason) == ("closed", "stop_loss")
    assert closed.signal is not None
    assert closed.signal.held == 0
    assert [(side, Decimal(quantity)) for _, side, quantity in fills_of(second[0])] == [
        ("in", Decimal("0.0008")), ("out", Decimal("0.0008"))
    ]  # fmt: skip


def test_an_exit_in_parts_goes_on_after_a_restart_between_two_of_them(tmp_path: Path) -> None:
    stopped = flat(range(15, 60), 48_900.0)
    define(Market(changes=stopped), Script({10: plan()}), exchange=SHARE)
    (undisturbed,) = [result for result in both() if result.action == "closed"]
    first = live(tmp_path, 0.5, 16.5)
    second = live(tmp_path, 16.5, 60)
    assert [r.action for r in first] == ["opened"]
    (closed,) = second
    assert (closed.action, closed.close_reason, closed.ts) == ("closed", "stop_loss", undisturbed.ts)
    assert fills_of(closed) == fills_of(undisturbed) == [
        (10, "in", "0.00080000"), (11, "in", "0.00080000"), (12, "in", "0.00040000"),
        (15, "out", "0.00080000"), (16, "out", "0.00080000"), (17, "out", "0.00040000"),
    ]  # fmt: skip
    assert closed.pnl == undisturbed.pnl
    assert closed.signal is not None
    assert closed.signal.held == 0
