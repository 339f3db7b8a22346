from __future__ import annotations

import pytest

from tradewind.domain.commands import CancelOrder
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.venues.exchange.framing import Unpacker, client_words, packed, server_words
from tradewind.venues.exchange.protocol import Beat, Hello, Request, Taken

WORDS = [
    Hello(1, "private", "main", "me", 7),
    Request(3, CancelOrder(ClientOrderId("tw-1"), InstrumentId("sim:X"))),
    Taken(1, 2, 3),
    Beat(5, 6),
]


@pytest.mark.parametrize("size", [1, 3, 7, 1_000])
def test_words_come_whole_however_they_were_cut(size: int) -> None:
    data, unpacker = b"".join(map(packed, WORDS)), Unpacker(client_words)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [word for piece in pieces for word in unpacker.feed(piece)] == WORDS


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 8, packed(Hello(1, "private"))[:4] + b"\x00" * 64]
)
def test_what_is_no_frame_of_ours_is_told_as_that(data: bytes) -> None:
    with pytest.raises(VenueProtocolError):
        list(Unpacker(server_words).feed(data))
