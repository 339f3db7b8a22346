"""What went wrong with connections in other systems, by its number: each here against ours."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tests.unit.venues.binance.bench import PLACE, Bench, order
from tests.unit.venues.binance.test_stream import ACK, CUT, SILENCE, Script, bar, heard, market
from tests.unit.venues.binance.test_venue import Exchange
from tradewind.app.binance_account import budget_of
from tradewind.domain import events as ev
from tradewind.domain.errors import VenueTimeout, VenueUnavailable
from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND
from tradewind.venues._net import keep, web
from tradewind.venues._net import socket as net
from tradewind.venues.binance import rest as blocking
from tradewind.venues.binance import venue as under_test
from tradewind.venues.binance import watch
from tradewind.venues.binance.in_order import InOrder
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.stream import UNREAD_MAX
from tradewind.venues.binance.venue import BinanceVenue
from tradewind.venues.binance.wire_rest import ServerTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["market"]
JUNK = {"stream": "btcusdt@trade", "data": {}}


def test_lesson_119_an_account_that_is_quiet_for_twelve_hours_keeps_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pings come, and nothing else: on an account's stream that is as it should be."""
    monkeypatch.setattr(under_test, "TICK_SECONDS", 0.0)
    exchange, bench, hours = Exchange({"order.place": order()}), Bench(opened=False), [0.0]
    monkeypatch.setattr(net, "connect", exchange.connect)
    started = bench.clock.now()
    monkeypatch.setattr(bench.clock, "now", lambda: started + int(hours[0] * NS_PER_HOUR))
    venue = BinanceVenue(bench.desk, "ws://here/ws-api/v3", bench.clock, Patience())

    async def first() -> ev.Event | None:
        async for event in venue.events():
            return event
        return None

    async def main() -> None:
        async with asyncio.timeout(60):
            waiting = asyncio.ensure_future(first())
            while not bench.desk.is_open:  # noqa: ASYNC110 - the desk knows
                await asyncio.sleep(0)
            for _ in range(12 * 60):
                hours[0] += 1 / 60
                for _ in range(3):
                    await asyncio.sleep(0)
            assert not waiting.done(), "there is nothing to tell"
            await venue.execute(PLACE)
            assert isinstance(await waiting, ev.OrderAccepted)

    asyncio.run(main())
    assert exchange.connections == 1


@pytest.fixture
def deaf() -> Iterator[int]:
    """Return the port of a server that lets everybody in and answers nobody."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_lesson_122_a_server_that_accepts_and_never_answers_holds_nobody_up(
    deaf: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance]'")
    monkeypatch.setattr(net, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(blocking, "ASK_SECONDS", 0.1)

    async def main() -> None:
        door = web.Web(f"http://127.0.0.1:{deaf}", 0.1)
        try:
            with pytest.raises(VenueTimeout):
                await door.ask("POST", "/api/v3/order", {})
            with pytest.raises(VenueUnavailable):
                await net.connect(f"ws://127.0.0.1:{deaf}/stream")
        finally:
            await door.close()

    asyncio.run(main())
    asked = Rest(f"http://127.0.0.1:{deaf}", sleep=lambda _: None)
    with pytest.raises(VenueUnavailable):
        asked.get("time", {}, ServerTime)


class _Enough(Exception):
    """The test has seen enough of what goes on for ever."""


def waits(monkeypatch: pytest.MonkeyPatch, tries: int, *, works_at: int = -1) -> tuple[list[float], list[Any]]:
    """Return how long a connection that fails waits between its tries, and what is logged; one try may work."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == tries:
            raise _Enough

    async def connection(works: Any) -> None:
        if len(slept) == works_at:
            works()
        raise VenueUnavailable("nobody is there")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with structlog.testing.capture_logs() as logged, pytest.raises(_Enough):
        asyncio.run(keep.kept(connection, Patience().backoff_seconds, "binance"))
    return slept, logged


def test_lesson_123_an_outage_of_a_day_is_a_dozen_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    slept, logged = waits(monkeypatch, 2_900)
    assert sum(slept) > 86_400
    assert 10 <= len(logged) <= 14
    assert [line["tries"] for line in logged[:6]] == [1, 2, 3, 5, 9, 17]


def test_lesson_124_a_connection_is_tried_for_ever_at_growing_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Away for six seconds, a minute, an hour: the waits grow to half a minute, and begin anew when it has worked."""
    slept, _ = waits(monkeypatch, 200, works_at=150)
    growing = list(Patience().backoff_seconds)
    assert slept[:7] == growing == sorted(growing)
    assert slept[7:150] == [30.0] * 143
    assert sum(slept[:150]) > 3_600
    assert slept[150:157] == growing


def test_lesson_126_ten_messages_that_cannot_be_read_open_the_connection_anew(market: Any) -> None:
    source, _ = market(Script(bar(0), *[JUNK] * UNREAD_MAX, bar(1)), Script(bar(1)))
    assert heard(source) == ([0], "10 messages in a row that cannot be read")
    assert heard(source) == ([1], "cut")
    fewer = [JUNK] * (UNREAD_MAX - 1)
    source, _ = market(Script(*fewer, bar(0), *fewer, bar(1)))
    assert heard(source) == ([0, 1], "cut"), "one that can be read is between them"


def test_lesson_126_a_stream_of_which_nothing_can_be_read_is_silent(
    market: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.001)
    source, _ = market(Script(ACK, {"stream": "btcusdt@kline_1m", "data": {}}, SILENCE), silent_seconds=0.05)
    assert "btcusdt@kline_1m: not one word" in heard(source)[1]


def test_lesson_130_while_history_is_asked_for_the_loop_goes_on() -> None:
    """The question returns when the loop has done something meanwhile: one that blocked it would wait for ever."""
    went_on = threading.Event()

    class Slow:
        def missing(self, *_: object) -> list[Any]:
            assert went_on.wait(30), "the loop stands still"
            return []

    async def main() -> None:
        order = InOrder(Slow(), Bench().clock, lambda _: True)  # type: ignore[arg-type] # all that is asked of it
        asyncio.get_running_loop().call_later(0.01, went_on.set)
        assert [bar async for bar in order.missed()] == []

    asyncio.run(main())


def test_lesson_131_each_connection_asks_for_every_stream_and_data_confirm_it(
    market: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.001)
    first, second, third = Script(ACK, bar(0), CUT), Script(ACK, SILENCE), Script(ACK, bar(1))
    source, _ = market(first, second, third, silent_seconds=0.05)
    assert heard(source) == ([0], "cut")
    assert "not one word" in heard(source)[1], "an acknowledgement is no data"
    assert heard(source) == ([1], "cut")
    assert first.sent == second.sent == third.sent
    assert first.sent[0]["params"] == ["btcusdt@kline_1m", "btcusdt@trade"]


def test_lesson_133_who_is_banned_at_one_venue_is_not_held_up_at_another(tmp_path: Path) -> None:
    now = 1_719_360_000 * NS_PER_SECOND
    one = budget_of(tmp_path, "https://one.example", Product.SPOT, "binance one 1")
    other = budget_of(tmp_path, "https://other.example", Product.SPOT, "binance other 2")
    one.be_silent(now + NS_PER_HOUR, now)
    assert one.take(now, 1) > 0
    with one._by_address, one._by_account:  # type: ignore[attr-defined] # whoever stands still there holds its lock
        assert other.take(now, 1, 1) == 0
