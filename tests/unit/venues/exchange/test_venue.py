"""One client at an exchange: what never left, what left and was not answered, what came twice, who may trade."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.stage import QUICK, Listener, assert_books_are_equal, bars, on_loop, opened, session
from tests.unit.runtime.stage import COIN, USDT, kinds
from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.errors import VenueRefused
from tradewind.domain.ids import ClientOrderId, StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.order import OrderSpec, OrderType, Side
from tradewind.domain.time import NEVER
from tradewind.venues._net.address import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tradewind.domain.commands import Effect
    from tradewind.venues.exchange.venue import ExchangeVenue

FILLED = "OrderFilled"


def buy(number: int, quantity: str = "1") -> SubmitOrder:
    spec = OrderSpec(
        ClientOrderId(f"tw-{number}"), StrategyId("s"), COIN, Side.BUY, OrderType.MARKET, Decimal(quantity)
    )
    return SubmitOrder(spec)


@contextlib.asynccontextmanager
async def hearing(link: ExchangeVenue) -> AsyncIterator[list[Any]]:
    """Hear what an exchange says of an account, and take it at once."""
    heard: list[Any] = []

    def take(event: Any) -> None:
        if event is not None:
            heard.append(event)
        asyncio.get_running_loop().call_soon(lambda: link.taken(link.handed(), NEVER))

    async def hear() -> None:
        async for event in link.events():
            take(event)

    async def follow() -> None:
        async for event in link.stream():
            take(event)

    link.taken(link.handed(), NEVER)
    tasks = [asyncio.create_task(hear()), asyncio.create_task(follow())]
    try:
        yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the other side of a socket sets no Event
            await asyncio.sleep(0.005)


async def until(heard: list[Any], *kinds: type, count: int = 1) -> list[Any]:
    """Wait until so many events of these kinds were heard."""
    await wait_for(lambda: sum(isinstance(event, kinds) for event in heard) >= count)
    return [event for event in heard if isinstance(event, kinds)]


async def sent(link: ExchangeVenue, *effects: Effect) -> None:
    for effect in effects:
        await link.execute(effect)


def test_what_cannot_be_sent_is_refused_as_never_sent() -> None:
    async def main() -> None:
        async with opened(bars(0, 2)) as floor:
            floor.address = Address(socket=f"{floor.address.socket}-nobody")
            link = floor.link(QUICK)
            async with hearing(link) as heard:
                await sent(link, buy(1), CancelOrder(ClientOrderId("tw-1"), COIN), QueryAccount(0))
                found = await until(heard, ev.OrderRejected, ev.CancelRejected, ev.SnapshotFailed, count=3)
                assert [type(event) for event in found] == [ev.OrderRejected, ev.CancelRejected, ev.SnapshotFailed]
                assert all("never sent: no link" in event.reason for event in found)
                assert (await until(heard, ev.LinkChanged))[0].up is False
            assert floor.account.orders_ever == 0

    on_loop(main())


def test_many_that_wait_for_a_link_wait_until_the_same_moment() -> None:
    """Else an exchange that is away for minutes fills the queue of what is to leave, and ends the session."""

    async def main() -> None:
        async with opened(bars(0, 2)) as floor:
            there = floor.address
            floor.address = Address(socket=f"{there.socket}-nobody")
            link = floor.link(QUICK)
            async with hearing(link) as heard:
                await sent(link, buy(1))
                end = link._hopeless
                await sent(link, *(buy(number) for number in range(2, 1_001)))
                assert link._hopeless == end > 0
                await until(heard, ev.OrderRejected, count=1_000)
                link._private._address = there
                await until(heard, ev.LinkChanged, count=2)
                assert link._hopeless == 0, "the next outage is waited for anew"
            assert floor.account.orders_ever == 0

    on_loop(main())


def test_a_link_that_breaks_after_a_request_leaves_its_outcome_unknown() -> None:
    async def main() -> None:
        async with opened(bars(0, 2), speed=1.0) as floor:
            link = floor.link()
            async with hearing(link) as heard:
                await floor.press("late", seconds=0.3)
                await sent(link, buy(1))
                await floor.press("disconnect")
                assert "the link broke" in (await until(heard, ev.OutcomeUnknown))[0].reason
                await until(heard, ev.LinkChanged, count=2)
                assert (await until(heard, ev.OrderAccepted))[0].order == "tw-1", "it came to the exchange, late"
            assert floor.account.orders_ever == 1

    on_loop(main())


def test_a_submit_that_comes_twice_is_executed_once() -> None:
    async def main() -> None:
        async with opened(bars(0, 2_000), speed=600.0) as floor:
            link = floor.link()
            async with hearing(link) as heard:
                await sent(link, buy(1), buy(1), buy(1, "2"))
                assert (await until(heard, ev.OutcomeUnknown))[0].order == "tw-1", "the same again: ask"
                assert "another order had the id" in (await until(heard, ev.OrderRejected))[0].reason
                await until(heard, ev.OrderFilled)
                await sent(link, QueryOrder(ClientOrderId("tw-1"), COIN))
                await until(heard, ev.OrderFound)
            assert {event.trade_id for event in heard if isinstance(event, ev.OrderFilled)} == {"sim-t2"}
            assert (floor.account.orders_ever, floor.account.duplicates, floor.held) == (1, 2, Decimal(1))

    on_loop(main())


def test_what_was_reported_while_nobody_listened_is_told_once_in_order() -> None:
    async def main() -> None:
        async with opened(bars(0, 100), speed=60.0) as floor:
            first = floor.link()
            async with hearing(first) as heard:
                await sent(first, buy(1))
                await until(heard, ev.OrderAccepted)
            await wait_for(lambda: floor.account.reports.last >= 2)  # executed, most likely while nobody is there
            async with hearing(floor.link()) as later:
                await until([*heard, *later] if FILLED in kinds(heard) else later, ev.OrderFilled)
            told = [*heard, *later]
            assert [kind for kind in kinds(told) if kind in ("OrderAccepted", FILLED)] == ["OrderAccepted", FILLED]

    on_loop(main())


def test_who_comes_for_an_account_takes_it_over() -> None:
    async def main() -> None:
        async with opened(bars(0, 400), speed=60.0) as floor:
            traded = session(floor.link(client="old"), Listener())
            old = asyncio.create_task(traded.run())
            await wait_for(lambda: bool(traded.of(Bar)))
            async with hearing(floor.link(client="new")) as heard:
                with pytest.raises(VenueRefused, match="another client has come for this account"):
                    await old
                await until(heard, Bar)

    on_loop(main())


def test_an_exchange_that_was_started_anew_is_not_traded_on() -> None:
    async def main() -> None:
        async with opened(bars(0, 400), speed=60.0) as floor:
            traded = session(floor.link(), Listener())
            running = asyncio.create_task(traded.run())
            await wait_for(lambda: bool(traded.of(Bar)))
            floor.exchange._born += 1
            await floor.press("disconnect", seconds=0.1)
            with pytest.raises(VenueRefused, match="started anew"):
                await running

    on_loop(main())


@pytest.mark.parametrize(
    ("account", "version", "why"), [("nobody", 1, "there is no account 'nobody'"), ("main", 99, "speaks version 1")]
)
def test_who_is_not_let_in_hears_why(account: str, version: int, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.venues.exchange.venue.VERSION", version)

    async def main() -> None:
        async with opened(bars(0, 2)) as floor:
            with pytest.raises(VenueRefused, match=why):
                await anext(floor.link(account=account).events())

    on_loop(main())


def test_by_the_clock_the_books_are_equal_too() -> None:
    async def main() -> None:
        async with opened(bars(0, 3_000), speed=3_000.0) as floor:
            traded = session(floor.link(), Listener(buy_at=tuple(range(2, 3_000, 2))))
            running = asyncio.create_task(traded.run())
            await wait_for(lambda: len(traded.of(ev.OrderFilled)) >= 4)
            traded.session.stop()
            await running
            told = [event.ts_open for event in traded.of(Bar)]
            assert told == [bar.ts_open for bar in bars(0, len(told))]
            assert_books_are_equal(floor, traded)

    on_loop(main())


def test_the_account_is_told_when_it_is_asked_for() -> None:
    async def main() -> None:
        async with opened(bars(0, 3), speed=1.0) as floor:  # the order stays open for a minute
            link = floor.link()
            async with hearing(link) as heard:
                await sent(link, buy(1), QueryAccount(0))
                [snapshot] = await until(heard, ev.AccountSnapshot)
                assert snapshot.balances[0].asset == USDT
                assert [order.order for order in snapshot.orders] == ["tw-1"]

    on_loop(main())
