"""One signal at a time, of one strategy on one symbol: every way in which it may move (spec/signals.md, section 2).

Words of the venue and of people come in; wishes and notices go out by the strategy's `Context`. Nothing here knows
a file or a clock.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.money import FINEST, ZERO, plain
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, TimeNs
from tradewind.domain.trade_signal import SignalAlarm, SignalFill, SignalMoved, SignalRejected, SignalRow
from tradewind.strategy.signals.prices import profit_of
from tradewind.strategy.signals.states import REASONS, RISK, TABLE, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.exactness import Checked


class LastExit(NamedTuple):
    """The execution after which nothing was held any more: when, by the venue's time, and at which price."""

    ts: TimeNs
    price: Decimal


class Key:
    """The signal of one strategy on one symbol."""

    __slots__ = (
        "_average", "cancel_reason", "close", "closed_at", "entry", "entry_lives", "exits", "fee_pct", "instrument",
        "last_exit", "leaving", "restoring", "row", "scheduled", "state", "symbol",
    )  # fmt: skip

    def __init__(
        self, symbol: str, instrument: Instrument, fee_pct: Decimal, average: Callable[[str, TimeNs], float | None]
    ) -> None:
        self.symbol = symbol
        self._average = average
        self.instrument = instrument
        self.fee_pct = fee_pct
        self.state = State.IDLE
        self.row: SignalRow | None = None
        self.entry: ClientOrderId | None = None
        self.entry_lives = False
        self.exits: dict[ClientOrderId, str] = {}
        """The exits that live at the venue, and the reason that each gives for a close."""
        self.close: ClientOrderId | None = None
        """The order that closes what the exits did not."""
        self.leaving = ""
        """The reason of a close of our own."""
        self.cancel_reason = "venue"
        self.closed_at: TimeNs = -1
        """When we learned of the last close."""
        self.scheduled: SignalMoved | None = None
        self.last_exit: LastExit | None = None
        self.restoring = False
        """Whether the next fill of the entry is that of an earlier session, said again."""

    # --- in -----------------------------------------------------------------------------------------

    def enter(self, ctx: Context, row: SignalRow, checked: Checked, timeout_ns: TimeNs, price: float) -> None:
        """Wish for the entry with its exits, and say so."""
        self._move(State.SCHEDULED)
        self.row, self.cancel_reason = row, "venue"
        minutes = row.minute_estimated_time
        rests = checked.entry != "market"
        self.entry = ctx.submit(
            Side.BUY if row.is_long else Side.SELL,
            checked.quantity,
            self.instrument.id,
            limit=checked.price if checked.entry in ("now", "limit") else None,
            stop=checked.price if checked.entry == "stop" else None,
            stop_loss=checked.stop,
            take_profit=checked.target,
            time_limit_ns=None if minutes is None else minutes * NS_PER_MINUTE,
            tif="gtd" if rests else "gtc",
            expire_at=ctx.now + timeout_ns if rests else None,
            tag=row.id,
        )
        self.entry_lives = True
        self.scheduled = self._say(ctx, "scheduled", ctx.now, price)

    def restore(self, ctx: Context, row: SignalRow, timeout_ns: TimeNs) -> None:
        """Go on with a row of an earlier session: the venue is new, so entry and exits are sent to it once more.

        What has been filled of the row stays as it is; the venue is to fill the entry as it was filled then.
        """
        self.row, self.cancel_reason, self.entry_lives = row, "venue", True
        self._move(State.OPENED if row.fills else State.SCHEDULED)
        self.restoring = bool(row.fills)
        minutes, rests = row.minute_estimated_time, not row.fills and row.entry != "market"
        expires = max(row.timestamp * NS_PER_MS + timeout_ns, ctx.now + 1)
        self.entry = ctx.submit(
            Side.BUY if row.is_long else Side.SELL,
            row.held if row.fills else row.quantity,
            self.instrument.id,
            limit=row.price_limit if rests and row.entry in ("now", "limit") else None,
            stop=row.price_open if rests and row.entry == "stop" else None,
            stop_loss=row.price_stop_loss,
            take_profit=row.price_take_profit,
            time_limit_ns=None if minutes is None else minutes * NS_PER_MINUTE,
            tif="gtd" if rests else "gtc",
            expire_at=expires if rests else None,
            tag=row.id,
        )

    def watch_entry(self, ctx: Context, low: float, high: float) -> None:
        """Take a stop entry back when the market has come to its stop level first."""
        row = self.row
        if row is None or row.entry != "stop" or row.price_stop_loss is None or row.fills:
            return
        if low <= row.price_stop_loss if row.is_long else high >= row.price_stop_loss:
            self.take_back(ctx, "price_reject")

    def take_back(self, ctx: Context, reason: str) -> None:
        """Cancel an entry that rests; the venue's answer ends the signal, a fill that wins is managed to its end."""
        if self.state is State.SCHEDULED and self.entry is not None and self.cancel_reason == "venue":
            self.cancel_reason = reason
            ctx.cancel(self.entry)

    def leave(self, ctx: Context, reason: str) -> None:
        """Close at the market: the exits are taken back first, and what they fill meanwhile counts."""
        if self.state not in (State.OPENED, State.NEEDS_RECONCILE):
            return
        self.leaving = reason
        self._move(State.CLOSING)
        if self.entry_lives and self.entry is not None:
            ctx.cancel(self.entry)
        for order in self.exits:
            ctx.cancel(order)
        self._close_rest(ctx)

    def retry(self, ctx: Context) -> None:
        """Try again what was refused."""
        if self.state is State.NEEDS_RECONCILE:
            self.leave(ctx, self.leaving or "closed")

    # --- what the venue says ------------------------------------------------------------------------

    def on_order(self, ctx: Context, event: ev.OrderEvent) -> bool:
        """Take the venue's word about the entry, an exit, or the order that closes.

        Return whether the gate over all keys of the account has refused the entry: that uses up no slot.
        """
        kind, was = type(event), self.state
        if kind is ev.OrderFilled:
            self._filled(ctx, event)  # type: ignore[arg-type] # it is one
        elif kind in (ev.CancelRejected, ev.OrderNotFound):
            known = ctx.order(event.order)
            if known is None or known.is_closed:  # "not there" soon after the request may mean too early
                self._ended(ctx, event)
        elif kind in (ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected):
            self._ended(ctx, event)
        elif kind is ev.OrderAccepted and self.row is not None and event.order not in (self.entry, self.close):
            known = ctx.order(event.order)
            if known is not None and known.spec.parent == self.entry:
                self.exits[event.order] = REASONS.get(known.spec.purpose, "closed")
        elif kind is ev.OrderTriggered and self.state is State.OPENED and event.order in self.exits:
            self.leaving = self.exits[event.order]
        return was is State.SCHEDULED and self.state is State.IDLE and is_refusal(event)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> bool:
        """Take risk's refusal of the entry or of the close; return whether it was the entry."""
        order = getattr(refusal.intent, "id", None)
        text = f"risk: {refusal.code.value}: {refusal.detail}".rstrip(": ")
        if order is not None and order == self.entry and self.scheduled is not None and self.state is State.SCHEDULED:
            ctx.retract(self.scheduled)
            ctx.say(SignalRejected(ctx.strategy, self.instrument.id, (text,), ctx.now))
            self._rest()
            return True
        if order is not None and order == self.close:
            self._alarm(ctx, text)
        if self.exits.pop(getattr(refusal.intent, "order", None), None) is not None:  # type: ignore[arg-type] # or None
            self._close_rest(ctx)  # it had ended before it could be taken back
        return False

    def on_outside(self, ctx: Context, fill: Fill) -> None:
        """Take a close that none of our orders made: a liquidation."""
        if self.row is None or not self.row.fills:
            return
        self.leaving = "closed"
        self._book(ctx, fill.order, fill.price, fill, is_entry=False)

    # --- out ----------------------------------------------------------------------------------------

    def _filled(self, ctx: Context, event: ev.OrderFilled) -> None:
        self._book(ctx, event.order, event.reference or event.price, event, is_entry=event.order == self.entry)

    def _book(
        self, ctx: Context, order: ClientOrderId, reference: Decimal, fill: Fill | ev.OrderFilled, *, is_entry: bool
    ) -> None:
        row = self.row
        if row is None:
            return
        if is_entry and self.restoring:
            self.restoring = self.entry_lives = False
            return
        fee, unpriced = self._fee(ctx, fill)
        done = SignalFill(
            is_entry, fill.price, self._moved(fill, is_entry=is_entry), fee, reference, fill.ts_venue, unpriced
        )
        first = not row.fills
        opened = fill.ts_venue // NS_PER_MS if first else row.open_timestamp
        row = self.row = msgspec.structs.replace(row, fills=(*row.fills, done), open_timestamp=opened)
        if is_entry:
            if self._is_whole(ctx, row):
                self.entry_lives = False
            if first:
                self._move(State.OPENED)
            self._say(ctx, "opened" if first else "active", fill.ts_venue, float(fill.price))
        elif self._is_over(row):
            self.leaving = self._reason(ctx, order)
            self._flat(ctx, LastExit(fill.ts_venue, fill.price))
        else:
            self._say(ctx, "active", fill.ts_venue, float(fill.price))

    def _reason(self, ctx: Context, order: ClientOrderId) -> str:
        """Return why the execution of an order closes: an exit may fill before the venue has said that it took it."""
        known = ctx.order(order)
        told = "" if known is None or known.spec.parent != self.entry else REASONS.get(known.spec.purpose, "")
        return self.exits.get(order) or told or self.leaving or "closed"

    def _fee(self, ctx: Context, fill: Fill | ev.OrderFilled) -> tuple[Decimal, str]:
        """Return a fee in the quote asset; 0 and in words what it is, where its worth is not known."""
        asset, quote = fill.fee_asset, self.instrument.quote
        if asset == quote or not fill.fee:
            return fill.fee, ""
        if asset == self.instrument.base:
            return fill.fee * fill.price, ""
        rate, per = ctx.value_of(asset), ctx.value_of(quote)
        if rate is None or not per:
            return ZERO, f"{plain(fill.fee)} {asset}"
        return (fill.fee * rate / per).quantize(FINEST), ""

    def _moved(self, fill: Fill | ev.OrderFilled, *, is_entry: bool) -> Decimal:
        """Return by how much an execution moves what is held: a fee on spot in the asset itself is taken out of it."""
        spot = self.instrument.kind is InstrumentKind.SPOT
        is_less = is_entry and spot and fill.fee_asset == self.instrument.base
        return fill.quantity - fill.fee if is_less else fill.quantity

    def _is_over(self, row: SignalRow) -> bool:
        """Tell whether nothing is held that could be sold: less than a lot may be left where fees are taken out."""
        return row.held < self.instrument.lot

    def _is_whole(self, ctx: Context, row: SignalRow) -> bool:
        if sum((f.quantity for f in row.fills if f.is_entry), ZERO) >= row.quantity:
            return True
        known = None if self.entry is None else ctx.order(self.entry)
        return known is not None and known.filled >= row.quantity

    def _flat(self, ctx: Context, fill: LastExit) -> None:
        """End a signal of which nothing is held; if its entry could still fill, that is taken back first."""
        if self.entry_lives and self.entry is not None:
            self.last_exit = fill
            ctx.cancel(self.entry)
        else:
            self._closed(ctx, self.leaving, fill)

    def _closed(self, ctx: Context, reason: str, fill: LastExit) -> None:
        assert self.row is not None
        profit = profit_of(self.row, self.instrument.multiplier, self.fee_pct)
        self.closed_at = ctx.now
        moved = SignalMoved(
            ctx.strategy, self.instrument.id, "closed", self.row, fill.ts, float(fill.price), reason, profit
        )
        ctx.say(moved)
        self._rest()

    def _ended(self, ctx: Context, event: ev.OrderEvent) -> None:
        order = event.order
        if order == self.entry:
            self._entry_ended(ctx, event)
        elif order == self.close:
            self.close = None
            if self.state is State.CLOSING:
                self._alarm(ctx, f"the order that closes was refused: {getattr(event, 'reason', 'not found')}")
        elif self.exits.pop(order, None) is not None:
            if self.state is State.CLOSING:
                self._close_rest(ctx)
            elif self.state is State.OPENED and not self.exits and self.leaving:
                self.leave(ctx, self.leaving)  # its stop was triggered, and the venue let it do nothing
            elif self.state is State.OPENED and not self.exits and not self._fills_come(ctx):
                self._alarm(ctx, f"the last exit is gone: {getattr(event, 'reason', 'not found')}")

    def _entry_ended(self, ctx: Context, event: ev.OrderEvent) -> None:
        self.entry_lives = False
        if self.state is not State.SCHEDULED:
            if self.row is not None and self._is_over(self.row) and self.last_exit is not None:
                self._closed(ctx, self.leaving, self.last_exit)
            elif self.state is State.CLOSING:
                self._close_rest(ctx)
            return  # a part of it is open, and stays so
        reason = "timeout" if type(event) is ev.OrderExpired else self.cancel_reason
        if is_refusal(event):
            reason = "risk"
            ctx.say(SignalRejected(ctx.strategy, self.instrument.id, (event.reason,), ctx.now))
        ts = getattr(event, "ts_venue", ctx.now)
        self._say(ctx, "cancelled", ts, self._average(self.symbol, ts) or self.row_price, reason)
        self._rest()

    @property
    def row_price(self) -> float:
        """The price that the signal was made at: what is shown where no average is known."""
        return 0.0 if self.row is None else self.row.price_open

    def _fills_come(self, ctx: Context) -> bool:
        """Tell whether an order of this signal still lives that could close it."""
        return any(o.spec.parent == self.entry for o in ctx.open_orders(self.instrument.id))

    def _close_rest(self, ctx: Context) -> None:
        """Send the order that closes what is left, once nothing else can."""
        if self.exits or self.entry_lives or self.close is not None or self.row is None:
            return
        side = Side.SELL if self.row.is_long else Side.BUY
        self.close = ctx.submit(side, self.row.held, self.instrument.id, reduce_only=True, tag=self.row.id)

    def _alarm(self, ctx: Context, text: str) -> None:
        self.close = None
        if self.state is not State.NEEDS_RECONCILE:
            self._move(State.NEEDS_RECONCILE)
        signal = "" if self.row is None else self.row.id
        ctx.say(SignalAlarm(ctx.strategy, self.instrument.id, signal, text, ctx.now))
        self._protect(ctx)

    def _protect(self, ctx: Context) -> None:
        """Put a stop where none is left: what cannot be closed now must not stand open."""
        row = self.row
        if self.exits or row is None or row.price_stop_loss is None:
            return
        side = Side.SELL if row.is_long else Side.BUY
        stop = ctx.submit(side, row.held, self.instrument.id, stop=row.price_stop_loss, reduce_only=True, tag=row.id)
        self.exits[stop] = "stop_loss"

    def _rest(self) -> None:
        self._move(State.IDLE)
        self.row = self.entry = self.close = self.scheduled = self.last_exit = None
        self.entry_lives, self.leaving = False, ""
        self.exits.clear()

    def _say(self, ctx: Context, action: str, ts: TimeNs, price: float, reason: str = "") -> SignalMoved:
        assert self.row is not None
        moved = SignalMoved(ctx.strategy, self.instrument.id, action, self.row, ts, price, reason)
        ctx.say(moved)
        return moved

    def _move(self, state: State) -> None:
        assert state in TABLE[self.state], f"a signal cannot move from {self.state} to {state}"
        self.state = state


def is_refusal(event: ev.OrderEvent) -> TypeGuard[ev.OrderRejected]:
    """Tell whether an order was refused by the gate over all keys of an account, not by a venue."""
    return type(event) is ev.OrderRejected and event.reason.startswith(RISK)
