"""The one gate: every intent is approved, and becomes an order, or is refused, with a reason.

The order of the checks is that of spec/risk-and-positions.md, section 1; the first refusal wins. What
only reduces a position is asked for little, and no limit may stand in its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.risk.amending import amended_intent, growth_of
from tradewind.risk.approved import Approved, netted, orders_of
from tradewind.risk.checks import Candidate, check_form, check_funds, check_order
from tradewind.risk.exposure import check_exit, check_exposure
from tradewind.risk.intake import Intake

if TYPE_CHECKING:
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
    from tradewind.ports import OrderView
    from tradewind.risk.entry.entry import Entry

C = RefusalCode


class RiskGate(Intake):
    """Reviews intents one by one, so that each sees the one before as in flight."""

    def review(self, intent: OrderIntent) -> Approved | Refusal:
        """Size and check the wish for an order."""
        candidate = self._candidate(intent)
        if self.breakers is not None and type(candidate) is not Refusal and candidate.adds:
            candidate = self.breakers.sized(candidate)
        if type(candidate) is Refusal:
            return candidate
        refusal, entry = self.check_holds(candidate), None
        if refusal is None and candidate.adds:
            refusal = self._check_market(candidate)
            if refusal is None and self._entries is not None:
                reviewed = self._entries.review(candidate)
                if type(reviewed) is Refusal:
                    return reviewed
                entry, candidate = reviewed, reviewed.candidate
        refusal = refusal or self._check(candidate, entry)
        if refusal is not None:
            return refusal
        if self._restraints is not None and candidate.adds:
            self._restraints.count(intent.strategy, self._view)
        if self.fills_at_once and intent.type is OrderType.MARKET:
            self._room.fill_at_once(candidate)
        if self.breakers is not None:
            self.breakers.passed()
        if entry is not None and self.facts is not None:
            self.facts.tell(entry.told())
        approved = orders_of(candidate.intent, candidate.quantity)
        return netted(*approved) if self._room.is_netted(candidate) else approved

    def _check_market(self, candidate: Candidate) -> Refusal | None:
        """Refuse an entry where the market is not known or closed."""
        for check in self._market:
            refusal = check(candidate)
            if refusal is not None:
                return refusal
        return None

    def _check(self, candidate: Candidate, entry: Entry | None) -> Refusal | None:
        """Ask for what holds of each order by itself, of the account after it, and of how many there were."""
        limits, view = self._limits, self._view
        refusal = check_form(candidate)
        if refusal is None and self._restraints is not None:
            refusal = self._restraints.check(candidate, view)
        if refusal is None and candidate.adds:
            equity, book = (None, None) if entry is None else (entry.equity, entry.book)
            refusal = check_order(candidate, limits, view) or check_exposure(candidate, limits, view, equity, book)
        elif refusal is None and candidate.intent.reduce_only:
            refusal = check_exit(candidate, limits, view)
        refusal = refusal or check_funds(candidate, limits, self._account, view)
        if refusal is None and self._rate.limit is not None:
            refusal = self._rate.check(candidate)
        return refusal

    def review_cancel(self, intent: CancelIntent) -> Refusal | None:
        """Let a cancel through if there is something to cancel; no halt stands in its way."""
        order = self._view.order(intent.order)
        if order is None or order.spec.strategy != intent.strategy:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"no order {intent.order}")
        if order.is_closed:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"order {intent.order} has ended")
        return Refusal(intent, C.WARMING_UP) if self.warming else None

    def review_amend(self, intent: AmendIntent) -> Refusal | None:
        """Check the order as it would be; what it would grow by, in size or in value, like a new one beside it."""
        order = self._view.order(intent.order)
        if order is None or order.is_closed or order.spec.strategy != intent.strategy:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"no open order {intent.order}")
        if self.warming:
            return Refusal(intent, C.WARMING_UP)
        spec = order.spec
        if spec.type is OrderType.MARKET:
            return Refusal(intent, C.NOT_AMENDABLE, detail="a market order cannot be amended")
        quantity = spec.quantity if intent.quantity is None else intent.quantity
        if quantity <= order.filled:
            return Refusal(intent, C.NOT_AMENDABLE, order.filled, quantity, "not above what has filled")
        amended = self._amended(order, intent)
        refusal = amended if isinstance(amended, Refusal) else self._review_amended(amended, order)
        if refusal is None and self._amends.limit is not None and isinstance(amended, Candidate):
            refusal = self._amends.check(amended)
        return None if refusal is None else structs.replace(refusal, intent=intent)

    def _amended(self, order: OrderView, intent: AmendIntent) -> Candidate | Refusal:
        """Return what is left of an order as the amendment would have it."""
        spec = order.spec
        quantity = spec.quantity if intent.quantity is None else intent.quantity
        amended = self._candidate(amended_intent(spec, intent, quantity - order.filled))
        if not isinstance(amended, Refusal) and quantity <= spec.quantity and (intent.price or intent.trigger) is None:
            amended = structs.replace(amended, adds=False)  # it only shrinks
        return amended

    def _review_amended(self, whole: Candidate, order: OrderView) -> Refusal | None:
        spec = order.spec
        growth, dearer = growth_of(whole, order)
        if growth <= 0 and spec.reduce_only:
            # It was let through, and the venue trims it to what is held.
            whole = structs.replace(whole, room=whole.quantity)
        refusal = self.check_holds(whole) or check_form(whole)
        if refusal is None and whole.adds:
            refusal = check_order(whole, self._limits, self._view)
        elif refusal is None and spec.reduce_only and growth > 0:
            refusal = check_exit(whole, self._limits, self._view)
        if refusal is not None or spec.reduce_only or (growth <= 0 and dearer <= 0):
            return refusal
        part = structs.replace(
            whole,
            quantity=max(growth, ZERO),
            value=max(dearer, whole.instrument.notional(growth, whole.price)),
            room=None if whole.room is None else whole.room - (whole.quantity - growth),
        )
        refusal = check_exposure(part, self._limits, self._view) if part.adds else None
        if refusal is None and part.adds and self._entries is not None:
            refusal = self._entries.check_growth(part, whole)
        if refusal is None and self._restraints is not None:
            refusal = self._restraints.check(part, self._view)
        refusal = refusal or check_funds(part, self._limits, self._account, self._view)
        if refusal is None and self._rate.limit is not None and growth > 0:
            refusal = self._rate.check(part)
        if refusal is None and self._restraints is not None and part.adds:
            self._restraints.count(spec.strategy, self._view)
        return refusal

    def count_order(self, spec: OrderSpec) -> None:
        """Count an order that the gate of another engine has let through, before it is in flight here."""
        if self._restraints is not None and self.adds(spec):
            self._restraints.count(spec.strategy, self._view)
        if self._rate.limit is not None:
            self._rate.count()
        if self.breakers is not None:
            self.breakers.passed()

    def uncount_order(self, spec: OrderSpec) -> None:
        """Take back the count of an order that was let through and has not left."""
        if self._restraints is not None:
            self._restraints.uncount(spec.strategy, self._view)

    def count_amendment(self, order: OrderView, intent: AmendIntent) -> None:
        """Count an amendment that the gate of another engine has let through, before it is in flight here."""
        if self._amends.limit is not None:
            self._amends.count()
        if order.spec.reduce_only or (self._restraints is None and self._rate.limit is None):
            return
        whole = self._amended(order, intent)
        if isinstance(whole, Refusal):
            return
        growth, dearer = growth_of(whole, order)
        if self._restraints is not None and whole.adds and (growth > 0 or dearer > 0):
            self._restraints.count(order.spec.strategy, self._view)
        if self._rate.limit is not None and growth > 0:
            self._rate.count()
