"""What the gate is made of, what is kept of it, and how a wish becomes a candidate: sized, on the lot, priced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.money import floor_to
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.risk.checks import Candidate
from tradewind.risk.entry.rules import EntryRules
from tradewind.risk.facts import Facts, RiskFact
from tradewind.risk.holds import Holds
from tradewind.risk.market import market_checks
from tradewind.risk.rate import Rate
from tradewind.risk.restraints import Restraints
from tradewind.risk.room import Room
from tradewind.risk.sizing.plain import size
from tradewind.risk.sizing.price import reference_price
from tradewind.risk.sizing.sizer import Sizer, is_plain, needs_facts
from tradewind.risk.tightening import tightened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tradewind.domain.account import AccountKind
    from tradewind.domain.checkpoint import RiskState
    from tradewind.domain.events import TradingDay
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.restraint import Restraint
    from tradewind.domain.signal import OrderIntent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import View
    from tradewind.risk.breakers.door import Breakers
    from tradewind.risk.limits import Limits

C = RefusalCode


class Intake(Holds):
    """The parts of the gate, chosen once by the limits: what is not configured is not there."""

    def __init__(self, limits: Limits, account: AccountKind, view: View, *, interval: str = "1m") -> None:
        super().__init__(view)
        parameters = limits.parameters
        if parameters is not None and limits.leverage_max is None:
            limits = structs.replace(limits, leverage_max=parameters.max_leverage)
        self._limits = limits
        self._account = account
        self._room = Room(view)
        self._rate = Rate(limits.orders_per_minute_max, view)
        self._amends = Rate(limits.amends_per_minute_max, view, C.AMEND_RATE)
        self._restraints: Restraints | None = None
        self.days: dict[str, TradingDay] = {}
        """By calendar, the trading day that was told last; a session that goes on is told it anew."""
        self._market = market_checks(limits, view, self.days)
        self.facts = Facts(limits, view, interval) if needs_facts(limits) else None
        """What limits of entries and sizers go by; the engine feeds it."""
        self._sizer = None if self.facts is None or is_plain(limits.sizing) else Sizer(limits, view, self.facts)
        self._entries: EntryRules | None = None
        if self.facts is not None and parameters is not None:
            self._entries = EntryRules(parameters, view, self.facts)
        self._tightened: dict[str, Decimal] = {}
        """What an operator has tightened since the start, also of the sessions before."""
        self.fills_at_once = False
        """Whether the venue trades a market order before the next one of the same turn comes (argo's fill model)."""

    def begin_turn(self) -> None:
        """Forget the market orders of the turn before: by now they have filled, or never will."""
        self._room.begin_turn()

    def restrain(self, restraint: Restraint) -> None:
        """Keep a restraint that a strategy lays on itself."""
        self._restraints = self._restraints or Restraints()
        self._restraints.add(restraint)

    @property
    def limits(self) -> Limits:
        """The limits as they are now, tightened or not."""
        return self._limits

    @property
    def sent_lately(self) -> Iterable[TimeNs]:
        """When the latest orders were let through; empty where no rate is limited."""
        return self._rate.sent

    def adds(self, spec: OrderSpec) -> bool:
        """Tell whether an order that was let through may open or add, before it is in flight."""
        room = self._room.of(spec)
        return not spec.reduce_only and (room is None or spec.quantity > room)

    def tighten(self, name: str, value: Decimal) -> str:
        """Lower a limit from the next order on; return why not, empty if it is done."""
        limits = tightened(self._limits, name, value)
        if isinstance(limits, str):
            return limits
        self._limits, self._tightened[name] = limits, value
        return ""

    def hear(self, told: RiskFact) -> None:
        """Hear what the limits of entries go by, where there are any."""
        if self.facts is not None:
            self.facts.hear(told)

    def state(self) -> RiskState:
        """Return what stands in the way of orders as plain data."""
        laid, state = self._restraints, self.held()
        return structs.replace(
            state,
            sent=self._rate.kept(),
            restraints=() if laid is None else laid.laid,
            placed=() if laid is None else laid.placed,
            facts=state.facts if self.facts is None else self.facts.state(),
            amended=self._amends.kept(),
            tightened=tuple(self._tightened.items()),
        )

    def restore(self, state: RiskState) -> None:
        """Take over what `state` wrote down."""
        self.hold(state)
        self._rate.sent.extend(state.sent)
        self._amends.sent.extend(state.amended)
        if state.restraints:
            self._restraints = self._restraints or Restraints()
            self._restraints.restore(state.restraints, state.placed)
        if self.facts is not None:
            self.facts.restore(state.facts)
        for name, value in state.tightened:
            self.tighten(name, value)  # refused where the configuration has become tighter still

    def rehearse(self, intent: OrderIntent, breakers: Breakers) -> Refusal | None:
        """Return what would hold an intent up with other breakers than ours; nothing is counted, nothing is told."""
        candidate = self._candidate(intent)
        if isinstance(candidate, Refusal):
            return candidate
        ours, self.breakers = self.breakers, breakers
        try:
            return self.check_holds(candidate)
        finally:
            self.breakers = ours

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
            sized = self._raw(intent, price)
            if isinstance(sized, Refusal):
                return sized
            quantity = sized
        quantity = floor_to(quantity, instrument.lot)
        if quantity <= 0:
            return Refusal(intent, C.ZERO_SIZE, instrument.lot, quantity, "nothing is left after rounding to the lot")
        room = self._room.of(intent)
        adds = not intent.reduce_only and (room is None or quantity > room)
        return Candidate(intent, instrument, quantity, price, instrument.notional(quantity, price), room, adds)

    def _raw(self, intent: OrderIntent, price: Decimal) -> Decimal | Refusal:
        """Return the quantity that the sizer gives an intent without one."""
        if self._sizer is not None:
            return self._sizer.quantity(intent, price)
        quantity = size(self._limits.sizing, intent, price, self._view)
        if quantity is None:
            return Refusal(intent, C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
        return quantity
