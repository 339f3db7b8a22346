"""Alerts: each thing once, again while it lasts, that it is over; sent means taken; nothing waits for a channel."""

from __future__ import annotations

import json
import threading
import time
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.app.alerting.channels import AppriseChannel
from tradewind.app.alerting.pacing import Pace, Pacing
from tradewind.app.alerting.rules import Alert, Over
from tradewind.app.alerting.watcher import Alerts, Sign
from tradewind.app.config import Config
from tradewind.app.session.alerts import check_for_real_money, greet, secrets_of
from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerChanged, BreakerState
from tradewind.domain.control import Degraded, Halted, Paused, Restored, Resumed, StopRequested
from tradewind.domain.errors import ConfigError
from tradewind.domain.ids import ClientOrderId, TimerId, VenueOrderId
from tradewind.domain.reconciliation import Discrepancy, Kind, Mode, ReconciliationReport, Severity
from tradewind.domain.step import ExitMissing, Step
from tradewind.testing import BTC, STRATEGY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60.0
TICK = ev.TimerFired(TimerId("x"), 0)


def alert(key: str = "limit_tripped:x", severity: str = "critical", *, lasts: bool = True) -> Alert:
    return Alert(key=key, code=key.partition(":")[0], severity=severity, text=key, lasts=lasts)


def said(pacing: Pacing, what: Alert, now: float) -> bool:
    message = pacing.take(what, now)
    if message is not None:
        pacing.delivered(message, now)
    return message is not None


def test_the_same_thing_is_said_once_in_the_quiet_time_and_what_failed_opens_none() -> None:
    pacing = Pacing(Pace())
    assert pacing.take(alert(), 0.0) is not None, "not delivered: it is said again at once"
    assert [at for at in (0.0, 1.0, 299.0, 300.0, 301.0, 601.0) if said(pacing, alert(), at)] == [0.0, 300.0, 601.0]
    assert said(pacing, alert("limit_tripped:y"), 0.5), "another subject is another thing"


def test_mon_3_a_hundred_trips_an_hour_are_ten_messages_and_one_summary() -> None:
    pacing = Pacing(Pace(quiet_seconds=1.0, again_seconds=10_000.0))
    sent = [at for at in range(0, 3_600, 36) if said(pacing, alert(lasts=False), float(at))]
    assert (len(sent), pacing.held_back) == (10, 90)
    assert [message.text for message in pacing.due(3_599.0)] == []
    (summary,) = pacing.due(3_600.0)
    assert summary.text == "90 more of limit_tripped were held back: more than 10 in an hour"
    assert list(pacing.due(3_601.0)) == []


def test_what_lasts_and_is_severe_is_said_again_until_it_is_over() -> None:
    pacing = Pacing(Pace())
    assert said(pacing, alert(), 0.0)
    assert said(pacing, alert("paused:", "warning"), 0.0)
    assert [message.text for message in pacing.due(1_799.0)] == []
    assert [message.text for message in pacing.due(1_800.0)] == ["still: limit_tripped:x"]
    (recovered,) = pacing.over(Over("limit_tripped:x", "closed"))
    assert recovered.text == "recovered: limit_tripped:x (closed)"
    assert list(pacing.over(Over("limit_tripped:x", "closed"))) == []
    assert list(pacing.due(9_999.0)) == []
    assert said(pacing, alert(), 1_801.0), "what comes back is said at once"


def test_of_what_nobody_was_told_nobody_is_told_that_it_is_over() -> None:
    pacing = Pacing(Pace())
    assert pacing.take(alert(), 0.0) is not None
    assert list(pacing.over(Over("limit_tripped:x", "closed"))) == []


def config_of(**alerts: Any) -> Config:
    engine = {"symbols": ["BTCUSDT"], "data_output_path": "none", "interval": "1m"}
    tree = {"engine": engine, "market_data": {"provider_type": "mock"}, "trading": {"provider_type": "paper"}}
    return Config.model_validate(tree | {"strategy": {"path": "x:Y"}, "alerts": alerts})


# --- a receiver on this machine -------------------------------------------------------------------------


class Receiver:
    """A webhook that answers as it is told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[dict[str, Any]] = []
        self.hangs = threading.Event()
        self.mended = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if outer.hangs.is_set():
                    outer.mended.wait(PATIENCE)
                if outer.status == 200:
                    outer.got.append(json.loads(body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, options: str = "rto=10") -> str:
        return f"json://ann:planted-9c51@127.0.0.1:{self._server.server_address[1]}/hook?{options}"

    @property
    def texts(self) -> list[str]:
        return [f"{each['title']} {each['message']}" for each in self.got]

    def close(self) -> None:
        self.mended.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    pytest.importorskip("apprise", reason="no apprise: pip install 'tradewind[alerts]'")
    made = Receiver()
    yield made
    made.close()


def wait_for(fact: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def more_than(receiver: Receiver, count: int) -> bool:
    return len(receiver.got) > count


def watching(*channels: Any, file: Path | None = None, **terms: Any) -> Alerts:
    made = Alerts(channels, Pace(), title="tradewind paper BTCUSDT", file=file, **terms)
    made.start(terms.pop("signs", tuple))
    return made


def a_step(event: Any = None, *notices: Any) -> Step:
    return Step(1, event or Paused(0), (), (), notices)


def tripped(state: BreakerState, *, is_drill: bool = False) -> BreakerChanged:
    was, action = BreakerState.CLOSED, BreakerAction.REFUSE
    return BreakerChanged("daily_loss", state, was, action, "lost 5 %", is_drill=is_drill)


def test_who_is_told_of_what_and_that_it_is_over(receiver: Receiver, tmp_path: Path) -> None:
    """Halt, breaker, mismatch, naked position, close-only by an outage, link: each pages, and recovers."""
    alerts = watching(AppriseChannel("urls", [receiver.url()]), file=tmp_path / "alerts.jsonl")
    what = Discrepancy(Kind.QUANTITY_MISMATCH, Severity.CRITICAL, BTC, Decimal(1), Decimal(2))
    naked = ExitMissing(STRATEGY, BTC, ClientOrderId("t-1"), Decimal(1), 0, 0, ClientOrderId("t-2"))
    pairs: list[tuple[Step, Step, str]] = [
        (a_step(Halted(0, "fire", operator="ann")), a_step(Resumed(0)), "engine halted"),
        (a_step(TICK, tripped(BreakerState.TRIPPED)),
         a_step(TICK, tripped(BreakerState.CLOSED)), "risk limit_tripped"),
        (a_step(TICK, ReconciliationReport("rec-1", 0, Mode.WARN_ONLY, (what,))),
         a_step(TICK, ReconciliationReport("rec-2", 0, Mode.WARN_ONLY)), "risk drift"),
        (a_step(TICK, naked),
         a_step(ev.OrderAccepted(ClientOrderId("t-2"), VenueOrderId("v"), 0, 0)), "order unprotected"),
        (a_step(Degraded(0, "link binance private", "down for 1800 s")),
         a_step(Restored(0, "link binance private")), "engine degraded"),
        (a_step(ev.LinkChanged("binance", "market", up=False, ts_recv=0)),
         a_step(ev.LinkChanged("binance", "market", up=True, ts_recv=0)), "data link_down"),
    ]  # fmt: skip
    for begins, ends, text in pairs:
        before = len(receiver.got)
        alerts.observe([begins, begins])
        wait_for(partial(more_than, receiver, before))
        assert text in receiver.texts[-1]
        alerts.observe([ends])
        wait_for(partial(more_than, receiver, before + 1))
        assert "recovered" in receiver.texts[-1]
        assert text in receiver.texts[-1]
        assert len(receiver.got) == before + 2, "once, although it was said twice"
    alerts.observe([a_step(TICK, tripped(BreakerState.TRIPPED, is_drill=True))])
    alerts.ended_with(OSError("the disk is gone"))
    alerts.end()
    assert "OSError: the disk is gone" in receiver.texts[-1]
    assert len(receiver.got) == 2 * len(pairs) + 1, "a drill pages nobody"
    assert alerts.missed == ""
    lines = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [line["alert_sent"] for line in lines] == [True] * len(receiver.got)
    assert (tmp_path / "alerts.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("status", [404, 500])
def test_rp_22_2_and_lesson_140_what_is_not_taken_counts_as_not_sent_and_goes_to_the_second_channel(
    receiver: Receiver, status: int, tmp_path: Path
) -> None:
    second = Receiver()
    receiver.status = status
    channels = AppriseChannel("urls", [receiver.url()]), AppriseChannel("backup_urls", [second.url()])
    alerts = watching(*channels, file=tmp_path / "alerts.jsonl")
    alerts.observe([a_step(Halted(0, "fire"))])
    wait_for(lambda: second.got)
    alerts.end()
    second.close()
    lines = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [(line["alert_method"], line["alert_sent"]) for line in lines] == [("urls", False), ("backup_urls", True)]


def test_lesson_140_what_could_not_be_delivered_is_tried_again_and_said_at_the_end(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.status = 404
    alerts = watching(AppriseChannel("urls", [receiver.url()]), close_seconds=0.1)
    alerts.observe([a_step(Halted(0, "fire"))])
    wait_for(lambda: alerts.failed)
    receiver.status = 200
    wait_for(lambda: alerts.sent)
    assert (alerts.sent, alerts.missed) == (1, "")
    assert receiver.got
    receiver.status = 404
    alerts.observe([a_step(Degraded(0, "disk", "full"))])
    wait_for(lambda: alerts.failed > 1)
    alerts.end()
    assert alerts.missed == "1 alerts were not delivered"
    told = capsys.readouterr()
    assert "an alert was not delivered" in told.out + told.err


def test_mon_4_a_channel_that_hangs_delays_nobody_who_hands_over(receiver: Receiver) -> None:
    """Ten thousand turns are handed over while the channel hangs: `observe` never waits for it."""
    receiver.hangs.set()
    alerts = watching(AppriseChannel("urls", [receiver.url("rto=30")]), close_seconds=0.1)
    alerts.observe([a_step(Halted(0, "fire"))])
    for _ in range(10_001):
        alerts.observe([a_step(TICK)])
    assert not receiver.got, "the channel hung all the while"
    assert not alerts.is_behind
    receiver.mended.set()
    alerts.end()


def test_lesson_141_what_no_step_tells_is_an_alert_and_recovers(receiver: Receiver) -> None:
    wrong = [Sign("database", "error", "the database cannot be written: gone")]
    alerts = Alerts([AppriseChannel("urls", [receiver.url()])], Pace(), title="t")
    alerts.start(lambda: list(wrong))
    wait_for(lambda: receiver.got)
    wrong.clear()
    wait_for(lambda: len(receiver.got) > 1)
    alerts.end()
    assert "the database cannot be written" in receiver.texts[0]
    assert receiver.texts[1].startswith("[INFO] t recovered: the database")


def test_secrets_are_in_no_message_no_file_and_no_log(
    receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_of(urls=[receiver.url(), "json://nobody:planted-9c51@127.0.0.1:1/none"])
    assert receiver.url() in secrets_of(config)
    assert "planted-9c51" not in repr(config)
    channel = AppriseChannel("urls", [url.get_secret_value() for url in config.alerts.urls])
    alerts = watching(
        channel, file=tmp_path / "alerts.jsonl", secrets=[*secrets_of(config), "planted-9c51"], close_seconds=0.1
    )  # fmt: skip
    alerts.observe([a_step(Halted(0, f"the key is planted-9c51, at {receiver.url()}"))])
    wait_for(lambda: alerts.failed)
    alerts.end()
    told = capsys.readouterr()
    everything = (*receiver.texts, (tmp_path / "alerts.jsonl").read_text(), told.out, told.err)
    assert "***" in receiver.texts[0]
    assert not [text for text in everything if "planted-9c51" in text]


class Deaf:
    name = "urls"

    def send(self, *_: object) -> bool:
        return False


def test_lesson_140_a_session_whose_first_message_is_not_taken_does_not_begin() -> None:
    with pytest.raises(ConfigError, match="first message was not taken"):
        greet(config_of(), [Deaf()], "t")
    greet(config_of(required=False), [Deaf()], "t")
    greet(config_of(), [], "t")


def test_lesson_140_real_money_needs_somebody_who_hears() -> None:
    with pytest.raises(ConfigError, match=r"alerts\.urls: real money"):
        check_for_real_money(config_of())
    check_for_real_money(config_of(required=False))
    check_for_real_money(config_of(urls=["json://127.0.0.1"]))


def test_an_address_that_means_nothing_is_refused_by_its_place_and_not_repeated() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(ConfigError, match=r"alerts\.urls\[1\]") as caught:
        AppriseChannel("urls", ["json://127.0.0.1", "nonsense://planted-9c51"])
    assert "planted-9c51" not in str(caught.value)


class Ear:
    name = "urls"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def send(self, severity: str, title: str, body: str) -> bool:
        self.heard.append(body)
        return True


def test_lesson_148_a_crash_and_a_wanted_stop_are_not_the_same() -> None:
    stopped, crashed = Ear(), Ear()
    for ear, error in ((stopped, None), (crashed, RuntimeError("a bug"))):
        alerts = watching(ear)
        alerts.observe([a_step(StopRequested(0))])
        if error is not None:
            alerts.ended_with(error)
        alerts.end()
    assert stopped.heard == []
    assert crashed.heard == ["the session has ended with an error: RuntimeError: a bug"]


def test_more_turns_than_can_be_looked_at_are_an_alert_themselves() -> None:
    ear = Ear()
    alerts = Alerts([ear], Pace(), title="t")
    for _ in range(10_002):
        alerts.observe([a_step(TICK)])
    alerts.start()
    alerts.end()
    assert ear.heard == ["2 turns went by faster than they could be looked at"]
    assert alerts.missed == "2 turns were not looked at"


def test_the_doctor_really_sends_a_message_to_each_way_out(receiver: Receiver) -> None:
    from tradewind.app.cli.doctor_config import check_alerts
    from tradewind.app.cli.doctor_machine import Level

    deaf = Receiver()
    deaf.status = 404
    checks = check_alerts(config_of(urls=[receiver.url()], backup_urls=[deaf.url()]))
    deaf.close()
    assert [(check.level, check.found) for check in checks] == [
        (Level.OK, "urls: a message was taken"), (Level.FAIL, "backup_urls: the message was not taken"),
    ]  # fmt: skip
    assert len(receiver.got) == 1
    assert [check.level for check in check_alerts(config_of())] == [Level.OK]
