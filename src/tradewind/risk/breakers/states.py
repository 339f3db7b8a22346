"""The table of a breaker: every way in which one may move. Nothing else moves one.

It does not know what a breaker is for, nor what it does about it.
"""

from __future__ import annotations

import enum

from tradewind.domain.breakers import BreakerState

S = BreakerState


class Signal(enum.Enum):
    """What moves a breaker."""

    BREACHED = "its limit is reached"
    BROKEN = "the limit of one that latches is reached, or an operator trips it"
    CLEARED = "what tripped it is over"
    COOLED = "its cool-down is over"
    RESET = "an operator resets it"
    PROVEN = "the venue's account is ours"
    DISPROVEN = "the venue's account differs"


G = Signal

TABLE: dict[BreakerState, dict[Signal, BreakerState]] = {
    S.CLOSED: {G.BREACHED: S.TRIPPED, G.BROKEN: S.LATCHED},
    S.TRIPPED: {G.CLEARED: S.COOLING, G.RESET: S.HALF_OPEN, G.BROKEN: S.LATCHED},
    S.COOLING: {G.BREACHED: S.TRIPPED, G.COOLED: S.CLOSED, G.RESET: S.HALF_OPEN, G.BROKEN: S.LATCHED},
    S.HALF_OPEN: {G.BREACHED: S.TRIPPED, G.BROKEN: S.LATCHED, G.PROVEN: S.CLOSED, G.DISPROVEN: S.LATCHED},
    S.LATCHED: {G.RESET: S.HALF_OPEN},
}
"""Without a cool-down, `COOLING` is passed through at once."""

NAMES = {
    S.CLOSED: "NORMAL", S.TRIPPED: "TRIPPED", S.COOLING: "TRIPPED", S.HALF_OPEN: "RESETTING", S.LATCHED: "TRIPPED",
}  # fmt: skip
"""What `CircuitBreaker.state` calls them; `manual`, when it is latched, is MANUALLY_HALTED."""


def after(state: BreakerState, signal: Signal) -> BreakerState | None:
    """Return where a signal takes a breaker; None if it changes nothing."""
    return TABLE[state].get(signal)


def diagram() -> str:
    """Print the table as a diagram in Mermaid."""
    lines = ["stateDiagram-v2", "    [*] --> closed"]
    for state, moves in TABLE.items():
        lines += [f"    {state.value} --> {to.value}: {signal.value}" for signal, to in moves.items()]
    return "\n".join(lines)
