from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.runtime.stage import START, Listener, Past, Source, bar, bars, kinds, stage, until
from tradewind import Strategy
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import Halted, Paused, StopRequested
from tradewind.domain.errors import JournalError, QueueFull, TradewindError, VenueUnavailable
from tradewind.domain.events import (
    LinkChanged,
    OrderAccepted,
    OrderFilled,
    TimerFired,
    WarmupEnded,
)
from tradewind.domain.ids import Asset, TradeId, VenueOrderId
from tradewind.domain.market import Bar, DataGap
from tradewind.domain.order import Liquidity
from tradewind.domain.step import BarRefused, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal import MemoryJournal
from tradewind.runtime import feed, live, observers
from tradewind.runtime.callbacks import Callbacks, EngineStatus
from tradewind.runtime.live import LiveSettings
from tradewind.runtime.outbox import Outbox
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.step import Step


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BACKOFF_SECONDS", (0.0,))


def broken_after(*events: MarketEvent) -> Any:
    async def part() -> AsyncIterator[MarketEvent]:
        for event in events:
            yield event
        raise VenueUnavailable("the line is cut")

    return part


def ending_after(*events: MarketEvent) -> Any:
    async def part() -> AsyncIterator[MarketEvent]:
        for event in events:
            yield event

    return part


# --- statuses and callbacks -------------------------------------------------------------------------


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
def test_a_callback_that_raises_is_reported_and_stops_nothing(name: str) -> None:
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


# --- the end ----------------------------------------------------------------------------------------


def test_stop_ends_in_order() -> None:
    async def forever() -> AsyncIterator[MarketEvent]:
        for number in range(10**9):
            yield bar(number)
            await asyncio.sleep(0)

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        await until(lambda: on_stage.engine.seq > 20)
        on_stage.session.stop("test")
        await running

    on_stage = stage(Source(forever))
    asyncio.run(main())
    assert isinstance(on_stage.events[-1], StopRequested)
    assert on_stage.journal.durable == len(on_stage.events)
    assert on_stage.strategy.heard[-1] == "stop"  # type: ignore[attr-defined]


def test_stop_in_warm_up_ends_there() -> None:
    def warmup() -> Any:
        for number in range(100_000):
            if number == 5_000:
                on_stage.session.stop("test")
            yield bar(number)

    on_stage = stage(bars(100_000, 100_001), warming=True)
    on_stage.run(warmup())
    assert isinstance(on_stage.events[-1], StopRequested)
    assert len(on_stage.events) < 10_000


def test_a_second_stop_ends_at_once_though_the_venue_owes_an_answer() -> None:
    """The venue takes the order and never says a word; an orderly end would wait half a minute for it."""

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        await until(lambda: bool(venue.sent))
        on_stage.session.stop("once")
        await until(lambda: on_stage.session.status is EngineStatus.STOPPING)
        on_stage.session.stop("twice")
        await asyncio.wait_for(running, 5)

    venue = SilentVenue()
    on_stage = stage(bars(0, 3), Listener(buy_at=(0,)), outbox=Outbox(venue))
    ends: list[BaseException | None] = []
    on_stage.session._callbacks = Callbacks(on_engine_stop=ends.append)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert isinstance(ends[0], asyncio.CancelledError)


def test_the_first_fault_ends_the_session_with_its_own_error() -> None:
    async def broken() -> AsyncIterator[MarketEvent]:
        yield bar(0)
        raise RuntimeError("a bug in the source")

    ends: list[BaseException | None] = []
    with pytest.raises(RuntimeError, match="a bug in the source"):
        stage(Source(broken), callbacks=Callbacks(on_engine_stop=ends.append)).run()
    assert isinstance(ends[0], RuntimeError)


def test_a_journal_that_fails_ends_the_session_and_nothing_leaves() -> None:
    class Full(MemoryJournal):
        def commit(self) -> None:
            if len(self.steps) > 2:
                raise JournalError("the disk is full")
            super().commit()

    venue = SilentVenue()
    with pytest.raises(JournalError, match="the disk is full"):
        stage(bars(0, 3), Listener(buy_at=(1,)), journal=Full(), outbox=Outbox(venue)).run()
    assert venue.sent == []


# --- operator's words -------------------------------------------------------------------------------


def test_words_go_before_what_waits_and_do_not_move_the_clock() -> None:
    async def part() -> AsyncIterator[MarketEvent]:
        yield bar(0)
        on_stage.session.tell(Paused(ts_recv=START * 2, reason="lunch"))
        on_stage.session.tell(Halted(ts_recv=0))
        yield bar(1)

    on_stage = stage(Source(part))
    steps = on_stage.run()
    assert kinds(on_stage.events) == ["SessionStarted", "Paused", "Halted", "Bar", "Bar", "StopRequested"]
    assert [step.event.ts_recv for step in steps[3:5]] == [bar(0).ts_recv, bar(1).ts_recv]


# --- breaks, gaps, late bars ------------------------------------------------------------------------


def test_a_break_is_told_and_each_bar_comes_once_and_in_order() -> None:
    source = Source(broken_after(*bars(0, 3)), broken_after(), broken_after(*bars(6, 8)), ending_after(*bars(11, 13)))
    on_stage = stage(source, history=Past())
    on_stage.run()
    assert on_stage.strategy.numbers == list(range(13))  # type: ignore[attr-defined]
    links = [event.up for event in on_stage.events if isinstance(event, LinkChanged)]
    assert links == [False, True, False, True]
    assert [h.up for h in on_stage.strategy.heard if isinstance(h, LinkChanged)] == links  # type: ignore[attr-defined]


def test_filled_bars_carry_the_time_at_which_we_learned_of_them() -> None:
    on_stage = stage([bar(0), bar(4)], history=Past())
    on_stage.run()
    received = [event.ts_recv for event in on_stage.events if isinstance(event, Bar)]
    assert received == [bar(0).ts_recv] + [bar(4).ts_recv] * 4


def test_a_gap_that_history_cannot_fill_is_told() -> None:
    on_stage = stage([bar(0), bar(4)])
    on_stage.run()
    [gap] = [heard for heard in on_stage.strategy.heard if isinstance(heard, DataGap)]  # type: ignore[attr-defined]
    assert (gap.ts_from, gap.ts_to) == (bar(1).ts_open, bar(4).ts_open)


def test_a_late_bar_is_refused_and_asks_history_for_nothing() -> None:
    past = Past()
    late = bar(1, 999.0, ts_recv=bar(3).ts_recv)
    on_stage = stage([*bars(0, 4), late, *bars(4, 6)], history=past)
    steps = on_stage.run()
    assert past.asked == []
    assert on_stage.strategy.numbers == [0, 1, 2, 3, 4, 5]  # type: ignore[attr-defined]
    [refused] = [notice for step in steps for notice in step.notices]
    assert isinstance(refused, BarRefused)
    assert refused.ts_open == late.ts_open


def test_what_comes_with_an_older_time_is_taken_at_the_present() -> None:
    """Receive times that step back, as of a clock that was set: the order of the inbox is the truth."""
    on_stage = stage([bar(0), bar(1, ts_recv=bar(0).ts_recv - 5), bar(2)])
    steps = on_stage.run()
    times = [step.event.ts_recv for step in steps]
    assert times == sorted(times)
    assert on_stage.strategy.numbers == [0, 1, 2]  # type: ignore[attr-defined]


# --- warm-up ----------------------------------------------------------------------------------------


def test_warm_up_holds_orders_back_until_the_first_bar() -> None:
    on_stage = stage(bars(10, 14), Listener(buy_at=(3, 9, 10)), warming=True)
    steps = on_stage.run(bars(0, 10))
    assert on_stage.strategy.numbers == list(range(14))  # type: ignore[attr-defined]
    refusals = [refusal for step in steps for refusal in step.refusals]
    assert [(r.code, r.intent.tag) for r in refusals] == [(RefusalCode.WARMING_UP, "3"), (RefusalCode.WARMING_UP, "9")]  # type: ignore[union-attr]
    assert len([event for event in on_stage.events if isinstance(event, OrderFilled)]) == 1
    [at] = [number for number, event in enumerate(on_stage.events) if isinstance(event, WarmupEnded)]
    assert on_stage.events[at + 1] == bar(10, 103.0)


def test_bars_between_history_and_the_first_live_one_belong_to_the_warm_up() -> None:
    on_stage = stage([bar(14)], Listener(buy_at=(12, 14)), warming=True, history=Past())
    steps = on_stage.run(bars(0, 10))
    assert on_stage.strategy.numbers == list(range(15))  # type: ignore[attr-defined]
    assert [refusal.code for step in steps for refusal in step.refusals] == [RefusalCode.WARMING_UP]
    assert "OrderFilled" not in kinds(on_stage.events)
    assert [order.spec.tag for order in on_stage.engine.orders.by_id.values()] == ["14"]


@pytest.mark.parametrize("source", [[], [bar(0)]])
def test_a_warm_up_without_history_ends_all_the_same(source: list[Bar]) -> None:
    on_stage = stage(source, Listener(buy_at=(0,)), warming=True)
    steps = on_stage.run()
    assert kinds(on_stage.events).count("WarmupEnded") == 1
    assert not [refusal for step in steps for refusal in step.refusals]


# --- timers -----------------------------------------------------------------------------------------


class Clockwork(Strategy):
    """Sets a timer for every half minute."""

    def on_start(self, ctx: Any) -> None:
        self.fired: list[int] = []
        ctx.set_timer("tick", after=NS_PER_MINUTE // 2)

    def on_timer(self, ctx: Any, timer: str) -> None:
        self.fired.append(ctx.now - START)
        ctx.set_timer("tick", after=NS_PER_MINUTE // 2)


def test_timers_fire_at_their_time_between_the_bars() -> None:
    on_stage = stage(bars(0, 3), Clockwork())
    on_stage.run()
    fired = on_stage.strategy.fired  # type: ignore[attr-defined]
    assert fired[:6] == [n * NS_PER_MINUTE // 2 for n in range(1, 7)]
    assert kinds(on_stage.events)[:5] == ["SessionStarted", "TimerFired", "TimerFired", "Bar", "TimerFired"]


def test_a_timer_fires_on_the_clock_when_no_event_comes() -> None:
    class Handmade:
        time = START

        def now(self) -> int:
            self.time += NS_PER_MINUTE
            return self.time

    async def silent() -> AsyncIterator[MarketEvent]:
        await until(lambda: "TimerFired" in kinds(on_stage.events))
        for event in bars(0, 0):
            yield event

    on_stage = stage(Source(silent), Clockwork(), clock=Handmade())
    on_stage.run()
    assert isinstance(on_stage.events[1], TimerFired)


# --- who is behind ----------------------------------------------------------------------------------


class Slow:
    """An observer that takes its time, and counts."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.seqs: list[int] = []
        self.closed = False

    def observe(self, steps: Sequence[Step]) -> None:
        time.sleep(self.seconds)
        self.seqs += [step.seq for step in steps]

    def close(self) -> None:
        self.closed = True


def test_a_slow_observer_slows_the_replay_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 64)
    slow, most = Slow(0.002), 0

    def counted(source: list[Bar]) -> Any:
        for number, event in enumerate(source):
            nonlocal most
            most = max(most, number - len(slow.seqs))
            yield event

    clock = ReplayClock(None)
    on_stage = stage(
        ReplayData(counted(bars(0, 20_000)), clock), clock=clock, observers=[slow],
        settings=LiveSettings(handle_signals=False, inbox_max=256),
    )  # fmt: skip
    steps = on_stage.run()
    assert slow.seqs == [step.seq for step in steps]
    assert slow.closed
    assert on_stage.session.troubles == []
    assert most <= 64 * observers.BACKLOG_MAX + 256, "what waits is bounded"


def test_a_slow_observer_slows_warm_up_and_gap_filling_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 16)
    slow = Slow(0.001)
    settings = LiveSettings(handle_signals=False, inbox_max=32)
    on_stage = stage([bar(6_000)], observers=[slow], history=Past(), warming=True, settings=settings)
    steps = on_stage.run(bars(0, 3_000))
    assert on_stage.session.troubles == []
    assert slow.seqs == [step.seq for step in steps]
    assert on_stage.strategy.numbers == list(range(6_001))  # type: ignore[attr-defined]


def test_a_slow_callback_slows_the_replay_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 4)
    told: list[int] = []

    async def slow(event: Bar) -> None:
        if len(told) % 500 == 0:
            await asyncio.sleep(0.01)
        told.append(event.ts_open)

    on_stage = stage(
        bars(0, 6_000), callbacks=Callbacks(on_market_data=slow),
        settings=LiveSettings(handle_signals=False, inbox_max=8),
    )  # fmt: skip
    on_stage.run()
    assert told == [b.ts_open for b in bars(0, 6_000)]


def test_an_observer_that_raises_does_not_end_the_session() -> None:
    class Clumsy(Slow):
        def observe(self, steps: Sequence[Step]) -> None:
            raise LookupError("its own affair")

    good = Slow()
    on_stage = stage(bars(0, 5), observers=[Clumsy(), good])
    steps = on_stage.run()
    assert len(good.seqs) == len(steps)
    assert on_stage.session.troubles == ["Clumsy: its own affair"]


def test_an_observer_that_hangs_loses_steps_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue's reports cannot wait: what overflows is dropped, counted and told."""
    gate = threading.Event()

    class Hanging(Slow):
        def observe(self, steps: Sequence[Step]) -> None:
            gate.wait(10)
            super().observe(steps)

    hanging = observers.ObserverThread(Hanging(), backlog_max=4)
    for _ in range(20):
        hanging.observe([object()])  # type: ignore[list-item]
    assert hanging.is_behind
    assert hanging.dropped >= 15
    gate.set()
    monkeypatch.setattr(Slow, "observe", lambda *_: None)
    hanging.close()
    assert hanging.failure is None


def test_a_small_inbox_makes_the_source_wait() -> None:
    most = 0

    async def part() -> AsyncIterator[MarketEvent]:
        nonlocal most
        for event in bars(0, 500):
            most = max(most, len(on_stage.session.inbox))
            yield event

    on_stage = stage(Source(part), settings=LiveSettings(handle_signals=False, inbox_max=5))
    on_stage.run()
    assert most <= 5
    assert on_stage.strategy.numbers == list(range(500))  # type: ignore[attr-defined]


# --- outside ----------------------------------------------------------------------------------------


class SilentVenue:
    """Takes what it is sent and never answers (port `Venue`)."""

    def __init__(self) -> None:
        self.sent: list[Effect] = []
        self.answers: asyncio.Queue[Event] = asyncio.Queue()

    async def execute(self, effect: Effect) -> None:
        self.sent.append(effect)

    async def events(self) -> AsyncIterator[Event]:
        while True:
            yield await self.answers.get()


class HonestVenue(SilentVenue):
    """Accepts and fills every order; checks first that a commit has covered the step that asked for it."""

    def __init__(self, journal: MemoryJournal) -> None:
        super().__init__()
        self.journal = journal

    async def execute(self, effect: Effect) -> None:
        committed = self.journal.steps[: self.journal.durable]
        assert any(effect is there for step in committed for there in step.effects), "it left before its commit"
        await asyncio.sleep(0)
        await super().execute(effect)
        assert isinstance(effect, SubmitOrder)
        name, size, now = effect.order.id, effect.order.quantity, committed[-1].event.ts_recv
        self.answers.put_nowait(OrderAccepted(name, VenueOrderId(f"v{name}"), now, now))
        self.answers.put_nowait(
            OrderFilled(name, TradeId(f"t{name}"), size, size, size, Asset("USDT"), Liquidity.TAKER, now, now)
        )


def test_effects_leave_in_order_and_after_their_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TURN_MAX", 3)
    journal = MemoryJournal()
    venue = HonestVenue(journal)
    on_stage = stage(
        bars(0, 40), Listener(buy_at=tuple(range(0, 40, 2))), journal=journal, outbox=Outbox(venue), account=venue
    )  # fmt: skip
    steps = on_stage.run()
    asked = [effect for step in steps for effect in step.effects]
    assert len(asked) == 20
    assert venue.sent == asked
    assert not list(on_stage.engine.orders.open())
    assert kinds(on_stage.events).count("OrderFilled") == 20


def test_a_venue_that_is_hopelessly_behind_stops_the_session() -> None:
    class Stuck(SilentVenue):
        async def execute(self, effect: Effect) -> None:
            await asyncio.Event().wait()

    with pytest.raises(QueueFull):
        stage(bars(0, 200), Listener(buy_at=tuple(range(200))), outbox=Outbox(Stuck(), size_max=3)).run()
