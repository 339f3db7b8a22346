"""What the limits of entries and the sizers go by, beside the view: results, regimes, correlations, daily closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tradewind.domain.approval import CorrelationsMeasured, RegimeTold, RiskAdjusted, RiskWarned
from tradewind.domain.checkpoint import KeptAdvice, KeptDays, KeptRegime, KeptRisk
from tradewind.domain.regime import UNKNOWN, Regime
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, Interval
from tradewind.risk.correlation.pairs import Matrix
from tradewind.risk.dynamic.advice import Advice
from tradewind.risk.leverage import Leverages
from tradewind.risk.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.ports import View
    from tradewind.risk.limits import Limits

DAYS_KEPT_MAX = 32
RiskFact = RegimeTold | RiskAdjusted | RiskWarned | CorrelationsMeasured


class Marks(Protocol):
    """What the account was worth, in the base currency; None before it was known."""

    peak: Decimal | None
    trough: Decimal | None
    """The lowest since the peak."""
    baseline: Decimal | None
    """What the day began with."""


class Facts:
    """Built where a limit or a sizer needs it; fed by the engine with bars, executions and what strategies tell."""

    def __init__(self, limits: Limits, view: View, interval: str) -> None:
        parameters = limits.parameters
        correlation = None if parameters is None else parameters.correlation
        self._view = view
        self.interval = interval
        self._hour_ns = max(Interval.parse(interval).ns, NS_PER_HOUR)
        self.results = Results()
        self.regimes: dict[InstrumentId, Regime] = {}
        self.matrix = None if correlation is None else Matrix(correlation, Interval.parse(interval).ns)
        self.leverages = Leverages(self.regime) if limits.sizing.leveraged else None
        self.step_ns = self._hour_ns if self.leverages is None else 1
        """Bars that close at a multiple of it are wanted: those at a whole hour, or all."""
        self.closes: dict[InstrumentId, list[float]] = {}
        """The last close of each of the last days, the present one last."""
        self._days: dict[InstrumentId, int] = {}
        self.heard = 0
        """How many closes were taken: as long as it is the same, so are they."""
        self.advice: dict[InstrumentId, Advice] = {}
        """What dynamic risk said last, by instrument."""
        self.marks: Marks | None = None
        self.tell: Callable[[object], None] = lambda _: None
        self.next_id: Callable[[], ClientOrderId] | None = None
        self.planned: Callable[[ClientOrderId], Decimal | None] = lambda _: None
        """Returns the stop that will follow the fill of an entry whose venue takes none with it."""
        self.warned: set[str] = set()

    def update(self, bar: Bar) -> None:
        """Take a closed bar of the session's own, if it closes at a whole hour."""
        if self.leverages is not None and not self._view.warming:
            self.leverages.closed(bar.instrument)
        if bar.ts_venue % self._hour_ns:
            return
        name, day = bar.instrument, (bar.ts_venue - 1) // NS_PER_DAY
        if self.matrix is not None:
            self.matrix.take(bar)
        closes = self.closes.get(name)
        self.heard += 1
        if closes is None:
            closes = self.closes[name] = [bar.close]
        elif day < self._days[name]:
            return  # history, of days that are known from before
        elif day == self._days[name]:
            closes[-1] = bar.close
        else:
            closes.append(bar.close)
            del closes[:-DAYS_KEPT_MAX]
        self._days[name] = day

    def days_of(self, instrument: InstrumentId, now: int) -> list[float]:
        """Return the closes of the days that are over, oldest first."""
        closes = self.closes.get(instrument)
        if closes is None:
            return []
        return closes if now // NS_PER_DAY > self._days.get(instrument, -1) else closes[:-1]

    def measure(self, now: TimeNs) -> None:
        """Measure the correlations anew if it is time to, and tell."""
        if self.matrix is not None and self.matrix.update(now):
            self.tell(self.matrix.measured())

    def warn(self, warning: RiskWarned) -> None:
        """Tell of something: of an instrument once, of all else once a day."""
        if self._is_new(warning):
            self.tell(warning)

    def _is_new(self, warning: RiskWarned) -> bool:
        """Note a warning; tell whether it is one that was not told yet."""
        about = f"{warning.about}/"
        key = f"{about}{warning.instrument or self._view.now // NS_PER_DAY}"
        if key in self.warned:
            return False
        if warning.instrument is None:
            self.warned = {each for each in self.warned if not each.startswith(about)}
        self.warned.add(key)
        return True

    def regime(self, instrument: InstrumentId) -> Regime:
        """Return what was said last of an instrument's market."""
        return self.regimes.get(instrument, UNKNOWN)

    def hear(self, told: RiskFact) -> None:
        """Hear what an instrument's market is like, or, following another engine, what its gate has told."""
        match told:
            case RegimeTold():
                self.regimes[told.instrument] = told.regime
            case RiskAdjusted():
                self.advice[told.instrument] = Advice(told.size, told.stop, told.daily, told.reason)
            case RiskWarned():
                self._is_new(told)
            case CorrelationsMeasured():
                if self.matrix is not None:
                    self.matrix.hear(told, self._view.now)

    def state(self) -> KeptRisk:
        """Return what a restart needs."""
        days, matrix = self._days, self.matrix
        return KeptRisk(
            self.results.state(),
            tuple(KeptRegime(name, regime) for name, regime in sorted(self.regimes.items())),
            () if self.leverages is None else self.leverages.state(),
            tuple(KeptDays(name, days[name], tuple(closes)) for name, closes in sorted(self.closes.items())),
            tuple(KeptAdvice(name, *said[:3]) for name, said in sorted(self.advice.items())),
            () if matrix is None else matrix.kept(),
            None if matrix is None else matrix.measured_at,
            tuple(sorted(self.warned)),
            () if matrix is None else matrix.returns(),
        )

    def restore(self, kept: KeptRisk) -> None:
        """Take over what `state` wrote down."""
        self.results.restore(kept.results)
        self.regimes.update((each.instrument, each.regime) for each in kept.regimes)
        if self.leverages is not None:
            self.leverages.restore(kept.leverages)
        for each in kept.days:
            self.closes[each.instrument], self._days[each.instrument] = list(each.closes), each.day
        self.heard += 1
        self.advice.update((said.instrument, Advice(said.size, said.stop, said.daily, "")) for said in kept.advice)
        if self.matrix is not None:
            self.matrix.restore(kept)
        self.warned.update(kept.warned)
