"""What must be true of a simulated world when everything has had the time to come right."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.order import Purpose
from tradewind.execution.compare_books import DUST
from tradewind.execution.lifecycle import OrderState
from tradewind.testing.checker import Checker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.step import Step
    from tradewind.testing.process import Process

_encode = msgspec.msgpack.Encoder().encode
_AT_REST = (OrderState.OPEN, OrderState.ASLEEP)
REQUESTS = (SubmitOrder, CancelOrder, AmendOrder, QueryOrder, QueryAccount)


class BookedOnce(Checker):
    """Each execution is booked once, at the venue's price, and nothing is booked that the venue has not done."""

    def ended(self) -> None:
        """Compare order by order."""
        fills: defaultdict[str, Decimal] = defaultdict(Decimal)
        for fill in self.world.exchange.fills.values():
            fills[fill.order] += fill.quantity
        orders = self.last.engine.orders.by_id
        for name, order in orders.items():
            there = fills.get(name, ZERO)
            self.demand(that=order.filled == there, what=f"{name}: {order.filled} booked, {there} executed")
        missing = [name for name in fills if name not in orders]
        self.demand(that=not missing, what=f"executions of orders that nobody knows: {missing}")


class NoneForgotten(Checker):
    """Every order that rests or sleeps at the venue lives in our books, and every order that lives there is at it."""

    def ended(self) -> None:
        """Compare both ways."""
        ours = set(self.last.engine.orders.living)
        theirs = {order.spec.id for order in self.world.exchange.sim.desk.orders() if order.live}
        self.demand(that=ours == theirs, what=f"only ours {sorted(ours - theirs)}, only theirs {sorted(theirs - ours)}")


class EveryOrderEnds(Checker):
    """When all has had time to come right, nothing is under way or in doubt, and what was cancelled has ended.

    What a breaker closes after the last bar of the world rests: no market comes in which it could trade.
    """

    def ended(self) -> None:
        """Look for what is left."""
        orders, stays = self.last.engine.orders, self.world.plan.terms.quiet_end
        late = self._too_late()
        left = {
            name: order.state.value
            for name, order in orders.living.items()
            if name not in late and not (stays and order.state in _AT_REST and not order.is_unwanted)
        }
        self.demand(that=not left, what=f"not ended: {left}")
        self.demand(that=not orders.doubts, what=f"still in doubt: {sorted(orders.doubts)}")
        self.demand(that=stays or self.world.exchange.resting <= late, what="orders rest at the venue")

    def _too_late(self) -> set[ClientOrderId]:
        market = self.last.engine.market
        return {
            order.spec.id
            for order in self.world.exchange.sim.desk.orders()
            if order.live
            and order.spec.purpose is Purpose.BREAKER
            and order.arrived >= market.states[order.spec.instrument].priced_at
        }


class PositionIsSumOfFills(Checker):
    """The account's position is the venue's, and that is the sum of its executions, the owner's and the forced ones."""

    def ended(self) -> None:
        """Add them up."""
        exchange, books = self.world.exchange, self.last.engine.portfolio
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for fill in exchange.fills.values():
            spec = exchange.specs[fill.order]
            sums[spec.instrument] += fill.quantity * spec.side.sign
        for changes in (exchange.by_hand, exchange.forced):
            for name, changed in changes.items():
                sums[name] += changed
        for name, position in books.totals.items():
            there = exchange.position(name)
            self.demand(that=sums[name] == there, what=f"the venue's own books: {name} {there}, executed {sums[name]}")
            self.demand(that=position.quantity == there, what=f"{name}: we hold {position.quantity}, the venue {there}")


class LedgerEqualsVenue(Checker):
    """What we own of each asset is what the venue says, to the last digit.

    What contracts held have cost counts against it on both sides: which execution closed which depends on
    their order, so a fill that is heard of late shifts profit between wallet and position until it is closed.
    Where somebody else has traded, books are corrected, and what is less than dust is no difference to correct.
    """

    def ended(self) -> None:
        """Compare the wallets."""
        ours = _owned(self.last.engine.portfolio)
        theirs = _owned(self.world.exchange.sim.account.portfolio, self.last.engine.portfolio.instruments)
        slack = DUST if self.world.exchange.by_hand or self.world.exchange.forced else ZERO
        for asset in [*ours, *(asset for asset in theirs if asset not in ours)]:
            have, has = ours.get(asset, ZERO), theirs.get(asset, ZERO)
            self.demand(
                that=have == has or abs(have - has) < slack, what=f"{asset}: we own {have}, the venue says {has}"
            )


class ReplayEqual(Checker):
    """The journal of each process, through a fresh engine, gives the same steps, byte for byte.

    And to fold it without strategies, from its beginning or from the newest checkpoint, leaves the same state.
    """

    def ended(self) -> None:
        """Replay what is on the disk; compare states where a process was started again, and in each fourth world."""
        world = self.world
        compares = len(world.processes) > 1 or world.plan.seed % 4 == 0
        for process in world.processes:
            kept = process.disk.kept
            engine = world.engine(world.actors())
            for was in kept:
                if not _is_same(engine.process(was.event), was):
                    self.demand(that=False, what=f"step {was.seq} of process {process.number} comes out otherwise")
            if kept and compares:
                self._compare(process, kept, engine.state())

    def _compare(self, process: Process, kept: Sequence[Step], state: EngineState) -> None:
        from tradewind.testing.process import following

        if process.disk.checkpoints_kept:  # else what is recovered was folded from the beginning
            follower = following(self.world)
            follower.follow(kept)
            what = difference(state, follower.engine.state())
            self.demand(that=not what, what=f"what follows process {process.number} differs in {what}")
        found = self._found(process, kept)
        what = "" if found is None else difference(state, msgspec.structs.replace(found, places=()))
        self.demand(that=not what, what=f"what is recovered of process {process.number} differs in {what}")

    def _found(self, process: Process, kept: Sequence[Step]) -> EngineState | None:
        """Return what is recovered of a process: by who took its place, if it had all steps, or else now."""
        from tradewind.testing.process import recovered

        after = self.world.processes[process.number : process.number + 1]
        if after and after[0].restored is not None and after[0].restored.seq == kept[-1].seq:
            return after[0].restored
        return recovered(process)


class StateCounts(Checker):
    """What strategies keep in `ctx.state` is exact: each has counted every execution of its orders, once."""

    def ended(self) -> None:
        """Compare with the venue's executions."""
        exchange = self.world.exchange
        counts: defaultdict[str, int] = defaultdict(int)
        for fill in exchange.fills.values():
            counts[exchange.specs[fill.order].strategy] += 1
        for name, (_, context) in self.last.engine.roster.members.items():
            heard = context.state.get("fills", 0)
            self.demand(that=heard == counts[name], what=f"{name} heard of {heard} executions of {counts[name]}")


def _is_same(now: Step, was: Step) -> bool:
    """Tell whether two steps are written down alike; an event that is one and the same needs not be written down."""
    if now.event is not was.event or now.seq != was.seq:
        return _encode(now) == _encode(was)
    if not (now.effects or now.refusals or now.notices or was.effects or was.refusals or was.notices):
        return True
    return _encode((now.effects, now.refusals, now.notices)) == _encode((was.effects, was.refusals, was.notices))


def difference(ours: EngineState, theirs: EngineState) -> str:
    """Name the parts in which two states differ, in a digit too: 0.00 is told otherwise than 0; empty if in none.

    Not the equity that breakers have judged last: whoever begins at a checkpoint judges once more, and no limit lies
    between the two, or one of the engines would have told of it.
    """
    ours, theirs = _without_judged(ours), _without_judged(theirs)
    if _encode(ours) == _encode(theirs):
        return ""
    return ", ".join(
        part for part in ours.__struct_fields__ if _encode(getattr(ours, part)) != _encode(getattr(theirs, part))
    )


def _without_judged(state: EngineState) -> EngineState:
    kept, replace = state.breakers, msgspec.structs.replace
    if kept is None:
        return state
    return replace(state, breakers=replace(kept, worth=replace(kept.worth, equity=None)))


def _owned(
    books: Any,  # noqa: ANN401 - ours or the venue's
    instruments: Mapping[InstrumentId, Instrument] | None = None,
) -> dict[str, Decimal]:
    """Return what is owned of each asset, less what the contracts that are held have cost: to the last digit.

    The last digit of money is `FINEST`; costs of adopted positions come of average prices, which are quotients.
    """
    owned = defaultdict(Decimal, books.ledger.wallet())
    for name, facts in (instruments or books.instruments).items():
        if facts.kind is InstrumentKind.PERPETUAL:
            owned[facts.quote] -= books.totals[name].cost * facts.multiplier
    return {asset: amount.quantize(FINEST) for asset, amount in owned.items()}
