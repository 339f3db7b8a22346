"""What a live key hands over: what moved, once it is kept, to its consumer; all that happens to whoever watches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals.result import result_of
from tradewind.app.signals.telling import Telling
from tradewind.domain.errors import InvalidSignal, TradewindError
from tradewind.domain.trade_signal import SignalAlarm, SignalMoved, SignalRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.step import Step
    from tradewind.strategy.signals.definition import StrategyDefinition


class Handover:
    """Takes note of steps, and hands over what they tell; nothing is given to the consumer twice by one run."""

    def __init__(self, definition: StrategyDefinition, symbol: str) -> None:
        self.telling = Telling(definition, symbol)
        self.results: asyncio.Queue[SignalMoved | None] = asyncio.Queue()
        """What consumers are given, in order; None at the end."""
        self.counters = dict.fromkeys(("ticks", "errors", "rejections", "alarms", "late"), 0)
        self.fatal: TradewindError | None = None
        """What ends the run."""
        self.held: list[SignalMoved] = []
        """What moved, and is not kept yet."""
        self._definition = definition
        self._given: set[str] = set()

    def note(self, step: Step) -> None:
        """Take note of a step: rejections and alarms are told at once, what moved by `over`."""
        self.note_all(step.notices)

    def note_all(self, notices: Iterable[object]) -> None:
        """Take note of what a step tells."""
        for notice in notices:
            if isinstance(notice, SignalMoved):
                self.held.append(notice)
            elif isinstance(notice, SignalRejected):
                self.counters["rejections"] += 1
                self.telling.error(f"rejected: {'; '.join(notice.violations)}")
                if self._definition.on_invalid == "stop":
                    self.fatal = InvalidSignal(f"{self._definition.strategy_name}: no signal", notice.violations)
            elif isinstance(notice, SignalAlarm):
                self.counters["alarms"] += 1
                self.telling.error(f"alarm: {notice.signal}: {notice.text}")

    def failed(self, text: str) -> None:
        """Count an error that ends nothing, and tell of it."""
        self.counters["errors"] += 1
        self.telling.error(text)

    def over(self) -> None:
        """Hand over what moved; to be called once it is kept."""
        held, self.held = self.held, []
        for moved in held:
            self.telling.result(result_of(moved))
            if moved.action in ("opened", "closed"):
                self.give(moved)

    def give(self, moved: SignalMoved) -> None:
        """Give the consumer a step, unless this run has."""
        if moved.event_id not in self._given:
            self._given.add(moved.event_id)
            self.results.put_nowait(moved)
