"""Binance as the input of a live session: asked once, before the session is put together; and the way of its orders."""

from __future__ import annotations

import hashlib
import heapq
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.app.bootstrap import AccountThere, Input, history_start
from tradewind.app.config.binance import BinanceTrading
from tradewind.app.sources import with_settings
from tradewind.domain.account import AccountKind
from tradewind.domain.errors import ConfigError
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import FeeSchedule
from tradewind.domain.money import BPS, exact
from tradewind.domain.time import NS_PER_SECOND, Interval, iso
from tradewind.venues._net.offset import ClockOffset, VenueClock
from tradewind.venues.binance.desk import Desk
from tradewind.venues.binance.errands import Errands, Keys
from tradewind.venues.binance.history import Klines
from tradewind.venues.binance.holdings import Holdings
from tradewind.venues.binance.opening import Opening
from tradewind.venues.binance.parse_rest import TRADES, balances_of, instrument_of, rules_for
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.product import Product, kline_stream, wire_symbol
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import signer_of
from tradewind.venues.binance.stream import BinanceMarket
from tradewind.venues.binance.venue import BinanceVenue
from tradewind.venues.binance.weights import UNIT_NS, Limit
from tradewind.venues.binance.wire_rest import Account, ExchangeInfo
from tradewind.venues.binance.wishes import Listing, Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from tradewind.app.config import Config
    from tradewind.app.config.binance import BinanceData
    from tradewind.app.session.resume_point import ResumePoint
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock, MarketData, Venue
    from tradewind.venues.binance.wire_rest import SymbolInfo

INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
log = structlog.get_logger(__name__)


def account_name(trading: BinanceTrading) -> str:
    """Return the name of an account without its key: who has the same key has the same name."""
    digest = hashlib.sha256(trading.config.api_key.get_secret_value().encode()).hexdigest()
    return f"binance {trading.doors.rest} {digest[:12]}"


def at_binance(config: Config, data: BinanceData) -> Input:
    """Ask Binance what it has; raise `VenueUnavailable` if nobody answers, `ConfigError` for what it has not."""
    if config.engine.interval not in INTERVALS:
        raise ConfigError(
            f"engine.interval: Binance has bars of {', '.join(INTERVALS)}; not of {config.engine.interval}"
        )
    interval = Interval.parse(config.engine.interval)
    doors = data.doors(config.trading.doors if isinstance(config.trading, BinanceTrading) else None)
    rest, offset = Rest(doors.rest), ClockOffset()
    rest.compare_clocks(offset)
    clock = VenueClock(time.time_ns, offset.ns)
    infos = _listed(config, rest)
    instruments = tuple(_instrument(config, symbol, info) for symbol, info in infos.items())
    account = _account(config, instruments) if isinstance(config.trading, BinanceTrading) else None
    if account is not None:
        instruments = tuple(msgspec.structs.replace(each, fees=account.fees(each.fees)) for each in instruments)
    begin = interval.floor(clock.now())
    warm_from = history_start(config, begin)
    names = {instrument.id: info.symbol for instrument, info in zip(instruments, infos.values(), strict=True)}
    klines = Klines(rest, names, interval, clock.now, _progress)

    def bars(start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        streams = [klines.bars(instrument.id, interval.label, start, end) for instrument in instruments]
        return heapq.merge(*streams, key=lambda bar: bar.ts_venue)

    def source(since: TimeNs, wanted: Callable[[MarketEvent], bool]) -> tuple[MarketData, Clock]:
        for instrument in instruments:
            klines.expect(instrument.id, since)
        settings = data.config
        streams = [kline_stream(info.symbol, interval.label) for info in infos.values()]
        market = BinanceMarket(
            doors.stream, streams, {symbol: name for name, symbol in names.items()}, clock,
            klines=klines, wanted=wanted,
            patience=Patience(silent_seconds=settings.silent_seconds, rotate_seconds=settings.rotate_seconds),
        )  # fmt: skip
        return market, clock

    def go_on(point: ResumePoint) -> Input:
        since = min(interval.floor(point.places.earliest() or begin), begin)
        return replace(
            given,
            warmup=lambda: point.places.seen(bars(point.since(min(warm_from, since)), begin), point.ts),
            source=lambda: source(since, point.places.teller()),
            start=min(point.since(warm_from), point.ts),
            trades_from=max(begin, point.ts),
            warms_up=True,
        )

    given = Input(
        instruments=instruments,
        interval=interval,
        warmup=lambda: bars(warm_from, begin) if warm_from < begin else iter(()),
        events=lambda: (),
        history=klines,
        start=warm_from,
        trades_from=begin,
        rows=None,
        described=f"Binance spot at {doors.rest} from {iso(begin)}",
        warms_up=warm_from < begin,
        source=lambda: source(begin, lambda _: True),
        go_on=go_on,
        account=None if account is None else account.there,
        way_out=None if account is None else account.way_out(infos, instruments, clock),
    )
    return given


def _listed(config: Config, rest: Rest) -> dict[str, SymbolInfo]:
    """Return what Binance says of each of the session's symbols; all that are wrong are told at once."""
    wanted: dict[str, str] = {}
    for symbol in config.engine.symbols:
        try:
            wanted[symbol] = wire_symbol(symbol, Product.SPOT)
        except ValueError as error:
            raise ConfigError(f"engine.symbols: {error}") from None
    asked = msgspec.json.encode(list(wanted.values())).decode()
    info: ExchangeInfo = rest.get("exchangeInfo", {"symbols": asked}, ExchangeInfo)
    rest.budget.learn(_limits(info))
    found = {each.symbol: each for each in info.symbols}
    missing = [symbol for symbol, name in wanted.items() if name not in found]
    if missing:
        raise ConfigError(f"engine.symbols: Binance does not trade {', '.join(missing)}")
    halted = [f"{name} ({found[name].status})" for name in wanted.values() if found[name].status != TRADES]
    if halted:
        log.warning("takes no new orders now", symbols=", ".join(halted))
    return {symbol: found[name] for symbol, name in wanted.items()}


def _limits(info: ExchangeInfo) -> list[Limit]:
    return [
        Limit(each.rate_limit_type, UNIT_NS[each.interval] * each.interval_num, each.limit)
        for each in info.rate_limits
        if each.interval in UNIT_NS and each.rate_limit_type in ("REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS")
    ]


def _instrument(config: Config, symbol: str, info: SymbolInfo) -> Instrument:
    told = next((entry for entry in config.instruments if entry.symbol == symbol), None)
    found = with_settings(instrument_of(info, Product.SPOT), told)
    return msgspec.structs.replace(found, symbol=symbol)


def _progress(instrument: InstrumentId, count: int) -> None:
    log.info("history", instrument=instrument, bars=count)


class _Account:
    """The account that the session's key opens."""

    def __init__(
        self, config: Config, trading: BinanceTrading, answer: Account, keys: Keys, assets: set[Asset]
    ) -> None:
        self._trading = trading
        self._answer = answer
        self._keys = keys
        self._assets = frozenset(assets)
        owned = tuple(each for each in balances_of(answer.balances) if each.asset in assets)
        self.there = AccountThere(account_name(trading), AccountKind.CASH, owned)
        self._base = Asset(config.engine.base_currency)

    def fees(self, told: FeeSchedule) -> FeeSchedule:
        """Return the fees that Binance takes of this account."""
        rates = self._answer.commission_rates
        return told if rates is None else FeeSchedule(exact(rates.maker) / BPS, exact(rates.taker) / BPS)

    def way_out(
        self, infos: Mapping[str, SymbolInfo], instruments: tuple[Instrument, ...], clock: VenueClock
    ) -> Callable[[MarketData, Mapping[Asset, Decimal]], Venue]:
        """Return what makes the venue of orders, for market data that are heard and what was owned before."""
        settings = self._trading.config
        listings = {
            each.id: Listing(info.symbol, rules_for(info), info.order_types)
            for each, info in zip(instruments, infos.values(), strict=True)
        }

        def venue(market: MarketData, before: Mapping[Asset, Decimal]) -> Venue:
            assert isinstance(market, BinanceMarket)
            patience = Patience(answer_seconds=settings.answer_seconds, wait_seconds=settings.wait_seconds)
            errands = Errands(
                self._keys,
                recv_window_ms=settings.recv_window_ms, patience_ns=int(patience.answer_seconds * NS_PER_SECOND),
            )  # fmt: skip
            holdings = Holdings(instruments, before, market.last_price, self._assets)
            opening = Opening(clock, can_log_on=self._keys.signer.can_log_on)
            desk = Desk(Wishes(listings, holdings), errands, opening)
            return BinanceVenue(desk, self._trading.doors.api, clock, patience)

        return venue


def _account(config: Config, instruments: tuple[Instrument, ...]) -> _Account:
    """Look at the account; raise `VenueAuthError` if the key opens none, `ConfigError` if it may not trade."""
    trading = config.trading
    assert isinstance(trading, BinanceTrading)
    password = trading.config.secret_key_password
    signer = signer_of(
        trading.config.secret_key.get_secret_value(), None if password is None else password.get_secret_value()
    )
    keys, rest, offset = (
        Keys(trading.config.api_key.get_secret_value(), signer),
        Rest(trading.doors.rest),
        ClockOffset(),
    )
    try:
        rest.compare_clocks(offset)
        answer: Account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
    finally:
        rest.close()
    if not answer.can_trade:
        raise ConfigError("trading.config.api_key: this account may not trade")
    if answer.can_withdraw:
        log.warning("the key may be able to withdraw: switch withdrawals off for it")
    assets = {Asset(config.engine.base_currency)}
    assets |= {asset for each in instruments for asset in (each.base, each.quote)}
    return _Account(config, trading, answer, keys, assets)
