"""Looks after stops: one that ends without our wish is put back, and the venue is asked each minute whether all rest.

A stop that lapsed is looked at again a second later, when its execution, a liquidation or the word on its rival has
had time to come; if the position is still there, another takes its place. One that is refused is tried again, after
a second and then after twice as long; with the third in a row (spec/risk-and-positions.md, section 4) the position is
closed at the market, and the instrument may only reduce until an operator resumes. A close that is refused is tried
again each minute: the position stays in the books, and is told of, as long as it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.checkpoint import KeptLapse
from tradewind.domain.commands import SetTimer
from tradewind.domain.ids import EXTERNAL, ClientOrderId, TimerId
from tradewind.domain.signal import CancelIntent
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.account_exits import lapsed, needed, replaced, uncovered

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.step import ExitMissing
    from tradewind.domain.time import TimeNs
    from tradewind.execution.comparison import Reconciliation
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.risk.review import RiskGate

LAPSED, STOPS = TimerId("/account/lapsed"), TimerId("/account/stops")
EACH_NS = NS_PER_MINUTE
"""How often ways out are looked at, and how often a close that was refused is tried again."""
TRIES = 3
"""So many stops in a row may fail to rest; then the position is closed."""


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
        self.spares: Callable[[Order], bool] | None = None
        """Which stop need not be put back, as the one that it was to take the place of is there yet."""

    def looks_after(self, strategy: StrategyId, instrument: InstrumentId) -> bool:
        """Tell whether a way out of a position has lapsed, and something is being done about it here."""
        for name in self._lapsed:
            order = self._orders.by_id.get(name)
            if order is not None and order.spec.strategy == strategy and order.spec.instrument == instrument:
                return True
        return False

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
        if self._risk.without_exits or not lapsed(order) or (self.spares is not None and self.spares(order)):
            return
        tries = self._tries(order)
        lapse = KeptLapse(order.spec.id, self._orders.count, ts, tries=tries, due=ts + self._wait_ns(order, tries))
        quantity = uncovered(order, self._orders, self._portfolio, lapse)
        if quantity <= 0:
            return
        self._lapsed[lapse.order] = lapse
        if order.spec.protects and tries >= TRIES:
            self._replace(order, quantity, lapse, ts)
        self._wake(ts)

    def miss(self, order: Order, since: TimeNs, ts: TimeNs) -> None:
        """Put another in the place of a stop that the venue's list does not have as it should, though nobody said so.

        It is asked back: should it be there after all, it does not stay beside the other.
        """
        quantity = needed(order, self._portfolio)
        if quantity > 0 and not self._risk.without_exits:
            self._words.append(CancelIntent(order.spec.strategy, order.spec.id))
            lapse = KeptLapse(order.spec.id, self._orders.count, since, tries=self._tries(order))
            self._replace(order, quantity, lapse, ts)
            self._wake(ts)

    def replaced(self, told: ExitMissing) -> None:
        """Take from a recorded step which order was wished for: whoever follows counts ids without the strategies."""
        lapse = self._lapsed.get(told.order)
        if lapse is not None:
            self._lapsed[told.order] = replace(lapse, replaced_by=told.replaced_by)

    def look(self, timer: TimerId, ts: TimeNs) -> bool:
        """Put back what is due and still missing; return whether the venue is to be asked for its orders.

        It is where a way out rests, or is on its way: a stop may be gone, and the word of an execution may be lost,
        after which the same position would be closed twice.
        """
        if self._risk.without_exits:
            self._lapsed.clear()
        for name, lapse in list(self._lapsed.items()):
            order = self._orders.by_id.get(name)
            if lapse.due <= ts and (order is None or not self._put_back(order, lapse, ts)):
                del self._lapsed[name]
        if self._lapsed:
            self._wake(ts)
        if timer != STOPS or not self._has_rounds:
            return False
        self._words.append(SetTimer(STOPS, ts + EACH_NS))
        return any(order.spec.reduce_only and order.spec.strategy != EXTERNAL for order in self._orders.living.values())

    def _tries(self, order: Order) -> int:
        """Return how many stops in a row have failed to rest, up to this one that has just ended or is missing.

        The venue may take each of them and end it at once: who has taken the place of one a minute ago, and longer,
        has rested.
        """
        name = order.spec.id
        before = next((lapse.tries for lapse in self._lapsed.values() if lapse.replaced_by == name), None)
        return int(not order.was_there) if before is None else before + 1

    def _wait_ns(self, order: Order, tries: int) -> TimeNs:
        """Return the time from the end of a way out until another takes its place."""
        return self._exit_after_ns * 2 ** max(tries - 1, 0) if order.spec.protects else EACH_NS

    def _wake(self, ts: TimeNs) -> None:
        """Be woken when the first of those that have lapsed is due."""
        self._words.append(SetTimer(LAPSED, max(ts, min(lapse.due for lapse in self._lapsed.values()))))

    def _put_back(self, order: Order, lapse: KeptLapse, ts: TimeNs) -> bool:
        """Put back what is missing; return whether more may be."""
        entry = order.spec.parent
        may_grow = entry is not None and entry in self._orders.living
        sent = None if lapse.replaced_by is None else self._orders.by_id.get(lapse.replaced_by)
        if sent is not None:
            if not may_grow:
                return False
            lapse = replace(lapse, replaced_by=None, covered=lapse.covered + sent.spec.quantity, tries=0)
        quantity = uncovered(order, self._orders, self._portfolio, lapse)
        if quantity > 0:
            self._replace(order, quantity, lapse, ts)
        elif may_grow:
            self._lapsed[lapse.order] = replace(lapse, due=ts + EACH_NS)
        return quantity > 0 or may_grow

    def _replace(self, order: Order, quantity: Decimal, lapse: KeptLapse, ts: TimeNs) -> None:
        """Put another in the place of one that has lapsed, or close; from a close on, nothing is opened there."""
        closes = lapse.tries >= TRIES or not order.spec.protects
        if closes:
            self._risk.unguarded.add(order.spec.instrument)
        told, instead = replaced(order, quantity, self._ids, lapse, ts, closes=closes)
        self._lapsed[lapse.order] = replace(lapse, replaced_by=instead.id, due=ts + EACH_NS)
        self._words += (told, instead)
