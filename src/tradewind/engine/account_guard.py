"""Looks after stops: one that ends without our wish is put back, and the venue is asked each minute whether all rest.

A stop that lapsed is looked at again a second later, when its execution, a liquidation or the word on its rival has
had time to come; if the position is still there, another takes its place. If that one is refused too, the position is
closed at the market, and the instrument may only reduce until an operator resumes. A close that is refused is tried
again each minute: the position stays in the books, and is told of, as long as it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.checkpoint import KeptLapse
from tradewind.domain.commands import SetTimer
from tradewind.domain.ids import EXTERNAL, ClientOrderId, TimerId
from tradewind.domain.order import Purpose
from tradewind.domain.signal import CancelIntent
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.account_exits import lapsed, needed, replaced, uncovered

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent
    from tradewind.domain.step import ExitMissing
    from tradewind.domain.time import TimeNs
    from tradewind.execution.comparison import Reconciliation
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.risk.review import RiskGate

LAPSED, STOPS = TimerId("/account/lapsed"), TimerId("/account/stops")
EACH_NS = NS_PER_MINUTE
"""How often stops are looked at, and how often a close that was refused is tried again."""


class Guard:
    """Knows the ways out that have lapsed, and does something about them until the position is covered or gone."""

    def __init__(  # noqa: PLR0913 - the stages that it looks at, and those that obey
        self,
        settings: Reconciliation,
        orders: Orders,
        portfolio: Portfolio,
        risk: RiskGate,
        *,
        ids: OrderIds,
        words: list[Any],
    ) -> None:
        self._orders = orders
        self._portfolio = portfolio
        self._risk = risk
        self._ids = ids
        self._words = words
        self._exit_after_ns = settings.exit_after_ns
        self._has_rounds = settings.interval_ns > EACH_NS
        """Rounds that are as frequent look at the stops anyway."""
        self._lapsed: dict[ClientOrderId, KeptLapse] = {}

    def state(self) -> tuple[KeptLapse, ...]:
        """Return what has lapsed, as plain data."""
        return tuple(self._lapsed.values())

    def restore(self, state: tuple[KeptLapse, ...]) -> None:
        """Take over what `state` wrote down."""
        self._lapsed = {each.order: each for each in state}

    def begin(self, ts: TimeNs) -> None:
        """Begin to look each minute, if the venue is asked at all."""
        if self._has_rounds:
            self._words.append(SetTimer(STOPS, ts + EACH_NS))

    def heard(self, order: Order, ts: TimeNs) -> None:
        """Take note of an order that has just ended."""
        if self._risk.without_exits or not lapsed(order):
            return
        lapse, spec = KeptLapse(order.spec.id, self._orders.count, ts), order.spec
        quantity = uncovered(order, self._orders, self._portfolio, lapse)
        if quantity <= 0:
            return
        self._lapsed[spec.id] = lapse
        if spec.purpose is not Purpose.PROTECTION:
            self._words.append(SetTimer(LAPSED, ts + self._exit_after_ns))
        elif spec.protects:
            self._replace(order, quantity, lapse, ts)
        else:
            self._words.append(SetTimer(STOPS, ts + EACH_NS))

    def miss(self, order: Order, since: TimeNs, ts: TimeNs) -> None:
        """Put another in the place of a stop that the venue's list does not have as it should, though nobody said so.

        It is asked back: should it be there after all, it does not stay beside the other.
        """
        quantity = needed(order, self._portfolio)
        if quantity > 0 and not self._risk.without_exits:
            self._words.append(CancelIntent(order.spec.strategy, order.spec.id))
            self._words.extend(self._instead(order, quantity, since, ts))

    def replaced(self, told: ExitMissing) -> None:
        """Take from a recorded step which order was wished for: whoever follows counts ids without the strategies."""
        lapse = self._lapsed.get(told.order)
        if lapse is not None:
            self._lapsed[told.order] = replace(lapse, replaced_by=told.replaced_by)

    def look(self, timer: TimerId, ts: TimeNs) -> bool:
        """Put back what is still missing, as a timer says; return whether the venue is to be asked for its stops."""
        if self._risk.without_exits:
            self._lapsed.clear()
        for name, lapse in list(self._lapsed.items()):
            order = self._orders.by_id.get(name)
            if order is None or not self._put_back(order, lapse, ts):
                del self._lapsed[name]
        regular = timer == STOPS and self._has_rounds
        if regular or self._lapsed:
            self._words.append(SetTimer(STOPS, ts + EACH_NS))
        return regular and any(
            order.spec.protects and order.spec.strategy != EXTERNAL for order in self._orders.living.values()
        )

    def _put_back(self, order: Order, lapse: KeptLapse, ts: TimeNs) -> bool:
        """Put back what is missing; return whether more may be."""
        entry = order.spec.parent
        may_grow = entry is not None and entry in self._orders.living
        sent = None if lapse.replaced_by is None else self._orders.by_id.get(lapse.replaced_by)
        if sent is not None:
            if not may_grow:
                return False
            lapse = replace(lapse, replaced_by=None, covered=lapse.covered + sent.spec.quantity)
            self._lapsed[order.spec.id] = lapse
        quantity = uncovered(order, self._orders, self._portfolio, lapse)
        if quantity > 0:
            self._replace(order, quantity, lapse, ts)
        return quantity > 0 or may_grow

    def _replace(self, order: Order, quantity: Decimal, lapse: KeptLapse, ts: TimeNs) -> None:
        """Put another in the place of one that has lapsed."""
        missing, instead = self._instead(order, quantity, lapse.since, ts)
        self._lapsed[order.spec.id] = replace(lapse, replaced_by=instead.id)
        self._words += (missing, instead)

    def _instead(self, order: Order, quantity: Decimal, since: TimeNs, ts: TimeNs) -> tuple[ExitMissing, OrderIntent]:
        """Return what takes an order's place; from a close on, nothing is opened where nothing can be protected."""
        if order.spec.purpose is Purpose.PROTECTION:
            self._risk.unguarded.add(order.spec.instrument)
        return replaced(order, quantity, self._ids, since, ts)
