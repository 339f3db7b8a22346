"""Minutes of many symbols, as quick as they are taken, over one connection: `-m bench.wire_minutes SYMBOLS MINUTES`."""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

from bench.wire_account import MINUTE_MS, now_ms
from bench.wire_flood import Listener

if TYPE_CHECKING:
    from bench.wire_frames import Connection

GROUP = 100
"""So many streams are asked for with one word."""
WAITING_BYTES_MAX = 1 << 18


def symbols(count: int) -> list[str]:
    """Return the names of so many symbols."""
    return [f"{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}{number}USDT" for number in range(count)]


async def tell(to: Connection, names: list[str], minutes: int) -> None:
    """Say all minutes, of all symbols one after the other; wait where the other side does not listen."""
    first = now_ms() // MINUTE_MS * MINUTE_MS
    for opens in range(first, first + minutes * MINUTE_MS, MINUTE_MS):
        for name in names:
            low = random.uniform(100.0, 50_000.0)
            kline = (
                f'{{"t":{opens},"T":{opens + MINUTE_MS - 1},"s":"{name}","i":"1m","f":1,"L":9,"o":"{low + 1:.2f}",'
                f'"c":"{low + 2:.2f}","h":"{low + 3:.2f}","l":"{low:.2f}","v":"{low / 7:.3f}","n":9,"x":true,'
                f'"q":"1.0","V":"1.0","Q":"1.0","B":"0"}}'
            )
            data = f'{{"e":"kline","E":{opens + MINUTE_MS},"s":"{name}","k":{kline}}}'
            to.send(f'{{"stream":"{name.lower()}@kline_1m","data":{data}}}'.encode())
        await asyncio.sleep(0)
        while to.transport.get_write_buffer_size() > WAITING_BYTES_MAX:  # noqa: ASYNC110 - the protocol is not ours
            await asyncio.sleep(0.001)


async def main(count: int, minutes: int) -> None:
    """Serve one listener."""
    names, asked = symbols(count), 0
    tasks: list[asyncio.Task[None]] = []

    def begin(listener: Connection) -> None:
        nonlocal asked
        asked += GROUP
        if asked >= count and not tasks:
            tasks.append(asyncio.get_running_loop().create_task(tell(listener, names, minutes)))

    server = await asyncio.get_running_loop().create_server(lambda: Listener(names, begin), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(3_600)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))
