"""A signal ends the wait between two looks, whatever is under way, and leaves the lease to others."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

import pytest

from tradewind.app.session.following import SessionFollower
from tradewind.app.session.standby import Standby
from tradewind.domain.errors import LeaseHeld
from tradewind.domain.lease import Holder
from tradewind.runtime.lease import Lease
from tradewind.runtime.notify import Notify

if TYPE_CHECKING:
    from collections.abc import Callable

HELD = LeaseHeld("acc is traded by another engine", certain=True)


class OneLease:
    """Held by another until it is free (port `LeaseStore`)."""

    def __init__(self, *, is_free: bool = False, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.is_free = is_free
        self.meanwhile = meanwhile
        self.released: list[int] = []

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        self.meanwhile()
        if not self.is_free:
            raise HELD
        return 7

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        return self.take(account, holder, seconds)

    def renew(self, account: str, token: int, seconds: float) -> None:
        """As it is told: nobody asks for it in so short a time."""

    def release(self, account: str, token: int) -> None:
        self.released.append(token)

    def close(self) -> None:
        """Nothing is open."""


class Swallows(SessionFollower):
    """Makes another error of an interrupt, as a serializer written in another language does."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__(lambda: None, lambda: "bars")
        self.meanwhile = meanwhile
        self.looks = 0

    def look(self) -> None:
        self.looks += 1
        try:
            self.meanwhile()
        except KeyboardInterrupt as interrupt:
            raise ValueError("not serialized") from interrupt


def lease_of(store: OneLease) -> Lease:
    return Lease(store, "acc", Holder("here", 1, "now"), 10)


def waiting() -> Standby:
    return Standby(lambda text: None, Notify())


def interrupt() -> None:
    signal.raise_signal(signal.SIGTERM)


def test_a_signal_in_the_middle_of_a_look_ends_the_wait_after_it() -> None:
    standby, follower = waiting(), Swallows(interrupt)
    with pytest.raises(KeyboardInterrupt):
        standby.take(lease_of(OneLease()), follower)
    assert standby.is_stopped
    assert follower.looks == 1


def test_a_lease_that_is_got_after_the_signal_is_let_go() -> None:
    store = OneLease(is_free=True, meanwhile=interrupt)
    standby = waiting()
    with pytest.raises(KeyboardInterrupt):
        standby.take(lease_of(store), Swallows(lambda: None))
    assert standby.is_stopped
    assert store.released == [7]


def test_a_second_signal_does_not_wait() -> None:
    def twice() -> None:
        interrupt()
        interrupt()

    standby = waiting()
    with pytest.raises(ValueError, match="not serialized") as raised:
        standby.take(lease_of(OneLease()), Swallows(twice))
    assert isinstance(raised.value.__cause__, KeyboardInterrupt)


def test_the_handlers_from_before_are_back_after_the_wait() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with contextlib.suppress(KeyboardInterrupt):
        waiting().take(lease_of(OneLease(meanwhile=interrupt)), Swallows(lambda: None))
    assert signal.getsignal(signal.SIGTERM) is before
