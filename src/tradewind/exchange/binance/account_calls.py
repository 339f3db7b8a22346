"""What an account has, what it has traded, and what it may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.executions import Execution
    from tradewind.exchange.binance.tickets import Wire

NOTHING = amount(ZERO)


def account(call: Call) -> Wire:
    """Return balances and rights."""
    without_zero = call.params.flag("omitZeroBalances")
    call.params.all_read()
    dealer, floor = call.dealer, call.floor
    held = {str(each.asset): each for each in dealer.balances()}
    assets = {asset: None for symbol in floor.symbols for asset in (symbol.base, symbol.quote)} | dict.fromkeys(held)
    balances = []
    for asset in assets:
        each = held.get(asset)
        free, locked = (ZERO, ZERO) if each is None else (each.free, each.locked)
        if free or locked or not without_zero:
            balances.append({"asset": asset, "free": amount(free), "locked": amount(locked)})
    fees = next(iter(floor.symbols)).instrument.fees
    assert call.key is not None
    return {
        "makerCommission": int(fees.maker_bps), "takerCommission": int(fees.taker_bps), "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": amount(fees.rate(maker=True)), "taker": amount(fees.rate(maker=False)), "buyer": NOTHING,
            "seller": NOTHING,
        },
        "canTrade": call.key.may_trade, "canWithdraw": call.key.may_withdraw, "canDeposit": False, "brokered": False,
        "requireSelfTradePrevention": False, "preventSor": False, "updateTime": dealer.outcomes.updated // NS_PER_MS,
        "accountType": "SPOT", "balances": balances, "permissions": ["SPOT"],
        "uid": list(floor.dealers).index(dealer.account.name) + 1,
    }  # fmt: skip


def restrictions(call: Call) -> Wire:
    """Return what the key that asks may do."""
    call.params.all_read()
    assert call.key is not None
    trade, withdraw = call.key.may_trade, call.key.may_withdraw
    return {
        "ipRestrict": False, "createTime": 0, "enableReading": call.key.may_read,
        "enableWithdrawals": withdraw, "enableInternalTransfer": False, "enableMargin": False,
        "enableFutures": trade, "permitsUniversalTransfer": False, "enableVanillaOptions": False,
        "enableFixApiTrade": False, "enableFixReadOnly": False, "enableSpotAndMarginTrading": trade,
        "enablePortfolioMarginTrading": False,
    }  # fmt: skip


def my_trades(call: Call) -> list[Wire]:
    """Return fills of a symbol, from a number, an order or a time on."""
    chosen = fills_asked_for(call)
    call.params.all_read()
    return [fill.row() for fill in chosen]


def fills_asked_for(call: Call, span_ms: int | None = None) -> list[Execution]:
    """Return the fills that a question for trades names: of a symbol, from a number, an order or a time on.

    With `span_ms` a question from a time on is answered for so long alone.
    """
    params = call.params
    symbol, order, first = params.symbol(call.floor.symbols), params.integer("orderId"), params.integer("fromId")
    start, end, limit = params.integer("startTime"), params.integer("endTime"), params.limit(500, 1000)
    if span_ms is not None and start is not None:
        end = start + span_ms if end is None else min(end, start + span_ms)
    found = [
        fill
        for fill in call.dealer.outcomes.fills
        if fill.ticket.symbol is symbol
        and (order is None or fill.ticket.number == order)
        and (first is None or fill.number >= first)
        and (start is None or fill.ts // NS_PER_MS >= start)
        and (end is None or fill.ts // NS_PER_MS <= end)
    ]
    return found[-limit:] if first is None and start is None else found[:limit]


def commission(call: Call) -> Wire:
    """Return what a symbol costs."""
    symbol = call.params.symbol(call.floor.symbols)
    call.params.all_read()
    fees = symbol.instrument.fees
    none = {"maker": NOTHING, "taker": NOTHING, "buyer": NOTHING, "seller": NOTHING}
    standard = none | {"maker": amount(fees.rate(maker=True)), "taker": amount(fees.rate(maker=False))}
    discount = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": NOTHING}
    return {
        "symbol": symbol.name, "standardCommission": standard, "specialCommission": none, "taxCommission": none,
        "discount": discount,
    }  # fmt: skip


def order_counts(call: Call) -> list[Wire]:
    """Return how many orders count."""
    call.params.all_read()
    return call.floor.limits.orders_listed(call.dealer.account.name, call.floor.now())


def none_at_all(call: Call) -> list[Wire]:
    """Return the empty list: of what this exchange never has."""
    call.params.symbol_if_any(call.floor.symbols)
    return []
