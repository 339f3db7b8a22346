"""Row 12, the caps, in their order; each leaves some room, and the size is held down to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.step import RefusalCode
from tradewind.risk.correlation import groups
from tradewind.risk.entry import daily
from tradewind.risk.entry.book import keys, there, towards, value
from tradewind.risk.entry.entry import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Refusal
    from tradewind.domain.units import FractionOfEquity
    from tradewind.ports import View
    from tradewind.risk.entry.book import Line
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.entry.factors import Factors
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

    Rule = Callable[[Entry], Refusal | None]

C = RefusalCode


def of(parameters: RiskParameters, view: View, facts: Facts, factors: Factors | None) -> tuple[Rule, ...]:
    """Return the caps that the parameters ask for, in the order in which they are met."""
    return tuple(_all(Caps(parameters, view, facts, factors), parameters))


def _all(caps: Caps, parameters: RiskParameters) -> Iterator[Rule]:
    for limit, rule in (
        (parameters.max_fraction, caps.strategy),
        (parameters.max_position_size, caps.position),
        (parameters.max_risk_per_trade, caps.risk),
        (parameters.max_daily_risk, caps.day),
        (parameters.correlation, caps.correlated),
        (parameters.max_total_exposure, caps.total),
        (parameters.governor, caps.governed),
    ):
        if limit is not None:
            yield rule


class Caps:
    """Each method is a cap."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts, factors: Factors | None) -> None:
        self._parameters = parameters
        self._view = view
        self._facts = facts
        self._factors = factors

    def strategy(self, entry: Entry) -> Refusal | None:
        """Hold the position of one strategy in one instrument."""
        intent = entry.candidate.intent
        held = [line for line in entry.lines(self._view) if line.key == (intent.strategy, intent.instrument)]
        worth = self._towards(entry, held, {intent.instrument: entry.sign})
        return self._room(entry, C.MAX_FRACTION, self._parameters.max_fraction, worth)

    def position(self, entry: Entry) -> Refusal | None:
        """Hold the position of the account in one instrument."""
        name = entry.candidate.intent.instrument
        worth = self._towards(entry, entry.lines(self._view), {name: entry.sign})
        return self._room(entry, C.MAX_POSITION_SIZE, self._parameters.max_position_size, worth)

    def risk(self, entry: Entry) -> Refusal | None:
        """Hold what the entry loses if its stop is hit; the stop is the widened one."""
        limit = self._parameters.max_risk_per_trade
        assert limit is not None
        assert entry.stop is not None
        return entry.cap(C.MAX_RISK_PER_TRADE, limit / entry.stop.value - entry.before.value, limit)

    def day(self, entry: Entry) -> Refusal | None:
        """Hold what the day may lose."""
        assert entry.stop is not None
        found, factor = entry.lines(self._view), self._factor(entry)
        left = daily_left(self._parameters, self._view, self._facts, entry.equity, factor, found=found)
        limit = self._parameters.max_daily_risk
        assert limit is not None
        if left is None:
            return _unknown(entry)
        if left.value <= 0:
            value = (limit - left.value + entry.size.lost_at(entry.stop).value).quantize(SHOWN)
            return entry.candidate.refuse(C.DAILY_RISK, limit, value, "lost today, at stake, and this entry")
        return entry.cap(C.DAILY_RISK, left.over(entry.stop).value, limit)

    def correlated(self, entry: Entry) -> Refusal | None:
        """Hold what moves together, each with its sign."""
        config, matrix, name = self._parameters.correlation, self._facts.matrix, entry.candidate.intent.instrument
        assert config is not None
        assert matrix is not None
        self._facts.measure(self._view.now)
        found = entry.lines(self._view)
        names = {instrument for _, instrument in keys(found)}
        group = groups.signs(config, name, names, matrix.between)
        held = self._towards(entry, found, {member: sign * entry.sign for member, sign in group.items()})
        return self._room(entry, C.CORRELATED_EXPOSURE, config.max_correlated_exposure, held)

    def total(self, entry: Entry) -> Refusal | None:
        """Hold the sum of all positions."""
        return self._room(entry, C.TOTAL_EXPOSURE, self._parameters.max_total_exposure, self._gross(entry))

    def governed(self, entry: Entry) -> Refusal | None:
        """Hold the sum of all positions by what the market is like."""
        governor, macro = self._parameters.governor, self._parameters.macro
        assert governor is not None
        factor = ONE if macro is None else macro.factor(self._view.now)
        cap = governor.cap(self._facts.regime(entry.candidate.intent.instrument), factor)
        return self._room(entry, C.GOVERNOR, cap.value, self._gross(entry))

    def _factor(self, entry: Entry) -> Decimal:
        return ONE if self._factors is None else self._factors.of(entry).daily

    def _towards(self, entry: Entry, found: Iterable[Line], sides: dict[InstrumentId, int]) -> Decimal | None:
        """Return what is held in these directions once the entry has closed what is against it."""
        held = towards(found, sides, self._view)
        return None if held is None else held + entry.closing * entry.unit

    def _gross(self, entry: Entry) -> Decimal | None:
        """Return what all positions and entries on their way are worth once the entry has closed what it closes."""
        total = -entry.closing * entry.unit
        for line in there(entry.lines(self._view)):
            worth = value(abs(line.quantity), line.key[1], self._view)
            if worth is None:
                return None
            total += worth
        return total

    def _room(self, entry: Entry, code: RefusalCode, limit: Decimal | None, held: Decimal | None) -> Refusal | None:
        assert limit is not None
        if held is None:
            return _unknown(entry)
        return entry.cap(code, limit - held / entry.equity, limit)


def daily_left(  # noqa: PLR0913 - all that it goes by
    parameters: RiskParameters, view: View, facts: Facts, equity: Decimal, factor: Decimal, *, found: list[Line]
) -> FractionOfEquity | None:
    """Return what the day may still lose; None if it is not known. The parameters limit it."""
    limit, staked = parameters.max_daily_risk, daily.at_stake(found, view, facts.planned)
    if limit is None or staked is None:
        return None
    lost = facts.results.lost_today(view.now)
    marked = None if facts.marks is None else facts.marks.baseline
    return daily.left(limit, factor, baseline=marked or equity + max(lost, ZERO), lost=lost, staked=staked)


def _unknown(entry: Entry) -> Refusal:
    return entry.candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
