"""Binance spot and USD-M, over sockets to the local exchange, do what every venue must: the cards of the contract."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import FUTURES, Venue, serve
from tests.e2e.test_binance_usdm import config as session_of
from tradewind.app.binance_account import spot_account
from tradewind.app.binance_usdm import usdm_account
from tradewind.app.config.binance import BinanceTrading
from tradewind.domain.money import money_context
from tradewind.testing.contract import CARDS, Stage
from tradewind.venues._net.offset import ClockOffset, VenueClock
from tradewind.venues.binance.parse_rest import instrument_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.wire_rest import ExchangeInfo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Market:
    """Market data that have a price and nothing else."""

    def last_price(self, _: object) -> float:
        return 30_000.0


@pytest.mark.parametrize("product", Product)
def test_every_card_is_played(product: Product, tmp_path: Path) -> None:
    for venue in serve(tmp_path, "--speed", "1", **({} if product is Product.SPOT else {"config": FUTURES})):
        with money_context():
            assert asyncio.run(played(venue, product, tmp_path)) == [card.id for card in CARDS]


async def played(venue: Venue, product: Product, folder: Path) -> list[str]:
    """Play every card at an account of the exchange; return the ids of those that were not skipped."""
    told = session_of(folder, venue.port, venue.key, venue.secret)
    tree: Any = told.trading.model_dump()
    keys: dict[str, Any] = {"api_key": venue.key, "secret_key": venue.secret, "market": product.value}
    if product is Product.SPOT:
        keys |= {"leverage": None, "margin_type": None}
    trading = BinanceTrading.model_validate(tree | {"config": tree["config"] | keys})
    rest, offset = Rest(f"http://127.0.0.1:{venue.port}", product), ClockOffset()
    rest.compare_clocks(offset)
    info: ExchangeInfo = rest.get("exchangeInfo", {}, ExchangeInfo)
    symbol = next(each for each in info.symbols if each.symbol == "BTCUSDT")
    price = float(rest.get("ticker/price", {"symbol": "BTCUSDT"}, dict[str, Any])["price"])
    rest.close()
    account_of = spot_account if product is Product.SPOT else usdm_account
    account = account_of(told, trading, (instrument_of(symbol, product),))
    market: Any = Market()
    way = account.way_out({"BTCUSDT": symbol}, VenueClock(time.time_ns, offset.ns))(market, {})
    coin = account.instruments[0]
    stage = Stage(way, coin, price, coin.quantity("0.02"), frozenset({"stop", "post_only"}))
    async with stage.listening():
        for card in CARDS:
            if not card.skipped_by(stage):
                await card.play(stage)
    return [card.id for card in CARDS if not card.skipped_by(stage)]
