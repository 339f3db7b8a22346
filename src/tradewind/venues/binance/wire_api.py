"""What comes over the WebSocket API, beside the events of an account: answers, matched by their id alone.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-api/response-format
"""

from __future__ import annotations

import msgspec

from tradewind.venues.binance.wire_rest import Answer, ErrorBody, RateLimit


class ApiAnswer(Answer, frozen=True):
    """An answer over the WebSocket API.

    `{"id":"7","status":200,"result":{…},"rateLimits":[…]}` or `{"id":"7","status":400,"error":{"code":-1121,"msg":
    "Invalid symbol."}}`
    """

    id: int | str | None
    status: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorBody | None = None
    rate_limits: tuple[RateLimit, ...] = ()
