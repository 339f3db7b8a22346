"""One key over one frame of the past: loading, running, following what is open at the end. Touches no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.app.signals.data import ExchangeCandles, fetched
from tradewind.app.signals.observers import SIGNAL, SIGNAL_BACKTEST, tell_error, tell_result
from tradewind.app.signals.result import SignalResult, result_of
from tradewind.app.signals.tape import SignalTape, still_open
from tradewind.app.signals.world import world_of
from tradewind.domain.errors import DataNotFoundError, InvalidSignal
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, iso
from tradewind.strategy.signals.candles import Columns
from tradewind.strategy.signals.definition import checked
from tradewind.strategy.signals.registry import EXCHANGES, FRAMES, STRATEGIES
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.states import State

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tradewind.domain.trade_signal import SignalMoved, SignalRejected
    from tradewind.strategy.signals.definition import ExchangeDefinition, FrameDefinition

WARMUP_MINUTES = 1_440
"""Minutes before the frame that are in memory, for windows that reach back."""
AFTER_MINUTES = 1_000
"""Minutes that are fetched at a time to follow what is open at the frame's end."""


class BacktestRun:
    """One key over one frame; iterate `results`, then look at `tape`."""

    def __init__(self, symbol: str, names: tuple[str, str, str], *, fast: bool) -> None:
        strategy, exchange, frame = names
        self.definition = STRATEGIES.get(strategy)
        self.exchange: ExchangeDefinition = EXCHANGES.get(exchange)
        self.frame: FrameDefinition = FRAMES.get(frame)
        checked("strategy", strategy, self.definition.against(self.exchange))
        self.symbol = symbol
        self.fast = fast
        self.faults: list[str] = []
        """Candles that were dropped, and why."""
        self.moves: list[SignalMoved] = []
        self.rejected: list[SignalRejected] = []
        self.tape: SignalTape | None = None
        self._start, self._end = self.frame.start * NS_PER_MS, self.frame.end * NS_PER_MS

    async def load(self) -> Columns:
        """Fetch the candles of the frame, and those before it that windows may reach back to."""
        before = self._start - WARMUP_MINUTES * NS_PER_MINUTE
        candles, self.faults = await fetched(self.exchange, self.symbol, "1m", max(before, 0), self._end)
        return Columns(candles)

    async def results(self, columns: Columns) -> AsyncGenerator[SignalResult]:
        """Yield what happens; every candle shows something unless candles may be passed over."""
        with money_context():
            tape = self.tape = self._tape(columns)
            tape.begin()
        place = columns.range(self._start - NS_PER_MINUTE, self._end)[0]
        while True:
            while place < len(columns):
                place = self._advance(tape, place)
                if tape.asked:
                    with money_context():
                        await tape.advise()
                rejected = len(self.rejected)
                shown = self._told(tape, place - 1)
                for rejection in self.rejected[rejected:]:
                    await tell_error(f"rejected: {'; '.join(rejection.violations)}")
                    if self.definition.on_invalid == "stop":
                        raise InvalidSignal(f"{self.definition.strategy_name}: no signal", rejection.violations)
                for result in shown:
                    yield result
            if tape.world.key.state is State.IDLE or not await self._follow(columns):
                break
        left = still_open(tape, place - 1)
        if left is not None:
            yield left
        self._complete(columns)

    async def tell(self, result: SignalResult) -> None:
        """Tell listeners and callbacks of a result, in the context of its time."""
        if self.tape is not None and self._is_watched:
            execution, _ = self.tape.world.strategy.advise(self.symbol, result.ts * NS_PER_MS)
            await tell_result(result, self.definition, execution, live=False)

    @property
    def _is_watched(self) -> bool:
        """Whether anybody is told of what happens, and may look at the signal as it is at that time."""
        return bool(SIGNAL.any or SIGNAL_BACKTEST.any or self.definition.callbacks)

    def _advance(self, tape: SignalTape, place: int) -> int:
        """Take candles until something must be told or asked, the frame's data end, or one is taken."""
        with money_context():
            if self.fast:
                return tape.hasten(place, trades=not self._is_watched)
            tape.feed(place)
            return place + 1

    def _told(self, tape: SignalTape, place: int) -> list[SignalResult]:
        """Return what came of the candles so far, once."""
        self.rejected += tape.rejections
        tape.rejections.clear()
        moves, tape.moves = tape.moves, []
        self.moves += moves
        told = [result_of(moved) for moved in moves if not self.fast or moved.action != "active"]
        if not self.fast and not told:
            told.append(tape.watched(place))
        return told

    async def _follow(self, columns: Columns) -> bool:
        """Fetch candles after the frame for what is open; tell whether there were any."""
        since = max(columns.opens[-1] + NS_PER_MINUTE if len(columns) else 0, self._end)
        candles, faults = await fetched(self.exchange, self.symbol, "1m", since, since + AFTER_MINUTES * NS_PER_MINUTE)
        self.faults += faults
        for candle in candles:
            columns.append(candle)
        return bool(candles)

    def _complete(self, columns: Columns) -> None:
        """Raise if the exchange had no candles for the end of the frame: a run that stops short must say so."""
        reached = columns.opens[-1] + NS_PER_MINUTE if len(columns) else self._start
        if reached < self._end:
            raise DataNotFoundError(
                f"{self.exchange.exchange_name} has no candles of {self.symbol} from {iso(reached)} to {iso(self._end)}"
            )

    def _tape(self, columns: Columns) -> SignalTape:
        setting = Setting(
            frame_name=self.frame.frame_name, ask_from=self._start, ask_until=self._end,
            sources={self.symbol: ExchangeCandles(self.exchange, self.symbol, columns)},
        )  # fmt: skip
        return SignalTape(
            world_of(
                self.definition, self.exchange, self.symbol, setting, start=self._start - NS_PER_MINUTE, recording=False
            ),
            columns,
        )
