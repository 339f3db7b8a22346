"""Which algorithm is being called right now, so that plain functions such as `order` know whose words they are."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from tradewind.domain.errors import StrategyExecutionError

if TYPE_CHECKING:
    from collections.abc import Callable

RUNNING: ContextVar[Any] = ContextVar("tradewind_algorithm")
"""Set around each call of an algorithm's functions."""

P = ParamSpec("P")
R = TypeVar("R")


def running() -> Any:  # noqa: ANN401 - a TradingAlgorithm, which stands above this module
    """Return the algorithm whose function is being called; raise `StrategyExecutionError` outside of one."""
    algorithm = RUNNING.get(None)
    if algorithm is None:
        raise StrategyExecutionError(
            "order, symbol and the like are for an algorithm's functions: none is being called"
        )
    return algorithm


def said_by_whom_it_concerns(method: Callable[Concatenate[Any, P], R]) -> Callable[P, R]:
    """Turn a method of an algorithm into a function that speaks for the one that is being called."""
    name = method.__name__

    @wraps(method)
    def function(*args: P.args, **kwargs: P.kwargs) -> R:
        said: R = getattr(running(), name)(*args, **kwargs)
        return said

    del function.__wrapped__  # its signature has a `self` that this one has not
    return function
