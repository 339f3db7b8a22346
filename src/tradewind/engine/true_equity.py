"""The account's true equity: exactly when it matters, and by floats when that rules out that anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.portfolio.ledger import Account
from tradewind.risk.breakers.board import INFINITE, EquityState

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.data.market import InstrumentState, Market
    from tradewind.domain.ids import Asset
    from tradewind.domain.time import TimeNs
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.portfolio.valuation import Valuation

_WALLET = Account.WALLET
MARGIN = 1e-9
"""How much nearer, as a part of it, an edge is taken to be for floats than it is."""


class TrueEquity:
    """Reads equity, says whether it is to be believed, and keeps between which values nothing changes."""

    def __init__(  # noqa: PLR0913 - the stages that know what things are worth
        self,
        portfolio: Portfolio,
        valuation: Valuation,
        market: Market,
        base: Asset,
        *,
        mark_age_ns: TimeNs,
        frozen_ns: TimeNs,
    ) -> None:
        self._portfolio = portfolio
        self._valuation = valuation
        self._market = market
        self._base = base
        self._mark_age_ns = mark_age_ns
        self._frozen_ns = frozen_ns
        self._spots: dict[Asset, list[InstrumentState]] = {}
        for facts in portfolio.instruments.values():
            if facts.kind is not InstrumentKind.PERPETUAL and facts.quote == base:
                self._spots.setdefault(facts.base, []).append(market.states[facts.id])
        self._cash: float | None = None
        self._marks: list[tuple[InstrumentState, float]] = []
        self._low, self._high = INFINITE, -INFINITE
        self._judged: float | None = None
        """The equity that was judged last, by floats: the same again changes nothing but what time does."""
        self.is_settled = False
        """Whether only what is booked can move equity: nothing is held, and it lies within the band."""
        self._perpetuals = [i for i in portfolio.instruments.values() if i.kind is InstrumentKind.PERPETUAL]
        self._seen = 0.0
        self._moved_at: TimeNs = 0

    def has_left(self, now: TimeNs) -> bool:
        """Tell whether equity may have left the band, by floats; what they cannot tell may be anything."""
        equity = self._cash
        if equity is None:
            return True
        for state, quantity in self._marks:
            equity += quantity * state.last_price  # type: ignore[operator] # all have one
        if equity != self._seen:
            self._seen, self._moved_at = equity, now
        if self._low < equity < self._high or equity == self._judged:
            self.is_settled = not self._marks
            return False
        return True

    def read(self, now: TimeNs) -> tuple[EquityState, Decimal | None]:
        """Return what is known of equity, and its value in the base currency; None if that is unknown."""
        equity = self._valuation.equity(self._portfolio, self._base)
        if equity is None:
            return EquityState.UNKNOWN, None
        value = float(equity)
        if abs(value - self._seen) > MARGIN * abs(value):
            self._seen, self._moved_at = value, now
        return (EquityState.DEGRADED if self._is_degraded(now) else EquityState.KNOWN), equity

    def look(self, now: TimeNs) -> tuple[EquityState, Decimal | None]:
        """Return the same for whoever only looks: nothing is remembered of it."""
        equity = self.value()
        if equity is None:
            return EquityState.UNKNOWN, None
        return (EquityState.DEGRADED if self._is_degraded(now) else EquityState.KNOWN), equity

    def value(self) -> Decimal | None:
        """Return the value alone, believed or not."""
        return self._valuation.equity(self._portfolio, self._base)

    def expect(self, low: float, high: float, *, is_judged: bool) -> None:
        """Take between which equities nothing changes; the present one changes nothing either, if it was judged."""
        self._low = low if low == -INFINITE else low + abs(low) * MARGIN  # an open end has no margin: it would be NaN
        self._high = high if high == INFINITE else high - abs(high) * MARGIN
        self._judged = None
        self.add_up()
        if is_judged and self._cash is not None:
            self._judged = sum((quantity * state.last_price for state, quantity in self._marks), self._cash)  # type: ignore[operator]

    def add_up(self) -> None:
        """Take cash and marks from the books, after they have moved."""
        self.is_settled = False
        cash, marks = 0.0, []
        for asset, books in self._portfolio.ledger.books.items():
            amount = books[_WALLET]
            if not amount:
                continue
            if asset == self._base:
                cash += float(amount)
                continue
            spots = self._spots.get(asset, ())
            if len(spots) != 1 or spots[0].last_price is None:
                self._cash = None
                return
            marks.append((spots[0], float(amount)))
        for facts in self._perpetuals:
            held = self._portfolio.totals[facts.id]
            if not held.quantity:
                continue
            state = self._market.states[facts.id]
            if facts.quote != self._base or state.last_price is None:
                self._cash = None
                return
            cash -= float(held.cost * held.multiplier)
            marks.append((state, float(held.quantity * held.multiplier)))
        self._cash, self._marks = cash, marks

    def _is_degraded(self, now: TimeNs) -> bool:
        """Tell whether a price is too old, or equity has stood still for too long, while something is held."""
        held = [self._market.states[facts.id].priced_at for facts in self._portfolio.instruments.values()
                if self._is_held(facts.id, facts.base, facts.kind)]  # fmt: skip
        if not held:
            return False
        return now - min(held) > self._mark_age_ns or now - self._moved_at >= self._frozen_ns

    def _is_held(self, instrument: object, asset: Asset, kind: InstrumentKind) -> bool:
        if kind is InstrumentKind.PERPETUAL:
            return bool(self._portfolio.totals[instrument].quantity)  # type: ignore[index] # its own name
        return asset != self._base and bool(self._portfolio.ledger.balance(_WALLET, asset))
