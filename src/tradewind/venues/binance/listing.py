"""What is traded at Binance, as the order desk knows it; and how much the desk remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tradewind.venues.binance.rules import Rules

KEPT_MAX = 10_000


class Listing(NamedTuple):
    """What is traded: Binance's symbol, its rules, and which kinds of orders it takes."""

    symbol: str
    rules: Rules
    order_types: tuple[str, ...] = ()


def forget(kept: dict[Any, Any]) -> None:
    """Forget the oldest of what is kept, as far as there is too much of it."""
    while len(kept) > KEPT_MAX:
        del kept[next(iter(kept))]
