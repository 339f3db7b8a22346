"""What is asked of Binance: nothing that was superseded (as documented in November 2026), and all is served here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.exchange.binance.rig import Rig
from tradewind.venues.binance.calls import CALLS, OF_CONNECTION
from tradewind.venues.binance.product import Product, routes_of
from tradewind.venues.binance.rest import VERSIONS

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")
SUPERSEDED = (
    "/api/v1/", "/api/v3/userDataStream", "/fapi/v1/account", "/fapi/v2/account", "/fapi/v1/balance",
    "/fapi/v2/balance", "/fapi/v1/positionRisk", "/fapi/v2/positionRisk",
)  # fmt: skip
"""Listen keys of spot were removed in February 2026; of an account's three calls on USD-M the third version counts."""


@pytest.mark.parametrize("product", Product)
def test_lesson_115_no_endpoint_that_was_superseded_is_asked_and_each_is_served_here(
    product: Product, tmp_path: Path
) -> None:
    served = Rig(tmp_path).face(futures=product is Product.USDM).paths
    for name, way in CALLS[product].items():
        if name not in OF_CONNECTION:
            assert not way.path.startswith(SUPERSEDED), name
            assert (way.verb, way.path) in served, name


def test_lesson_115_what_is_asked_once_and_streams_have_their_newest_places() -> None:
    assert VERSIONS == {"account": "/fapi/v3/", "balance": "/fapi/v3/", "positionRisk": "/fapi/v3/"}
    places = routes_of(["btcusdt@kline_1m", "btcusdt@depth@100ms"], Product.USDM)
    assert places == {"/market": ["btcusdt@kline_1m"], "/public": ["btcusdt@depth@100ms"]}
