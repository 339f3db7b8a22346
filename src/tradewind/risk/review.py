"""The one gate: every intent is approved, and becomes an order, or is refused, with a reason.

The order of the checks is that of spec/risk-and-positions.md, section 1; the first refusal wins. What
only reduces a position is asked for little, and no limit may stand in its way.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.checkpoint import RiskState
from tradewind.domain.money import ZERO, floor_to
from tradewind.domain.order import OrderSpec, OrderType, Purpose, Side
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.checks import Candidate, check_form, check_funds, check_order
from tradewind.risk.exposure import check_exposure
from tradewind.risk.restraints import Restraints
from tradewind.risk.sizing import reference_price, size

if TYPE_CHECKING:
    from tradewind.domain.account import AccountKind
    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.domain.restraint import Restraint
    from tradewind.ports import OrderView, View
    from tradewind.risk.limits import Limits

Approved = tuple[OrderSpec, tuple[OrderSpec, ...]]
"""An order, and the exits that are attached to it."""

C = RefusalCode
_ENGINES_OWN = (Purpose.SHUTDOWN, Purpose.OPERATOR, Purpose.PROTECTION)
"""What no strategy can wish for, and nothing holds up."""
_BUY = Side.BUY  # to look a member of an Enum up takes 0.1 us


class RiskGate:
    """Reviews intents one by one, so that each sees the one before as in flight."""

    def __init__(self, limits: Limits, account: AccountKind, view: View) -> None:
        self._limits = limits
        self._account = account
        self._view = view
        self._sent: deque[int] = deque()
        self.paused = False
        self.stopping = False
        self.without_exits = False
        """The session ends with all orders taken back, exits too: none is put back."""
        self.warming = False
        """While history is run through the strategies, their orders are held back."""
        self.halted: set[StrategyId | None] = set()
        self.is_ready = True
        """False before the account has been compared with the venue's: nothing is sent, exits only when it lasts."""
        self.close_only: dict[str, str] = {}
        """Why exposure may only fall, by who says so; whoever says so takes it back."""
        self.cancel_only: dict[str, str] = {}
        """Why orders may only be taken back, likewise."""
        self.disputed: set[InstrumentId] = set()
        """Instruments of which our books differ from the venue's, and the operator is to decide: they may reduce."""
        self.unguarded: set[InstrumentId] = set()
        """Instruments whose stops the venue has refused: they may reduce until an operator resumes."""
        self._restraints: Restraints | None = None
        self.fills_at_once = False
        """Whether the venue trades a market order before the next one of the same turn comes (argo's fill model)."""
        self._scratch: dict[tuple[StrategyId, InstrumentId], Decimal] = {}

    def begin_turn(self) -> None:
        """Forget the market orders of the turn before: by now they have filled, or never will."""
        self._scratch.clear()

    def resume(self) -> None:
        """Take back a pause and all halts; the engine sets those of held strategies again."""
        self.paused = False
        self.halted.clear()
        self.disputed = set()
        self.unguarded.clear()

    def restrain(self, restraint: Restraint) -> None:
        """Keep a restraint that a strategy lays on itself."""
        self._restraints = self._restraints or Restraints()
        self._restraints.add(restraint)

    def state(self) -> RiskState:
        """Return what stands in the way of orders as plain data."""
        since, laid = self._view.now - NS_PER_MINUTE, self._restraints
        return RiskState(
            self.paused,
            tuple(sorted(self.halted, key=lambda name: name or "")),
            tuple(sorted(self.disputed)),
            tuple(ts for ts in self._sent if ts > since),
            () if laid is None else laid.laid,
            () if laid is None else laid.placed,
            tuple(sorted(self.close_only.items())),
            tuple(sorted(self.cancel_only.items())),
            tuple(sorted(self.unguarded)),
        )

    def restore(self, state: RiskState) -> None:
        """Take over what `state` wrote down."""
        self.paused = state.paused
        self.halted.update(state.halted)
        self.disputed = set(state.disputed)
        self.close_only.update(state.close_only)
        self.cancel_only.update(state.cancel_only)
        self.unguarded.update(state.unguarded)
        self._sent.extend(state.sent)
        if state.restraints:
            self._restraints = self._restraints or Restraints()
            self._restraints.restore(state.restraints, state.placed)

    def review(self, intent: OrderIntent) -> Approved | Refusal:
        """Size and check the wish for an order."""
        limits, view = self._limits, self._view
        candidate = self._candidate(intent)
        if isinstance(candidate, Refusal):
            return candidate
        refusal = self._check_state(candidate) or check_form(candidate)
        if refusal is None and self._restraints is not None:
            refusal = self._restraints.check(candidate, self._view)
        if refusal is None and candidate.adds:
            refusal = check_order(candidate, limits, view) or check_exposure(candidate, limits, view)
        refusal = refusal or check_funds(candidate, limits, self._account, view)
        if refusal is None and limits.orders_per_minute_max is not None:
            refusal = self._check_rate(candidate, limits.orders_per_minute_max)
        if refusal is not None:
            return refusal
        if self._restraints is not None and candidate.adds:
            self._restraints.count(intent.strategy, view)
        if self.fills_at_once and intent.type is OrderType.MARKET:
            key = intent.strategy, intent.instrument
            self._scratch[key] = self._scratch.get(key, ZERO) + candidate.quantity * intent.side.sign
        approved = _orders(intent, candidate.quantity)
        return _netted(*approved) if self._is_netted(candidate) else approved

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
        return None if refusal is None else structs.replace(refusal, intent=intent)

    def _amended(self, order: OrderView, intent: AmendIntent) -> Candidate | Refusal:
        """Return what is left of an order as the amendment would have it."""
        spec = order.spec
        quantity = spec.quantity if intent.quantity is None else intent.quantity
        amended = self._candidate(_amended(spec, intent, quantity - order.filled))
        if not isinstance(amended, Refusal) and quantity <= spec.quantity and (intent.price or intent.trigger) is None:
            amended = structs.replace(amended, adds=False)  # it only shrinks
        return amended

    def _review_amended(self, whole: Candidate, order: OrderView) -> Refusal | None:
        spec = order.spec
        growth, dearer = _growth(whole, order)
        if growth <= 0 and spec.reduce_only:
            # It was let through, and the venue trims it to what is held.
            whole = structs.replace(whole, room=whole.quantity)
        refusal = self._check_state(whole) or check_form(whole)
        if refusal is None and whole.adds:
            refusal = check_order(whole, self._limits, self._view)
        if refusal is not None or spec.reduce_only or (growth <= 0 and dearer <= 0):
            return refusal
        part = structs.replace(
            whole,
            quantity=max(growth, ZERO),
            value=max(dearer, whole.instrument.notional(growth, whole.price)),
            room=None if whole.room is None else whole.room - (whole.quantity - growth),
        )
        refusal = check_exposure(part, self._limits, self._view) if part.adds else None
        if refusal is None and self._restraints is not None:
            refusal = self._restraints.check(part, self._view)
        refusal = refusal or check_funds(part, self._limits, self._account, self._view)
        limit = self._limits.orders_per_minute_max
        if refusal is None and limit is not None and growth > 0:
            refusal = self._check_rate(part, limit)
        if refusal is None and self._restraints is not None and part.adds:
            self._restraints.count(spec.strategy, self._view)
        return refusal

    def count_order(self, spec: OrderSpec) -> None:
        """Count an order that the gate of another engine has let through, before it is in flight here."""
        if self._restraints is not None:
            room = self._room(spec)
            if not spec.reduce_only and (room is None or spec.quantity > room):
                self._restraints.count(spec.strategy, self._view)
        if self._limits.orders_per_minute_max is not None:
            self._count_sent()

    def count_amendment(self, order: OrderView, intent: AmendIntent) -> None:
        """Count an amendment that the gate of another engine has let through, before it is in flight here."""
        if order.spec.reduce_only or (self._restraints is None and self._limits.orders_per_minute_max is None):
            return
        whole = self._amended(order, intent)
        if isinstance(whole, Refusal):
            return
        growth, dearer = _growth(whole, order)
        if self._restraints is not None and whole.adds and (growth > 0 or dearer > 0):
            self._restraints.count(order.spec.strategy, self._view)
        if self._limits.orders_per_minute_max is not None and growth > 0:
            self._count_sent()

    def _candidate(self, intent: OrderIntent) -> Candidate | Refusal:
        view = self._view
        try:
            instrument = view.instrument(intent.instrument)
        except KeyError:
            return Refusal(intent, C.UNKNOWN_INSTRUMENT, detail=f"this session does not trade {intent.instrument}")
        price = reference_price(intent, view)
        if price is None:
            return Refusal(intent, C.NO_PRICE, detail=f"no price of {intent.instrument} yet")
        if price <= 0:
            return Refusal(intent, C.INVALID_ORDER, instrument.tick, price, "not a positive price")
        quantity = intent.quantity
        if quantity is None:
            quantity = size(self._limits.sizing, intent, price, view)
            if quantity is None:
                return Refusal(intent, C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
        quantity = floor_to(quantity, instrument.lot)
        if quantity <= 0:
            return Refusal(intent, C.ZERO_SIZE, instrument.lot, quantity, "nothing is left after rounding to the lot")
        room = self._room(intent)
        adds = not intent.reduce_only and (room is None or quantity > room)
        return Candidate(intent, instrument, quantity, price, instrument.notional(quantity, price), room, adds)

    def _room(self, intent: OrderIntent | OrderSpec) -> Decimal | None:
        """Return how much of the strategy's position is not yet on its way out; None if the intent is not against it.

        Exits that rest are other ways out of the same thing and are not deducted. From a reduce-only intent
        only what trades at once is: of what rests beside it, the venue itself takes off what is too much.
        """
        held = self._view.position(intent.instrument, intent.strategy).quantity
        if self._scratch:
            return self._room_at_once(intent, held)
        if not held or (held > 0) is (intent.side is _BUY):
            return None
        leaving = ZERO
        for order in self._view.open_orders(intent.instrument, intent.strategy):
            spec = order.spec
            counts = spec.trades_at_once if intent.reduce_only else not spec.is_resting_exit
            if counts and spec.side is intent.side and spec.id != intent.id:
                leaving += order.open_quantity
        return abs(held) - leaving

    def _room_at_once(self, intent: OrderIntent | OrderSpec, held: Decimal) -> Decimal | None:
        """Return the room by a scratch book in which the orders of this turn have filled."""
        held += self._scratch.get((intent.strategy, intent.instrument), ZERO)
        return abs(held) if held and (held > 0) is not (intent.side is _BUY) else None

    def _is_netted(self, candidate: Candidate) -> bool:
        """Tell whether strategies on the other side leave the account less than the order, or its exits, would close.

        They net at the venue, and it would refuse or cut a reduce-only order that our own books allow.
        """
        intent, view = candidate.intent, self._view
        if not intent.reduce_only and not intent.has_exits:
            return False
        way_out = intent.side if intent.reduce_only else intent.side.opposite
        others = view.position(intent.instrument).quantity - view.position(intent.instrument, intent.strategy).quantity
        covered = -way_out.sign * others
        for order in view.open_orders(intent.instrument):
            spec = order.spec
            if spec.trades_at_once and spec.side is way_out and spec.strategy != intent.strategy:
                covered -= order.open_quantity
        if intent.reduce_only:
            covered += (candidate.room or ZERO) - candidate.quantity
        return covered < 0

    def _check_state(self, candidate: Candidate) -> Refusal | None:
        intent = candidate.intent
        if not candidate.adds and intent.reduce_only and intent.purpose in _ENGINES_OWN:
            return None
        if self.warming:
            return Refusal(intent, C.WARMING_UP)
        if not self.is_ready and (candidate.adds or not self.close_only):
            return Refusal(intent, C.NOT_READY, detail="the account has not been compared with the venue's yet")
        if self.paused:
            return Refusal(intent, C.PAUSED)
        if self.cancel_only:
            return Refusal(intent, C.CANCEL_ONLY, detail="; ".join(self.cancel_only.values()))
        if not candidate.adds:
            return None
        if self.stopping:
            return Refusal(intent, C.STOPPING)
        if None in self.halted or intent.strategy in self.halted:
            return Refusal(intent, C.HALTED)
        if self.close_only:
            return Refusal(intent, C.CLOSE_ONLY, detail="; ".join(self.close_only.values()))
        if self.disputed and intent.instrument in self.disputed:
            return Refusal(intent, C.DISCREPANCY, detail="our books differ from the venue's")
        if self.unguarded and intent.instrument in self.unguarded:
            return Refusal(intent, C.CLOSE_ONLY, detail="the venue refuses stops of this instrument")
        if self._view.has_unknown(intent.instrument):
            return Refusal(intent, C.OUTCOME_UNKNOWN, detail="an order of this instrument has no answer yet")
        return None

    def _check_rate(self, candidate: Candidate, limit: int) -> Refusal | None:
        """Refuse one entry too many within a minute, or count the order as sent; exits count and pass."""
        since = self._view.now - NS_PER_MINUTE
        recent = sum(1 for ts in self._sent if ts > since)
        if candidate.adds and recent >= limit:
            return Refusal(candidate.intent, C.ORDER_RATE, Decimal(limit), Decimal(recent + 1))
        self._count_sent()
        return None

    def _count_sent(self) -> None:
        """Count an order as sent."""
        sent, now = self._sent, self._view.now
        while sent and sent[0] <= now - NS_PER_MINUTE:
            sent.popleft()
        sent.append(now)


def _growth(whole: Candidate, order: OrderView) -> tuple[Decimal, Decimal]:
    """Return by how much an order would grow, in quantity and in value."""
    spec, there = order.spec, order.open_quantity
    value = whole.instrument.notional(there, spec.price or spec.trigger or whole.price)
    return whole.quantity - there, whole.value - value


def _amended(spec: OrderSpec, intent: AmendIntent, quantity: Decimal) -> OrderIntent:
    """Return the wish for an order as the amendment would leave it."""
    return OrderIntent(
        id=spec.id, strategy=spec.strategy, instrument=spec.instrument, side=spec.side, quantity=quantity,
        type=spec.type, price=spec.price if intent.price is None else intent.price,
        trigger=spec.trigger if intent.trigger is None else intent.trigger, trail_amount=spec.trail_amount,
        trail_fraction=spec.trail_fraction, tif=spec.tif, expire_at=spec.expire_at, post_only=spec.post_only,
        reduce_only=spec.reduce_only,
    )  # fmt: skip


def _orders(intent: OrderIntent, quantity: Decimal) -> Approved:
    """Turn an approved intent into its order and the exits attached to it."""
    if intent.is_bare:
        return OrderSpec(
            intent.id, intent.strategy, intent.instrument, intent.side, intent.type, quantity,
            reduce_only=intent.reduce_only, oco=intent.oco, purpose=intent.purpose, tag=intent.tag,
        ), ()  # fmt: skip
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
        exits.append(_exit(spec, intent.take_profit_id, OrderType.LIMIT, Purpose.TAKE_PROFIT, price=intent.take_profit))
    if intent.time_limit_ns is not None and intent.time_limit_id is not None:
        timed = _exit(spec, intent.time_limit_id, OrderType.MARKET, Purpose.TIME_LIMIT)
        exits.append(structs.replace(timed, after_ns=intent.time_limit_ns))
    return spec, tuple(exits)


def _netted(spec: OrderSpec, exits: tuple[OrderSpec, ...]) -> Approved:
    """Send what may only reduce as plain orders."""
    order = structs.replace(spec, netted=True) if spec.reduce_only else spec
    return order, tuple(structs.replace(child, netted=True) for child in exits)


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
