"""Calls into user code: with the context that it finds itself in, set before and reset after each call.

The two variables are never set across a `yield`: an async generator runs in its consumer's context, and the value
would leak there.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tradewind.domain.errors import NoContext
from tradewind.domain.time import TimeNs

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
    """What the functions without context arguments read from: candles by symbol, the signal by symbol, parameters."""

    candles: Callable[[str], CandleSource]
    signal: Callable[[str], SignalRow | None]
    parameters: Callable[[], Mapping[str, Any]]


class Execution(msgspec.Struct, frozen=True):
    """Of which symbol, at what time, in which mode."""

    symbol: str
    when: TimeNs
    mode: str
    around: Surroundings


METHOD: ContextVar[Method] = ContextVar("tradewind_signal_method")
EXECUTION: ContextVar[Execution] = ContextVar("tradewind_signal_execution")


class Answer(msgspec.Struct, frozen=True):
    """What user code gave, or what it raised."""

    value: Any = None
    error: str = ""


@contextmanager
def inside(method: Method, execution: Execution) -> Iterator[None]:
    """Set both variables for one call into user code."""
    outer, inner = METHOD.set(method), EXECUTION.set(execution)
    try:
        yield
    finally:
        EXECUTION.reset(inner)
        METHOD.reset(outer)


def call(method: Method, execution: Execution, function: Callable[..., Any], *arguments: object) -> Answer:
    """Call user code in its context; what it raises is its own failure, and part of the answer."""
    outer, inner = METHOD.set(method), EXECUTION.set(execution)
    try:
        return Answer(function(*arguments))
    except Exception as error:  # noqa: BLE001 - whatever a user's function raises is its own failure
        return Answer(None, f"{type(error).__name__}: {error}")
    finally:
        EXECUTION.reset(inner)
        METHOD.reset(outer)


def present(name: str) -> tuple[Method, Execution]:
    """Return the context of the running call; raise `NoContext` in the name of the function that asks."""
    try:
        return METHOD.get(), EXECUTION.get()
    except LookupError:
        raise NoContext(f"{name}() knows symbol and time only inside get_signal and callbacks") from None
