"""With or without `context`: how an author wrote a function, told apart once, before the session begins."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tradewind.domain.errors import StrategyLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

HOOKS = {
    "initialize": (),
    "before_trading_start": ("data",),
    "handle_data": ("data",),
    "analyze": ("perf",),
    "on_order_fill": ("order", "transaction"),
    "on_order_cancel": ("order", "reason"),
    "on_order_reject": ("order", "reason"),
    "on_broker_message": ("message",),
}
"""The functions of an algorithm, and what they are given besides the context."""


def takes_context(func: Callable[..., object], arguments: tuple[str, ...], name: str = "") -> bool:
    """Tell whether a function takes the context before its arguments; `StrategyLoadError` if it takes neither."""
    required = most = 0
    for parameter in inspect.signature(func).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = len(arguments) + 1
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            most += 1
            required += parameter.default is parameter.empty
    wanted = len(arguments)
    if required <= wanted + 1 <= most and (required > wanted or most > required):
        return True
    if required <= wanted <= most:
        return False
    having, without = ", ".join(("context", *arguments)), ", ".join(arguments)
    raise StrategyLoadError(
        f"{name or getattr(func, '__name__', 'a function')} takes ({having}) or ({without}), not {required} arguments"
    )
