"""What Binance answers to requests about an account on USD-M, where spot has nothing like it.

https://developers.binance.com/docs/derivatives/usds-margined-futures. Amounts are texts, times milliseconds.
"""

from __future__ import annotations

import msgspec  # noqa: TC002 - the types are read when answers are decoded

from tradewind.venues.binance.wire_rest import Answer


class Wallet(Answer, frozen=True):
    """A row of `GET balance` on USD-M.

    `{"asset":"USDT","balance":"122607.35","crossWalletBalance":"23.7","crossUnPnl":"0","availableBalance":"23.7"}`
    """

    asset: str
    balance: str
    available_balance: str = "0"
    cross_wallet_balance: str = "0"


class PositionRisk(Answer, frozen=True):
    """A row of `GET positionRisk` on USD-M; `positionAmt` is signed."""

    symbol: str
    position_amt: str
    entry_price: str
    position_side: str = "BOTH"
    mark_price: str = "0"
    liquidation_price: str = "0"


class PositionMode(Answer, frozen=True):
    """`{"dualSidePosition":true}`: hedge mode, or one-way."""

    dual_side_position: bool


class Income(Answer, frozen=True):
    """A row of `GET income` on USD-M: funding is booked by its `tranId`, once."""

    income_type: str
    income: str
    asset: str
    time: int
    tran_id: int | str
    symbol: str = ""


class AlgoOrder(Answer, frozen=True):
    """A conditional order of USD-M: the answer to `algoOrder`, and a row of `openAlgoOrders`."""

    algo_id: int
    client_algo_id: str
    algo_status: str = ""
    symbol: str = ""
    side: str = ""
    order_type: str = ""
    type: str = ""
    """Some answers say `type`, some `orderType`."""
    quantity: str = "0"
    price: str = "0"
    trigger_price: str = "0"
    position_side: str = "BOTH"
    reduce_only: bool = False
    create_time: int = 0
    update_time: int = 0
    actual_order_id: str = ""


class ListenKey(Answer, frozen=True):
    """`{"listenKey":"…"}`: as good as a password, and never shown."""

    listen_key: str

    def __repr__(self) -> str:
        return "<ListenKey>"


class SymbolSetting(Answer, frozen=True):
    """A row of `GET symbolConfig`: `{"symbol":"BTCUSDT","marginType":"CROSSED","leverage":21,…}`."""

    symbol: str
    leverage: int
    margin_type: str = "CROSSED"


class LeverageSet(Answer, frozen=True):
    """`{"leverage":21,"maxNotionalValue":"1000000","symbol":"BTCUSDT"}`."""

    symbol: str
    leverage: int


class Bracket(Answer, frozen=True):
    """How much margin a position of this size must keep; the ratio comes as a number."""

    maint_margin_ratio: msgspec.Raw
    notional_floor: float = 0


class Brackets(Answer, frozen=True):
    """A row of `GET leverageBracket`."""

    symbol: str
    brackets: tuple[Bracket, ...]


class CommissionRate(Answer, frozen=True):
    """`{"symbol":"BTCUSDT","makerCommissionRate":"0.0002","takerCommissionRate":"0.0004"}`, as fractions."""

    symbol: str
    maker_commission_rate: str
    taker_commission_rate: str


class Done(Answer, frozen=True):
    """`{"code":200,"msg":"success"}`: a setting was taken."""

    code: int = 200
    msg: str = ""
