"""Questions over REST, one after the other, answered before the call returns: for set-up, history and gaps.

Orders do not go this way. Only what changes nothing is asked here, or what may be said twice (a setting), so an outage
is waited out and asked again; a 429 is kept to the second. Runs in a thread of its own where a loop must not wait
(`stream.py`).
"""

from __future__ import annotations

import http.client
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from tradewind.domain.errors import RateLimited, VenueProtocolError, VenueRefused, VenueUnavailable
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND, iso
from tradewind.venues._net.failure import Again, Kind
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.costs import weight_of
from tradewind.venues.binance.errors import http_failure
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.sign import query_payload, signed_query
from tradewind.venues.binance.weights import LIMITS, Budget, header_counts
from tradewind.venues.binance.wire_rest import ErrorBody, ServerTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs
    from tradewind.venues._net.failure import Failure
    from tradewind.venues._net.offset import ClockOffset
    from tradewind.venues.binance.errands import Keys
    from tradewind.venues.binance.requests import Params

log = structlog.get_logger(__name__)
ASK_SECONDS = 20.0
TRIES = 4
PAUSE_SECONDS = 0.5
NAP_SECONDS = 0.5
"""The longest sleep at a stretch: the venue's minute may be over before ours, and who waits may be let go."""
WAIT_SECONDS = 90.0
"""So long a budget is waited for, a minute of it being the longest there is; who is patient waits out a ban as well."""
ROOTS = {Product.SPOT: "/api/v3/", Product.USDM: "/fapi/v1/"}
VERSIONS = {"account": "/fapi/v3/", "balance": "/fapi/v3/", "positionRisk": "/fapi/v3/"}
"""What USD-M has under another version."""
RECV_WINDOW_MS = 5_000


class Rest:
    """One address, over one connection that is kept; it has one user at a time."""

    def __init__(  # noqa: PLR0913 - an address, and how to ask there
        self,
        base_url: str,
        product: Product = Product.SPOT,
        *,
        budget: Budget | None = None,
        patient: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], TimeNs] = time.time_ns,
    ) -> None:
        """Make it; one that is `patient` waits for the end of a ban, and asks again where it is told to come later."""
        self.product = product
        self._patient = patient
        self.budget = Budget(LIMITS[product]) if budget is None else budget
        self._parts = urlsplit(base_url)
        self._sleep = sleep
        self.now = now
        self._ahead: TimeNs = 0
        """How far the venue's clock is ahead of ours, as far as we have asked: budgets go by the venue's."""
        self._knows_time = not patient
        self._link: http.client.HTTPConnection | None = None
        self._closed = 0
        """How often it was let go."""

    def get(self, name: str, params: Params, kind: Any) -> Any:  # noqa: ANN401 - the type that is asked for
        """Return a public answer as `kind`; raise what `errors.py` makes of a failure that lasts."""
        return self._asked("GET", name, params, lambda: (query_payload(params), {}), kind)

    def get_signed(self, name: str, params: Params, kind: Any, keys: Keys, offset: ClockOffset) -> Any:  # noqa: ANN401
        """Return an answer about the account of the keys."""
        return self._signed("GET", name, params, kind, keys=keys, offset=offset)

    def set_signed(self, name: str, params: Params, kind: Any, keys: Keys, offset: ClockOffset) -> Any:  # noqa: ANN401
        """Set something on the account of the keys; said twice, it changes nothing more."""
        return self._signed("POST", name, params, kind, keys=keys, offset=offset)

    def _signed(  # noqa: PLR0913 - a request, and who asks
        self,
        verb: str,
        name: str,
        params: Params,
        kind: Any,  # noqa: ANN401
        *,
        keys: Keys,
        offset: ClockOffset,
    ) -> Any:  # noqa: ANN401
        def request() -> tuple[str, dict[str, str]]:
            stamp = (self.now() + offset.ns) // NS_PER_MS
            told: Params = params | {"timestamp": stamp, "recvWindow": RECV_WINDOW_MS}
            return signed_query(told, keys.signer), {"X-MBX-APIKEY": keys.api_key}

        try:
            return self._asked(verb, name, params, request, kind)
        except VenueRefused as error:
            if error.context.get("kind") != Kind.CLOCK.value:
                raise
            self.compare_clocks(offset)
            return self._asked(verb, name, params, request, kind)

    def compare_clocks(self, offset: ClockOffset, times: int = 3) -> None:
        """Ask for the venue's time, so often."""
        for _ in range(times):
            sent = self.now()
            server = self.get("time", {}, ServerTime).server_time * NS_PER_MS
            offset.answered(sent, server, self.now())
        self._ahead, self._knows_time = offset.ns, True

    def go_by(self, now: Callable[[], TimeNs]) -> None:
        """Go by the venue's time from now on, as the session does with which the budget is shared."""
        self.now, self._ahead, self._knows_time = now, 0, True

    def be_quick(self) -> None:
        """Be patient no longer: a session is under way, which must be told at once."""
        self._patient = False

    def _there(self) -> TimeNs:
        return self.now() + self._ahead

    def close(self) -> None:
        """Let the connection go, and who waits for a budget in another thread."""
        self._closed += 1
        if self._link is not None:
            self._link.close()
            self._link = None

    def _asked(
        self,
        verb: str,
        name: str,
        params: Params,
        request: Callable[[], tuple[str, dict[str, str]]],
        kind: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        weight, failed = weight_of(self.product, f"{verb} {name}", params), 0
        while True:
            self._wait(weight)
            query, headers = request()
            try:
                body, found = self._once(verb, self._path(name) + (f"?{query}" if query else ""), headers)
            except (OSError, http.client.HTTPException, ssl.SSLError) as error:
                self.close()
                failed += 1
                if failed == TRIES:
                    where = self._parts.hostname
                    raise VenueUnavailable(f"{where} does not answer: {type(error).__name__}") from None
            else:
                if found is None:
                    return answer_of(body, kind)
                if self._is_silenced(found):
                    continue
                failed += 1
                if failed == TRIES or not self._may_ask_again(found):
                    raise found.error()
            self._sleep(PAUSE_SECONDS * failed)

    def _is_silenced(self, found: Failure) -> bool:
        """Take the time until which nothing is to be asked; tell whether it is waited for here."""
        if not found.retry_after_ns:
            return False
        now = self._there()
        self.budget.be_silent(now + found.retry_after_ns, now)
        if self._patient:
            log.warning("the venue lets nobody in: waiting", why=found.told(), until=iso(now + found.retry_after_ns))
        return self._patient

    def _may_ask_again(self, found: Failure) -> bool:
        if found.again in (Again.LATER, Again.ASK):
            return self._patient or not found.code
        return self._patient and found.again is Again.WAIT

    def _wait(self, weight: int) -> None:
        """Wait for the budget; who does not know the venue's time cannot tell its minutes, and is silent if all are.

        Raises `RateLimited` for a wait that is too long, by what was slept: others may spend each minute before us,
        and the clock by which minutes end may be wrong. Raises `VenueUnavailable` if it is let go meanwhile.
        """
        closed, slept, most = self._closed, 0.0, WAIT_SECONDS
        if self._patient:
            most += self.budget.hush(self._there()) / NS_PER_SECOND
        while wait := self._wait_ns(weight):
            seconds = wait / NS_PER_SECOND
            if slept >= most or (seconds > most and not self._patient):
                raise RateLimited(f"no budget for a question in {seconds:.0f} s", retry_after_ns=wait)
            if closed != self._closed:
                raise VenueUnavailable("let go while it waited for the budget")
            self._sleep(min(seconds, NAP_SECONDS))
            slept += min(seconds, NAP_SECONDS)

    def _wait_ns(self, weight: int) -> TimeNs:
        now = self._there()
        return self.budget.take(now, weight) if self._knows_time else self.budget.hush(now)

    def _path(self, name: str) -> str:
        if name.startswith("sapi/"):
            return f"/{name}"
        root = ROOTS[self.product]
        return (VERSIONS.get(name, root) if self.product is Product.USDM else root) + name

    def _once(self, verb: str, target: str, headers: dict[str, str]) -> tuple[bytes, Failure | None]:
        if self._link is None:
            self._link = self._connection()
        self._link.request(verb, target, headers=headers)
        response = self._link.getresponse()
        body = response.read()
        told = {name.lower(): value for name, value in response.getheaders()}
        for kind, length, count in header_counts(told):
            self.budget.used(self._there(), kind, length, count)
        if response.status < 300:
            return body, None
        error = error_of(body)
        return body, http_failure(
            self.product, response.status, error.code, error.msg,
            retry_after=told.get("retry-after", ""), now=self._there(), body=body.decode(errors="replace"),
        )  # fmt: skip

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=ASK_SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)


def error_of(body: bytes) -> ErrorBody:
    """Return the error that a body is; with code 0 where it is not Binance's."""
    try:
        found: ErrorBody = answer_of(body, ErrorBody)
    except VenueProtocolError:
        return ErrorBody(0)
    return found
