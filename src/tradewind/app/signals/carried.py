"""What the breakers of a key keep beyond its sessions, found by following the last journal step by step.

The next session goes on with the money that was earned, so that peak and day are of the same account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from tradewind.app.signals.history import is_unbegun
from tradewind.domain.errors import JournalError
from tradewind.domain.money import ZERO
from tradewind.engine.engine import Engine
from tradewind.portfolio.ledger import Account
from tradewind.record.journal.reader import read, read_header

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from tradewind.app.signals.history import SignalHistory
    from tradewind.domain.breakers import BreakersState
    from tradewind.strategy.signals.definition import ExchangeDefinition


class Carried(NamedTuple):
    """What the session before has brought, and what its breakers keep."""

    earned: Decimal = ZERO
    breakers: BreakersState | None = None


def carried(past: SignalHistory, exchange: ExchangeDefinition) -> Carried:
    """Return what goes over to the next session of a key; nothing if its exchange has no breakers.

    Raises `JournalError` if the last journal cannot be read: what has latched there is not known to be over.
    """
    if exchange.breakers is None:
        return Carried()
    for journal in reversed(past.journals()):
        engine = _followed(journal)
        if engine is not None:
            break
    else:
        return Carried()
    kept = None if engine.breakers is None else engine.state().breakers
    if kept is not None:  # the next session counts its questions anew, so any answer that comes to it is later
        kept = replace(kept, breakers=tuple(replace(each, asked=0) for each in kept.breakers))
    wallet = engine.portfolio.ledger.balance(Account.WALLET, engine.view.base)
    return Carried(wallet - exchange.balance + _paid_again(past), kept)


def _followed(journal: Path) -> Engine | None:
    """Return an engine as of the last step of a journal; None of one that was never begun."""
    try:
        header = read_header(journal)
        engine = Engine(header.instruments, {}, header.engine, recording=False)
        for step in read(journal):
            engine.follow(step)
    except JournalError as error:
        if is_unbegun(error):
            return None
        raise
    return engine if engine.seq else None


def _paid_again(past: SignalHistory) -> Decimal:
    """Return the fees that the next session pays once more, as it fills again what is open."""
    row = past.row
    entries = [] if row is None else [fill for fill in row.fills if fill.is_entry]
    if row is None or not entries:
        return ZERO
    return sum((fill.fee for fill in entries), ZERO) * row.held / sum((fill.quantity for fill in entries), ZERO)
