"""Signal strategies that a loaded file has defined, as classes: `tradewind backtest file.py` runs them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.signals.definition import ExchangeDefinition
from tradewind.strategy.signals.registry import STRATEGIES
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.strategy import SignalStrategy

if TYPE_CHECKING:
    from types import ModuleType

    from tradewind.strategy.base import Strategy
    from tradewind.strategy.signals.definition import StrategyDefinition


def has_signals(module: ModuleType) -> bool:
    """Tell whether a module has defined signal strategies as it was imported."""
    return bool(_defined(module))


def signal_class(module: ModuleType, name: str, shown: str) -> type[Strategy]:
    """Return a class that runs a definition of a module; raise `StrategyLoadError` saying what there is.

    Candles are the session's own bars; `get_signal` must be a plain function, as nobody is there to await it.
    """
    defined = _defined(module)
    have = ", ".join(sorted(defined)) or "none"
    if name not in defined and (name or len(defined) != 1):
        raise StrategyLoadError(f"{shown}: name one signal strategy with `:name`; there is: {have}")
    chosen = defined[name] if name else next(iter(defined.values()))
    if chosen.is_slow:
        raise StrategyLoadError(
            f"{shown}: get_signal of {chosen.strategy_name} is a coroutine; tradewind.signals runs it"
        )
    return _class_of(chosen)


def _class_of(definition: StrategyDefinition) -> type[Strategy]:
    exchange = ExchangeDefinition("session", get_candles=_own_bars)

    class DefinedSignals(SignalStrategy):
        """A definition, run on the bars of a session."""

        name = definition.strategy_name

        def __init__(self, **parameters: Any) -> None:  # noqa: ANN401 - checked by its base
            super().__init__(definition, exchange, Setting(mode="session", keeps=True), **parameters)

    DefinedSignals.__name__ = definition.strategy_name
    for name, default in definition.parameters.items():
        DefinedSignals.__annotations__[name] = type(default)
        setattr(DefinedSignals, name, default)
    return DefinedSignals


def _own_bars(**_: Any) -> Any:  # noqa: ANN401 - takes the place of a user's function
    raise AssertionError("a session's candles are its own bars")


def _defined(module: ModuleType) -> dict[str, StrategyDefinition]:
    known = {name: STRATEGIES.get(name) for name in STRATEGIES.names()}
    return {name: d for name, d in known.items() if d.module == module.__name__}
