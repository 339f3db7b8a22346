from __future__ import annotations

import decimal
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.engine.session import digest, session
from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, CancelTimer, SetTimer, SubmitOrder
from tradewind.domain.control import Halted, Paused, Resumed
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TradeId
from tradewind.domain.money import exact, money_context
from tradewind.domain.order import Side
from tradewind.domain.step import QUIET, BarRefused, BarsMissing, LiquidationUnexplained, OrderIgnored, Step
from tradewind.domain.time import NS_PER_DAY
from tradewind.engine.engine import Engine
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    bars,
    engine,
    filled,
    instrument,
    order_spec,
    quote,
    run,
    script,
    settings,
    started,
)

ROOT = Path(__file__).resolve().parents[3]


# --- what a step is ---------------------------------------------------------------------------------


def test_a_quiet_event_is_one_shared_step_when_nobody_records() -> None:
    made = engine(script(on_bar=lambda *_: None), recording=False)
    quiet: list[Any] = [*bars(1, 2), quote(ts=10**15)]
    assert [made.process(each) is QUIET for each in quiet] == [True] * 3


def test_with_recording_every_event_has_its_step() -> None:
    made = engine(script(), recording=True)
    steps = run(made, bars(1, 2))
    assert [step.seq for step in steps] == [2, 3]
    assert [step.event for step in steps] == bars(1, 2)


@pytest.mark.parametrize("event", [accepted("a"), filled("a"), filled("stranger")])
def test_what_moves_an_order_is_told_without_recording_too(event: Any) -> None:
    made = engine(script(), recording=False)
    made.orders.submit(order_spec(id="a"))
    assert made.process(event) is not QUIET


def test_nothing_is_left_behind_by_a_quiet_bar() -> None:
    made = engine(script(on_bar=lambda *_: None), recording=False, history_bars=10)
    row = bars(*range(1, 3_002))
    run(made, row[:1_000])
    process = made.process
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        for each in row[1_000:]:
            process(each)
        after = sys.getallocatedblocks()
    finally:
        gc.enable()
    assert after - before < 20


# --- order and determinism --------------------------------------------------------------------------


def test_time_does_not_run_backwards() -> None:
    made = engine(script())
    made.process(bar(1, 5))
    with pytest.raises(AssertionError, match="backwards"):
        made.process(quote(ts=1))


def test_it_is_built_inside_the_context_of_money() -> None:
    with decimal.localcontext() as context:
        context.prec = 28
        with pytest.raises(AssertionError, match="money_context"):
            Engine([instrument()], {}, settings(), recording=False)


def test_two_sessions_are_equal_byte_for_byte() -> None:
    first, second = (msgspec.msgpack.encode(session()) for _ in range(2))
    assert first == second
    assert msgspec.msgpack.decode(first, type=list[Step]) == session()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_no_order_of_hashes_gets_into_it(seed: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from tests.unit.engine.session import digest; print(digest())"],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with money_context():
        assert found.stdout.strip() == digest()


# --- bars -------------------------------------------------------------------------------------------


def test_a_refused_bar_is_told_and_no_strategy_sees_it() -> None:
    heard: list[float] = []
    made = engine(script(on_bar=lambda _, each: heard.append(each.close)))
    steps = run(made, [bar(1, 0), bar(2, 1), bar(3, 1, ts_recv=bar(2, 1).ts_recv), bar(float("nan"), 2), bar(5, 2)])
    assert heard == [1, 2, 5]
    notices = [step.notices for step in steps]
    assert [len(n) for n in notices] == [0, 0, 1, 1, 0]
    assert isinstance(notices[2][0], BarRefused)


def test_missing_bars_are_told_of_markets_that_never_close() -> None:
    gaps: list[Any] = []
    made = engine(script(on_gap=lambda _, gap: gaps.append(gap)))
    [_, step] = run(made, [bar(1, 0), bar(2, 5)])
    assert step.notices == (BarsMissing(BTC, "1m", bar(0, 1).ts_open, bar(0, 5).ts_open),)
    assert len(gaps) == 1
    night = engine(script(), instruments=[instrument(calendar="XNYS")])
    assert run(night, [bar(1, 0), bar(2, 5)])[1].notices == ()


def longer(ctx: Any) -> None:
    ctx.subscribe("5m")


def test_longer_bars_come_after_the_bar_that_closes_them() -> None:
    heard: list[tuple[str, float]] = []
    made = engine(script(on_start=longer, on_bar=lambda _, each: heard.append((each.interval, each.close))))
    run(made, bars(1, 2, 3, 4, 5, 6))
    assert heard == [("1m", 1), ("1m", 2), ("1m", 3), ("1m", 4), ("1m", 5), ("5m", 5), ("1m", 6)]
    assert made.view.last_price(BTC) == 6


def test_who_hears_of_a_longer_bar_finds_it_in_all_that_are_longer_still() -> None:
    seen: list[tuple[str, float | None]] = []

    def start(ctx: Any) -> None:
        for interval in ("15m", "1d", "5m"):  # not in the order of their names
            ctx.subscribe(interval)

    def hear(ctx: Any, each: Any) -> None:
        day = ctx.forming(interval="1d")
        if each.interval != "1m":
            seen.append((each.interval, None if day is None else day.volume))

    made = engine(script(on_start=start, on_bar=hear))
    run(made, bars(*range(1, 16)))
    volume = bar(1, 0).volume
    assert seen == [("5m", 5 * volume), ("5m", 10 * volume), ("15m", 15 * volume), ("5m", 15 * volume)]


def test_a_longer_bar_that_closes_late_does_not_bring_its_price_back() -> None:
    prices: list[Any] = []
    made = engine(script(on_start=longer, on_bar=lambda ctx, each: prices.append((each.interval, ctx.price()))))
    run(made, [bar(1, 0), bar(9, 7)])
    assert prices == [("1m", 1), ("1m", 9), ("5m", 9)]


def test_finer_data_make_the_sessions_bars() -> None:
    heard: list[str] = []
    made = engine(script(on_bar=lambda _, each: heard.append(each.interval)), interval="5m", data_interval="1m")
    run(made, bars(1, 2, 3, 4, 5))
    assert heard == ["5m"]


# --- from a wish to the books -----------------------------------------------------------------------


def test_a_wish_becomes_an_effect_a_fill_and_a_position() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(2)))
    step = made.process(bar(100))
    [effect] = step.effects
    assert isinstance(effect, SubmitOrder)
    assert made.view.pending(BTC, Side.BUY) == 2
    now = made.view.now
    run(made, [accepted(effect.order.id, now), filled(effect.order.id, 2, 100, fee="0.2", ts=now)])
    assert made.view.position(BTC).quantity == made.view.position(BTC, STRATEGY).quantity == 2
    assert made.view.pending(BTC, Side.BUY) == 0
    assert str(made.view.cash(Asset("USDT"))) == "99799.8"
    assert str(made.view.equity()) == "99999.8"


def test_words_are_heard_in_the_order_in_which_they_were_said() -> None:
    def speak(ctx: Any, _: Any) -> None:
        order = ctx.buy(1)
        ctx.set_timer("t", after=1)
        ctx.cancel(order)
        ctx.cancel_timer("t")
        ctx.log("done")

    step = engine(script(on_bar=speak)).process(bar(100))
    assert [type(effect) for effect in step.effects] == [SubmitOrder, SetTimer, CancelOrder, CancelTimer]
    assert len(step.notices) == 1


def test_logs_may_be_left_out_of_the_record() -> None:
    assert engine(script(on_bar=lambda ctx, _: ctx.log("x")), keep_logs=False).process(bar(1)).notices == ()


def test_a_refusal_may_be_answered_but_not_for_ever() -> None:
    def again(ctx: Any, _: Any) -> None:
        ctx.buy(10**6)

    made = engine(script(on_bar=again, on_refusal=again))
    with pytest.raises(AssertionError, match="without end"):
        made.process(bar(100))


def test_an_amendment_in_flight_ends_no_session() -> None:
    def amend(ctx: Any, _: Any) -> None:
        ctx.amend(ctx.buy(1, limit=90), limit=91)

    step = engine(script(on_bar=amend)).process(bar(100))
    assert len(step.effects) == 2


def test_a_stranger_is_told() -> None:
    [notice] = engine(script()).process(filled("stranger")).notices
    assert notice == OrderIgnored(ClientOrderId("stranger"), "not an order of this session")


# --- the session's own events -----------------------------------------------------------------------


def test_warm_up_holds_orders_back() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(1)), start=started(warming=True))
    warm, _, live = run(made, [bar(1, 0), ev.WarmupEnded(bar(1, 0).ts_recv), bar(1, 1)])
    assert [r.code.value for r in warm.refusals] == ["warming_up"]
    assert len(live.effects) == 1


def test_pause_and_resume() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(1)))
    ts = bar(1, 0).ts_recv
    steps = run(made, [bar(1, 0), Paused(ts), bar(1, 1), Resumed(bar(1, 1).ts_recv), bar(1, 2)])
    assert [len(step.effects) for step in steps] == [1, 0, 0, 0, 1]


def test_a_held_strategy_comes_back_when_the_operator_names_it() -> None:
    def fail_first(ctx: Any, each: Any) -> None:
        if each.close == 1:
            raise ValueError("once")
        ctx.buy(1)

    made = engine(script(on_bar=fail_first), script(on_bar=lambda ctx, _: ctx.buy(1)))
    words: list[Any] = [
        Resumed(bar(1, 0).ts_recv), Resumed(bar(1, 1).ts_recv, strategy=STRATEGY),
        ev.StrategyHalted(STRATEGY, "by hand", bar(1, 2).ts_recv), Resumed(bar(1, 3).ts_recv, strategy=STRATEGY),
    ]  # fmt: skip
    buyers: list[set[str]] = []
    for number in range(5):
        step = made.process(bar(1 if not number else 2, number))
        buyers.append({effect.order.strategy for effect in step.effects if isinstance(effect, SubmitOrder)})
        run(made, words[number : number + 1])
    assert buyers == [{"s2"}, {"s2"}, {"s", "s2"}, {"s2"}, {"s", "s2"}]
    assert made.roster.held == set()


def test_a_resume_for_all_does_not_let_a_held_strategy_trade() -> None:
    made = engine(script(on_bar=lambda *_: 1 / 0), script())
    run(made, [bar(1, 0), Halted(bar(1, 0).ts_recv, strategy=StrategyId("s2")), Resumed(bar(1, 0).ts_recv)])
    assert made.risk.halted == {STRATEGY}


def test_costs_and_transfers_are_booked() -> None:
    made = engine(script())
    made.portfolio.position(BTC)
    run(
        made,
        [
            ev.BalanceTransferred("x", Asset("USDT"), made.view.cash(Asset("USDT")), 1),
            ev.FundingPaid(BTC, made.view.cash(Asset("USDT")), Asset("USDT"), 2, 2),
            ev.BorrowCharged(BTC, made.view.cash(Asset("USDT")), Asset("USDT"), 3, 3),
            ev.AccountSnapshot("x", (), (), 4, 4),
        ],
    )
    assert made.view.cash(Asset("USDT")) == 200_000


def test_days_are_days() -> None:
    made = engine(script(on_start=lambda ctx: ctx.subscribe("1d")))
    run(made, [bar(1, number) for number in range(1440)])
    assert [b.ts_venue for b in made.view.bars(BTC, "1d", 5)] == [NS_PER_DAY]
    assert made.view.bars(InstrumentId(BTC), "1w", 5) == ()


def closed_out(quantity: int, made: Engine) -> ev.PositionLiquidated:
    now, fee = made.view.now, exact(3)
    return ev.PositionLiquidated(BTC, TradeId("L"), Side.SELL, exact(quantity), exact(90), fee, Asset("USDT"), now, now)


@pytest.mark.parametrize(("held", "told"), [(0, [0]), (2, [2]), (5, [])])
def test_lesson_117_a_liquidation_that_our_books_do_not_explain_is_told(held: int, told: list[int]) -> None:
    heard: list[Any] = []
    made = engine(script(on_fill=lambda _, each: heard.append(each.quantity)), recording=False)
    if held:
        made.orders.submit(order_spec(quantity=held, id="a"))
        run(made, [accepted("a"), filled("a", held, 100)])
        heard.clear()
    before = made.view.cash(Asset("USDT"))
    step = made.process(closed_out(5, made))
    unexplained = [LiquidationUnexplained(BTC, TradeId("L"), Side.SELL, exact(5), exact(booked)) for booked in told]
    assert list(step.notices) == unexplained
    assert heard == ([held] if held else [])
    assert made.view.cash(Asset("USDT")) == before + 90 * held - 3
    assert made.view.position(BTC).is_flat
