"""Who watches: listeners of the process and callbacks of strategies. What they raise changes nothing but a count."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.strategy.signals.calling import inside
from tradewind.strategy.signals.definition import CALLBACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.signals.result import SignalResult
    from tradewind.strategy.signals.calling import Execution
    from tradewind.strategy.signals.definition import StrategyDefinition


class Call(NamedTuple):
    """What an observer is to be called with, and the context that it finds itself in, if any."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    surroundings: Execution | None = None
    is_of_error: bool = False
    """Whether an error is told: what is raised then has nobody left to hear it."""


async def called(call: Call) -> Exception | None:
    """Call an observer, plain or a coroutine; return what it raised."""
    try:
        with nullcontext() if call.surroundings is None else inside(call.surroundings):
            answer = call.function(*call.arguments)
            if inspect.isawaitable(answer):
                await answer
    except Exception as failure:  # noqa: BLE001 - whoever watches must not end what is watched
        return failure
    return None


class Listeners:
    """Functions of one kind of event, each called with the event; returned are functions that take them off again."""

    def __init__(self) -> None:
        self._all: list[Callable[[Any], Any]] = []

    def add(self, function: Callable[[Any], Any]) -> Callable[[], None]:
        """Add a listener; calling what is returned removes it."""
        self._all.append(function)
        return lambda: self._all.remove(function) if function in self._all else None

    def once(self, wanted: Callable[[Any], bool], function: Callable[[Any], Any]) -> Callable[[], None]:
        """Add a listener for the first event that `wanted` says yes to."""
        heard = False

        def hear(event: Any) -> Any:  # noqa: ANN401
            nonlocal heard
            if heard or not wanted(event):
                return None
            heard = True  # more may wait for this listener already
            remove()
            return function(event)

        remove = self.add(hear)
        return remove

    @property
    def any(self) -> bool:
        """Whether somebody listens."""
        return bool(self._all)

    @property
    def all(self) -> tuple[Callable[[Any], Any], ...]:
        """Who listens, in the order in which they came."""
        return tuple(self._all)

    async def tell(self, event: object) -> list[Exception]:
        """Tell all; return what they raised."""
        raised = [await called(Call(function, (event,))) for function in self.all]
        return [failure for failure in raised if failure is not None]

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()


SIGNAL, SIGNAL_LIVE, SIGNAL_BACKTEST, ERROR, DONE = (Listeners() for _ in range(5))
listen_signal, listen_signal_once = SIGNAL.add, SIGNAL.once
listen_signal_live, listen_signal_live_once = SIGNAL_LIVE.add, SIGNAL_LIVE.once
listen_signal_backtest, listen_signal_backtest_once = SIGNAL_BACKTEST.add, SIGNAL_BACKTEST.once
listen_error, listen_done = ERROR.add, DONE.add


async def tell_error(error: BaseException | str) -> None:
    """Tell of an error that does not end the run; what its listeners raise has nobody left to hear it."""
    await ERROR.tell(error)


async def tell_result(
    result: SignalResult, definition: StrategyDefinition, surroundings: Execution, *, live: bool
) -> None:
    """Tell listeners and callbacks of a result, one after the other: a backtest waits for each."""
    for call in observing(result, definition, surroundings, live=live):
        failure = await called(call)
        if failure is not None:
            await tell_error(failure)


def observing(
    result: SignalResult, definition: StrategyDefinition, surroundings: Execution, *, live: bool
) -> list[Call]:
    """Return the calls that tell listeners and callbacks of a result."""
    listeners = (*SIGNAL.all, *(SIGNAL_LIVE if live else SIGNAL_BACKTEST).all)
    callbacks = (definition.callbacks.get(name) for name in ("on_tick", CALLBACKS.get(result.action, "")))
    return [Call(function, (result,)) for function in listeners] + [
        Call(function, _arguments(function, result, live=live), surroundings)
        for function in callbacks
        if function is not None
    ]


def _arguments(function: Callable[..., Any], result: SignalResult, *, live: bool) -> tuple[Any, ...]:
    """Return as many of (symbol, signal, price, backtest) as the callback takes."""
    every = (result.symbol, result.signal, result.current_price, not live)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return every
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return every
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return every[: len(places)]
