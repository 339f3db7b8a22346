"""Slow advice: a coroutine of the user's is awaited at the edge, and its answer goes back in as an event."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.errors import SignalError
from tradewind.domain.events import AdviceCame
from tradewind.domain.ids import symbol_of
from tradewind.domain.time import NS_PER_MS, iso
from tradewind.strategy.signals.calling import inside
from tradewind.strategy.signals.plan import read

if TYPE_CHECKING:
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.strategy import SignalStrategy


PATIENCE = 10
"""How many times as long as live a backtest waits for slow advice."""


async def answered(strategy: SignalStrategy, question: AskAdvice, now: TimeNs, *, backtest: bool = False) -> AdviceCame:
    """Ask the user's coroutine in its context; what it raises, and live no answer in time, is an answer too.

    In a backtest no result may depend on the clock on the wall: one that waits for too long raises `SignalError`.
    """
    symbol = symbol_of(question.instrument)
    execution, ask = strategy.advise(symbol, question.asked)
    answer, error = "", ""
    patience = strategy.definition.get_signal_timeout * (PATIENCE if backtest else 1)
    try:
        with inside(execution):
            async with asyncio.timeout(patience) as limit:
                answer = written(await ask(symbol, question.asked // NS_PER_MS))
    except Exception as failure:
        late = isinstance(failure, TimeoutError) and limit.expired()  # its own may be the network's
        within = f"no answer within {patience:g} s"
        if late and backtest:
            name = strategy.definition.strategy_name
            raise SignalError(
                f"get_signal of {name} at {iso(question.asked)}: {within}; the backtest ends"
            ) from failure
        error = within if late else f"{type(failure).__name__}: {failure}"
    return AdviceCame(question.strategy, question.instrument, question.asked, answer, error, now)


def written(answer: Any) -> str:  # noqa: ANN401 - whatever a user's coroutine gave
    """Write an answer as JSON; what is no number there stays a text, so that it is refused and not lost."""
    if answer is None:
        return ""
    plan = read(answer)
    if isinstance(plan, str):
        raise TypeError(plan)
    given = {name: _plain(value) for name, value in plan._asdict().items() if value is not None}
    return msgspec.json.encode(given).decode()


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return repr(value)
