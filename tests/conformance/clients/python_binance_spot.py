"""python-binance against the exchange: the spot market, orders, the depth cache, the user stream."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from binance import AsyncClient, BinanceAPIException, BinanceSocketManager, DepthCacheManager
from checks import Checks, arguments, failed

SYMBOL = "BTCUSDT"


async def market(checks: Checks, client: AsyncClient) -> None:
    info = await client.get_exchange_info()
    names = [each["symbol"] for each in info["symbols"]]
    checks.that("exchange info", SYMBOL in names, names)
    klines = await client.get_klines(symbol=SYMBOL, interval="1m", limit=100)
    checks.that("klines", len(klines) == 100 and all(len(row) == 12 for row in klines), len(klines))
    opens = [row[0] for row in klines]
    checks.that("klines follow each other", all(b - a == 60_000 for a, b in itertools.pairwise(opens)))
    long = [row async for row in await client.get_historical_klines_generator(SYMBOL, "1m", opens[0] - 90_000_000)]
    checks.that("klines by pages", len(long) > 1500 and len({row[0] for row in long}) == len(long), len(long))
    book = await client.get_order_book(symbol=SYMBOL)
    checks.that("book", float(book["bids"][0][0]) < float(book["asks"][0][0]))
    ticker = await client.get_symbol_ticker(symbol=SYMBOL)
    checks.that("ticker", float(ticker["price"]) > 0, ticker)


async def streams(checks: Checks, manager: BinanceSocketManager) -> None:
    async with manager.multiplex_socket([f"{SYMBOL.lower()}@trade", f"{SYMBOL.lower()}@bookTicker"]) as socket:
        seen: dict[str, dict[str, Any]] = {}
        while len(seen) < 2:
            told = await socket.recv()
            seen[told["stream"]] = told["data"]
        checks.that("multiplex", seen[f"{SYMBOL.lower()}@trade"]["s"] == SYMBOL, seen)
    async with manager.kline_socket(SYMBOL) as socket:
        told = await socket.recv()
        checks.that("kline", told["e"] == "kline" and told["k"]["i"] == "1m", told)
        rows = [told["k"]]
        while sum(row["x"] for row in rows) < 2:
            rows.append((await socket.recv())["k"])
        closed = [row["t"] for row in rows if row["x"]]
        checks.that("klines close once each, in order", closed[1] - closed[0] == 60_000, closed)
        checks.that("a closed kline comes before the next", rows[-1]["x"] and rows[-1]["t"] >= rows[-2]["t"])
    async with manager.trade_socket(SYMBOL) as socket:
        numbers = [(await socket.recv())["t"] for _ in range(3)]
        checks.that("trades are numbered", numbers == list(range(numbers[0], numbers[0] + 3)), numbers)


async def depth(checks: Checks, client: AsyncClient) -> None:
    cache_manager = DepthCacheManager(client, symbol=SYMBOL, limit=1000, refresh_interval=0, ws_interval=100)
    async with cache_manager as socket:
        caches = [await socket.recv() for _ in range(12)]
    cache = caches[-1]
    checks.that("depth cache", all(each is not None for each in caches))
    checks.that("depth cache is not crossed", cache.get_bids()[0][0] < cache.get_asks()[0][0])


async def orders(checks: Checks, client: AsyncClient, manager: BinanceSocketManager) -> None:
    async with manager.user_socket() as user:
        low = f"{float((await client.get_symbol_ticker(symbol=SYMBOL))['price']) * 0.8:.2f}"
        placed = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=low, newClientOrderId="rests-1")
        checks.that("limit", placed["status"] == "NEW" and placed["clientOrderId"] == "rests-1", placed)
        told = [await user.recv() for _ in range(2)]
        checks.that("user stream: new", told[0]["e"] == "executionReport" and told[0]["x"] == "NEW", told[0])
        locked = {row["a"]: row["l"] for row in told[1]["B"]}
        checks.that("user stream: locked", float(locked["USDT"]) > 0, told[1])
        found = await client.get_order(symbol=SYMBOL, orderId=placed["orderId"])
        checks.that("query", found["clientOrderId"] == "rests-1" and found["isWorking"], found)
        opened = await client.get_open_orders(symbol=SYMBOL)
        checks.that("open orders", [each["orderId"] for each in opened] == [placed["orderId"]], opened)
        gone = await client.cancel_order(symbol=SYMBOL, origClientOrderId="rests-1")
        checks.that("cancel", gone["status"] == "CANCELED" and gone["origClientOrderId"] == "rests-1", gone)
        told = [await user.recv() for _ in range(2)]
        checks.that("user stream: cancelled", told[0]["x"] == "CANCELED" and told[0]["C"] == "rests-1", told[0])
        checks.that("user stream: unlocked", all(float(row["l"]) == 0 for row in told[1]["B"]), told[1])
        await market_order(checks, client, user)
    over_socket = await client.ws_create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=low
    )
    checks.that("order over the socket", over_socket["status"] == "NEW", over_socket)
    gone = await client.ws_cancel_order(symbol=SYMBOL, orderId=over_socket["orderId"])
    checks.that("cancel over the socket", gone["status"] == "CANCELED", gone)


async def market_order(checks: Checks, client: AsyncClient, user: Any) -> None:
    bought = await client.order_market_buy(symbol=SYMBOL, quantity="0.02")
    checks.that("market order fills", bought["status"] == "FILLED" and bought["fills"], bought)
    told = [await user.recv() for _ in range(2 + len(bought["fills"]))]
    trades = [each for each in told if each.get("x") == "TRADE"]
    numbers = [each["t"] for each in trades]
    checks.that("user stream: fills", numbers == [fill["tradeId"] for fill in bought["fills"]], told)
    checks.that("user stream: balances come last", told[-1]["e"] == "outboundAccountPosition", told[-1])
    fills = await client.get_my_trades(symbol=SYMBOL)
    checks.that("my trades", fills[-1]["orderId"] == bought["orderId"], fills[-1:])
    account = await client.get_account()
    free = {row["asset"]: float(row["free"]) for row in account["balances"]}
    told_free = {row["a"]: float(row["f"]) for row in told[-1]["B"]}
    checks.that("balances are those that were told", free["BTC"] == told_free["BTC"], (free, told_free))


async def lists(checks: Checks, client: AsyncClient, manager: BinanceSocketManager) -> None:
    price = float((await client.get_symbol_ticker(symbol=SYMBOL))["price"])
    low, high = f"{price * 0.8:.2f}", f"{price * 1.2:.2f}"
    async with manager.user_socket() as user:
        pair = await client.create_oco_order(
            symbol=SYMBOL, side="SELL", quantity="0.01", aboveType="LIMIT_MAKER", abovePrice=high,
            belowType="STOP_LOSS", belowStopPrice=low, listClientOrderId="pair-1",
        )  # fmt: skip
        checks.that("oco", pair["contingencyType"] == "OCO" and len(pair["orderReports"]) == 2, pair)
        told = [await user.recv() for _ in range(3)]
        checks.that("user stream: list", told[2]["e"] == "listStatus" and told[2]["L"] == "EXECUTING", told[2])
        checks.that("user stream: of the list", {each["g"] for each in told} == {pair["orderListId"]}, told)
        first = pair["orders"][0]["orderId"]
        await client.cancel_order(symbol=SYMBOL, orderId=first)
        opened = await client.get_open_orders(symbol=SYMBOL)
        checks.that("one is cancelled with the other", opened == [], opened)
    waits = await client.v3_post_order_list_oto(
        symbol=SYMBOL, workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC", workingQuantity="0.01",
        workingPrice=low, pendingType="MARKET", pendingSide="SELL", pendingQuantity="0.01",
    )  # fmt: skip
    checks.that("oto", [each["status"] for each in waits["orderReports"]] == ["NEW", "PENDING_NEW"], waits)
    gone = await client.v3_delete_order_list(symbol=SYMBOL, orderListId=waits["orderListId"])
    checks.that("list cancelled", gone["listOrderStatus"] == "ALL_DONE", gone)


async def errors(checks: Checks, client: AsyncClient) -> None:
    refused = {
        "below the least": (-1013, {"quantity": "0.000001", "price": "20000"}),
        "off the tick": (-1013, {"quantity": "0.01", "price": "20000.001"}),
        "more than there is": (-2010, {"quantity": "100", "price": "20000"}),
    }
    for name, (code, figures) in refused.items():
        try:
            answer = await client.order_limit_buy(symbol=SYMBOL, **figures)
            checks.that(f"error: {name}", False, answer)
        except BinanceAPIException as error:
            checks.that(f"error: {name}", error.code == code, error)
    for name, code, call in (
        ("no such order", -2013, lambda: client.get_order(symbol=SYMBOL, orderId=10**9)),
        ("nothing to cancel", -2011, lambda: client.cancel_order(symbol=SYMBOL, orderId=10**9)),
        ("no such symbol", -1121, lambda: client.get_symbol_ticker(symbol="NOTHERE")),
    ):
        try:
            checks.that(f"error: {name}", False, await call())
        except BinanceAPIException as error:
            checks.that(f"error: {name}", error.code == code, error)


async def main() -> None:
    rest, sockets, key, secret = arguments()
    AsyncClient.API_URL = rest + "/api"
    AsyncClient.WS_API_URL = sockets + "/ws-api/v3"
    BinanceSocketManager.STREAM_URL = sockets + "/"
    checks = Checks()
    client = await AsyncClient.create(key, secret)
    manager = BinanceSocketManager(client)
    try:
        await market(checks, client)
        await streams(checks, manager)
        await depth(checks, client)
        await orders(checks, client, manager)
        await lists(checks, client, manager)
        await errors(checks, client)
    finally:
        await client.close_connection()
    checks.end()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        failed()
