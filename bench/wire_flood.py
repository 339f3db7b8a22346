"""Trades as quick as asked for, over one connection, from a process of its own: `-m bench.wire_flood RATE SECONDS`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.wire_account import PRICE, SYMBOL, exchange_info, klines, now_ms
from bench.wire_frames import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

BEAT_SECONDS = 0.002


class Listener(Connection):
    """Whoever asks for streams gets them all at once."""

    def __init__(self, symbols: list[str], begin: Callable[[Connection], None]) -> None:
        super().__init__()
        self._symbols = symbols
        self._begin = begin

    def said(self, text: bytes, came: int) -> None:  # noqa: ARG002 - of the port
        """Take what is asked for."""
        word = json.loads(text)
        self.send(json.dumps({"result": None, "id": word["id"]}).encode())
        self._begin(self)

    def asked(self, verb: str, path: str, params: dict[str, str], came: int) -> Any:  # noqa: ANN401, ARG002 - JSON
        """Answer a request over REST."""
        name = path.removeprefix("/api/v3/")
        if name == "exchangeInfo":
            return exchange_info(self._symbols)
        return klines(params) if name == "klines" else {"time": {"serverTime": now_ms()}}[name]


async def flood(to: Connection, rate: int, seconds: float) -> None:
    """Say so many trades a second, evenly; what the clock says is due is said."""
    began, said, count = time.monotonic(), 0, int(rate * seconds)
    while said < count:
        due = min(int((time.monotonic() - began) * rate), count)
        for number in range(said + 1, due + 1):
            data = b'{"e":"trade","E":%d,"s":"%s","t":%d,"p":"%s","q":"0.00100000","T":%d,"m":false,"M":true}' % (
                (ts := now_ms()), SYMBOL.encode(), number, PRICE.encode(), ts,
            )  # fmt: skip
            to.send(b'{"stream":"btcusdt@trade","data":%b}' % data)
        said = due
        await asyncio.sleep(BEAT_SECONDS)


async def main(rate: int, seconds: float) -> None:
    """Serve one listener."""
    tasks: list[asyncio.Task[None]] = []

    def begin(listener: Connection) -> None:
        if not tasks:
            tasks.append(asyncio.get_running_loop().create_task(flood(listener, rate, seconds)))

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Listener([SYMBOL], begin), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(seconds + 60)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
