"""Further protocols that an exchange is spoken to in, put onto it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.app.exchange_serving import Service
    from tradewind.exchange.account import Account
    from tradewind.exchange.flow import Flow
    from tradewind.exchange.history import Tape
    from tradewind.exchange.kept_requests import Notetaker
    from tradewind.exchange.server import Exchange

NO_LIMIT = 10**9


def speak_binance(
    exchange: Exchange, tape: Tape, accounts: Sequence[Account], flow: Flow | None, service: Service
) -> dict[str, Notetaker]:
    """Let an exchange speak Binance's protocol at a port of 127.0.0.1, 0 for any that is free.

    Return who writes notes of requests, by the name that stands with them.
    """
    try:
        from tradewind.exchange.binance.server import BinanceServer, Face
    except ImportError as error:
        raise ConfigError(f"Binance's protocol needs `pip install 'tradewind[exchange]'` ({error})") from None
    from tradewind.exchange.binance import routes as spot
    from tradewind.exchange.binance.floor import SPOT, TradingFloor
    from tradewind.exchange.binance.key_file import opened, read_keys
    from tradewind.exchange.binance.keys import KeyRing, own_key
    from tradewind.exchange.binance.limits import Limits
    from tradewind.exchange.binance.usdm import routes as usdm
    from tradewind.exchange.binance.usdm.product import FUTURES

    trades = None if flow is None else flow.trades
    assert service.binance is not None
    assert exchange.conductor.speed is not None
    faces = []
    for product, paths, methods in ((SPOT, spot.PATHS, spot.METHODS), (FUTURES, usdm.PATHS, usdm.METHODS)):
        limits = Limits() if product is SPOT else Limits(weight_max=2400, orders_10s_max=300)
        if not service.with_limits:
            limits = Limits(weight_max=NO_LIMIT, orders_10s_max=NO_LIMIT, orders_day_max=NO_LIMIT)
        floor = TradingFloor(exchange.conductor, tape, accounts, trades, limits, product=product)
        if any(True for _ in floor.symbols) or product is SPOT:  # the clock goes by the first
            exchange.conductor.witnesses.append(floor)
        faces.append(Face(floor, paths, methods))
    names = [account.name for account in accounts]
    keys = map(own_key, names) if service.keys is None else opened(read_keys(service.keys), names)
    exchange.dialects.append(
        BinanceServer(
            faces[0], faces[1], KeyRing(keys), port=service.binance, speed=exchange.conductor.speed,
            with_faults=service.with_faults, admin_token=service.admin_token or secrets.token_urlsafe(16),
            tells_secrets=service.keys is None,
        )
    )  # fmt: skip
    return {face.floor.prefix: face.floor for face in faces}
