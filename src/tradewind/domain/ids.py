"""Names of things, as types, so that one kind of name cannot be given where another is due."""

from typing import NewType

StrategyId = NewType("StrategyId", str)
"""The name of one running strategy; its orders and positions are booked under it."""

EXTERNAL = StrategyId("external")
"""Who owns what somebody else has done on the account; no strategy may have this name."""

InstrumentId = NewType("InstrumentId", str)
"""`venue:SYMBOL`, as in `binance:BTCUSDT`: unique over all venues."""

Asset = NewType("Asset", str)
"""Anything that an account can hold: `USDT`, `BTC`, `USD`, `AAPL`."""

ClientOrderId = NewType("ClientOrderId", str)
"""Our own name of an order: a session prefix and a counter, never drawn at random."""

VenueOrderId = NewType("VenueOrderId", str)
"""The venue's name of an order."""

TradeId = NewType("TradeId", str)
"""The venue's name of one execution; a fill is booked once per trade id."""

TimerId = NewType("TimerId", str)
"""The name of a timer; setting a timer of the same name again replaces it."""


def instrument_id(venue: str, symbol: str) -> InstrumentId:
    """Join a venue and its symbol to the id that is unique over all venues."""
    return InstrumentId(f"{venue}:{symbol}")


def symbol_of(instrument: InstrumentId) -> str:
    """Return the venue's own symbol of an instrument."""
    return instrument.partition(":")[2]


def venue_of(instrument: InstrumentId) -> str:
    """Return the venue of an instrument."""
    return instrument.partition(":")[0]
