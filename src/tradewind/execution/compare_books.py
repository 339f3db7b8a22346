"""Positions and amounts against the venue's, for `reconcile.py`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.events import BalanceAdjusted, PositionAdjusted
from tradewind.domain.ids import TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity, Strangers
from tradewind.execution.comparison import Found, Slack, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tradewind.domain.events import AccountSnapshot
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.execution.comparison import Ours, Reconciliation

DUST = Decimal("1e-5")
"""Amounts of an asset that are no difference."""
MINOR, MODERATE = Decimal("0.01"), Decimal("0.05")
CASH_MINOR, CASH_MODERATE = Decimal("0.02"), Decimal("0.05")


def positions_of(
    ours: Ours, theirs: AccountSnapshot, settings: Reconciliation, moving: Mapping[InstrumentId, Slack]
) -> Iterator[Found]:
    """Compare the account's positions; yield what nothing that is under way explains."""
    if theirs.positions is None:
        return
    listed = {position.instrument: position for position in theirs.positions}
    for name in [*ours.positions, *(name for name in listed if name not in ours.positions)]:
        own, other = ours.positions.get(name), listed.get(name)
        have, has = (own.quantity if own is not None else ZERO), (other.quantity if other is not None else ZERO)
        slack = moving.get(name, Slack(ZERO, ZERO))
        lot = ours.instruments[name].lot if name in ours.instruments else ZERO
        beyond = max(has - have - slack.up, have - has - slack.down)
        if beyond <= 0 or beyond < lot:
            continue
        kind = _kind(have, has, is_listed=other is not None)
        severe = _severity(have, has, MINOR, MODERATE)
        what = Discrepancy(kind, severe if kind is Kind.QUANTITY_MISMATCH else Severity.CRITICAL, name, have, has)
        cure, strange = None, False
        if own is not None and name not in moving:
            price = other.average_price if other is not None else own.average_price
            strange = settings.external is Strangers.ADOPT and _is_external(have, has, ours.external.get(name, ZERO))
            cure = PositionAdjusted(TradeId(""), name, have, has, price, theirs.ts_recv, strange)
            cure = msgspec.structs.replace(cure, id=TradeId(id_of("adj", cure)))
        then = _owned_with(name, has - have, ours, theirs) if strange else ()
        unread = theirs.fills is None
        yield Found(what, has - have, settings.confirm_after_ns, cure, is_fact=strange, then=then, waits=unread)


def _owned_with(
    name: InstrumentId, change: Decimal, ours: Ours, theirs: AccountSnapshot
) -> tuple[BalanceAdjusted, ...]:
    """Return what makes the amount of a spot asset follow its position, where the venue has as much more of both."""
    facts = ours.instruments[name]
    if facts.kind is InstrumentKind.PERPETUAL:
        return ()
    wallet = ours.wallet.get(facts.base, ZERO)
    has = next((each.total - each.borrowed for each in theirs.balances or () if each.asset == facts.base), None)
    if has is None or has - wallet != change:
        return ()
    cure = BalanceAdjusted(TradeId(""), facts.base, wallet, has, theirs.ts_recv)
    return (msgspec.structs.replace(cure, id=TradeId(id_of("adj", cure))),)


def _is_external(have: Decimal, has: Decimal, external: Decimal) -> bool:
    """Tell whether a difference takes nothing from our strategies: they hold less than the account, on its side."""
    held = have - external
    return not held or (external + has - have) * held >= 0


def _kind(have: Decimal, has: Decimal, *, is_listed: bool) -> Kind:
    if have * has < 0:
        return Kind.SIDE_MISMATCH
    if not have:
        return Kind.MISSING_LOCAL
    return Kind.QUANTITY_MISMATCH if is_listed else Kind.MISSING_BROKER


def cash_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation, unsure: set[str]) -> Iterator[Found]:
    """Compare what is owned of each asset, but for those that something under way may move."""
    if theirs.balances is None or theirs.positions is None:
        return
    touched = touched_by(ours, unsure)
    for asset, have, has in owned_of(ours, theirs):
        wallet = ours.wallet.get(asset, ZERO)
        beyond = abs(have - has)
        if asset in touched or beyond < DUST or beyond <= settings.cash_tolerance * max(abs(have), abs(has)):
            continue
        what = Discrepancy(Kind.CASH, _severity(have, has, CASH_MINOR, CASH_MODERATE), asset, have, has)
        # Average prices are quotients: what they leave beyond the last digit of any venue's books is no money.
        cure = BalanceAdjusted(TradeId(""), asset, wallet, (wallet + has - have).quantize(FINEST), theirs.ts_recv)
        cure = msgspec.structs.replace(cure, id=TradeId(id_of("adj", cure)))
        yield Found(what, has - have, settings.confirm_after_ns, cure, waits=theirs.fills is None)


def touched_by(ours: Ours, unsure: set[str]) -> set[Asset]:
    """Return the assets that instruments move of which something is not certain yet."""
    return {asset for name, each in ours.instruments.items() if name in unsure for asset in (each.base, each.quote)}


def owned_of(ours: Ours, theirs: AccountSnapshot) -> Iterator[tuple[Asset, Decimal, Decimal]]:
    """Yield what is owned of each asset: by our books, and by the venue's.

    What contracts have cost counts against it, on both sides: which execution closed which depends on their
    order, and a fill that we heard of late has shifted profit between the wallet and the position.
    """
    listed = {balance.asset: balance.total - balance.borrowed for balance in theirs.balances or ()}
    cost, their_cost = _contracts(ours, theirs)
    for asset in [*ours.wallet, *(asset for asset in listed if asset not in ours.wallet)]:
        yield asset, ours.wallet.get(asset, ZERO) - cost[asset], listed.get(asset, ZERO) - their_cost[asset]


def _contracts(ours: Ours, theirs: AccountSnapshot) -> tuple[Mapping[Asset, Decimal], Mapping[Asset, Decimal]]:
    """Return what the contracts held have cost, by the asset that they settle in: ours, and the venue's."""
    cost: defaultdict[Asset, Decimal] = defaultdict(Decimal)
    their_cost: defaultdict[Asset, Decimal] = defaultdict(Decimal)
    for name, facts in ours.instruments.items():
        if facts.kind is InstrumentKind.PERPETUAL:
            cost[facts.quote] += ours.positions[name].cost * facts.multiplier
    for position in theirs.positions or ():
        known = ours.instruments.get(position.instrument)
        if known is not None and known.kind is InstrumentKind.PERPETUAL:
            their_cost[known.quote] += known.notional(position.quantity, position.average_price)
    return cost, their_cost


def _severity(have: Decimal, has: Decimal, minor: Decimal, moderate: Decimal) -> Severity:
    """Return how bad a difference of signed amounts is: +100 against -100 is 200 %."""
    return severity_of(abs(have - has) / max(abs(have), abs(has)), minor, moderate)


def severity_of(part: Decimal, minor: Decimal, moderate: Decimal) -> Severity:
    """Return how bad a difference of a part is; what is reached is the worse."""
    return Severity.MINOR if part < minor else Severity.MODERATE if part < moderate else Severity.CRITICAL
