"""A replica of a session's orders, positions and money, moved by its steps alone; it tells what each brought.

Built from the engine's own stages, so that it cannot reckon otherwise. It never touches the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tradewind.data.market import Market
from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryOrder, SubmitOrder
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, Quote, Trade
from tradewind.domain.order import Purpose, Side
from tradewind.domain.signal import AmendIntent, CancelIntent
from tradewind.domain.step import OrderIgnored
from tradewind.execution.orders import CLOSED_KEPT_MAX, Orders
from tradewind.portfolio.portfolio import Portfolio
from tradewind.portfolio.valuation import Valuation
from tradewind.record.recorder.facts import CostPaid, Executed, Fact, OrderMoved, Placed, Transferred, TripClosed
from tradewind.record.recorder.valuation import Worth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.position import Position
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.record.journal.header import SessionHeader

_QUIET: tuple[Fact, ...] = ()


class Books:
    """Takes a session's steps in order; enter `money_context()` first."""

    def __init__(self, header: SessionHeader) -> None:
        self.market = Market([instrument.id for instrument in header.instruments], history_bars=1)
        self.valuation = Valuation(header.instruments, self.market.last_price)
        self.portfolio = Portfolio(header.instruments, self.valuation.price_of)
        self.orders = Orders(header.engine.patience)
        self._placed: dict[ClientOrderId, Placed] = {}
        self._recalled: EngineState | None = None
        """Where the session stood that this one resumes, while history comes that has been told."""
        self._facts: list[Fact] = []
        self.worth = Worth(self.portfolio, self.valuation, self.market, header.engine.base)
        self._routes: dict[type, Callable[[Any], object]] = {
            ev.SessionStarted: self._on_start,
            ev.WarmupEnded: self._on_warm,
            ev.PositionLiquidated: self._on_liquidation,
            ev.BalanceTransferred: self._on_transfer,
            ev.FundingPaid: self._on_funding,
            ev.BorrowCharged: self._on_borrow,
            ev.PositionAdjusted: self._on_position_adjusted,
            ev.BalanceAdjusted: self._on_balance_adjusted,
            ev.AverageAdjusted: self._on_average_adjusted,
            ev.InstrumentChanged: self.portfolio.take_terms,
            BookSnapshot: self._on_book,
            BookDelta: self._on_book,
            Quote: self._on_quote,
            Trade: self._on_trade,
        }

    @property
    def is_recalling(self) -> bool:
        """Whether history comes that a session before this one has told."""
        return self._recalled is not None

    def take(self, step: Step) -> Sequence[Fact]:
        """Take a step and return what it brought, in order; mostly nothing."""
        event = step.event
        kind = type(event)
        if kind is Bar:
            self._on_bar(cast("Bar", event))
        elif kind in self._routes:
            self._routes[kind](event)
        elif kind in _ORDER_EVENTS:
            self._on_order(cast("ev.OrderEvent", event))
        elif kind is ev.OrderAdopted:
            self._on_adopted(cast("ev.OrderAdopted", event), step.seq)
        if step.effects:
            self._on_effects(step)
        if not self._facts:
            return _QUIET
        facts, self._facts = self._facts, []
        return facts

    def _on_bar(self, bar: Bar) -> None:
        if isinstance(self.market.take_bar(bar), str):
            return  # not believed: the engine says so in its notices
        if self._recalled is not None:
            return
        if self.portfolio.exposed:
            self.portfolio.see(bar)
        if self.worth.is_exposed:
            self._value(bar.ts_recv)

    def _on_book(self, update: BookSnapshot | BookDelta) -> None:
        self.market.take_book(update)
        if self._recalled is None and self.worth.is_due(update.ts_recv):
            self._value(update.ts_recv)

    def _on_quote(self, quote: Quote) -> None:
        self.market.take_quote(quote)
        if self._recalled is None and self.worth.is_due(quote.ts_recv):
            self._value(quote.ts_recv)

    def _on_trade(self, trade: Trade) -> None:
        self.market.take_trade(trade)
        if self._recalled is None and self.worth.is_due(trade.ts_recv):
            self._value(trade.ts_recv)

    def _on_start(self, event: ev.SessionStarted) -> None:
        """Begin: with what the account holds, or where the session stood that this one resumes."""
        if event.restored is None:
            self.portfolio.book_opening(event)
            self._moved(event.ts_recv)
            return
        self.portfolio.restore(event.restored.portfolio)
        self.orders.restore(event.restored.orders)
        if event.warming:
            self._recalled = event.restored
        else:
            self._go_on(event.restored, event.ts_recv)

    def _go_on(self, state: EngineState, ts: TimeNs) -> None:
        """Begin to tell of a session that goes on; orders that live are told as if they were placed now."""
        self._recalled = None
        for kept in state.prices:
            known = self.market.states.get(kept.instrument)
            if known is not None and kept.priced_at >= known.priced_at:
                known.last_price, known.priced_at = kept.price, kept.priced_at
        for name, order in self.orders.by_id.items():
            self._placed[name] = Placed(ts, 1, self._position_type(order.spec))
            if not order.is_closed:
                self._tell(name, ts)
        self._moved(ts)

    def _on_warm(self, event: ev.WarmupEnded) -> None:
        if self._recalled is not None:
            self._go_on(self._recalled, event.ts_recv)
        self.worth.forget()
        self._moved(event.ts_recv)

    def _on_transfer(self, event: ev.BalanceTransferred) -> None:
        if self.portfolio.book_transfer(event):
            self._facts.append(Transferred(self.worth.in_base(event.amount, event.asset)))
        self._moved(event.ts_recv)

    def _on_funding(self, event: ev.FundingPaid) -> None:
        if self.portfolio.book_funding(event):
            self._facts.append(CostPaid("funding", self.worth.in_base(-event.amount, event.asset)))
        self._moved(event.ts_recv)

    def _on_borrow(self, event: ev.BorrowCharged) -> None:
        if self.portfolio.book_borrow(event):
            self._facts.append(CostPaid("interest", self.worth.in_base(event.amount, event.asset)))
        self._moved(event.ts_recv)

    def _on_position_adjusted(self, event: ev.PositionAdjusted) -> None:
        self.portfolio.book_position_adjustment(event)
        self._trips_ended()
        self._moved(event.ts_recv)

    def _on_balance_adjusted(self, event: ev.BalanceAdjusted) -> None:
        """Count a correction like a deposit or a withdrawal: nobody has earned it."""
        if self.portfolio.book_balance_adjustment(event):
            self._facts.append(Transferred(self.worth.in_base(event.total - event.was, event.asset)))
        self._moved(event.ts_recv)

    def _on_average_adjusted(self, event: ev.AverageAdjusted) -> None:
        self.portfolio.book_average_adjustment(event)
        self._moved(event.ts_recv)

    def _on_adopted(self, event: ev.OrderAdopted, seq: int) -> None:
        if self.orders.adopt(event):
            self._placed[event.order.id] = Placed(event.ts_recv, seq, self._position_type(event.order))
            self._tell(event.order.id, event.ts_recv)

    def _on_liquidation(self, event: ev.PositionLiquidated) -> None:
        realized = {key: position.realized for key, position in self.portfolio.positions.items()}
        fills = self.portfolio.book_liquidation(event)
        if fills is None:
            return
        for fill in fills:
            profit = self.portfolio.position(fill.instrument, fill.strategy).realized
            held = "long" if fill.side is Side.SELL else "short"
            self._executed(fill, None, held, profit - realized[fill.strategy, fill.instrument])
        if not fills and event.fee:  # nothing of ours was closed, and yet we have paid
            fee = self._fee_in_base(event.instrument, event.fee, event.fee_asset, event.price)
            self._facts.append(CostPaid("fees", fee))
        self._moved(event.ts_recv)

    def _on_effects(self, step: Step) -> None:
        ts = step.event.ts_recv
        for effect in step.effects:
            match effect:
                case SubmitOrder():
                    self.orders.submit(effect.order, effect.attached)
                    held = self._position_type(effect.order)
                    for spec in (effect.order, *effect.attached):
                        self._placed[spec.id] = Placed(ts, step.seq, held)
                        self._tell(spec.id, ts)
                case PlaceExits():
                    self.orders.wake(effect)
                    for spec in effect.orders:
                        self._tell(spec.id, ts)
                case CancelOrder():
                    self.orders.cancel(CancelIntent(self._strategy(effect.order), effect.order))
                    self._tell(effect.order, ts)
                case AmendOrder():
                    strategy = self._strategy(effect.order)
                    self.orders.amend(
                        AmendIntent(strategy, effect.order, effect.quantity, effect.price, effect.trigger)
                    )
                    self._tell(effect.order, ts)
                case QueryOrder():
                    self.orders.ask(effect.order, ts)
        if len(self._placed) > 2 * CLOSED_KEPT_MAX + len(self.orders.by_id):
            self._placed = {name: self._placed[name] for name in self.orders.by_id}

    def _on_order(self, event: ev.OrderEvent) -> None:
        outcome = self.orders.apply(event)
        if isinstance(outcome, OrderIgnored):
            return
        self._placed[event.order].reason = getattr(event, "reason", "") or self._placed[event.order].reason
        if outcome is not None:
            self._on_fill(outcome)
        self._tell(event.order, event.ts_recv)
        if outcome is not None:
            self._moved(event.ts_recv)

    def _on_fill(self, fill: Fill) -> None:
        position = self.portfolio.position(fill.instrument, fill.strategy)
        held = _side_of(position, flat=fill.side is Side.BUY)
        realized = position.realized
        self.portfolio.book_fill(fill)
        self._executed(fill, self.orders.by_id[fill.order].spec, held, position.realized - realized)

    def _executed(self, fill: Fill, spec: OrderSpec | None, position_type: str, profit: Decimal) -> None:
        instrument = self.portfolio.instruments[fill.instrument]
        notional = instrument.notional(fill.quantity, fill.price)
        fee = self._fee_in_base(fill.instrument, fill.fee, fill.fee_asset, fill.price)
        self._facts.append(
            Executed(
                fill, spec, self._placed.get(fill.order), position_type, profit, instrument.quote,
                self.worth.in_base(notional, instrument.quote), self.worth.in_base(profit, instrument.quote), fee,
            )
        )  # fmt: skip
        self._trips_ended()

    def _trips_ended(self) -> None:
        for trip in self.portfolio.trips:
            self._facts.append(TripClosed(self.worth.trip_in_base(trip)))
        self.portfolio.trips.clear()

    def _fee_in_base(self, name: InstrumentId, fee: Decimal, asset: Asset, price: Decimal) -> Decimal | None:
        """Value a fee; one in what was traded, at the price of the execution if the market has shown none yet."""
        instrument = self.portfolio.instruments[name]
        worth = self.worth.in_base(fee, asset)
        if worth is None and asset == instrument.base:
            worth = self.worth.in_base(fee * price, instrument.quote)
        return worth

    def _position_type(self, spec: OrderSpec) -> str:
        closes = spec.reduce_only or spec.parent is not None or spec.purpose not in (Purpose.ENTRY, Purpose.SCALE_IN)
        opens_long = (spec.side is Side.BUY) != closes
        return _side_of(self.portfolio.position(spec.instrument, spec.strategy), flat=opens_long)

    def _strategy(self, order: ClientOrderId) -> Any:  # noqa: ANN401 - a StrategyId
        return self.orders.by_id[order].spec.strategy

    def _moved(self, ts: TimeNs) -> None:
        """Value the account after a change of its books."""
        self.worth.look()
        self._value(ts)

    def _value(self, ts: TimeNs) -> None:
        valued = self.worth.value(ts)
        if valued is not None:
            self._facts.append(valued)

    def _tell(self, order: ClientOrderId, ts: TimeNs) -> None:
        placed = self._placed[order]
        placed.updated_at = ts
        self._facts.append(OrderMoved(self.orders.by_id[order], placed))


def _side_of(position: Position, *, flat: bool) -> str:
    """Return on which side a position is; of a flat one, whether it is about to be long."""
    return "long" if (flat if position.is_flat else position.quantity > 0) else "short"


_ORDER_EVENTS = frozenset(ev.OrderEvent.__args__)
