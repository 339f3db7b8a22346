"""What the account is worth, and how it is held, against the venue's, for `reconcile.py`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.domain.reconciliation import Discrepancy, Kind, Severity
from tradewind.execution.comparison import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tradewind.domain.events import AccountSnapshot
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.execution.comparison import Ours, Reconciliation

NONE, MINOR, MODERATE = Decimal("0.01"), Decimal("0.02"), Decimal("0.05")
"""Below these fractions; spec/risk-and-positions.md, section 20."""

Held = tuple["InstrumentId", Decimal, Decimal]
"""An instrument, what is held of it, and what one unit of that has cost."""


def worth_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation) -> Iterator[Found]:
    """Compare the equity, at our prices on both sides, where nothing is under way and every price is known.

    A critical difference is certain at once: nothing on its way can explain it, as all executions are listed.
    """
    if theirs.balances is None or theirs.positions is None:
        return
    listed = {balance.asset: balance.total - balance.borrowed for balance in theirs.balances}
    have = _value(ours, ours.wallet, ((p.instrument, p.quantity, p.average_price) for p in ours.positions.values()))
    has = _value(ours, listed, ((p.instrument, p.quantity, p.average_price) for p in theirs.positions))
    if have is None or has is None or have == has:
        return
    part = abs(have - has) / max(abs(have), abs(has))
    if part < NONE:
        return
    severity = Severity.MINOR if part < MINOR else Severity.MODERATE if part < MODERATE else Severity.CRITICAL
    at_once = severity is Severity.CRITICAL and theirs.fills is not None
    what = Discrepancy(Kind.EQUITY, severity, "equity", have, has)
    yield Found(what, Decimal(int(severity)), settings.confirm_after_ns, None, is_certain=at_once)


def mode_of(ours: Ours, theirs: AccountSnapshot, settings: Reconciliation) -> Iterator[Found]:
    """Compare whether positions are held against collateral; what the venue does not say is not compared."""
    if theirs.account is not None and ours.account is not None and theirs.account is not ours.account:
        what = Discrepancy(Kind.ACCOUNT_MODE, Severity.CRITICAL, theirs.account.value)
        yield Found(what, what.kind, settings.confirm_after_ns, None)


def _value(ours: Ours, amounts: Mapping[Asset, Decimal], held: Iterable[Held]) -> Decimal | None:
    """Return amounts and open contracts in the base currency; None if a price is missing."""
    total = ZERO
    for asset, amount in amounts.items():
        price = ours.worth(asset) if amount else ZERO
        if price is None:
            return None
        total += amount * price
    for name, quantity, average in held:
        facts = ours.instruments.get(name)
        if facts is None:
            return None
        if facts.kind is InstrumentKind.PERPETUAL and quantity:
            mark, price = ours.mark(name), ours.worth(facts.quote)
            if mark is None or price is None:
                return None
            total += (mark - average) * quantity * facts.multiplier * price
    return total
