from __future__ import annotations

import pytest

from tradewind.venues._net.address import Address, parse_address


def test_a_socket_or_a_port_of_this_machine() -> None:
    assert parse_address("/tmp/x", None) == Address(socket="/tmp/x")
    assert parse_address(None, "tcp://127.0.0.1:7777") == Address(port=7777)
    assert str(parse_address(None, "tcp://localhost:7777")) == "tcp://127.0.0.1:7777"


@pytest.mark.parametrize(
    ("socket", "url", "why"),
    [
        (None, None, "one of them"),
        ("/tmp/x", "tcp://127.0.0.1:1", "one of them"),
        (None, "tcp://10.0.0.1:7777", "this machine alone"),
        (None, "http://127.0.0.1:7777", "an url is like"),
        (None, "tcp://127.0.0.1", "an url is like"),
        (None, "tcp://127.0.0.1:99999", "an url is like"),
        ("/tmp/" + "x" * 200, None, "may have 100 bytes"),
    ],
)
def test_anything_else_is_refused_with_its_reason(socket: str | None, url: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_address(socket, url)
