"""The fault buttons of this dialect: what each is called, what it does, and which of its fields count."""

from __future__ import annotations

from typing import NamedTuple


class Button(NamedTuple):
    """One fault; `fields` are those of count, seconds, link, symbol and value that it heeds."""

    group: str
    what: str
    fields: tuple[str, ...]


_SOME, _LONG = ("count", "link"), ("seconds", "link")
BUTTONS: dict[str, Button] = {
    "disconnect": Button("sockets", "sockets are cut without a word; for `seconds` no new one is let in", _LONG),
    "silence": Button("sockets", "for `seconds` nothing is sent, not even a ping; what waited comes then", _LONG),
    "stale": Button("sockets", "for `seconds` sockets live, and no event is sent", _LONG),
    "shutdown": Button("sockets", "`serverShutdown` is told, and `seconds` later sockets are closed with 1001", _LONG),
    "drop": Button("sockets", "the next `count` events are not sent", _SOME),
    "duplicate": Button("sockets", "the next `count` events are sent twice", _SOME),
    "reorder": Button("sockets", "each of the next `count` events is sent after the one that follows it", _SOME),
    "delay": Button("sockets", "the next `count` events are sent `seconds` later", ("count", "seconds", "link")),
    "drop_reply": Button(
        "orders",
        "the next `count` orders and cancels are carried out; the connection is cut instead of an answer",
        ("count",),
    ),
    "timeout": Button("orders", "the next `count` are carried out; the answer is -1007, with 504", ("count",)),
    "lost": Button("orders", "the next `count` are not carried out; the answer is the same", ("count",)),
    "reject": Button("orders", "the next `count` orders are refused", ("count",)),
    "partial": Button(
        "orders", "of the next `count` orders half is executed; the exchange takes the rest back by itself", ("count",)
    ),
    "bad_gateway": Button(
        "requests", "the next `count` requests are answered by somebody before the exchange: 502, a page", ("count",)
    ),
    "overloaded": Button("requests", "the next `count` requests are dropped: -1008, with 503", ("count",)),
    "clock": Button("requests", "the next `count` signed requests are out of time: -1021", ("count",)),
    "limit": Button(
        "requests", "the next `count` requests are too many: 429, to be tried again in `seconds`", ("count", "seconds")
    ),
    "ban": Button("requests", "for `seconds` no request is let in: 418", ("seconds",)),
    "maintenance": Button("requests", "for `seconds` every request is answered with 503", ("seconds",)),
    "tick_size": Button(
        "market", "the tick of `symbol` becomes `value`, ten times what it was if none is given", ("symbol", "value")
    ),
    "halt": Button(
        "market", "for `seconds` of the exchange's time `symbol` does not trade: BREAK, -2010", ("seconds", "symbol")
    ),
}
ON_SOCKETS, ON_ORDERS, ON_REQUESTS, ON_MARKET = (
    tuple(kind for kind, button in BUTTONS.items() if button.group == group)
    for group in ("sockets", "orders", "requests", "market")
)
