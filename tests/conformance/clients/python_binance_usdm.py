"""python-binance against the exchange: the market of contracts, orders, conditional orders, the user stream."""

from __future__ import annotations

import asyncio
from typing import Any

from binance import AsyncClient, BinanceAPIException, BinanceSocketManager
from binance.enums import FuturesType
from checks import Checks, arguments, failed

SYMBOL = "BTCUSDT"


async def market(checks: Checks, client: AsyncClient) -> float:
    info = await client.futures_exchange_info()
    checks.that("exchange info", SYMBOL in [each["symbol"] for each in info["symbols"]])
    klines = await client.futures_klines(symbol=SYMBOL, interval="1m", limit=50)
    checks.that("klines", len(klines) == 50 and all(len(row) == 12 for row in klines), len(klines))
    book = await client.futures_order_book(symbol=SYMBOL, limit=50)
    checks.that("book", float(book["bids"][0][0]) < float(book["asks"][0][0]) and book["T"] > 0)
    mark = await client.futures_mark_price(symbol=SYMBOL)
    checks.that("mark price", float(mark["markPrice"]) > 0, mark)
    account = await client.futures_account()
    checks.that("account", float(account["totalWalletBalance"]) > 0, account["totalWalletBalance"])
    balances = await client.futures_account_balance()
    checks.that("balance", any(row["asset"] == "USDT" and float(row["balance"]) > 0 for row in balances), balances)
    return float(mark["markPrice"])


async def streams(checks: Checks, manager: BinanceSocketManager) -> None:
    low = SYMBOL.lower()
    names = [f"{low}@markPrice@1s", f"{low}@kline_1m", f"{low}@aggTrade"]
    async with manager.futures_multiplex_socket(names, futures_type=FuturesType.USD_M) as socket:
        seen: dict[str, Any] = {}
        while len(seen) < len(names):
            told = await socket.recv()
            seen[told["stream"]] = told["data"]
        checks.that("market route", set(seen) == set(names), list(seen))
    async with manager.futures_depth_socket(SYMBOL) as socket:
        told = [(await socket.recv())["data"] for _ in range(4)]
        kept = all(each["pu"] <= each["u"] and each["e"] == "depthUpdate" for each in told)
        checks.that("depth on the public route", kept, told[0])


async def orders(checks: Checks, client: AsyncClient, manager: BinanceSocketManager, mark: float) -> None:
    async with manager.futures_user_socket() as user:
        price = f"{mark * 0.8:.1f}"
        resting = await client.futures_create_order(
            symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=price
        )
        checks.that("limit", resting["status"] == "NEW", resting)
        told = await user.recv()
        checks.that("user stream: new", told["e"] == "ORDER_TRADE_UPDATE" and told["o"]["x"] == "NEW", told)
        gone = await client.futures_cancel_order(symbol=SYMBOL, orderId=resting["orderId"])
        checks.that("cancel", gone["status"] == "CANCELED", gone)
        bought = await client.futures_create_order(
            symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.02", newOrderRespType="RESULT"
        )
        checks.that("market order fills", bought["status"] == "FILLED" and float(bought["avgPrice"]) > 0, bought)
        told = [await user.recv()]
        while told[-1]["e"] != "ACCOUNT_UPDATE" or not told[-1]["a"]["P"]:
            told.append(await user.recv())
        checks.that("user stream: position", float(told[-1]["a"]["P"][0]["pa"]) == 0.02, told[-1])
        held = await client.futures_position_information(symbol=SYMBOL)
        checks.that("position", float(held[0]["positionAmt"]) == 0.02, held)
        stop = await client.futures_create_order(
            symbol=SYMBOL, side="SELL", type="STOP_MARKET", stopPrice=f"{mark * 0.9:.1f}", closePosition=True
        )
        checks.that("stop goes to the algo service", stop["algoId"] > 0 and stop["algoStatus"] == "NEW", stop)
        told = await user.recv()
        checks.that("user stream: condition", told["e"] == "ALGO_UPDATE" and told["o"]["X"] == "NEW", told)
        sold = await client.futures_create_order(
            symbol=SYMBOL, side="SELL", type="MARKET", quantity="0.02", reduceOnly=True, newOrderRespType="RESULT"
        )
        checks.that("reduce only", sold["status"] == "FILLED", sold)
        fills = await client.futures_account_trades(symbol=SYMBOL)
        checks.that("fills", len(fills) >= 2 and any(float(row["realizedPnl"]) for row in fills), fills[-1])
    try:
        checks.that("error", False, await client.futures_create_order(
            symbol=SYMBOL, side="BUY", type="MARKET", quantity="900"))  # fmt: skip
    except BinanceAPIException as error:
        checks.that("error: margin", error.code == -2019, error)


async def hedged(checks: Checks, client: AsyncClient) -> None:
    await client.futures_cancel_all_algo_open_orders(symbol=SYMBOL)
    await client.futures_change_position_mode(dualSidePosition=True)
    checks.that("hedge mode", (await client.futures_get_position_mode())["dualSidePosition"] is True)
    for side, position, quantity in (("BUY", "LONG", "0.02"), ("SELL", "SHORT", "0.03")):
        order = await client.futures_create_order(
            symbol=SYMBOL, side=side, positionSide=position, type="MARKET", quantity=quantity, newOrderRespType="RESULT"
        )
        checks.that(f"{position} opened", order["status"] == "FILLED" and order["positionSide"] == position, order)
    rows = await client.futures_position_information(symbol=SYMBOL)
    held = {row["positionSide"]: float(row["positionAmt"]) for row in rows}
    checks.that("both sides", held == {"LONG": 0.02, "SHORT": -0.03}, held)
    for side, position, quantity in (("SELL", "LONG", "0.02"), ("BUY", "SHORT", "0.03")):
        await client.futures_create_order(
            symbol=SYMBOL, side=side, positionSide=position, type="MARKET", quantity=quantity
        )
    checks.that("both sides closed", not await client.futures_position_information(symbol=SYMBOL))


async def main() -> None:
    rest, sockets, key, secret = arguments()
    AsyncClient.API_URL = rest + "/api"
    AsyncClient.WS_API_URL = sockets + "/ws-api/v3"
    AsyncClient.FUTURES_URL = rest + "/fapi"
    AsyncClient.WS_FUTURES_URL = sockets + "/ws-fapi/v1"
    BinanceSocketManager.STREAM_URL = sockets + "/"
    BinanceSocketManager.FSTREAM_URL = sockets + "/"
    checks = Checks()
    client = await AsyncClient.create(key, secret)
    manager = BinanceSocketManager(client)
    try:
        mark = await market(checks, client)
        await streams(checks, manager)
        await orders(checks, client, manager, mark)
        await hedged(checks, client)
    finally:
        await client.close_connection()
    checks.end()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        failed()
