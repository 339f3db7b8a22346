"""What every venue must do, as cards with ids: importable, to be played at a venue of your own.

    stage = Stage(venue, instrument, price, quantity, can=frozenset({"stop", "post_only"}))
    async with stage.listening():
        for card in CARDS:
            if not card.skipped_by(stage):
                await card.play(stage)

A card raises `AssertionError` with its id where the venue does otherwise, `TimeoutError` where it says nothing. Cards
leave nothing behind: what rests is cancelled, what is bought is sold. docs/venues.md has the list.
"""

from __future__ import annotations

from tradewind.testing.contract.account import ACCOUNT
from tradewind.testing.contract.card import ABILITIES, Card, listed, played
from tradewind.testing.contract.in_process import InProcess
from tradewind.testing.contract.kinds import KINDS
from tradewind.testing.contract.market import MARKET
from tradewind.testing.contract.orders import ORDERS
from tradewind.testing.contract.stage import Stage

__all__ = [
    "ABILITIES",
    "ACCOUNT",
    "CARDS",
    "KINDS",
    "MARKET",
    "ORDERS",
    "Card",
    "InProcess",
    "Stage",
    "listed",
    "played",
    "reference",
]

CARDS: tuple[Card, ...] = (*ORDERS, *KINDS, *ACCOUNT, *MARKET)


def reference() -> str:
    """Return all cards as a table, in Markdown."""
    return listed(CARDS)
