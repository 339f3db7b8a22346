"""Limits of entries: correlations, and changes of dynamic risk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "correlation_matrix",
        *_columns("session_id seq:n symbol_1 symbol_2"),
        sa.Column("value", sa.Double(), nullable=True),
        *_columns("sample_size:n window_days:n updated:n"),
        sa.PrimaryKeyConstraint("session_id", "symbol_1", "symbol_2", name="pk_correlation_matrix"),
    )
    op.create_table(
        "risk_adjustments",
        *_columns("session_id seq:n place:n timestamp:n symbol parameter_name"),
        sa.Column("original_value", sa.Double(), nullable=False),
        sa.Column("adjusted_value", sa.Double(), nullable=False),
        *_columns("reason"),
        sa.PrimaryKeyConstraint("session_id", "seq", "place", name="pk_risk_adjustments"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("risk_adjustments")
    op.drop_table("correlation_matrix")


def _columns(words: str) -> list[sa.Column[object]]:
    """Make columns of text, or with `:n` of whole numbers."""
    parts = (word.partition(":") for word in words.split())
    return [sa.Column(name, sa.BigInteger() if kind else sa.Text(), nullable=False) for name, _, kind in parts]
