"""One way to build each thing, with every option defaulted, so that what a test sets is what it is about.

Amounts may be given as text or numbers. Times are counted in bars of the interval from 1970 on: bar
number 5 of `1m` opens at 00:05. Knows no venue, and leaves `money_context()` to the test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.fill import Fill
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, StrategyId, TradeId, VenueOrderId, instrument_id
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar, Quote, Trade
from tradewind.domain.money import exact
from tradewind.domain.order import Liquidity, OrderSpec, OrderType, Side
from tradewind.domain.signal import OrderIntent
from tradewind.domain.time import Interval
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tradewind.domain.step import Step
    from tradewind.strategy.terms import Number

BTC = InstrumentId("binance:BTCUSDT")
"""The instrument that is meant where none is named."""
STRATEGY = StrategyId("s")
"""The strategy that is meant where none is named."""
_AMOUNTS = frozenset(
    ("tick", "lot", "quantity", "price", "trigger", "trail_amount", "trail_fraction", "stop_loss", "take_profit", "fee",
     "quantity_min", "quantity_max", "notional_min", "multiplier", "margin_initial", "margin_maintenance")
)  # fmt: skip


def instrument(symbol: str = "BTCUSDT", **facts: Any) -> Instrument:  # noqa: ANN401 - fields of Instrument
    """Build an instrument: spot, against USDT, in ticks of 0.01 and lots of 0.00001."""
    venue, quote = facts.pop("venue", "binance"), facts.pop("quote", "USDT")
    known = {
        "id": instrument_id(venue, symbol), "symbol": symbol, "venue": venue, "kind": InstrumentKind.SPOT,
        "base": symbol.removesuffix(quote), "quote": quote, "tick": "0.01", "lot": "0.00001",
    }  # fmt: skip
    return Instrument(**_exact(known | facts))


def bar(close: float = 100.0, number: int = 0, *, of: InstrumentId = BTC, interval: str = "1m", **values: Any) -> Bar:  # noqa: ANN401
    """Build the closed bar of a number; it stands still at `close` unless `open`, `high` or `low` say otherwise."""
    length = Interval.parse(interval).ns
    begins = values.get("ts_open", number * length)
    ends = values.get("ts_venue", begins + length)
    first = values.get("open", close)
    return Bar(
        of, interval, begins, ends, values.get("ts_recv", ends), first, values.get("high", max(first, close)),
        values.get("low", min(first, close)), close, values.get("volume", 1.0),
    )  # fmt: skip


def bars(*closes: float, first: int = 0, of: InstrumentId = BTC, interval: str = "1m") -> list[Bar]:
    """Build bars in a row, each opening where the one before closed."""
    opens = (closes[0], *closes)
    return [
        bar(close, first + place, of=of, interval=interval, open=opened)
        for place, (opened, close) in enumerate(zip(opens, closes, strict=False))
    ]


def quote(bid: float = 99.0, ask: float = 101.0, *, of: InstrumentId = BTC, ts: int = 0) -> Quote:
    """Build the best bid and ask."""
    return Quote(of, ts, ts, bid, ask, 1.0, 1.0)


def trade(price: float = 100.0, *, of: InstrumentId = BTC, ts: int = 0) -> Trade:
    """Build an execution between others."""
    return Trade(of, ts, ts, price, 1.0, buyer_is_maker=False, trade_id="m1")


def intent(side: Side = Side.BUY, quantity: Number | None = 1, **terms: Any) -> OrderIntent:  # noqa: ANN401
    """Build the wish for an order: at the market, unless the terms say otherwise."""
    known = {"id": "t-1", "strategy": STRATEGY, "instrument": BTC, "side": side, "quantity": quantity}
    return OrderIntent(**_exact(known | terms))


def order_spec(side: Side = Side.BUY, quantity: Number = 1, **terms: Any) -> OrderSpec:  # noqa: ANN401
    """Build an order: at the market, unless the terms say otherwise."""
    known = {"id": "t-1", "strategy": STRATEGY, "instrument": BTC, "side": side, "quantity": quantity}
    return OrderSpec(**_exact(known | {"type": OrderType.MARKET} | terms))


def fill(side: Side = Side.BUY, quantity: Number = 1, price: Number = 100, **facts: Any) -> Fill:  # noqa: ANN401
    """Build an execution without a fee; `ts` sets both of its times."""
    ts = facts.pop("ts", 0)
    known = {
        "trade_id": "x1", "order": "t-1", "strategy": STRATEGY, "instrument": BTC, "side": side, "quantity": quantity,
        "price": price, "fee": 0, "fee_asset": "USDT", "liquidity": Liquidity.TAKER, "ts_venue": ts, "ts_recv": ts,
    }  # fmt: skip
    return Fill(**_exact(known | facts))


def accepted(order: str = "t-1", ts: int = 0) -> ev.OrderAccepted:
    """Build the venue's word that it has an order."""
    return ev.OrderAccepted(ClientOrderId(order), VenueOrderId(f"v-{order}"), ts, ts)


def filled(order: str = "t-1", quantity: Number = 1, price: Number = 100, **facts: Any) -> ev.OrderFilled:  # noqa: ANN401
    """Build the venue's word of an execution; `ts` sets both of its times."""
    ts = facts.get("ts", 0)
    return ev.OrderFilled(
        ClientOrderId(order), TradeId(facts.get("trade_id", "x1")), exact(quantity), exact(price),
        exact(facts.get("fee", 0)), Asset(facts.get("fee_asset", "USDT")), Liquidity.TAKER, ts, ts,
    )  # fmt: skip


def cancelled(order: str = "t-1", ts: int = 0) -> ev.OrderCancelled:
    """Build the venue's word that an order is gone."""
    return ev.OrderCancelled(ClientOrderId(order), "cancelled by us", ts, ts)


def rejected(order: str = "t-1", ts: int = 0) -> ev.OrderRejected:
    """Build the venue's word that it did not take an order."""
    return ev.OrderRejected(ClientOrderId(order), "no", ts, ts)


def started(*, warming: bool = False, **balances: Number) -> ev.SessionStarted:
    """Build the start of a session with these balances; 100,000 USDT if none is named."""
    owned = balances or {"USDT": 100_000}
    return ev.SessionStarted(0, "binance", tuple(Balance(Asset(a), exact(n)) for a, n in owned.items()), warming)


def script(**hooks: Callable[..., object]) -> Strategy:
    """Build a strategy from its hooks: `script(on_bar=lambda ctx, bar: ctx.buy(1))`."""
    kind: type[Strategy] = type("Script", (Strategy,), {name: staticmethod(hook) for name, hook in hooks.items()})
    return kind()


def settings(**options: Any) -> EngineSettings:  # noqa: ANN401 - fields of EngineSettings
    """Build the settings of an engine."""
    return EngineSettings(**options)


def engine(
    *strategies: Strategy,
    instruments: Sequence[Instrument] = (),
    recording: bool = True,
    start: ev.SessionStarted | None = None,
    **options: Any,  # noqa: ANN401 - fields of EngineSettings
) -> Engine:
    """Build an engine with strategies `s`, `s2`, `s3` …, and start it; build it inside `money_context()`."""
    names = [StrategyId("s" if not place else f"s{place + 1}") for place in range(len(strategies))]
    made = Engine(
        instruments or [instrument()], dict(zip(names, strategies, strict=True)), settings(**options),
        recording=recording,
    )  # fmt: skip
    made.process(started() if start is None else start)
    return made


def _exact(values: dict[str, Any]) -> dict[str, Any]:
    """Turn what must be a decimal into one."""
    return {key: exact(value) if key in _AMOUNTS and value is not None else value for key, value in values.items()}


def run(made: Engine, events: Iterable[ev.Event]) -> list[Step]:
    """Take events through an engine; return its steps."""
    return [made.process(event) for event in events]
