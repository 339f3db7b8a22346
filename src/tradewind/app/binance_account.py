"""The account at Binance that a session's key opens: looked at once, then the way of its orders. Here that of spot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import structlog

from tradewind.app.bootstrap import AccountThere
from tradewind.app.session.lease import folder_of
from tradewind.domain.account import AccountKind
from tradewind.domain.errors import ConfigError
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import FeeSchedule, InstrumentKind
from tradewind.domain.money import BPS, exact
from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues._net.shelf import Shelf
from tradewind.venues._net.web import Web
from tradewind.venues.binance.budgets import SharedBudget
from tradewind.venues.binance.desk import Desk
from tradewind.venues.binance.errands import Errands, Keys
from tradewind.venues.binance.holdings import Holdings
from tradewind.venues.binance.listing import Listing
from tradewind.venues.binance.opening import Opening
from tradewind.venues.binance.parse_rest import balances_of, rules_for
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.private import ListenKeys, PrivateStream
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import signer_of
from tradewind.venues.binance.venue import BinanceVenue
from tradewind.venues.binance.weights import LIMITS
from tradewind.venues.binance.wire_rest import Account
from tradewind.venues.binance.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal
    from pathlib import Path

    from tradewind.app.config import Config
    from tradewind.app.config.binance import BinanceTrading
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.ports import MarketData, Venue
    from tradewind.venues._net.offset import VenueClock
    from tradewind.venues.binance.weights import Budget
    from tradewind.venues.binance.wire_rest import SymbolInfo

    Told = Callable[[MarketData, Mapping[Asset, Decimal]], Venue]
    """Makes the venue of orders, for market data that are heard and what was owned before."""
    WishesFor = Callable[[dict[InstrumentId, Listing], Holdings], Wishes]
BNB = Asset("BNB")
UNHEARD_NS = NS_PER_HOUR
"""How late a charge may be told."""
BUDGETS = "binance"
"""Where in the folder of the state the budgets lie."""
log = structlog.get_logger(__name__)


def account_name(trading: BinanceTrading) -> str:
    """Return the name of an account without its key: who has the same key has the same name."""
    digest = hashlib.sha256(trading.config.api_key.get_secret_value().encode()).hexdigest()
    return f"binance {trading.doors.rest} {digest[:12]}"


def keys_of(trading: BinanceTrading) -> Keys:
    """Return the key that a configuration names; raise `ConfigError` for one that cannot sign."""
    password = trading.config.secret_key_password
    signer = signer_of(
        trading.config.secret_key.get_secret_value(), None if password is None else password.get_secret_value()
    )
    return Keys(trading.config.api_key.get_secret_value(), signer)


def budget_of(folder: Path, rest_url: str, product: Product, account: str = "") -> Budget:
    """Return the budget of an address and an account, shared by all processes of this machine that look in `folder`."""
    host = urlsplit(rest_url).netloc.replace(":", "_")
    by_account = Shelf(folder / f"orders {product.value} {account.rpartition(' ')[2]}.budget") if account else None
    return SharedBudget(LIMITS[product], Shelf(folder / f"weight {product.value} {host}.budget"), by_account)


def assets_of(config: Config, instruments: tuple[Instrument, ...]) -> frozenset[Asset]:
    """Return the assets that a session is about; a contract's base is none of them."""
    spot = (each.base for each in instruments if each.kind is not InstrumentKind.PERPETUAL)
    return frozenset({Asset(config.engine.base_currency), *spot, *(each.quote for each in instruments)})


def check_bnb(trading: BinanceTrading, assets: frozenset[Asset], held: Iterable[Asset]) -> None:
    """Raise `ConfigError` where fees may be taken in an asset that the session does not know: books would be wrong."""
    if trading.config.fees_in_bnb is not False and BNB in held and BNB not in assets:
        raise ConfigError(
            "trading.config.fees_in_bnb: the account holds BNB, and Binance may take fees of it, whose worth this "
            "session cannot know: add BNBUSDT to engine.symbols (spot), or switch fees in BNB off at Binance and say "
            "fees_in_bnb: false"
        )


@dataclass(frozen=True)
class BinanceAccount:
    """An account as it was found, and its instruments with the fees that are taken of it."""

    trading: BinanceTrading
    keys: Keys
    assets: frozenset[Asset]
    there: AccountThere
    instruments: tuple[Instrument, ...]
    wishes: Callable[[TimeNs], WishesFor]
    """For the time since which nobody has told what the account was charged."""
    budget: Budget

    def way_out(self, infos: Mapping[str, SymbolInfo], clock: VenueClock, stopped: TimeNs | None = None) -> Told:
        """Return what makes the venue of orders; `stopped` is when the session had stopped that goes on.

        What was charged since then is told: funding goes on while nobody trades. A little before it may not have been
        heard; what was is booked once, by its number.
        """
        since = clock.now() if stopped is None else stopped - UNHEARD_NS
        settings, doors, product = self.trading.config, self.trading.doors, self.trading.product
        patience = Patience(
            answer_seconds=settings.answer_seconds,
            wait_seconds=settings.wait_seconds,
            clock_seconds=settings.clock_seconds,
        )
        listings = {
            each.id: Listing(info.symbol, rules_for(info), info.order_types)
            for each, info in zip(self.instruments, infos.values(), strict=True)
        }

        def venue(market: MarketData, before: Mapping[Asset, Decimal]) -> Venue:
            price: Callable[[InstrumentId], float | None] = market.last_price  # type: ignore[attr-defined] # ours
            errands = Errands(
                self.keys, self.budget, product=product,
                recv_window_ms=settings.recv_window_ms, patience_ns=int(patience.answer_seconds * NS_PER_SECOND),
            )  # fmt: skip
            holdings = Holdings(self.instruments, before, price, self.assets)
            opening = Opening(clock, can_log_on=self.keys.signer.can_log_on, subscribes=product is Product.SPOT)
            desk = Desk(self.wishes(since)(listings, holdings), errands, opening)
            web = Web(doors.rest, patience.answer_seconds)
            private = None
            if product is Product.USDM:
                private = PrivateStream(ListenKeys(web, self.keys.api_key), doors.stream, patience)
            return BinanceVenue(desk, doors.api, clock, patience, web=web, private=private)

        return venue


def spot_account(config: Config, trading: BinanceTrading, instruments: tuple[Instrument, ...]) -> BinanceAccount:
    """Look at a spot account; raise `VenueAuthError` if the key opens none, `ConfigError` if it may not trade."""
    budget = budget_of(folder_of(config) / BUDGETS, trading.doors.rest, Product.SPOT, account_name(trading))
    keys, rest, offset = keys_of(trading), Rest(trading.doors.rest, budget=budget, patient=True), ClockOffset()
    try:
        rest.compare_clocks(offset)
        answer: Account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
    finally:
        rest.close()
    if not answer.can_trade:
        raise ConfigError("trading.config.api_key: this account may not trade")
    if answer.can_withdraw:
        log.warning("the key may be able to withdraw: switch withdrawals off for it")
    assets = assets_of(config, instruments)
    there_is = balances_of(answer.balances)
    check_bnb(trading, assets, {each.asset for each in there_is})
    owned = tuple(each for each in there_is if each.asset in assets)
    rates = answer.commission_rates
    if rates is not None:
        fees = FeeSchedule(exact(rates.maker) / BPS, exact(rates.taker) / BPS)
        instruments = tuple(msgspec.structs.replace(each, fees=fees) for each in instruments)
    there = AccountThere(account_name(trading), AccountKind.CASH, owned)
    return BinanceAccount(trading, keys, assets, there, instruments, lambda _: Wishes, budget)
