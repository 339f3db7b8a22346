"""What the venue has locked of each asset against what resting orders explain, for `reconcile.py`.

Venues set aside differently for stops, exits and orders that cancel each other, and some add the fee. So there is a
least that must be locked, by the plain limit orders that both sides know, and a most that may be, by all that the venue
lists. What lies beyond is locked by nothing that we know of. Only cash accounts are compared, and only venues that say
what they lock; what is unknown is no difference.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import Discrepancy, Kind
from tradewind.execution.compare_books import CASH_MINOR, CASH_MODERATE, DUST, severity_of, touched_by
from tradewind.execution.comparison import Found
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.account import VenueOrder
    from tradewind.domain.events import AccountSnapshot
    from tradewind.domain.ids import Asset
    from tradewind.execution.comparison import Ours, Reconciliation

FEES = Decimal("0.01")
"""Venues that set the fee aside with an order lock at most this fraction more."""


def locked_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation, unsure: set[str]) -> Iterator[Found]:
    """Compare what is locked; as a part of the asset's amount it counts like the amount itself."""
    if not theirs.tells_locked or theirs.balances is None or theirs.orders is None:
        return
    if theirs.account is not AccountKind.CASH or ours.account is not AccountKind.CASH:
        return
    least, most, unbounded = _explained(ours, theirs.orders)
    touched = touched_by(ours, unsure)
    for balance in theirs.balances:
        asset, has = balance.asset, balance.locked
        if asset in touched:
            continue
        have = least[asset] if has < least[asset] else most[asset]
        beyond = least[asset] - has if has < least[asset] else has - most[asset]
        if beyond < DUST or (has >= least[asset] and asset in unbounded):
            continue
        amount = max(abs(balance.total), abs(ours.wallet.get(asset, ZERO)), beyond)
        if beyond <= settings.cash_tolerance * amount:
            continue
        severity = severity_of(beyond / amount, CASH_MINOR, CASH_MODERATE)
        what = Discrepancy(Kind.LOCKED, severity, asset, have, has)
        yield Found(what, has - have, settings.confirm_after_ns, None)


def _explained(
    ours: Ours, listed: tuple[VenueOrder, ...]
) -> tuple[defaultdict[Asset, Decimal], defaultdict[Asset, Decimal], set[Asset]]:
    """Return the least and the most that orders lock, by asset, and the assets of which no most is known."""
    least: defaultdict[Asset, Decimal] = defaultdict(Decimal)
    most: defaultdict[Asset, Decimal] = defaultdict(Decimal)
    unbounded: set[Asset] = set()
    for other in listed:
        facts = ours.instruments.get(other.instrument)
        if facts is None or facts.kind is InstrumentKind.PERPETUAL:
            continue
        left, asset = other.quantity - other.filled, facts.base
        if other.side is Side.BUY:
            asset = facts.quote
            if other.price is None:
                unbounded.add(asset)
                continue
            left = facts.notional(left, other.price)
        most[asset] += left * (ONE + FEES)
        if _is_plain(ours, other):
            least[asset] += left
    return least, most, unbounded


def _is_plain(ours: Ours, other: VenueOrder) -> bool:
    """Tell whether an order is one of which every venue locks what it would give."""
    order = ours.orders.living.get(other.order)
    if order is None or order.state is not OrderState.OPEN or order.amending or order.filled != other.filled:
        return False
    spec = order.spec
    is_alone = spec.parent is None and spec.oco is None and not spec.reduce_only
    return is_alone and spec.type is OrderType.LIMIT and (spec.price, spec.quantity) == (other.price, other.quantity)
