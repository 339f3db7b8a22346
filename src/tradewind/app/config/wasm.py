"""How a WASM guest is run: the block `wasm` of a strategy. What is not said is left to the host's own defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tradewind.venues.registry.fields import Count, Seed, Settings


class GuestBlock(Settings):
    """Limits of a guest, and how it is called."""

    deadline_ms: Count = 1000
    """How long a call may run; starting up may take ten times that, and so may all calls in a backtest."""
    memory_limit_mb: Annotated[int, Field(ge=1, le=4096)] = 256
    """How much memory it may have."""
    version_policy: Literal["warn", "strict"] = "warn"
    """Whether a guest that was built for another minor version of the engine runs, or is refused."""
    rsi: Literal["wilder", "cutler"] = "wilder"
    """The form of the RSI; `cutler` is argo's."""
    warmup_bars: Annotated[int, Field(ge=0)] | None = None
    """Bars that are run through it when it is built anew; null is all that are kept."""
    max_rebuilds: Annotated[int, Field(ge=0)] = 5
    """Failures within 100 calls that are mended; with one more it is held."""
    engine: Literal["auto", "fast", "safe"] = "auto"
    """The quick interface to the guest or the library's own; `auto` is the quick one if it is there."""
    seed: Seed = 0
    """Where its random numbers begin."""
