"""What `tradewind doctor --venue binance` asks, with the keys of a configuration or without; it changes nothing.

Whether it can be reached, how far its clock is off, whether prices are those of the account's market, what a key may
do, which filters orders meet, how much of the request budget is used, and what is open there that no session of ours
has opened.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tradewind.app.binance_account import keys_of
from tradewind.app.cli.doctor_machine import Check, Level
from tradewind.app.config.binance import BinanceData, BinanceTrading, wrong_prices
from tradewind.domain.errors import ConfigError, VenueError
from tradewind.domain.money import plain
from tradewind.domain.time import NS_PER_MS
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance import hosts
from tradewind.venues.binance.parse_rest import TRADES, rules_for
from tradewind.venues.binance.product import Product, wire_symbol
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.wire_rest import Account, ExchangeInfo, KeyRights, Order, ServerTime
from tradewind.venues.binance.wire_usdm_rest import PositionRisk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.config import Config
    from tradewind.venues.binance.errands import Keys

SKEW_WARN_NS, SKEW_FAIL_NS = 500 * NS_PER_MS, 5_000 * NS_PER_MS
"""A request that is older than its recvWindow (5 s) when it arrives is refused (-1021)."""
SLOW_NS = 1_000 * NS_PER_MS
USED_WARN = 0.5
"""The part of a request budget from which another session on this address would soon be without."""
OURS = re.compile(r"tw[A-Za-z0-9]*-")
"""How our client order ids begin."""


def check_binance(config: Config | None) -> list[Check]:
    """Ask the Binance that a configuration names, or the live one; what does not answer ends the list."""
    trading = config.trading if config is not None and isinstance(config.trading, BinanceTrading) else None
    data = config.market_data if config is not None and isinstance(config.market_data, BinanceData) else None
    product = trading.product if trading is not None else (data and data.product) or Product.SPOT
    doors = trading.doors if trading is not None else hosts.LIVE if data is None else data.doors(None)
    rest = Rest(doors.rest, product)
    checks: list[Check] = [] if trading is None or data is None else [_prices(data, trading)]
    try:
        checks.extend(_reached(rest, doors.rest))
        checks.extend(_listed(rest, config))
        if trading is not None:
            checks.extend(_account(rest, trading))
        checks.append(_budget(rest))
    except (VenueError, ConfigError) as error:
        checks.append(Check("binance", Level.FAIL, error.message, "see the address, the keys, and the network"))
    finally:
        rest.close()
    return checks


def _prices(data: BinanceData, trading: BinanceTrading) -> Check:
    """Say whether what is decided on is what is traded: a testnet has prices of its own."""
    of, at = data.doors(trading.doors).rest, trading.doors.rest
    if (wrong := wrong_prices(data, trading)) is not None:
        return Check("prices", Level.FAIL, f"of {of}, and orders of real money go to {at}", wrong)
    if of != at:
        mend = "orders fill at other prices than they are decided on: leave market_data.config's place out"
        return Check("prices", Level.WARN, f"of {of}, and orders go to {at}", mend)
    return Check("prices", Level.OK, f"of {of}, where orders go")


def _reached(rest: Rest, address: str) -> Iterator[Check]:
    rest.get("time", {}, ServerTime)  # the first answer is late by the handshake
    sent = time.perf_counter_ns()
    rest.get("time", {}, ServerTime)
    took = time.perf_counter_ns() - sent
    offset = ClockOffset()
    rest.compare_clocks(offset)
    slow = "a session on a machine nearer to the venue hears and acts sooner" if took > SLOW_NS else ""
    yield Check("binance", Level.WARN if slow else Level.OK, f"{address} answers in {took / NS_PER_MS:.0f} ms", slow)
    skew = abs(offset.ns)
    level = Level.FAIL if skew >= SKEW_FAIL_NS else Level.WARN if skew >= SKEW_WARN_NS else Level.OK
    mend = "" if level is Level.OK else "let NTP set this machine's clock: `timedatectl set-ntp true`"
    yield Check("venue clock", level, f"{offset.ns / NS_PER_MS:+.0f} ms against ours", mend)


def _listed(rest: Rest, config: Config | None) -> Iterator[Check]:
    info: ExchangeInfo = rest.get("exchangeInfo", {}, ExchangeInfo)
    found = {each.symbol: each for each in info.symbols}
    open_now = sum(each.status == TRADES for each in info.symbols)
    yield Check("symbols", Level.OK, f"{len(found)} listed, {open_now} of them open")
    told = {} if config is None else {each.symbol: each for each in config.instruments}
    for symbol in () if config is None else config.engine.symbols:
        listed = found.get(wire_symbol(symbol, rest.product))
        if listed is None:
            yield Check(symbol, Level.FAIL, "is not listed", "engine.symbols: another name, or another market")
            continue
        if listed.status != TRADES:
            yield Check(symbol, Level.FAIL, f"takes no orders now ({listed.status})", "wait, or leave it out")
            continue
        rules = rules_for(listed)
        least = "" if rules.value is None else f", least value {plain(rules.value.least)}"
        price, lot = rules.price, rules.lot
        text = f"price step {plain(price.step)}, quantity step {plain(lot.step)}, least {plain(lot.least)}{least}"
        entry = told.get(symbol)
        steps = () if entry is None else (("tick", entry.tick, rules.price.step), ("lot", entry.lot, rules.lot.step))
        wrong = [
            f"instruments: {name} is {ours}, there {plain(theirs)}"
            for name, ours, theirs in steps
            if ours is not None and theirs and ours % theirs
        ]
        mend = "; ".join(wrong)
        yield Check(symbol, Level.FAIL if wrong else Level.OK, text, mend and f"{mend}: orders would be refused")


def _account(rest: Rest, trading: BinanceTrading) -> Iterator[Check]:
    keys, offset = keys_of(trading), ClockOffset()
    rest.compare_clocks(offset)
    yield from _rights(rest, keys, offset)
    if rest.product is Product.SPOT:
        account: Account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
        level = Level.OK if account.can_trade else Level.FAIL
        yield Check("account", level, f"{len(account.balances)} assets, trading {'on' if account.can_trade else 'off'}")
    else:
        rows: list[PositionRisk] = rest.get_signed("positionRisk", {}, list[PositionRisk], keys, offset)
        held = [f"{row.symbol} {row.position_amt}" for row in rows if float(row.position_amt)]
        mend = "a session adopts them under their own owner; close them there if they should not be" if held else ""
        yield Check("positions", Level.WARN if held else Level.OK, ", ".join(held) or "none", mend)
    orders: list[Order] = rest.get_signed("openOrders", {}, list[Order], keys, offset)
    foreign = [each for each in orders if not OURS.match(each.client_order_id)]
    text = f"{len(orders)} open, {len(foreign)} of them not of a session of ours"
    mend = (
        "they count as exposure and are left alone; `tradewind control cancel-all` takes them back" if foreign else ""
    )
    yield Check("open orders", Level.WARN if foreign else Level.OK, text, mend)


def _rights(rest: Rest, keys: Keys, offset: ClockOffset) -> Iterator[Check]:
    """Say what the key may do; only spot's live servers tell, so elsewhere it is not known."""
    name = "API key"
    if rest.product is not Product.SPOT:
        yield Check(name, Level.WARN, "USD-M does not tell what a key may do", "see it on Binance's page of keys")
        return
    try:
        rights: KeyRights = rest.get_signed("sapi/v1/account/apiRestrictions", {}, KeyRights, keys, offset)
    except VenueError as error:
        yield Check(name, Level.WARN, f"its rights are not told: {error.message}", "see Binance's page of keys")
        return
    if rights.enable_withdrawals:
        yield Check(name, Level.FAIL, "may withdraw", "switch withdrawals off for this key: no session needs them")
    if not rights.enable_spot_and_margin_trading:
        yield Check(name, Level.FAIL, "may not trade", "switch on: Enable Spot & Margin Trading")
    if not rights.ip_restrict:
        yield Check(name, Level.WARN, "may be used from any address", "restrict it to this machine's address")
    elif not rights.enable_withdrawals and rights.enable_spot_and_margin_trading:
        yield Check(name, Level.OK, "may trade, may not withdraw, and from one address only")


def _budget(rest: Rest) -> Check:
    shares = rest.budget.shares(rest.now())
    text = ", ".join(f"{kind} {used:,} of {limit:,}" for kind, used, limit in shares) or "not told"
    high = any(used >= USED_WARN * limit for _, used, limit in shares)
    mend = "something else on this address asks much: stop it before a session starts" if high else ""
    return Check("request budget", Level.WARN if high else Level.OK, text, mend)
