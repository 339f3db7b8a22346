"""binance-connector against the exchange: REST, combined streams, the WebSocket API, errors with their headers."""

from __future__ import annotations

import json
import queue
from typing import Any

from binance.error import ClientError
from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient
from checks import Checks, arguments, failed

SYMBOL = "BTCUSDT"
SECONDS = 60.0


def market(checks: Checks, client: Spot) -> None:
    checks.that("ping", client.ping() == {})
    checks.that("time", client.time()["serverTime"] > 0)
    info = client.exchange_info(symbol=SYMBOL)
    checks.that("exchange info", [each["symbol"] for each in info["symbols"]] == [SYMBOL])
    checks.that("book", len(client.depth(SYMBOL, limit=5)["bids"]) == 5)
    checks.that("klines", len(client.klines(SYMBOL, "5m", limit=20)) == 20)
    checks.that("average price", float(client.avg_price(SYMBOL)["price"]) > 0)
    checks.that("aggregates", client.agg_trades(SYMBOL, limit=3)[-1]["a"] > 0)
    checks.that("ticker", client.ticker_24hr(SYMBOL)["symbol"] == SYMBOL)


def orders(checks: Checks, client: Spot) -> None:
    low = f"{float(client.ticker_price(SYMBOL)['price']) * 0.8:.2f}"
    figures = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 0.01, "price": low}
    checks.that("test order", client.new_order_test(**figures) == {})
    placed = client.new_order(**figures, newClientOrderId="mine")
    checks.that("limit", placed["status"] == "NEW", placed)
    try:
        checks.that("error: duplicate", False, client.new_order(**figures, newClientOrderId="mine"))
    except ClientError as error:
        checks.that(
            "error: duplicate", error.error_code == -2010 and error.error_message == "Duplicate order sent.", error
        )
    replaced = client.cancel_and_replace(
        SYMBOL, "BUY", "LIMIT", "STOP_ON_FAILURE", cancelOrderId=placed["orderId"], timeInForce="GTC", quantity=0.02,
        price=low,
    )  # fmt: skip
    checks.that("replaced", replaced["cancelResult"] == replaced["newOrderResult"] == "SUCCESS", replaced)
    checks.that("cancel all", len(client.cancel_open_orders(SYMBOL)) == 1)
    checks.that("all orders", len(client.get_orders(SYMBOL)) >= 2)
    checks.that("account", client.account()["accountType"] == "SPOT")
    checks.that("order counts", client.get_order_rate_limit()[0]["rateLimitType"] == "ORDERS")


def lists(checks: Checks, client: Spot) -> None:
    price = float(client.ticker_price(SYMBOL)["price"])
    low, lower, high = (f"{price * factor:.2f}" for factor in (0.8, 0.7, 1.2))
    pair = client.new_oco_order(
        SYMBOL, "SELL", 0.01, "LIMIT_MAKER", "STOP_LOSS_LIMIT", abovePrice=high, belowStopPrice=low, belowPrice=lower,
        belowTimeInForce="GTC",
    )  # fmt: skip
    checks.that("oco", pair["listOrderStatus"] == "EXECUTING" and len(pair["orders"]) == 2, pair)
    found = client.get_oco_order(orderListId=pair["orderListId"])
    checks.that("list", found["orders"] == pair["orders"], found)
    checks.that("open lists", len(client.get_oco_open_orders()) == 1)
    gone = client.cancel_oco_order(SYMBOL, orderListId=pair["orderListId"])
    checks.that("list cancelled", {each["status"] for each in gone["orderReports"]} == {"CANCELED"}, gone)
    waits = client.new_otoco_order(
        SYMBOL, "LIMIT", "BUY", low, 0.01, "SELL", 0.01, "LIMIT_MAKER", workingTimeInForce="GTC",
        pendingAbovePrice=high, pendingBelowType="STOP_LOSS", pendingBelowStopPrice=lower,
    )  # fmt: skip
    statuses = [each["status"] for each in waits["orderReports"]]
    checks.that("otoco", statuses == ["NEW", "PENDING_NEW", "PENDING_NEW"], waits)
    client.cancel_open_orders(SYMBOL)
    checks.that("nothing is left", client.get_oco_open_orders() == [] == client.get_open_orders(SYMBOL))


def errors(checks: Checks, client: Spot) -> None:
    try:
        checks.that("error: cancel", False, client.cancel_order(SYMBOL, orderId=10**9))
    except ClientError as error:
        names = {name.lower() for name in error.header}
        checks.that("error: cancel", error.error_code == -2011 and error.status_code == 400, error)
        checks.that("headers", {"x-mbx-used-weight", "x-mbx-used-weight-1m", "x-mbx-uuid"} <= names, sorted(names))
    try:
        checks.that("error: listen key", False, client.new_listen_key())
    except ClientError as error:
        checks.that("error: listen key", error.status_code == 410, error)


def streams(checks: Checks, address: str) -> SpotWebsocketStreamClient:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    client = SpotWebsocketStreamClient(
        stream_url=address, on_message=lambda _, text: heard.put(json.loads(text)), is_combined=True
    )
    try:
        client.agg_trade(symbol=SYMBOL)
        client.book_ticker(symbol=SYMBOL)
        told = [heard.get(timeout=SECONDS) for _ in range(6)]
        names = {each["stream"] for each in told if "stream" in each}
        checks.that("combined", names <= {"btcusdt@aggTrade", "btcusdt@bookTicker"} and names, names)
        checks.that("acknowledged", any(each.get("result", 0) is None for each in told), told)
    except Exception:
        client.stop()
        raise
    return client


def over_socket(checks: Checks, address: str, key: str, secret: str, price: str) -> SpotWebsocketAPIClient:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    client = SpotWebsocketAPIClient(
        stream_url=address + "/ws-api/v3", api_key=key, api_secret=secret,
        on_message=lambda _, text: heard.put(json.loads(text)),
    )  # fmt: skip
    try:
        client.new_order(
            symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.01, price=price,
            newOrderRespType="RESULT", id=7,
        )  # fmt: skip
        told = heard.get(timeout=SECONDS)
        checks.that("order over the socket", told["status"] == 200 and told["id"] in (7, "7"), told)
        kinds = {each["rateLimitType"] for each in told["rateLimits"]}
        checks.that("limits over the socket", kinds == {"ORDERS", "REQUEST_WEIGHT"}, kinds)
        client.cancel_order(symbol=SYMBOL, orderId=told["result"]["orderId"])
        checks.that("cancel over the socket", heard.get(timeout=SECONDS)["result"]["status"] == "CANCELED")
        client.get_order(symbol=SYMBOL, orderId=10**9)
        told = heard.get(timeout=SECONDS)
        checks.that("error over the socket", told["status"] == 400 and told["error"]["code"] == -2013, told)
    except Exception:
        client.stop()
        raise
    return client


def main() -> None:
    rest, sockets, key, secret = arguments()
    checks = Checks()
    client = Spot(key, secret, base_url=rest)
    market(checks, client)
    first = streams(checks, sockets)
    orders(checks, client)
    lists(checks, client)
    errors(checks, client)
    price = f"{float(client.ticker_price(SYMBOL)['price']) * 0.8:.2f}"
    second = over_socket(checks, sockets, key, secret, price)
    checks.end()  # before the end: this client warns of every close, even of the one that it asked for
    first.stop()
    second.stop()


if __name__ == "__main__":
    try:
        main()
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        failed()
