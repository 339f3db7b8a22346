"""The engine as its stages may see it: read only, put together from the stages' own answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.order import Side
from tradewind.portfolio.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from tradewind.data.bars import BarAggregator
    from tradewind.data.market import Market
    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, FormingBar
    from tradewind.domain.position import Position
    from tradewind.domain.time import TimeNs
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.portfolio.valuation import Valuation


_WALLET = Account.WALLET  # to look a member of an Enum up takes 0.1 us


class EngineView:
    """Answers every question of `ports.View`; `now` is set by the engine as each event comes in."""

    def __init__(  # noqa: PLR0913 - the stages, and what they are told of the account
        self,
        market: Market,
        orders: Orders,
        portfolio: Portfolio,
        valuation: Valuation,
        base: Asset,
        *,
        account: AccountKind = AccountKind.CASH,
        allow_short: bool = False,
    ) -> None:
        self.now = 0
        self.warming = False
        self._account = account
        self._allow_short = allow_short
        self.base = base
        self.aggregators: dict[InstrumentId, list[BarAggregator]] = {}
        """What makes the longer bars; the engine's own."""
        self._market = market
        self._orders = orders
        self._portfolio = portfolio
        self._valuation = valuation

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return the instrument; `KeyError` if the session does not have it."""
        return self._portfolio.instruments[instrument]

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price seen, None before the first."""
        return self._market.last_price(instrument)

    def history(self, instrument: InstrumentId, interval: str, field: str, count: int) -> Sequence[float]:
        """Return the last `count` values of a field of closed bars, oldest first; fewer if there are fewer."""
        return self._market.history(instrument, interval, field, count)

    def bars(self, instrument: InstrumentId, interval: str, count: int) -> Sequence[Bar]:
        """Return the last `count` closed bars, oldest first; fewer if there are fewer."""
        return self._market.bars(instrument, interval, count)

    def bars_of(self, instrument: InstrumentId, interval: str) -> Callable[[int], Sequence[Bar]]:
        """Return what gives the last bars of a series, as many as are asked for, as `bars` does."""
        return partial(self._market.bars, instrument, interval)

    def forming(self, instrument: InstrumentId, interval: str) -> FormingBar | None:
        """Return a longer bar as far as the session's own bars have made it; None if it has not begun."""
        makers = self.aggregators.get(instrument, ())
        return next((maker.forming() for maker in makers if maker.interval == interval), None)

    def position(self, instrument: InstrumentId, strategy: StrategyId | None = None) -> Position:
        """Return the position of a strategy, or of the whole account."""
        return self._portfolio.position(instrument, strategy)

    def positions(self) -> list[tuple[StrategyId, Position]]:
        """Return the strategies' positions that are not flat, in the order of their names."""
        found = [(key, held) for key, held in self._portfolio.positions.items() if held.quantity and not held.is_flat]
        if len(found) > 1:
            found.sort()
        return [(key[0], held) for key, held in found]

    def priced_at(self, instrument: InstrumentId) -> TimeNs | None:
        """Return the venue's time of the last price; None before the first."""
        known = self._market.states.get(instrument)
        return None if known is None or known.priced_at < 0 else known.priced_at

    def cash(self, asset: Asset) -> Decimal:
        """Return what the account owns of an asset, open orders not deducted."""
        return self._portfolio.ledger.balance(_WALLET, asset)

    def free_cash(self, asset: Asset) -> Decimal:
        """Return what is not reserved by open and in-flight orders that buy with this asset."""
        free = self._portfolio.ledger.balance(_WALLET, asset)
        for order in self._orders.living.values():  # in any order: exact sums are the same
            free -= self._reserved(order, asset)
        return free

    def equity(self) -> Decimal | None:
        """Return the value of everything in the base currency; None if a price is missing."""
        return self._valuation.equity(self._portfolio, self.base)

    def worth(self, asset: Asset) -> Decimal | None:
        """Return what one unit of an asset is worth in the base currency; None if a price is missing."""
        return self._valuation.price_of(asset, self.base)

    def is_margined(self, instrument: InstrumentId) -> bool:
        """Tell whether the instrument is held against collateral."""
        kind = self._portfolio.instruments[instrument].kind
        return self._account is AccountKind.MARGIN or kind is InstrumentKind.PERPETUAL

    def may_short(self, instrument: InstrumentId) -> bool:
        """Tell whether a position may be below zero."""
        return self._allow_short and self.is_margined(instrument)

    def gross_exposure(self) -> Decimal | None:
        """Return the value of all positions and of all orders that add to them; None if a price is missing."""
        return self._weighted(initial_margin=False)

    def free_margin(self) -> Decimal | None:
        """Return equity less the initial margin of positions and open orders; None if a price is missing."""
        equity, used = self.equity(), self._weighted(initial_margin=True)
        return None if equity is None or used is None else equity - used

    def order(self, order: ClientOrderId) -> Order | None:
        """Return an order by its id."""
        return self._orders.by_id.get(order)

    def open_orders(
        self, instrument: InstrumentId | None = None, strategy: StrategyId | None = None
    ) -> Iterable[Order]:
        """Yield the orders that have not ended, oldest first."""
        return self._orders.open(instrument, strategy)

    def pending(self, instrument: InstrumentId, side: Side, strategy: StrategyId | None = None) -> Decimal:
        """Return the quantity that open, in-flight and unknown orders of a side may still execute."""
        return self._orders.pending(instrument, side, strategy)

    def has_unknown(self, instrument: InstrumentId) -> bool:
        """Tell whether an order of the instrument has an unknown outcome."""
        return self._orders.has_unknown(instrument)

    def _reserved(self, order: Order, asset: Asset) -> Decimal:
        spec = order.spec
        instrument = self._portfolio.instruments[spec.instrument]
        if spec.side is Side.SELL or spec.reduce_only or spec.parent or instrument.quote != asset:
            return ZERO
        if instrument.kind is InstrumentKind.PERPETUAL:
            return ZERO
        prices = [spec.price or spec.trigger, *(asked.price or asked.trigger for asked in order.amending)]
        dearest = max((price for price in prices if price), default=None)
        if dearest is None:
            last = self._market.last_price(spec.instrument)
            assert last is not None, f"{spec.id} was let through without a price"
            dearest = exact(last)
        return instrument.notional(order.open_quantity, dearest) * (ONE + instrument.fees.rate(maker=False))

    def _weighted(self, *, initial_margin: bool) -> Decimal | None:
        total = ZERO
        totals, living = self._portfolio.totals, self._orders.living
        for instrument in self._portfolio.instruments.values():
            held = totals[instrument.id].quantity
            if not held and not living:
                continue
            side = Side.BUY if held >= 0 else Side.SELL
            quantity = abs(held) + self._orders.pending(instrument.id, side)
            quantity = max(quantity, self._orders.pending(instrument.id, side.opposite) - abs(held))
            if not quantity:
                continue
            last = self._market.last_price(instrument.id)
            price = self._valuation.price_of(instrument.quote, self.base)
            if last is None or price is None:
                return None
            weight = instrument.margin_initial if initial_margin else ONE
            total += instrument.notional(quantity, exact(last)) * price * weight
        return total
