"""What Binance says of an account on USD-M: the events of its stream.

https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams. Amounts are texts, times
milliseconds.
"""

from __future__ import annotations

import msgspec


class OrderBody(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s", "client_id": "c", "side": "S", "type": "o", "tif": "f", "quantity": "q", "price": "p",
        "average_price": "ap", "stop_price": "sp", "execution": "x", "status": "X", "order_id": "i",
        "last_quantity": "l", "filled": "z", "last_price": "L", "fee_asset": "N", "fee": "n", "time": "T",
        "trade_id": "t", "maker": "m", "reduce_only": "R", "working_type": "wt", "original_type": "ot",
        "position_side": "ps", "close_all": "cp", "realized": "rp", "activation": "AP", "callback": "cr",
        "stp_mode": "V", "price_match": "pm", "good_till": "gtd", "expiry_reason": "er",
    },
):  # fmt: skip
    """The order of an `OrderTradeUpdate`."""

    symbol: str
    client_id: str
    side: str
    type: str
    tif: str
    quantity: str
    price: str
    stop_price: str | None
    execution: str
    status: str
    order_id: int
    last_quantity: str
    filled: str
    last_price: str
    time: int
    trade_id: int
    maker: bool
    reduce_only: bool
    position_side: str
    average_price: str = "0"
    fee: str | None = None
    fee_asset: str | None = None
    working_type: str = "CONTRACT_PRICE"
    original_type: str = ""
    close_all: bool = False
    realized: str = "0"
    activation: str | None = None
    callback: str | None = None
    stp_mode: str | None = None
    price_match: str | None = None
    good_till: int | None = None
    expiry_reason: int | str | None = None


class OrderTradeUpdate(msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "time": "T", "order": "o"}):
    """`ORDER_TRADE_UPDATE`: one event in the life of an order.

    `{"e":"ORDER_TRADE_UPDATE","E":1719360000012,"T":1719360000011,"o":{"s":"BTCUSDT","c":"tw-000001","S":"BUY",
    "o":"LIMIT","f":"GTC","q":"0.01","p":"61800","ap":"0","sp":"0","x":"NEW","X":"NEW","i":42,"l":"0","z":"0","L":"0",
    "T":1719360000011,"t":0,"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH",
    "cp":false,"rp":"0","V":"NONE","pm":"NONE","gtd":0,"er":"0"}}`
    """

    event_time: int
    time: int
    order: OrderBody


class WalletChange(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"asset": "a", "wallet": "wb", "cross_wallet": "cw", "change": "bc"},
):
    """One asset of an `AccountUpdate`; `bc` is what changed without profit and fee: funding, deposits."""

    asset: str
    wallet: str
    cross_wallet: str
    change: str


class PositionChange(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s", "amount": "pa", "entry": "ep", "break_even": "bep", "realized": "cr", "unrealized": "up",
        "margin": "mt", "isolated_wallet": "iw", "side": "ps",
    },
):  # fmt: skip
    """One position of an `AccountUpdate`, as it is now; `pa` is signed."""

    symbol: str
    amount: str
    entry: str
    side: str
    break_even: str = "0"
    realized: str = "0"
    unrealized: str = "0"
    margin: str = "cross"
    isolated_wallet: str = "0"


class AccountChange(msgspec.Struct, frozen=True, gc=False, rename={"reason": "m", "balances": "B", "positions": "P"}):
    """What an `AccountUpdate` tells."""

    reason: str
    """ORDER, FUNDING_FEE, DEPOSIT, WITHDRAW, ADJUSTMENT, MARGIN_TRANSFER …"""
    balances: tuple[WalletChange, ...] = ()
    positions: tuple[PositionChange, ...] = ()


class AccountUpdate(msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "time": "T", "account": "a"}):
    """`ACCOUNT_UPDATE`: what has changed, and nothing else.

    `{"e":"ACCOUNT_UPDATE","E":1719360000012,"T":1719360000011,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"1000","cw":
    "1000","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"0.01","ep":"61800","bep":"61824","cr":"0","up":"0","mt":"cross","iw":
    "0","ps":"BOTH"}]}}`
    """

    event_time: int
    time: int
    account: AccountChange


class TradeLite(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "time": "T", "symbol": "s", "quantity": "q", "price": "p", "maker": "m", "client_id": "c",
        "side": "S", "last_price": "L", "last_quantity": "l", "trade_id": "t", "order_id": "i",
    },
):  # fmt: skip
    """`TRADE_LITE`: a fill, a little earlier than `ORDER_TRADE_UPDATE` tells it; never booked, it has no fee.

    `{"e":"TRADE_LITE","E":1719360000012,"T":1719360000011,"s":"BTCUSDT","q":"0.01","p":"0","m":false,"c":"tw-000001",
    "S":"BUY","L":"61805.9","l":"0.01","t":77,"i":42}`
    """

    event_time: int
    time: int
    symbol: str
    quantity: str
    price: str
    maker: bool
    client_id: str
    side: str
    last_price: str
    last_quantity: str
    trade_id: int
    order_id: int
