"""Kelly's fraction of what was won and lost, and how far past results are believed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ONE, ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

HALF = Decimal("0.5")


class Edge(NamedTuple):
    """The share of trades that won, and the mean win over the mean loss."""

    wins: Decimal
    payoff: Decimal


def edge_of(profits: Sequence[Decimal]) -> Edge | None:
    """Return the edge of closed trades, by their net profits; None if none of them won.

    While none has lost, the payoff counts as 1.5.
    """
    won = [profit for profit in profits if profit > 0]
    lost = [-profit for profit in profits if profit < 0]
    if not won:
        return None
    payoff = (sum(won, ZERO) / len(won)) / (sum(lost, ZERO) / len(lost)) if lost else Decimal("1.5")
    return Edge(Decimal(len(won)) / len(profits), payoff)


def kelly(edge: Edge) -> Decimal:
    """Return Kelly's fraction, between 0 and a half."""
    return min(max((edge.payoff * edge.wins - (ONE - edge.wins)) / edge.payoff, ZERO), HALF)


def belief(edge: Edge) -> Decimal:
    """Return how far an edge is believed, between a half and 1: the weaker it is, the likelier it is luck."""
    short = Decimal("0.55"), Decimal("1.5")
    lacks = [max(ZERO, (least - value) / least) for least, value in zip(short, edge, strict=True)]
    lack = (lacks[0] + lacks[1]) / 2
    allowed = Decimal("0.15")
    if lack <= allowed:
        return ONE
    return max(HALF, ONE - HALF * min((lack - allowed) / allowed, ONE))
