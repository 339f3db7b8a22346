"""The operator's words about breakers: trip one, reset one, drill one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.breakers import BreakerDrilled, BreakerIgnored, BreakerState
from tradewind.domain.control import BreakerDrillRequested, BreakerFed, BreakerResetRequested, BreakerTripRequested
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import Purpose, Side
from tradewind.domain.signal import OrderIntent
from tradewind.engine.breaker_deeds import cancels, held
from tradewind.risk.breakers.board import Board
from tradewind.risk.breakers.breaker import STRICTNESS
from tradewind.risk.breakers.drills import feed
from tradewind.risk.breakers.states import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.breakers import BreakerAction, BreakerChanged
    from tradewind.domain.step import Refusal
    from tradewind.engine.breaker_watch import BreakerWatch
    from tradewind.engine.engine import Engine
    from tradewind.risk.breakers.breaker import Breaker
    from tradewind.risk.checks import Candidate

Word = BreakerTripRequested | BreakerResetRequested | BreakerDrillRequested
PROBE = ClientOrderId("drill")


def without_breakers(engine: Engine) -> dict[type, Callable[[Any], object]]:
    """Return who takes these words in a session that has no breakers: nobody, and it is told."""

    def ignored(word: Any) -> None:  # noqa: ANN401 - one of these words
        reason = "this session has no breakers: its configuration has no block of that name"
        engine.words.append(BreakerIgnored(word.breaker, reason, getattr(word, "request", "")))

    return dict.fromkeys((BreakerTripRequested, BreakerResetRequested, BreakerDrillRequested, BreakerFed), ignored)


class BreakerWords:
    """Takes the words of one session."""

    def __init__(self, engine: Engine, watch: BreakerWatch) -> None:
        self._engine = engine
        self._watch = watch

    def routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes which word."""
        return {
            BreakerTripRequested: self._on_trip,
            BreakerResetRequested: self._on_reset,
            BreakerDrillRequested: self._on_drill,
        }

    def _on_trip(self, word: BreakerTripRequested) -> None:
        breaker = self._named(word)
        if breaker is None:
            return
        reason = word.reason or "an operator says so"
        if not self._watch.board.take(breaker.move(Signal.BROKEN, word.ts_recv, reason, operator=word.operator)):
            self._ignore(word, "it is latched already")

    def _on_reset(self, word: BreakerResetRequested) -> None:
        """Let one go as soon as the venue's account was found to be ours; what it reckons from begins anew."""
        breaker = self._named(word)
        if breaker is None:
            return
        if not word.reason:
            self._ignore(word, "a reset needs a reason")
        elif not breaker.is_open or breaker.state is BreakerState.HALF_OPEN:
            self._ignore(word, f"it is {breaker.state.value}")
        elif breaker.state is BreakerState.TRIPPED and not breaker.can_reset:
            self._ignore(word, "it comes back by itself, when its limit is left behind or the day ends")
        else:
            self._reset(breaker, word)

    def _reset(self, breaker: Breaker, word: BreakerResetRequested) -> None:
        board = self._watch.board
        self._watch.look(word.ts_recv)  # it may have moved since it was judged last, where no limit lay in between
        board.conduct.forget(breaker.name)
        if breaker.latches and any(limit.breaker == breaker.name for limit in board.limits):
            board.worth.anew(word.ts_recv)
            board.anchored("reset")
        changed = breaker.move(Signal.RESET, word.ts_recv, word.reason, operator=word.operator)
        breaker.asked = self._engine.account.ask()
        board.take(changed)
        self._watch.look(word.ts_recv)  # what is reckoned anew has other edges, at which it trips again

    def _on_drill(self, word: BreakerDrillRequested) -> None:
        """Give a copy of all breakers made-up input of one, and ask the gate what it makes of it."""
        breaker, settings = self._named(word), self._watch.settings
        if breaker is None:
            return
        if not settings.can_drill:
            self._ignore(word, "orders are real here: drill it on paper")
            return
        if breaker.is_open:
            self._ignore(word, f"it is {breaker.state.value} in earnest")
            return
        told: list[Any] = []
        acted: list[Breaker] = []
        copy = Board(settings, told.append, acted.append)
        copy.restore(replace(self._watch.board.state(word.ts_recv), breakers=()))
        unarmed = feed(copy, settings, breaker.name, word.ts_recv)
        if unarmed:
            self._ignore(word, unarmed)
            return
        self._engine.words.extend(_marked(told, breaker.name))
        self._engine.words.append(self._drilled(copy, breaker.name, acted, word.request))

    def _drilled(self, copy: Board, name: str, acted: list[Breaker], request: str) -> BreakerDrilled:
        """Tell what the gate makes of an entry and of a reduction, and what the breaker would have done."""
        engine, action = self._engine, _strictest(acted)
        tripped = copy.breakers[name].is_open
        entry, exit_ = self._refused(copy, self._entry()), self._refused(copy, self._exit())
        if action is None:
            return BreakerDrilled(name, tripped, entry, exit_, request=request)
        closing = STRICTNESS[action] >= _REDUCES
        taken_back = len(list(cancels(engine, self._watch.settings.cancel))) if STRICTNESS[action] else 0
        return BreakerDrilled(name, tripped, entry, exit_, taken_back, len(held(engine)) if closing else 0, request)

    def _refused(self, copy: Board, intent: OrderIntent | None) -> str:
        """Return the code with which the session's own gate refuses an intent, with the copy in the breakers' place."""
        refusal = None if intent is None else self._engine.risk.rehearse(intent, _Copied(copy))
        return "" if refusal is None else refusal.code.value

    def _entry(self) -> OrderIntent | None:
        """Return a small order that opens or adds, in an instrument that has a price."""
        engine = self._engine
        strategy = next(iter(engine.roster.members), None)
        for name, facts in engine.portfolio.instruments.items():
            if strategy is not None and engine.view.last_price(name) is not None:
                quantity = max(facts.lot, facts.quantity_min)
                held = engine.portfolio.position(name, strategy).quantity
                return OrderIntent(PROBE, strategy, name, Side.SELL if held < 0 else Side.BUY, quantity)
        return None

    def _exit(self) -> OrderIntent | None:
        """Return the close of a position, if there is one."""
        for strategy, instrument in held(self._engine):
            position = self._engine.portfolio.positions[strategy, instrument]
            side = Side.SELL if position.quantity > 0 else Side.BUY
            lot = self._engine.portfolio.instruments[instrument].lot
            return OrderIntent(PROBE, strategy, instrument, side, lot, reduce_only=True, purpose=Purpose.EXIT)
        return None

    def _named(self, word: Word) -> Breaker | None:
        breaker = self._watch.board.breakers.get(word.breaker)
        if breaker is None:
            known = ", ".join(self._watch.board.breakers)
            self._ignore(word, f"this session has no such breaker; it has {known}")
        return breaker

    def _ignore(self, word: Word, reason: str) -> None:
        self._engine.words.append(BreakerIgnored(word.breaker, reason, word.request))


class _Copied:
    """Stands in the gate for the breakers while one is drilled."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def check(self, candidate: Candidate) -> Refusal | None:
        return self._board.refusal(candidate)

    def sized(self, candidate: Candidate) -> Candidate:
        return candidate

    def passed(self) -> None:
        return


_REDUCES = 2
"""The strictness of an action from which on positions are closed."""


def _strictest(acted: list[Breaker]) -> BreakerAction | None:
    return max((each.action for each in acted), key=lambda action: STRICTNESS[action], default=None)


def _marked(told: list[Any], name: str) -> list[BreakerChanged]:
    """Return the changes of the one that is drilled, marked as made up."""
    return [replace(each, is_drill=True) for each in told if getattr(each, "breaker", "") == name]
