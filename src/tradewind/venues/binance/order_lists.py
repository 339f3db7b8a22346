"""A stop and a target that end each other, as one list of spot's (OCO): both need the same coins. Pure.

https://developers.binance.com/docs/binance-spot-api-docs/websocket-api/trading-requests#order-lists
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.errors import VenueRefused
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.money import plain
from tradewind.domain.order import OrderType, Side
from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.wire_rest import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.requests import Params


class Leg(Answer, frozen=True):
    """`{"symbol":"BTCUSDT","orderId":17,"clientOrderId":"tw-000002"}`."""

    symbol: str
    order_id: int
    client_order_id: str


class OrderList(Answer, frozen=True):
    """The answer to a list: `{"orderListId":1,"contingencyType":"OCO","transactionTime":…,"orders":[…]}`."""

    order_list_id: int
    orders: tuple[Leg, ...]
    transaction_time: int = 0


def order_list(orders: Sequence[OrderSpec], symbol: str) -> Params:
    """Return the parameters of `orderList.place.oco`; raise `VenueRefused` for what is no stop and target."""
    kinds = {spec.type: spec for spec in orders}
    target = kinds.get(OrderType.LIMIT)
    stop = kinds.get(OrderType.STOP) or kinds.get(OrderType.STOP_LIMIT)
    if target is None or stop is None or len(orders) != 2 or target.price is None or stop.trigger is None:
        raise VenueRefused("Binance has lists of a stop and a target alone")
    if target.side is not stop.side or target.quantity != stop.quantity:
        raise VenueRefused("the orders of a list have one side and one quantity")
    upper, lower = ("above", "below") if target.side is Side.SELL else ("below", "above")
    params: Params = {
        "symbol": symbol, "side": target.side.name, "quantity": plain(target.quantity), "newOrderRespType": "RESULT",
        f"{upper}Type": "LIMIT_MAKER", f"{upper}ClientOrderId": target.id, f"{upper}Price": plain(target.price),
        f"{lower}Type": "STOP_LOSS", f"{lower}ClientOrderId": stop.id, f"{lower}StopPrice": plain(stop.trigger),
    }  # fmt: skip
    if stop.type is OrderType.STOP_LIMIT and stop.price is not None:
        params |= {
            f"{lower}Type": "STOP_LOSS_LIMIT", f"{lower}Price": plain(stop.price), f"{lower}TimeInForce": "GTC",
        }  # fmt: skip
    return params


def is_pair(orders: Sequence[OrderSpec]) -> bool:
    """Tell whether these orders are to end each other."""
    return len(orders) == 2 and orders[0].oco is not None and orders[0].oco == orders[1].oco


def accepted(found: OrderList, name: Callable[[int, ClientOrderId], None], now: TimeNs) -> Iterator[ev.OrderAccepted]:
    """Yield what the answer to a list says; `name` is told the numbers of its orders."""
    at = found.transaction_time * NS_PER_MS or now
    for each in found.orders:
        ours = ClientOrderId(each.client_order_id)
        name(each.order_id, ours)
        yield ev.OrderAccepted(ours, VenueOrderId(str(each.order_id)), at, now)
