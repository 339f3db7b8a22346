"""Who watches: listeners of the process and callbacks of strategies. What they raise changes nothing but a count."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tradewind.strategy.signals.calling import inside
from tradewind.strategy.signals.definition import CALLBACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.signals_result import SignalResult
    from tradewind.strategy.signals.calling import Execution, Method
    from tradewind.strategy.signals.definition import StrategyDefinition

Listener = Any


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

        def hear(event: Any) -> Any:  # noqa: ANN401
            if wanted(event):
                remove()
                return function(event)
            return None

        remove = self.add(hear)
        return remove

    @property
    def any(self) -> bool:
        """Whether somebody listens."""
        return bool(self._all)

    async def tell(self, event: object) -> list[Exception]:
        """Tell all; return what they raised."""
        failures: list[Exception] = []
        for function in list(self._all):
            try:
                answer = function(event)
                if inspect.isawaitable(answer):
                    await answer
            except Exception as failure:  # noqa: BLE001 - whoever watches must not end what is watched
                failures.append(failure)
        return failures

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
    result: SignalResult, definition: StrategyDefinition, surroundings: tuple[Method, Execution], *, live: bool
) -> None:
    """Tell listeners and callbacks of a result."""
    failures = await SIGNAL.tell(result) + await (SIGNAL_LIVE if live else SIGNAL_BACKTEST).tell(result)
    names = ("on_tick", CALLBACKS.get(result.action, ""))
    for function in (definition.callbacks.get(name) for name in names):
        if function is None:
            continue
        try:
            with inside(*surroundings):
                answer = function(*_arguments(function, result, live=live))
                if inspect.isawaitable(answer):
                    await answer
        except Exception as failure:  # noqa: BLE001 - whoever watches must not end what is watched
            failures.append(failure)
    for raised in failures:
        await tell_error(raised)


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
