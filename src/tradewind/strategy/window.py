"""What a strategy may see of the session: time, prices, history, positions, orders. Read only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tradewind.domain.ids import InstrumentId, symbol_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.ids import Asset, ClientOrderId, StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, FormingBar
    from tradewind.domain.position import Position
    from tradewind.ports import OrderView, View


class Window:
    """One strategy's view. Instruments are named by symbol or full id; without a name the first is meant."""

    def __init__(self, strategy: StrategyId, view: View, instruments: Sequence[InstrumentId], interval: str) -> None:
        assert instruments, "a session has at least one instrument"
        self.strategy = strategy
        self.interval = interval
        self._view = view
        self._main = instruments[0]
        self._ids: dict[str, InstrumentId] = {}
        """Instruments by the names under which they were asked for."""
        for instrument in instruments:
            self._ids[instrument] = instrument
            self._ids.setdefault(symbol_of(instrument), instrument)

    @property
    def now(self) -> int:
        """The time of the event being processed, nanoseconds UTC."""
        return self._view.now

    @property
    def instruments(self) -> tuple[InstrumentId, ...]:
        """The full ids of the session's instruments, in the order of its configuration."""
        return tuple(dict.fromkeys(self._ids.values()))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the session, in the order of its configuration."""
        return tuple(dict.fromkeys(symbol_of(instrument) for instrument in self._ids.values()))

    def id_of(self, symbol: str | None = None) -> InstrumentId:
        """Return the full id of an instrument; `KeyError` names those that the session has."""
        if symbol is None:
            return self._main
        try:
            return self._ids[symbol]
        except KeyError:
            raise KeyError(f"this session does not trade {symbol!r}; it has {', '.join(self.symbols)}") from None

    def instrument(self, symbol: str | None = None) -> Instrument:
        """Return the facts of an instrument, as they are now: a venue may change its steps."""
        return self._view.instrument(self.id_of(symbol))

    def price(self, symbol: str | None = None) -> float | None:
        """Return the last price seen, None before the first."""
        return self._view.last_price(self.id_of(symbol))

    def history(
        self, field: str = "close", count: int = 100, symbol: str | None = None, interval: str | None = None
    ) -> Sequence[float]:
        """Return the last `count` values of `open`, `high`, `low`, `close` or `volume`, oldest first."""
        return self._view.history(self.id_of(symbol), interval or self.interval, field, count)

    def bars(self, count: int = 100, symbol: str | None = None, interval: str | None = None) -> Sequence[Bar]:
        """Return the last `count` closed bars, oldest first; fewer if there are fewer."""
        return self._view.bars(self.id_of(symbol), interval or self.interval, count)

    def bars_of(self, symbol: str | None = None, interval: str | None = None) -> Callable[[int], Sequence[Bar]]:
        """Return what gives the last bars of a series, as many as are asked for: for whoever asks on every bar."""
        return self._view.bars_of(self.id_of(symbol), interval or self.interval)

    def forming(self, symbol: str | None = None, interval: str | None = None) -> FormingBar | None:
        """Return a longer bar as far as it has come, made of closed bars; None if it has not begun."""
        return self._view.forming(self.id_of(symbol), interval or self.interval)

    def worth(self, symbol: str | None = None) -> Decimal | None:
        """Return what one unit of an instrument's quote asset is worth in the base currency; None if not known."""
        return self._view.worth(self.instrument(symbol).quote)

    def position(self, symbol: str | None = None) -> Position:
        """Return this strategy's position; read it, do not change it."""
        return self._view.position(self.id_of(symbol), self.strategy)

    def position_of(self, symbol: str | None = None) -> Callable[[], Position]:
        """Return what looks this strategy's position up: for whoever asks on every bar."""
        return partial(self._view.position, self.id_of(symbol), self.strategy)

    def cash(self, asset: Asset | None = None) -> Decimal:
        """Return what the account owns of an asset; without a name, of the first instrument's quote asset."""
        return self._view.cash(asset or self.instrument().quote)

    def free_cash(self, asset: Asset | None = None) -> Decimal:
        """Return what of an asset is not reserved by open orders; without a name, of the first quote asset."""
        return self._view.free_cash(asset or self.instrument().quote)

    def value_of(self, asset: Asset) -> Decimal | None:
        """Return what one unit of an asset is worth in the base currency; None if a price is missing."""
        return self._view.worth(asset)

    def may_short(self, symbol: str | None = None) -> bool:
        """Tell whether a position in an instrument may be below zero."""
        return self._view.may_short(self.id_of(symbol))

    def is_margined(self, symbol: str | None = None) -> bool:
        """Tell whether an instrument is held against collateral."""
        return self._view.is_margined(self.id_of(symbol))

    @property
    def warming(self) -> bool:
        """Whether history is run through the strategies: orders are refused."""
        return self._view.warming

    @property
    def equity(self) -> Decimal | None:
        """The value of the whole account in the base currency; None if a price is missing."""
        return self._view.equity()

    @property
    def buying_power(self) -> Decimal | None:
        """The equity less what positions and open orders ask for, in the base currency; None if a price is missing."""
        return self._view.free_margin()

    def order(self, order: ClientOrderId) -> OrderView | None:
        """Return an order by its id; None if risk refused it or it is long gone."""
        return self._view.order(order)

    def open_orders(self, symbol: str | None = None) -> Iterable[OrderView]:
        """Yield this strategy's orders that have not ended, oldest first."""
        return self._view.open_orders(self.id_of(symbol) if symbol else None, self.strategy)
