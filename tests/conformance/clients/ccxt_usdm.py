"""ccxt and ccxt.pro against the exchange: contracts on their routes, listen keys, orders, conditions."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import ccxt.pro
from checks import Checks, arguments, failed

SYMBOL = "BTC/USDT:USDT"


def exchange() -> Any:
    rest, sockets, key, secret = arguments()
    versions = {"": "/fapi/v1", "V2": "/fapi/v2", "V3": "/fapi/v3"}
    sides = [(side, name, path) for side in ("Public", "Private") for name, path in versions.items()]
    made = ccxt.pro.binanceusdm({
        "apiKey": key,
        "secret": secret,
        "urls": {
            "api": {
                **{f"fapi{side}{name}": rest + path for side, name, path in sides},
                "ws": {"linear": sockets + "/ws", "ws-api": {"linear": sockets + "/ws-fapi/v1"}},
            }
        },
        "options": {"fetchMarkets": {"types": ["linear"]}, "fetchMargins": False, "fetchCurrencies": False},
    })  # fmt: skip
    made.has["fetchCurrencies"] = False
    return made


async def market(checks: Checks, at: Any) -> float:
    markets = await at.load_markets()
    found = markets[SYMBOL]
    checks.that("markets", found["swap"] and found["linear"] and found["active"], found["id"])
    checks.that("precision", found["precision"]["amount"] == 0.001 and found["precision"]["price"] == 0.1)
    candles = await at.fetch_ohlcv(SYMBOL, "1m", limit=20)
    checks.that("candles", len(candles) == 20, len(candles))
    balance = await at.fetch_balance()
    checks.that("balance", balance["USDT"]["total"] > 0, balance["USDT"])
    funding = await at.fetch_funding_rate(SYMBOL)
    checks.that("mark price", funding["markPrice"] > 0, funding["markPrice"])
    return float(funding["markPrice"])


async def watched(checks: Checks, at: Any) -> None:
    candles = await at.watch_ohlcv(SYMBOL, "1m")
    checks.that("watched candles", len(candles[-1]) == 6, candles[-1])
    trades = await at.watch_trades(SYMBOL)
    checks.that("watched trades", trades[-1]["symbol"] == SYMBOL, trades[-1]["id"])
    book = await at.watch_order_book(SYMBOL)
    first = book["nonce"]
    while (book := await at.watch_order_book(SYMBOL))["nonce"] == first:
        pass
    checks.that("watched book goes on", book["nonce"] > first and book["bids"][0][0] < book["asks"][0][0])


async def orders(checks: Checks, at: Any, mark: float) -> None:
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def watch() -> None:
        while True:
            for order in await at.watch_orders():
                seen.put_nowait(dict(order))

    task = asyncio.create_task(watch())
    while not any("/private" in url and client.connected.done() for url, client in at.clients.items()):
        await asyncio.sleep(0.05)
    low = at.price_to_precision(SYMBOL, mark * 0.8)
    resting = await at.create_order(SYMBOL, "limit", "buy", 0.01, low)
    checks.that("limit rests", resting["status"] == "open", resting["status"])
    told = await seen.get()
    checks.that("watched: opened", told["id"] == resting["id"] and told["status"] == "open", told["status"])
    changed = await at.edit_order(resting["id"], SYMBOL, "limit", "buy", 0.02, low)
    checks.that("changed", changed["amount"] == 0.02, changed["amount"])
    gone = await at.cancel_order(resting["id"], SYMBOL)
    checks.that("cancel", gone["status"] == "canceled", gone["status"])
    stop = await at.create_order(SYMBOL, "market", "sell", 0.01, None, {"triggerPrice": mark * 0.8})
    checks.that("condition goes to the algo service", stop["info"]["algoId"], stop["info"])
    bought = await at.create_order(SYMBOL, "market", "buy", 0.02)
    checks.that("market fills", bought["filled"] == 0.02 and bought["status"] == "closed", bought["status"])
    held = await at.fetch_positions([SYMBOL])
    checks.that("position", held[0]["contracts"] == 0.02 and held[0]["side"] == "long", held[0]["contracts"])
    sold = await at.create_order(SYMBOL, "market", "sell", 0.02, None, {"reduceOnly": True})
    checks.that("reduce only", sold["filled"] == 0.02, sold["filled"])
    fills = await at.fetch_my_trades(SYMBOL)
    checks.that("my trades", fills[-1]["order"] == sold["id"], len(fills))
    for name, kind, call in (
        ("-2019", ccxt.ExchangeError, lambda: at.create_order(SYMBOL, "limit", "buy", 900, low)),
        ("-2011", ccxt.OrderNotFound, lambda: at.cancel_order("999999999", SYMBOL)),
    ):
        try:
            checks.that(f"error: {name}", False, await call())
        except ccxt.BaseError as error:
            checks.that(f"error: {name}", isinstance(error, kind) and name in str(error), error)
    task.cancel()


async def hedged(checks: Checks, at: Any) -> None:
    await at.set_position_mode(True)
    mode = await at.fetch_position_mode(SYMBOL)
    checks.that("hedge mode", mode["hedged"] is True, mode)
    for side, position, quantity in (("buy", "LONG", 0.02), ("sell", "SHORT", 0.03)):
        order = await at.create_order(SYMBOL, "market", side, quantity, None, {"positionSide": position})
        checks.that(f"{position} opened", order["filled"] == quantity, order["status"])
    held = {each["side"]: each["contracts"] for each in await at.fetch_positions([SYMBOL])}
    checks.that("both sides", held == {"long": 0.02, "short": 0.03}, held)
    for side, position, quantity in (("sell", "LONG", 0.02), ("buy", "SHORT", 0.03)):
        await at.create_order(SYMBOL, "market", side, quantity, None, {"positionSide": position})
    checks.that("both sides closed", not await at.fetch_positions([SYMBOL]))
    await at.set_position_mode(False)


async def main() -> None:
    checks = Checks()
    at = exchange()
    try:
        mark = await market(checks, at)
        await watched(checks, at)
        await orders(checks, at, mark)
        await at.cancel_all_orders(SYMBOL, {"trigger": True})
        await hedged(checks, at)
    finally:
        await at.close()
    checks.end()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        failed()
