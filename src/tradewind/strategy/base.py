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

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from tradewind.strategy.parameters import checked, json_schema

if TYPE_CHECKING:
    from tradewind.domain.events import AdviceCame, LinkChanged, OrderEvent, SignalCommanded, TradingDay
    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar, BookDelta, BookSnapshot, DataGap, FormingBar, FundingRate, Quote, Trade
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context


class Origin(NamedTuple):
    """Where a strategy comes from: what loads it again, and the SHA-256 of that content."""

    spec: str = ""
    """`file.py:Name`, `package.module:Name`, a `.wasm` file or an installed name; empty if nothing loads it again."""
    sha256: str = ""
    style: str = "class"
    """`class`, `algorithm`, `signal` or `wasm`."""
    guest: str = "{}"
    """The settings that a WASM guest is run with, as JSON."""


class Strategy:
    """Derive from this; override the hooks that matter. Parameters are checked against their annotations."""

    name: ClassVar[str] = ""
    """What people call it; the class name if empty."""
    version: ClassVar[str] = "0"
    config_model: ClassVar[Any] = None
    """A pydantic model of the parameters, instead of annotated attributes; checked, they are `self.config`."""
    _origin: Origin | None = None
    """Set by whoever loaded it; `strategy.load.origin_of` tells it."""

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401 - checked against the annotations
        for key, value in checked(type(self), parameters).items():
            setattr(self, key, value)

    @classmethod
    def config_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of the parameters."""
        return json_schema(cls)

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

    def on_day(self, ctx: Context, day: TradingDay) -> None:
        """A trading day of a calendar that was asked for with `ctx.follow_days` is about to begin."""

    def on_advice(self, ctx: Context, advice: AdviceCame) -> None:
        """What `ctx.ask_advice` asked for has come."""

    def on_command(self, ctx: Context, command: SignalCommanded) -> None:
        """A person or a program told this strategy what to do with a signal."""

    def on_link(self, ctx: Context, link: LinkChanged) -> None:
        """A connection to a venue went up or down."""

    def on_stop(self, ctx: Context) -> None:
        """The session ends; what is ordered here is still reviewed."""

    def after_run(self) -> None:
        """The session is over and its books are closed: look back. Called by the program, never by the engine."""

    def save_state(self) -> Any:  # noqa: ANN401 - plain data of the author's choice
        """Return plain data to keep beyond a restart, besides `ctx.state`; None for nothing.

        A live session asks after every event in which a hook was called, so that a crash loses none: keep it small.
        """
        return None

    def load_state(self, state: Any) -> None:  # noqa: ANN401 - what `save_state` returned
        """Take back what `save_state` returned: after `on_start`, and once more when history has been run through."""
