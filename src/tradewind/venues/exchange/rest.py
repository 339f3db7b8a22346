"""Questions to an exchange, one connection each, answered before the call returns: for the time before a session."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TypeVar

from tradewind.domain.errors import VenueProtocolError, VenueRefused, VenueUnavailable
from tradewind.venues.exchange.framing import Unpacker, packed, server_words
from tradewind.venues.exchange.protocol import (
    VERSION,
    AskBars,
    AskFacts,
    Bars,
    Beat,
    Denied,
    Done,
    Facts,
    Hello,
    PressFault,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.venues._net.address import Address
    from tradewind.venues.exchange.protocol import ClientWord, ServerWord

T = TypeVar("T")

ASK_SECONDS = 60.0
"""The longest silence: an exchange that looks a long history up says nothing meanwhile, and one that has no processor
neither. At ten times the load of a machine, restarts of a session ended after half of it."""
READ_BYTES = 1 << 16


def facts_of(address: Address, account: str = "") -> Facts:
    """Return what is traded there, and what an account has; raise `VenueUnavailable` or `VenueRefused`."""
    return next(_ask(address, AskFacts(account), Facts))


def bars_of(address: Address, since: TimeNs, interval: str, last: int) -> Iterator[Bar]:
    """Yield the bars that open at `since` or later, of history and up to the market event of this number."""
    for piece in _ask(address, AskBars(since, interval, last), Bars):
        yield from piece.bars
        if not piece.more:
            return


def press(address: Address, fault: PressFault) -> None:
    """Let something go wrong there; raise `VenueRefused` if it may not."""
    next(_ask(address, fault, Done))


def _ask(address: Address, question: ClientWord, kind: type[T]) -> Iterator[T]:
    """Ask, and yield the answers as long as the caller wants them."""
    with _connected(address) as link:
        link.sendall(packed(Hello(VERSION, "asks")) + packed(question))
        for word in _heard(link, address):
            if isinstance(word, Denied):
                raise VenueRefused(word.reason, {"code": word.code})
            if isinstance(word, Welcome | Beat):
                continue
            if not isinstance(word, kind):
                raise VenueProtocolError(f"the exchange at {address} answers with {type(word).__name__}")
            yield word


def _connected(address: Address) -> socket.socket:
    try:
        if not address.socket:
            return socket.create_connection(("127.0.0.1", address.port), timeout=ASK_SECONDS)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.settimeout(ASK_SECONDS)
            link.connect(address.socket)
        except OSError:
            link.close()
            raise
    except OSError as error:
        raise VenueUnavailable(f"the exchange at {address} cannot be reached: {error}") from error
    return link


def _heard(link: socket.socket, address: Address) -> Iterator[ServerWord | ClientWord]:
    unpacker = Unpacker(server_words)
    while True:
        try:
            data = link.recv(READ_BYTES)
        except OSError as error:
            raise VenueUnavailable(f"the exchange at {address} does not answer: {error}") from error
        if not data:
            raise VenueUnavailable(f"the exchange at {address} hung up")
        yield from unpacker.feed(data)
