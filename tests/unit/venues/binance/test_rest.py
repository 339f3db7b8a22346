"""Questions over REST: what fails for now is asked again, what is no is told, and waits are kept."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tradewind.domain.errors import RateLimited, VenueAuthError, VenueProtocolError, VenueRefused, VenueUnavailable
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues._net.shelf import Shelf
from tradewind.venues.binance.budgets import SharedBudget
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.weights import LIMITS
from tradewind.venues.binance.wire_rest import Account, ServerTime

if TYPE_CHECKING:
    from pathlib import Path

T0 = 1_719_360_000 * NS_PER_SECOND
KEYS = Keys("the-key", HmacSigner("the-secret"))


class Answer:
    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self._body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._headers = headers or {}

    def read(self) -> bytes:
        return self._body

    def getheaders(self) -> list[tuple[str, str]]:
        return list(self._headers.items())


class Link:
    """A connection that gives answers one after the other; an exception among them is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def request(self, method: str, target: str, headers: dict[str, str]) -> None:
        assert method == "GET"
        self.asked.append((target, headers))

    def getresponse(self) -> Answer:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Answer)
        return answer

    def close(self) -> None:
        pass


def rest_of(*answers: Any, monkeypatch: pytest.MonkeyPatch, patient: bool = False) -> tuple[Rest, Link, list[float]]:
    link, slept, now = Link(*answers), [], [T0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += int(seconds * NS_PER_SECOND)

    rest = Rest("http://127.0.0.1:1", patient=patient, sleep=sleep, now=lambda: now[0])
    monkeypatch.setattr(rest, "_connection", lambda: link)
    return rest, link, slept


TIME = Answer(200, {"serverTime": T0 // NS_PER_MS + 500}, {"X-MBX-USED-WEIGHT-1M": "77"})


def test_an_answer_is_typed_and_its_weight_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rest, link, slept = rest_of(TIME, monkeypatch=monkeypatch)
    assert rest.get("time", {}, ServerTime) == ServerTime(T0 // NS_PER_MS + 500)
    assert link.asked == [("/api/v3/time", {})]
    assert slept == []
    assert rest.budget.wait_ns(T0, 5_400) > 0


def test_a_signed_question_has_the_key_in_its_header_and_the_venues_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rest, link, _ = rest_of(TIME, TIME, TIME, Answer(200, {"canTrade": True, "balances": []}), monkeypatch=monkeypatch)
    offset = ClockOffset()
    rest.compare_clocks(offset)
    assert rest.get_signed("account", {"omitZeroBalances": True}, Account, KEYS, offset) == Account(True, ())
    target, headers = link.asked[-1]
    query = parse_qs(urlsplit(target).query)
    assert query["timestamp"] == [str(T0 // NS_PER_MS + 500)]
    assert query["omitZeroBalances"] == ["true"]
    assert headers == {"X-MBX-APIKEY": "the-key"}
    payload, _, signature = urlsplit(target).query.partition("&signature=")
    assert signature == KEYS.signer.sign(payload)


def test_outages_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    html = Answer(502, b"<html>Bad gateway</html>")
    rest, link, slept = rest_of(ConnectionResetError(), html, TIME, monkeypatch=monkeypatch)
    assert rest.get("time", {}, ServerTime).server_time
    assert len(link.asked) == 3
    assert slept == [0.5, 1.0]


@pytest.mark.parametrize(
    "trouble", [OSError("x"), http.client.IncompleteRead(b""), http.client.RemoteDisconnected("x")]
)
def test_an_outage_that_lasts_is_told(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    rest, link, _ = rest_of(*[trouble] * 4, monkeypatch=monkeypatch)
    with pytest.raises(VenueUnavailable):
        rest.get("time", {}, ServerTime)
    assert len(link.asked) == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"code": -1121, "msg": "Invalid symbol."}), VenueRefused),
        (Answer(401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}), VenueAuthError),
        (Answer(200, {"what": 1}), VenueProtocolError),
        (Answer(200, b"<html>"), VenueProtocolError),
    ],
)
def test_a_no_is_told_at_once(answer: Answer, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    rest, link, slept = rest_of(answer, monkeypatch=monkeypatch)
    with pytest.raises(error):
        rest.get("time", {}, ServerTime)
    assert (len(link.asked), slept) == (1, [])


def test_a_429_is_told_and_the_next_question_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Answer(429, {"code": -1003, "msg": "Too much request weight used"}, {"Retry-After": "7"})
    rest, _, slept = rest_of(limited, TIME, monkeypatch=monkeypatch)
    with pytest.raises(RateLimited) as caught:
        rest.get("time", {}, ServerTime)
    assert caught.value.retry_after_ns == 7 * NS_PER_SECOND
    rest.get("time", {}, ServerTime)
    assert sum(slept) == 7.0


def test_no_budget_is_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others spend each minute before us, or the clock stands still by which it would end."""
    rest, link, slept = rest_of(TIME, monkeypatch=monkeypatch)
    monkeypatch.setattr(rest.budget, "take", lambda *_: 30 * NS_PER_SECOND)
    with pytest.raises(RateLimited) as caught:
        rest.get("time", {}, ServerTime)
    assert sum(slept) == 90.0
    assert caught.value.retry_after_ns == 30 * NS_PER_SECOND
    assert link.asked == []


@pytest.mark.parametrize("patient", [False, True])
def test_a_ban_of_days_is_waited_for_by_who_is_patient_alone(patient: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    days = 3 * 86_400
    rest, link, slept = rest_of(TIME, TIME, monkeypatch=monkeypatch, patient=patient)
    rest.go_by(rest.now)
    rest.budget.be_silent(T0 + days * NS_PER_SECOND, T0)
    if patient:
        assert rest.get("time", {}, ServerTime).server_time
        assert sum(slept) == days
        monkeypatch.setattr(rest.budget, "take", lambda *_: 30 * NS_PER_SECOND)
        with pytest.raises(RateLimited):
            rest.get("time", {}, ServerTime)
        assert sum(slept) == days + 90.0, "but not for a budget that never comes"
    else:
        with pytest.raises(RateLimited) as caught:
            rest.get("time", {}, ServerTime)
        assert caught.value.retry_after_ns == days * NS_PER_SECOND
        assert (link.asked, slept) == ([], [])


def test_who_waits_in_a_thread_is_let_go_with_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends closes what its threads ask over: it must not wait for them."""
    rest, link, _ = rest_of(TIME, monkeypatch=monkeypatch)
    naps = 0

    def nap(_: float) -> None:
        nonlocal naps
        naps += 1
        rest.close()

    rest._sleep = nap
    rest.budget.be_silent(T0 + 60 * NS_PER_SECOND, T0)
    with pytest.raises(VenueUnavailable, match="let go"):
        rest.get("time", {}, ServerTime)
    assert (naps, link.asked) == (1, [])


def test_lesson_118_a_start_waits_for_the_end_of_a_ban_and_asks_nothing_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until = T0 // NS_PER_MS + 1_800_000
    banned = Answer(418, {"code": -1003, "msg": f"Way too much request weight used; IP banned until {until}."})
    limited = Answer(429, {"code": -1003, "msg": "Too many requests queued."}, {"Retry-After": "7"})
    busy = Answer(503, {"code": -1008, "msg": "Server is currently overloaded with other requests."})
    rest, link, slept = rest_of(banned, limited, busy, TIME, monkeypatch=monkeypatch, patient=True)
    assert rest.get("time", {}, ServerTime).server_time
    assert len(link.asked) == 4
    assert sum(slept) == 1_800.0 + 7.0 + 0.5, "the ban to its end, what it asks to wait, and a pause of our own"


def test_who_asks_for_the_venues_time_first_does_not_wait_for_minutes_of_another_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of an exchange whose clock is an hour ahead another process has spent the minute; it ends by that clock."""
    ahead = 3_600 * NS_PER_SECOND
    one, other = (SharedBudget(LIMITS[Product.SPOT], Shelf(tmp_path / "weight.budget")) for _ in range(2))
    assert one.take(T0 + ahead, 5_400) == 0
    there = Answer(200, {"serverTime": (T0 + ahead) // NS_PER_MS})
    rest, link, slept = rest_of(*[there] * 4, monkeypatch=monkeypatch, patient=True)
    rest.budget = other
    rest.compare_clocks(ClockOffset())
    assert (len(link.asked), slept) == (3, [])
    rest.get("time", {}, ServerTime)
    assert sum(slept) == 60.0, "now it knows that the minute is spent"


def test_a_clock_that_is_off_is_compared_and_the_question_signed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    early = Answer(400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."})
    there = Answer(200, {"canTrade": True, "balances": []})
    rest, link, _ = rest_of(early, TIME, TIME, TIME, there, monkeypatch=monkeypatch)
    assert rest.get_signed("account", {}, Account, KEYS, ClockOffset()) == Account(True, ())
    stamps = [parse_qs(urlsplit(target).query)["timestamp"] for target, _ in (link.asked[0], link.asked[-1])]
    assert stamps == [[str(T0 // NS_PER_MS)], [str(T0 // NS_PER_MS + 500)]]
    rest, link, _ = rest_of(early, TIME, TIME, TIME, early, monkeypatch=monkeypatch)
    with pytest.raises(VenueRefused):
        rest.get_signed("account", {}, Account, KEYS, ClockOffset())
    assert len(link.asked) == 5, "once"


def test_no_error_has_a_secret_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    echo = Answer(400, {"code": -1022, "msg": "Signature is not valid: signature=abcdef apiKey=the-key"})
    rest, _, _ = rest_of(echo, monkeypatch=monkeypatch)
    with pytest.raises(VenueAuthError) as caught:
        rest.get_signed("account", {}, Account, KEYS, ClockOffset())
    told = f"{caught.value} {caught.value.context}"
    assert "the-key" not in told
    assert "abcdef" not in told
    assert "the-secret" not in repr(KEYS)
    assert "the-key" not in repr(KEYS)
