"""The figures of a session as people read them: in groups, with names and units; `n/a` where undefined.

Fractions are written in per cent here, and only here; totals of money are written exactly.
"""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.stats.live import exact_text
from tradewind.report.thinning import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.record.stats.statistics import Statistics

Value = Decimal | float | int | None

NOT_AVAILABLE = "n/a"

# Kinds of values, and how they are written. A `+` before a kind: written with its sign, good above 0 and bad below.
_TABLE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Returns": (
        ("Total P&L", "returns.total_pnl", "+money"),
        ("Closed trades, after costs", "returns.realized_pnl", "+money"),
        ("Total return", "returns.total_return", "+percent"),
        ("Growth a year (CAGR)", "returns.cagr", "+percent"),
        ("Best trade", "returns.best_trade", "+money"),
        ("Worst trade", "returns.worst_trade", "+money"),
        ("Best day", "returns.best_day", "+percent"),
        ("Worst day", "returns.worst_day", "+percent"),
    ),
    "Risk": (
        ("Max drawdown", "risk.max_drawdown", "percent"),
        ("Current drawdown", "risk.current_drawdown", "percent"),
        ("Average drawdown", "risk.average_drawdown", "percent"),
        ("Longest drawdown", "risk.longest_drawdown_hours", "hours"),
        ("Sharpe ratio, a year", "risk.sharpe", "ratio"),
        ("Sortino ratio, a year", "risk.sortino", "ratio"),
        ("Calmar ratio", "risk.calmar", "ratio"),
        ("Value at risk 95, a day", "risk.var_95", "percent"),
        ("Volatility, a year", "risk.volatility", "percent"),
        ("Ulcer index", "risk.ulcer_index", "percent"),
    ),
    "Trades": (
        ("Trades", "counts.total", "count"),
        ("Won", "counts.winning", "count"),
        ("Lost", "counts.losing", "count"),
        ("Even", "counts.breakeven", "count"),
        ("Not valued", "counts.unvalued", "count"),
        ("Win rate", "counts.win_rate", "percent"),
        ("Long", "counts.long", "count"),
        ("Short", "counts.short", "count"),
        ("Current streak", "counts.current_streak", "+count"),
        ("Most won in a row", "counts.longest_winning_streak", "count"),
        ("Most lost in a row", "counts.longest_losing_streak", "count"),
    ),
    "Quality": (
        ("Profit factor", "quality.profit_factor", "ratio"),
        ("Expectancy a trade", "quality.expectancy", "+money"),
        ("Payoff ratio", "quality.payoff_ratio", "ratio"),
        ("Median trade", "quality.median_trade", "+money"),
        ("Average win", "quality.average_win", "+money"),
        ("Average loss", "quality.average_loss", "+money"),
        ("Gross profit", "quality.gross_profit", "money"),
        ("Gross loss", "quality.gross_loss", "money"),
        ("Recovery factor", "quality.recovery_factor", "ratio"),
        ("Average best move (MFE)", "quality.average_mfe", "percent"),
        ("Average worst move (MAE)", "quality.average_mae", "percent"),
        ("Exit efficiency", "quality.exit_efficiency", "percent"),
    ),
    "Cost": (
        ("Fills", "cost.fills", "count"),
        ("Turnover", "cost.turnover", "money"),
        ("Fees", "cost.fees", "money"),
        ("Slippage", "cost.slippage", "money"),
        ("Funding", "cost.funding", "money"),
        ("Interest", "cost.interest", "money"),
        ("Average time held", "cost.average_duration_s", "seconds"),
        ("Time in market", "cost.time_in_market", "percent"),
        ("Average exposure", "cost.exposure_average", "percent"),
        ("Peak exposure", "cost.exposure_peak", "percent"),
    ),
    "Balance": (
        ("Equity at start", "balance.initial", "money"),
        ("Equity now", "balance.current", "money"),
        ("Peak equity", "balance.peak", "money"),
        ("Deposits", "balance.deposits", "money"),
        ("Withdrawals", "balance.withdrawals", "money"),
    ),
}

HEADLINES = ("Total P&L", "Total return", "Max drawdown", "Sharpe ratio, a year", "Win rate", "Trades")
"""The figures that are read first."""


class Figure(NamedTuple):
    """One figure: `tone` is `good`, `bad` or empty."""

    label: str
    text: str
    tone: str


def figures(statistics: Statistics, currency: str) -> dict[str, list[Figure]]:
    """Write every metric, by group."""
    return {
        group: [_figure(label, attrgetter(path)(statistics), kind, currency) for label, path, kind in rows]
        for group, rows in _TABLE.items()
    }


def headlines(statistics: Statistics, currency: str) -> list[Figure]:
    """Write the few that are read first."""
    every = {figure.label: figure for group in figures(statistics, currency).values() for figure in group}
    return [every[label] for label in HEADLINES]


def money(value: Decimal | float, *, signed: bool = False) -> str:
    """Write an amount with thousands apart: a decimal exactly, a float with two decimals."""
    exact = Decimal(exact_text(value)) if isinstance(value, Decimal) else None
    long = exact is not None and exact != round(exact, 2)
    text = f"{exact:,f}" if long else f"{value:,.2f}"
    return f"+{text}" if signed and value > 0 else text


def price(value: Decimal | float) -> str:
    """Write a price with up to eight significant digits; averages may have many more."""
    number = float(value)
    return f"{number:,.8g}" if abs(number) < 1e8 else f"{number:,.0f}"


def percent(value: float | None, *, signed: bool = False) -> str:
    """Write a fraction in per cent."""
    if value is None:
        return NOT_AVAILABLE
    return f"{value * 100:{'+' if signed and value else ''},.2f} %"


def tone_of(value: Value) -> str:
    """Return `good` above zero, `bad` below."""
    return "" if not value else "good" if value > 0 else "bad"


def _figure(label: str, value: Value, kind: str, currency: str) -> Figure:
    signed = kind.startswith("+")
    if value is None:
        return Figure(label, NOT_AVAILABLE, "")
    return Figure(
        label, _text(value, kind.removeprefix("+"), currency, signed=signed), tone_of(value) if signed else ""
    )


def _text(value: Decimal | float, kind: str, currency: str, *, signed: bool) -> str:
    match kind:
        case "money":
            return f"{money(value, signed=signed)} {currency}".rstrip()
        case "percent":
            return percent(float(value), signed=signed)
        case "hours":
            return f"{float(value):,.1f} h"
        case "seconds":
            return duration(int(float(value) * NS_PER_SECOND))
        case "ratio":
            return f"{float(value):,.3f}"
        case _:
            return f"{int(value):{'+' if signed and value else ''},d}"


def most_refused(refusals: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return codes of refusals with their counts, the most frequent first."""
    return sorted(refusals.items(), key=lambda item: (-item[1], item[0]))


def told_refusals(refusals: Mapping[str, int]) -> str:
    """Write refusals in a line: `max_position 12, order_rate 1`; `none` if there were none."""
    return ", ".join(f"{code} {count:,}" for code, count in most_refused(refusals)) or "none"
