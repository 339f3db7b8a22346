"""What a session's rows call things: the names that people read, and the session's own in a database of many."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId, StrategyId
    from tradewind.record.journal.header import SessionHeader

DIGEST_LENGTH = 8


def session_key(header: SessionHeader) -> str:
    """Return the session's id in a database: `2025-10-01/run_1#3f2a9c1d`.

    Folders of two machines have sessions of the same name; the digest is of what began them, and comes out the same
    whenever it is made.
    """
    parts = [header.session_id, header.created, header.mode, header.config_hash, header.data, str(header.seed)]
    parts += [f"{each.id} {each.sha256} {each.parameters}" for each in header.strategies]
    parts += [instrument.id for instrument in header.instruments]
    sha = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{header.session_id}#{sha[:DIGEST_LENGTH]}"


class Names:
    """Names of one session's strategies and instruments."""

    def __init__(self, header: SessionHeader) -> None:
        self._strategies = {strategy.id: strategy.name for strategy in header.strategies}

    def booked(self, strategy: StrategyId, instrument: InstrumentId) -> dict[str, str]:
        """Return the columns that say whose something is, and what it is of."""
        return {
            "instrument": instrument,
            "symbol": symbol_of(instrument),
            "strategy": strategy,
            "strategy_name": self.of(strategy),
        }

    def of(self, strategy: str) -> str:
        """Return what people call a strategy; one that is no part of the session has its id alone."""
        return self._strategies.get(strategy, strategy)
