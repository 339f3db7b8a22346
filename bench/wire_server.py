"""A loopback server in a process of its own, in Binance's shapes: `python -m bench.wire_server COUNT WARM`.

It says one trade, waits for the order that a client sends because of it, answers, rests a little, and says the next
one. Both times are taken here, by one monotonic clock: before a frame is written, and when the bytes of the order
have come. It prints its port, and when all is over the times in nanoseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from bench.wire_account import PRICE, SYMBOL, Account, exchange_info, klines, now_ms
from bench.wire_frames import Connection

REST_SECONDS, RETRY_SECONDS = 0.005, 0.5


class Measuring:
    """Whom a trade is told, when it was, and when its order came."""

    def __init__(self, count: int, warm: int) -> None:
        self.account = Account()
        self.taken: list[int] = []
        self.over = asyncio.Event()
        self._listeners: dict[Connection, bool] = {}
        self._left, self._warm = count + warm, warm
        self._told, self._waits, self._number = 0, False, 0

    def listen(self, connection: Connection, *, combined: bool) -> None:
        """Tell trades to this connection."""
        if not self._listeners:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._say)
        self._listeners[connection] = combined

    def ordered(self, came: int) -> None:
        """Take it that the order of the trade has come; the next trade follows soon."""
        if not self._waits:
            return
        self._waits = False
        self.taken.append(came - self._told)
        if len(self.taken) == self._left:
            self.taken = self.taken[self._warm :]
            self.over.set()
            return
        asyncio.get_running_loop().call_later(REST_SECONDS, self._say)

    def _say(self) -> None:
        self._number += 1
        ts = now_ms()
        data = {
            "e": "trade", "E": ts, "s": SYMBOL, "t": self._number, "p": PRICE, "q": "0.00100000", "T": ts,
            "m": False, "M": True,
        }  # fmt: skip
        plain = json.dumps(data).encode()
        self._waits = True
        for connection, combined in self._listeners.items():
            text = b'{"stream":"btcusdt@trade","data":%b}' % plain if combined else plain
            self._told = time.monotonic_ns()
            connection.send(text)
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._again, self._number)

    def _again(self, number: int) -> None:
        """Say one more where nobody reacted: who listens may not be ready yet."""
        if self._waits and number == self._number:
            self._say()


class Client(Connection):
    """One connection of whoever is measured."""

    def __init__(self, measuring: Measuring, hears_all: list[Client]) -> None:
        super().__init__()
        self._measuring = measuring
        self._hears = hears_all

    def opened(self) -> None:
        """Trades come to who asked for them by the address."""
        if "@trade" in self.path:
            self._measuring.listen(self, combined="stream?" in self.path)

    def said(self, text: bytes, came: int) -> None:
        """Take a message of a socket."""
        word = json.loads(text)
        if word["method"] == "order.place":
            self._measuring.ordered(came)
        if word["method"] == "SUBSCRIBE":
            self.send(json.dumps({"result": None, "id": word["id"]}).encode())
            if any(name.endswith("@trade") for name in word["params"]):
                self._measuring.listen(self, combined=self.path.startswith("/stream") and "/ws" not in self.path)
            return
        result, events = self._result(word["method"], word.get("params", {}))
        answer = {"id": word["id"], "status": 200, "result": result, "rateLimits": []}
        self.send(json.dumps(answer).encode())
        self._tell(events)

    def _result(self, method: str, params: dict[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
        account = self._measuring.account
        if method == "order.place":
            return account.place(params)
        if method.startswith("userDataStream.subscribe"):
            self._hears.append(self)
        known = {
            "time": {"serverTime": now_ms()}, "account.status": account.told(), "openOrders.status": [],
        }  # fmt: skip
        if method == "myTrades":
            return account.since(params), []
        return known.get(method, {"subscriptionId": 0}), []

    def asked(self, verb: str, path: str, params: dict[str, str], came: int) -> Any:  # noqa: ANN401 - JSON
        """Answer a request over REST."""
        account, name = self._measuring.account, path.removeprefix("/api/v3/")
        if (verb, name) == ("POST", "order"):
            self._measuring.ordered(came)
            answer, events = account.place(params)
            self._tell(events)
            return answer
        known = {"ping": {}, "time": {"serverTime": now_ms()}, "account": account.told(), "openOrders": []}
        if name == "exchangeInfo":
            return exchange_info([SYMBOL])
        return klines(params) if name == "klines" else known[name]

    def _tell(self, events: list[dict[str, Any]]) -> None:
        for connection in self._hears:
            for event in events:
                connection.send(json.dumps({"subscriptionId": 0, "event": event}).encode())


async def main(count: int, warm: int) -> None:
    """Serve until all is measured."""
    measuring = Measuring(count, warm)
    hears: list[Client] = []
    server = await asyncio.get_running_loop().create_server(lambda: Client(measuring, hears), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await measuring.over.wait()
    print(json.dumps(measuring.taken), flush=True)
    await asyncio.sleep(60)  # whoever was measured is ended by others


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))
