"""What a journal alone says of books and orders, reckoned a second time and in another way.

Nothing here asks the engine, the ledger or the order table: sums over events, so that they can be checked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.parity.worlds import specs_of
from tradewind.domain import events as ev
from tradewind.domain.instrument import InstrumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.step import Step

ZERO = Decimal(0)
ENDS = (ev.OrderRejected, ev.OrderCancelled, ev.OrderExpired)


@dataclass
class Reckoned:
    """Sums over the executions and payments of a journal."""

    held: dict[InstrumentId, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    held_by: dict[tuple[StrategyId, InstrumentId], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    assets: dict[Asset, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """What each asset came to, as if contracts were paid in full: see `contracts`."""
    contracts: dict[InstrumentId, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """What was paid for contracts, signed; no asset changes hands for it."""
    liquidated: bool = False


def reckon(steps: Sequence[Step], instruments: Sequence[Instrument]) -> Reckoned:
    """Add up what the events of a journal say."""
    done = Reckoned()
    specs = {spec.id: spec for spec in specs_of(steps)}
    facts = {instrument.id: instrument for instrument in instruments}
    told: set[str] = set()
    for step in steps:
        event = step.event
        match event:
            case ev.SessionStarted():
                for balance in event.balances:
                    done.assets[balance.asset] += balance.total
            case ev.OrderFilled() if event.trade_id not in told:  # a question brings the words of before once more
                told.add(event.trade_id)
                spec = specs[event.order]
                _execution(done, facts[spec.instrument], spec.side.sign * event.quantity, event)
                net = event.fee if event.fee_asset == facts[spec.instrument].base else ZERO
                done.held_by[spec.strategy, spec.instrument] += spec.side.sign * event.quantity - net
            case ev.PositionLiquidated():
                done.liquidated = True
                _execution(done, facts[event.instrument], event.side.sign * event.quantity, event)
            case ev.FundingPaid():
                done.assets[event.asset] += event.amount
            case ev.BorrowCharged():
                done.assets[event.asset] -= event.amount
            case _:
                pass
    return done


def _execution(
    done: Reckoned, facts: Instrument, signed: Decimal, event: ev.OrderFilled | ev.PositionLiquidated
) -> None:
    net = event.fee if event.fee_asset == facts.base else ZERO
    done.held[facts.id] += signed - net
    done.assets[event.fee_asset] -= event.fee
    paid = signed * event.price * facts.multiplier
    if facts.kind is InstrumentKind.PERPETUAL:
        done.contracts[facts.id] += paid
    else:
        done.assets[facts.base] += signed
        done.assets[facts.quote] -= paid


def ends_of(steps: Sequence[Step]) -> dict[ClientOrderId, list[str]]:
    """Return how each order that was sent ended, by the venue's words: its ends, none if it lives."""
    specs: dict[ClientOrderId, OrderSpec] = {spec.id: spec for spec in specs_of(steps)}
    wanted = {name: spec.quantity for name, spec in specs.items()}
    filled: dict[ClientOrderId, Decimal] = dict.fromkeys(specs, ZERO)
    ends: dict[ClientOrderId, list[str]] = {name: [] for name in specs}
    told: set[str] = set()
    for step in steps:
        event = step.event
        if isinstance(event, ev.OrderRejected):
            # Exits end with their entry; the venue says so once more, of each.
            ends[event.order].append("rejected")
            for name in (n for n, spec in specs.items() if spec.parent == event.order and not ends[n]):
                ends[name].append("rejected")
        elif isinstance(event, ENDS) and "rejected" not in ends.get(specs[event.order].parent or event.order, ()):
            ends[event.order].append(type(event).__name__.removeprefix("Order").lower())
        elif isinstance(event, ev.OrderAmended):
            wanted[event.order] = event.quantity
        if isinstance(event, ev.OrderFilled):
            if event.trade_id in told:
                continue  # a question brings the words of before once more
            told.add(event.trade_id)
            filled[event.order] += event.quantity
            assert filled[event.order] <= wanted[event.order], f"{event.order} was filled for more than it asked"
        if isinstance(event, ev.OrderFilled | ev.OrderAmended) and filled[event.order] == wanted[event.order]:
            ends[event.order].append("filled")
    return ends
