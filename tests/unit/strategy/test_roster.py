from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain import events as ev
from tradewind.domain.checkpoint import StrategyState
from tradewind.domain.ids import ClientOrderId, StrategyId, TimerId
from tradewind.domain.market import BookDelta, BookSnapshot, DataGap, FormingBar, FundingRate
from tradewind.domain.order import Side
from tradewind.domain.plain import pack
from tradewind.domain.step import StrategyFailed
from tradewind.strategy.base import Strategy
from tradewind.testing import BTC, STRATEGY, accepted, bar, engine, filled, order_spec, quote, run, script, trade

HOOKS = [name for name in vars(Strategy) if name.startswith("on_")]
LIQUIDATION = ev.PositionLiquidated(BTC, "L", Side.SELL, 1, 50, 0, "USDT", 9**15, 9**15)  # type: ignore[arg-type]


def told(**options: Any) -> tuple[Any, list[str]]:
    """Return an engine whose strategy notes which of its hooks are called."""
    calls: list[str] = []

    def note(name: str) -> Any:
        return lambda *_: calls.append(name)

    return engine(script(**{name: note(name) for name in HOOKS}), **options), calls


EVENTS: list[tuple[Any, list[str]]] = [
    (bar(1), ["on_bar"]),
    (FormingBar(BTC, "1m", 0, 0, 0, 1.0, 1.0, 1.0, 1.0, 0.0), ["on_forming_bar"]),
    (quote(), ["on_quote"]),
    (trade(), ["on_trade"]),
    (BookSnapshot(BTC, 0, 0, 1, (), ()), ["on_book"]),
    (BookDelta(BTC, 0, 0, 1, 1, (), ()), ["on_book"]),
    (FundingRate(BTC, 0, 0, 0.1), ["on_funding"]),
    (DataGap(BTC, "1m", 0, 1, 0), ["on_gap"]),
    (ev.LinkChanged("binance", "market", up=False, ts_recv=0), ["on_link"]),
    (ev.TimerFired(TimerId("s/t/u"), 0), ["on_timer"]),
    (ev.TimerFired(TimerId("nobody/t"), 0), []),
    (accepted("a"), ["on_order"]),
    (filled("a"), ["on_fill", "on_order"]),
    (ev.StrategyHalted(STRATEGY, "enough", 0), []),
]


@pytest.mark.parametrize(("event", "wanted"), EVENTS, ids=lambda value: type(value).__name__)
def test_who_hears_what(event: Any, wanted: list[str]) -> None:
    made, calls = told()
    made.orders.submit(order_spec(id="a"))
    made.process(event)
    assert calls == ["on_start", *wanted]


def test_a_timer_is_told_by_its_own_name() -> None:
    names: list[str] = []
    made = engine(script(on_timer=lambda _, name: names.append(name)))
    made.process(ev.TimerFired(TimerId("s/t/u"), 0))
    assert names == ["t/u"]


def test_a_hook_that_is_not_overridden_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(script(on_start=lambda ctx: ctx.buy(1)))

    def never(*_: Any) -> None:
        raise AssertionError("called")

    for name in HOOKS:
        monkeypatch.setattr(Strategy, name, never)
    made.orders.submit(order_spec(id="a"))
    for event, _ in EVENTS[1:]:
        assert made.process(event).notices == ()


def failing(hook: str, **options: Any) -> tuple[Any, list[str]]:
    """Return an engine of two strategies of which the first raises in a hook, and what the second heard."""
    heard: list[str] = []

    def fail(*_: Any) -> None:
        raise ValueError("bad luck")

    made = engine(script(**{hook: fail}), script(on_bar=lambda *_: heard.append("bar")), **options)
    return made, heard


def test_an_exception_holds_the_strategy_is_told_and_leaves_the_others_alone() -> None:
    made, heard = failing("on_bar")
    step = made.process(bar(1))
    [notice] = step.notices
    assert isinstance(notice, StrategyFailed)
    assert (notice.strategy, notice.error, notice.halted) == (STRATEGY, "ValueError: bad luck", True)
    assert notice.where.startswith("test_roster.py:")
    assert made.process(bar(1, 1)).notices == ()
    assert heard == ["bar", "bar"]
    assert made.roster.held == {STRATEGY}
    assert STRATEGY in made.risk.halted


def test_a_mistake_in_a_call_is_told_at_the_line_that_called() -> None:
    def ask(ctx: Any, _: object) -> None:
        ctx.position("NOSUCH")

    [notice] = engine(script(on_bar=ask)).process(bar(1)).notices
    assert isinstance(notice, StrategyFailed)
    assert notice.where == f"test_roster.py:{ask.__code__.co_firstlineno + 1}"


def test_it_goes_on_if_the_session_says_so() -> None:
    made, _ = failing("on_bar", halt_on_strategy_error=False)
    notices = [notice for number in range(2) for notice in made.process(bar(1, number)).notices]
    assert [notice.halted for notice in notices if isinstance(notice, StrategyFailed)] == [False, False]


def test_one_that_fails_at_the_start_hears_nothing() -> None:
    made, heard = failing("on_start")
    assert made.roster.held == {STRATEGY}
    run(made, [bar(1)])
    assert heard == ["bar"]


def test_one_that_fails_in_on_fill_is_not_told_of_the_order() -> None:
    calls: list[str] = []

    def fail(*_: Any) -> None:
        raise ValueError

    made = engine(script(on_fill=fail, on_order=lambda *_: calls.append("order")))
    made.orders.submit(order_spec(id="a"))
    made.process(filled("a"))
    assert calls == []


def test_an_exception_that_cannot_be_written_is_a_failure_like_another() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fail(*_: Any) -> None:
        raise Mute

    [notice] = engine(script(on_bar=fail)).process(bar(1)).notices
    assert isinstance(notice, StrategyFailed)
    assert "Mute" in notice.error


def test_what_was_wished_for_before_the_failure_adds_nothing() -> None:
    def fail(ctx: Any, _: Any) -> None:
        ctx.buy(1)
        raise ValueError

    step = engine(script(on_bar=fail)).process(bar(1))
    assert step.effects == ()
    assert [refusal.code.value for refusal in step.refusals] == ["halted"]


def test_who_is_held_is_not_told_of_refusals_orders_or_the_end() -> None:
    made, calls = told()
    made.orders.submit(order_spec(id="a"))
    made.process(ev.StrategyHalted(STRATEGY, "enough", 0))
    made.roster.on_order(STRATEGY, accepted("a"), None)
    made.roster.stop()
    assert calls == ["on_start"]


def test_everybody_is_told_of_the_end() -> None:
    made, calls = told()
    made.roster.stop()
    assert calls == ["on_start", "on_stop"]


def test_a_liquidation_is_told_as_a_fill() -> None:
    made, calls = told()
    made.orders.submit(order_spec(id="a"))
    made.process(filled("a"))
    made.process(LIQUIDATION)
    assert calls == ["on_start", "on_fill", "on_order", "on_fill"]


def test_what_is_kept_beyond_a_restart() -> None:
    made = engine(script(on_start=lambda ctx: ctx.state.update(n=1)))
    (kept,) = made.state().strategies
    assert kept == StrategyState(STRATEGY, state=(("n", pack(1)),))


def test_without_strategies_there_is_nobody_to_tell() -> None:
    made = engine()
    assert made.process(bar(1)).notices == ()
    made.roster.on_timer(TimerId("x/y"))
    assert ClientOrderId("a") not in made.orders.by_id
    assert StrategyId("s") not in made.roster.held
