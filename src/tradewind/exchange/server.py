"""The door of the exchange: a socket on this machine, who comes in, and what is done about what they say."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from tradewind.domain.errors import StateError
from tradewind.exchange.conductor import Conductor
from tradewind.exchange.door import leave, listen
from tradewind.exchange.faults import FAULTS, ON_LINKS
from tradewind.exchange.keeping import FORMAT, KeptExchange
from tradewind.exchange.log import Log
from tradewind.exchange.questions import Questions
from tradewind.exchange.requests import Counter
from tradewind.exchange.seat import Seat
from tradewind.venues.exchange import protocol as say
from tradewind.venues.exchange.framing import Unpacker, client_words
from tradewind.venues.exchange.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.account import AccountKind
    from tradewind.domain.market import MarketEvent
    from tradewind.exchange.account import Account
    from tradewind.exchange.history import Tape
    from tradewind.exchange.kept_requests import KeptRequests
    from tradewind.venues._net.address import Address

REST_SECONDS = 5.0
"""How long clients have to answer what was told last before an exchange that is to stop does so without.

Less than the ten seconds after which containers are killed, and with them what was to be written."""

log = structlog.get_logger(__name__)


class Dialect(Protocol):
    """Another protocol that the exchange is spoken to in."""

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until it is cancelled; `ready` is called when clients may come."""
        ...

    def described(self) -> str:
        """Say where it listens, and what its clients need."""
        ...


class Exchange:
    """Accounts, a market, and the links of their clients."""

    def __init__(  # noqa: PLR0913 - what an exchange is
        self,
        tape: Tape,
        accounts: Sequence[Account],
        kind: AccountKind,
        *,
        speed: float | None,
        dead_seconds: float = 3.0,
        with_faults: bool = False,
    ) -> None:
        self._accounts = {account.name: account for account in accounts}
        self._dead_seconds = dead_seconds
        self._with_faults = with_faults
        self._born = time.time_ns()
        self._market: Log[MarketEvent] = Log()
        self.conductor = Conductor(tape.events(), accounts, self._market, start=tape.start, speed=speed)
        self._seats = {name: Seat(account, self._market) for name, account in self._accounts.items()}
        self.conductor.seats.extend(self._seats.values())
        self._submits = {name: Counter(account, self.conductor) for name, account in self._accounts.items()}
        self._questions = Questions(
            tape, self._market, self.conductor, accounts=self._accounts, seats=self._seats, kind=kind
        )
        self.dialects: list[Dialect] = []
        """Further ways in."""
        self._tape = tape
        self._kept: KeptRequests | None = None
        self._closed_until = dict.fromkeys(self._accounts, 0.0)
        self._at: dict[Link, Seat] = {}
        """Who sits where."""

    def kept(self) -> KeptExchange:
        """Return all of it, between two events."""
        conductor = self.conductor
        return KeptExchange(
            FORMAT, self._born, conductor.now(), self._tape.described, self._market.last, conductor.is_matched,
            conductor.is_over, tuple(account.kept(self._seats[name]) for name, account in self._accounts.items()),
        )  # fmt: skip

    def keep(self, requests: KeptRequests) -> None:
        """Go on, before it serves, where its requests lead, and write down those that come."""
        log.info("the exchange goes on", requests=requests.restore())
        self._kept = requests

    def restore(self, kept: KeptExchange) -> None:
        """Go on, before it serves, where `kept` was taken; raise `StateError` if that was another exchange."""
        names = [account.name for account in kept.accounts]
        if kept.described != self._tape.described or names != list(self._accounts):
            raise StateError(f"what was kept is of {kept.described} with {', '.join(names)}, not of this configuration")
        self._born = kept.born
        self.conductor.restore(kept.reached, kept.market_last, is_matched=kept.is_matched)
        for account in kept.accounts:
            self._accounts[account.name].restore(account, self._seats[account.name])

    async def serve(
        self, address: Address | None, ready: Callable[[], None], stop: asyncio.Event | None = None
    ) -> None:
        """Take clients in and move on, until `stop` is set; raise `LocalError` if the address is not to be had.

        Without an address there are only the further ways in. `ready` is called when somebody may come. It stops
        between two happenings, or after `REST_SECONDS` anyway.
        """
        stop = stop or asyncio.Event()
        server = await listen(address, self._make) if address is not None else None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.conductor.run())]
                if self._kept is not None:
                    tasks.append(group.create_task(self._kept.mark()))
                for dialect in self.dialects:
                    is_open = asyncio.Event()
                    tasks.append(group.create_task(dialect.run(is_open.set)))
                    await is_open.wait()
                ready()
                await stop.wait()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.conductor.rest(), REST_SECONDS)
                for task in tasks:
                    task.cancel()
        finally:
            if server is not None and address is not None:
                server.close()
                leave(address)

    def _make(self) -> Link:
        link: Link

        def beat() -> say.Beat | None:
            seat = self._at.get(link)
            return say.Beat(self.conductor.now()) if seat is None else seat.beat(link, self.conductor.now())

        link = Link(Unpacker(client_words), self._heard, self._lost, dead_seconds=self._dead_seconds, beat=beat)
        return link

    # --- what is said to us -------------------------------------------------------------------------

    def _heard(self, link: Link, word: Any) -> None:  # noqa: ANN401 - any word of a client's
        match word:
            case say.Hello():
                self._hello(link, word)
            case say.Request():
                self._request(link, word)
            case say.Taken():
                if link in self._at:
                    self._at[link].take(word)
            case say.Bye():
                if link in self._at:
                    self._at[link].leave(link)
            case say.AskFacts():
                link.send(self._questions.facts(word.account))
            case say.AskBars():
                for piece in self._questions.bars(word):
                    link.send(piece)
            case say.PressFault():
                self._press(link, word)
        self.conductor.poke()

    def _lost(self, link: Link, why: str) -> None:
        seat = self._at.pop(link, None)
        if seat is None:
            return
        log.info("a client's link is gone", account=_name(seat), why=why)
        seat.lose(link)
        if seat.account is None:
            self.conductor.seats.remove(seat)
        self.conductor.poke()

    def _hello(self, link: Link, hello: say.Hello) -> None:
        if hello.version != say.VERSION:
            _deny(link, "version", f"this exchange speaks version {say.VERSION}, you speak {hello.version}")
        elif hello.account not in self._accounts and (hello.account or hello.link == "private"):
            have = ", ".join(self._accounts)
            _deny(link, "account", f"there is no account {hello.account!r} at this exchange; there are: {have}")
        elif hello.account and asyncio.get_running_loop().time() < self._closed_until[hello.account]:
            link.cut("nobody is let in")
        elif hello.account and hello.token < (seen := self._seats[hello.account].token):
            _deny(
                link, "fenced", f"{hello.account} is traded under token {seen} by now; with {hello.token} you may not"
            )
        elif hello.link == "asks":
            link.send(self._welcome(0))
        else:
            self._sit_down(link, hello)

    def _sit_down(self, link: Link, hello: say.Hello) -> None:
        seat = self._seats.get(hello.account)
        if seat is None:
            seat = Seat(None, self._market)
            self.conductor.seats.append(seat)
        seat.token = max(seat.token, hello.token)
        self._at[link] = seat
        log.info("a client has come", account=_name(seat), link=hello.link, client=hello.client, last=hello.last)
        if hello.link == "market":
            link.send(self._welcome(seat.attach_market(link, hello.client, hello.last)))
            seat.send()
            if self.conductor.is_over:
                link.send(say.Ended(self.conductor.now()))
        else:
            link.send(self._welcome(seat.attach_private(link, hello.client, hello.last)))
            seat.send()

    def _request(self, link: Link, request: say.Request) -> None:
        seat = self._at.get(link)
        if seat is None or seat.account is None or not seat.private.carries(link):
            return _deny(link, "protocol", "requests are for a private link")
        answer = self._submits[seat.account.name].take(request)
        if answer is not None:
            seat.private.send(answer)
        return None

    def _press(self, link: Link, press: say.PressFault) -> None:
        if not self._with_faults:
            return _deny(link, "faults_off", "this exchange was started without --faults")
        if press.kind not in FAULTS or press.account not in self._seats:
            return _deny(link, "protocol", f"no such fault or account: {press.kind} {press.account}")
        seat = self._seats[press.account]
        if press.kind not in ON_LINKS:
            self._submits[press.account].press(press.kind, press.count, press.seconds)
        else:
            if press.kind == "disconnect":
                self._closed_until[press.account] = asyncio.get_running_loop().time() + press.seconds
            if press.link != "private":
                seat.market.press(press.kind, press.count, press.seconds)
            if press.link != "market":
                seat.private.press(press.kind, press.count, press.seconds)
        return link.send(say.Done(f"{press.kind} at {press.account}"))

    # --- what we say --------------------------------------------------------------------------------

    def _welcome(self, after: int) -> say.Welcome:
        return say.Welcome(say.VERSION, self.conductor.now(), self.conductor.speed, after, self._born)


def _deny(link: Link, code: str, reason: str) -> None:
    link.send(say.Denied(code, reason))
    link.close(reason)


def _name(seat: Seat) -> str:
    return "" if seat.account is None else seat.account.name
