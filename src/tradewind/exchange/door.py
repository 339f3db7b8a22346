"""The address of an exchange: taken, if nobody is there, and left again."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.domain.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.venues._net.address import Address
    from tradewind.venues.exchange.link import Link


async def listen(address: Address, make: Callable[[], Link]) -> asyncio.Server:
    """Let clients come to an address; raise `LocalError` if it is not to be had. A socket is its owner's alone."""
    loop = asyncio.get_running_loop()
    try:
        if not address.socket:
            return await loop.create_server(make, "127.0.0.1", address.port)
        _let_go_of(Path(address.socket))
        server = await loop.create_unix_server(make, address.socket)
        os.chmod(address.socket, stat.S_IRUSR | stat.S_IWUSR)  # noqa: PTH101 - ours alone
    except OSError as error:
        raise LocalError(f"the exchange cannot listen at {address}: {error}") from error
    return server


def leave(address: Address) -> None:
    """Remove the socket."""
    if address.socket:
        Path(address.socket).unlink(missing_ok=True)


def _let_go_of(path: Path) -> None:
    """Remove a socket that a dead exchange has left; raise `LocalError` if somebody listens there."""
    if not path.exists():
        return
    if not path.is_socket():
        raise LocalError(f"{path} is there and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        try:
            knock.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise LocalError(f"an exchange listens at {path} already")
