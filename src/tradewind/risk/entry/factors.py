"""Row 11, dynamic risk: by how much less, or more, an entry risks, and how that comes about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.approval import RiskAdjusted
from tradewind.domain.time import NS_PER_DAY
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.dynamic import advice as a
from tradewind.risk.entry.book import there, value

if TYPE_CHECKING:
    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

_SAME = Decimal("0.0001")


class Factors:
    """The factors of dynamic risk, reckoned for each entry from what is known at its event."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts) -> None:
        assert parameters.dynamic is not None
        self._config = parameters.dynamic
        self._correlated = parameters.max_correlated_risk
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
        said = a.combined(
            (
                drawdown,
                a.of_performance(config, facts.results.tally(now - config.performance_window_days * NS_PER_DAY)),
                a.of_volatility(config, facts.days_of(instrument, now)[-config.volatility_window_days - 1 :]),
                a.of_concentration(config, self._limit(), self._held(entry)),
            ),
            may_increase=config.allow_increase and not tiers,
        )
        before = facts.advice.get(instrument, a.NEUTRAL)
        if any(abs(new - old) > _SAME for new, old in zip(said[:3], before[:3], strict=True)):
            facts.tell(RiskAdjusted(instrument, said.size, said.stop, said.daily, said.reason, *before[:3]))
            facts.advice[instrument] = said
        return said

    def check(self, entry: Entry) -> Refusal | None:
        """Multiply an entry."""
        return entry.multiply("dynamic_risk", self.of(entry).size)

    def _limit(self) -> FractionOfEquity | None:
        return None if self._correlated is None else FractionOfEquity(self._correlated)

    def _drawdown(self, equity: Decimal) -> tuple[a.Advice | None, int]:
        marks = self._facts.marks
        if marks is None or not marks.peak or marks.trough is None:
            return None, 0
        peak, trough = max(marks.peak, equity), min(marks.trough, equity)
        fallen = (peak - equity) / peak
        return a.of_drawdown(self._config, equity, peak, trough), a.tiers_below(self._config, fallen)

    def _held(self, entry: Entry) -> list[FractionOfEquity]:
        worths = (value(line.quantity, line.key[1], self._view) for line in there(entry.lines(self._view)))
        return [FractionOfEquity.of(worth, entry.equity) for worth in worths if worth is not None]
