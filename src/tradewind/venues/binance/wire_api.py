"""What comes over the WebSocket API, beside the events of an account: answers, matched by their id alone.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-api/response-format
"""

from __future__ import annotations

import msgspec

from tradewind.venues.binance.wire_rest import Answer, ErrorBody, RateLimit


class Incoming(Answer, frozen=True):
    """Whatever comes over a connection of the WebSocket API: an answer, or an event of an account.

    `{"id":"7","status":200,"result":{…},"rateLimits":[…]}` `{"id":"7","status":400,"error":{"code":-1121,"msg":
    "Invalid symbol."}}` `{"subscriptionId":0,"event":{"e":"executionReport",…}}`
    """

    id: int | str | None = None
    status: int = 0
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorBody | None = None
    rate_limits: tuple[RateLimit, ...] = ()
    event: msgspec.Raw = msgspec.Raw(b"")
    """Empty if it is an answer."""


class Subscription(Answer, frozen=True):
    """`{"subscriptionId":0}`: the answer to `userDataStream.subscribe` and its like."""

    subscription_id: int
