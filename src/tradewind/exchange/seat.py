"""Where a client sits: its two links, what of the logs was sent on them, and how far it has come.

The seat of an account stays when its client is gone; whoever comes next goes on where that one was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.exchange.faults import Wire
from tradewind.venues.exchange.protocol import UNKNOWN, Beat, Denied, Market, Report, Wake

if TYPE_CHECKING:
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.exchange.account import Account
    from tradewind.exchange.log import Log
    from tradewind.venues.exchange.link import Link
    from tradewind.venues.exchange.protocol import Taken

ANSWER_NS = 30 * NS_PER_SECOND
"""So much of the exchange's time a client that has left the market still hears what came of its last requests."""


class Seat:
    """One client of the exchange, with an account or without."""

    def __init__(self, account: Account | None, market: Log[MarketEvent]) -> None:
        self.account = account
        self._market = market
        self.market = Wire()
        self.private = Wire()
        self._market_sent = market.last
        self._reports_sent = 0
        self._client = ""
        self.token = 0
        """The highest fencing token that a client of the account has come with."""
        self.in_use = False
        """Whether time waits for it, even while it is away."""
        self.has_spoken = False
        """Whether its client has said how far it is: before that, nobody knows when its first timer is due."""
        self.leaving = False
        """Whether it listens to the market no more, and only waits for answers."""
        self.taken_report = 0
        self.taken_market = market.last
        self.taken_wake = 0
        self.wakes = 0
        """How often it was told that a timer is due."""
        self.due: TimeNs = NEVER
        """When a timer of the client's is due."""
        self._waking: Wake | None = None

    def attach_market(self, link: Link, client: str, last: int) -> int:
        """Take the market link of a client that has had `last`; return the number after which it is told."""
        _replace(self.market, link)
        self._sit(client)
        after = self._before_the_time_of(self.taken_market) if last == UNKNOWN else last
        self._market_sent = min(max(after, self._market.first - 1), self._market.last)
        return self._market_sent

    def attach_private(self, link: Link, client: str, last: int) -> int:
        """Take the private link of a client that has had `last`; return the number after which it is told."""
        assert self.account is not None
        _replace(self.private, link)
        self._sit(client)
        reports = self.account.reports
        after = self.taken_report if last == UNKNOWN else last
        self._reports_sent = min(max(after, reports.first - 1), reports.last)
        return self._reports_sent

    def _sit(self, client: str) -> None:
        self.in_use, self.leaving = True, False
        if client != self._client:
            self._client = client
            self.has_spoken = False
            self.due = NEVER

    def _before_the_time_of(self, number: int) -> int:
        """Return the number of the last market event before the time of this one: of one time, some may be missing."""
        log = self._market
        if not log.first <= number <= log.last:
            return number
        ts = log[number].ts_recv
        while number >= log.first and log[number].ts_recv == ts:
            number -= 1
        return number

    def take(self, taken: Taken) -> None:
        """Note how far the client has come."""
        self.taken_report = max(self.taken_report, taken.report)
        self.taken_market = max(self.taken_market, taken.market)
        self.taken_wake = max(self.taken_wake, taken.wake)
        self.due = taken.due
        self.has_spoken = True
        if self.account is not None:
            self.account.reports.trim(self.taken_report)

    def leave(self, link: Link) -> None:
        """Let a client that ends in good order go: time waits for it no more."""
        if self.private.carries(link) or self.account is None:
            self.in_use = False
        elif self.market.carries(link):
            self.leaving = True

    def answer(self, rank: int) -> None:
        """If the client has left the market, tell it what comes of its requests, without waiting for it."""
        if self.leaving and self.account is not None:
            while self.account.report_before((self.account.told + ANSWER_NS, rank)) is not None:
                self.send()

    def lose(self, link: Link) -> None:
        """Note that a link is gone; an account's seat is kept, another's is not."""
        self.market.lose(link)
        self.private.lose(link)
        if self.account is None:
            self.in_use = False

    def send(self) -> None:
        """Send what of the logs was not sent yet: reports first, as they were made before the market event."""
        account = self.account
        if account is not None and self.private.is_up:
            while self._reports_sent < account.reports.last:
                self._reports_sent += 1
                self.private.send(Report(self._reports_sent, account.reports[self._reports_sent]))
        if self.market.is_up:
            reports = 0 if account is None else account.reports.last
            while self._market_sent < self._market.last:
                self._market_sent += 1
                self.market.send(Market(self._market_sent, self._market[self._market_sent], reports))
            if self._waking is not None:
                self.market.send(self._waking)

    def wake(self, ts: TimeNs) -> None:
        """Tell the client that it is `ts`, on each market link that it opens, until `awake`."""
        self.wakes += 1
        self._waking = Wake(self.wakes, ts)
        if self.market.is_up:
            self.market.send(self._waking)

    def awake(self) -> None:
        """Tell it no more."""
        self._waking = None

    def beat(self, link: Link, now: TimeNs) -> Beat | None:
        """Return what is said on a link every second; None in silence."""
        if self.private.carries(link):
            return self.private.beat(Beat(now, self._reports_sent))
        return self.market.beat(Beat(now, self._market_sent))


def _replace(wire: Wire, link: Link) -> None:
    if wire.is_up:
        wire.send(Denied("taken_over", "another client has come for this account: this one may not trade any more"))
    wire.begin(link)
