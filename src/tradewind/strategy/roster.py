"""The strategies of a session and who of them hears what.

A hook that a strategy does not override is never called. An exception in a hook is the strategy's own
failure: it becomes a notice, and the strategy is held (or goes on, if the session says so); the engine
and the other strategies are not touched by it.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from tradewind.domain.step import StrategyFailed
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.events import OrderEvent
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import InstrumentId, StrategyId, TimerId
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context

    Hook = tuple[Callable[..., None], Context]


class Roster:
    """Strategies with their contexts; `failed` is called with the name of one that was held."""

    def __init__(
        self,
        members: dict[StrategyId, tuple[Strategy, Context]],
        words: list[Any],
        *,
        halt_on_error: bool,
        failed: Callable[[StrategyId], object],
    ) -> None:
        self._members = members
        self._words = words
        self._halt_on_error = halt_on_error
        self._failed = failed
        self.held: set[StrategyId] = set()
        self._bars: dict[InstrumentId, dict[str, list[Hook]]] = {}
        self._hooks: dict[str, list[Hook]] = {}

    @property
    def members(self) -> dict[StrategyId, tuple[Strategy, Context]]:
        """The strategies by name, with their contexts."""
        return self._members

    def start(self) -> set[tuple[InstrumentId, str]]:
        """Let every strategy set itself up; return the series that they want to hear."""
        for strategy, ctx in list(self._members.values()):
            self._call(strategy.on_start, ctx)
        self._route()
        return {wanted for _, ctx in self._members.values() for wanted in ctx.subscriptions}

    def on_bar(self, bar: Bar) -> None:
        """Tell a closed bar to those who subscribed to its series."""
        for hook, ctx in self._bars[bar.instrument].get(bar.interval, ()):
            try:
                hook(ctx, bar)
            except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
                self._fail(ctx, error)

    def tell(self, hook: str, event: object) -> None:
        """Tell an event of the market or of a link to all who have this hook."""
        for call, ctx in self._hooks.get(hook, ()):
            self._call(call, ctx, event)

    def on_order(self, strategy: StrategyId, event: OrderEvent, fill: Fill | None) -> None:
        """Tell the owner what became of its order."""
        member = self._member(strategy)
        if member is None:
            return
        if fill is not None:
            self._call(member[0].on_fill, member[1], fill)
        self._call(member[0].on_order, member[1], event)

    def on_liquidation(self, fill: Fill) -> None:
        """Tell the owner that the venue has closed its position."""
        member = self._member(fill.strategy)
        if member is not None:
            self._call(member[0].on_fill, member[1], fill)

    def on_refusal(self, refusal: Refusal) -> None:
        """Tell the owner that its wish was refused."""
        member = self._member(refusal.intent.strategy)
        if member is not None:
            self._call(member[0].on_refusal, member[1], refusal)

    def on_timer(self, timer: TimerId) -> None:
        """Tell the owner that its timer has fired."""
        strategy, _, name = timer.partition("/")
        member = self._member(strategy)  # type: ignore[arg-type]
        if member is not None:
            self._call(member[0].on_timer, member[1], name)

    def stop(self) -> None:
        """Tell every strategy that the session ends."""
        for strategy, ctx in list(self._members.values()):
            if ctx.strategy not in self.held:
                self._call(strategy.on_stop, ctx)

    def hold(self, strategy: StrategyId) -> None:
        """Stop calling a strategy."""
        self.held.add(strategy)
        self._route()

    def state_of(self, strategy: StrategyId) -> dict[str, Any]:
        """Return what a strategy keeps beyond a restart."""
        member, ctx = self._members[strategy]
        return {"state": ctx.state, "saved": member.save_state()}

    def _member(self, strategy: StrategyId) -> tuple[Strategy, Context] | None:
        return None if strategy in self.held else self._members.get(strategy)

    def _route(self) -> None:
        self._bars = {i: {} for _, ctx in self._members.values() for i, _ in ctx.subscriptions}
        self._hooks = {}
        for strategy, ctx in self._members.values():
            if ctx.strategy in self.held:
                continue
            for name in ("on_forming_bar", "on_quote", "on_trade", "on_book", "on_funding", "on_gap", "on_link"):
                if getattr(type(strategy), name) is not getattr(Strategy, name):
                    self._hooks.setdefault(name, []).append((getattr(strategy, name), ctx))
            if type(strategy).on_bar is not Strategy.on_bar:
                for instrument, interval in sorted(ctx.subscriptions):
                    self._bars[instrument].setdefault(interval, []).append((strategy.on_bar, ctx))

    def _call(self, hook: Callable[..., None], ctx: Context, *arguments: object) -> None:
        try:
            hook(ctx, *arguments)
        except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
            self._fail(ctx, error)

    def _fail(self, ctx: Context, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        text = f"{type(error).__name__}: {error}"
        self._words.append(StrategyFailed(ctx.strategy, text, where, self._halt_on_error))
        if self._halt_on_error:
            self.hold(ctx.strategy)
            self._failed(ctx.strategy)
