"""A lease as a state machine: under any interleaving of taking, renewing, standing still and dying, one may act."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tradewind.domain.errors import LeaseHeld, LeaseLost
from tradewind.domain.lease import Holder
from tradewind.record.lease.sqlite import SqliteLeases
from tradewind.runtime.lease import Lease

SECONDS = 10.0
SECOND = 1_000_000_000
SHM = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""The disk's speed is not what is tested."""


class Stopping:
    """The leases as a process sees them that may be stopped before and after they are asked (port `LeaseStore`)."""

    def __init__(self, store: SqliteLeases) -> None:
        self.store = store
        self.before: Any = lambda: None
        self.after: Any = lambda: None

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        self.before()
        token = self.store.take(account, holder, seconds)
        self.after()
        return token

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        return self.take(account, holder, seconds)

    def renew(self, account: str, token: int, seconds: float) -> None:
        self.before()
        self.store.renew(account, token, seconds)
        self.after()

    def release(self, account: str, token: int) -> None:
        self.before()
        self.store.release(account, token)

    def close(self) -> None:
        self.store.close()


class Process:
    """A process that wants the account; it dies, and another is started in its place."""

    def __init__(self, folder: Path, number: int, clock: Any, boot: str) -> None:
        self.store = Stopping(SqliteLeases(folder, clock=clock, boot=boot))
        self.lease = Lease(self.store, "acc", Holder("here", number, "now"), SECONDS, clock)

    def die(self) -> None:
        for handle in self.store.store._signs._ours.values():
            os.close(handle)
        self.store.store._signs._ours.clear()
        self.store.store.close()


passing = st.one_of(st.sampled_from([0.1, 2.0, 7.9, 8.0, 9.9, 10.0, 10.1]), st.floats(0, SECONDS * 1.5))
asides = st.lists(
    st.tuples(st.sampled_from(["pass", "take", "renew", "release"]), st.integers(0, 2), passing), max_size=3
)


class Machine(RuleBasedStateMachine):
    """Three processes, one account; each is stopped wherever the draw says, while the others go on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=SHM)
        self.now = SECOND
        self.boots = ["this", "this", "other"]
        self.processes = [self.started(number) for number in range(3)]
        self.tokens: list[int] = []
        self.asleep: set[int] = set()

    def started(self, number: int) -> Process:
        return Process(Path(self.folder.name), number, lambda: self.now, self.boots[number])

    def teardown(self) -> None:
        for process in self.processes:
            process.die()
        self.folder.cleanup()

    @rule(seconds=passing)
    def pass_by(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    @rule(number=st.integers(0, 2), before=asides, after=asides)
    def take(self, number: int, before: Any = (), after: Any = ()) -> None:
        lease = self.processes[number].lease
        if number in self.asleep or lease.is_good:
            return
        try:
            self.during(number, before, after, lease.take)
        except LeaseHeld:
            return
        assert lease.token not in self.tokens, "a token was given twice"
        self.tokens.append(lease.token)

    @rule(number=st.integers(0, 2), before=asides, after=asides)
    def renew(self, number: int, before: Any = (), after: Any = ()) -> None:
        lease = self.processes[number].lease
        if number in self.asleep or not lease.is_good:
            return
        try:
            self.during(number, before, after, lease.renew)
        except LeaseLost:
            assert not lease.is_good

    @rule(number=st.integers(0, 2), before=asides)
    def release(self, number: int, before: Any = ()) -> None:
        if number not in self.asleep:
            self.during(number, before, (), self.processes[number].lease.release)

    @precondition(lambda self: not self.asleep)
    @rule(number=st.integers(0, 2))
    def die(self, number: int) -> None:
        self.processes[number].die()
        self.processes[number] = self.started(number)

    def during(self, number: int, before: Any, after: Any, call: Any) -> None:
        store = self.processes[number].store
        store.before, store.after = lambda: self.aside(before), lambda: self.aside(after)
        self.asleep.add(number)
        try:
            call()
        finally:
            self.asleep.discard(number)
            store.before = store.after = lambda: None

    def aside(self, actions: Any) -> None:
        """Let the others do something while one stands still."""
        for what, number, seconds in actions:
            if what == "pass":
                self.pass_by(seconds)
            else:
                getattr(self, what)(number)
            self.one_may_act()

    @invariant()
    def one_may_act(self) -> None:
        good = [process.lease for process in self.processes if process.lease.is_good]
        assert len(good) <= 1, f"two may act at {self.now}: {[lease.token for lease in good]}"
        assert all(lease.token == max([*self.tokens, lease.token]) for lease in good), "an older token may act"


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_two_never_may_act_at_once = Machine.TestCase
