"""The record of an algorithm's days, for `analyze`: a row a day, made at the last bar of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.algorithm.portfolio import Portfolio

COLUMNS = ("date", "ts", "portfolio_value", "cash", "positions_value", "pnl", "returns")


class Performance:
    """Rows of what the portfolio was worth, and of what was recorded by then."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def sample(self, date: str, ts: TimeNs, portfolio: Portfolio, recorded: dict[str, Any]) -> None:
        """Take a row; values are in the base currency, `returns` is of the whole time."""
        facts = (
            date, ts, portfolio.portfolio_value, portfolio.cash, portfolio.positions_value, portfolio.pnl,
            portfolio.returns,
        )  # fmt: skip
        self._rows.append(dict(recorded) | dict(zip(COLUMNS, facts, strict=True)))

    def frame(self) -> Any:  # noqa: ANN401 - a Polars frame, which is heavy to import
        """Return the rows as a Polars frame: the columns of `COLUMNS`, then what was recorded."""
        import polars as pl

        names = [*COLUMNS, *dict.fromkeys(name for row in self._rows for name in row if name not in COLUMNS)]
        return pl.DataFrame({name: [row.get(name) for row in self._rows] for name in names}, strict=False)
