"""The account that the live keys of an exchange share in this process, and the one gate over all of them.

Each key has an engine and books of its own; on a real account their orders would meet. So what opens or adds is
reviewed twice: by the key's own gate, and here, at the door of its paper account, with the books of all keys in sight.
The keys take turns in one thread, and an order is under review in the turn that made it: no two are judged at once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.app.signals.world import limits_of
from tradewind.domain.money import ZERO, exact
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.risk.account import Holding, Standing, check_shared
from tradewind.strategy.signals.states import RISK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.app.signals.world import SignalWorld
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.engine.view import EngineView
    from tradewind.strategy.signals.definition import ExchangeDefinition

Name = tuple[str, str]
"""A strategy and a symbol."""
NOTHING, UNKNOWN = Standing(ZERO, ZERO, ZERO), Standing(None, None, None)


class Part:
    """What one key has of the account, as of a step of its engine."""

    __slots__ = ("asset", "engine", "instrument", "seq", "standing")

    def __init__(self, world: SignalWorld) -> None:
        self.engine, self.instrument, self.asset = world.engine, world.instrument, world.engine.view.base
        self.seq = -1
        """The step that `standing` is of; -1 before it was looked at."""
        self.standing = NOTHING


class SharedAccount:
    """Knows the worlds of all keys that run on an exchange, and lets through what the account bears as a whole."""

    def __init__(self, exchange: ExchangeDefinition) -> None:
        self._balance, self._limits = exchange.balance, limits_of(exchange)
        self._parts: dict[Name, Part] = {}
        self._totals: dict[Asset, Total] = {}
        """The sums of what keys have, by the asset of their money. Keys that have not moved are not summed again."""
        self._of: dict[InstrumentId, list[Part]] = {}
        self._sent: deque[TimeNs] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no key is on it."""
        return not self._parts

    def join(self, name: Name, world: SignalWorld) -> None:
        """Count the world of a key, in place of the one that it had before."""
        self.leave(name)
        part = self._parts[name] = Part(world)
        self._totals.setdefault(part.asset, Total()).parts.append(part)
        self._of.setdefault(part.instrument, []).append(part)

    def leave(self, name: Name) -> None:
        """Count a key no longer."""
        part = self._parts.pop(name, None)
        if part is not None:
            self._of[part.instrument].remove(part)
            total = self._totals[part.asset]
            total.parts.remove(part)
            total.begin()

    def review(self, order: OrderSpec, asset: Asset, ts: TimeNs) -> str:
        """Return why an order that is in flight already may not go on; empty if it may.

        Counted are the keys whose money is the same asset. One that is alone was judged by its own gate already, on
        the same limits.
        """
        while self._sent and self._sent[0] <= ts - NS_PER_MINUTE:
            self._sent.popleft()
        self._sent.append(ts)
        total = self._totals.get(asset)
        if total is None or len(total.parts) < 2:
            return ""
        standing = total.standing(self._balance)
        refused = check_shared(self._limits, self._balance, (standing,), self._holdings(order), recent=len(self._sent))
        if refused:
            self._sent.pop()
        return f"{RISK}{refused}" if refused else ""

    def _holdings(self, order: OrderSpec) -> Iterator[Holding]:
        for part in self._of.get(order.instrument, ()):
            view, side = part.engine.view, order.side
            held = view.position(order.instrument).quantity * side.sign + view.pending(order.instrument, side)
            yield Holding(held, exact(view.last_price(order.instrument) or 0))


class Total:
    """The sum of what keys have whose money is the same asset, kept as they move."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.begin()

    def begin(self) -> None:
        """Sum all anew: a key has gone, and takes what it had along."""
        self._unknown = 0
        self._profit = self._gross = self._margin = ZERO
        for part in self.parts:
            part.seq, part.standing = -1, NOTHING

    def standing(self, balance: Decimal) -> Standing:
        """Return what all have together; unknown as long as that of one is."""
        for part in self.parts:
            if part.seq != part.engine.seq:
                self._move(part, standing_of(part.engine.view, balance))
                part.seq = part.engine.seq
        if self._unknown:
            return UNKNOWN
        return Standing(self._profit, self._gross, self._margin)

    def _move(self, part: Part, new: Standing) -> None:
        old, part.standing = part.standing, new
        self._unknown += (None in new) - (None in old)
        self._profit += (new.profit or ZERO) - (old.profit or ZERO)
        self._gross += (new.gross or ZERO) - (old.gross or ZERO)
        self._margin += (new.margin or ZERO) - (old.margin or ZERO)


def standing_of(view: EngineView, balance: Decimal) -> Standing:
    """Return what an engine has, beside the balance that it began with."""
    equity, free = view.equity(), view.free_margin()
    return Standing(
        None if equity is None else equity - balance,
        view.gross_exposure(),
        None if equity is None or free is None else equity - free,
    )
