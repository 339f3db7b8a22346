"""What the functions of the host act on: the session as one strategy sees it, and what the present call has said.

What a call says is kept apart until it is over: a call that fails leaves no order and no write to the cache.
In a rehearsal (a guest built anew is run through the bars it had heard) nothing is kept at all.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.ids import StrategyId, symbol_of
from tradewind.strategy.wasm.errors import NoSession
from tradewind.strategy.wasm.reader import Reader
from tradewind.strategy.wasm.templates import BarTemplate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.strategy.context import Context

METADATA, TRIAL, STARTING, RUNNING = "metadata", "trial", "starting", "running"
"""The phases of a guest's life: before Initialize; a first Initialize without a session; Initialize; bars."""


class History(Protocol):
    """Bars of one symbol up to now."""

    def __call__(self, count: int) -> Sequence[Bar]:
        """Return the last `count`, oldest first; fewer if there are fewer."""
        ...


class Series:
    """The bars of one symbol that the guest may know."""

    __slots__ = ("count", "instrument", "last", "recent", "symbol", "template")

    def __init__(self, instrument: InstrumentId, recent: History) -> None:
        self.instrument = instrument
        self.symbol = symbol_of(instrument)
        self.template = BarTemplate(instrument)
        self.recent = recent
        self.count = 0
        """How many bars there have been."""
        self.last: Bar | None = None

    def add(self, bar: Bar) -> None:
        """Take a bar."""
        self.count += 1
        self.last = bar


class Rehearsed:
    """The history of one symbol in a rehearsal: it grows with the bars that are played again."""

    def __init__(self, kept: int) -> None:
        self._bars: deque[Bar] = deque(maxlen=max(kept, 1))

    def add(self, bar: Bar) -> None:
        """Take a bar."""
        self._bars.append(bar)

    def __call__(self, count: int) -> Sequence[Bar]:
        """Return the last `count`, oldest first."""
        return list(islice(self._bars, max(len(self._bars) - count, 0), None))


class Scene:
    """One strategy's session; `ctx` is None while there is none yet."""

    def __init__(self, *, rehearsal: bool = False) -> None:
        self.phase = METADATA
        self.is_rehearsal = rehearsal
        self.ctx: Context | None = None
        self.series: dict[str, Series] = {}
        """By symbol."""
        self.bar: Bar | None = None
        self.request = b""
        """The bytes that the present bar was sent as."""
        self.reader = Reader()
        self.patience = 1
        """How many times as long as live a query may take."""

    @property
    def strategy(self) -> StrategyId:
        """The strategy's id; empty while there is no session."""
        return StrategyId("") if self.ctx is None else self.ctx.strategy

    def session(self) -> Context:
        """Return the context; refuse a call that needs one where there is none."""
        if self.ctx is None:
            raise NoSession("there is no session yet")
        return self.ctx

    def known(self, symbol: str) -> Series | None:
        """Return the series of a symbol; an empty name is that of the present bar."""
        if not symbol and self.bar is not None:
            symbol = symbol_of(self.bar.instrument)
        return self.series.get(symbol)
