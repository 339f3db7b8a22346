"""The time of the exchange: what happens next, and who is told of it before the next thing may happen.

At a speed, time runs by the clock on the wall, and who is away misses nothing but his chance. Without one it is
lockstep: before each report, timer and market event everyone at a seat has taken the one before and sent what
followed from it. The order is that of a session in one process (`runtime/loop.py`): what is due before a market
event, the event at the venue, what is due now, the event at the client.
"""

from __future__ import annotations

import asyncio
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.events import RANK, TimerFired
from tradewind.domain.money import money_context
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.venues.exchange.protocol import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account, Place
    from tradewind.exchange.log import Log
    from tradewind.exchange.request_entry import Entry
    from tradewind.exchange.seat import Seat

LAST_RANK = max(RANK.values()) + 1
TIMER_RANK = RANK[TimerFired]
STRETCH_NS = NS_PER_SECOND // 10
"""So much of the clock on the wall is caught up with at a stretch, at speeds above one; then others have their turn."""


_due = attrgetter("timeline.due")


class Witness(Protocol):
    """Who is told of all that happens, as it happens, and never keeps time waiting: another dialect of the exchange."""

    def on_market(self, event: MarketEvent) -> None:
        """Take a market event, after the accounts have met it."""
        ...

    def on_report(self, account: Account, event: Event) -> None:
        """Take what an account was told."""
        ...

    def on_quiet(self) -> None:
        """Be told that all that was due has happened."""
        ...


class Conductor:
    """Moves accounts and market on, and tells the seats."""

    def __init__(  # noqa: PLR0913 - whom it moves, by what
        self,
        events: Iterable[MarketEvent],
        accounts: Iterable[Account],
        market: Log[MarketEvent],
        *,
        start: TimeNs,
        speed: float | None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.speed = speed
        self.seats: list[Seat] = []
        self.witnesses: list[Witness] = []
        """With one of them, time begins at once and goes by the clock."""
        self.wall_ns: Callable[[], TimeNs] | None = None
        """The clock on the wall, where time begins with what it says."""
        self.is_over = False
        self.is_matched = False
        """Whether the accounts have met the event that comes next."""
        self._events: Iterator[MarketEvent] = iter(events)
        self.upcoming: MarketEvent | None = next(self._events, None)
        """The market event that comes next."""
        self._accounts = list(accounts)
        self._market = market
        self._monotonic_ns = monotonic_ns
        self._reached = start
        self.reached = start
        """Until when everything has happened, at a speed."""
        self._come_to: TimeNs = start
        """The time up to which it has caught up last."""
        self._playing_to: TimeNs = 0
        self.log: Callable[[Entry], None] = lambda _: None
        """Where requests are written down before they are carried out."""
        self._origin: tuple[TimeNs, int] | None = None
        self._changed = asyncio.Event()
        self._is_to_rest = False
        self._resting = asyncio.Event()
        for account in self._accounts:
            account.told = start

    def now(self) -> TimeNs:
        """Return the time of the exchange: while things happen that have come, the time up to which they happen."""
        if self._playing_to:
            return self._playing_to
        if self.speed is not None and self._origin is not None:
            goal, is_behind = self._goal(self.speed, self._origin)
            if not is_behind:
                self._reached = max(self._reached, goal)
        return self._reached

    def _goal(self, speed: float, origin: tuple[TimeNs, int]) -> tuple[TimeNs, bool]:
        """Return up to when to let things happen next, and whether more has come than that: then time is behind.

        A machine that is too slow for the speed has a slower exchange, not one that answers nobody: it comes a stretch
        further between requests, and stands still for those who ask meanwhile. If each of them had time go on, a
        burst of some hundred would have the exchange play for as many stretches, and answer nobody for a minute.
        """
        ts, then = origin
        now = ts + int((self._monotonic_ns() - then) * speed)
        most = self._come_to + int(STRETCH_NS * speed)
        if speed <= 1.0 or now <= most:
            return now, False
        goal = max(most, min(now, self._due))
        return goal, goal < now

    @property
    def _due(self) -> TimeNs:
        due = min(map(_due, self._accounts), default=NEVER)
        return due if self.upcoming is None else min(due, self.upcoming.ts_recv)

    def now_of(self, account: Account) -> TimeNs:
        """Return when a request of its client was sent: in lockstep, at what it was told last."""
        return account.told if self.speed is None else self.now()

    def poke(self) -> None:
        """Look again: a request has come, or a client has come so far, or gone."""
        self._changed.set()

    async def rest(self) -> None:
        """Let nothing new happen, and wait until everyone has taken what happened last, and answered it.

        Who stops in between leaves a request on the wire that nobody has read.
        """
        self._is_to_rest = True
        self.poke()
        await self._resting.wait()

    async def _pause(self) -> None:
        """Stand between two happenings: the place to rest at, for good."""
        if self._is_to_rest:
            self._resting.set()
            await asyncio.Event().wait()

    async def run(self) -> None:
        """Move on for ever; after the last market event time goes by the wall, or stands still for good."""
        with money_context():
            if not self.witnesses:
                await self._all(lambda _: True)  # time begins when somebody comes
            if self.speed is None:
                await self._in_lockstep()
            if self.wall_ns is not None:
                self._reached = max(self._reached, self.wall_ns())
            self._come_to = self._reached
            self._origin = (self._reached, self._monotonic_ns())
            while True:
                await self._up_to_now()

    # --- by the clock on the wall -------------------------------------------------------------------

    async def _up_to_now(self) -> None:
        """Let everything happen that has come by now, then sleep until something is due, or somebody pokes."""
        self._changed.clear()
        await self._pause()
        assert self.speed is not None
        assert self._origin is not None
        self._reached = max(self._reached, self._goal(self.speed, self._origin)[0])
        self._carry_on(self._reached)
        due = self._due
        goal, is_behind = self._goal(self.speed, self._origin)
        seconds = None if due == NEVER else 0 if is_behind else max(due - goal, 0) / self.speed / NS_PER_SECOND
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def catch_up(self) -> TimeNs:
        """At a speed, let everything happen that has come by now: whoever asks meanwhile asks about now, the result."""
        if self._is_to_rest or self._origin is None:
            return self.reached
        return self._carry_on(self.now())

    def _carry_on(self, now: TimeNs) -> TimeNs:
        self.play_to(now)
        self._come_to = now
        return now

    def play_to(self, now: TimeNs) -> None:
        """Let everything happen that comes before a point of time."""
        upcoming = self.upcoming
        if upcoming is not None and upcoming.ts_recv > now and min(map(_due, self._accounts), default=NEVER) > now:
            self.reached = now  # nothing does
            return
        self.reached = self._playing_to = now
        try:
            self._play_to(now)
        finally:
            self._playing_to = 0

    def _play_to(self, now: TimeNs) -> None:
        with money_context():
            while self.upcoming is not None and self.upcoming.ts_recv <= now:
                event = self.upcoming
                place = event.ts_recv, RANK[type(event)]
                self._report_until(place)
                self._meet(event)
                self._report_until(place)
                self._tell_market(event)
            if self.upcoming is None and not self.is_over:
                self._end()
            self._report_until((now, LAST_RANK))
            for witness in self.witnesses:
                witness.on_quiet()

    def _report_until(self, place: Place) -> None:
        """Let the reports come that are due before a point of time, in the order of time; nobody is waited for."""
        while (first := min(map(_due, self._accounts), default=NEVER)) <= place[0]:
            bound = min(place, (first, LAST_RANK))
            for account in self._accounts:
                if account.due == first and account.report_before(bound) is not None:
                    self._told_now(account)
                    break
            else:
                if first == place[0]:
                    return

    # --- in lockstep --------------------------------------------------------------------------------

    def resume(self, ts: TimeNs) -> None:
        """Go on at a time that was come to before, once all up to it has happened again."""
        self._reached = max(self._reached, ts)

    def restore(self, reached: TimeNs, played: int, *, is_matched: bool) -> None:
        """Go on after so many market events."""
        self._reached, self.is_matched = reached, is_matched
        for _ in range(played):
            assert self.upcoming is not None, "the market data have become shorter"
            self._market.append(self.upcoming)
            self._market.trim(self._market.last)
            self.upcoming = next(self._events, None)

    def _has_all(self, seat: Seat) -> bool:
        reports = 0 if seat.account is None else seat.account.reports.last
        return seat.taken_market >= self._market.last and seat.taken_report >= reports

    async def _in_lockstep(self) -> None:
        await self._all(self._has_all)
        while self.upcoming is not None:
            await self._all(lambda _: True)
            await self._market_event(self.upcoming)
        await self._until((self._reached, LAST_RANK))
        self._end()
        while True:
            self._changed.clear()
            for seat in self.seats:
                seat.answer(LAST_RANK)
            await self._pause()
            await self._changed.wait()

    async def _all(self, has_come: Callable[[Seat], bool]) -> None:
        """Wait until everyone has come so far, and there is someone; answer those who leave meanwhile."""
        while True:
            self._changed.clear()
            staying = [seat for seat in self.seats if seat.in_use and not seat.leaving]
            if staying and all(seat.has_spoken and has_come(seat) for seat in staying):
                return
            for seat in self.seats:
                seat.answer(LAST_RANK)
            if not staying:
                await self._pause()
            await self._changed.wait()

    def _next_timer(self, place: Place) -> Seat | None:
        """Return the seat whose timer is due first, before a point of time."""
        if self.speed is not None:
            return None
        listening = [seat for seat in self.seats if seat.in_use and not seat.leaving and seat.market.is_up]
        first = min(listening, key=lambda seat: seat.due, default=None)
        return first if first is not None and (first.due, TIMER_RANK) < place else None

    async def _wake(self, seat: Seat) -> None:
        ts = seat.due
        self._reached = max(self._reached, ts)
        if seat.account is not None:
            seat.account.told = max(seat.account.told, ts)
        seat.wake(ts)
        while seat.in_use and not seat.leaving and seat.taken_wake < seat.wakes:
            self._changed.clear()
            await self._changed.wait()
        seat.awake()

    # --- both ---------------------------------------------------------------------------------------

    async def _market_event(self, event: MarketEvent) -> None:
        """Let a market event happen, after all that comes before it."""
        place = event.ts_recv, RANK[type(event)]
        await self._until(place)
        self._meet(event)
        await self._until(place)
        number = self._tell_market(event)
        await self._all(lambda seat: seat.taken_market >= number)
        self._trim_market(number)

    def _meet(self, event: MarketEvent) -> None:
        """Let the accounts meet a market event, once."""
        if not self.is_matched:
            self.is_matched = True
            for account in self._accounts:
                account.meet(event)

    def _tell_market(self, event: MarketEvent) -> int:
        """Tell everyone of a market event; return its number."""
        self._reached = max(self._reached, event.ts_recv)
        for account in self._accounts:
            account.told = max(account.told, event.ts_recv)
        self.upcoming = next(self._events, None)
        self.is_matched = False
        number = self._market.append(event)
        for witness in self.witnesses:
            witness.on_market(event)
        for seat in self.seats:
            seat.send()
        if self.speed is not None:
            self._trim_market(number)
        return number

    def _trim_market(self, number: int) -> None:
        in_use = (seat.taken_market for seat in self.seats if seat.in_use or not self.witnesses)
        self._market.trim(min(in_use, default=number))

    async def _until(self, place: Place) -> None:
        """Let everything happen, at the venue and at the clients, that comes before a point of time."""
        while True:
            await self._pause()
            sleeper = self._next_timer(place)
            bound = place if sleeper is None else (sleeper.due, TIMER_RANK)
            for account in self._accounts:
                if account.report_before(bound) is not None:
                    await self._told(account)
                    break
            else:
                if sleeper is None:
                    return
                await self._wake(sleeper)

    async def _told(self, account: Account) -> None:
        number = account.reports.last
        self._told_now(account)
        for seat in self.seats:
            if seat.account is account:
                while self.speed is None and seat.in_use and not seat.leaving and seat.taken_report < number:
                    self._changed.clear()
                    await self._changed.wait()

    def _told_now(self, account: Account) -> None:
        self._reached = max(self._reached, account.told)
        reports = account.reports
        for witness in self.witnesses:
            witness.on_report(account, reports[reports.last])
        in_use = False
        for seat in self.seats:
            if seat.account is account:
                seat.send()
                in_use = in_use or seat.in_use
        if self.witnesses and not in_use:
            reports.trim(reports.last)

    def _end(self) -> None:
        self.is_over = True
        for seat in self.seats:
            seat.market.send(Ended(self._reached))
