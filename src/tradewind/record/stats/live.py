"""The document `stats.yaml` of a live session: how it stands today, and since it began.

Fields and names are those of the session format; money is written exactly, as plain numbers without exponent.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec
import yaml

from tradewind.domain.errors import DataValidationError
from tradewind.domain.money import money_context, plain
from tradewind.domain.time import TimeNs, iso
from tradewind.record.plain_yaml import dump, number_text

DECIMALS = 18
_FINEST = Decimal("1e-18")
"""Money has 18 decimals; a profit against an average price may trail more of them."""


class StrategyInfo(msgspec.Struct, frozen=True, gc=False):
    """Which strategy traded."""

    id: str
    version: str
    name: str


class TradeResult(msgspec.Struct, frozen=True, gc=False):
    """Round trips counted; rates are fractions, null while there are none. Breakeven trips neither win nor lose.

    Unvalued ones had a cost without a known price: nobody can say whether they won, and the win rate leaves them out.
    """

    number_of_trades: int
    number_of_winning_trades: int
    number_of_losing_trades: int
    win_rate: float | None
    max_drawdown: float | None
    number_of_unvalued_trades: int = 0


class TradePnl(msgspec.Struct, frozen=True, gc=False):
    """Money in the base currency. `maximum_loss` and `maximum_profit` are of one round trip, 0 if there was none.

    `realized_pnl` is net of fees, interest and funding, booked on the day they fell due; null once one of them could
    not be valued. `unrealized_pnl` is at mark, null while a price is missing, and `total_pnl` with either.
    """

    realized_pnl: Decimal | None
    unrealized_pnl: Decimal | None
    total_pnl: Decimal | None
    maximum_loss: Decimal
    maximum_profit: Decimal


class TradeHoldingTime(msgspec.Struct, frozen=True, gc=False):
    """How long round trips were held, in seconds; null while there are none."""

    min: float | None
    max: float | None
    avg: float | None


class Period(msgspec.Struct, frozen=True, gc=False):
    """A day, or the whole session. The first three repeat what people look for first."""

    number_of_trades: int
    realized_pnl: Decimal | None
    win_rate: float | None
    trade_result: TradeResult
    trade_pnl: TradePnl
    trade_holding_time: TradeHoldingTime
    total_fees: Decimal | None
    turnover: Decimal | None
    refusals: dict[str, int] = {}
    """How many wishes were refused, by code."""


class Heading(msgspec.Struct, frozen=True, gc=False):
    """What a document is about: the run, its day, and the folder that its files lie in."""

    id: str
    date: str
    session_start: TimeNs
    last_updated: TimeNs
    symbols: tuple[str, ...]
    folder: str
    strategy: StrategyInfo


class LiveTradeStats(msgspec.Struct, frozen=True, gc=False):
    """The whole document; the blocks at the top level are those of `cumulative`. Times are UTC, as ISO 8601."""

    id: str
    date: str
    session_start: str
    last_updated: str
    symbols: tuple[str, ...]
    trade_result: TradeResult
    trade_pnl: TradePnl
    trade_holding_time: TradeHoldingTime
    total_fees: Decimal | None
    orders_file_path: str
    trades_file_path: str
    marks_file_path: str
    logs_file_path: str
    market_data_file_path: str
    strategy: StrategyInfo
    daily: Period
    cumulative: Period


def live_trade_stats(heading: Heading, daily: Period, cumulative: Period) -> LiveTradeStats:
    """Put a document together."""
    return LiveTradeStats(
        id=heading.id,
        date=heading.date,
        session_start=iso(heading.session_start),
        last_updated=iso(heading.last_updated),
        symbols=heading.symbols,
        trade_result=cumulative.trade_result,
        trade_pnl=cumulative.trade_pnl,
        trade_holding_time=cumulative.trade_holding_time,
        total_fees=cumulative.total_fees,
        orders_file_path=f"{heading.folder}/orders.parquet",
        trades_file_path=f"{heading.folder}/trades.parquet",
        marks_file_path=f"{heading.folder}/marks.parquet",
        logs_file_path=f"{heading.folder}/logs.parquet",
        market_data_file_path=f"{heading.folder}/market_data.parquet",
        strategy=heading.strategy,
        daily=daily,
        cumulative=cumulative,
    )


def exact_text(amount: Decimal) -> str:
    """Write money exactly, without exponent; beyond its 18 decimals it is rounded."""
    if not amount:
        return "0"
    text = str(amount)
    if "E" not in text and len(text) - text.find(".") - 1 <= DECIMALS:
        return text.rstrip("0").rstrip(".") if "." in text else text
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        with money_context():
            amount = amount.quantize(_FINEST, rounding=ROUND_HALF_EVEN)
    return plain(amount)


def _number(value: Decimal | float) -> str:
    """Write whole floats without a point, and none with an exponent."""
    if isinstance(value, Decimal):
        return exact_text(value)
    return str(int(value)) if value.is_integer() else number_text(value)


def to_yaml(stats: LiveTradeStats) -> str:
    """Write the document as YAML, in the order of its fields."""
    return dump(msgspec.to_builtins(stats, builtin_types=(Decimal,)), _number)


def from_yaml(text: str) -> LiveTradeStats:
    """Read a document back, every amount as the decimal that stands there."""
    try:
        tree: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes strings and nothing else
        return msgspec.convert(tree, LiveTradeStats, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise DataValidationError(f"not a stats.yaml: {error}", cause=error) from error
