from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from tests.unit.runtime.stage import Listener, Source, bar, bars, kinds, stage, until
from tradewind.domain.control import Degraded, Halted, Restored
from tradewind.domain.errors import VenueAuthError, VenueRefused
from tradewind.domain.events import LinkChanged
from tradewind.domain.step import RefusalCode
from tradewind.runtime import failures, live
from tradewind.runtime.callbacks import EngineStatus
from tradewind.runtime.guards import LinkGuard, Trouble
from tradewind.runtime.health import Health, HealthLevel
from tradewind.runtime.notify import Notify
from tradewind.runtime.supervisor import Supervisor
from tradewind.runtime.watchdog import Pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tradewind.domain.market import MarketEvent

SECOND = 10**9
FULL, OFF = Trouble("9 MB are free", cancel_only=True), Trouble("off by an hour", cancel_only=True)


class Hands:
    """A steady clock that moves two seconds at each look, and a guard that finds what the test says."""

    def __init__(self) -> None:
        self.now = 0
        self.found: dict[str, Trouble] = {}
        self.looks = 0

    def steady(self) -> int:
        self.now += 2 * SECOND
        return self.now

    def look(self) -> dict[str, Trouble]:
        self.looks += 1
        return self.found


def supervisor_of(hands: Hands, notify: Notify | None = None) -> Supervisor:
    links = LinkGuard(hands.steady, 1800)
    return Supervisor((hands,), links, Pulse(), notify or Notify(), hands.steady)


def test_what_a_guard_finds_is_journaled_once_and_acted_on_until_it_is_over() -> None:
    async def part() -> AsyncIterator[MarketEvent]:
        for number in range(4):
            yield bar(number)
            await until(lambda: kinds(on_stage.events).count("Bar") > number)  # noqa: B023 - at once
            if number == 0:
                hands.found = {"disk": FULL}
                await until(lambda: "Degraded" in kinds(on_stage.events))
            if number == 2:
                hands.found = {}
                await until(lambda: "Restored" in kinds(on_stage.events))

    hands = Hands()
    on_stage = stage(Source(part), Listener(buy_at=(0, 1, 2, 3)), supervisor=supervisor_of(hands))
    steps = on_stage.run()
    words = [event for event in on_stage.events if isinstance(event, Degraded | Restored)]
    assert [(type(word), word.cause, word.reason) for word in words] == [
        (Degraded, "disk", "9 MB are free"),
        (Restored, "disk", ""),
    ]
    codes = [refusal.code for step in steps for refusal in step.refusals]
    assert codes == [RefusalCode.CANCEL_ONLY] * 2
    assert hands.looks > 4


def test_guards_are_asked_once_a_second_however_many_turns_there_are() -> None:
    hands = Hands()
    hands.steady = lambda: hands.now  # type: ignore[method-assign]
    on_stage = stage(bars(0, 1))
    supervisor = Supervisor((hands,), LinkGuard(hands.steady, 1), Pulse(), Notify(), hands.steady)
    for _ in range(10):
        supervisor.look(on_stage.engine, EngineStatus.RUNNING)
    assert hands.looks == 1
    hands.now += SECOND
    supervisor.look(on_stage.engine, EngineStatus.RUNNING)
    assert hands.looks == 2


def test_what_the_session_before_had_found_is_taken_back() -> None:
    engine = stage(bars(0, 1)).engine
    engine.risk.cancel_only |= {"disk": "full", "clock": "off"}
    engine.risk.close_only |= {"link binance market": "down", "critical": "the engine's own"}
    supervisor, hands = supervisor_of(Hands()), Hands()
    words = supervisor.look(engine, EngineStatus.RUNNING)
    assert [(type(word), word.cause) for word in words] == [
        (Restored, "clock"), (Restored, "disk"), (Restored, "link binance market"),
    ]  # fmt: skip
    hands.found = {"disk": FULL}
    again = supervisor_of(hands).look(engine, EngineStatus.RUNNING)
    assert [(type(word), word.cause) for word in again][-1] == (Degraded, "disk"), "still full: found anew"


def test_lesson_1_a_name_that_is_not_resolved_for_long_is_close_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken() -> AsyncIterator[MarketEvent]:
        yield bar(0)
        raise socket.gaierror("Temporary failure in name resolution")

    async def mended() -> AsyncIterator[MarketEvent]:
        await until(lambda: "Degraded" in kinds(on_stage.events))
        yield bar(1)
        await until(lambda: "Restored" in kinds(on_stage.events))
        yield bar(2)

    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)
    hands = Hands()
    supervisor = Supervisor((), LinkGuard(hands.steady, 20), Pulse(), Notify(), hands.steady)
    on_stage = stage(Source(broken, mended), Listener(buy_at=(1, 2)), supervisor=supervisor)
    steps = on_stage.run()
    told: list[Any] = [e for e in on_stage.events if isinstance(e, Degraded | Restored | LinkChanged)]
    assert kinds(told) == ["LinkChanged", "Degraded", "LinkChanged", "Restored"]
    assert told[1].cause == "link sim market"
    codes = [refusal.code for step in steps for refusal in step.refusals]
    assert set(codes) <= {RefusalCode.CLOSE_ONLY}


@pytest.mark.parametrize(("error", "tries"), [(VenueAuthError("wrong key"), 1), (VenueRefused("no such stream"), 10)])
def test_a_feed_that_no_waiting_mends_ends_the_session_with_its_error(
    error: Exception, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> AsyncIterator[MarketEvent]:
        tried.append(1)
        for number in range(1):
            if tried:
                raise error
            yield bar(number)

    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)
    tried: list[int] = []
    with pytest.raises(type(error)):
        stage(Source(*[broken] * 20)).run()
    assert len(tried) == tries


def heard(listening: socket.socket) -> list[str]:
    """Return all lines that came to a socket."""
    listening.settimeout(0)
    lines: list[str] = []
    try:
        while True:
            lines += listening.recv(4096).decode().split("\n")
    except BlockingIOError:
        return lines


@pytest.fixture
def systemd(tmp_path: Path) -> Any:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        yield listening


def test_systemd_is_told_when_it_is_ready_how_it_stands_and_that_it_ends(systemd: Any, tmp_path: Path) -> None:
    hands = Hands()
    notify = Notify(str(tmp_path / "notify"))
    on_stage = stage(bars(0, 3), supervisor=supervisor_of(hands, notify))
    engine, supervisor = on_stage.engine, supervisor_of(hands, notify)
    supervisor.look(engine, EngineStatus.PREFETCHING)
    assert heard(systemd) == ["STATUS=healthy, prefetching"]
    engine.risk.is_ready = False
    supervisor.look(engine, EngineStatus.RUNNING)
    assert heard(systemd) == ["STATUS=healthy, running"]
    engine.risk.is_ready = True
    supervisor.look(engine, EngineStatus.RUNNING)
    supervisor.look(engine, EngineStatus.RUNNING)
    assert heard(systemd) == ["STATUS=healthy, running", "READY=1"], "and not again and again"
    engine.risk.cancel_only["disk"] = "9 MB are free"
    supervisor.look(engine, EngineStatus.RUNNING)
    assert heard(systemd)[0] == "STATUS=critical, running: cancel only: 9 MB are free"
    on_stage.run()
    assert "STOPPING=1" in heard(systemd)
    notify.close()


def test_nobody_listening_is_no_reason_to_stop(tmp_path: Path) -> None:
    for address in (str(tmp_path / "nobody"), "@tradewind-nobody"):
        notify = Notify(address)
        with capture_logs() as told:
            assert not notify.send("READY=1")
        assert [(line["log_level"], line["event"]) for line in told] == [("warning", "systemd was not told")]
        notify.close()
    with capture_logs() as told:
        assert Notify("").send("READY=1"), "without systemd there is nobody to tell, and nothing to say of it"
    assert not told


def test_who_listens_later_is_told_by_the_same_session(tmp_path: Path) -> None:
    hands, notify = Hands(), Notify(str(tmp_path / "notify"))
    on_stage = stage(bars(0, 3), Listener(buy_at=(0,)), supervisor=supervisor_of(hands, notify))
    on_stage.run()
    assert on_stage.strategy.numbers == [0, 1, 2], "that nobody listens ended nothing"  # type: ignore[attr-defined]
    assert "OrderFilled" in kinds(on_stage.events)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        assert notify.send("READY=1")
        assert heard(listening) == ["READY=1"]
    notify.close()


def test_how_a_session_stands_has_its_reasons() -> None:
    hands = Hands()
    supervisor, engine = supervisor_of(hands), stage(bars(0, 1)).engine
    assert supervisor.health(engine, EngineStatus.RUNNING) == Health(HealthLevel.HEALTHY)
    engine.risk.paused = True
    engine.risk.close_only["x"] = "a reason"
    assert supervisor.health(engine, EngineStatus.RUNNING) == Health(
        HealthLevel.DEGRADED, ("close only: a reason", "paused")
    )
    engine.process(Halted(10**19))
    health = supervisor.health(engine, EngineStatus.STOPPED)
    assert health == Health(HealthLevel.CRITICAL, ("not running", "halted", "close only: a reason", "paused"))


def test_a_private_link_that_is_down_for_a_minute_is_critical() -> None:
    hands = Hands()
    supervisor, engine = supervisor_of(hands), stage(bars(0, 1)).engine
    supervisor._links.hear(LinkChanged("binance", "private", up=False, ts_recv=0))
    assert supervisor.health(engine, EngineStatus.RUNNING).level is HealthLevel.DEGRADED
    hands.now += 60 * SECOND
    assert supervisor.health(engine, EngineStatus.RUNNING).level is HealthLevel.CRITICAL


def test_lesson_15_an_idle_session_stays_up_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes of idle turns, each of which would wait for half a second, without an event and without a word."""

    async def silent() -> AsyncIterator[MarketEvent]:
        await asyncio.Event().wait()
        yield bar(0)

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        while len(beats) < 600:
            assert not running.done()
            await asyncio.sleep(0.001)
        on_stage.session.stop("test")
        await running

    beats: list[int] = []
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.0005)
    supervisor = supervisor_of(Hands())
    monkeypatch.setattr(supervisor, "beat", lambda: beats.append(1))
    on_stage = stage(Source(silent), supervisor=supervisor)
    asyncio.run(main())
    assert kinds(on_stage.events) == ["SessionStarted", "StopRequested"]
