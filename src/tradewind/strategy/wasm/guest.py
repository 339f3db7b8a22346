"""The WASM style: a guest as a strategy on the ordinary context. Its failures are its own, and are mended by rule.

After a refusal or an error of the guest's own the instance goes on. After anything worse it is thrown away; with
the next bar a new one is built and run through the bars that were heard (a rehearsal: nothing of it leaves), then it
goes on. Too many failures, and the guest is held like a strategy that raised.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.ids import symbol_of
from tradewind.strategy.base import Strategy
from tradewind.strategy.wasm.book import GuestBook
from tradewind.strategy.wasm.enums import OrderStatus
from tradewind.strategy.wasm.errors import (
    GuestError,
    GuestFault,
    GuestQuarantined,
    GuestRefused,
    GuestReturnedError,
    GuestTimeout,
    HostBug,
)
from tradewind.strategy.wasm.failing import Failures, failed_order
from tradewind.strategy.wasm.keeping import keep_note, keep_trade, take_back
from tradewind.strategy.wasm.life import Belongings, Life
from tradewind.strategy.wasm.notes import GuestRecord, OrderNotes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar
    from tradewind.domain.step import GuestFailed, Refusal
    from tradewind.strategy.context import Context
    from tradewind.strategy.wasm.module import Compiled
    from tradewind.strategy.wasm.names import Names
    from tradewind.strategy.wasm.settings import GuestSettings
    from tradewind.strategy.wasm.workshop import Workshop

FAILURES_WITHIN = 100
"""Failures are counted over so many bars."""
PATIENCE = 10
"""Backtest and replay give a guest so many times as long: they must not depend on how busy the machine is."""
WARMUP_BARS = 1_000
"""Bars of a symbol that are run through a guest that is built anew, unless told otherwise."""


class WasmStrategy(Strategy):
    """A guest in a session. Made by `loading.wasm_strategy`."""

    def __init__(
        self, shop: Workshop, compiled: Compiled, config_text: str, settings: GuestSettings, names: Names
    ) -> None:
        # Not Strategy's own: the parameters of a guest are the guest's to judge.
        self.names = names
        self.name = names.name or names.identifier  # type: ignore[misc]  # each guest has its own
        self.settings = settings
        self._compiled, self._shop = compiled, shop
        self._belongings = Belongings(settings, config_text, GuestRecord(), OrderNotes(), GuestBook())
        self._failing = Failures()
        self.life: Life | None = None
        self.calls = 0
        """Outer calls of the session that may time out; their numbers go into the record."""
        self.rebuilds = self.planned_rebuilds = 0
        self._bars = 0
        self._failures: deque[int] = deque()
        self._heard: deque[tuple[Bar, bool]] = deque()
        """Bars that were heard, and whether the guest failed on them."""
        self._foretold: set[int] = set()
        self._patience, self._is_backtest = 1, False
        self._ctx: Context | None = None
        self._is_restored = False

    # --- around the session -------------------------------------------------------------------------

    def be_patient(self, *, backtest: bool) -> None:
        """Wait longer for the guest; in a backtest a timeout ends the strategy."""
        self._patience, self._is_backtest = PATIENCE, backtest

    def foretell(self, failure: GuestFailed) -> None:
        """Take a recorded timeout: the call of that number will not be made, but come to the same end."""
        self._foretold.add(failure.number)

    def save_state(self) -> bool | None:
        """Return that there is something: all that the host remembers is in `ctx.state`, change by change."""
        return True if self.life is not None or self._bars else None

    def load_state(self, state: Any) -> None:  # noqa: ANN401, ARG002 - what `save_state` returned
        """Take back what the host remembers of the guest's orders and fills."""
        if self._ctx is not None:
            take_back(self._ctx, self._belongings.notes, self._belongings.book)

    def restore_cache(self, cache: dict[str, str]) -> None:
        """Take back what the guest has kept; it will be run through the bars that it hears first, before it is live."""
        self._belongings.record.restore(cache)
        self._is_restored = True

    # --- hooks --------------------------------------------------------------------------------------

    def on_start(self, ctx: Context) -> None:
        """Build the guest with its own numbers and initialise it."""
        self._ctx = ctx
        bars = self.settings.warmup_bars
        self._heard = deque(maxlen=(WARMUP_BARS if bars is None else bars) * len(ctx.symbols))
        life = self._new_life(ctx, rehearsal=False)
        try:
            self._open(life)
        except GuestError as error:
            life.close()
            self._failing.tell(ctx, "initialize", error, self.calls)
            raise self._held(f"could not be started: {error}", error) from error
        self.life = life
        if life.instance.warning:
            ctx.log(life.instance.warning, "warning")

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Let the guest see a closed bar."""
        life = self.life
        if ctx.warming:
            self._heard.append((bar, False))
            if life is not None:
                life.see(bar)
            return
        self._bars += 1
        if life is None or self._is_restored or life.is_nearly_full:
            life = self._rebuilt(ctx, bar)
            if life is None:
                self._heard.append((bar, False))
                return
        life.see(bar)
        failed = not self._survives(ctx, life, bar)
        self._heard.append((bar, failed))

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count a fill."""
        note = self._belongings.notes.get(fill.order)
        self._belongings.book.take(ctx, fill, note)
        keep_trade(ctx, symbol_of(fill.instrument), self._belongings.book)
        order = ctx.order(fill.order)
        if note is not None and (order is None or (order.is_closed and order.open_quantity <= 0)):
            note.status = OrderStatus.FILLED
            keep_note(ctx, fill.order, note)

    def on_order(self, ctx: Context, event: ev.OrderEvent) -> None:
        """Remember what the venue says of an order."""
        note = self._belongings.notes.get(event.order)
        if note is None:
            return
        if isinstance(event, ev.OrderRejected | ev.OrderNotFound):
            note.status = OrderStatus.REJECTED
        elif isinstance(event, ev.OrderCancelled | ev.OrderExpired):
            note.status = OrderStatus.CANCELLED
        else:
            return
        keep_note(ctx, event.order, note)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:
        """Write an order down as failed, in the words of the contract."""
        order = getattr(refusal.intent, "id", None)
        note = None if order is None else self._belongings.notes.get(order)
        if note is not None and order is not None:
            note.status = OrderStatus.FAILED
            keep_note(ctx, order, note)
            ctx.say(failed_order(ctx, refusal, note))

    def on_stop(self, ctx: Context) -> None:
        """Close the guest."""
        self._failing.settle(ctx)
        if self.life is not None:
            self.life.close()
            self.life = None

    # --- a bar --------------------------------------------------------------------------------------

    def _survives(self, ctx: Context, life: Life, bar: Bar) -> bool:
        """Let the guest process a bar; tell whether the instance is still good."""
        said = ctx.said
        try:
            self._timed(lambda: life.process(bar))
        except GuestReturnedError as error:
            life.end(keep=True)
            self._failing.settle(ctx)
            self._failing.mark(ctx, bar, error.placed(ctx.strategy, "process_data", bar.ts_venue))
            return True
        except GuestRefused as refused:
            life.end(keep=True)
            refused.placed(ctx.strategy, "process_data", bar.ts_venue)
            self._failing.refused(ctx, bar, refused)
            return True
        except GuestFault as fault:
            ctx.unsay(said)
            if not isinstance(fault, GuestTimeout):
                life.end(keep=False)
            fault.placed(ctx.strategy, "process_data", bar.ts_venue)
            self._lose(ctx, life, fault, bar)
            return False
        except AssertionError:
            raise
        except Exception as bug:
            raise HostBug(f"a function of the host failed: {type(bug).__name__}: {bug}", cause=bug) from bug
        life.end(keep=True)
        self._failing.settle(ctx)
        return True

    def _timed(self, call: Callable[[], None]) -> None:
        """Make an outer call, or let it come to the end that the record tells of."""
        self.calls += 1
        if self.calls in self._foretold:
            limit = self.settings.deadline_ms * (PATIENCE if self._is_backtest else 1)
            raise GuestTimeout(f"not done in {limit} ms")
        call()

    # --- lives --------------------------------------------------------------------------------------

    def _lose(self, ctx: Context, life: Life, fault: GuestError, bar: Bar) -> None:
        """Throw the instance away; hold the strategy when it is once too often."""
        life.close()
        self.life = None
        self._failing.settle(ctx)
        self._failing.tell(ctx, fault.context["call"], fault, self.calls)
        self._failing.mark(ctx, bar, fault)
        if isinstance(fault, GuestTimeout) and self._is_backtest:
            raise self._held(f"{fault}; in a backtest that ends the strategy", fault)
        failures = self._failures
        failures.append(self._bars)
        while failures[0] <= self._bars - FAILURES_WITHIN:
            failures.popleft()
        if len(failures) > self.settings.max_rebuilds:
            raise self._held(f"{len(failures)} failures within {FAILURES_WITHIN} bars, the last one: {fault}", fault)

    def _held(self, text: str, cause: GuestError) -> GuestQuarantined:
        """Return what holds the strategy; its place is the guest's file, not ours."""
        error = GuestQuarantined(text, cause=cause)
        error.place = (self._origin.spec if self._origin else "").replace("\\", "/").rpartition("/")[2] or self.name
        return error

    def _rebuilt(self, ctx: Context, bar: Bar) -> Life | None:
        """Return a new instance that has seen the bars of the old one; None if that failed too."""
        if self.life is None:
            self.rebuilds += 1
        else:
            self.planned_rebuilds += 1
            self.life.close()
        self._is_restored = False
        life = self._new_life(ctx, rehearsal=True)
        last = bar
        try:
            self._open(life)
            for last, failed in self._heard:
                life.see(last)
                if not failed:
                    self._rehearse(life, last)
        except GuestError as error:
            error.placed(ctx.strategy, "rehearsal", last.ts_venue)
            self._lose(ctx, life, error, bar)
            return None
        life.go_live(ctx)
        self.life = life
        return life

    def _open(self, life: Life) -> None:
        life.open()
        self._timed(life.initialize)

    def _rehearse(self, life: Life, bar: Bar) -> None:
        try:
            self._timed(lambda: life.process(bar))
        except (GuestReturnedError, GuestRefused):
            return  # as it was when the bar was live

    def _new_life(self, ctx: Context, *, rehearsal: bool) -> Life:
        number = self.rebuilds + self.planned_rebuilds
        seed = f"{self.settings.seed}/{ctx.strategy}/{number}"
        life = Life(self._shop, self._compiled, self._belongings, seed=seed, rehearsal=rehearsal)
        life.instance.patience = life.scene.patience = self._patience
        life.enter(ctx)
        return life
