"""What a strategy may ask for, besides seeing what `Window` shows.

A context only collects words: intents, timers, notices. They are heard when the hook returns, in the
order in which they were said; risk has the last word on each. Prices and quantities may be given as
float, int, str or Decimal and are taken to the instrument's steps: a quantity down to the lot, a limit
price away from the market.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.approval import RegimeTold
from tradewind.domain.commands import AskAdvice, CancelTimer, FollowCalendar, ModelVenue, SetTimer
from tradewind.domain.ids import TimerId
from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import Purpose, Side, TimeInForce
from tradewind.domain.regime import Regime, Trend, Volatility
from tradewind.domain.restraint import Restraint
from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
from tradewind.domain.step import Level, LogLine, Mark, MarkShape, Recorded
from tradewind.domain.time import Interval
from tradewind.strategy.keeping import KeptState
from tradewind.strategy.terms import Number, exit_prices, figure, limit_price, side_of, type_of
from tradewind.strategy.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.restraint import RestraintKind
    from tradewind.domain.trade_signal import SignalNotice
    from tradewind.ports import View

_BUY, _SELL = Side.BUY, Side.SELL  # to look a member of an Enum up takes 0.1 us


class Context(Window):
    """One strategy's window on the session and its voice in it."""

    def __init__(  # noqa: PLR0913 - made in one place only, by the engine
        self,
        strategy: StrategyId,
        view: View,
        instruments: Sequence[InstrumentId],
        interval: str,
        *,
        data_interval: str = "",
        words: list[Any],
        next_id: Callable[[], ClientOrderId],
    ) -> None:
        super().__init__(strategy, view, instruments, interval)
        assert "/" not in strategy, f"a strategy's name stands before a slash in its timers: {strategy!r}"
        self.state = KeptState(strategy)
        """Plain data that is kept beyond a restart (`domain/plain.py` says what is plain)."""
        self.subscriptions = {(instrument, interval) for instrument in instruments}
        self.calendars: dict[str, None] = {}
        """The calendars whose trading days the strategy hears of."""
        self.started = False
        self.secrets: tuple[str, ...] = ()
        """What may stand in nothing that the strategy tells, its failures too: keys among its parameters."""
        self._data_interval = Interval.parse(data_interval or interval)
        self._words = words
        self._next_id = next_id

    def subscribe(self, interval: str, symbol: str | None = None) -> None:
        """Ask for closed bars of another interval, in `on_start`; longer ones are made from the session's own."""
        if self.started:
            raise ValueError(f"subscribe to {interval} in on_start: afterwards the series of a session are fixed")
        wanted, data = Interval.parse(interval), self._data_interval
        if wanted != data and not wanted.is_made_of(data):
            raise ValueError(f"bars of {interval} cannot be made from the session's bars of {data.label}")
        self.subscriptions.add((self.id_of(symbol), wanted.label))

    def follow_days(self, calendar: str = "") -> None:
        """Ask for `on_day` on every trading day of a calendar (that of the first instrument), in `on_start`."""
        calendar = calendar or self.instrument().calendar
        if calendar in self.calendars:
            return
        if self.started:
            raise ValueError(f"follow the calendar {calendar} in on_start: afterwards its present day is not told")
        self.calendars[calendar] = None
        self._words.append(FollowCalendar(calendar))

    def buy(self, quantity: Number | None = None, symbol: str | None = None, **terms: Any) -> ClientOrderId:  # noqa: ANN401
        """Buy; without a quantity the session's sizer decides. `terms` as in `submit`."""
        if terms:
            return self.submit(_BUY, quantity, symbol, **terms)
        instrument = self.instrument(symbol)
        return self._at_market(instrument, _BUY, None if quantity is None else instrument.quantity(quantity))

    def sell(self, quantity: Number | None = None, symbol: str | None = None, **terms: Any) -> ClientOrderId:  # noqa: ANN401
        """Sell; without a quantity the session's sizer decides. `terms` as in `submit`."""
        if terms:
            return self.submit(_SELL, quantity, symbol, **terms)
        instrument = self.instrument(symbol)
        return self._at_market(instrument, _SELL, None if quantity is None else instrument.quantity(quantity))

    def _at_market(self, instrument: Instrument, side: Side, quantity: Decimal | None) -> ClientOrderId:
        """Wish for a market order without further terms, as most orders are: the short way to what `submit` makes."""
        name = self._next_id()
        self._words.append(OrderIntent(name, self.strategy, instrument.id, side, quantity))
        return name

    def submit(  # noqa: PLR0913 - the terms of an order are what they are
        self,
        side: Side | str,
        quantity: Number | None = None,
        symbol: str | None = None,
        *,
        limit: Number | None = None,
        stop: Number | None = None,
        trail_amount: Number | None = None,
        trail_fraction: Number | None = None,
        stop_loss: Number | None = None,
        take_profit: Number | None = None,
        stop_fraction: Number | None = None,
        target_fraction: Number | None = None,
        time_limit_ns: int | None = None,
        tif: TimeInForce | str = TimeInForce.GTC,
        expire_at: int | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        oco: str | None = None,
        tag: str = "",
        confidence: Number | None = None,
        strength: Number | None = None,
        scale_in: bool = False,
    ) -> ClientOrderId:
        """Wish for an order and return its id.

        `limit` alone makes a limit order, `stop` alone a stop order, both a stop-limit; a trail makes a
        trailing stop; none of them a market order. `stop_loss` and `take_profit` attach exits that
        come to life with the first fill and cancel each other, and so does an exit at the market that is due
        `time_limit_ns` after that fill; `stop_fraction` and `target_fraction` say how far away from the order's price,
        or the last one, stop and target are. Orders with one `oco` name do likewise. `confidence` and `strength`, 0 to
        1, are for the sizer; `scale_in` says that the order adds to a position.
        """
        instrument, side = self.instrument(symbol), side_of(side)
        if stop_fraction is not None or target_fraction is not None:
            found = exit_prices(instrument, side, limit or stop or self.price(symbol), stop_fraction, target_fraction)
            stop_loss, take_profit = (stop_loss or found[0]), (take_profit or found[1])
        intent = OrderIntent(
            id=self._next_id(),
            strategy=self.strategy,
            instrument=instrument.id,
            side=side,
            quantity=None if quantity is None else instrument.quantity(quantity),
            type=type_of(limit, stop, trail_amount, trail_fraction),
            price=None if limit is None else limit_price(instrument, limit, side),
            trigger=None if stop is None else instrument.price(stop),
            trail_amount=None if trail_amount is None else instrument.price(trail_amount),
            trail_fraction=None if trail_fraction is None else exact(trail_fraction),
            tif=tif if isinstance(tif, TimeInForce) else TimeInForce(tif),
            expire_at=expire_at,
            post_only=post_only,
            reduce_only=reduce_only,
            oco=None if oco is None else f"{self.strategy}/{oco}",
            stop_loss=None if stop_loss is None else instrument.price(stop_loss),
            take_profit=None if take_profit is None else limit_price(instrument, take_profit, side.opposite),
            stop_loss_id=None if stop_loss is None else self._next_id(),
            take_profit_id=None if take_profit is None else self._next_id(),
            time_limit_ns=time_limit_ns,
            time_limit_id=None if time_limit_ns is None else self._next_id(),
            purpose=Purpose.EXIT if reduce_only else Purpose.SCALE_IN if scale_in else Purpose.ENTRY,
            tag=tag,
            confidence=None if confidence is None else exact(confidence),
            strength=None if strength is None else exact(strength),
        )
        self._words.append(intent)
        return intent.id

    def target_quantity(self, quantity: Number, symbol: str | None = None, **terms: Any) -> ClientOrderId | None:  # noqa: ANN401
        """Order what is missing to a position of `quantity` (signed); None if there is nothing to do.

        What is already on its way counts as there, so a target repeated on every bar does not pile up. A
        missing part below the instrument's minimum is nothing to do: it waits until more is missing.
        """
        instrument = self.instrument(symbol)
        missing = instrument.quantity(exact(quantity) - self.committed(instrument.id))
        size = abs(missing)
        if not missing or size < instrument.quantity_min:
            return None
        if instrument.notional_min and self._is_too_cheap(missing, instrument, terms):
            return None
        side = _BUY if missing > ZERO else _SELL
        return self.submit(side, size, symbol, **terms) if terms else self._at_market(instrument, side, size)

    def target_value(self, value: Number, symbol: str | None = None, **terms: Any) -> ClientOrderId | None:  # noqa: ANN401
        """Order what is missing to a position worth `value` of the quote asset (signed) at the last price."""
        last = self.price(symbol)
        if not last:
            return None
        return self.target_quantity(exact(value) / (exact(last) * self.instrument(symbol).multiplier), symbol, **terms)

    def target_fraction(self, fraction: Number, symbol: str | None = None, **terms: Any) -> ClientOrderId | None:  # noqa: ANN401
        """Order what is missing to a position worth this fraction of the equity (0.5 is half, -0.5 half short)."""
        equity, worth = self.equity, self._view.worth(self.instrument(symbol).quote)
        if equity is None or not worth:
            return None
        return self.target_value(exact(fraction) * equity / worth, symbol, **terms)

    def bracket(
        self,
        side: Side | str,
        quantity: Number | None = None,
        symbol: str | None = None,
        *,
        stop_loss: Number,
        take_profit: Number,
        **terms: Any,  # noqa: ANN401
    ) -> ClientOrderId:
        """Enter with a stop and a target that live and die together."""
        return self.submit(side, quantity, symbol, stop_loss=stop_loss, take_profit=take_profit, **terms)

    def close(self, symbol: str | None = None, tag: str = "") -> ClientOrderId | None:
        """Close this strategy's position at the market; None if nothing is held that could be, or it is on its way."""
        instrument = self.instrument(symbol)
        held = self.position(symbol).quantity
        left = self.committed(instrument.id)
        size = instrument.quantity(min(abs(held), abs(left)))
        if not size or size < instrument.quantity_min or held * left <= 0:
            return None
        return self.submit(Side.SELL if held > 0 else Side.BUY, size, symbol, reduce_only=True, tag=tag)

    def cancel(self, order: ClientOrderId) -> None:
        """Take an order back."""
        self._words.append(CancelIntent(self.strategy, order))

    def cancel_all(self, symbol: str | None = None) -> None:
        """Take back all of this strategy's orders."""
        for order in self.open_orders(symbol):
            self.cancel(order.spec.id)

    def amend(
        self,
        order: ClientOrderId,
        *,
        quantity: Number | None = None,
        limit: Number | None = None,
        stop: Number | None = None,
    ) -> None:
        """Change a resting order; what is not named stays."""
        known = self.order(order)
        instrument = self.instrument() if known is None else self._view.instrument(known.spec.instrument)
        side = Side.BUY if known is None else known.spec.side
        size = None if quantity is None else instrument.quantity(quantity)
        price = None if limit is None else limit_price(instrument, limit, side)
        trigger = None if stop is None else instrument.price(stop)
        self._words.append(AmendIntent(self.strategy, order, size, price, trigger))

    def set_timer(self, name: str, *, at: int | None = None, after: int | None = None) -> None:
        """Ask for `on_timer(name)` at a time, or after so many nanoseconds; replaces a timer of that name."""
        if (at is None) == (after is None):
            raise ValueError("a timer needs either `at` or `after`")
        when = self.now + after if after is not None else at
        self._words.append(SetTimer(TimerId(f"{self.strategy}/{name}"), max(when or 0, self.now)))

    def cancel_timer(self, name: str) -> None:
        """Forget a timer."""
        self._words.append(CancelTimer(TimerId(f"{self.strategy}/{name}")))

    def say(self, notice: object) -> None:
        """Put a notice into the session's record."""
        self._words.append(notice)

    def next_id(self) -> ClientOrderId:
        """Return an id for an order that will not be asked for after all: it has failed before."""
        return self._next_id()

    @property
    def said(self) -> int:
        """How many words wait to be heard."""
        return len(self._words)

    def unsay(self, since: int) -> None:
        """Take back all words after the first `since`; only what was said in this very hook can be."""
        del self._words[since:]

    def withdraw(self, order: ClientOrderId) -> None:
        """Take back the wish for an order that was made in this very hook."""
        self._words[:] = [word for word in self._words if not (isinstance(word, OrderIntent) and word.id == order)]

    def retract(self, notice: SignalNotice) -> None:
        """Take a notice of this turn back, if nobody has heard it yet: what it tells of was refused."""
        if notice in self._words:
            self._words.remove(notice)

    def ask_advice(self, instrument: InstrumentId) -> None:
        """Ask this strategy's slow adviser; its answer comes to `on_advice`."""
        self._words.append(AskAdvice(self.strategy, instrument, self.now))

    def log(self, message: str, level: Level | str = Level.INFO) -> None:
        """Write a line to the session's log."""
        self._words.append(LogLine(self.strategy, Level(level), self.without_secrets(str(message))))

    def without_secrets(self, text: str) -> str:
        """Return a text with `***` in the place of each secret."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def restrain(
        self,
        kind: RestraintKind,
        *,
        quantity: Decimal | None = None,
        value: Decimal | None = None,
        symbols: Sequence[str] = (),
        since: int = 0,
    ) -> None:
        """Lay a restraint on this strategy's own orders, on all symbols or some; it cannot be taken back."""
        named = tuple(self.id_of(symbol) for symbol in symbols)
        self._words.append(Restraint(self.strategy, kind, quantity, value, named, since))

    def model_venue(
        self, part: str, kind: str, figures: Sequence[Decimal] = (), volume_limit: Decimal | None = None
    ) -> None:
        """Have a simulated venue reckon `slippage` or `commission` by another model; a real one does not listen."""
        self._words.append(ModelVenue(self.strategy, part, kind, tuple(figures), volume_limit))

    def tell_regime(self, trend: Trend | str, volatility: Volatility | str, **terms: Any) -> None:  # noqa: ANN401
        """Say what the market of `symbol` is like; `confidence` is 0 to 1, `bars` how long it has been so."""
        instrument = self.id_of(terms.pop("symbol", None))
        regime = Regime(Trend(trend), Volatility(volatility), **terms)
        self._words.append(RegimeTold(self.strategy, instrument, regime))

    def record(self, values: Mapping[str, object]) -> None:
        """Keep numbers, or text, by name, for whoever looks at the run."""
        hide = self.without_secrets
        kept = tuple((k, figure(hide(value) if isinstance(value, str) else value)) for k, value in values.items())
        self._words.append(Recorded(self.strategy, kept))

    def mark(  # noqa: PLR0913 - what a mark looks like
        self,
        title: str,
        message: str = "",
        symbol: str | None = None,
        *,
        price: float | None = None,
        color: str = "blue",
        shape: MarkShape | str = MarkShape.CIRCLE,
        category: str = "",
        level: Level | str = Level.INFO,
        signal: str = "",
    ) -> None:
        """Put a mark on the chart of an instrument, at the present time."""
        at = self.price(symbol) if price is None else price
        instrument, shape, level = self.id_of(symbol), MarkShape(shape), Level(level)
        title, message = self.without_secrets(title), self.without_secrets(message)
        self._words.append(Mark(self.strategy, instrument, title, message, at, color, shape, category, level, signal))

    def _is_too_cheap(self, missing: Decimal, instrument: Instrument, terms: dict[str, Any]) -> bool:
        """Tell whether an order is worth less than the venue takes; one that only reduces may be of any value."""
        held = self._view.position(instrument.id, self.strategy).quantity
        price = terms.get("limit") or terms.get("stop") or self._view.last_price(instrument.id)
        if price is None or (held * missing < 0 and abs(missing) <= abs(held)):
            return False
        return instrument.notional(abs(missing), exact(price)) < instrument.notional_min

    def committed(self, symbol: str | None = None) -> Decimal:
        """Return what is held plus what is on its way, signed; exits that rest at a price do not count.

        Of orders that cancel each other the largest of a side counts. `ValueError` if this hook has wished for an
        order without a quantity: risk sizes it when the hook returns.
        """
        strategy, instrument = self.strategy, self.id_of(symbol)
        committed = self._view.position(instrument, strategy).quantity
        rivals: dict[tuple[str, int], Decimal] = {}
        for order, left in self._on_its_way(instrument):
            amount = order.side.sign * left
            if order.oco is None:
                committed += amount
            else:
                key = (order.oco, order.side.sign)
                rivals[key] = max(rivals.get(key, amount), amount, key=abs)
        return committed + sum(rivals.values(), ZERO) if rivals else committed

    def _on_its_way(self, instrument: InstrumentId) -> Iterator[tuple[OrderSpec | OrderIntent, Decimal]]:
        """Yield this strategy's open orders and the wishes of this hook, each with what is left of it."""
        for order in self._view.open_orders(instrument, self.strategy):
            if not order.spec.is_resting_exit:
                yield order.spec, order.open_quantity
        for word in self._words:
            if not isinstance(word, OrderIntent) or word.strategy != self.strategy or word.instrument != instrument:
                continue
            if word.is_resting_exit:
                continue
            if word.quantity is None:
                raise ValueError(
                    f"order {word.id} of this hook has no quantity yet, so nobody knows what is missing to a target: "
                    "give it one, or set the target from the next bar on"
                )
            yield word, word.quantity
