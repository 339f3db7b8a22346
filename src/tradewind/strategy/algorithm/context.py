"""The `context` of an algorithm: what its functions hand on to each other, and the books.

Plain data that is set on it belongs to the session's state and is kept; anything else is kept for the run.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.strategy.algorithm.algorithm import TradingAlgorithm
    from tradewind.strategy.algorithm.portfolio import AlgorithmAccount, Portfolio

_ATOMS = frozenset((int, float, str, bool, bytes, type(None), Decimal))
_OWN = frozenset(("_algorithm", "_kept", "_odd", "_state", "portfolio", "account"))


class AlgorithmContext:
    """Whatever is set on it is there in the next call; what it has not got, it asks the algorithm for."""

    def __init__(self, algorithm: TradingAlgorithm, portfolio: Portfolio, account: AlgorithmAccount) -> None:
        own = self.__dict__
        own["_algorithm"] = algorithm
        own["_odd"] = set()
        own["_kept"] = set()
        own["_state"] = algorithm.ctx.state
        own["portfolio"] = portfolio
        own["account"] = account

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - whatever the author keeps
        """Keep a value; one that is no plain data is named in the log, once."""
        own = self.__dict__
        state = own["_state"]
        if type(value) in _ATOMS and own.get(name, state) is value and state.get(name, own) is value:
            return  # most of what is set on every bar is what it was
        if name in _OWN:
            raise AttributeError(f"context.{name} is the session's: give yours another name")
        own[name] = value
        if type(value) in _ATOMS:
            state[name] = value
            self._kept.add(name)
            return
        try:
            state[name] = value
            self._kept.add(name)
        except TypeError:
            state.pop(name, None)
            self._kept.discard(name)
            if name not in self._odd:
                self._odd.add(name)
                kind = type(value).__name__
                self._algorithm.ctx.log(f"context.{name} is no plain data ({kind}): it is not kept beyond this run")

    def __delattr__(self, name: str) -> None:
        """Forget a value."""
        if name in _OWN or name not in self.__dict__:
            raise AttributeError(f"context has no {name!r} of yours")
        del self.__dict__[name]
        self._state.pop(name, None)
        self._kept.discard(name)

    def reload(self) -> None:
        """Have what the session's state has, which was taken over from an earlier session."""
        own, state = self.__dict__, self._state
        for name in self._kept - state.keys():
            del own[name]
        own.update(state)
        self._kept.clear()
        self._kept.update(state)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - called for what was never set
        """Return what the algorithm has by this name: a parameter, or a function such as `order`."""
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return getattr(self.__dict__["_algorithm"], name)
        except AttributeError:
            raise AttributeError(f"context has no {name!r}: it is set nowhere") from None
