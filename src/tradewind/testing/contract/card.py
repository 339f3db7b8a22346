"""A card: one thing that a venue must do, under an id, and when a venue need not do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from tradewind.testing.contract.stage import Stage

ABILITIES = {
    "orders": "it takes no orders",
    "bars": "it has no market data",
    "history": "it has no history",
    "reconnect": "it has no connection that could break",
    "lost_answer": "no answer of it can be lost on request",
    "clock": "its time runs at another speed than ours",
    "filters": "whoever sends has made the order fit before",
    "stop": "it has no stop orders",
    "stop_limit": "it has no stop-limit orders",
    "trailing_stop": "it has no trailing stops",
    "post_only": "it has no post-only orders",
    "reduce_only": "it has no reduce-only orders",
    "ioc": "it has no immediate-or-cancel orders",
    "amend": "it cannot amend orders",
    "forming": "it tells of closed bars alone",
    "trades": "it tells of no trades",
    "quotes": "it tells of no quotes",
}
"""What not every venue can, and why the cards that need it are skipped at one that cannot."""


@dataclass(frozen=True)
class Card:
    """One thing that a venue must do."""

    id: str
    says: str
    play: Callable[[Stage], Awaitable[None]]
    needs: tuple[str, ...] = ()
    """The abilities without which it is skipped, of those in `ABILITIES`."""

    @property
    def skip_when(self) -> str:
        """When it is skipped, in words; empty for all venues."""
        return ", or ".join(ABILITIES[name] for name in self.needs)

    def skipped_by(self, stage: Stage) -> str:
        """Return why a venue need not do it; empty if it must."""
        return next((ABILITIES[name] for name in self.needs if name not in stage.abilities), "")


async def played(cards: Iterable[Card], stage: Stage) -> dict[str, str]:
    """Play cards at a venue; return by id what became of each: empty if it was played, else why it was skipped."""
    found = {}
    async with stage.listening():
        for card in cards:
            found[card.id] = card.skipped_by(stage)
            if not found[card.id]:
                try:
                    await card.play(stage)
                except TimeoutError:
                    raise AssertionError(f"{card.id}: {card.says}: the venue has not said so") from None
    return found


def listed(cards: Iterable[Card]) -> str:
    """Return the cards as a table, in Markdown."""
    rows = [f"| {card.id} | {card.says} | {card.skip_when or '–'} |" for card in cards]
    return "\n".join(["| id | what a venue does | skipped when |", "|---|---|---|", *rows])
