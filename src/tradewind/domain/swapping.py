"""A strategy of a running session is replaced: the operator's word for it, and what the engine says when it has."""

from __future__ import annotations

from tradewind.domain.ids import StrategyId
from tradewind.domain.message import Message
from tradewind.domain.time import TimeNs


class StrategySwapRequested(Message, frozen=True, gc=False, tag="strategy_swap_requested"):
    """Put another strategy in the place of one, from the next event on: under the same id, with what that holds.

    All that loads it again stands in here, so that a replay and a restart mean the same one.
    """

    ts_recv: TimeNs
    strategy: StrategyId
    """In whose place: what its orders and positions are booked under."""
    source: str
    """What loads it again: `file.py:Class`, a `.wasm` file, an installed name."""
    sha256: str = ""
    """The hash of that source."""
    name: str = ""
    version: str = ""
    parameters: str = "{}"
    """As JSON; there is no secret among them."""
    guest: str = "{}"
    """The settings that a WASM guest is run with, as JSON."""
    configured: str = ""
    """What the configuration had in this place: as long as it says the same, a restart goes on with the new one."""
    reason: str = ""
    operator: str = ""
    request: str = ""


class StrategySwapped(Message, frozen=True, gc=False, tag="strategy_swapped"):
    """From the next event on another strategy acts under this id."""

    strategy: StrategyId
    source: str
    sha256: str = ""
    name: str = ""
    version: str = ""
    parameters: str = "{}"
    guest: str = "{}"
    configured: str = ""
    bars: int = 0
    """How many bars of the session it was shown first."""
