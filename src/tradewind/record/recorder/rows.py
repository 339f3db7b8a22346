"""How facts of a session become rows of its tables; the columns stand in `tables.py`, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.approval import (
    CorrelationsMeasured,
    EntrySized,
    FillDeviated,
    RegimeTold,
    RiskAdjusted,
    RiskWarned,
)
from tradewind.domain.breakers import BreakerChanged, BreakerDrilled, BreakerIgnored, BreakerWarned, EquityAnchored
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import (
    BreakerDrillRequested,
    BreakerFed,
    BreakerResetRequested,
    BreakerTripRequested,
    CancelAllRequested,
    CancelRequested,
    CloseOnlySet,
    Degraded,
    DifferencesApproved,
    DifferencesRejected,
    EmergencyStopped,
    FlattenRequested,
    Halted,
    LimitTightened,
    OrderConfirmed,
    OrderDeclined,
    Paused,
    ReconcileRequested,
    Restored,
    Resumed,
    StopRequested,
)
from tradewind.domain.exits import ExitBegun, ExitLate, ExitsPlanned, Protected, StopMoved, Unprotected
from tradewind.domain.ids import symbol_of, venue_of
from tradewind.domain.market import DataGap
from tradewind.domain.money import plain
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import (
    AccountSeen,
    AccountUnseen,
    BarRefused,
    BarsMissing,
    CacheWritten,
    ChargeRepeated,
    CorrectionStale,
    DecisionIgnored,
    ExitMissing,
    GuestFailed,
    LiquidationUnexplained,
    LogLine,
    NothingHeld,
    OrderFailed,
    OrderIgnored,
    Recorded,
    StrategyFailed,
    TransferRepeated,
)
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.domain.time import iso
from tradewind.domain.trade_signal import SignalAlarm, SignalAsked, SignalMoved, SignalRejected, told
from tradewind.record.recorder.breakers import told_of_breaker, word_about_breaker
from tradewind.record.recorder.comparisons import told_of_account, word_of_operator
from tradewind.record.recorder.entries import told_of_entry
from tradewind.record.recorder.position_words import told_of_position
from tradewind.record.stats.live import exact_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tradewind.domain.events import Event
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.order import Side
    from tradewind.domain.signal import Intent
    from tradewind.domain.step import Mark, Notice, Refusal
    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.facts import Executed, OrderMoved, Valued
    from tradewind.record.recorder.tables import Columns, Row

_json = msgspec.json.Encoder()
_fields = msgspec.structs.astuple
_HOLDS = {Paused: "paused", Halted: "halted", CloseOnlySet: "close_only_set", EmergencyStopped: "emergency_stopped"}


class Rows:
    """Makes the rows of one session; it knows the names that people read."""

    def __init__(self, header: SessionHeader) -> None:
        self._names = {strategy.id: strategy.name for strategy in header.strategies}
        self._places = {i.id: (i.symbol, i.venue) for i in header.instruments}

    def bar(self, seq: int, bar: Bar) -> Row:
        """Make the row of a closed bar."""
        symbol, venue = self._places[bar.instrument]
        return (
            symbol, bar.ts_open, bar.open, bar.high, bar.low, bar.close, bar.volume,
            seq, bar.interval, bar.ts_venue, bar.ts_recv, venue, bar.instrument,
        )  # fmt: skip

    def bars(self, seq: int, bars: Sequence[Bar]) -> Columns:
        """Make the rows of closed bars, of which the first is step `seq`, as columns."""
        instruments, intervals, opened, closed, heard, *values = zip(*map(_fields, bars), strict=True)
        places = [self._places[instrument] for instrument in instruments]
        symbols, venues = zip(*places, strict=True)
        return (
            symbols, opened, *values, range(seq, seq + len(bars)), intervals, closed, heard, venues, instruments,
        )  # fmt: skip

    def order(self, moved: OrderMoved) -> Row:
        """Make the row of an order as it stands."""
        order, placed = moved
        spec = order.spec
        symbol, venue = self._place(spec.instrument)
        return (
            spec.id, symbol, spec.side.value, spec.type.value, float(spec.quantity), _number(spec.price),
            placed.ts, order.state.value, self._name(spec.strategy), placed.position_type,
            placed.seq, venue, spec.instrument, spec.strategy, order.venue_order,
            float(order.filled), float(order.average_price) if order.filled else None, _number(spec.trigger),
            spec.tif.value, spec.purpose.value, spec.reduce_only, spec.post_only, spec.parent, spec.oco, spec.tag,
            placed.reason, placed.updated_at, exact_text(spec.quantity), _text(spec.price), exact_text(order.filled),
        )  # fmt: skip

    def trade(self, seq: int, executed: Executed) -> Row:
        """Make the row of an execution; a liquidation has no order of ours behind it."""
        fill, spec = executed.fill, executed.spec
        symbol, venue = self._place(fill.instrument)
        return (
            fill.order, symbol, fill.side.value, float(spec.quantity if spec else fill.quantity),
            _number(spec.price) if spec else None, executed.placed.ts if executed.placed else fill.ts_recv,
            fill.ts_venue, float(fill.quantity), float(fill.price), float(fill.fee), float(executed.profit),
            executed.position_type,
            seq, fill.ts_recv, venue, fill.instrument, self._name(fill.strategy), fill.strategy,
            fill.trade_id, spec.purpose.value if spec else "liquidation", spec.tag if spec else "",
            fill.liquidity.value, fill.fee_asset, executed.pnl_asset,
            fill.ts_recv, exact_text(fill.quantity), exact_text(fill.price), exact_text(fill.fee),
            exact_text(executed.profit),
        )  # fmt: skip

    def mark(self, seq: int, ts: TimeNs, mark: Mark) -> Row:
        """Make the row of a strategy's mark."""
        symbol, venue = self._place(mark.instrument)
        return (
            ts, symbol, mark.title, mark.message, mark.price, mark.color, mark.shape.value, mark.category,
            mark.level.value, self._name(mark.strategy), seq, venue, mark.instrument, mark.strategy,
        )  # fmt: skip

    def log(self, seq: int, ts: TimeNs, notice: Notice) -> Row:
        """Make the row of a notice that is not a mark."""
        match notice:
            case LogLine():
                text = f"{notice.message} {notice.fields}" if notice.fields else notice.message
                return self._log(seq, ts, notice.level.value, text, "log", strategy=notice.strategy)
            case Restraint():
                return self._log(seq, ts, "info", _restrained(notice), "restraint", strategy=notice.strategy)
            case Recorded():
                text = " ".join(f"{name}={value}" for name, value in notice.values)
                return self._log(seq, ts, "info", text, "recorded", strategy=notice.strategy)
            case OrderFailed():
                text = f"{notice.symbol}: {notice.reason}: {notice.detail}"
                return self._log(seq, ts, "warning", text, "order_failed", strategy=notice.strategy, order=notice.order)
            case CacheWritten():
                return self._log(seq, ts, "debug", f"cache: {notice.key}", "cache_written", strategy=notice.strategy)
            case GuestFailed():
                text = f"{notice.call}: {notice.kind}: {notice.error}"
                return self._log(seq, ts, "error", text, "guest_failed", strategy=notice.strategy)
            case StrategyFailed():
                held = "; it is halted" if notice.halted else ""
                text = f"{notice.error} at {notice.where}{held}"
                return self._log(seq, ts, "error", text, "strategy_failed", strategy=notice.strategy)
            case OrderIgnored():
                return self._log(seq, ts, "warning", notice.reason, "order_ignored", order=notice.order)
            case BarRefused():
                text = f"bar of {notice.interval} at {iso(notice.ts_open)}: {notice.reason}"
                return self._log(seq, ts, "warning", text, "bar_refused", instrument=notice.instrument)
            case BarsMissing():
                text = f"bars of {notice.interval} from {iso(notice.ts_from)} to {iso(notice.ts_to)} never came"
                return self._log(seq, ts, "warning", text, "bars_missing", instrument=notice.instrument)
            case ChargeRepeated():
                text = f"{notice.what} of {notice.instrument} was told again and is not booked twice"
                return self._log(seq, ts, "warning", text, "charge_repeated", instrument=notice.instrument)
            case TransferRepeated():
                text = f"{plain(notice.amount)} {notice.asset} of {notice.venue} was told again and is not booked twice"
                return self._log(seq, ts, "warning", text, "transfer_repeated")
            case LiquidationUnexplained():
                closed = f"{notice.side.value} {plain(notice.quantity)} (trade {notice.trade_id})"
                text = f"liquidation: {closed}, but our books held {plain(notice.booked)} of it"
                return self._log(seq, ts, "error", text, "liquidation_unexplained", instrument=notice.instrument)
            case SignalMoved() | SignalRejected() | SignalAsked() | SignalAlarm():
                level, kind, text = told(notice)
                return self._log(seq, ts, level, text, kind, strategy=notice.strategy, instrument=notice.instrument)
            case (
                ReconciliationReport()
                | CorrectionStale()
                | AccountUnseen()
                | AccountSeen()
                | DecisionIgnored()
                | NothingHeld()
                | ExitMissing()
                | ConfirmationAsked()
                | StrategySwapped()
            ):
                return self._log(seq, ts, *told_of_account(notice))
            case BreakerChanged() | BreakerWarned() | BreakerDrilled() | BreakerIgnored() | EquityAnchored():
                return self._log(seq, ts, *told_of_breaker(notice))
            case EntrySized() | RegimeTold() | FillDeviated():
                words = told_of_entry(notice)
                return self._log(seq, ts, *words, strategy=notice.strategy, instrument=notice.instrument)
            case RiskAdjusted() | RiskWarned() | CorrelationsMeasured():
                return self._log(seq, ts, *told_of_entry(notice), instrument=getattr(notice, "instrument", None))
            case ExitsPlanned() | StopMoved() | Unprotected() | Protected() | ExitBegun() | ExitLate():
                words, where = told_of_position(notice), getattr(notice, "instrument", None)
                return self._log(seq, ts, *words, strategy=notice.strategy, instrument=where)
        raise AssertionError(f"a mark is no log line: {notice!r}")

    def event(self, seq: int, event: Event) -> Row | None:
        """Make the log row of an event that people want to find there: links, gaps, and the operator's words."""
        ts = event.ts_recv
        match event:
            case ev.LinkChanged():
                text = f"{event.venue}: {event.link} is {'up' if event.up else 'down'}"
                return self._log(seq, ts, "info" if event.up else "warning", text, "link_changed")
            case ev.WarmupEnded():
                return self._log(seq, ts, "info", "warmed up: orders are let through from here on", "warmup_ended")
            case DataGap():
                text = f"bars of {event.interval} are missing from {iso(event.ts_from)} to {iso(event.ts_to)}"
                return self._log(seq, ts, "warning", text, "data_gap", instrument=event.instrument)
            case Paused() | Halted() | CloseOnlySet() | EmergencyStopped():
                word = _HOLDS[type(event)]
                return self._log(seq, ts, "warning", f"{word}: {event.reason}" if event.reason else word, word)
            case Degraded():
                word = "cancel only" if event.cancel_only else "close only"
                return self._log(seq, ts, "error", f"{word}, {event.cause}: {event.reason}", "degraded")
            case Restored():
                text = f"{event.cause}: {event.reason}" if event.reason else event.cause
                return self._log(seq, ts, "info", f"restored, {text}", "restored")
            case ev.StrategyHalted():
                return self._log(seq, ts, "warning", event.reason, "strategy_halted", strategy=event.strategy)
            case Resumed():
                return self._log(seq, ts, "info", "resumed", "resumed", strategy=event.strategy)
            case StopRequested():
                return self._log(seq, ts, "info", f"stop: cancel {event.cancel}", "stop_requested")
            case (
                ReconcileRequested()
                | DifferencesApproved()
                | DifferencesRejected()
                | CancelRequested()
                | FlattenRequested()
                | CancelAllRequested()
                | LimitTightened()
                | OrderConfirmed()
                | OrderDeclined()
                | StrategySwapRequested()
            ):
                return self._log(seq, ts, *word_of_operator(event))
            case BreakerTripRequested() | BreakerResetRequested() | BreakerDrillRequested() | BreakerFed():
                return self._log(seq, ts, *word_about_breaker(event))
        return None

    def refusal(self, seq: int, ts: TimeNs, refusal: Refusal) -> Row:
        """Make the row of an intent that was not let through."""
        intent = refusal.intent
        instrument: InstrumentId | None = getattr(intent, "instrument", None)
        side: Side | None = getattr(intent, "side", None)
        order = intent.id if isinstance(intent, OrderIntent) else intent.order
        symbol, venue = self._place(instrument) if instrument else (None, None)
        return (
            ts, _kind(intent), refusal.code.value, _number(refusal.limit), _number(refusal.value), refusal.detail,
            order, symbol, side.value if side else None, _number(getattr(intent, "quantity", None)),
            _number(getattr(intent, "price", None)), self._name(intent.strategy),
            seq, venue, instrument, intent.strategy, _text(refusal.limit), _text(refusal.value),
            _json.encode(intent).decode(),
        )  # fmt: skip

    def equity(self, seq: int, ts: TimeNs, valued: Valued) -> Row:
        """Make the row of what the account is worth."""
        return (
            ts, float(valued.equity), _number(valued.unrealized),
            seq, ts, exact_text(valued.equity), _text(valued.unrealized),
        )  # fmt: skip

    def equities(self, seqs: Sequence[int], times: Sequence[TimeNs], values: Sequence[Valued]) -> Columns:
        """Make the rows of what the account was worth at several steps, as columns."""
        equities, unrealized = zip(*values, strict=True)
        return (
            times, [float(value) for value in equities], [_number(value) for value in unrealized],
            seqs, times, [exact_text(value) for value in equities], [_text(value) for value in unrealized],
        )  # fmt: skip

    def _log(  # noqa: PLR0913 - the columns of the table
        self, seq: int, ts: TimeNs, level: str, message: str, kind: str, *,
        strategy: str | None = None, instrument: str | None = None, order: str | None = None,
    ) -> Row:  # fmt: skip
        return (ts, level, message, self._name(strategy) if strategy else None, seq, kind, strategy, instrument, order)

    def _name(self, strategy: str) -> str:
        return self._names.get(strategy, strategy)

    def _place(self, instrument: InstrumentId) -> tuple[str, str]:
        """Return symbol and venue; an intent may name an instrument that the session does not have."""
        return self._places.get(instrument) or (symbol_of(instrument), venue_of(instrument))


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else exact_text(value)


def _kind(intent: Intent) -> str:
    return type(intent).__name__.removesuffix("Intent").lower()


def _restrained(laid: Restraint) -> str:
    """Say what a strategy forbids itself."""
    most = ("" if limit is None else f" {plain(limit)}" for limit in (laid.quantity, laid.value))
    of = f" of {', '.join(laid.instruments)}" if laid.instruments else ""
    return f"{laid.kind.value}{''.join(most)}{of}"
