from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from tradewind.runtime.notify import Notify
from tradewind.runtime.watchdog import Pulse, Watchdog, stack_of

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 10**9


class Clock:
    now = 0

    def __call__(self) -> int:
        return self.now


def test_a_loop_that_hangs_is_told_once_with_the_place() -> None:
    clock = Clock()
    told: list[str] = []
    pulse = Pulse(clock)
    dog = Watchdog(pulse, 30, Notify(), hung=told.append, feed_seconds=None)
    clock.now += 100 * SECOND
    dog.look()
    assert not told, "it has not begun"
    pulse.beat()
    clock.now += 30 * SECOND - 1
    dog.look()
    assert not told
    clock.now += 1
    for _ in range(3):
        dog.look()
    assert len(told) == 1
    assert "test_a_loop_that_hangs" in told[0]
    pulse.beat()
    dog.look()
    clock.now += 30 * SECOND
    dog.look()
    assert len(told) == 2
    pulse.stop()
    clock.now += 100 * SECOND
    dog.look()
    assert dog.turns
    assert len(told) == 2, "who has ended need not turn"


def test_systemd_is_fed_only_while_the_loop_turns(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(100)
        clock = Clock()
        pulse = Pulse(clock)
        pulse.beat()
        notify = Notify(str(tmp_path / "notify"))
        dog = Watchdog(pulse, 30, notify, hung=lambda _: None, feed_seconds=0.01)
        dog.start()
        assert systemd.recv(100) == b"WATCHDOG=1"
        clock.now += 30 * SECOND
        while (said := systemd.recv(100)) == b"WATCHDOG=1":
            pass
        assert said.startswith(b"STATUS=hung")
        dog.end()
        notify.close()


def test_systemd_is_told_that_it_hangs_once_its_socket_has_room(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(0)
        clock = Clock()
        pulse = Pulse(clock)
        pulse.beat()
        notify = Notify(str(tmp_path / "notify"))
        while notify.send("WATCHDOG=1"):
            pass
        clock.now += 30 * SECOND
        hung: list[str] = []
        dog = Watchdog(pulse, 30, notify, hung=hung.append, feed_seconds=None)
        dog.look()
        said = emptied(systemd)
        assert set(said) == {"WATCHDOG=1"}
        for _ in range(3):
            dog.look()
        [status] = emptied(systemd)
        assert status.startswith("STATUS=hung")
        assert len(hung) == 1
        notify.close()


def emptied(systemd: socket.socket) -> list[str]:
    """Take all that a socket has."""
    said = []
    try:
        while True:
            said.append(systemd.recv(100).decode())
    except BlockingIOError:
        return said


def test_the_stack_of_another_thread_says_where_it_waits() -> None:
    def waiting_here() -> None:
        ready.set()
        go_on.wait()

    ready, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=waiting_here)
    thread.start()
    ready.wait()
    assert thread.ident is not None
    assert "waiting_here" in stack_of(thread.ident)
    go_on.set()
    thread.join()
    assert stack_of(-1) == "the thread is gone"
