"""How a guest is run: limits, versions, warm-up. Plain data; what moves decisions is part of the session's record."""

from __future__ import annotations

from typing import Literal

import msgspec

MIB = 1 << 20


class GuestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The block `wasm` of a strategy's configuration."""

    deadline_ms: int = 1_000
    """How long a call may run, and how long for starting up ten times that; a backtest waits ten times as long."""
    memory_limit_mb: int = 256
    """How much memory the guest may have."""
    version_policy: Literal["warn", "strict"] = "warn"
    """`warn` takes guests of any minor version of the engine; `strict` wants the same one, as argo does."""
    rsi: Literal["wilder", "cutler"] = "wilder"
    """The form of the RSI; `cutler` is argo's."""
    warmup_bars: int | None = None
    """Bars run through the guest again when it is built anew; null is all that are kept."""
    max_rebuilds: int = 5
    """Failures within 100 calls that are mended; with one more the guest is held."""
    engine: Literal["auto", "fast", "safe"] = "auto"
    """How the guest is called: by the C interface, or by the library's own; `auto` is the first if it is there."""
    seed: int = 0
    """Where the guest's random numbers begin."""

    def __post_init__(self) -> None:
        """Refuse limits that are none; msgspec turns it into an error of validation."""
        if self.deadline_ms < 1:
            raise ValueError(f"deadline_ms must be at least 1, not {self.deadline_ms}")
        if not 1 <= self.memory_limit_mb <= 4096:
            raise ValueError(f"memory_limit_mb must lie between 1 and 4096, not {self.memory_limit_mb}")
        if self.max_rebuilds < 0 or (self.warmup_bars is not None and self.warmup_bars < 0):
            raise ValueError("max_rebuilds and warmup_bars must not be negative")

    @property
    def memory_limit(self) -> int:
        """The memory limit in bytes."""
        return self.memory_limit_mb * MIB
