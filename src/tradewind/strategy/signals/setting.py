"""Where a signal strategy runs: what only its surroundings know."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tradewind.domain.time import NEVER
from tradewind.strategy.signals.candles import CandleSource


class Setting(msgspec.Struct, kw_only=True):
    """Where a signal strategy runs: what only its surroundings know."""

    mode: str = "backtest"
    frame_name: str = ""
    ask_from: int = 0
    ask_until: int = NEVER
    """The stretch in which `get_signal` may be asked, nanoseconds UTC, the end left out."""
    shorts: bool = True
    tells_slots: bool = False
    """Whether every use of a slot is told, because a restart must know it."""
    keeps: bool = False
    """Whether each key is kept in `ctx.state`, because the session is one that another may go on from."""
    waits: bool = False
    """Whether a key asks nothing before it is told to `begin`; what is open is looked after all the same."""
    late_ns: int | None = None
    """Nobody is asked about a candle that comes so long after its end; None for however late."""
    used_ids: set[str] = msgspec.field(default_factory=set)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    """The numbers of the last counted ids, by symbol."""
    slots: dict[str, int] = msgspec.field(default_factory=dict)
    """The last used slots, by symbol."""
    paused: set[str] = msgspec.field(default_factory=set)
    sources: dict[str, CandleSource] = msgspec.field(default_factory=dict)
    """Candles by symbol; what is not here comes from the engine's own bars."""
    elsewhere: Callable[[str], CandleSource] | None = None
    """Finds candles of a symbol that is asked for by name, beside those that are traded."""
