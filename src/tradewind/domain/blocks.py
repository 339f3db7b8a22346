"""Many bars at once, with what is known of them as columns: what each bar need not be asked one by one.

A source that has columns anyway gives blocks; whoever wants bars iterates over them and sees no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs


@dataclass(frozen=True, slots=True, kw_only=True)
class BarBlock:
    """Bars in the order of `ts_recv`, and columns of them."""

    interval: str
    """Of all of them; empty if they differ."""
    bars: Sequence[Bar]
    times: Sequence[TimeNs]
    """When each was received; rising or equal."""
    closes: Sequence[float]
    names: Sequence[InstrumentId] = ()
    """The instrument of each; empty if all are of one."""
    odd: Sequence[int] = ()
    """Places, rising, of bars whose values are impossible, or not known to be possible."""


class BarStream:
    """A stream of bars that comes in blocks. What is taken as bars is not told as blocks, and the other way round."""

    def __init__(self, blocks: Iterator[BarBlock]) -> None:
        self._blocks = blocks
        self._bars = chain.from_iterable(block.bars for block in blocks)

    def __iter__(self) -> Iterator[Bar]:
        """Go through what is left, bar by bar."""
        return self._bars

    def blocks(self) -> Iterator[BarBlock]:
        """Go through what is left, block by block; not after a part of a block was taken as bars."""
        return self._blocks

    def begun(self) -> tuple[Bar | None, BarStream]:
        """Return the first bar, None if there is none, and the stream as it was."""
        first = next(self._blocks, None)
        if first is None:
            return None, self
        return first.bars[0], BarStream(chain((first,), self._blocks))
