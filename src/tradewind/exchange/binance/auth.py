"""Who sends a request, and whether its time and its signature are good. Checks in the order of Binance's answers."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.params import NUMBER
from tradewind.exchange.binance.refusals import (
    bad_key,
    bad_signature,
    bad_window,
    clock_ahead,
    clock_behind,
    illegal,
    missing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.exchange.binance.keys import ApiKey, KeyRing
    from tradewind.exchange.binance.params import Params

WINDOW_MS, WINDOW_MS_MAX = Decimal(5000), Decimal(60_000)
AHEAD_MS = Decimal(1000)
_as_it_is = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
"""Nearly all that is ever signed needs no encoding."""
_MICROSECONDS = 10**14
"""A timestamp above this is in microseconds."""


class Gate:
    """Checks requests against the keys and the clock.

    The clock is the exchange's. Where that runs faster than the wall's, any time between the two is good: of clients
    that have asked for the time once, and go on by their own clock.
    """

    def __init__(self, keys: KeyRing, now: Callable[[], int], speed: float) -> None:
        self.keys = keys
        self._now = now
        self._is_real = speed == 1.0
        self.speed = speed
        """How many seconds of the exchange's pass in one of its clients'."""

    def signed(self, key: ApiKey, params: Params, payload: str, signature: str) -> None:
        """Check a signed request: its time, then its signature, over the text that was signed."""
        stamp = params.number("timestamp")
        window = params.number("recvWindow")
        params.get("signature")
        if stamp is None:
            raise missing("timestamp")
        self._check_time(stamp, WINDOW_MS if window is None else window)
        if not signature:
            raise missing("signature")
        if not key.has_signed(payload.encode(), unquote(signature)):
            raise bad_signature()

    def in_time(self, params: Params) -> None:
        """Check the time alone, of a request within a session."""
        stamp, window = params.number("timestamp"), params.number("recvWindow")
        if stamp is None:
            raise missing("timestamp")
        self._check_time(stamp, WINDOW_MS if window is None else window)

    def _check_time(self, stamp: Decimal, window: Decimal) -> None:
        if window > WINDOW_MS_MAX:
            raise bad_window()
        if stamp > _MICROSECONDS:
            stamp /= 1000
        now = wall = Decimal(self._now()) / NS_PER_MS
        if not self._is_real:
            wall = Decimal(time.time_ns()) / NS_PER_MS
        if stamp >= max(now, wall) + AHEAD_MS:
            raise clock_ahead()
        if min(now, wall) - stamp > window:
            raise clock_behind()


def may(key: ApiKey, *, trade: bool) -> None:
    """Refuse a key that may not do this."""
    if not (key.may_trade if trade else key.may_read):
        raise bad_key()


def socket_payload(params: Mapping[str, str]) -> str:
    """Return the text that a request of the WebSocket API signs: all parameters by name, encoded."""
    named = sorted([item for item in params.items() if item[0] != "signature"])
    if not _as_it_is("".join([value for _, value in named])):
        named = [(name, quote(value, safe="")) for name, value in named]
    return "&".join([f"{name}={value}" for name, value in named])


def check_number(name: str, value: str) -> None:
    """Refuse what is not written as a number."""
    if not re.match(NUMBER, value):
        raise illegal(name, NUMBER)
