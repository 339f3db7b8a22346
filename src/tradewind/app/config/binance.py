"""Binance in a configuration: the blocks market_data and trading, and where their doors are.

Whether an account is real is decided here, by the address alone: what is not known for a sandbox counts as real, and
only `binance-live` takes it, with both flags (`app/safety.py`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tradewind.venues.binance import hosts
from tradewind.venues.binance.product import Product
from tradewind.venues.registry.binance_settings import BinanceDataSettings, BinanceTradingSettings
from tradewind.venues.registry.fields import Settings, mistake


class BinanceData(Settings):
    """Market data of Binance's."""

    provider_type: Literal["binance"]
    config: BinanceDataSettings = BinanceDataSettings()
    """See `market_data.config` of binance."""

    def doors(self, account: hosts.Hosts | None) -> hosts.Hosts:
        """Return where its data come from: from where the account is, unless something else is said."""
        place = self.config.place
        if place is None and self.config.base_url is None and account is not None:
            return account
        return _doors(place or "live", self.config.base_url, self.product or Product.SPOT)

    @property
    def product(self) -> Product | None:
        """Return which market is named."""
        return None if self.config.market is None else Product(self.config.market)

    @model_validator(mode="after")
    def _has_an_address(self) -> BinanceData:
        _checked(self.config.place or "live", self.config.base_url, self.product or Product.SPOT)
        return self


class BinanceTrading(Settings):
    """Orders go to an account at Binance: on its testnet, or to a real one only with both live flags."""

    provider_type: Literal["binance-paper", "binance-live"]
    config: BinanceTradingSettings
    """See `trading.config` of binance-paper."""

    @property
    def doors(self) -> hosts.Hosts:
        """Return where the account is."""
        return _doors(self._environment, self.config.base_url, self.product)

    @property
    def product(self) -> Product:
        """Return which market it trades on."""
        return Product(self.config.market)

    @property
    def is_real(self) -> bool:
        """Return whether real money stands behind it."""
        return self.provider_type == "binance-live"

    @property
    def _environment(self) -> str:
        return self.config.environment or ("live" if self.is_real else "testnet")

    @model_validator(mode="after")
    def _is_as_real_as_it_says(self) -> BinanceTrading:
        doors = _checked(self._environment, self.config.base_url, self.product)
        key = "environment" if self.config.base_url is None else "base_url"
        if hosts.is_real(doors) and not self.is_real:
            raise mistake(f"money may be real at {doors.rest}: binance-paper goes to a testnet or to this machine", key)
        if self.is_real and not hosts.is_real(doors):
            raise mistake(f"nothing is real at {doors.rest}: say binance-paper", key)
        return self


def wrong_prices(data: BinanceData, trading: BinanceTrading) -> str | None:
    """Return what to change if real money would be traded on prices of a testnet, or of this machine; None if not."""
    doors = data.doors(trading.doors)
    if not trading.is_real or hosts.is_real(doors):
        return None
    return (
        f"market_data.config: these are prices of {doors.rest}, and {trading.provider_type} trades real money: leave "
        "environment, use_testnet and base_url out"
    )


def _doors(environment: str, base_url: str | None, product: Product) -> hosts.Hosts:
    return hosts.named(environment, product) if base_url is None else hosts.at(base_url, product)


def _checked(environment: str, base_url: str | None, product: Product) -> hosts.Hosts:
    try:
        return _doors(environment, base_url, product)
    except ValueError as error:
        raise mistake(str(error), "environment" if base_url is None else "base_url") from None
