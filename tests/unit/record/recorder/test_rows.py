"""Each kind of word becomes a row with as many cells as its table has columns."""

from __future__ import annotations

import enum
import json
import types
import typing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.record.session_steps import BTC, HEADER, MOMENTUM, OCT_1, bar, words
from tests.unit.record.session_steps import Script as NewScript
from tradewind.domain import events as ev
from tradewind.domain.control import OperatorEvent
from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId, TradeId
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Discrepancy, Kind, Mode, ReconciliationReport, Severity
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import (
    AccountSeen,
    AccountUnseen,
    BarRefused,
    CorrectionStale,
    IdsCounted,
    LiquidationUnexplained,
    LogLine,
    Mark,
    Notice,
    OrderIgnored,
    Refusal,
    RefusalCode,
    StateKept,
    StrategyFailed,
)
from tradewind.domain.step import Level as Weight
from tradewind.record.recorder.facts import Valued
from tradewind.record.recorder.rows import Rows
from tradewind.record.recorder.tables import EQUITY, LOGS, MARKET_DATA, MARKS, REFUSALS

if TYPE_CHECKING:
    from tradewind.record.recorder.tables import Row, TableSpec

ROWS = Rows(HEADER)
ORDER = ClientOrderId("tw-1")
DIFFERENT = Discrepancy(Kind.MISSING_LOCAL, Severity.CRITICAL, "BTC", Decimal(0), Decimal(2))


def named(spec: TableSpec, row: Row) -> dict[str, Any]:
    """Give the cells their names, by way of the table itself, which refuses a wrong type."""
    return spec.frame([row]).row(0, named=True)


@pytest.mark.parametrize(
    ("notice", "level", "kind", "message"),
    [
        (LogLine(MOMENTUM, Weight.DEBUG, "hello"), "debug", "log", "hello"),
        (StrategyFailed(MOMENTUM, "ValueError: x", "a.py:3", halted=True), "error", "strategy_failed", None),
        (OrderIgnored(ORDER, "not ours"), "warning", "order_ignored", "not ours"),
        (BarRefused(BTC, "1m", OCT_1, "late"), "warning", "bar_refused", "bar of 1m at 2025-10-01T00:00:00Z: late"),
        (
            LiquidationUnexplained(BTC, TradeId("L"), Side.SELL, Decimal("3.0"), Decimal(2)),
            "error",
            "liquidation_unexplained",
            "liquidation: sell 3 (trade L), but our books held 2 of it",
        ),
        (
            ReconciliationReport("rec-1", OCT_1, Mode.WARN_ONLY),
            "info",
            "reconciliation_report",
            "rec-1: our books are the venue's",
        ),
        (
            ReconciliationReport("rec-2", OCT_1, Mode.WARN_ONLY, (DIFFERENT,), (), ("asks about tw-1",)),
            "error",
            "reconciliation_report",
            "rec-2: differs: missing_local BTC, ours 0, theirs 2 (critical); asks about tw-1",
        ),
        (
            CorrectionStale(TradeId("adj-1"), "BTC"),
            "warning",
            "correction_stale",
            "correction adj-1 of BTC came too late: the books had moved",
        ),
        (
            AccountUnseen(OCT_1, "no answer", is_close_only=True),
            "error",
            "account_unseen",
            "the account is not known since 2025-10-01T00:00:00Z: no answer; exposure may only fall",
        ),
        (
            AccountSeen(OCT_1),
            "info",
            "account_seen",
            "the account is known again, after nothing since 2025-10-01T00:00:00Z",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_notices(notice: Notice, level: str, kind: str, message: str | None) -> None:
    row = named(LOGS, ROWS.log(7, OCT_1, notice))
    assert (row["seq"], row["level"], row["kind"]) == (7, level, kind)
    assert row["message"] == (message or "ValueError: x at a.py:3; it is halted")
    assert row["strategy_name"] in {"Momentum Strategy", None}


def sample(kind: Any) -> Any:
    """Make a value of a type, the simplest that there is."""
    kind = getattr(kind, "__supertype__", kind)
    options = typing.get_args(kind)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return sample(options[0])
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in msgspec.structs.fields(kind)})
    simple: dict[Any, Any] = {str: "x:y", int: 1, float: 1.0, Decimal: Decimal(1), bool: True, bytes: b""}
    return simple.get(kind, ())


@pytest.mark.parametrize("kind", typing.get_args(Notice), ids=lambda kind: kind.__name__)
def test_every_notice_has_a_row_or_is_for_restarts_alone(kind: Any) -> None:
    if kind not in (Mark, StateKept, IdsCounted):
        assert ROWS.log(1, OCT_1, sample(kind))


@pytest.mark.parametrize("kind", typing.get_args(OperatorEvent), ids=lambda kind: kind.__name__)
def test_every_word_of_an_operator_has_a_row(kind: Any) -> None:
    row = ROWS.event(1, msgspec.structs.replace(sample(kind), ts_recv=OCT_1))
    assert row is not None
    assert named(LOGS, row)["kind"] == kind.__struct_config__.tag


def test_a_mark_is_no_log_line() -> None:
    mark = words()[0]
    assert named(MARKS, ROWS.mark(1, OCT_1, mark))["title"] == "crossed"  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="a mark is no log line"):
        ROWS.log(1, OCT_1, mark)


def test_events_that_nobody_looks_for_in_the_log() -> None:
    assert ROWS.event(1, bar(OCT_1, 1.0)) is None
    assert ROWS.event(1, NewScript().steps[0].event) is None
    halted = ROWS.event(1, ev.StrategyHalted(MOMENTUM, "too many errors", OCT_1))
    assert halted is not None
    assert named(LOGS, halted)["strategy"] == MOMENTUM


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        (OrderIntent(ORDER, MOMENTUM, BTC, Side.BUY, None), "order"),
        (CancelIntent(MOMENTUM, ORDER), "cancel"),
        (AmendIntent(MOMENTUM, ORDER, price=Decimal("1.50")), "amend"),
    ],
    ids=["order", "cancel", "amend"],
)
def test_refusals_of_every_intent(intent: Any, kind: str) -> None:
    row = named(REFUSALS, ROWS.refusal(3, OCT_1, Refusal(intent, RefusalCode.PAUSED, detail="lunch")))
    assert (row["intent"], row["code"], row["detail"], row["order_id"]) == (kind, "paused", "lunch", ORDER)
    assert (row["limit"], row["value_exact"]) == (None, None)
    assert json.loads(row["intent_json"])[0] == f"{kind}_intent"
    assert row["symbol"] == ("BTCUSDT" if kind == "order" else None)


def test_an_instrument_and_a_strategy_that_the_session_does_not_have() -> None:
    intent = OrderIntent(
        ORDER,
        StrategyId("x"),
        InstrumentId("bybit:DOGE"),
        Side.BUY,
        Decimal(1),
    )
    row = named(REFUSALS, ROWS.refusal(3, OCT_1, Refusal(intent, RefusalCode.UNKNOWN_INSTRUMENT)))
    assert (row["symbol"], row["venue"], row["strategy_name"]) == ("DOGE", "bybit", "x")


def test_bars_and_equity() -> None:
    row = named(MARKET_DATA, ROWS.bar(5, bar(OCT_1, 50_000.5)))
    assert (row["symbol"], row["close"], row["interval"], row["seq"]) == ("BTCUSDT", 50_000.5, "1m", 5)
    assert str(row["time"]) == "2025-10-01 00:00:00"
    third = Decimal(1) / Decimal(3)
    row = named(EQUITY, ROWS.equity(5, OCT_1 + 1, Valued(third, None)))
    assert (row["equity_exact"], row["ts_ns"], row["unrealized_pnl"]) == ("0.333333333333333333", OCT_1 + 1, None)
