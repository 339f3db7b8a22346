"""From answers to requests to things of ours: instruments, bars, orders, fills, what an account has. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, VenueOrderId
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.order import Liquidity, OrderType, Side
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import amount, bar_time, positive
from tradewind.venues.binance.parse_account import CONDITIONAL, trade_id_of
from tradewind.venues.binance.product import VENUES, Product, our_id
from tradewind.venues.binance.requests import VENUES_OWN
from tradewind.venues.binance.rules import Rules, missing_in, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.wire_rest import Balance as BalanceRow
    from tradewind.venues.binance.wire_rest import KlineRow, MyTrade, Order, SymbolInfo
    from tradewind.venues.binance.wire_usdm_rest import AlgoOrder, PositionRisk

TRADES = "TRADING"
"""The one status in which a symbol takes new orders."""

_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "STOP": OrderType.STOP_LIMIT,
    "STOP_MARKET": OrderType.STOP,
    "TRAILING_STOP_MARKET": OrderType.TRAILING_STOP,
}
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_DEFAULT_STEP = Decimal("1e-8")


def instrument_of(info: SymbolInfo, product: Product, *, rules: Rules | None = None) -> Instrument:
    """Return the instrument of a symbol; raise `VenueProtocolError` if its filters are not as documented."""
    rules = rules_for(info) if rules is None else rules
    return Instrument(
        id=our_id(info.symbol, product),
        symbol=info.symbol,
        venue=VENUES[product],
        kind=InstrumentKind.SPOT if product is Product.SPOT else InstrumentKind.PERPETUAL,
        base=Asset(info.base_asset),
        quote=Asset(info.quote_asset),
        tick=_step(rules.price.step),
        lot=_step(rules.lot.step),
        quantity_min=rules.lot.least,
        quantity_max=rules.lot.most,
        notional_min=Decimal(0) if rules.value is None else rules.value.least,
    )


def rules_for(info: SymbolInfo) -> Rules:
    """Return the rules of a symbol; raise `VenueProtocolError` if they are not as documented, or one is missing."""
    if missing := missing_in(info.filters):
        raise VenueProtocolError(f"the filters of {info.symbol} are not as documented: no {', no '.join(missing)}")
    try:
        return rules_of(info.filters)
    except (KeyError, ValueError, ArithmeticError, StopIteration) as error:
        raise VenueProtocolError(f"the filters of {info.symbol} are not as documented: {error!r}") from None


def _step(step: Decimal) -> Decimal:
    return step.normalize() if step else _DEFAULT_STEP


def bars_of(
    rows: Iterable[KlineRow], instrument: InstrumentId, interval: str, *, now_ms: int, ts_recv: TimeNs
) -> Iterator[Bar]:
    """Yield the closed bars of an answer, in its order; `now_ms` is the venue's time, by which one is closed."""
    for row in rows:
        open_ms, close_ms = row[0], row[6]
        if close_ms >= now_ms:
            return
        prices = [float(text) for text in row[1:6]]
        yield Bar(instrument, interval, bar_time(open_ms), bar_time(close_ms + 1), ts_recv, *prices)


def told_of(order: Order, ts: TimeNs, name: ClientOrderId | None = None) -> tuple[ev.Event, ...]:
    """Return what an answer says of where an order is; its fills come from `fills_of`, and go before its end.

    Our `name` of it, if it is another there: a conditional order's on USD-M, once it was triggered.
    """
    name = name or name_of(order)
    at = (order.update_time or order.transact_time or order.time) * NS_PER_MS
    match order.status:
        case "NEW" | "PARTIALLY_FILLED" | "PENDING_NEW":
            return (ev.OrderAccepted(name, VenueOrderId(str(order.order_id)), at, ts),)
        case "FILLED" | "PENDING_CANCEL":
            return ()
        case "CANCELED":
            return (ev.OrderCancelled(name, "cancelled", at, ts, amount(order.executed_qty)),)
        case "EXPIRED" | "EXPIRED_IN_MATCH":
            return (ev.OrderExpired(name, order.status.lower(), at, ts, amount(order.executed_qty)),)
        case "REJECTED":
            return (ev.OrderRejected(name, "rejected", at, ts),)
        case _:
            raise VenueProtocolError(f"an order's status is {order.status!r}")


def name_of(order: Order) -> ClientOrderId:
    """Return the client id of an order: on the answer to a cancel it is the original one."""
    return ClientOrderId(order.orig_client_order_id or order.client_order_id)


def fills_of(trades: Sequence[MyTrade], names: dict[int, ClientOrderId], ts: TimeNs) -> tuple[ev.OrderFilled, ...]:
    """Return the executions of orders that have a name of ours, by the venue's number of the order."""
    found = []
    for row in trades:
        name = names.get(row.order_id)
        if name is None:
            continue
        maker = row.is_maker if row.is_maker is not None else bool(row.maker)
        found.append(
            ev.OrderFilled(
                name, trade_id_of(row.symbol, row.id), positive(row.qty), positive(row.price),
                amount(row.commission), Asset(row.commission_asset),
                Liquidity.MAKER if maker else Liquidity.TAKER, row.time * NS_PER_MS, ts,
            )
        )  # fmt: skip
    return tuple(found)


def liquidations_of(
    trades: Sequence[MyTrade], names: dict[int, ClientOrderId], ts: TimeNs
) -> tuple[ev.PositionLiquidated, ...]:
    """Return the executions of orders that the venue itself has placed, as its stream would have told them."""
    return tuple(
        ev.PositionLiquidated(
            our_id(row.symbol, Product.USDM), trade_id_of(row.symbol, row.id),
            Side.BUY if (row.is_buyer if row.is_buyer is not None else row.buyer) else Side.SELL,
            positive(row.qty), positive(row.price), amount(row.commission), Asset(row.commission_asset),
            row.time * NS_PER_MS, ts,
        )
        for row in trades
        if names.get(row.order_id, "").startswith(VENUES_OWN)
    )  # fmt: skip


def resting(order: Order, product: Product, name: ClientOrderId | None = None) -> VenueOrder:
    """Return an open order as reconciliation compares it; our `name` of it, if it is another there."""
    return VenueOrder(
        name or name_of(order), VenueOrderId(str(order.order_id)), our_id(order.symbol, product), _SIDES[order.side],
        amount(order.orig_qty), amount(order.executed_qty), amount(order.price) or None,
        amount(order.stop_price) or None if order.type in CONDITIONAL else None,
        _TYPES.get(order.type), order.reduce_only,
    )  # fmt: skip


def resting_algo(order: AlgoOrder) -> VenueOrder:
    """Return an open conditional order of USD-M as reconciliation compares it."""
    return VenueOrder(
        ClientOrderId(order.client_algo_id), VenueOrderId(f"algo-{order.algo_id}"), our_id(order.symbol, Product.USDM),
        _SIDES[order.side], amount(order.quantity), Decimal(0), amount(order.price) or None,
        amount(order.trigger_price) or None, _TYPES.get(order.order_type or order.type), order.reduce_only,
    )  # fmt: skip


def balances_of(rows: Iterable[BalanceRow]) -> tuple[Balance, ...]:
    """Return what a spot account has, without the assets of which it has nothing."""
    found = ((row.asset, amount(row.free), amount(row.locked)) for row in rows)
    return tuple(Balance(Asset(asset), free + locked, locked) for asset, free, locked in found if free or locked)


def positions_of(rows: Iterable[PositionRisk]) -> tuple[VenuePosition, ...]:
    """Return the positions of a USD-M account that are not flat; both sides of hedge mode are one, netted.

    Of two sides the price is that of the larger, which is no average of what is netted.
    """
    sums: dict[str, tuple[Decimal, Decimal, bool]] = {}
    for row in rows:
        quantity, entry = amount(row.position_amt), amount(row.entry_price)
        if quantity:
            had, price, is_netted = *sums.get(row.symbol, (Decimal(0), entry))[:2], row.symbol in sums
            sums[row.symbol] = (had + quantity, entry if abs(quantity) > abs(had) else price, is_netted)
    return tuple(
        VenuePosition(our_id(symbol, Product.USDM), quantity, price, tells_average=not is_netted)
        for symbol, (quantity, price, is_netted) in sums.items()
        if quantity
    )
