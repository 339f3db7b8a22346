"""Binance as the input of a live session: asked once, before the session is put together; and the way of its orders."""

from __future__ import annotations

import heapq
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.app.binance_account import BUDGETS, budget_of, spot_account
from tradewind.app.binance_market import Hearing, as_heard, market_of
from tradewind.app.binance_usdm import usdm_account
from tradewind.app.bootstrap import Input, history_start
from tradewind.app.config.binance import BinanceTrading
from tradewind.app.session.lease import folder_of
from tradewind.app.sources import with_settings
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import Interval, iso
from tradewind.venues._net.offset import ClockOffset, VenueClock
from tradewind.venues.binance.history import Klines
from tradewind.venues.binance.parse_rest import TRADES, instrument_of
from tradewind.venues.binance.product import Product, wire_symbol
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.rules import unknown_in
from tradewind.venues.binance.weights import UNIT_NS, Limit
from tradewind.venues.binance.wire_rest import ExchangeInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from tradewind.app.binance_account import BinanceAccount
    from tradewind.app.config import Config
    from tradewind.app.config.binance import BinanceData
    from tradewind.app.session.resume_point import ResumePoint
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock, MarketData
    from tradewind.venues.binance.requests import Params
    from tradewind.venues.binance.wire_rest import SymbolInfo

INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
log = structlog.get_logger(__name__)


def at_binance(config: Config, data: BinanceData) -> Input:
    """Ask Binance what it has; raise `VenueUnavailable` if nobody answers, `ConfigError` for what it has not."""
    if config.engine.interval not in INTERVALS:
        raise ConfigError(
            f"engine.interval: Binance has bars of {', '.join(INTERVALS)}; not of {config.engine.interval}"
        )
    interval = Interval.parse(config.engine.interval)
    trading = config.trading if isinstance(config.trading, BinanceTrading) else None
    product = _product(data, trading)
    doors = data.doors(None if trading is None else trading.doors)
    shared = folder_of(config) / BUDGETS
    rest = Rest(doors.rest, product, budget=budget_of(shared, doors.rest, product), patient=True)
    try:
        clock, infos, instruments, account = _looked_at(config, trading, rest)
    except BaseException:
        rest.close()
        raise
    rest.be_quick()
    begin = interval.floor(clock.now())
    warm_from = history_start(config, begin)
    names = {instrument.id: info.symbol for instrument, info in zip(instruments, infos.values(), strict=True)}
    klines = Klines(rest, names, interval, clock.now, _progress)

    def bars(start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        streams = [klines.bars(instrument.id, interval.label, start, end) for instrument in instruments]
        return as_heard(heapq.merge(*streams, key=lambda bar: bar.ts_venue))

    def source(since: TimeNs, wanted: Callable[[MarketEvent], bool]) -> tuple[MarketData, Clock]:
        for instrument in instruments:
            klines.expect(instrument.id, since)
        of = {symbol: name for name, symbol in names.items()}
        hearing = Hearing(interval.label, clock, klines, wanted, lambda: budget_of(shared, doors.rest, product))
        return market_of(data, doors, product, of, hearing), clock

    def go_on(point: ResumePoint) -> Input:
        since = min(interval.floor(point.places.earliest() or begin), begin)
        return replace(
            given,
            warmup=lambda: point.places.seen(bars(point.since(min(warm_from, since)), begin), point.ts),
            source=lambda: source(since, point.places.teller()),
            start=min(point.since(warm_from), point.ts),
            trades_from=max(begin, point.ts),
            warms_up=True,
            way_out=None if account is None else account.way_out(infos, clock, point.ts),
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
        described=f"Binance {product.value} at {doors.rest} from {iso(begin)}",
        warms_up=warm_from < begin,
        source=lambda: source(begin, lambda _: True),
        go_on=go_on,
        account=None if account is None else account.there,
        way_out=None if account is None else account.way_out(infos, clock),
    )
    return given


def _looked_at(
    config: Config, trading: BinanceTrading | None, rest: Rest
) -> tuple[VenueClock, dict[str, SymbolInfo], tuple[Instrument, ...], BinanceAccount | None]:
    """Look at the venue: its time, what it lists, and the account; this is where a start waits for a ban to end."""
    offset = ClockOffset()
    rest.compare_clocks(offset)
    clock = VenueClock(time.time_ns, offset.ns)
    rest.go_by(clock.now)
    infos, limits = _listed(config, rest)
    instruments = tuple(_instrument(config, symbol, info, rest.product) for symbol, info in infos.items())
    if trading is None:
        return clock, infos, instruments, None
    account = (spot_account if rest.product is Product.SPOT else usdm_account)(config, trading, instruments)
    account.budget.learn(limits)
    return clock, infos, account.instruments, account


def _product(data: BinanceData, trading: BinanceTrading | None) -> Product:
    """Return which market a session is on; raise `ConfigError` if data and orders are of two."""
    if trading is None:
        return data.product or Product.SPOT
    if data.product not in (None, trading.product):
        raise ConfigError(
            f"market_data.config.market: these are prices of {data.config.market}, and orders go to "
            f"{trading.product.value}; say the same for both"
        )
    return trading.product


def _listed(config: Config, rest: Rest) -> tuple[dict[str, SymbolInfo], list[Limit]]:
    """Return what Binance says of each of the session's symbols, and its limits; all that is wrong is told at once."""
    wanted: dict[str, str] = {}
    for symbol in config.engine.symbols:
        try:
            wanted[symbol] = wire_symbol(symbol, rest.product)
        except ValueError as error:
            raise ConfigError(f"engine.symbols: {error}") from None
    asked: Params = {}
    if rest.product is Product.SPOT:
        asked["symbols"] = msgspec.json.encode(list(wanted.values())).decode()
    info: ExchangeInfo = rest.get("exchangeInfo", asked, ExchangeInfo)
    limits = _limits(info)
    rest.budget.learn(limits)
    found = {each.symbol: each for each in info.symbols}
    missing = [symbol for symbol, name in wanted.items() if name not in found]
    if missing:
        raise ConfigError(f"engine.symbols: Binance does not trade {', '.join(missing)}")
    dated = [f"{name} ({found[name].contract_type})" for name in wanted.values() if not _is_perpetual(found[name])]
    if dated:
        raise ConfigError(f"engine.symbols: of contracts, perpetual ones alone can be traded; not {', '.join(dated)}")
    if isinstance(config.trading, BinanceTrading):
        _check_filters((found[name] for name in wanted.values()), config.trading.config.filters_passed_over)
    halted = [f"{name} ({found[name].status})" for name in wanted.values() if found[name].status != TRADES]
    if halted:
        log.warning("takes no new orders now", symbols=", ".join(halted))
    return {symbol: found[name] for symbol, name in wanted.items()}, limits


def _check_filters(infos: Iterable[SymbolInfo], passed_over: Collection[str]) -> None:
    """Raise `ConfigError` for filters that nobody has read: orders could break a rule that is not known here."""
    unknown = {name: info.symbol for info in infos for name in unknown_in(info.filters)}
    if new := sorted(unknown.keys() - set(passed_over)):
        told = ", ".join(f"{name} (of {unknown[name]})" for name in new)
        raise ConfigError(
            f"trading.config.filters_passed_over: Binance has filters that this version does not know: {told}; look "
            "what they ask for, and name them here to begin all the same"
        )


def _is_perpetual(info: SymbolInfo) -> bool:
    """Tell whether a symbol is a pair of spot, or a contract that does not end: no other is understood here."""
    return not info.contract_type or info.contract_type.endswith("PERPETUAL")


def _limits(info: ExchangeInfo) -> list[Limit]:
    return [
        Limit(each.rate_limit_type, UNIT_NS[each.interval] * each.interval_num, each.limit)
        for each in info.rate_limits
        if each.interval in UNIT_NS and each.rate_limit_type in ("REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS")
    ]


def _instrument(config: Config, symbol: str, info: SymbolInfo, product: Product) -> Instrument:
    told = next((entry for entry in config.instruments if entry.symbol == symbol), None)
    found = with_settings(instrument_of(info, product), told)
    return msgspec.structs.replace(found, symbol=symbol)


def _progress(instrument: InstrumentId, count: int) -> None:
    log.info("history", instrument=instrument, bars=count)
