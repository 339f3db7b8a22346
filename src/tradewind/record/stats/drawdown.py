"""Drawdown: how far equity lies below the best that was, followed sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.time import TimeNs
    from tradewind.record.stats.equity import Sample


_DUST = 1e-12
"""A fall of less than this share is the rounding of floats, not a loss."""


class Drawdown:
    """Follow the peak and what was lost from it; a sample costs the same however many came before.

    `current` and `worst` are fractions of the peak, `worst_amount` is in the currency of the samples, and
    `longest_ns` is the longest time from a peak until it was reached again, or until now.
    """

    __slots__ = ("current", "longest_ns", "peak", "peak_ts", "worst", "worst_amount")

    def __init__(self) -> None:
        self.peak: float | None = None
        self.peak_ts = 0
        self.current = self.worst = self.worst_amount = 0.0
        self.longest_ns = 0

    def see(self, ts: TimeNs, value: float) -> float:
        """Take a sample and return the drawdown that it stands in; below a peak of nothing there is none."""
        peak = self.peak
        if peak is None:
            peak, self.peak, self.peak_ts = value, value, ts
        if self.current > 0.0 and ts - self.peak_ts > self.longest_ns:
            self.longest_ns = ts - self.peak_ts
        fall = peak - value
        if fall <= abs(peak) * _DUST:
            self.peak, self.peak_ts, self.current = max(value, peak), ts, 0.0
        elif peak > 0.0:
            self.current = current = fall / peak
            if current > self.worst:  # noqa: PLR1730 - three calls of `max` for every bar are a tenth of the recorder
                self.worst = current
            if fall > self.worst_amount:  # noqa: PLR1730
                self.worst_amount = fall
            if ts - self.peak_ts > self.longest_ns:  # noqa: PLR1730
                self.longest_ns = ts - self.peak_ts
        return self.current

    def see_all(self, times: Sequence[TimeNs], values: Sequence[float]) -> None:
        """Take samples: `see` for each, written out, as there is one for every bar while something is held."""
        if self.peak is None and times:
            self.see(times[0], values[0])
        peak, since, current, longest = self.peak or 0.0, self.peak_ts, self.current, self.longest_ns
        worst, worst_amount, near = self.worst, self.worst_amount, abs(self.peak or 0.0) * _DUST
        for ts, value in zip(times, values, strict=True):
            if current > 0.0 and ts - since > longest:
                longest = ts - since
            fall = peak - value
            if fall <= near:
                peak, since, current = max(value, peak), ts, 0.0
                near = abs(peak) * _DUST
            elif peak > 0.0:
                current = fall / peak
                if current > worst:  # noqa: PLR1730 - as above
                    worst = current
                if fall > worst_amount:  # noqa: PLR1730
                    worst_amount = fall
                if ts - since > longest:  # noqa: PLR1730
                    longest = ts - since
        if times:
            self.peak, self.peak_ts, self.current, self.longest_ns = peak, since, current, longest
            self.worst, self.worst_amount = worst, worst_amount


def drawdowns(samples: Iterable[Sample]) -> list[Sample]:
    """Return the drawdown at each sample, as fractions from 0 up."""
    follow = Drawdown()
    return [(ts, follow.see(ts, value)) for ts, value in samples]
