"""The rules of entries, in the order of spec/risk-and-positions.md, section 1, rows 7 to 14: the first refusal wins.

Which of them there are is decided once, by the parameters; multipliers come before caps, so that a cap is met exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.units import FractionOfEquity, PriceMove
from tradewind.risk.entry.book import Line, Stops
from tradewind.risk.entry.caps import Caps
from tradewind.risk.entry.entry import Entry, entry_of
from tradewind.risk.entry.factors import Factors
from tradewind.risk.entry.gates import MacroGuard, check_positions
from tradewind.risk.entry.stops import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.ports import View
    from tradewind.risk.checks import Candidate
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

    Rule = Callable[[Entry], Refusal | None]

C = RefusalCode


class EntryRules:
    """Reviews entries by the parameters of a session."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts) -> None:
        self._parameters = parameters
        self._view = view
        self._facts = facts
        factors = None if parameters.dynamic is None else Factors(parameters, view, facts)
        stop = Stop(parameters, view, facts, factors)
        self._rules: tuple[Rule, ...] = (
            *(() if parameters.macro is None else (MacroGuard(parameters.macro, view, facts).check,)),
            *(() if not _counts(parameters) else (lambda entry: check_positions(entry, parameters, view),)),
            *((stop.check,) if stop.is_asked else ()),
            *(() if factors is None else (factors.check,)),
        )
        self._caps = Caps(parameters, view, facts, factors)

    def review(self, candidate: Candidate) -> Entry | Refusal:
        """Return an entry as large as it may be, on the lot, or why it may not be at all."""
        entry = entry_of(candidate, self._view)
        if type(entry) is Refusal:
            return entry
        for rule in self._rules:
            refusal = rule(entry)
            if refusal is not None:
                return refusal
        return self._caps.check(entry) or self._quantised(entry)

    def check_growth(self, part: Candidate, whole: Candidate) -> Refusal | None:
        """Refuse an amendment by which an order would grow beyond a cap: it is not cut to what is left.

        `part` is what it adds, `whole` the order as it would be.
        """
        if part.quantity <= 0:
            return None
        entry = entry_of(part, self._view)
        if isinstance(entry, Refusal):
            return entry
        entry.before = FractionOfEquity((whole.quantity - part.quantity) * entry.unit / entry.equity)
        entry.stop = self._stop_of(whole)
        for cap in self._caps.rules:
            refusal = cap(entry)
            if refusal is None and entry.bound:
                refusal = part.refuse(entry.bound, entry.room, entry.raw.value, "what an amendment adds, over equity")
            if refusal is not None:
                return refusal
        return None

    def _stop_of(self, whole: Candidate) -> PriceMove:
        """Return the distance of the stop that covers an order; all of the price where there is none."""
        intent, sign = whole.intent, whole.intent.side.sign
        stops = Stops(self._view.open_orders(intent.instrument, intent.strategy), self._facts.planned)
        lost = stops.lost(Line((intent.strategy, intent.instrument), sign * ONE, whole.price, intent.id))
        return PriceMove(max(lost, whole.instrument.tick) / whole.price)

    def _quantised(self, entry: Entry) -> Entry | Refusal:
        least, candidate = self._parameters.min_fraction, entry.candidate
        if least is not None and entry.size.value < least:
            return candidate.refuse(C.BELOW_MINIMUM, least, entry.size.value, "smallest entry over equity")
        sized = entry.sized()
        if sized.quantity <= 0:
            lot = candidate.instrument.lot
            return candidate.refuse(
                C.ZERO_SIZE, lot, ZERO, f"nothing is left after rounding to the lot ({entry.bound})"
            )
        entry.candidate = sized
        return entry


def _counts(parameters: RiskParameters) -> bool:
    return parameters.max_concurrent_positions is not None or parameters.one_entry
