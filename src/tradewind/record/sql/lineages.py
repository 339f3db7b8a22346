"""What accounts have come to over all sessions that resume each other, reckoned exactly from their rows.

A round trip counts in the session in which it ended, and unrealised profit once, as the last session left it; so the
figures are those of the last session's `stats.yaml`. A session's own figures are in `trading_sessions`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from tradewind.domain.money import ZERO, money_context
from tradewind.domain.time import TimeNs
from tradewind.record.sql.columns import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection

    from tradewind.record.sql.database import Database

_COLUMNS = (
    "session_id", "session_name", "parent", "created", "start_time", "is_active", "mode", "strategy_name",
    "base_currency", "initial_balance", "total_pnl",
)  # fmt: skip


class LineageFigures(msgspec.Struct, frozen=True):
    """One account over its sessions, oldest first; money in the base currency, None if something had no price."""

    sessions: tuple[str, ...]
    """Their names in the database."""
    mode: str
    strategies: str
    base_currency: str
    is_whole: bool
    """Whether its first session is in the database too."""
    is_active: bool
    """Whether no stop is in the last one's journal."""
    started: TimeNs
    initial_balance: Decimal | None
    equity: Decimal | None
    """The last that was known."""
    total_pnl: Decimal | None
    """Realised and unrealised, after all costs."""
    trades: int
    winning_trades: int
    win_rate: float | None
    """The share of those whose profit is known that won, 0 to 1."""
    orders: int
    fills: int


def lineages(database: Database) -> list[LineageFigures]:
    """Return the figures of every lineage, the oldest first; raise `DatabaseError` if it cannot be read."""
    with database.reading() as connection, money_context():
        table = METADATA.tables["trading_sessions"]
        query = select(*(table.c[name] for name in _COLUMNS)).order_by(table.c.created, table.c.session_id)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        return [_figures(connection, line) for line in _lines(rows)]


def _lines(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Put each session after the one that it resumes; of two with one name it is the one of the same mode before it."""
    ends: dict[tuple[str, str], list[dict[str, Any]]] = {}
    found: list[list[dict[str, Any]]] = []
    for row in rows:
        line = ends.pop((row["mode"], row["parent"]), None) if row["parent"] else None
        if line is None:
            line = []
            found.append(line)
        line.append(row)
        ends[row["mode"], row["session_name"]] = line
    return found


def _figures(connection: Connection, line: list[dict[str, Any]]) -> LineageFigures:
    first, last = line[0], line[-1]
    names = tuple(row["session_id"] for row in line)
    nets = _nets(connection, names)
    known = [net for net in nets if net is not None]
    won = sum(net > 0 for net in known)
    worth = [_worth(connection, name) for name in names]
    return LineageFigures(
        names, last["mode"], last["strategy_name"], last["base_currency"], first["parent"] is None, last["is_active"],
        first["start_time"], first["initial_balance"], worth[-1][0],
        _profit([row["total_pnl"] for row in line], [unrealized for _, unrealized in worth]),
        len(nets), won, won / len(known) if known else None,
        len(_distinct(connection, "orders", "client_order_id", names)),
        len(_distinct(connection, "fills", "venue_trade_id", names)),
    )  # fmt: skip


def _profit(totals: list[Decimal | None], unrealized: list[Decimal | None]) -> Decimal | None:
    """Add up what the sessions realised, and what was open at the end of the last one."""
    realized = ZERO
    for total, left in zip(totals[:-1], unrealized[:-1], strict=True):
        if total is None or left is None:
            return None
        realized += total - left
    return None if totals[-1] is None else realized + totals[-1]


def _nets(connection: Connection, names: tuple[str, ...]) -> list[Decimal | None]:
    """Return the net profit of each round trip; None where a cost had no price."""
    trades = METADATA.tables["trades"]
    query = select(trades.c.pnl_net, trades.c.complete).where(trades.c.session_id.in_(names))
    return [net if complete else None for net, complete in connection.execute(query)]


def _worth(connection: Connection, name: str) -> tuple[Decimal | None, Decimal | None]:
    """Return a session's last equity and unrealised profit; nothing was open if nothing was ever valued."""
    history = METADATA.tables["account_history"]
    query = select(history.c.equity, history.c.unrealized_pnl).where(history.c.session_id == name)
    found = connection.execute(query.order_by(history.c.timestamp.desc()).limit(1)).first()
    return (None, ZERO) if found is None else (found[0], found[1])


def _distinct(connection: Connection, table: str, column: str, names: tuple[str, ...]) -> set[object]:
    rows = METADATA.tables[table]
    query = select(rows.c.instrument, rows.c[column]).where(rows.c.session_id.in_(names)).distinct()
    return {tuple(row) for row in connection.execute(query)}
