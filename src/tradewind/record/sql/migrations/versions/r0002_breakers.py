"""Breakers: what has happened to them, and where they stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "circuit_breaker_events",
        *_columns("session_id seq:n place:n timestamp:n event_type breaker_type state? reason"),
        sa.Column("limit_value", sa.Double(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        *_columns("details operator?"),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "seq", "place", name="pk_circuit_breaker_events"),
    )
    op.create_table(
        "breaker_states",
        *_columns("session_id seq:n breaker_type state action? reason since:n until:n?"),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "breaker_type", name="pk_breaker_states"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("breaker_states")
    op.drop_table("circuit_breaker_events")


def _columns(words: str) -> list[sa.Column[object]]:
    """Make columns of text, or with `:n` of whole numbers; with `?` they may be null."""
    made: list[sa.Column[object]] = []
    for word in words.split():
        name, _, kind = word.rstrip("?").partition(":")
        made.append(sa.Column(name, sa.BigInteger() if kind else sa.Text(), nullable=word.endswith("?")))
    return made
