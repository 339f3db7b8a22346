"""An exchange in a process of its own as the engine sees it (ports `Venue`, `MarketData`, `Pace`).

Two links: the stream of the market is opened by whoever reads `stream`, and opened anew by it; the private link is
kept by `events`, for ever, with growing waits. Both go on where they broke off, by number. What a request has come
to is told as an event: `answers.py`. In lockstep, time goes on only when no request waits for its receipt.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog

from tradewind.domain.errors import VenueRefused, VenueUnavailable
from tradewind.domain.events import LinkChanged
from tradewind.venues.exchange.answers import never_sent, no_answer, refused
from tradewind.venues.exchange.clock import LinkClock
from tradewind.venues.exchange.numbered import Numbered
from tradewind.venues.exchange.progress import Progress
from tradewind.venues.exchange.protocol import (
    UNKNOWN,
    VERSION,
    Beat,
    Bye,
    Denied,
    Ended,
    Hello,
    Market,
    Receipt,
    Refused,
    Report,
    Request,
    VenueRequest,
    Wake,
)
from tradewind.venues.exchange.stream import Channel
from tradewind.venues.exchange.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Handed
    from tradewind.venues._net.address import Address
    from tradewind.venues.exchange.policy import LinkPolicy
    from tradewind.venues.exchange.protocol import Welcome

log = structlog.get_logger(__name__)


class ExchangeVenue:
    """One account at an exchange, and its market; without an account the market alone."""

    def __init__(  # noqa: PLR0913 - where, who, what for
        self,
        address: Address,
        account: str,
        *,
        venue: str,
        client: str,
        wanted: Callable[[MarketEvent], bool],
        policy: LinkPolicy,
        had: tuple[int, int] = (UNKNOWN, UNKNOWN),
    ) -> None:
        """Make it; `had` are the last report and market event that are known, those of the one before if unknown."""
        self.clock = LinkClock()
        self.token = 0
        """The fencing token of the session's lease, said at each hello; 0 without a lease."""
        self._wanted = wanted
        """Which market events are the session's: of its instruments, and not seen before."""
        self._born = 0
        self._account = account
        self._venue = venue
        self._client = client
        self._policy = policy
        self._market = Channel(address, policy.dead_seconds)
        self._private = Channel(address, policy.dead_seconds)
        self._market_numbers: Numbered[Market] = Numbered(had[1])
        self._reports: Numbered[Report] = Numbered(had[0])
        self._lockstep = False
        self._over: TimeNs = 0
        self._progress = Progress()
        self._waiting = Waiting(policy.answer_seconds, self._give_up)
        self._failures = 0
        self._up = asyncio.Event()
        self._hopeless = 0.0
        """Until when what is to leave waits for the link, by the loop's clock; 0 if nothing waits."""
        self._report_handed = asyncio.Event()

    # --- the market ---------------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield market events, None where only time has passed; raise `VenueUnavailable` when the link breaks."""
        numbers = self._market_numbers
        welcome = await self._market.open(
            Hello(VERSION, "market", self._account, self._client, numbers.last, self.token)
        )  # fmt: skip
        numbers.begin(welcome.after)
        self._begin(welcome)
        if not self._account:
            self._tell_taken_again()
        try:
            while True:
                word = await self._market.next()
                if isinstance(word, Ended):
                    return
                async for event in self._market_word(word):
                    yield event
        except VenueUnavailable as error:
            self._market.close(str(error))
            raise
        finally:
            if not self._account:
                self.leave()

    async def _market_word(self, word: Any) -> AsyncIterator[MarketEvent | None]:  # noqa: ANN401 - any word
        match word:
            case Market():
                for market in self._market_numbers.take(word.number, word):
                    await self._reports_before(market.reports)
                    self._come_to(market.event.ts_recv)
                    yield market.event if self._wanted(market.event) else None
                    self._progress.hand_over(market=market.number)
                self._all_came()
            case Wake():
                self.clock.arrive(word.ts)
                self._over = word.ts
                yield None
                self._progress.hand_over(wake=word.number)
            case Denied():
                raise VenueUnavailable(word.reason)
            case Beat():
                self._market_numbers.told(word.last)
                self.clock.hear(word.ts)
                self._all_came()

    def _all_came(self) -> None:
        if self._market_numbers.lacks:
            raise VenueUnavailable(f"market event {self._market_numbers.last + 1} did not come")

    async def _reports_before(self, number: int) -> None:
        """Wait until the reports that were made before a market event are handed over; for a broken link not long.

        In lockstep as long as it takes: there is an order to be kept, and the exchange's time stands still meanwhile.
        """
        try:
            async with asyncio.timeout(None if self._lockstep else self._policy.missing_seconds):
                while self._private.is_up and self._progress.handed[0] < number:
                    self._report_handed.clear()
                    await self._report_handed.wait()
        except TimeoutError:
            log.warning("a report is late; the market goes on without it", report=self._progress.handed[0] + 1)

    # --- orders and the account ---------------------------------------------------------------------

    async def execute(self, effect: Effect) -> None:
        """Send one effect. A failure becomes an event: never sent, refused, or outcome unknown."""
        assert isinstance(effect, VenueRequest), f"not for a venue: {effect}"
        if not self._private.is_up:
            await self._link_comes()
        if not self._private.is_up:
            for event in never_sent(effect, f"no link to {self._venue}", self._venue, self.clock.now()):
                self._private.put(event)
            return
        self._private.send(Request(self._waiting.add(effect), effect))

    async def events(self) -> AsyncIterator[Event]:
        """Yield what the exchange says of our account, for ever; the link is opened anew whenever it breaks."""
        self._failures, told_down = 0, False
        try:
            while True:
                try:
                    await self._open_private()
                    if told_down:
                        told_down = False
                        yield LinkChanged(self._venue, "private", up=True, ts_recv=self.clock.now())
                    while True:
                        for event in self._heard(await self._word()):
                            yield event
                        self._hand_over(self._reports.last)
                except VenueUnavailable as error:
                    log.warning("the private link is down", venue=self._venue, error=str(error))
                self._waiting.give_up("the link broke after it was sent")
                if not told_down:
                    told_down = True
                    yield LinkChanged(self._venue, "private", up=False, ts_recv=self.clock.now())
                async for event in self._meanwhile():
                    yield event
        finally:
            self._private.send(Bye())
            self._private.close("the session ends")
            self._market.close("the session ends")

    async def _open_private(self) -> None:
        welcome = await self._private.open(
            Hello(VERSION, "private", self._account, self._client, self._reports.last, self.token)
        )
        if not self._reports.is_known(welcome.after):
            raise VenueRefused("the exchange has forgotten what it told: it was started again from an older state")
        self._reports.begin(welcome.after)
        self._begin(welcome)
        self._hand_over(self._reports.last)
        self._tell_taken_again()
        self._hopeless = 0.0
        self._up.set()

    async def _word(self) -> Any:  # noqa: ANN401 - any word, or an event of our own
        """Return the next word; raise `VenueUnavailable` if a report that was sent does not come."""
        seconds = self._policy.missing_seconds if self._reports.lacks else None
        try:
            async with asyncio.timeout(seconds):
                return await self._private.next()
        except TimeoutError:
            self._private.close(f"report {self._reports.last + 1} did not come")
            raise VenueUnavailable(f"report {self._reports.last + 1} did not come") from None

    def _heard(self, word: Any) -> Iterable[Event]:  # noqa: ANN401 - any word, or an event of our own
        """Return what a word of the private link has to tell the engine."""
        match word:
            case Report():
                self._failures = 0
                return [self._dated(report.event) for report in self._reports.take(word.number, word)]
            case Receipt():
                self._failures = 0
                self._waiting.answered(word.id)
                self._tell_taken()
            case Refused():
                request = self._waiting.answered(word.id)
                if request is not None:
                    return refused(request, word.code, word.reason, self._venue, self.clock.now())
            case Beat():
                self._reports.told(word.last)
                self.clock.hear(word.ts)
            case Denied():
                raise VenueRefused(word.reason, {"code": word.code})
            case _:
                return [word]
        return []

    async def _meanwhile(self) -> AsyncIterator[Event]:
        """Wait before the next try to connect, and tell meanwhile what is our own."""
        waits = self._policy.backoff_seconds
        until = asyncio.get_running_loop().time() + waits[min(self._failures, len(waits) - 1)]
        self._failures += 1
        while True:
            try:
                async with asyncio.timeout_at(until):
                    event = await self._private.next_own()
            except TimeoutError:
                return
            yield event

    async def _link_comes(self) -> None:
        """Wait for the link, not long: of many that wait for it, the last must not wait for all before it as well."""
        self._up.clear()
        self._hopeless = self._hopeless or asyncio.get_running_loop().time() + self._policy.wait_seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._hopeless):
                await self._up.wait()

    def _give_up(self, request: VenueRequest, why: str) -> None:
        """Say that the outcome of a request is not known."""
        for event in no_answer(request, why, self._venue, self.clock.now()):
            self._private.put(event)

    # --- the time -----------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether the exchange's time stands still until we have taken what it told."""
        return self._lockstep

    @property
    def over(self) -> TimeNs:
        """The time of which nothing more comes that our timers would have to wait for."""
        return self._over

    def handed(self) -> Handed:
        """Return up to where reports, market events and time were handed over by now."""
        return self._progress.handed

    def taken(self, handed: Handed, due: TimeNs) -> None:
        """Be told that all of this is durable and what came of it was sent, and when the next timer is due."""
        self._progress.take(handed, due)
        self._tell_taken()

    def leave(self) -> None:
        """Be told that we end: from now on we only hear what comes of our requests."""
        self._market.send(Bye())
        self._market.close("the session ends")
        if self._lockstep:
            self._lockstep = False
            self.clock.run(1.0, self.clock.reached)

    def _tell_taken(self) -> None:
        """Tell the exchange; in lockstep only when no request waits for its receipt and no answer for the engine."""
        if not self._lockstep or not (len(self._waiting) or self._private.has_own):
            self._progress.tell(self._private if self._account else self._market)

    def _tell_taken_again(self) -> None:
        self._progress.forget()
        self._tell_taken()

    def _begin(self, welcome: Welcome) -> None:
        if self._born and welcome.born != self._born:
            raise VenueRefused("the exchange was started anew: it has not the account that this session trades")
        self._born = welcome.born
        self._lockstep = welcome.speed is None
        self.clock.run(welcome.speed, welcome.now)

    def _dated(self, event: Event) -> Event:
        """Let the clock come to the time of a report that is handed over."""
        self._come_to(event.ts_recv)
        return event

    def _come_to(self, ts: TimeNs) -> None:
        self.clock.arrive(ts)
        self._over = ts - 1

    def _hand_over(self, report: int) -> None:
        self._progress.hand_over(report=report)
        self._report_handed.set()
