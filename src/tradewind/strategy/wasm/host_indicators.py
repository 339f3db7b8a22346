"""Calls for indicators: one configuration a type, values at any bar that is kept.

At the present bar a value is incremental, one step a bar; at an older one it is reckoned anew from kept bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.errors import DataNotFound, InsufficientHistory
from tradewind.strategy.wasm.gojson import numbers
from tradewind.strategy.wasm.guest_indicators import made
from tradewind.strategy.wasm.host_market import ALL, time_of
from tradewind.strategy.wasm.indicator_parameters import DEFAULTS, kind_of, parameters
from tradewind.strategy.wasm.templates import SignalTemplate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.strategy.wasm.enums import IndicatorType
    from tradewind.strategy.wasm.indicator_reading import GuestIndicator, Reading
    from tradewind.strategy.wasm.scene import Scene, Series

RUNNING_MAX = 100
"""So many series of values are kept going; a guest that configures more of them has them reckoned anew."""


class _Running:
    """An indicator that follows a series."""

    __slots__ = ("count", "indicator")

    def __init__(self, indicator: GuestIndicator, series: Series) -> None:
        self.indicator = indicator
        for bar in series.recent(ALL):
            indicator.update(bar)
        self.count = series.count

    def follow(self, series: Series) -> bool:
        """Take the bars that came since; tell whether none is missing."""
        new = series.count - self.count
        if new == 1 and series.last is not None:
            self.indicator.update(series.last)
        elif new:
            bars = series.recent(new)
            if len(bars) < new:
                return False
            for bar in bars:
                self.indicator.update(bar)
        self.count = series.count
        return True


class IndicatorCalls:
    """Configurations and running values of one instance."""

    def __init__(self, scene: Scene, *, cutler: bool) -> None:
        self._scene = scene
        self._cutler = cutler
        self._parameters: dict[IndicatorType, tuple[object, ...]] = dict(DEFAULTS)
        self._templates: dict[tuple[IndicatorType, str], SignalTemplate] = {}
        self._running: dict[tuple[IndicatorType, tuple[object, ...], str], _Running] = {}

    def functions(self) -> dict[str, Callable[[bytes], bytes]]:
        """Return the calls by name."""
        return {"configure_indicator": self.configure_indicator, "get_signal": self.get_signal}

    def configure_indicator(self, request: bytes) -> bytes:
        """Set the parameters of a type, from here on."""
        asked = self._scene.reader.read(plans.CONFIGURE, request)
        kind = kind_of(asked.indicator_type)
        values = parameters(kind, asked.config)
        made(kind, values, cutler=self._cutler)
        self._parameters[kind] = values
        return b""

    def get_signal(self, request: bytes) -> bytes:
        """Return what an indicator says of a symbol at a bar."""
        kind, series, ts = self._asked(request)
        reading = self._at_last(kind, series) if ts is None else self._at(kind, series, ts)
        if reading is None:
            raise InsufficientHistory(f"{kind.name} of {series.symbol} has too few bars")
        at = ts if ts is not None else (series.last.ts_open if series.last else 0)
        template = self._templates.get((kind, series.symbol))
        if template is None:
            template = self._templates[kind, series.symbol] = SignalTemplate(kind, series.symbol)
        return template.answer(at, reading.signal, reading.reason, numbers(reading.values))

    def _asked(self, request: bytes) -> tuple[IndicatorType, Series, int | None]:
        """Return type, series and time that are asked for; no time means the last bar of the series."""
        scene = self._scene
        present = scene.request
        if present and request.endswith(present[1:]):  # most guests hand the bar back as they got it
            head = request[: 1 - len(present)]
            if head == b"\x12" or (len(head) == 3 and head[0] == 8 and head[1] < 0x80 and head[2] == 0x12):
                series = scene.known("")
                assert series is not None
                return kind_of(head[1] if len(head) == 3 else 0), series, None
        asked = scene.reader.read(plans.GET_SIGNAL, request)
        kind = kind_of(asked.indicator_type)
        data = asked.market_data
        found = scene.known(data.symbol if data else "")
        if found is None or found.last is None:
            raise DataNotFound(f"no bar of {data.symbol if data else ''!r} yet")
        ts = time_of(data.time if data else None, found.last.ts_open)
        return kind, found, ts if ts < found.last.ts_open else None

    def _at_last(self, kind: IndicatorType, series: Series) -> Reading | None:
        values = self._parameters[kind]
        key = kind, values, series.symbol
        running = self._running.get(key)
        if running is None or not running.follow(series):
            if len(self._running) >= RUNNING_MAX:
                self._running.clear()
            running = self._running[key] = _Running(made(kind, values, cutler=self._cutler), series)
        return running.indicator.read()

    def _at(self, kind: IndicatorType, series: Series, ts: int) -> Reading | None:
        indicator = made(kind, self._parameters[kind], cutler=self._cutler)
        for bar in series.recent(ALL):
            if bar.ts_open > ts:
                break
            indicator.update(bar)
        return indicator.read()
