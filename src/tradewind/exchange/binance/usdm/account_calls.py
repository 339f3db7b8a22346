"""What a futures account has: balances, positions, margins, settings; and the keys of its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, exact
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.symbols import amount
from tradewind.exchange.binance.usdm.words import mark_of, next_funding
from tradewind.exchange.sides import short_of

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Wire

NOTHING = amount(ZERO)
NOTIONAL_MAX = "9000000"


class Figures:
    """One position with what is reckoned of it, at the mark price."""

    def __init__(self, call: Call, symbol: Symbol, side: str) -> None:
        self.symbol, self.side = symbol, side
        name = short_of(symbol.id) if side == "SHORT" else symbol.id
        position = call.dealer.account.venue.account.portfolio.totals[name]
        self.quantity, self.entry = position.quantity, position.average_price
        mark = mark_of(call.floor.market(symbol))
        self.mark = ZERO if mark is None else exact(mark)
        instrument = symbol.instrument
        self.notional = instrument.notional(self.quantity, self.mark)
        self.profit = position.unrealized(self.mark) if self.quantity and self.mark else ZERO
        self.initial = abs(self.notional) * instrument.margin_initial
        self.maintenance = abs(self.notional) * instrument.margin_maintenance
        close = call.dealer.account.venue.account.close_out_price(name, *(3 * (float(self.mark),)))
        self.liquidation = close if self.quantity and close is not None else ZERO
        self.leverage = leverage_of(call, symbol)


def leverage_of(call: Call, symbol: Symbol) -> int:
    """Return the leverage that is set; the margin is the instrument's, whatever is set."""
    return call.dealer.settings.leverage.get(symbol.name, int(1 / symbol.instrument.margin_initial))


def _all(call: Call) -> list[Figures]:
    symbol = call.params.symbol_if_any(call.floor.symbols)
    sides = ("LONG", "SHORT") if call.dealer.settings.has_sides else ("BOTH",)
    wanted = [symbol] if symbol is not None else call.floor.symbols
    return [Figures(call, each, side) for each in wanted for side in sides]


def held_of(call: Call, symbol: Symbol, side: str) -> Decimal:
    """Return the signed position that an account has in a contract: BOTH, LONG or SHORT."""
    return call.dealer.account.venue.account.position(short_of(symbol.id) if side == "SHORT" else symbol.id)


def position_risk(call: Call) -> list[Wire]:
    """Return every position with its margins."""
    return [_risk(call, each) for each in _all(call)]


def position_risk_v3(call: Call) -> list[Wire]:
    """Return the positions that are open, with their margins."""
    return [_risk(call, each) | _margins(each) for each in _all(call) if each.quantity]


def _risk(call: Call, each: Figures) -> Wire:
    return {
        "symbol": each.symbol.name, "positionAmt": amount(each.quantity), "entryPrice": amount(each.entry),
        "breakEvenPrice": amount(each.entry), "markPrice": amount(each.mark), "unRealizedProfit": amount(each.profit),
        "liquidationPrice": amount(each.liquidation), "leverage": str(each.leverage), "maxNotionalValue": NOTIONAL_MAX,
        "marginType": "cross", "isolatedMargin": NOTHING, "isAutoAddMargin": "false", "positionSide": each.side,
        "notional": amount(each.notional), "isolatedWallet": NOTHING,
        "updateTime": call.dealer.outcomes.updated // NS_PER_MS, "marginAsset": each.symbol.quote, "adl": 0,
    }  # fmt: skip


def _margins(each: Figures) -> Wire:
    return {
        "initialMargin": amount(each.initial), "maintMargin": amount(each.maintenance),
        "positionInitialMargin": amount(each.initial), "openOrderInitialMargin": NOTHING, "bidNotional": NOTHING,
        "askNotional": NOTHING,
    }  # fmt: skip


def account(call: Call) -> Wire:
    """Return balances, margins and positions."""
    positions = _all(call)
    profit, initial, maintenance = (
        sum((getattr(each, name) for each in positions), ZERO) for name in ("profit", "initial", "maintenance")
    )
    wallets = {str(each.asset): each.total for each in call.dealer.balances()}
    quotes = {each.symbol.quote for each in positions}
    wallet = sum((total for asset, total in wallets.items() if asset in quotes), ZERO)
    available = max(wallet + profit - initial, ZERO)
    updated = call.dealer.outcomes.updated // NS_PER_MS
    totals = {
        "totalInitialMargin": initial, "totalMaintMargin": maintenance, "totalWalletBalance": wallet,
        "totalUnrealizedProfit": profit, "totalMarginBalance": wallet + profit, "totalPositionInitialMargin": initial,
        "totalOpenOrderInitialMargin": ZERO, "totalCrossWalletBalance": wallet, "totalCrossUnPnl": profit,
        "availableBalance": available, "maxWithdrawAmount": available,
    }  # fmt: skip
    assets = [_asset(asset, total, positions, updated) for asset, total in wallets.items()]
    flags = {"feeTier": 0, "canTrade": True, "canDeposit": False, "canWithdraw": False, "updateTime": updated,
             "multiAssetsMargin": False, "tradeGroupId": -1}  # fmt: skip
    rows = [_position(each, updated) for each in positions]
    return {**flags, **{name: amount(value) for name, value in totals.items()}, "assets": assets, "positions": rows}


def _asset(asset: str, wallet: Decimal, positions: list[Figures], updated: int) -> Wire:
    ours = [each for each in positions if each.symbol.quote == asset]
    profit, initial = sum((each.profit for each in ours), ZERO), sum((each.initial for each in ours), ZERO)
    available = amount(max(wallet + profit - initial, ZERO))
    return {
        "asset": asset, "walletBalance": amount(wallet), "unrealizedProfit": amount(profit),
        "marginBalance": amount(wallet + profit), "maintMargin": amount(sum((e.maintenance for e in ours), ZERO)),
        "initialMargin": amount(initial), "positionInitialMargin": amount(initial), "openOrderInitialMargin": NOTHING,
        "crossWalletBalance": amount(wallet), "crossUnPnl": amount(profit), "availableBalance": available,
        "maxWithdrawAmount": available, "marginAvailable": True, "updateTime": updated,
    }  # fmt: skip


def _position(each: Figures, updated: int) -> Wire:
    return {
        "symbol": each.symbol.name, "unrealizedProfit": amount(each.profit), "leverage": str(each.leverage),
        "isolated": False, "entryPrice": amount(each.entry), "breakEvenPrice": amount(each.entry),
        "maxNotional": NOTIONAL_MAX, "positionSide": each.side, "positionAmt": amount(each.quantity),
        "notional": amount(each.notional), "isolatedWallet": NOTHING, "isolatedMargin": NOTHING, "updateTime": updated,
    } | _margins(each)  # fmt: skip


def balance(call: Call) -> list[Wire]:
    """Return what the account owns, by asset."""
    positions, updated = _all(call), call.dealer.outcomes.updated // NS_PER_MS
    rows = [_asset(str(each.asset), each.total, positions, updated) for each in call.dealer.balances()]
    names = ("asset", "crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "marginAvailable")
    return [
        {"accountAlias": call.dealer.account.name, **{name: row[name] for name in names}, "updateTime": updated,
         "balance": row["walletBalance"]}
        for row in rows
    ]  # fmt: skip


def position_mode(call: Call) -> Wire:
    """Return whether long and short positions are held apart (hedge mode)."""
    return {"dualSidePosition": call.dealer.settings.has_sides}


def set_position_mode(call: Call) -> Wire:
    """Hold long and short positions apart, or not any more; only of an account without orders and positions."""
    wanted, dealer = call.params.need("dualSidePosition").lower(), call.dealer
    if wanted not in ("true", "false"):
        raise no.illegal("dualSidePosition", "true, false")
    if (wanted == "true") is dealer.settings.has_sides:
        raise no.WireError(-4059, "No need to change position side.")
    if dealer.orders.open_orders():
        raise no.WireError(-4067, "Position side cannot be changed if there exists open orders.")
    if any(position.quantity for position in dealer.account.venue.account.portfolio.totals.values()):
        raise no.WireError(-4068, "Position side cannot be changed if there exists position.")
    dealer.choose("sides", wanted)
    return {"code": 200, "msg": "success"}


def set_leverage(call: Call) -> Wire:
    """Note a leverage, up to the instrument's own."""
    symbol, wanted = call.params.symbol(call.floor.symbols), call.params.integer("leverage")
    if wanted is None:
        raise no.missing("leverage")
    if not 1 <= wanted <= int(1 / symbol.instrument.margin_initial):
        raise no.WireError(-4028, f"Leverage {wanted} is not valid")
    call.dealer.choose("leverage", str(wanted), symbol.name)
    return {"leverage": wanted, "maxNotionalValue": NOTIONAL_MAX, "symbol": symbol.name}


def set_margin_type(call: Call) -> Wire:
    """Refuse isolated margin; crossed is what there is."""
    call.params.symbol(call.floor.symbols)
    if call.params.need("marginType") == "CROSSED":
        raise no.WireError(-4046, "No need to change margin type.")
    raise no.WireError(-4084, "Method is not allowed currently. Upcoming soon.")


def symbol_config(call: Call) -> list[Wire]:
    """Return margin type and leverage by contract."""
    return [
        {"symbol": each.symbol.name, "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": each.leverage,
         "maxNotionalValue": NOTIONAL_MAX}
        for each in _all(call)
    ]  # fmt: skip


def leverage_brackets(call: Call) -> list[Wire]:
    """Return the one bracket of each contract."""
    return [
        {"symbol": each.symbol.name, "notionalCoef": 1.0, "brackets": [{
            "bracket": 1, "initialLeverage": int(1 / each.symbol.instrument.margin_initial),
            "notionalCap": int(NOTIONAL_MAX), "notionalFloor": 0,
            "maintMarginRatio": float(each.symbol.instrument.margin_maintenance), "cum": 0.0,
        }]}
        for each in _all(call)
    ]  # fmt: skip


def commission(call: Call) -> Wire:
    """Return what a contract costs."""
    symbol = call.params.symbol(call.floor.symbols)
    fees = symbol.instrument.fees
    return {
        "symbol": symbol.name, "makerCommissionRate": f"{fees.rate(maker=True):.6f}",
        "takerCommissionRate": f"{fees.rate(maker=False):.6f}",
    }  # fmt: skip


def premium_index(call: Call) -> Wire | list[Wire]:
    """Return mark prices, and when funding is due."""
    floor, now = call.floor, call.floor.now()

    def told(symbol: Symbol) -> Wire:
        market = floor.market(symbol)
        mark = amount(mark_of(market) or 0.0)
        return {
            "symbol": symbol.name, "markPrice": mark, "indexPrice": mark, "estimatedSettlePrice": mark,
            "lastFundingRate": amount(market.funding_rate), "interestRate": "0.00010000",
            "nextFundingTime": next_funding(now) // NS_PER_MS, "time": now // NS_PER_MS,
        }  # fmt: skip

    one = call.params.symbol_if_any(floor.symbols)
    return told(one) if one is not None else [told(symbol) for symbol in floor.symbols]


def multi_assets_mode(_: Call) -> Wire:
    """Return whether several assets are collateral together: no."""
    return {"multiAssetsMargin": False}


def income(call: Call) -> list[Wire]:
    """Return funding that was paid or received: the newest, or with `startTime` the first ones since."""
    symbol, kind = call.params.symbol_if_any(call.floor.symbols), call.params.get("incomeType")
    if kind not in (None, "FUNDING_FEE"):
        return []
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    rows = [
        row
        for row in call.dealer.outcomes.funding
        if (symbol is None or row["symbol"] == symbol.name)
        and (start is None or int(str(row["time"])) >= start)
        and (end is None or int(str(row["time"])) <= end)
    ]
    count = call.params.limit(100, 1000)
    return rows[-count:] if start is None else rows[:count]


def new_listen_key(call: Call) -> Wire:
    """Return the key of the account's stream, a new one if there is none."""
    return {"listenKey": _lived_on(call)}


def keep_listen_key(call: Call) -> Wire:
    """Let the key of the account's stream live on."""
    if not call.floor.listen_keys.has(call.dealer.account.name, call.floor.now()):
        raise no.WireError(-1125, "This listenKey does not exist.")
    return {"listenKey": _lived_on(call)}


def _lived_on(call: Call) -> str:
    """Let the key of the account's stream live on, or make one; it outlives the exchange's process."""
    key = call.floor.listen_keys.of(call.dealer.account.name, call.floor.now())
    call.dealer.choose("stream", key)
    return key


def drop_listen_key(call: Call) -> Wire:
    """Let the key of the account's stream end."""
    call.floor.listen_keys.drop(call.dealer.account.name)
    return {}
