"""Calls into user code: with the context that it finds itself in, set before and reset after each call.

The variable is never set across a `yield`: an async generator runs in its consumer's context, and the value
would leak there.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tradewind.domain.errors import NoContext
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MS, TimeNs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tradewind.domain.trade_signal import SignalRow
    from tradewind.strategy.signals.candles import CandleSource


class Method(NamedTuple):
    """Which strategy, on which exchange, in which frame (empty when live)."""

    strategy_name: str
    exchange_name: str
    frame_name: str


class Surroundings(NamedTuple):
    """What the functions without context arguments read from: where they are, and what there is, by symbol."""

    method: Method
    mode: str
    candles: Callable[[str], CandleSource]
    signal: Callable[[str], SignalRow | None]
    parameters: Callable[[], Mapping[str, Any]]


class Execution(msgspec.Struct, frozen=True, gc=False):
    """Of which symbol, at what time, and where; one is made for each call, as tasks that it starts keep theirs."""

    symbol: str
    when: TimeNs
    around: Surroundings
    bar: Bar | None = None
    """The minute that has just closed, where candles are the session's own bars: its candle needs no search."""


CURRENT: ContextVar[Execution] = ContextVar("tradewind_signal_call")


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What user code gave, or what it raised."""

    value: Any = None
    error: str = ""


NO_ANSWER = Answer()
"""What comes of most calls."""


@contextmanager
def inside(execution: Execution) -> Iterator[None]:
    """Set the context for one call into user code."""
    outer = CURRENT.set(execution)
    try:
        yield
    finally:
        CURRENT.reset(outer)


def call(execution: Execution, function: Callable[..., Any], nothing: object = None) -> Answer:
    """Call user code with symbol and milliseconds UTC; what it raises is its own failure, and part of the answer.

    Besides None, `nothing` is no answer.
    """
    outer = CURRENT.set(execution)
    try:
        value = function(execution.symbol, execution.when // NS_PER_MS)
    except Exception as error:  # noqa: BLE001 - whatever a user's function raises is its own failure
        return Answer(None, f"{type(error).__name__}: {error}")
    finally:
        CURRENT.reset(outer)
    return NO_ANSWER if value is None or value is nothing else Answer(value)


def present(name: str) -> Execution:
    """Return the context of the running call; raise `NoContext` in the name of the function that asks."""
    try:
        return CURRENT.get()
    except LookupError:
        raise NoContext(f"{name}() knows symbol and time only inside get_signal and callbacks") from None
