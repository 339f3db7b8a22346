"""The stream of market data, over sockets that follow a script: each bar once, in order, whatever connections do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.venues.binance.test_parse_market import KLINE, TRADE
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar, Trade
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, Interval
from tradewind.venues._net import socket as net
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance import stream as under_test
from tradewind.venues.binance import watch
from tradewind.venues.binance.history import Klines
from tradewind.venues.binance.in_order import InOrder
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.routed import RoutedMarket
from tradewind.venues.binance.stream import BinanceMarket

if TYPE_CHECKING:
    from collections.abc import Callable

BTC = InstrumentId("binance:BTCUSDT")
T0 = 1_719_360_000_000
"""Milliseconds, on a minute."""
SILENCE, CUT = "silence", "cut"


class Script:
    """A socket that says what it was told to say: frames, silence for ever, or the end."""

    def __init__(self, *said: Any) -> None:
        self._said = list(said)
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self._aborted = asyncio.Event()
        self._why = ""
        self.silent_seconds = 0.0
        self.ear: Callable[[bytes], bool] | None = None

    def tell(self, ear: Callable[[bytes], bool] | None) -> None:
        self.ear = ear

    def send(self, frame: bytes) -> None:
        self.sent.append(json.loads(frame))

    async def receive(self) -> bytes:
        await asyncio.sleep(0)
        said = self._said.pop(0) if self._said else CUT
        if said == SILENCE:
            await self._aborted.wait()
            raise VenueUnavailable(self._why)
        if said == CUT:
            raise VenueUnavailable("cut")
        frame = json.dumps(said).encode()
        return await self.receive() if self.ear is not None and self.ear(frame) else frame

    def abort(self, why: str) -> None:
        self._why = why
        self._aborted.set()

    async def close(self) -> None:
        self.closed = True


class History:
    """Answers for klines as the exchange would: those that were closed at its time."""

    def __init__(self, closed: int) -> None:
        self.closed = closed
        self.asked: list[dict[str, Any]] = []

    def close(self) -> None:
        pass

    def get(self, name: str, params: dict[str, Any], kind: Any) -> Any:
        assert name == "klines"
        self.asked.append(params)
        first = -(-params["startTime"] // 60_000) * 60_000
        return [
            (t, "1", "3", "0.5", "2", "10", t + 59_999, "20", 5, "4", "8", "0")
            for t in range(first, params["endTime"] + 1, 60_000)
            if t < T0 + self.closed * 60_000
        ][: params["limit"]]


def bar(number: int, *, closed: bool = True) -> dict[str, Any]:
    opens = T0 + number * 60_000
    return {
        "stream": "btcusdt@kline_1m",
        "data": KLINE | {"k": KLINE["k"] | {"t": opens, "T": opens + 59_999, "x": closed}},
    }


def trade(number: int) -> dict[str, Any]:
    return {"stream": "btcusdt@trade", "data": TRADE | {"t": number}}


SHUTDOWN = {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 5}}
ACK = {"result": None, "id": 1}


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[BinanceMarket, History]]:
    def make(*scripts: Script, closed: int = 0, known: int = 0, **patience: Any) -> tuple[BinanceMarket, History]:
        waiting = list(scripts)

        async def connect(url: str) -> Any:
            assert url == "ws://here/stream"
            if not waiting:
                raise VenueUnavailable("nobody is there")
            return waiting.pop(0)

        monkeypatch.setattr(net, "connect", connect)
        monkeypatch.setattr(under_test, "OVERLAP_SECONDS", 0.01)
        history = History(closed)
        clock = VenueClock(lambda: (T0 + closed * 60_000) * NS_PER_MS + 1, 0)
        klines = Klines(history, {BTC: "BTCUSDT"}, Interval.parse("1m"), clock.now)  # type: ignore[arg-type]
        klines.expect(BTC, (T0 + known * 60_000) * NS_PER_MS)
        streams = ["btcusdt@kline_1m", "btcusdt@trade"]
        return BinanceMarket(
            "ws://here", streams, {"BTCUSDT": BTC}, clock, klines=klines, patience=Patience(**patience)
        ), history

    return make


def heard(source: BinanceMarket) -> tuple[list[Any], str]:
    """Return what a connection yields, bars and trades by their number, and why it ended."""

    async def run() -> tuple[list[Any], str]:
        found: list[Any] = []
        try:
            async for event in source.stream():
                if isinstance(event, Bar):
                    found.append((event.ts_open // NS_PER_MS - T0) // 60_000)
                elif isinstance(event, Trade):
                    found.append(f"t{event.trade_id}")
        except VenueUnavailable as error:
            return found, error.message
        return found, ""

    return asyncio.run(run())


def test_streams_are_asked_for_by_name(market: Any) -> None:
    script = Script(ACK, bar(0))
    source, _ = market(script)
    assert heard(source) == ([0], "cut")
    assert script.sent == [{"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m", "btcusdt@trade"], "id": 1}]
    assert script.closed
    assert source.last_price(BTC) == 61810.01


def test_streams_that_are_refused_end_the_connection(market: Any) -> None:
    source, _ = market(Script({"code": 2, "msg": "Invalid request", "id": 1}))
    assert heard(source) == ([], "streams were refused: Invalid request")


def test_what_was_missed_is_told_before_anything_new(market: Any) -> None:
    source, history = market(Script(bar(3), bar(4)), closed=3)
    assert heard(source) == ([0, 1, 2, 3, 4], "cut")
    assert len(history.asked) == 1


def test_a_bar_that_did_not_come_is_fetched_before_the_next(market: Any) -> None:
    source, history = market(Script(bar(0), bar(3)))
    history.closed = 9
    assert heard(source) == ([0, 1, 2, 3], "cut")


def test_lesson_127_each_bar_is_told_once_never_backwards_and_forming_ones_never(market: Any) -> None:
    source, _ = market(Script(bar(0, closed=False), bar(0), bar(0), bar(1), bar(0), trade(1), trade(1), trade(2)))
    assert heard(source) == ([0, 1, "t1", "t2"], "cut")


def test_lesson_127_a_break_of_three_bars_is_filled_by_the_next_connection(market: Any) -> None:
    source, history = market(Script(bar(0), CUT), Script(bar(4)), Script(bar(4), bar(5)))
    assert heard(source) == ([0], "cut")
    history.closed = 4
    source._clock.arrive((T0 + 4 * 60_000 + 1) * NS_PER_MS)
    assert heard(source) == ([1, 2, 3, 4], "cut")
    assert heard(source) == ([5], "cut")


def test_the_next_connection_takes_over_before_the_old_one_ends(market: Any) -> None:
    old = Script(bar(0), trade(1), SHUTDOWN, trade(2), bar(1), trade(3), CUT)
    new = Script(ACK, bar(1), trade(3), trade(4), bar(2))
    source, history = market(old, new)
    assert heard(source) == ([0, "t1", "t2", 1, "t3", "t4", 2], "cut")
    assert history.asked == [], "nothing was missed, so nothing was asked for"
    assert old.closed


def test_a_connection_that_is_old_is_replaced(market: Any) -> None:
    source, _ = market(Script(bar(0)), rotate_seconds=0.0)
    assert heard(source)[1] == "nobody is there"


def test_a_stream_that_is_silent_is_named(market: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.001)
    source, _ = market(Script(ACK, SILENCE), silent_seconds=0.05)
    assert "btcusdt@kline_1m: not one word" in heard(source)[1]


def test_a_connection_without_a_ping_is_dead(market: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.001)
    script = Script(ACK, SILENCE)
    script.silent_seconds = 61.0
    assert heard(market(script)[0])[1] == "not even a ping for 61 s"


def test_junk_is_counted_and_the_stream_lives(market: Any) -> None:
    source, _ = market(Script({"stream": "btcusdt@trade", "data": {}}, {"what": 1}, bar(0)))
    assert heard(source) == ([0], "cut")
    assert source.malformed == 2


def test_nothing_is_heard_before_it_has_happened(market: Any) -> None:
    source, _ = market(Script(bar(0)))

    async def first() -> Any:
        async for event in source.stream():
            return event
        return None

    event = asyncio.run(first())
    assert event.ts_recv >= event.ts_venue == T0 * NS_PER_MS + NS_PER_MINUTE


def test_our_time_does_not_run_back_where_bars_were_fetched(market: Any) -> None:
    """A bar that waits for those before it was read before they were asked for."""
    source, history = market(Script(bar(0), bar(3), trade(1)))
    history.closed = 9
    ticks(source._clock)

    found = asyncio.run(told_by(source))
    assert len(found) == 5
    times = [event.ts_recv for event in found]
    assert times == sorted(times)


def test_our_time_does_not_run_back_over_bars_of_several_symbols() -> None:
    clock = VenueClock(lambda: (T0 + 3 * 60_000) * NS_PER_MS, 0)
    both = {BTC: "BTCUSDT", InstrumentId("binance:ETHUSDT"): "ETHUSDT"}
    klines = Klines(History(closed=3), both, Interval.parse("1m"), clock.now)  # type: ignore[arg-type]
    ticks(clock)
    for name in both:
        klines.expect(name, T0 * NS_PER_MS)
    order = InOrder(klines, clock, lambda _: True)

    async def all_of_it() -> list[Any]:
        return [bar async for bar in order.missed()]

    found = asyncio.run(all_of_it())
    assert len(found) == 6
    times = [event.ts_recv for event in found]
    assert times == sorted(times)


class Unwell(History):
    """Refuses every other question."""

    def get(self, name: str, params: dict[str, Any], kind: Any) -> Any:
        found = super().get(name, params, kind)
        if len(self.asked) % 2:
            return found
        raise VenueUnavailable("overloaded")


def test_what_is_missing_is_asked_for_where_the_last_try_broke_off() -> None:
    """Of many symbols one question or other fails while a venue is unwell, and none would ever be told."""
    clock = VenueClock(lambda: (T0 + 2_500 * 60_000) * NS_PER_MS, 0)
    several = {InstrumentId(f"binance:C{number}USDT"): f"C{number}USDT" for number in range(5)}
    history = Unwell(closed=2_500)
    klines = Klines(history, several, Interval.parse("1m"), clock.now)  # type: ignore[arg-type]
    for name in several:
        klines.expect(name, T0 * NS_PER_MS)
    found: list[Bar] = []
    tries = 0
    while not found:
        with contextlib.suppress(VenueUnavailable):
            found = klines.missing(clock.now())
        tries += 1
    for name in several:
        assert [bar.ts_open for bar in found if bar.instrument == name] == [
            (T0 + number * 60_000) * NS_PER_MS for number in range(2_500)
        ]
    assert tries == 15, "each page brought one try further"
    asked = [(each["symbol"], each["startTime"]) for each in history.asked]
    assert len(set(asked)) == 15
    history.asked.clear()
    with contextlib.suppress(VenueUnavailable):
        klines.missing(clock.now())
    assert history.asked[0]["startTime"] == T0, "what was handed over is not kept: who was told takes note of it"


async def told_by(source: BinanceMarket) -> list[Any]:
    """Return what a connection yields until it is cut."""
    found: list[Any] = []
    with contextlib.suppress(VenueUnavailable):
        async for event in source.stream():
            found.append(event)  # noqa: PERF401 - what came before the cut is kept
    return found


def ticks(clock: VenueClock) -> None:
    """Have the time go on with every look at it."""
    start, looks = clock.now(), itertools.count()
    clock._wall = lambda: start + next(looks)


def test_history_comes_page_by_page_closed_bars_alone() -> None:
    history = History(closed=2_500)
    clock = VenueClock(lambda: (T0 + 2_500 * 60_000) * NS_PER_MS, 0)
    told: list[int] = []
    klines = Klines(
        history, {BTC: "BTCUSDT"}, Interval.parse("1m"), clock.now, lambda _, count: told.append(count)  # type: ignore[arg-type]
    )  # fmt: skip
    found = list(klines.bars(BTC, "1m", T0 * NS_PER_MS, (T0 + 9_999 * 60_000) * NS_PER_MS))
    assert [each.ts_open for each in found] == [(T0 + n * 60_000) * NS_PER_MS for n in range(2_500)]
    assert told == [1_000, 2_000, 2_500]


class Ear:
    """Notes what it is told at once; not ready for what `refused` names."""

    def __init__(self, *refused: str) -> None:
        self.heard: list[str] = []
        self._refused = refused

    def is_ready_for(self, event: Any) -> bool:
        return getattr(event, "trade_id", "") not in self._refused

    def hear(self, event: Any) -> None:
        self.heard.append(
            event.trade_id if isinstance(event, Trade) else f"b{(event.ts_open // NS_PER_MS - T0) // 60_000}"
        )


def test_what_nothing_has_to_be_fetched_for_is_told_in_the_moment_it_comes(market: Any) -> None:
    source, history = market(Script(ACK, bar(0), bar(0), trade(1), trade(1), bar(3), trade(2)))
    history.closed = 9
    ear = Ear()
    source.tell(ear)
    assert heard(source) == ([1, 2, 3], "cut"), "after a hole bars come in order, and by the stream"
    assert ear.heard == ["b0", "1", "2"]


def test_an_event_that_nobody_is_ready_for_comes_by_the_stream_and_once(market: Any) -> None:
    source, _ = market(Script(trade(1), trade(2), trade(3)))
    source.tell(ear := Ear("2"))
    assert heard(source) == (["t2"], "cut")
    assert ear.heard == ["1", "3"]


def test_lesson_126_what_cannot_be_read_is_counted_once_with_an_ear_too(market: Any) -> None:
    source, _ = market(Script({"stream": "btcusdt@trade", "data": {}}, trade(1), SHUTDOWN, trade(2)), Script(trade(3)))
    source.tell(ear := Ear())
    assert heard(source) == (["t2", "t3"], "cut"), "while one takes over from the other all comes by the stream"
    assert (source.malformed, ear.heard) == (1, ["1"])


def test_two_connections_tell_at_once_while_nothing_waits_of_either(market: Any) -> None:
    parts = [market(Script(trade(1), CUT))[0], market(Script(trade(11), CUT))[0]]
    routed = RoutedMarket(parts)
    ear = Ear()
    routed.tell(ear)
    event = Trade(BTC, 1, 1, 1.0, 1.0, False, "5")

    async def main() -> None:
        stream: Any = routed.stream()
        assert not routed.is_ready_for(event), "nobody has asked for the stream"
        asking = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert routed.is_ready_for(event)
        routed._told.put_nowait(event)
        assert not routed.is_ready_for(event), "one is before it"
        assert await asking is event
        assert not routed.is_ready_for(event), "who reads is busy with it"
        await stream.aclose()

    asyncio.run(main())
