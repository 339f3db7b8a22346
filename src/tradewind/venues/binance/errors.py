"""What Binance's errors mean for us: one table for spot, one for what USD-M says otherwise, one function.

https://developers.binance.com/docs/binance-spot-api-docs/errors and .../docs/derivatives/usds-margined-futures/
error-code. The tables are separate: -2021 is half a cancel-replace on spot and a trigger that is too near on USD-M.
A known code outranks the HTTP status (-1008 comes with 503); an unknown one with a 5xx says nothing of the order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues._net.failure import Failure, Kind, Outcome
from tradewind.venues._net.masking import masked
from tradewind.venues.binance.product import VENUES, Product

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.time import TimeNs

Row = tuple[Kind, Outcome]
_NO, _MAYBE = Outcome.NOT_PLACED, Outcome.UNKNOWN


def _rows(kind: Kind, outcome: Outcome, codes: Iterable[int]) -> dict[int, Row]:
    return dict.fromkeys(codes, (kind, outcome))


COMMON: dict[int, Row] = {
    **_rows(Kind.TIMEOUT, _MAYBE, (-1000, -1001, -1006, -1007)),
    **_rows(Kind.AUTH, _NO, (-1002, -1022, -2014, -2015)),
    **_rows(Kind.RATE_LIMITED, _NO, (-1003, -1015, -1034, -1035, -1181, -1191)),
    **_rows(Kind.OVERLOADED, _NO, (-1008,)),
    **_rows(Kind.FILTER, _NO, (-1013, -1111)),
    **_rows(Kind.UNSUPPORTED, _NO, (-1014, -1020)),
    **_rows(Kind.MAINTENANCE, _NO, (-1016,)),
    **_rows(Kind.CLOCK, _NO, (-1021,)),
    **_rows(
        Kind.BAD_REQUEST,
        _NO,
        (
            *range(-1106, -1099),
            *(-1108, -1112, -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1122, -1125, -1127, -1128, -1130),
            *(-1134, -1135, -1139, -1145, -1151, -1152, -1153, -1155, -1158, -1160, -1161, -1165, -1166, -1168, -1182),
            *(-1194, -1196, -1197, -1198, -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225),
        ),
    ),
    **_rows(Kind.REJECTED, _NO, (-2010, -2016, -2043)),
    **_rows(Kind.UNKNOWN_ORDER, _NO, (-2011, -2013, -2026, -2039)),
}
SPOT: dict[int, Row] = {
    **COMMON,
    **_rows(Kind.REJECTED, _MAYBE, (-2021, -2022)),  # cancel-replace: each half has its own outcome
    **_rows(Kind.REJECTED, _NO, (-2035, -2036, -2038, -2042)),
}
USDM: dict[int, Row] = {
    **COMMON,
    **_rows(Kind.INSUFFICIENT_FUNDS, _NO, (-2018, -2019, -4118)),
    **_rows(Kind.REJECTED, _NO, (-2020, -2021, -2022, -2023, -2024, -2025, -2027, -2028)),
    **_rows(Kind.FILTER, _NO, (-4001, -4002, -4003, -4004, -4005, -4013, -4014, -4016, -4023, -4024, -4131, -4164)),
    **_rows(Kind.FILTER, _NO, (-4183, -4184, -4210, -4211)),
    **_rows(Kind.BAD_REQUEST, _NO, (-4015, -4046, -4059, -4061, -4062, -5027, -5040)),
    **_rows(Kind.UNSUPPORTED, _NO, (-4120,)),
    **_rows(Kind.DUPLICATE_ID, _NO, (-4116,)),
    **_rows(Kind.REJECTED, _NO, (-4140, -4141, -4400, -4401, -5021)),
    **_rows(Kind.WOULD_TAKE, _NO, (-5022,)),
    **_rows(Kind.CLOCK, _NO, (-5028,)),
}
TABLES = {Product.SPOT: SPOT, Product.USDM: USDM}

INSUFFICIENT = "Account has insufficient balance for requested action."
DUPLICATE = "Duplicate order sent."
WOULD_TAKE = "Order would immediately match and take."
UNKNOWN_ORDER = "Unknown order sent."
TEXTS: tuple[tuple[str, Kind], ...] = (
    (INSUFFICIENT, Kind.INSUFFICIENT_FUNDS),
    (DUPLICATE, Kind.DUPLICATE_ID),
    (WOULD_TAKE, Kind.WOULD_TAKE),
    (UNKNOWN_ORDER, Kind.UNKNOWN_ORDER),
    ("This account may not place or cancel orders.", Kind.AUTH),
    ("This action is disabled on this account.", Kind.AUTH),
    ("Filter failure: ", Kind.FILTER),
    ("not support", Kind.UNSUPPORTED),
)
"""What -2010, -2011 and -1013 stand for is in their texts alone."""
_BY_TEXT = frozenset((-1013, -2010, -2011))

FAILED_503 = "Service Unavailable."
"""USD-M's 503 with this text has placed nothing; with any other, and with none, it may have."""

_FILTER = re.compile(r"Filter failure: ([A-Z_]+)")
_BANNED_UNTIL = re.compile(r"banned until (\d{13})")


def failure(  # noqa: PLR0913 - what an answer has told
    product: Product, code: int, message: str, *, status: int = 0, now: TimeNs = 0, retry_after_ns: TimeNs = 0
) -> Failure:
    """Return what an error of Binance's means; `now` is the venue's time, to know how long a ban lasts."""
    kind, outcome = _row(product, code, message, status)
    banned = _BANNED_UNTIL.search(message)
    if banned or status == 418:
        kind = Kind.BANNED
    if banned and not retry_after_ns:  # how long is surer than until when: our idea of their time may be off
        retry_after_ns = int(banned[1]) * NS_PER_MS - now
    return Failure(kind, outcome, VENUES[product], code, masked(message), status, max(retry_after_ns, 0))


def http_failure(  # noqa: PLR0913 - an answer has that many sides
    product: Product,
    status: int,
    code: int,
    message: str,
    *,
    retry_after: str = "",
    now: TimeNs = 0,
    body: str = "",
) -> Failure:
    """Return what an HTTP answer that is no 2xx means; `code` is 0 if its body is not Binance's JSON."""
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0
    found = failure(
        product, code, message or f"HTTP {status}", status=status, now=now, retry_after_ns=seconds * NS_PER_SECOND
    )
    return Failure(
        found.kind, found.outcome, found.venue, code, found.message, status, found.retry_after_ns, masked(body)
    )


def filter_name(message: str) -> str:
    """Return the name of the filter that refused an order, empty if none did."""
    found = _FILTER.search(message)
    return found[1] if found else ""


def _row(product: Product, code: int, message: str, status: int) -> Row:
    table = TABLES[product]
    if code in _BY_TEXT:
        kind = next((kind for text, kind in TEXTS if text in message), table[code][0])
        return kind, _NO
    if code in table:
        return table[code]
    if status in (429, 418):
        return Kind.RATE_LIMITED, _NO
    if status in (401, 403):
        return Kind.AUTH, _NO
    if status == 503 and product is Product.USDM and message == FAILED_503 and code == 0:
        return Kind.MAINTENANCE, _NO
    if status == 408 or status >= 500:
        return Kind.TIMEOUT, _MAYBE
    if code or 400 <= status < 500:  # a code that is not in the table: it is a word of theirs, and it is no
        return Kind.REJECTED, _NO
    return Kind.PROTOCOL, _MAYBE
