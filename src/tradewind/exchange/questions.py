"""What the exchange answers to who asks before a session, or to people: what is traded, what an account has, bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.venues.exchange.protocol import BARS_MAX, AskBars, Bars, Denied, Facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tradewind.domain.account import AccountKind
    from tradewind.domain.market import MarketEvent
    from tradewind.exchange.account import Account
    from tradewind.exchange.conductor import Conductor
    from tradewind.exchange.history import Tape
    from tradewind.exchange.log import Log
    from tradewind.exchange.seat import Seat


class Questions:
    """Reads everything, changes nothing."""

    def __init__(  # noqa: PLR0913 - all that can be asked about
        self,
        tape: Tape,
        market: Log[MarketEvent],
        conductor: Conductor,
        *,
        accounts: Mapping[str, Account],
        seats: Mapping[str, Seat],
        kind: AccountKind,
    ) -> None:
        self._tape = tape
        self._market = market
        self._conductor = conductor
        self._accounts = accounts
        self._seats = seats
        self._kind = kind

    def facts(self, name: str) -> Facts | Denied:
        """Return what is traded here and, with the name of one, what an account has."""
        account = self._accounts.get(name)
        if name and account is None:
            return Denied("account", f"there is no account {name!r} here; there are: {', '.join(self._accounts)}")
        taken, now = self._taken_by(name), self._conductor.now()
        upcoming = self._market[taken + 1] if taken < self._market.last else self._conductor.upcoming
        plain = Facts(
            self._tape.instruments, self._tape.interval, self._tape.finest, self._tape.described, now,
            getattr(upcoming, "ts_open", now), self._conductor.speed, tuple(self._accounts),
            is_over=self._conductor.is_over, begins=self._tape.start, taken=taken, sent=self._market.last,
        )  # fmt: skip
        if account is None:
            return plain
        return msgspec.structs.replace(
            plain, kind=self._kind, snapshot=account.snapshot(now), orders_ever=account.orders_ever,
            duplicates=account.duplicates, reports=account.reports.last,
        )  # fmt: skip

    def bars(self, asked: AskBars) -> Iterator[Bars]:
        """Yield bars of history and of what was told, piece by piece."""
        bars = list(self._tape.bars(asked.since, asked.interval, min(asked.last, self._market.last)))
        for first in range(0, len(bars), BARS_MAX):
            yield Bars(tuple(bars[first : first + BARS_MAX]), more=True)
        yield Bars((), more=False)

    def _taken_by(self, name: str) -> int:
        """Return the number of the market event after which a client that comes anew begins."""
        seat = self._seats.get(name)
        return self._market.last if seat is None or self._conductor.speed is not None else seat.taken_market
