"""`get_metrics()`: counts of the session's steps, and money by the engine's ledger, which outlives restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from tradewind.domain.money import ONE, ZERO, exact
from tradewind.portfolio.ledger import Account

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.engine.engine import Engine
    from tradewind.monitor.counts import Counts

_NO_PROFIT = (Account.OPENING, Account.TRANSFERS, Account.ADJUSTMENT)


class Metrics(TypedDict):
    """Money in the base currency, None where a price is missing; counts are of this session, since its start."""

    orders_submitted: int
    """With the exits that are attached to others."""
    orders_filled: int
    """Executions, partial ones too."""
    orders_rejected: int
    orders_cancelled: int
    orders_expired: int
    refusals: dict[str, int]
    breaker_trips: dict[str, int]
    total_pnl: Decimal | None
    """Without deposits, withdrawals and what reconciliation has corrected."""
    realized_pnl: Decimal | None
    unrealized_pnl: Decimal | None
    commissions: Decimal | None
    win_rate: float | None
    """Of the last 1,000 closed round trips, those with a profit after all costs; None before the first."""
    portfolio_value: Decimal | None
    gross_exposure: Decimal | None
    order_latency_ms: dict[str, float | None]
    """From the step in which an order was decided to the venue's answer, by the session's clock."""
    event_latency_ms: dict[str, float | None]
    """From the receipt of the last event of a turn to its commit."""
    events: int
    events_per_second: float


def metrics_of(engine: Engine, counts: Counts) -> Metrics:
    """Put them together, between two turns and inside `money_context()`."""
    total, unrealized = total_pnl(engine), unrealized_pnl(engine)
    trips = [trip for trip in list(engine.portfolio.trips) if trip.complete]
    return Metrics(
        orders_submitted=counts.submitted,
        orders_filled=counts.filled,
        orders_rejected=counts.rejected,
        orders_cancelled=counts.cancelled,
        orders_expired=counts.expired,
        refusals=dict(counts.refusals),
        breaker_trips=dict(counts.trips),
        total_pnl=total,
        realized_pnl=None if total is None or unrealized is None else total - unrealized,
        unrealized_pnl=unrealized,
        commissions=_valued(engine, (Account.FEES,)),
        win_rate=sum(trip.net > 0 for trip in trips) / len(trips) if trips else None,
        portfolio_value=engine.view.equity(),
        gross_exposure=engine.view.gross_exposure(),
        order_latency_ms=counts.order_latency.percentiles(),
        event_latency_ms=counts.event_latency.percentiles(),
        events=counts.seq,
        events_per_second=counts.events_per_second,
    )


def total_pnl(engine: Engine) -> Decimal | None:
    """Return what trading has made, all costs in: the equity less what came otherwise, at the prices of now."""
    equity, other = engine.view.equity(), _valued(engine, _NO_PROFIT)
    return None if equity is None or other is None else equity + other


def unrealized_pnl(engine: Engine) -> Decimal | None:
    """Return what the open positions have made since they were opened, at the last prices."""
    total = ZERO
    for instrument, position in engine.portfolio.totals.items():
        if position.is_flat:
            continue
        quote = engine.portfolio.instruments[instrument].quote
        last, worth = engine.market.last_price(instrument), engine.view.worth(quote)
        if last is None or worth is None:
            return None
        total += position.unrealized(exact(last)) * worth
    return total


def _valued(engine: Engine, accounts: tuple[Account, ...]) -> Decimal | None:
    """Return the sum of accounts of all assets in the base currency; None if a price is missing."""
    total, ledger = ZERO, engine.portfolio.ledger
    for asset, _ in ledger.wallet():
        amount = sum((ledger.balance(account, asset) for account in accounts), ZERO)
        if not amount:
            continue
        worth = ONE if asset == engine.view.base else engine.view.worth(asset)
        if worth is None:
            return None
        total += amount * worth
    return total
