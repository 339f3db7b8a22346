"""A USD-M account over sockets that follow a script: what its own connection does is told, and the other's is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

from tests.unit.venues.binance.test_usdm_desk import Bench
from tests.unit.venues.binance.test_venue import Exchange
from tradewind.domain import events as ev
from tradewind.venues._net import socket as net
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.venue import BinanceVenue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

URL = "ws://here/ws-api/v3"


class Stream:
    """The account's own connection, which is let in when the test says so."""

    def __init__(self) -> None:
        self.let_in = asyncio.Event()
        self.opens = 0
        self.link: Any = None

    async def open(self) -> Any:
        await self.let_in.wait()
        self.link = await Exchange({}).connect(URL)
        self.opens += 1
        return self.link

    async def close(self) -> None:
        self.link = None

    async def keep(self) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError("it is kept for ever")


class Web:
    """Has nothing to tell."""

    async def ask(self, verb: str, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, b"[]"

    async def close(self) -> None:
        pass


class Account:
    """The venue, its two connections, and what it says of them."""

    def __init__(self) -> None:
        self.api = Exchange({})
        self.links: list[Any] = []
        self.stream = Stream()
        self.desk = (bench := Bench(opened=False)).desk
        patience, web = Patience(backoff_seconds=(0.0,)), Web()
        self.venue: BinanceVenue = BinanceVenue(
            self.desk, URL, bench.clock, patience, web=web, private=self.stream  # type: ignore[arg-type]
        )  # fmt: skip
        self.told: list[bool] = []

    async def connect(self, url: str) -> Any:
        self.links.append(await self.api.connect(url))
        return self.links[-1]

    async def hear(self) -> None:
        said: AsyncIterator[ev.Event] = self.venue.events()
        async for event in said:
            if isinstance(event, ev.LinkChanged):
                self.told.append(event.up)

    async def until(self, fact: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not fact():  # noqa: ASYNC110 - the venue has no event for what it does not tell
                await asyncio.sleep(0)


def play(patch: pytest.MonkeyPatch, script: Callable[[Account], Any]) -> list[bool]:
    async def run() -> list[bool]:
        account = Account()
        patch.setattr(net, "connect", account.connect)
        hearing = asyncio.ensure_future(account.hear())
        await script(account)
        hearing.cancel()
        await asyncio.wait([hearing])
        return account.told

    return asyncio.run(run())


async def opened(account: Account) -> None:
    """Open both, the account's own the last."""
    await account.until(lambda: account.desk.is_open)
    account.stream.let_in.set()
    await account.until(lambda: account.desk.is_heard)


async def cut(account: Account) -> None:
    """Cut the account's own connection, and wait until it is back and all of it is told."""
    account.stream.link.abort("cut")
    await account.until(lambda: account.stream.opens == 2 and account.desk.is_heard)
    await account.until(account.venue._told.empty)


def test_a_stream_that_opens_after_the_api_was_never_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(account: Account) -> None:
        await opened(account)
        await cut(account)

    assert play(monkeypatch, script) == [False, True], "the one outage that there was"


def test_an_api_that_breaks_is_no_outage_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(account: Account) -> None:
        await account.until(lambda: account.desk.is_open)
        account.links[0].abort("cut")
        await account.until(lambda: len(account.links) == 2)
        await opened(account)
        account.links[1].abort("cut")
        await account.until(lambda: len(account.links) == 3 and account.desk.is_open)
        await cut(account)

    assert play(monkeypatch, script) == [False, True], "the one outage of the account's own connection"
