"""The account that the live keys of an exchange share in this process, and the one gate over all of them.

Each key has an engine and books of its own; on a real account their orders would meet. So what opens or adds is
reviewed twice: by the key's own gate, and here, at the door of its paper account, with the books of all keys in sight.
The keys take turns in one thread, and an order is under review in the turn that made it: no two are judged at once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.app.signals_world import limits_of
from tradewind.domain.money import exact
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.account import Holding, Standing, check_shared
from tradewind.strategy.signals.states import RISK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.signals_world import SignalWorld
    from tradewind.domain.ids import Asset
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.signals.definition import ExchangeDefinition

Name = tuple[str, str]
"""A strategy and a symbol."""


class SharedAccount:
    """Knows the worlds of all keys that run on an exchange, and lets through what the account bears as a whole."""

    def __init__(self, exchange: ExchangeDefinition) -> None:
        self._exchange = exchange
        self._worlds: dict[Name, SignalWorld] = {}
        self._standings: dict[Name, tuple[SignalWorld, int, Standing]] = {}
        """What each key had after which step: most keys have not moved since they were last looked at."""
        self._sent: deque[TimeNs] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no key is on it."""
        return not self._worlds

    def join(self, name: Name, world: SignalWorld) -> None:
        """Count the world of a key, in place of the one that it had before."""
        self._worlds[name] = world

    def leave(self, name: Name) -> None:
        """Count a key no longer."""
        self._worlds.pop(name, None)
        self._standings.pop(name, None)

    def review(self, order: OrderSpec, asset: Asset, ts: TimeNs) -> str:
        """Return why an order that is in flight already may not go on; empty if it may.

        Counted are the keys whose money is the same asset. One that is alone was judged by its own gate already, on
        the same limits.
        """
        while self._sent and self._sent[0] <= ts - NS_PER_MINUTE:
            self._sent.popleft()
        self._sent.append(ts)
        worlds = [(name, world) for name, world in self._worlds.items() if world.engine.view.base == asset]
        if len(worlds) < 2:
            return ""
        standings = [self._standing(name, world) for name, world in worlds]
        limits, opening = limits_of(self._exchange), self._exchange.balance
        refused = check_shared(limits, opening, standings, self._holdings(order), recent=len(self._sent))
        if refused:
            self._sent.pop()
        return f"{RISK}{refused}" if refused else ""

    def _standing(self, name: Name, world: SignalWorld) -> Standing:
        engine, known = world.engine, self._standings.get(name)
        if known is not None and known[0] is world and known[1] == engine.seq:
            return known[2]
        view = engine.view
        equity, free = view.equity(), view.free_margin()
        standing = Standing(
            None if equity is None else equity - self._exchange.balance,
            view.gross_exposure(),
            None if equity is None or free is None else equity - free,
        )
        self._standings[name] = world, engine.seq, standing
        return standing

    def _holdings(self, order: OrderSpec) -> Iterator[Holding]:
        for world in self._worlds.values():
            if world.instrument == order.instrument:
                view, side = world.engine.view, order.side
                held = view.position(order.instrument).quantity * side.sign + view.pending(order.instrument, side)
                yield Holding(held, exact(view.last_price(order.instrument) or 0))
