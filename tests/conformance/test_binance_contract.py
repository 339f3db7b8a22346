"""Binance spot and USD-M, over sockets to the local exchange, do what every venue must: the cards of the contract."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.test_binance_faults import TOKEN, press
from tests.conformance.venue import FUTURES, Venue, serving
from tests.e2e.test_binance_usdm import config as session_of
from tradewind.app.binance_account import spot_account
from tradewind.app.binance_usdm import usdm_account
from tradewind.app.config.binance import BinanceTrading
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MINUTE, Interval
from tradewind.testing.contract import ABILITIES, CARDS, Stage, played
from tradewind.venues._net.offset import ClockOffset, VenueClock
from tradewind.venues.binance import hosts
from tradewind.venues.binance.history import Klines
from tradewind.venues.binance.parse_rest import instrument_of
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.product import Product, routes_of, streams_of
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.routed import RoutedMarket
from tradewind.venues.binance.stream import BinanceMarket
from tradewind.venues.binance.wire_rest import ExchangeInfo, SymbolInfo
from tradewind.venues.registry import VENUES

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.order import OrderType, TimeInForce

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Market:
    """Market data that have a price and nothing else."""

    def last_price(self, _: object) -> float:
        return 30_000.0


KINDS = frozenset({"clock", "filters", "stop", "stop_limit", "trailing_stop", "post_only", "ioc", "amend"})
ROW = VENUES["binance-paper"]
SPEED = 60
"""Of the exchange whose market is heard: its minute is a second."""


@pytest.mark.parametrize("product", Product)
def test_lesson_55_and_61_every_card_of_orders_is_played(product: Product, tmp_path: Path) -> None:
    options = ("--speed", "1", "--faults", "--admin-token", TOKEN)
    more = {} if product is Product.SPOT else {"config": FUTURES}
    with serving(tmp_path, *options, **more) as venue, money_context():
        found, taken = asyncio.run(orders(venue, product, tmp_path))
        skipped = {card: why for card, why in found.items() if why}
        reduces = {} if product is Product.USDM else {"TC-14": ABILITIES["reduce_only"]}
        assert taken == {(kind, tif) for kind in ROW.order_types for tif in ROW.tif}, "as its row of the table says"
        assert skipped == reduces | {card.id: ABILITIES["bars"] for card in CARDS if card.id.startswith("TM")}


async def orders(
    venue: Venue, product: Product, folder: Path
) -> tuple[dict[str, str], set[tuple[OrderType, TimeInForce]]]:
    """Play the cards at an account of the exchange; return what was skipped, and the kinds of orders it has taken."""
    told = session_of(folder, venue.port, venue.key, venue.secret)
    tree: Any = told.trading.model_dump()
    keys: dict[str, Any] = {"api_key": venue.key, "secret_key": venue.secret, "market": product.value}
    if product is Product.SPOT:
        keys |= {"leverage": None, "margin_type": None}
    trading = BinanceTrading.model_validate(tree | {"config": tree["config"] | keys})
    symbol, price, offset = listing(venue, product)
    account_of = spot_account if product is Product.SPOT else usdm_account
    account = account_of(told, trading, (instrument_of(symbol, product),))
    market: Any = Market()
    way = account.way_out({"BTCUSDT": symbol}, VenueClock(time.time_ns, offset.ns))(market, {})

    async def pressed(kind: str, **fields: Any) -> None:
        async with aiohttp.ClientSession() as session:
            await press(session, Wire(session, venue), kind, **fields)

    coin = account.instruments[0]
    can = KINDS if product is Product.SPOT else KINDS | {"reduce_only"}
    stage = Stage(
        way, coin, price, coin.quantity("0.02"), can,
        break_link=lambda: pressed("disconnect", link="private"), lose_answer=lambda: pressed("timeout", count=1),
    )  # fmt: skip
    return await played(CARDS, stage), stage.taken


def listing(venue: Venue, product: Product) -> tuple[SymbolInfo, float, ClockOffset]:
    """Return what the exchange lists of a symbol, its price, and how far its clock is from ours."""
    rest, offset = Rest(f"http://127.0.0.1:{venue.port}", product), ClockOffset()
    rest.compare_clocks(offset)
    info: ExchangeInfo = rest.get("exchangeInfo", {}, ExchangeInfo)
    symbol = next(each for each in info.symbols if each.symbol == "BTCUSDT")
    price = float(rest.get("ticker/price", {"symbol": "BTCUSDT"}, dict[str, Any])["price"])
    rest.close()
    return symbol, price, offset


@pytest.mark.parametrize("product", Product)
def test_lesson_132_every_card_of_the_market_is_played_at_a_server(product: Product, tmp_path: Path) -> None:
    more = {} if product is Product.SPOT else {"config": FUTURES}
    with serving(tmp_path, "--speed", str(SPEED), **more) as venue:
        found = asyncio.run(market(venue, product))
        told = {card.id for card in CARDS if card.id.startswith("TM")}
        assert {card for card, why in found.items() if not why} == told - {"TM-04"}, "forming bars are not asked for"


async def market(venue: Venue, product: Product) -> dict[str, str]:
    """Play the cards at the exchange's market."""
    symbol, price, offset = listing(venue, product)
    coin, base = instrument_of(symbol, product), f"http://127.0.0.1:{venue.port}"
    clock = VenueClock(time.time_ns, offset.ns)
    klines = Klines(Rest(base, product), {coin.id: "BTCUSDT"}, Interval.parse("1m"), clock.now)
    klines.expect(coin.id, clock.now() // NS_PER_MINUTE * NS_PER_MINUTE)
    names = streams_of(["BTCUSDT"], "1m", product, ("trades", "quotes"))
    parts = [
        BinanceMarket(
            f"{hosts.at(base, product).stream}{path}", streams, {"BTCUSDT": coin.id}, clock,
            klines=klines if "btcusdt@kline_1m" in streams else None, patience=Patience(),
        )
        for path, streams in routes_of(names, product).items()
    ]  # fmt: skip
    stage = Stage(
        None, coin, price, can=frozenset({"trades", "quotes"}), history=klines,
        market=parts[0] if len(parts) == 1 else RoutedMarket(parts),
    )  # fmt: skip
    return await played(CARDS, stage)
