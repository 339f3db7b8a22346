"""Questions over REST: what fails for now is asked again, what is no is told, and waits are kept."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tradewind.domain.errors import RateLimited, VenueAuthError, VenueProtocolError, VenueRefused, VenueUnavailable
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_rest import Account, ServerTime

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


def rest_of(*answers: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Rest, Link, list[float]]:
    link, slept, now = Link(*answers), [], [T0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += int(seconds * NS_PER_SECOND)

    rest = Rest("http://127.0.0.1:1", sleep=sleep, now=lambda: now[0])
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
