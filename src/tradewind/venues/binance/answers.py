"""What all that reads Binance shares: amounts and levels out of texts, typed answers, and the refusal of all else."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.market import BookSnapshot, Level
from tradewind.domain.time import NS_PER_MS
from tradewind.venues._net.masking import masked

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.wire_book import Pair, PartialDepth


@lru_cache(maxsize=8_192)
def bar_time(ms: int) -> TimeNs:
    """Return when a bar opens or closes, one number for all that do so then: kept bars are a third smaller for it."""
    return ms * NS_PER_MS


def levels(pairs: tuple[Pair, ...]) -> tuple[Level, ...]:
    """Turn levels of a book into numbers; raise `ValueError` for what is none."""
    found = tuple([(float(price), float(size)) for price, size in pairs])
    for price, size in found:
        if not (0 < price < inf and 0 <= size < inf):
            raise ValueError("not a level of a book")
    return found


def snapshot(instrument: InstrumentId, answer: PartialDepth, ts: TimeNs) -> BookSnapshot:
    """Return a book as a request or a stream of its best levels tells it."""
    time = answer.event_time * NS_PER_MS or ts
    return BookSnapshot(instrument, time, ts, answer.last, levels(answer.bids), levels(answer.asks))


def answer_of(body: bytes, kind: Any) -> Any:  # noqa: ANN401 - the type that is asked for
    """Read the answer to a request; raise `VenueProtocolError` if it is not what the documents say."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise unread(body, str(error)) from None


def unread(frame: bytes | str, why: str) -> VenueProtocolError:
    """Return the refusal of what came, with it and without the secrets in it."""
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    return VenueProtocolError(f"not as Binance documents it: {why}", {"payload": masked(text)})


def amount(text: str) -> Decimal:
    """Return an amount; raise `ValueError` for what is no number."""
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(f"no amount: {text!r}")
    return value


def positive(text: str) -> Decimal:
    """Return an amount above zero; raise `ValueError` for any other."""
    value = amount(text)
    if value <= 0:
        raise ValueError(f"no amount above zero: {text!r}")
    return value
