"""Further protocols that an exchange is spoken to in, put onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.exchange.account import Account
    from tradewind.exchange.flow import Flow
    from tradewind.exchange.history import Tape
    from tradewind.exchange.server import Exchange


def speak_binance(  # noqa: PLR0913 - an exchange and its parts
    exchange: Exchange,
    tape: Tape,
    accounts: Sequence[Account],
    flow: Flow | None,
    *,
    port: int,
    speed: float,
    with_faults: bool,
) -> None:
    """Let an exchange speak Binance's protocol at a port of 127.0.0.1, 0 for any that is free."""
    try:
        from tradewind.exchange.binance.server import BinanceServer, Face
    except ImportError as error:
        raise ConfigError(f"Binance's protocol needs `pip install 'tradewind[exchange]'` ({error})") from None
    from tradewind.exchange.binance import routes as spot
    from tradewind.exchange.binance.floor import SPOT, TradingFloor
    from tradewind.exchange.binance.keys import KeyRing, own_key
    from tradewind.exchange.binance.limits import Limits
    from tradewind.exchange.binance.usdm import routes as usdm
    from tradewind.exchange.binance.usdm.product import FUTURES

    trades = None if flow is None else flow.trades
    faces = []
    for product, paths, methods in ((SPOT, spot.PATHS, spot.METHODS), (FUTURES, usdm.PATHS, usdm.METHODS)):
        limits = Limits() if product is SPOT else Limits(weight_max=2400, orders_10s_max=300)
        floor = TradingFloor(exchange.conductor, tape, accounts, trades, limits, product=product)
        exchange.conductor.witnesses.append(floor)
        faces.append(Face(floor, paths, methods))
    keys = KeyRing(own_key(account.name) for account in accounts)
    exchange.dialects.append(BinanceServer(faces[0], faces[1], keys, port, speed, with_faults=with_faults))
