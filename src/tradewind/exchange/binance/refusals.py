"""What is refused, in Binance's codes and texts. Texts are what clients decide by, so each stands here once.

Source: the public documentation of the spot API (errors, reject messages, filter failures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD, UNAUTHORISED, NOT_FOUND, CONFLICT, GONE, TEAPOT, TOO_MANY, GATEWAY_TIMEOUT = (
    400, 401, 404, 409, 410, 418, 429, 504
)  # fmt: skip


class WireError(VenueRefused):
    """A request that is answered with an error: its code, its text, the HTTP status, and what else is said."""

    def __init__(self, code: int, msg: str, status: int = BAD, data: Mapping[str, object] | None = None) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data

    def body(self) -> dict[str, object]:
        """Return the body of the answer."""
        plain: dict[str, object] = {"code": self.code, "msg": self.msg}
        return plain if self.data is None else plain | {"data": self.data}


def no_answer() -> WireError:
    """Return the refusal: nobody knows what became of the request."""
    text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    return WireError(-1007, text, GATEWAY_TIMEOUT)


def too_many_orders(count: int, interval: str) -> WireError:
    """Return the refusal: too many orders that have not filled."""
    return WireError(-1015, f"Too many new orders; current limit is {count} orders per {interval}.", TOO_MANY)


def not_found() -> WireError:
    """Return the refusal: no such path."""
    return WireError(-1020, "This operation is not supported.", NOT_FOUND)


def clock_behind() -> WireError:
    """Return the refusal: the timestamp is older than its window."""
    return WireError(-1021, "Timestamp for this request is outside of the recvWindow.")


def clock_ahead() -> WireError:
    """Return the refusal: the timestamp lies in the future."""
    return WireError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def bad_signature() -> WireError:
    """Return the refusal: the signature is not that of the request."""
    return WireError(-1022, "Signature for this request is not valid.")


def illegal(name: str, legal: str) -> WireError:
    """Return the refusal: a value with characters that may not be in it."""
    return WireError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def duplicated() -> WireError:
    """Return the refusal: a parameter twice."""
    return WireError(-1101, "Duplicate values for a parameter detected.")


def missing(name: str) -> WireError:
    """Return the refusal: a parameter that must be there."""
    return WireError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def either(first: str, second: str) -> WireError:
    """Return the refusal: one of two parameters must be there."""
    text = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
    return WireError(-1102, text)


def unread(read: int, sent: int) -> WireError:
    """Return the refusal: more was sent than was read."""
    text = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
    return WireError(-1104, text)


def empty(name: str) -> WireError:
    """Return the refusal: a parameter without a value."""
    return WireError(-1105, f"Parameter '{name}' was empty.")


def not_wanted(name: str) -> WireError:
    """Return the refusal: a parameter that has no place here."""
    return WireError(-1106, f"Parameter '{name}' sent when not required.")


def too_fine(name: str) -> WireError:
    """Return the refusal: a number with more digits than the asset has."""
    return WireError(-1111, f"Parameter '{name}' has too much precision.")


def bad_tif() -> WireError:
    """Return the refusal: no such time in force."""
    return WireError(-1115, "Invalid timeInForce.")


def bad_type() -> WireError:
    """Return the refusal: no such type of order."""
    return WireError(-1116, "Invalid orderType.")


def bad_side() -> WireError:
    """Return the refusal: no such side."""
    return WireError(-1117, "Invalid side.")


def bad_interval() -> WireError:
    """Return the refusal: no such interval."""
    return WireError(-1120, "Invalid interval.")


def bad_symbol() -> WireError:
    """Return the refusal: no such symbol."""
    return WireError(-1121, "Invalid symbol.")


def bad_window() -> WireError:
    """Return the refusal: a recvWindow above a minute."""
    return WireError(-1131, "'recvWindow' must be less than 60000.")


def filter_failure(name: str) -> WireError:
    """Return the refusal: a filter of the symbol, or of the exchange."""
    return WireError(-1013, f"Filter failure: {name}")


def rejected(text: str) -> WireError:
    """Return the refusal: the order reached the matching engine, which did not take it."""
    return WireError(-2010, text)


def cancel_rejected(text: str = "Unknown order sent.") -> WireError:
    """Return the refusal: nothing was cancelled."""
    return WireError(-2011, text)


def no_such_order() -> WireError:
    """Return the refusal: asked for, and not there."""
    return WireError(-2013, "Order does not exist.")


def bad_key_format() -> WireError:
    """Return the refusal: that is no key."""
    return WireError(-2014, "API-key format invalid.", UNAUTHORISED)


def bad_key() -> WireError:
    """Return the refusal: nobody's key, or one that may not do this."""
    return WireError(-2015, "Invalid API-key, IP, or permissions for action.", UNAUTHORISED)


def already_subscribed() -> WireError:
    """Return the refusal: the account's stream runs on this connection."""
    return WireError(-2035, "User Data Stream subscription already active.")


def not_subscribed() -> WireError:
    """Return the refusal: no such stream runs on this connection."""
    return WireError(-2036, "User Data Stream subscription not active.")


INSUFFICIENT = "Account has insufficient balance for requested action."
DUPLICATE = "Duplicate order sent."
WOULD_TAKE = "Order would immediately match and take."
WOULD_TRIGGER = "Order would trigger immediately."
MARKET_CLOSED = "Market is closed."
"""Why the matching engine does not take an order, in its texts."""

_STARTS = (
    ("insufficient", INSUFFICIENT),
    ("margin unknown", INSUFFICIENT),
    ("post-only", WOULD_TAKE),
    ("would trigger", WOULD_TRIGGER),
)


def reject_text(reason: str) -> str:
    """Return the text for which Binance is known, of a reason of the simulated venue's; its own where there is none."""
    return next((text for start, text in _STARTS if reason.startswith(start)), f"Order rejected: {reason}.")
