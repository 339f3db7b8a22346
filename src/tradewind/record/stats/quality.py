"""The metrics of quality: what a round trip brings, on average and against its losses."""

from __future__ import annotations

import statistics
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import ZERO
from tradewind.record.stats.excursions import excursions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.trip import RoundTrip


class Quality(msgspec.Struct, frozen=True, gc=False):
    """Profit and loss of round trips, net of all costs, in the base currency; MFE and MAE are signed fractions.

    All that is money is None if a cost could not be valued.
    """

    gross_profit: Decimal | None
    gross_loss: Decimal | None
    profit_factor: float | None
    expectancy: float | None
    payoff_ratio: float | None
    average_trade: float | None
    median_trade: float | None
    average_win: float | None
    average_loss: float | None
    recovery_factor: float | None
    average_mfe: float | None
    average_mae: float | None
    exit_efficiency: float | None


def quality_of(
    trips: Sequence[RoundTrip], known: Sequence[Decimal] | None, *, earned: float | None, worst_fall: float
) -> Quality:
    """Measure round trips and their net profits (None if one is not known).

    `earned` and `worst_fall` (the largest loss from a peak) are those of equity, in money.
    """
    nets = known or ()
    wins, losses = [n for n in nets if n > 0], [n for n in nets if n < 0]
    gain, loss = sum(wins, ZERO), sum(losses, ZERO)
    average_win = float(gain) / len(wins) if wins else None
    average_loss = float(loss) / len(losses) if losses else None
    moves = excursions(trips)
    return Quality(
        gross_profit=None if known is None else gain,
        gross_loss=None if known is None else loss,
        profit_factor=float(gain / -loss) if losses else None,
        expectancy=expectancy(nets),
        payoff_ratio=average_win / -average_loss if average_win is not None and average_loss else None,
        average_trade=float(sum(nets, ZERO)) / len(nets) if nets else None,
        median_trade=float(statistics.median(nets)) if nets else None,
        average_win=average_win,
        average_loss=average_loss,
        recovery_factor=earned / worst_fall if earned is not None and worst_fall > 0.0 else None,
        average_mfe=moves.average_mfe,
        average_mae=moves.average_mae,
        exit_efficiency=moves.exit_efficiency,
    )


def expectancy(nets: Sequence[Decimal]) -> float | None:
    """Return p × average win + (1 − p) × average loss, with p the share of wins.

    The average loss is over all that did not win: a trip that came out even would else count as a full loss.
    """
    if not nets:
        return None
    wins, rest = [n for n in nets if n > 0], [n for n in nets if n <= 0]
    p = len(wins) / len(nets)
    average_win = float(sum(wins, ZERO)) / len(wins) if wins else 0.0
    average_loss = float(sum(rest, ZERO)) / len(rest) if rest else 0.0
    return p * average_win + (1.0 - p) * average_loss
