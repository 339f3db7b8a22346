"""Row 9: an entry has a stop, at a distance that is neither too near nor too far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.instrument import Rounding
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import Purpose, Side
from tradewind.domain.step import RefusalCode
from tradewind.domain.units import PriceMove
from tradewind.risk.entry.book import Line, Stops

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.entry.factors import Factors
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

C = RefusalCode
_BUY = Side.BUY  # to look a member of an Enum up takes 0.1 us
_ASKING = ("stop_loss", "min_stop", "max_stop", "max_risk_per_trade", "max_daily_risk")


class Stop:
    """Checks the stop of an entry, gives it the default one, and widens it as dynamic risk says."""

    def __init__(self, parameters: RiskParameters, view: View, facts: Facts, factors: Factors | None) -> None:
        self._parameters = parameters
        self._view = view
        self._facts = facts
        self._factors = factors
        self.is_asked = any(getattr(parameters, name) is not None for name in _ASKING)

    def check(self, entry: Entry) -> Refusal | None:
        """Refuse an entry without a stop, or with one at the wrong distance; set its distance as it will be."""
        candidate, parameters = entry.candidate, self._parameters
        price, at = candidate.price, candidate.intent.stop_loss
        planned = self._planned(entry) if at is None else None
        at = at or planned
        if at is not None:
            distance = (price - at if candidate.intent.side is _BUY else at - price) / price
            if distance <= ZERO:
                return candidate.refuse(C.INVALID_ORDER, price, at, "stop_loss lies on the side of profit")
        elif parameters.stop_loss is None or self._facts.next_id is None:
            return candidate.refuse(C.NO_STOP, detail="an entry needs a stop: stop_loss")
        else:
            distance = parameters.stop_loss
        least, most = parameters.min_stop, parameters.max_stop
        limit = least if least is not None and distance < least else None
        if limit is None and most is not None and distance > most:
            limit = most
        if limit is not None:
            return candidate.refuse(C.STOP_DISTANCE, limit, distance, "from the price that it is reckoned at")
        if planned is not None:
            entry.stop = PriceMove(distance)  # it stands where it was planned; what it risks is held by the caps
            return None
        factor = ONE if self._factors is None else self._factors.of(entry).stop
        if factor is ONE and at is not None:
            entry.stop = PriceMove(distance)  # as of most entries: it stands where it is wanted
        else:
            self._place(entry, self._widened(distance, factor), is_moved=at is None or factor != 1)
        return None

    def _planned(self, entry: Entry) -> Decimal | None:
        """Return a stop that will cover the entry without being attached to it: its policy's, or that of the position.

        What adds to a position is covered by the position's stop, which grows with it.
        """
        intent = entry.candidate.intent
        planned = self._facts.planned(intent.id)
        if planned is not None or intent.purpose is not Purpose.SCALE_IN:
            return planned
        price = entry.candidate.price
        stops = Stops(self._view.open_orders(intent.instrument, intent.strategy), self._facts.planned)
        lost = stops.lost(Line((intent.strategy, intent.instrument), entry.sign * ONE, price, None))
        return price - lost * entry.sign if ZERO < lost < price else None

    def _widened(self, distance: Decimal, factor: Decimal) -> Decimal:
        """Return the distance by dynamic risk, within what is allowed."""
        widened, parameters = distance * factor, self._parameters
        if factor > 1 and parameters.max_stop is not None:
            return min(widened, parameters.max_stop)
        if factor < 1 and parameters.min_stop is not None:
            return max(widened, parameters.min_stop)
        return widened

    def _place(self, entry: Entry, distance: Decimal, *, is_moved: bool) -> None:
        """Put the stop into the entry, on the tick towards the price, so that it costs no more than was reckoned."""
        entry.stop = PriceMove(distance)
        if not is_moved:
            return
        candidate = entry.candidate
        intent, instrument = candidate.intent, candidate.instrument
        rounding = Rounding.UP if entry.sign > 0 else Rounding.DOWN
        at = instrument.price((-entry.stop).price_from(candidate.price, entry.sign), rounding)
        name = intent.stop_loss_id
        if name is None:
            assert self._facts.next_id is not None
            name = self._facts.next_id()
        entry.candidate = structs.replace(candidate, intent=structs.replace(intent, stop_loss=at, stop_loss_id=name))
