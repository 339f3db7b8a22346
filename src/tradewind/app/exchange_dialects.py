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
    exchange: Exchange, tape: Tape, accounts: Sequence[Account], flow: Flow | None, *, port: int, speed: float
) -> None:
    """Let an exchange speak Binance's protocol at a port of 127.0.0.1, 0 for any that is free."""
    try:
        from tradewind.exchange.binance.server import BinanceServer
    except ImportError as error:
        raise ConfigError(f"Binance's protocol needs `pip install 'tradewind[exchange]'` ({error})") from None
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import KeyRing, own_key
    from tradewind.exchange.binance.limits import Limits

    floor = TradingFloor(exchange.conductor, tape, accounts, None if flow is None else flow.trades, Limits())
    exchange.conductor.witnesses.append(floor)
    keys = KeyRing(own_key(account.name) for account in accounts)
    exchange.dialects.append(BinanceServer(floor, keys, port, speed))
