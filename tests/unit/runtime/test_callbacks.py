from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.runtime.stage import Listener, Past, Source, bar, bars, broken_after, ending_after, stage
from tradewind.domain.errors import TradewindError, VenueUnavailable
from tradewind.runtime import callbacks as callbacks_module
from tradewind.runtime import failures, live
from tradewind.runtime.callbacks import Callbacks, EngineStatus
from tradewind.runtime.live import LiveSettings

if TYPE_CHECKING:
    from tradewind.domain.market import Bar


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)


def test_statuses_in_their_order() -> None:
    told: list[EngineStatus] = []
    stage(bars(0, 3), callbacks=Callbacks(on_status_update=told.append)).run()
    assert told == [EngineStatus.PREFETCHING, EngineStatus.RUNNING, EngineStatus.STOPPING, EngineStatus.STOPPED]


def test_a_gap_that_is_filled_has_a_status() -> None:
    told: list[EngineStatus] = []
    stage([bar(0), bar(5)], history=Past(), callbacks=Callbacks(on_status_update=told.append)).run()
    assert told[1:4] == [EngineStatus.RUNNING, EngineStatus.GAP_FILLING, EngineStatus.RUNNING]


@pytest.mark.parametrize("is_async", [False, True])
def test_every_callback_is_called(is_async: bool) -> None:
    told: dict[str, list[tuple[Any, ...]]] = {}

    def note(name: str) -> Any:
        def sync(*arguments: Any) -> None:
            told.setdefault(name, []).append(arguments)

        async def later(*arguments: Any) -> None:
            await asyncio.sleep(0)
            sync(*arguments)

        return later if is_async else sync

    class Clumsy(Listener):
        def on_bar(self, ctx: Any, bar: Bar) -> None:
            super().on_bar(ctx, bar)
            if self.numbers[-1] == 3:
                raise ZeroDivisionError("of the strategy")

    names = (
        "on_engine_start", "on_engine_stop", "on_market_data", "on_order_placed", "on_order_filled",
        "on_strategy_error", "on_status_update", "on_error",
    )  # fmt: skip
    source = Source(broken_after(*bars(0, 2)), ending_after(*bars(2, 5)))
    settings = LiveSettings(handle_signals=False, symbols=("COINUSDT",), data_path="/data")
    stage(
        source, Clumsy(buy_at=(0,)), settings=settings, callbacks=Callbacks(**{name: note(name) for name in names})
    ).run()  # fmt: skip
    assert told.keys() == set(names)
    assert told["on_engine_start"] == [(["COINUSDT"], "1m", "/data")]
    assert told["on_engine_stop"] == [(None,)]
    assert [event.ts_open for (event,) in told["on_market_data"]] == [b.ts_open for b in bars(0, 5)]
    assert [spec.tag for (spec,) in told["on_order_placed"]] == ["0"]
    [(spec, fill)] = told["on_order_filled"]
    assert (spec.tag, fill.quantity) == ("0", spec.quantity)
    [(event, error)] = told["on_strategy_error"]
    assert event.ts_open == bar(3).ts_open
    assert "ZeroDivisionError: of the strategy" in str(error)
    [(broken,)] = told["on_error"]
    assert isinstance(broken, VenueUnavailable)


@pytest.mark.parametrize("name", ["on_order_placed", "on_order_filled", "on_status_update", "on_engine_stop"])
def test_lesson_27_a_callback_that_raises_is_reported_and_stops_nothing(name: str) -> None:
    errors: list[BaseException] = []

    def raising(*_: Any) -> None:
        raise LookupError(name)

    on_stage = stage(
        bars(0, 5), Listener(buy_at=(0,)), callbacks=Callbacks(**{name: raising}, on_error=errors.append)
    )  # fmt: skip
    on_stage.run()
    assert on_stage.strategy.numbers == [0, 1, 2, 3, 4]  # type: ignore[attr-defined]
    assert {str(error) for error in errors} == {f"'{name}'"} or {str(error) for error in errors} == {name}


def test_on_error_that_raises_stops_nothing() -> None:
    def raising(*_: Any) -> None:
        raise LookupError

    on_stage = stage(bars(0, 2), callbacks=Callbacks(on_status_update=raising, on_error=raising))
    on_stage.run()
    assert on_stage.strategy.numbers == [0, 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 5_000])
def test_on_market_data_that_raises_stops_the_session(count: int) -> None:
    ends: list[BaseException | None] = []

    def raising(_: object) -> None:
        raise LookupError("enough")

    on_stage = stage(bars(0, count), callbacks=Callbacks(on_market_data=raising, on_engine_stop=ends.append))
    with pytest.raises(TradewindError, match="on_market_data raised"):
        on_stage.run()
    assert isinstance(ends[0], TradewindError)


def test_on_engine_start_that_raises_stops_the_session() -> None:
    ends: list[BaseException | None] = []

    def raising(*_: object) -> None:
        raise LookupError("not today")

    on_stage = stage(bars(0, 1), callbacks=Callbacks(on_engine_start=raising, on_engine_stop=ends.append))
    with pytest.raises(LookupError):
        on_stage.run()
    assert isinstance(ends[0], LookupError)
    assert on_stage.events == []


def test_what_is_no_callback_is_refused() -> None:
    with pytest.raises(TypeError, match="on_error must be callable, not int"):
        Callbacks(on_error=3)  # type: ignore[arg-type]


def test_orders_that_ended_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine keeps of ended orders bounds what is kept for callbacks, and every fill is told all the same."""
    monkeypatch.setattr(callbacks_module, "CLOSED_KEPT_MAX", 5)
    monkeypatch.setattr("tradewind.execution.orders.CLOSED_KEPT_MAX", 5)
    monkeypatch.setattr(live, "TURN_MAX", 1)
    filled: list[str] = []
    heard = Callbacks(on_order_filled=lambda spec, _: filled.append(spec.tag))
    on_stage = stage(bars(0, 80), Listener(buy_at=tuple(range(60))), callbacks=heard)
    on_stage.run()
    assert filled == [str(number) for number in range(60)]
    assert len(on_stage.session._announcer._specs) < 30


def test_steps_that_callbacks_did_not_hear_of_are_among_the_troubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks_module, "BACKLOG_MAX", 2)
    on_stage = stage(bars(0, 5), callbacks=Callbacks(on_market_data=lambda _: None))
    on_stage.run()
    assert on_stage.session.troubles == []
    for _ in range(4):
        on_stage.session._announcer.announce([object(), object()])  # type: ignore[list-item]
    assert on_stage.session.troubles == ["callbacks: 4 steps dropped"]
