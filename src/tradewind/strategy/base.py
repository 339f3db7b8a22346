"""The class style: a strategy is a class, its parameters are annotated attributes, its hooks are methods.

    class SmaCross(Strategy):
        fast: int = 20
        slow: int = 50

        def on_start(self, ctx): ...
        def on_bar(self, ctx, bar): ...

The same class runs in a backtest, on paper and live. It must decide from what its hooks are given:
no clock, no randomness, no I/O, or two runs will differ and `session replay --verify` will say so.
"""

from __future__ import annotations

import inspect
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, get_origin, get_type_hints

import msgspec

from tradewind.domain.errors import StrategyLoadError

if TYPE_CHECKING:
    from tradewind.domain.events import LinkChanged, OrderEvent
    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar, BookDelta, BookSnapshot, DataGap, FormingBar, FundingRate, Quote, Trade
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context


class Strategy:
    """Derive from this; override the hooks that matter. Parameters are checked against their annotations."""

    name: ClassVar[str] = ""
    """What people call it; the class name if empty."""
    version: ClassVar[str] = "0"

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401 - checked against the annotations
        for key, value in _checked(type(self), parameters):
            setattr(self, key, value)

    def on_start(self, ctx: Context) -> None:
        """Set up: subscribe, make indicators, set timers. Called once, before the first market event."""

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """A bar of a subscribed series has closed."""

    def on_forming_bar(self, ctx: Context, bar: FormingBar) -> None:
        """A bar that is not closed yet has changed."""

    def on_quote(self, ctx: Context, quote: Quote) -> None:
        """The best bid or ask has changed."""

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Others have traded."""

    def on_book(self, ctx: Context, update: BookSnapshot | BookDelta) -> None:
        """The order book has changed."""

    def on_funding(self, ctx: Context, funding: FundingRate) -> None:
        """A funding rate was published."""

    def on_gap(self, ctx: Context, gap: DataGap) -> None:
        """Bars are missing and will not come."""

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """One of our orders was executed, in part or whole."""

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """The venue said something about one of our orders; fills come to `on_fill` as well."""

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:
        """Risk did not let a wish through."""

    def on_timer(self, ctx: Context, timer: str) -> None:
        """The time of a timer has come."""

    def on_link(self, ctx: Context, link: LinkChanged) -> None:
        """A connection to a venue went up or down."""

    def on_stop(self, ctx: Context) -> None:
        """The session ends; what is ordered here is still reviewed."""

    def save_state(self) -> Any:  # noqa: ANN401 - plain data of the author's choice
        """Return plain data to keep beyond a restart, besides `ctx.state`."""
        return None

    def load_state(self, state: Any) -> None:  # noqa: ANN401 - what `save_state` returned
        """Take back what `save_state` returned."""


def parameters_of(strategy: type[Strategy]) -> dict[str, tuple[Any, Any]]:
    """Return a strategy's parameters, name → (type, default); `inspect.Parameter.empty` where there is no default."""
    try:
        hints = get_type_hints(strategy)
    except NameError as error:
        raise StrategyLoadError(f"{strategy.__name__}: an annotation cannot be read: {error}") from error
    return {
        name: (hint, getattr(strategy, name, inspect.Parameter.empty))
        for name, hint in hints.items()
        if get_origin(hint) is not ClassVar and not name.startswith("_")
    }


def schema_of(strategy: type[Strategy]) -> type[msgspec.Struct]:
    """Return a struct with the strategy's parameters as fields, to validate and to print as JSON schema."""
    fields = [
        (name, hint) if default is inspect.Parameter.empty else (name, hint, _default(default))
        for name, (hint, default) in parameters_of(strategy).items()
    ]
    return msgspec.defstruct(strategy.__name__, fields, forbid_unknown_fields=True, kw_only=True)


def _default(value: Any) -> Any:  # noqa: ANN401 - whatever the author wrote
    """Return a default for a field; of a list or the like each strategy gets its own."""
    return msgspec.field(default_factory=partial(deepcopy, value)) if isinstance(value, list | dict | set) else value


def _checked(strategy: type[Strategy], parameters: dict[str, Any]) -> list[tuple[str, Any]]:
    """Check parameters against the annotations; raise `StrategyLoadError` naming the one that does not fit."""
    schema = schema_of(strategy)
    try:
        checked = msgspec.convert(parameters, schema, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(parameters_of(strategy)) or "none"
        raise StrategyLoadError(f"{strategy.__name__}: {error}; its parameters are: {known}") from error
    return [(field, getattr(checked, field)) for field in schema.__struct_fields__]
