"""The one gate: every intent is approved, and becomes an order, or is refused, with a reason.

The order of the checks is that of spec/risk-and-positions.md, section 1; the first refusal wins. What
only reduces a position is asked for little, and no limit may stand in its way.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.money import floor_to
from tradewind.domain.order import OrderSpec, OrderType, Purpose
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.checks import Candidate, check_form, check_funds, check_limits
from tradewind.risk.sizing import reference_price, size

if TYPE_CHECKING:
    from tradewind.domain.account import AccountKind
    from tradewind.domain.ids import StrategyId
    from tradewind.ports import View
    from tradewind.risk.limits import Limits

Approved = tuple[OrderSpec, tuple[OrderSpec, ...]]
"""An order, and the exits that are attached to it."""

C = RefusalCode


class RiskGate:
    """Reviews intents one by one, so that each sees the one before as in flight."""

    def __init__(self, limits: Limits, account: AccountKind, view: View) -> None:
        self._limits = limits
        self._account = account
        self._view = view
        self._sent: deque[int] = deque()
        self.paused = False
        self.stopping = False
        self.warming = False
        """While history is run through the strategies, their orders are held back."""
        self.halted: set[StrategyId | None] = set()

    def resume(self) -> None:
        """Take back a pause and all halts."""
        self.paused = False
        self.halted.clear()

    def review(self, intent: OrderIntent) -> Approved | Refusal:
        """Size and check the wish for an order."""
        candidate = self._candidate(intent)
        if isinstance(candidate, Refusal):
            return candidate
        refusal = (
            self._check_state(candidate)
            or check_form(candidate)
            or (check_limits(candidate, self._limits, self._view) if candidate.adds else None)
            or check_funds(candidate, self._limits, self._account, self._view)
            or (self._check_rate(candidate) if candidate.adds else None)
        )
        if refusal:
            return refusal
        self._sent.append(self._view.now)
        return _orders(intent, candidate.quantity)

    def review_cancel(self, intent: CancelIntent) -> Refusal | None:
        """Let a cancel through if there is something to cancel; no halt stands in its way."""
        order = self._view.order(intent.order)
        if order is None or order.spec.strategy != intent.strategy:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"no order {intent.order}")
        if order.is_closed:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"order {intent.order} has ended")
        return None

    def review_amend(self, intent: AmendIntent) -> Refusal | None:
        """Check the amended order like a new one, in place of the old."""
        order = self._view.order(intent.order)
        if order is None or order.is_closed or order.spec.strategy != intent.strategy:
            return Refusal(intent, C.UNKNOWN_ORDER, detail=f"no open order {intent.order}")
        spec = order.spec
        if spec.type is OrderType.MARKET:
            return Refusal(intent, C.NOT_AMENDABLE, detail="a market order cannot be amended")
        quantity = spec.quantity if intent.quantity is None else intent.quantity
        if quantity <= order.filled:
            return Refusal(intent, C.NOT_AMENDABLE, order.filled, quantity, "not above what has filled")
        if quantity > spec.quantity and not spec.reduce_only:
            return self._review_increase(intent, spec, quantity - spec.quantity)
        return None

    def _review_increase(self, intent: AmendIntent, spec: OrderSpec, extra: Decimal) -> Refusal | None:
        price = intent.price if intent.price is not None else spec.price
        wish = OrderIntent(
            spec.id, spec.strategy, spec.instrument, spec.side, extra, spec.type, price,
            intent.trigger if intent.trigger is not None else spec.trigger,
        )  # fmt: skip
        verdict = self.review(wish)
        return Refusal(intent, verdict.code, verdict.limit, verdict.value, verdict.detail) if isinstance(
            verdict, Refusal
        ) else None

    def _candidate(self, intent: OrderIntent) -> Candidate | Refusal:
        view = self._view
        try:
            instrument = view.instrument(intent.instrument)
        except KeyError:
            return Refusal(intent, C.UNKNOWN_INSTRUMENT, detail=f"this session does not trade {intent.instrument}")
        price = reference_price(intent, view)
        if price is None or price <= 0:
            return Refusal(intent, C.NO_PRICE, detail=f"no price of {intent.instrument} yet")
        quantity = intent.quantity
        if quantity is None:
            quantity = size(self._limits.sizing, intent, price, view)
            if quantity is None:
                return Refusal(intent, C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
        quantity = floor_to(quantity, instrument.lot)
        if quantity <= 0:
            return Refusal(intent, C.ZERO_SIZE, instrument.lot, quantity, "nothing is left after rounding to the lot")
        position = view.position(intent.instrument, intent.strategy).quantity
        reduces = position * intent.side.sign < 0 and quantity <= abs(position)
        return Candidate(intent, instrument, quantity, price, adds=not (intent.reduce_only or reduces))

    def _check_state(self, candidate: Candidate) -> Refusal | None:
        intent = candidate.intent
        if self.warming:
            return Refusal(intent, C.WARMING_UP)
        if self.paused:
            return Refusal(intent, C.PAUSED)
        if self.stopping and intent.tag != "shutdown":
            return Refusal(intent, C.STOPPING)
        if not candidate.adds:
            return None
        if None in self.halted or intent.strategy in self.halted:
            return Refusal(intent, C.HALTED)
        if self._view.has_unknown(intent.instrument):
            return Refusal(intent, C.OUTCOME_UNKNOWN, detail="an order of this instrument has no answer yet")
        return None

    def _check_rate(self, candidate: Candidate) -> Refusal | None:
        limit, sent = self._limits.orders_per_minute_max, self._sent
        while sent and sent[0] <= self._view.now - NS_PER_MINUTE:
            sent.popleft()
        if limit is not None and len(sent) >= limit:
            return Refusal(candidate.intent, C.ORDER_RATE, Decimal(limit), Decimal(len(sent) + 1))
        return None


def _orders(intent: OrderIntent, quantity: Decimal) -> Approved:
    """Turn an approved intent into its order and the exits attached to it."""
    spec = OrderSpec(
        id=intent.id, strategy=intent.strategy, instrument=intent.instrument, side=intent.side, type=intent.type,
        quantity=quantity, price=intent.price, trigger=intent.trigger, trail_amount=intent.trail_amount,
        trail_fraction=intent.trail_fraction, tif=intent.tif, expire_at=intent.expire_at,
        post_only=intent.post_only, reduce_only=intent.reduce_only, oco=intent.oco, purpose=intent.purpose,
        tag=intent.tag,
    )  # fmt: skip
    exits = []
    if intent.stop_loss is not None and intent.stop_loss_id is not None:
        exits.append(_exit(spec, intent.stop_loss_id, OrderType.STOP, Purpose.STOP_LOSS, trigger=intent.stop_loss))
    if intent.take_profit is not None and intent.take_profit_id is not None:
        exits.append(
            _exit(spec, intent.take_profit_id, OrderType.LIMIT, Purpose.TAKE_PROFIT, price=intent.take_profit)
        )
    return spec, tuple(exits)


def _exit(  # noqa: PLR0913 - the fields in which the two exits differ
    parent: OrderSpec,
    order_id: object,
    kind: OrderType,
    purpose: Purpose,
    *,
    price: Decimal | None = None,
    trigger: Decimal | None = None,
) -> OrderSpec:
    return OrderSpec(
        id=order_id, strategy=parent.strategy, instrument=parent.instrument, side=parent.side.opposite, type=kind,  # type: ignore[arg-type]
        quantity=parent.quantity, price=price, trigger=trigger, reduce_only=True, oco=f"{parent.id}/exit",
        parent=parent.id, purpose=purpose, tag=parent.tag,
    )  # fmt: skip


