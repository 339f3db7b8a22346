"""Row 12, the caps, in their order; each leaves some room, and the size is held down to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.step import RefusalCode
from tradewind.risk.correlation import groups
from tradewind.risk.entry import daily
from tradewind.risk.entry.book import keys, sum_towards
from tradewind.risk.entry.entry import SHOWN
from tradewind.risk.macro import MacroWindows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.regime import Regime
    from tradewind.domain.step import Refusal
    from tradewind.domain.units import FractionOfEquity
    from tradewind.ports import View
    from tradewind.risk.entry.book import Line, Valued
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.entry.factors import Factors
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

    Rule = Callable[[Entry], Refusal | None]

C = RefusalCode


class Caps:
    """The caps that the parameters ask for, in the order in which they are met; each method but `check` is one."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts, factors: Factors | None) -> None:
        self._parameters = p = parameters
        self._view = view
        self._facts = facts
        self._factors = factors
        self._windows = None if p.macro is None else MacroWindows(p.macro)
        # Of each: what asks for it, its rule, and the code and limit of those that leave all of it if nothing is held.
        asked: tuple[tuple[object, Rule, RefusalCode | None, Decimal | None], ...] = (
            (p.max_fraction, self.strategy, C.MAX_FRACTION, p.max_fraction),
            (p.max_position_size, self.position, C.MAX_POSITION_SIZE, p.max_position_size),
            (p.max_risk_per_trade, self.risk, None, None),
            (p.max_daily_risk, self.day, None, None),
            (p.correlation, self.correlated, None, None),
            (p.max_total_exposure, self.total, C.TOTAL_EXPOSURE, p.max_total_exposure),
            (p.governor, self.governed, None, None),
        )
        self.rules = tuple(rule for config, rule, _, _ in asked if config is not None)
        self._whole = [
            (rule, code, most, (code.value, most.quantize(SHOWN)) if code is not None and most is not None else None)
            for config, rule, code, most in asked
            if config is not None
        ]
        """The same, with what each that is whole where nothing is held tells."""
        self._cap: tuple[Regime, Decimal, Decimal] | None = None
        """What the governor was asked for last: a regime and a factor, and its cap."""

    def check(self, entry: Entry) -> Refusal | None:
        """Hold an entry down to all of them; the first that leaves no room refuses it."""
        if entry.closing or entry.lines(self._view):
            for rule in self.rules:
                refusal = rule(entry)
                if refusal is not None:
                    return refusal
            return None
        for rule, code, most, told in self._whole:
            if told is None or code is None or most is None:
                refusal = rule(entry)
            elif entry.size.value <= most:
                entry.caps.append(told)
                continue
            else:
                refusal = entry.cap(code, most, most)
            if refusal is not None:
                return refusal
        return None

    def strategy(self, entry: Entry) -> Refusal | None:
        """Hold the position of one strategy in one instrument."""
        intent = entry.candidate.intent
        key = intent.strategy, intent.instrument
        held = [each for each in entry.valued(self._view) if each[0].key == key]
        worth = self._towards(entry, held, {intent.instrument: entry.sign})
        return self._room(entry, C.MAX_FRACTION, self._parameters.max_fraction, worth)

    def position(self, entry: Entry) -> Refusal | None:
        """Hold the position of the account in one instrument."""
        name = entry.candidate.intent.instrument
        worth = self._towards(entry, entry.valued(self._view), {name: entry.sign})
        return self._room(entry, C.MAX_POSITION_SIZE, self._parameters.max_position_size, worth)

    def risk(self, entry: Entry) -> Refusal | None:
        """Hold what the entry loses if its stop is hit; the stop is the widened one."""
        limit = self._parameters.max_risk_per_trade
        assert limit is not None
        assert entry.stop is not None
        room = limit / entry.stop.value
        return entry.cap(C.MAX_RISK_PER_TRADE, room - entry.before.value if entry.before else room, limit)

    def day(self, entry: Entry) -> Refusal | None:
        """Hold what the day may lose."""
        assert entry.stop is not None
        left = daily_left(
            self._parameters, self._view, self._facts, entry.equity, self._factor(entry), found=entry.lines(self._view)
        )
        limit = self._parameters.max_daily_risk
        assert limit is not None
        if left is None:
            return _unknown(entry)
        if left.value <= ZERO:
            value = (limit - left.value + entry.size.lost_at(entry.stop).value).quantize(SHOWN)
            return entry.candidate.refuse(C.DAILY_RISK, limit, value, "lost today, at stake, and this entry")
        return entry.cap(C.DAILY_RISK, left.value / entry.stop.value, limit)

    def correlated(self, entry: Entry) -> Refusal | None:
        """Hold what moves together, each with its sign."""
        config, matrix, name = self._parameters.correlation, self._facts.matrix, entry.candidate.intent.instrument
        assert config is not None
        assert matrix is not None
        self._facts.measure(self._view.now)
        found = entry.lines(self._view)
        if not found and not entry.closing:
            return entry.cap(C.CORRELATED_EXPOSURE, config.max_correlated_exposure, config.max_correlated_exposure)
        names = {instrument for _, instrument in keys(found)}
        group = groups.signs(config, name, names, matrix.between)
        sides = {member: sign * entry.sign for member, sign in group.items()}
        held = self._towards(entry, entry.valued(self._view), sides)
        return self._room(entry, C.CORRELATED_EXPOSURE, config.max_correlated_exposure, held)

    def total(self, entry: Entry) -> Refusal | None:
        """Hold the sum of all positions."""
        return self._room(entry, C.TOTAL_EXPOSURE, self._parameters.max_total_exposure, self._gross(entry))

    def governed(self, entry: Entry) -> Refusal | None:
        """Hold the sum of all positions by what the market is like."""
        governor = self._parameters.governor
        assert governor is not None
        factor = ONE if self._windows is None else self._windows.factor(self._view.now)
        regime, known = self._facts.regime(entry.candidate.intent.instrument), self._cap
        if known is None or known[0] is not regime or known[1] is not factor:
            known = self._cap = regime, factor, governor.cap(regime, factor).value
        if not entry.closing and not entry.lines(self._view):
            return entry.cap(C.GOVERNOR, known[2], known[2])
        return self._room(entry, C.GOVERNOR, known[2], self._gross(entry))

    def _factor(self, entry: Entry) -> Decimal:
        return ONE if self._factors is None else self._factors.of(entry).daily

    def _towards(self, entry: Entry, found: Iterable[Valued], sides: dict[InstrumentId, int]) -> Decimal | None:
        """Return what is held in these directions once the entry has closed what is against it."""
        held = sum_towards(found, sides)
        return None if held is None else held + entry.closing * entry.unit

    def _gross(self, entry: Entry) -> Decimal | None:
        """Return what all positions and entries on their way are worth once the entry has closed what it closes."""
        total = -entry.closing * entry.unit
        for line, worth in entry.valued(self._view):
            if line.closes:
                continue
            if worth is None:
                return None
            total += abs(worth)
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
