"""What positions have cost on average against what the venue says, for `reconcile.py`.

Both sides may have the same executions and other averages: of two that cross, which closed what depends on the order in
which they were heard of. Then money and profit are the same in sum, and only how much of the profit is realised
is not. So a difference is one as far as the money differs with it; the rest is taken over from the venue, and no
equity moves by it. What the venue does not reckon, or what could not be read, is not compared.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tradewind.domain.corrections import AverageAdjusted
from tradewind.domain.ids import TradeId
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.reconciliation import Discrepancy, Kind
from tradewind.execution.compare_books import MINOR, MODERATE, owned_of, severity_of, touched_by
from tradewind.execution.comparison import Found, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.account import VenuePosition
    from tradewind.domain.events import AccountSnapshot
    from tradewind.domain.position import Position
    from tradewind.execution.comparison import Ours, Reconciliation


SAME = Decimal("1e-5")
"""Averages that differ by no more than this fraction are the same."""


class Averages(NamedTuple):
    """What a comparison of averages has come to."""

    orders_of_executions: tuple[AverageAdjusted, ...] = ()
    """What the same executions in the venue's order make of ours."""
    found: tuple[Found, ...] = ()
    """What no order of the same executions explains."""


def averages_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation, unsure: set[str]) -> Averages:
    """Compare positions that are equal in quantity, where all executions and amounts could be read."""
    if theirs.positions is None or theirs.balances is None or theirs.fills is None:
        return Averages()
    explained, found = [], []
    differing = list(_differing(ours, theirs.positions, unsure))
    if not differing:
        return Averages()
    money = {asset: abs(have - has) for asset, have, has in owned_of(ours, theirs)}
    touched = touched_by(ours, unsure)
    for own, other in differing:
        facts = ours.instruments[other.instrument]
        if facts.quote in touched:
            continue
        have, has = own.average_price, other.average_price
        by_money = money.get(facts.quote, ZERO) / (abs(own.quantity) * facts.multiplier)
        part = min(abs(have - has), by_money) / max(have, has)
        cure = _cure(own, other, theirs.ts_recv)
        if part <= SAME:
            explained.append(cure)
            continue
        what = Discrepancy(Kind.AVERAGE_PRICE, severity_of(part, MINOR, MODERATE), other.instrument, have, has)
        found.append(Found(what, has - have, settings.confirm_after_ns, cure))
    return Averages(tuple(explained), tuple(found))


def _differing(
    ours: Ours, listed: tuple[VenuePosition, ...], unsure: set[str]
) -> Iterator[tuple[Position, VenuePosition]]:
    for other in listed:
        own = ours.positions.get(other.instrument)
        if own is None or not other.tells_average or other.instrument in unsure or own.quantity != other.quantity:
            continue
        have, has = own.average_price, other.average_price
        if have > 0 < has and abs(have - has) > SAME * max(have, has):
            yield own, other


def _cure(own: Position, other: VenuePosition, ts_recv: int) -> AverageAdjusted:
    cost = (other.quantity * other.average_price).quantize(FINEST)
    cure = AverageAdjusted(TradeId(""), other.instrument, own.quantity, own.cost, cost, ts_recv)
    return msgspec.structs.replace(cure, id=TradeId(id_of("adj", cure)))
