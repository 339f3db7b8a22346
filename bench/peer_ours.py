"""The SMA cross in Tradewind, in a process of its own: `python -m bench.peer_ours COUNT FILLS`.

Prints the same line as the other engines. Making the bars is part of its time; it is not part of theirs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import by_engine, world
from bench.sma_cross import Cross
from tradewind.domain.events import OrderFilled
from tradewind.domain.money import money_context
from tradewind.record.market_data.streams import BarTable, stream_bars
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from tradewind.domain.step import Step


def main() -> None:
    """Run, and print what came of it."""
    table = bars.table(0, int(sys.argv[1]))
    began = time.perf_counter()
    result = by_engine([table])
    seconds = time.perf_counter() - began
    fills = executions(table)
    Path(sys.argv[2]).write_text(json.dumps(fills), encoding="ascii")
    print(json.dumps({"seconds": seconds, "fills": result.fills, "cash": float(result.cash)}))


def executions(table: BarTable) -> list[tuple[int, float, float]]:
    """Run once more and return (time, signed quantity, price) of each execution."""
    found: list[tuple[int, float, float]] = []
    with money_context():
        made = world([table], Cross())

        def take(step: Step) -> None:
            event = step.event
            if type(event) is OrderFilled:
                sign = made.engine.orders.by_id[event.order].spec.side.sign
                found.append((event.ts_venue, float(sign * event.quantity), float(event.price)))

        loop = Loop(made.engine, made.timeline, made.venue, sink=take)
        backtest.run(made.engine, loop, made.start, stream_bars([table]))
    return found


if __name__ == "__main__":
    main()
