"""What Binance says of conditional orders on USD-M, which a service of their own keeps until they are triggered.

https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams/Event-Algo-Order-Update
"""

from __future__ import annotations

import msgspec


class AlgoBody(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "client_id": "caid", "algo_id": "aid", "kind": "at", "type": "o", "symbol": "s", "side": "S",
        "position_side": "ps", "tif": "f", "quantity": "q", "status": "X", "order_id": "ai", "average_price": "ap",
        "filled": "aq", "actual_type": "act", "trigger": "tp", "price": "p", "stp_mode": "V", "working_type": "wt",
        "price_match": "pm", "close_all": "cp", "price_protect": "pP", "reduce_only": "R", "triggered": "tt",
        "good_till": "gtd", "reason": "rm",
    },
):  # fmt: skip
    """The order of an `AlgoUpdate`."""

    client_id: str
    algo_id: int
    kind: str
    type: str
    symbol: str
    side: str
    position_side: str
    tif: str
    quantity: str
    status: str
    """NEW, TRIGGERING, TRIGGERED, FINISHED; CANCELED, EXPIRED, REJECTED."""
    trigger: str
    price: str
    reduce_only: bool
    order_id: str = ""
    """From TRIGGERED on: the order that it has become, whose own events tell its fills."""
    average_price: str = "0"
    filled: str = "0"
    actual_type: str = ""
    stp_mode: str = "NONE"
    working_type: str = "CONTRACT_PRICE"
    price_match: str = "NONE"
    close_all: bool = False
    price_protect: bool = False
    triggered: int = 0
    good_till: int = 0
    reason: str = ""


class AlgoUpdate(msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "time": "T", "order": "o"}):
    """`ALGO_UPDATE`: one event in the life of a conditional order.

    `{"e":"ALGO_UPDATE","E":1719360000012,"T":1719360000011,"o":{"caid":"tw-000003","aid":7,"at":"CONDITIONAL","o":
    "STOP_MARKET","s":"BTCUSDT","S":"SELL","ps":"BOTH","f":"GTC","q":"0.01","X":"NEW","ai":"","ap":"0","aq":"0",
    "act":"0","tp":"61000","p":"0","V":"NONE","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":true,"tt":0,
    "gtd":0,"rm":""}}`
    """

    event_time: int
    time: int
    order: AlgoBody
