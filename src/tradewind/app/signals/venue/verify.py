"""Proof that the keys of an exchange do the same again: the journals of its sessions, each through a fresh engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.app.signals.venue.configured import has_shorts, sessions_of
from tradewind.app.signals.venue.past import is_begun, journals_of
from tradewind.app.signals.venue.session import strategies_of
from tradewind.record.journal.reader import read_header
from tradewind.runtime.replay import Replay, verify

if TYPE_CHECKING:
    from tradewind.strategy.signals.definition import ExchangeDefinition


def verified_at_venue(exchange: ExchangeDefinition, strategy: str) -> list[Replay]:
    """Replay all sessions of an exchange that had a strategy, with the strategies as they are defined now.

    Raises `ReplayMismatch` naming the first step that comes out otherwise.
    """
    replays = []
    for journal in journals_of(sessions_of(exchange)):
        if not is_begun(journal):
            continue
        header = read_header(journal)
        names = [source.id for source in header.strategies]
        if strategy in names:
            symbols = [each.symbol for each in header.instruments]
            shorts = has_shorts(msgspec.json.decode(header.config))
            replays.append(verify(journal, strategies_of(exchange, names, symbols, shorts=shorts)))
    return replays
