"""Row 11, dynamic risk: by how much less, or more, an entry risks, and how that comes about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.approval import RiskAdjusted
from tradewind.domain.money import ONE
from tradewind.domain.time import NS_PER_DAY
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.dynamic import advice as a

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Refusal
    from tradewind.domain.time import TimeNs
    from tradewind.ports import View
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters
    from tradewind.risk.results import Tally

INFINITE = Decimal("Infinity")
_SAME = Decimal("0.0001")
_ROUNDED = Decimal("1e-40")
"""Far more than a quotient of 80 digits is rounded by."""


class Factors:
    """The factors of dynamic risk, reckoned for each entry from what is known at its event."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts) -> None:
        assert parameters.dynamic is not None
        self._config = parameters.dynamic
        correlated = parameters.max_correlated_risk
        self._limit = None if correlated is None else FractionOfEquity(correlated)
        self._performance_ns = parameters.dynamic.performance_window_days * NS_PER_DAY
        self._first = min(parameters.dynamic.drawdown_thresholds, default=INFINITE)
        """No smaller drawdown changes anything."""
        self._peak: Decimal | None = None
        self._calm = INFINITE
        """The equity from which on the fall from this peak is smaller, by more than a quotient is rounded."""
        self._tally: Tally | None = None
        self._performed: a.Advice | None = None
        self._measured: dict[InstrumentId, tuple[list[float], a.Advice | None]] = {}
        self._heard: dict[InstrumentId, tuple[int, int, list[float] | None]] = {}
        """What the last days were measured by: how many closes were heard, the day, and the closes."""
        self._view = view
        self._facts = facts

    def of(self, entry: Entry) -> a.Advice:
        """Return the factors of an entry; a change of them is told."""
        if entry.advice is None:
            entry.advice = self._asked(entry)
        return entry.advice

    def _asked(self, entry: Entry) -> a.Advice:
        config, facts, now = self._config, self._facts, self._view.now
        instrument = entry.candidate.instrument.id
        drawdown, tiers = self._drawdown(entry.equity)
        advice = (
            drawdown,
            self._performance(facts.results.tally(now - self._performance_ns)),
            self._volatility(instrument, now),
            a.of_concentration(config, self._limit, self._held(entry)) if entry.lines(self._view) else None,
        )
        may_increase = config.allow_increase and not tiers
        said = a.combined(advice, may_increase=may_increase) if any(advice) else a.NEUTRAL
        before = facts.advice.get(instrument, a.NEUTRAL)
        if said is not before and any(abs(new - old) > _SAME for new, old in zip(said[:3], before[:3], strict=True)):
            facts.tell(RiskAdjusted(instrument, said.size, said.stop, said.daily, said.reason, *before[:3]))
            facts.advice[instrument] = said
        return said

    def check(self, entry: Entry) -> Refusal | None:
        """Multiply an entry."""
        return entry.multiply("dynamic_risk", self.of(entry).size)

    def _performance(self, tally: Tally) -> a.Advice | None:
        """Return the advice of a tally; it is reckoned once, as long as that is the same."""
        if tally is not self._tally:
            self._tally, self._performed = tally, a.of_performance(self._config, tally)
        return self._performed

    def _volatility(self, instrument: InstrumentId, now: TimeNs) -> a.Advice | None:
        """Return the advice of the days that are over; it is reckoned once, as long as these are the same."""
        facts, known = self._facts, self._measured.get(instrument)
        heard = facts.heard, now // NS_PER_DAY, facts.closes.get(instrument)
        before = self._heard.get(instrument)
        if known is not None and before is not None and before[:2] == heard[:2] and before[2] is heard[2]:
            return known[1]
        self._heard[instrument] = heard
        window = self._config.volatility_window_days + 1
        closes = facts.days_of(instrument, now)[-window:]
        if known is None or known[0] != closes:
            known = self._measured[instrument] = closes, a.of_volatility(self._config, closes)
        return known[1]

    def _drawdown(self, equity: Decimal) -> tuple[a.Advice | None, int]:
        marks = self._facts.marks
        if marks is None or not marks.peak or marks.trough is None:
            return None, 0
        if marks.peak is not self._peak:
            self._peak, self._calm = marks.peak, marks.peak * (ONE - self._first + _ROUNDED)
        if equity > self._calm:
            return None, 0
        peak = max(marks.peak, equity)
        fallen = (peak - equity) / peak
        if fallen < self._first:
            return None, 0
        trough = min(marks.trough, equity)
        return a.of_drawdown(self._config, equity, peak, trough), a.tiers_below(self._config, fallen)

    def _held(self, entry: Entry) -> list[FractionOfEquity]:
        worths = (worth for line, worth in entry.valued(self._view) if not line.closes)
        return [FractionOfEquity.of(worth, entry.equity) for worth in worths if worth is not None]
