"""How far two instruments move together: Pearson's correlation of the returns that they have in common."""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import TYPE_CHECKING

from tradewind.domain.approval import CorrelationsMeasured, Measured
from tradewind.domain.checkpoint import KeptPair, KeptReturns
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.domain.checkpoint import KeptRisk
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.risk.correlation.config import CorrelationConfig

Pair = tuple["InstrumentId", "InstrumentId"]


def correlation(one: Mapping[TimeNs, float], other: Mapping[TimeNs, float], sample_min: int) -> float | None:
    """Return the correlation of two series of returns on their common times.

    None where there are fewer than `sample_min` of them, or one of the two stands still.
    """
    common = [ts for ts in one if ts in other]
    count = len(common)
    if count < sample_min:
        return None
    xs, ys = [one[ts] for ts in common], [other[ts] for ts in common]
    mean_x, mean_y = sum(xs) / count, sum(ys) / count
    xx = sum((x - mean_x) ** 2 for x in xs)
    yy = sum((y - mean_y) ** 2 for y in ys)
    if xx <= 0 or yy <= 0:
        return None
    xy = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, xy / sqrt(xx * yy)))


class Returns:
    """The returns of one instrument within the window, by the time of their bar's close."""

    def __init__(self, window_ns: int, step_ns: int) -> None:
        self._window_ns = window_ns
        self._step_ns = step_ns
        self._times: deque[TimeNs] = deque()
        self._last: tuple[TimeNs, float] | None = None
        self.by_time: dict[TimeNs, float] = {}

    def take(self, bar: Bar) -> None:
        """Take a closed bar, if it closes at a whole step; a return over a hole is none."""
        ts, step = bar.ts_venue, self._step_ns
        if ts % step:
            return
        last = self._last
        if last is not None and ts <= last[0]:
            return  # history, of a time that is known from before
        self._last = ts, bar.close
        if last is not None and last[0] == ts - step:
            self.by_time[ts] = bar.close / last[1] - 1.0
            self._times.append(ts)
        times = self._times
        while times and times[0] <= ts - self._window_ns:
            del self.by_time[times.popleft()]

    def kept(self, name: InstrumentId) -> KeptReturns | None:
        """Return them as plain data; None before the first bar."""
        return None if self._last is None else KeptReturns(name, *self._last, tuple(self.by_time.items()))

    def restore(self, kept: KeptReturns) -> None:
        """Take over what `kept` wrote down."""
        self._last, self.by_time = (kept.at, kept.close), dict(kept.returns)
        self._times = deque(self.by_time)


class Matrix:
    """The correlations of all pairs, measured anew every so often.

    Bars shorter than an hour count by those that close on the hour: a month of minutes says little more, for sixty
    times the work.
    """

    def __init__(self, config: CorrelationConfig, interval_ns: int) -> None:
        self._config = config
        self._step_ns = max(interval_ns, NS_PER_HOUR)
        self._every_ns = config.correlation_update_frequency_hours * NS_PER_HOUR
        self._returns: dict[InstrumentId, Returns] = {}
        self.measured_at: TimeNs | None = None
        self.values: dict[Pair, float | None] = {}
        """By pair, the lesser name first; None is unknown."""

    def take(self, bar: Bar) -> None:
        """Take a closed bar of the session's own."""
        self._of(bar.instrument).take(bar)

    def _of(self, instrument: InstrumentId) -> Returns:
        known = self._returns.get(instrument)
        if known is None:
            window = self._config.correlation_window_days * NS_PER_DAY
            known = self._returns[instrument] = Returns(window, self._step_ns)
        return known

    def kept(self) -> tuple[KeptPair, ...]:
        """Return what was measured last as plain data."""
        return tuple(KeptPair(one, other, value) for (one, other), value in self.values.items())

    def returns(self) -> tuple[KeptReturns, ...]:
        """Return the returns as plain data."""
        kept = (known.kept(name) for name, known in sorted(self._returns.items()))
        return tuple(each for each in kept if each is not None)

    def restore(self, kept: KeptRisk) -> None:
        """Take over what `kept` and `returns` wrote down, and when that was measured."""
        self.values.update(((pair.one, pair.other), pair.value) for pair in kept.pairs)
        self.measured_at = kept.measured_at
        for each in kept.returns:
            self._of(each.instrument).restore(each)

    def hear(self, told: CorrelationsMeasured, now: TimeNs) -> None:
        """Take over what another engine has measured at `now`."""
        self.values = {(pair.one, pair.other): pair.value for pair in told.pairs}
        self.measured_at = now - now % self._every_ns

    def between(self, one: InstrumentId, other: InstrumentId) -> float | None:
        """Return the correlation of a pair as it was measured last; None where it is unknown."""
        return self.values.get((min(one, other), max(one, other)))

    def samples(self, one: InstrumentId, other: InstrumentId) -> int:
        """Return how many returns two instruments have in common now."""
        first, second = self._times(one), self._times(other)
        return sum(ts in second for ts in first)

    def _times(self, name: InstrumentId) -> dict[TimeNs, float]:
        known = self._returns.get(name)
        return {} if known is None else known.by_time

    def measured(self) -> CorrelationsMeasured:
        """Return all pairs as they were measured last."""
        pairs = (Measured(one, other, value, self.samples(one, other)) for (one, other), value in self.values.items())
        return CorrelationsMeasured(tuple(pairs), self._config.correlation_window_days)

    def update(self, now: TimeNs) -> bool:
        """Measure all pairs if it is time to; tell whether it was."""
        if self.measured_at is not None and now - self.measured_at < self._every_ns:
            return False
        if len(self._returns) < 2 and not self.values:
            return False  # one instrument makes no pair
        names = sorted({*self._returns, *(name for pair in self.values for name in pair)})
        if len(names) < 2:
            return False
        self.measured_at = now - now % self._every_ns
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                self.values[one, other] = correlation(
                    self._times(one), self._times(other), self._config.sample_min_size
                )
        return True
