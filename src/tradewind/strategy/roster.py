"""The strategies of a session and who of them hears what.

A hook that a strategy does not override is never called, and none before `start`. An exception in a
hook is the strategy's own failure: it becomes a notice, and the strategy is held (or goes on, if the
session says so); the engine and the other strategies are not touched by it.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tradewind.domain.checkpoint import StrategyState
from tradewind.domain.errors import StrategyExecutionError
from tradewind.domain.events import AdviceCame
from tradewind.domain.ids import StrategyId
from tradewind.domain.plain import pack, unpack
from tradewind.domain.step import StateKept, StrategyFailed
from tradewind.ports import Caching
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.events import OrderEvent, SignalCommanded, TradingDay
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import InstrumentId, TimerId
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context
    from tradewind.strategy.keeping import Packed

    Hook = tuple[Callable[..., None], Context]

_EVERYBODY = ("on_forming_bar", "on_quote", "on_trade", "on_book", "on_funding", "on_gap", "on_link")
"""Hooks of what all may hear."""
_OWNER = ("on_fill", "on_order", "on_refusal", "on_timer", "on_day", "on_advice", "on_command")
"""Hooks of what concerns one strategy alone."""


class Known(Protocol):
    """What is known to be kept of a strategy, packed."""

    state: dict[str, bytes | None]
    saved: bytes | None


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
        self._bars: defaultdict[InstrumentId, dict[str, list[Hook]]] = defaultdict(dict)
        self._hooks: defaultdict[str, list[Hook]] = defaultdict(list)
        self._own: dict[tuple[StrategyId, str], Hook] = {}
        self._saving = {name for name, (strategy, _) in members.items() if _overrides(strategy, "save_state")}
        self.was_called = False
        """Whether a hook was called since somebody looked for changes."""

    @property
    def members(self) -> dict[StrategyId, tuple[Strategy, Context]]:
        """The strategies by name, with their contexts."""
        return self._members

    def start(self) -> set[tuple[InstrumentId, str]]:
        """Let every strategy set itself up; return the series that they want to hear."""
        for strategy, ctx in list(self._members.values()):
            self._call(strategy.on_start, ctx)
            ctx.started = True
            ctx.state.defaults = frozenset(ctx.state)
        self._route()
        return {wanted for _, ctx in self._members.values() for wanted in ctx.subscriptions}

    def hearer(self, instrument: InstrumentId, interval: str) -> Callable[[Bar], None] | None:
        """Return what tells a closed bar to all who hear its series, as long as nobody is held; None for nobody."""
        hooks = self._bars[instrument].get(interval)
        if not hooks:
            return None
        return self._only(*hooks[0]) if len(hooks) == 1 else partial(self._tell_bar, hooks)

    def _only(self, hook: Callable[..., None], ctx: Context) -> Callable[[Bar], None]:
        """Return what tells a bar to one strategy: `_tell_bar` without the loop, as it is called for every bar."""

        def hear(bar: Bar) -> None:
            self.was_called = True
            try:
                hook(ctx, bar)
            except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
                self._fail(ctx, error)

        return hear

    def _tell_bar(self, hooks: list[Hook], bar: Bar) -> None:
        self.was_called = True
        for hook, ctx in hooks:
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
        if not self._own:
            return
        if fill is not None:
            self._tell_owner(strategy, "on_fill", fill)
        self._tell_owner(strategy, "on_order", event)

    def on_liquidation(self, fill: Fill) -> None:
        """Tell the owner that the venue has closed its position."""
        self._tell_owner(fill.strategy, "on_fill", fill)

    def on_refusal(self, refusal: Refusal) -> None:
        """Tell the owner that its wish was refused."""
        self._tell_owner(refusal.intent.strategy, "on_refusal", refusal)

    def on_day(self, day: TradingDay) -> None:
        """Tell a trading day to those who follow its calendar."""
        for _, ctx in list(self._members.values()):
            if day.calendar in ctx.calendars:
                self._tell_owner(ctx.strategy, "on_day", day)

    def on_timer(self, timer: TimerId) -> None:
        """Tell the owner that its timer has fired."""
        strategy, _, name = timer.partition("/")
        self._tell_owner(StrategyId(strategy), "on_timer", name)

    def on_told(self, event: AdviceCame | SignalCommanded) -> None:
        """Tell the owner what its adviser, or a person, says."""
        self._tell_owner(event.strategy, "on_advice" if isinstance(event, AdviceCame) else "on_command", event)

    def stop(self) -> None:
        """Tell every strategy that the session ends."""
        for strategy, ctx in list(self._members.values()):
            if ctx.strategy not in self.held:
                self._call(strategy.on_stop, ctx)

    def hold(self, strategy: StrategyId) -> None:
        """Stop calling a strategy."""
        self.held.add(strategy)
        self._route()

    def release(self, strategy: StrategyId) -> None:
        """Call a held strategy again, from the next event on; it has heard nothing in between."""
        self.held.discard(strategy)
        self._route()

    def rehearse(self, ctx: Context, part: Callable[[], None]) -> str:
        """Let a strategy act that is not of the session yet; return how it has failed, empty if it has not."""
        try:
            part()
        except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
            text, where = _told(error)
            return ctx.without_secrets(f"{text} ({where})" if where else text)
        return ""

    def replace(self, name: StrategyId, strategy: Strategy, ctx: Context) -> None:
        """Put another strategy in the place of one; it has set itself up."""
        self._members[name] = strategy, ctx
        self._saving.discard(name)
        if _overrides(strategy, "save_state"):
            self._saving.add(name)
        self.was_called = True
        self.release(name)

    def changes(self, known: Callable[[StrategyId], Known]) -> list[StateKept]:
        """Return what strategies keep otherwise than is `known`; who keeps what is no plain data has failed."""
        self.was_called = False
        found: list[StateKept] = []
        for name, (strategy, ctx) in self._members.items():
            state = ctx.state
            if state.changed or state.containers or not state.tracks:  # whether it is worth looking
                defaults = state.defaults
                found += [
                    StateKept(name, key, value, is_default=value is None and key in defaults)
                    for key, value in self._changed(ctx, known(name).state)
                ]
            if name in self._saving:
                try:
                    saved = _saved(strategy, name)
                except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
                    self._fail(ctx, error)
                    continue
                if saved != known(name).saved:
                    found.append(StateKept(name, "", saved, is_saved=True))
        return found

    def _changed(self, ctx: Context, known: Packed) -> list[tuple[str, bytes | None]]:
        """Return what has changed of `ctx.state`; a key with what cannot be kept is a failure, and left out."""
        while True:
            try:
                return ctx.state.changes(known)
            except TypeError as error:
                self._fail(ctx, error)

    def restore(self, states: Iterable[StrategyState], *, exactly: bool = False) -> None:
        """Lay what was kept over what the strategies are after their start; `exactly`, what else they keep goes."""
        known = {kept.strategy: kept for kept in states}
        for name, (strategy, ctx) in self._members.items():
            kept = known.get(name, StrategyState(name) if exactly else None)
            if kept is not None:
                self._call(partial(_take_back, strategy, kept, exactly=exactly), ctx)

    def _tell_owner(self, strategy: StrategyId, name: str, told: object) -> None:
        hook = self._own.get((strategy, name))
        if hook is not None:
            self._call(hook[0], hook[1], told)

    def _route(self) -> None:
        """Look up, once, which strategy has which hook; who is held has none."""
        self._bars, self._hooks, self._own = defaultdict(dict), defaultdict(list), {}
        for strategy, ctx in self._members.values():
            if ctx.strategy in self.held:
                continue
            for name in _EVERYBODY:
                if _overrides(strategy, name):
                    self._hooks[name].append((getattr(strategy, name), ctx))
            for name in _OWNER:
                if _overrides(strategy, name):
                    self._own[ctx.strategy, name] = getattr(strategy, name), ctx
            if _overrides(strategy, "on_bar"):
                for instrument, interval in sorted(ctx.subscriptions):
                    self._bars[instrument].setdefault(interval, []).append((strategy.on_bar, ctx))

    def _call(self, hook: Callable[..., None], ctx: Context, *arguments: object) -> None:
        self.was_called = True
        try:
            hook(ctx, *arguments)
        except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
            self._fail(ctx, error)

    def _fail(self, ctx: Context, error: Exception) -> None:
        text, where = _told(error)
        halts = self._halt_on_error or (isinstance(error, StrategyExecutionError) and error.halts)
        self._words.append(StrategyFailed(ctx.strategy, ctx.without_secrets(text), where, halts))
        if halts:
            self.hold(ctx.strategy)
            self._failed(ctx.strategy)


def _told(error: Exception) -> tuple[str, str]:
    """Return what was raised, and where."""
    guest = isinstance(error, StrategyExecutionError) and error.place
    text = traceback.format_exception_only(error)[-1].strip()  # it stands an exception that cannot be written
    text = text.removeprefix(f"{type(error).__module__}.") if guest else text  # its own name says nothing of ours
    return text, guest or _place_of(error)


def _place_of(error: Exception) -> str:
    """Return file and line of the author's last call, in whose arguments the mistake is; else where it was raised."""
    where, own = "", ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        where = f"{frame.f_code.co_filename.rpartition('/')[2]}:{line}"
        if not str(frame.f_globals.get("__name__", "")).startswith("tradewind."):
            own = where
    return own or where


def _overrides(strategy: Strategy, hook: str) -> bool:
    return getattr(type(strategy), hook) is not getattr(Strategy, hook)


def _take_back(strategy: Strategy, kept: StrategyState, ctx: Context, *, exactly: bool) -> None:
    ctx.state.restore(kept.state, exactly=exactly)
    if kept.cache and isinstance(strategy, Caching):
        strategy.restore_cache(dict(kept.cache))
    if kept.saved is not None:
        strategy.load_state(unpack(kept.saved))


def _saved(strategy: Strategy, name: StrategyId) -> bytes | None:
    """Return what a strategy saves, packed; raise `TypeError` naming the strategy if it is no plain data."""
    saved = strategy.save_state()
    try:
        return None if saved is None else pack(saved)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: what save_state returns cannot be kept: {error}") from error
