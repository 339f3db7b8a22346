"""Structured events: what happened to an order or a limit is told once, filtered, and has no secret in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tests.unit.engine.session import session
from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerChanged, BreakerState
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import EmergencyStopped, Paused, Resumed
from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.money import money_context
from tradewind.domain.step import Step, StrategyFailed
from tradewind.engine.control import PAUSE_OVER
from tradewind.record.events.event import KINDS, SEVERITIES, Told
from tradewind.record.events.log import FILE, EventLog, numbers_in
from tradewind.record.events.reading import events_in, wanted
from tradewind.record.events.telling import Teller
from tradewind.record.journal.header import SessionHeader
from tradewind.testing import settings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-hunter2"


def header() -> SessionHeader:
    return SessionHeader(
        session_id="2026-01-01/run_1", created="", mode="paper", engine=settings(), instruments=(), strategies=(),
        code_version="", config="{}", config_hash="abc",
    )  # fmt: skip


@pytest.fixture(scope="module")
def busy() -> list[Step]:
    with money_context():
        return session()


def told_of(steps: list[Step]) -> list[Told]:
    teller = Teller()
    with money_context():
        return [told for step in steps for told in teller.of(step)]


def test_rp_22_1_each_move_of_an_order_and_each_refusal_is_told_once(busy: list[Step]) -> None:
    told = told_of(busy)
    orders = [each for each in told if each.kind == "order"]
    submits = [effect for step in busy for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert sum(each.code == "submitted" for each in orders) == sum(1 + len(each.attached) for each in submits)
    words = [step.event for step in busy if isinstance(step.event, ev.OrderEvent)]
    heard = [each for each in orders if not each.code.endswith("requested") and each.code != "submitted"]
    assert [each.order_id for each in heard] == [word.order for word in words]
    assert len(words) > 100
    assert sum(each.code == "refused" for each in told) == sum(len(step.refusals) for step in busy)
    assert {each.kind for each in told} <= set(KINDS)
    assert {each.severity for each in told} <= set(SEVERITIES)
    assert all(each.instrument and each.strategy for each in orders)


def step(event: Any, *notices: Any) -> Step:
    return Step(1, event, notices=notices)


TRIP = BreakerChanged("daily_loss", BreakerState.TRIPPED, BreakerState.CLOSED, BreakerAction.CANCEL, "lost")
CASES = {
    ("engine", "paused", "warning"): step(Paused(0, "lunch")),
    ("engine", "resumed", "info"): step(Resumed(0)),
    ("engine", "resumed", "info", 2): step(ev.TimerFired(PAUSE_OVER, 0)),
    ("engine", "halted", "critical"): step(EmergencyStopped(0)),
    ("engine", "error", "error"): step(Resumed(0), StrategyFailed("s", "boom", "s.py:1", halted=True)),  # type: ignore[arg-type]
    ("risk", "limit_tripped", "critical"): step(Resumed(0), TRIP),
    ("data", "link_down", "error"): step(ev.LinkChanged("sim", "private", False, 0)),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_lesson_145_what_must_be_looked_at_has_its_severity(case: tuple[Any, ...]) -> None:
    """One stream of events; severity alone decides who hears of it."""
    told = [(each.kind, each.code, each.severity) for each in told_of([CASES[case]])]
    assert case[:3] in told


def test_the_file_is_lines_of_json_with_all_fields_and_no_secret(tmp_path: Path) -> None:
    log = EventLog(tmp_path, header())
    data = {"deep": [{"api_key": SECRET, "said": f"with {SECRET}"}]}
    log.log_risk_event(Told(kind="risk", code="x", message=f"it is {SECRET}", data=data))
    log.observe([step(Paused(7, "lunch"))])
    log.close(clean=True)
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert SECRET not in (tmp_path / FILE).read_text()
    assert lines[1] == {
        "session_id": "2026-01-01/run_1", "mode": "paper", "config_hash": "abc", "ts_ns": 7, "seq": 1,
        "kind": "engine", "code": "paused", "severity": "warning", "message": "lunch", "data": {"reason": "lunch"},
    }  # fmt: skip
    assert (lines[2]["code"], lines[2]["data"]) == ("stopped", {"clean": True})
    assert not log.trouble


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    log = EventLog(tmp_path, header())
    log.close(clean=True)
    log.observe([step(Paused(7))])
    assert "cannot be written" in log.trouble


def test_events_are_filtered_and_followed(tmp_path: Path) -> None:
    log = EventLog(tmp_path, header())
    log.observe([step(Paused(7)), step(Resumed(9))])
    runs = iter((True, True, False))
    found = []
    for event in events_in(tmp_path, lambda: next(runs)):
        found.append(None if event is None else event["code"])
        if event is None and len(found) == 3:
            log.observe([step(EmergencyStopped(11))])
    log.close(clean=False)
    assert found == ["paused", "resumed", None, "halted", None]
    events = [event for event in events_in(tmp_path) if event is not None]
    codes = [e["code"] for e in events if wanted(e, kinds=frozenset({"engine"}), severity="warning", since_ns=8)]
    assert codes == ["halted"]


@pytest.mark.parametrize("bytes_max", [2_000, 100_000_000])
def test_the_events_of_days_and_of_large_files_are_read_across(
    tmp_path: Path, busy: list[Step], bytes_max: int
) -> None:
    day = 24 * 3_600 * 10**9
    again = [replace(step, event=replace(step.event, ts_recv=step.event.ts_recv + day)) for step in busy]
    log = EventLog(tmp_path, header(), bytes_max)
    with money_context():
        for step in (*busy, *again):
            log.observe([step])
    log.close(clean=True)
    assert log.trouble == ""
    count = len(numbers_in(tmp_path))
    assert count > 10 if bytes_max == 2_000 else count == 1, "a file a day, and one for each 2,000 bytes"
    events = [event for event in events_in(tmp_path) if event is not None]
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events[: len(events) // 2]) * 2 + [
        busy[-1].seq
    ]
    assert len(events) == 2 * len(told_of(busy)) + 1
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    EventLog(tmp_path, header()).close(clean=True)
    assert numbers_in(tmp_path) == [], "who writes them again begins with the first"
    assert len(list(events_in(tmp_path))) == 1


def test_who_follows_goes_on_in_the_next_file(tmp_path: Path, busy: list[Step]) -> None:
    log = EventLog(tmp_path, header(), 3_000)
    lives = [True]
    found: list[Any] = []
    with money_context():
        log.observe(busy[:1])
        reading = events_in(tmp_path, lambda: lives[0])
        for step in busy[1:]:
            log.observe([step])
            while (event := next(reading)) is not None:
                found.append(event)
    log.close(clean=True)
    lives[0] = False
    found += [event for event in reading if event is not None]
    assert numbers_in(tmp_path)
    assert len(found) == len(told_of(busy)) + 1


def test_a_session_in_its_first_second_has_nothing_to_tell_yet(tmp_path: Path) -> None:
    assert list(events_in(tmp_path, runs=lambda: True)) == []
    following: Any = events_in(tmp_path, lambda: True)
    assert next(following) is None
    log = EventLog(tmp_path, header())
    log.observe([step(Paused(7))])
    told = next(following)
    log.close(clean=True)
    following.close()
    assert told is not None
    assert told["code"] == "paused"


def test_a_session_that_ended_without_events_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match="has no structured events"):
        list(events_in(tmp_path))
    lives = iter((True, False, False, False))
    following = events_in(tmp_path, lambda: next(lives))
    assert next(following) is None
    with pytest.raises(DataNotFoundError):
        next(following)
