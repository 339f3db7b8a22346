"""Leases in a file and in PostgreSQL: the same promises (port `LeaseStore`)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.postgres import line_to, postgres
from tradewind.domain.errors import AccountHalted, LeaseHeld, LeaseLost, LeaseUnreachable
from tradewind.domain.lease import Holder
from tradewind.record.lease.sqlite import SqliteLeases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

US, THEM = Holder("here", 1, "2026-01-01T00:00:00Z"), Holder("there", 2, "2026-01-01T00:00:01Z")
SECOND = 1_000_000_000


class Hands:
    """A clock that is moved by hand."""

    now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture(params=["file", "postgres"])
def store(request: Any, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Return what opens the same leases, as another process would."""
    made: list[Any] = []
    if request.param == "postgres":
        from tradewind.record.lease.postgres import PostgresLeases

        url = postgres()

    def make() -> Any:
        made.append(SqliteLeases(tmp_path) if request.param == "file" else PostgresLeases(url))
        return made[-1]

    yield make
    for opened in made:
        opened.close()


@pytest.fixture
def account() -> str:
    return f"test {uuid.uuid4()}"


def test_a_second_writer_is_refused_and_told_who_the_first_is(store: Any, account: str) -> None:
    one, two = store(), store()
    token = one.take(account, US, 60)
    with pytest.raises(LeaseHeld, match="process 1 on here, since 2026-01-01T00:00:00Z") as held:
        two.take(account, THEM, 60)
    assert held.value.certain
    one.renew(account, token, 60)


def test_other_accounts_are_free(store: Any, account: str) -> None:
    one, two = store(), store()
    assert one.take(account, US, 60) == 1
    assert two.take(account + "/b", THEM, 60) == 1


def test_tokens_rise_whatever_ends_a_lease(store: Any, account: str) -> None:
    one, two = store(), store()
    first = one.take(account, US, 60)
    one.release(account, first)
    second = two.take(account, THEM, 0.2)
    time.sleep(0.25)
    third = one.take(account, US, 60)
    assert first < second < third
    with pytest.raises((LeaseLost, LeaseUnreachable)):  # its connection has been ended, in PostgreSQL
        two.renew(account, second, 60)
    with pytest.raises(LeaseLost, match="process 1 on here"):
        two.renew(account, second, 60)
    two.release(account, second)  # changes nothing
    one.renew(account, third, 60)


def test_a_renewed_lease_outlives_its_first_time(store: Any, account: str) -> None:
    one, two = store(), store()
    token = one.take(account, US, 0.3)
    one.renew(account, token, 60)
    time.sleep(0.35)
    with pytest.raises(LeaseHeld):
        two.take(account, THEM, 60)


# --- in a file ---------------------------------------------------------------------------------------


def opened(folder: Path, clock: Hands, boot: str = "this") -> SqliteLeases:
    return SqliteLeases(folder, clock=clock, boot=boot)


def test_a_dead_holder_is_not_waited_for(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        SqliteLeases(tmp_path).take("a", THEM, 600)
        os.write(writing, b"!")
        time.sleep(600)
    os.read(reading, 1)
    ours = SqliteLeases(tmp_path)
    with pytest.raises(LeaseHeld):
        ours.take("a", US, 60)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert ours.take("a", US, 60) == 2


def test_one_that_dies_while_it_takes_a_dead_ones_lease_leaves_its_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os; from pathlib import Path; from tradewind.record.lease.sqlite import SqliteLeases\n"
        "from tradewind.domain.lease import Holder\n"
        f"SqliteLeases(Path({str(tmp_path)!r})).take('a', Holder('h', os.getpid(), ''), 60); os._exit(0)"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )

    class KilledError(BaseException):
        """Here the process was killed."""

    def killed(*_: object) -> None:
        raise KilledError

    second = SqliteLeases(tmp_path)
    monkeypatch.setattr(second._signs, "give", killed)
    with pytest.raises(KilledError):
        second.take("a", US, 60)
    third = SqliteLeases(tmp_path)
    assert third.take("a", THEM, 60) == 2, "nobody lives who has it: there is nothing to wait for"
    assert [path.name for path in tmp_path.glob("*.alive")] == ["a.2.alive"], "the signs of the dead are cleared"


def test_a_holder_without_a_sign_may_have_died(tmp_path: Path) -> None:
    one, two = SqliteLeases(tmp_path), SqliteLeases(tmp_path)
    one.take("a", US, 60)
    (tmp_path / "a.1.alive").unlink()
    with pytest.raises(LeaseHeld) as held:
        two.take("a", THEM, 60)
    assert not held.value.certain, "it is waited for until its time is over"


def test_one_that_stands_still_is_waited_for_until_its_time_is_over(tmp_path: Path) -> None:
    clock = Hands()
    frozen, ours = opened(tmp_path, clock), opened(tmp_path, clock)
    frozen.take("a", THEM, 15)
    clock.now += 15 * SECOND - 1
    with pytest.raises(LeaseHeld):
        ours.take("a", US, 15)
    clock.now += 1
    assert ours.take("a", US, 15) == 2


def test_a_lease_from_before_the_machines_start_is_watched(tmp_path: Path) -> None:
    before, clock = Hands(), Hands()
    old = opened(tmp_path, before, boot="other")
    token = old.take("a", THEM, 15)
    clock.now = 1  # its times mean nothing any more
    ours = opened(tmp_path, clock)
    for _ in range(3):
        with pytest.raises(LeaseHeld) as held:
            ours.take("a", US, 15)
        assert not held.value.certain
        clock.now += 5 * SECOND - 1
    old.renew("a", token, 15)  # it was another machine, and it lives
    clock.now += 15 * SECOND
    with pytest.raises(LeaseHeld) as held:
        ours.take("a", US, 15)
    assert held.value.certain
    clock.now += 15 * SECOND
    assert ours.take("a", US, 15) == token + 1


def test_a_file_that_was_taken_away_does_not_let_two_in(tmp_path: Path) -> None:
    one = SqliteLeases(tmp_path)
    one.release("a", one.take("a", THEM, 60))
    token = one.take("a", THEM, 60)
    for path in tmp_path.glob("leases.sqlite*"):
        path.unlink()
    two = SqliteLeases(tmp_path)
    with pytest.raises(LeaseHeld, match="a file of leases that is gone"):
        two.take("a", US, 60)
    one.release("a", token)
    assert two.take("a", US, 60) >= 1


def test_lesson_28_any_account_has_a_sign_of_its_own(tmp_path: Path) -> None:
    names = ["a", "a*", "[a]", "a/b", "a.1", "ä", "x" * 3_000, "x" * 3_000 + "y"]
    one, two = SqliteLeases(tmp_path), SqliteLeases(tmp_path)
    for name in names:
        assert one.take(name, US, 60) == 1
    for name in names:
        with pytest.raises(LeaseHeld):
            two.take(name, US, 60)
    assert len(list(tmp_path.glob("*.alive"))) == len(names)


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(LeaseUnreachable, match="state"):
        SqliteLeases(tmp_path / "state")


# --- in PostgreSQL -----------------------------------------------------------------------------------


def test_a_holder_whose_connection_is_gone_may_be_dead_and_has_its_time(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    one, two = PostgresLeases(url), PostgresLeases(url)
    token = one.take(account, US, 60)
    one.close()
    with pytest.raises(LeaseHeld) as held:
        two.take(account, THEM, 60)
    assert not held.value.certain
    one.renew(account, token, 60)  # by a new connection
    with pytest.raises(LeaseHeld) as held:
        two.take(account, THEM, 60)
    assert held.value.certain
    one.release(account, token)
    one.close()
    two.close()


def test_a_server_that_is_away_for_a_moment_costs_nothing_and_the_lock_is_taken_again(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    with line_to(url) as line:
        ours, theirs = PostgresLeases(line.url), PostgresLeases(url)
        token = ours.take(account, US, 60)
        line.cut()
        for _ in range(2):
            with pytest.raises(LeaseUnreachable):
                ours.renew(account, token, 60)
        with pytest.raises(LeaseHeld):
            theirs.take(account, THEM, 60)
        line.mend()
        ours.renew(account, token, 60)
        with pytest.raises(LeaseHeld) as held:
            theirs.take(account, THEM, 60)
        assert held.value.certain, "its connection has the lock again"
        ours.close()
        theirs.close()


def test_one_that_is_cut_off_for_too_long_finds_another_in_its_place(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    with line_to(url) as line:
        ours, theirs = PostgresLeases(line.url), PostgresLeases(url)
        token = ours.take(account, US, 0.2)
        line.cut()
        time.sleep(0.25)
        assert theirs.take(account, THEM, 60) == token + 1
        line.mend()
        with pytest.raises(LeaseUnreachable):
            ours.renew(account, token, 60)  # by the connection that was cut
        with pytest.raises(LeaseLost, match="process 2 on there"):
            ours.renew(account, token, 60)
        ours.close()
        theirs.close()


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    with pytest.raises(LeaseUnreachable) as error:
        PostgresLeases("postgresql://someone:verysecret@127.0.0.1:1/nothing").take("a", US, 60)
    assert "verysecret" not in str(error.value)


def test_one_that_is_seized_is_lost_to_who_had_it_and_its_connection_is_ended(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    ours, theirs = PostgresLeases(url), PostgresLeases(url)
    token = ours.take(account, US, 60)
    assert theirs.seize(account, THEM, 60) == token + 1
    with pytest.raises(LeaseUnreachable):
        ours.renew(account, token, 60)  # by the connection that was ended
    with pytest.raises(LeaseLost, match="process 2 on there"):
        ours.renew(account, token, 60)
    ours.release(account, token)
    theirs.renew(account, token + 1, 60)
    again = PostgresLeases(url)
    assert again.seize(account, THEM, 60) == token + 2, "also from one that lives and renews"
    with pytest.raises(LeaseHeld):
        ours.take(account, US, 60)
    for each in (ours, theirs, again):
        each.close()


def test_a_seizure_needs_no_holder_and_no_time_to_be_over(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.postgres import PostgresLeases

    leases = PostgresLeases(url)
    assert leases.seize(account, THEM, 60) == 1
    leases.release(account, 1)
    assert leases.seize(account, THEM, 60) == 2
    leases.close()


def test_an_account_that_is_halted_is_taken_on_no_machine_until_it_is_lifted_by_name(account: str) -> None:
    url = postgres()
    from tradewind.record.lease.halts import HaltFlag, name_of
    from tradewind.record.lease.postgres import PostgresLeases

    here, there = PostgresLeases(url), PostgresLeases(url)
    flag = HaltFlag(name_of(account), account, "fire", "ann", "2026-01-01T00:00:00Z")
    here.halt(flag)
    here.halt(msgspec.structs.replace(flag, reason="again"))
    with pytest.raises(AccountHalted, match="halted by ann since 2026-01-01T00:00:00Z: fire"):
        there.take(account, US, 60)
    assert flag in there.halts()
    assert there.seize(account, THEM, 60) == 1, "who stops it directly takes it all the same"
    there.release(account, 1)
    assert here.lift("nonsense", "", "", "") is None
    assert here.lift(flag.name, "found it", "bob", "2026-01-02T00:00:00Z") == flag
    assert flag not in there.halts()
    assert there.take(account, US, 60) == 2
    for each in (here, there):
        each.close()
