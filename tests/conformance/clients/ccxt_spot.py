"""ccxt and ccxt.pro against the exchange: markets, candles, books, orders of all types, errors, what is watched."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import ccxt.pro
from checks import Checks, arguments, failed

SYMBOL = "BTC/USDT"


def exchange() -> Any:
    rest, sockets, key, secret = arguments()
    made = ccxt.pro.binance({
        "apiKey": key,
        "secret": secret,
        "urls": {
            "api": {
                "public": rest + "/api/v3",
                "private": rest + "/api/v3",
                "ws": {
                    "spot": sockets + "/stream.sim/ws",
                    "margin": sockets + "/stream.sim/ws",
                    "ws-api": {"spot": sockets + "/ws-api/v3"},
                },
            }
        },
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchMargins": False,
            "fetchCurrencies": False,
        },
    })  # fmt: skip
    made.has["fetchCurrencies"] = False
    return made


async def market(checks: Checks, at: Any) -> None:
    markets = await at.load_markets()
    found = markets[SYMBOL]
    checks.that("markets", found["spot"] and found["active"], found["id"])
    checks.that(
        "precision", found["precision"] == {**found["precision"], "amount": 1e-05, "price": 0.01}, found["precision"]
    )
    checks.that("limits", found["limits"]["amount"]["min"] == 1e-05, found["limits"])
    candles = await at.fetch_ohlcv(SYMBOL, "1m", limit=50)
    checks.that("candles", len(candles) == 50, len(candles))
    book = await at.fetch_order_book(SYMBOL, 10)
    checks.that("book", len(book["bids"]) == 10 and book["bids"][0][0] < book["asks"][0][0], book["nonce"])
    ticker = await at.fetch_ticker(SYMBOL)
    checks.that("ticker", ticker["bid"] < ticker["ask"] and ticker["baseVolume"] > 0, ticker["last"])
    trades = await at.fetch_trades(SYMBOL, limit=5)
    checks.that("trades", trades and all(each["side"] in ("buy", "sell") for each in trades), len(trades))


async def watched(checks: Checks, at: Any) -> None:
    book = await at.watch_order_book(SYMBOL)
    first = book["nonce"]
    while (book := await at.watch_order_book(SYMBOL))["nonce"] == first:
        pass
    checks.that(
        "watched book goes on", book["nonce"] > first and book["bids"][0][0] < book["asks"][0][0], book["nonce"]
    )
    trades = await at.watch_trades(SYMBOL)
    checks.that("watched trades", trades[-1]["symbol"] == SYMBOL, trades[-1])
    candles = await at.watch_ohlcv(SYMBOL, "1m")
    checks.that("watched candles", len(candles[-1]) == 6, candles[-1])
    best = await at.watch_bids_asks([SYMBOL])
    checks.that("watched bids and asks", best[SYMBOL]["bid"] < best[SYMBOL]["ask"], best)
    ticker = await at.watch_ticker(SYMBOL)
    checks.that("watched ticker", ticker["last"] > 0, ticker["last"])


async def orders(checks: Checks, at: Any) -> None:
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def watch() -> None:
        while True:
            for order in await at.watch_orders():
                seen.put_nowait(dict(order))

    balance = asyncio.create_task(at.watch_balance())
    task = asyncio.create_task(watch())
    while not (at.clients and any("ws-api" in url and client.subscriptions for url, client in at.clients.items())):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    price = (await at.fetch_ticker(SYMBOL))["last"]
    low, high = at.price_to_precision(SYMBOL, price * 0.8), at.price_to_precision(SYMBOL, price * 1.2)
    resting = await at.create_order(SYMBOL, "limit", "buy", 0.01, low)
    checks.that("limit rests", resting["status"] == "open" and resting["id"], resting["id"])
    told = await seen.get()
    checks.that("watched: opened", told["id"] == resting["id"] and told["status"] == "open", told["status"])
    checks.that("watched balance", (await balance)["USDT"]["used"] > 0)
    maker = await at.create_order(SYMBOL, "limit", "sell", 0.01, high, {"postOnly": True})
    checks.that("maker rests", maker["id"], maker["id"])
    stop = await at.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": float(low)})
    found = await at.fetch_order(stop["id"], SYMBOL)
    checks.that("stop waits", found["status"] == "open" and found["stopPrice"] == float(low), found["type"])
    stop_limit = await at.create_order(SYMBOL, "limit", "sell", 0.01, low, {"stopLossPrice": float(low)})
    checks.that("stop limit waits", stop_limit["id"], stop_limit["id"])
    trailing = await at.create_order(
        SYMBOL, "market", "sell", 0.01, None, {"trailingPercent": 2, "stopLossOrTakeProfit": "stopLoss"}
    )
    checks.that("trailing stop waits", trailing["id"], trailing["info"])
    target = await at.create_order(SYMBOL, "market", "sell", 0.01, None, {"takeProfitPrice": float(high)})
    checks.that("target waits", target["id"], target["info"])
    opened = await at.fetch_open_orders(SYMBOL)
    wanted = {each["id"] for each in (resting, maker, stop, stop_limit, trailing, target)}
    checks.that("open orders", {each["id"] for each in opened} == wanted, len(opened))
    smaller = await at.cancel_order(resting["id"], SYMBOL)
    checks.that("cancel", smaller["status"] == "canceled", smaller["status"])
    await at.cancel_all_orders(SYMBOL)
    checks.that("cancel all", not await at.fetch_open_orders(SYMBOL))
    taken = await at.create_order(SYMBOL, "limit", "buy", 0.01, high, {"timeInForce": "IOC"})
    checks.that("immediate or cancel", taken["status"] == "closed" and taken["filled"] == 0.01, taken["status"])
    missed = await at.create_order(SYMBOL, "limit", "buy", 0.01, low, {"timeInForce": "FOK"})
    checks.that("fill or kill", missed["status"] == "expired" and missed["filled"] == 0, missed["status"])
    cost = await at.create_order(SYMBOL, "market", "buy", None, None, {"cost": 300})
    checks.that("market by cost", 250 < cost["cost"] <= 300, cost["cost"])
    sold = await at.create_order(SYMBOL, "market", "sell", 0.01)
    checks.that("market fills", sold["status"] == "closed" and sold["fee"]["cost"] > 0, sold["fee"])
    over = await at.create_order_ws(SYMBOL, "limit", "buy", 0.01, low)
    gone = await at.cancel_order_ws(over["id"], SYMBOL)
    checks.that("over the socket", gone["status"] == "canceled", gone["status"])
    mine = await at.fetch_my_trades(SYMBOL)
    checks.that("my trades", mine[-1]["order"] == sold["id"], len(mine))
    while (told := await seen.get())["id"] != over["id"] or told["status"] != "canceled":
        pass
    checks.that("watched: cancelled", told["status"] == "canceled", told["status"])
    task.cancel()


async def lists(checks: Checks, at: Any) -> None:
    price = (await at.fetch_ticker(SYMBOL))["last"]
    low, high = at.price_to_precision(SYMBOL, price * 0.8), at.price_to_precision(SYMBOL, price * 1.2)
    pair = await at.privatePostOrderListOco({
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER", "abovePrice": high,
        "belowType": "STOP_LOSS", "belowStopPrice": low,
    })  # fmt: skip
    checks.that("oco", pair["listOrderStatus"] == "EXECUTING", pair)
    opened = await at.fetch_open_orders(SYMBOL)
    wanted = {str(each["orderId"]) for each in pair["orders"]}
    checks.that("orders of the list are open", {each["id"] for each in opened} == wanted, opened)
    gone = await at.privateDeleteOrderList({"symbol": "BTCUSDT", "orderListId": pair["orderListId"]})
    checks.that("list cancelled", gone["listOrderStatus"] == "ALL_DONE", gone)


async def errors(checks: Checks, at: Any) -> None:
    price = (await at.fetch_ticker(SYMBOL))["last"]
    low = at.price_to_precision(SYMBOL, price * 0.8)
    cases: list[tuple[str, type[Exception], Any]] = [
        ("insufficient funds", ccxt.InsufficientFunds, lambda: at.create_order(SYMBOL, "limit", "buy", 500, low)),
        ("no such order", ccxt.OrderNotFound, lambda: at.fetch_order("999999999", SYMBOL)),
        ("nothing to cancel", ccxt.OrderNotFound, lambda: at.cancel_order("999999999", SYMBOL)),
        (
            "post-only would take",
            ccxt.OrderImmediatelyFillable,
            lambda: at.create_order(SYMBOL, "limit", "buy", 0.01, price * 1.01, {"postOnly": True}),
        ),
        (
            "filter",
            ccxt.InvalidOrder,
            lambda: at.privatePostOrder({
                "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01",
                "price": "20000.001",
            }),
        ),
    ]  # fmt: skip
    for name, kind, call in cases:
        try:
            checks.that(f"error: {name}", False, await call())
        except ccxt.BaseError as error:
            checks.that(f"error: {name}", isinstance(error, kind), f"{type(error).__name__} {error}")
    wrong = exchange()
    wrong.secret = "x" * 64
    wrong.markets, wrong.markets_by_id, wrong.symbols = at.markets, at.markets_by_id, at.symbols
    try:
        checks.that("error: signature", False, await wrong.fetch_balance())
    except ccxt.BaseError as error:
        checks.that("error: signature", isinstance(error, ccxt.AuthenticationError), error)
    finally:
        await wrong.close()


async def main() -> None:
    checks = Checks()
    at = exchange()
    try:
        await market(checks, at)
        await watched(checks, at)
        await orders(checks, at)
        await lists(checks, at)
        await errors(checks, at)
    finally:
        await at.close()
    checks.end()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        failed()
