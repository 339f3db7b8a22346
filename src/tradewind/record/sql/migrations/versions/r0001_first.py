"""The first tables.

Written out, not taken from the models: those go on, a revision stays as it is. `?` is a column that may be null.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tradewind.record.sql.columns import Money

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TYPES = {"text": sa.Text, "count": sa.BigInteger, "flag": sa.Boolean, "number": sa.Double, "money": Money}
TABLES: dict[str, tuple[str, str]] = {
    "account_balances": (
        """
        session_id text, seq count, timestamp count, venue text, source text, asset text, total money, free money,
        locked money, borrowed money
        """,
        "seq asset",
    ),
    "account_history": (
        """
        session_id text, seq count, timestamp count, balance money, equity money, unrealized_pnl money?,
        total_pnl money?, daily_pnl money?, drawdown number?, open_positions count, total_exposure money?
        """,
        "timestamp",
    ),
    "asset_balances": (
        """
        session_id text, seq count, asset text, total money, value money?, transfers money, profit money,
        fees money, funding money, interest money, adjustment money
        """,
        "asset",
    ),
    "equity_peaks": (
        """
        session_id text, seq count, peak number, peak_time count, trough number, day text, day_baseline money
        """,
        "",
    ),
    "fills": (
        """
        session_id text, seq count, place count, order_id text, venue_trade_id text, position_id count,
        instrument text, symbol text, side text, purpose text, quantity money, price money, fee money,
        fee_asset text, liquidity text, pnl money, pnl_asset text, ts_venue count, ts_recv count, strategy text,
        strategy_name text
        """,
        "seq place",
    ),
    "market_sessions": (
        """
        session_id text, seq count, calendar text, date text, open count, close count, break_start count?,
        break_end count?, is_half_day flag
        """,
        "calendar date",
    ),
    "orders": (
        """
        session_id text, seq count, client_order_id text, venue_order_id text?, position_id count?, purpose text,
        status text, instrument text, symbol text, side text, type text, tif text, quantity money, price money?,
        trigger money?, filled_quantity money, avg_price money?, fee money?, fee_asset text?, reason text?,
        created count, acknowledged count?, filled count?, cancelled count?, last_update count, strategy text,
        strategy_name text, parent_order_id text?, tag text?
        """,
        "client_order_id",
    ),
    "performance_metrics": (
        """
        session_id text, seq count, period text, period_start count, period_end count, strategy_breakdown text,
        total_trades count, winning_trades count, losing_trades count, breakeven_trades count,
        unvalued_trades count, long_trades count, short_trades count, current_streak count,
        longest_winning_streak count, longest_losing_streak count, win_rate number?, realized_pnl money?,
        total_pnl number?, total_return number?, cagr number?, best_trade money?, worst_trade money?,
        best_day number?, worst_day number?, max_drawdown number?, current_drawdown number?,
        average_drawdown number?, longest_drawdown_hours number?, sharpe number?, sortino number?, calmar number?,
        var_95 number?, volatility number?, ulcer_index number?, gross_profit money?, gross_loss money?,
        profit_factor number?, expectancy number?, payoff_ratio number?, average_trade number?,
        median_trade number?, average_win number?, average_loss number?, recovery_factor number?,
        average_mfe number?, average_mae number?, exit_efficiency number?, average_duration_s number?,
        time_in_market number?, fills count, turnover money?, fees money?, interest money?, funding money?,
        refusals text, initial_balance number?, current_balance number?, peak_balance number?, deposits money?,
        withdrawals money?
        """,
        "period period_start",
    ),
    "positions": (
        """
        session_id text, seq count, position_id count, instrument text, symbol text, side text, status text,
        entry_price money, quantity money, peak_quantity money, entry_time count, exit_time count?,
        current_price money?, unrealized_pnl money?, mfe number?, mae number?, stop_loss money?,
        take_profit money?, entry_order_id text?, stop_order_id text?, strategy text, strategy_name text
        """,
        "position_id",
    ),
    "projections": (
        """
        session_id text, seq count
        """,
        "",
    ),
    "reconciliation_audit_events": (
        """
        session_id text, seq count, place count, timestamp count, entity_type text, entity_id text, field text,
        old_value text?, new_value text?, reason text, severity text?
        """,
        "seq place",
    ),
    "reconciliation_reports": (
        """
        session_id text, seq count, place count, report_id text, timestamp count, mode text, severity text,
        confirmed count, suspected count, rejected count, kinds text, actions text, summary text
        """,
        "seq place",
    ),
    "system_control_flags": (
        """
        session_id text, seq count, name text, active flag, reason text?, source text, updated_at count
        """,
        "name",
    ),
    "system_events": (
        """
        session_id text, seq count, place count, timestamp count, kind text, code text, severity text,
        message text, strategy text?, instrument text?, order_id text?, position_id count?, data text?
        """,
        "seq place",
    ),
    "trades": (
        """
        session_id text, seq count, position_id count, instrument text, symbol text, side text, source text,
        quantity money, entry_price money, exit_price money, entry_time count, exit_time count, pnl_gross money,
        fees money, interest money, funding money, pnl_net money, return_frac number?, complete flag,
        exit_reason text, mfe number?, mae number?, entry_order_id text?, exit_order_id text?, strategy text,
        strategy_name text
        """,
        "position_id",
    ),
    "trading_sessions": (
        """
        session_id text, seq count, session_name text, parent text?, created text, start_time count,
        end_time count?, is_active flag, mode text, venue text, base_currency text, initial_balance money?,
        final_balance money?, strategy_name text, strategy_config text, symbols text, timeframe text,
        timezone text, config_hash text, code_version text, total_pnl money?, total_trades count, win_rate number?,
        max_drawdown number?
        """,
        "",
    ),
    "transfers": (
        """
        session_id text, seq count, place count, timestamp count, kind text, asset text, amount money,
        value money?, reason text?
        """,
        "seq place",
    ),
}
"""Columns, and the key besides the session."""
UNIQUE = {"fills": "session_id instrument order_id venue_trade_id"}
"""What else is there only once."""


def upgrade() -> None:
    """Make them."""
    for name, (columns, key) in TABLES.items():
        op.create_table(
            name,
            *(_column(*words.split()) for words in columns.split(",")),
            sa.PrimaryKeyConstraint("session_id", *key.split(), name=f"pk_{name}"),
            *_unique(name),
        )


def downgrade() -> None:
    """Take them away."""
    for name in TABLES:
        op.drop_table(name)


def _column(name: str, kind: str) -> sa.Column[object]:
    return sa.Column(name, TYPES[kind.rstrip("?")](), nullable=kind.endswith("?"))


def _unique(table: str) -> list[sa.UniqueConstraint]:
    columns = UNIQUE.get(table, "").split()
    return [sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))] if columns else []
