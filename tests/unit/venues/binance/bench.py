"""An order desk on the bench: what it sends is kept, and can be answered."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.unit.venues.binance.test_filters import SPOT as FILTERS
from tests.unit.venues.binance.test_parse_account import REPORT
from tests.unit.venues.binance.test_requests import LIMIT
from tradewind.domain.commands import CancelOrder, QueryOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.testing.builders import instrument
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance.calls import Call
from tradewind.venues.binance.desk import Desk
from tradewind.venues.binance.errands import Errands, Keys
from tradewind.venues.binance.holdings import Holdings
from tradewind.venues.binance.listing import Listing
from tradewind.venues.binance.opening import Opening
from tradewind.venues.binance.rules import rules_of
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wishes import Wishes

if TYPE_CHECKING:
    from tradewind.venues.binance.out import Out

D = Decimal
T0 = 1_719_360_000 * NS_PER_SECOND
BTC = InstrumentId("binance:BTCUSDT")
ID = ClientOrderId("tw-000001")
KEYS = Keys("the-key", HmacSigner("the-secret"))
PLACE, CANCEL, ASK = SubmitOrder(LIMIT), CancelOrder(ID, BTC), QueryOrder(ID, BTC)


class Bench:
    """A desk, and the frames that it wants to send, with their ids."""

    def __init__(self, *, opened: bool = True, can_log_on: bool = False) -> None:
        self.clock = VenueClock(lambda: T0, 0)
        coin = instrument(symbol="BTCUSDT")
        self.holdings = Holdings([coin], {}, lambda _: 61_000.0)
        listing = Listing("BTCUSDT", rules_of(FILTERS), ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT"))
        self.errands = Errands(KEYS, recv_window_ms=5_000, patience_ns=10 * NS_PER_SECOND)
        wishes = Wishes({BTC: listing}, self.holdings)
        self.desk = Desk(wishes, self.errands, Opening(self.clock, can_log_on=can_log_on))
        self.sent: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        if opened:
            self.do(self.desk.open(T0))
            self.answer({"serverTime": T0 // NS_PER_MS})
            self.answer({"subscriptionId": 0})
            assert self.desk.is_open

    def do(self, out: Out) -> Out:
        self.sent += [json.loads(frame) for frame in out.frames if isinstance(frame, bytes)]
        self.calls += [frame for frame in out.frames if isinstance(frame, Call)]
        return out

    def take(self, wish: Any, now: int = T0) -> Out:
        return self.do(self.desk.take(wish, now))

    def hear(self, frame: dict[str, Any], now: int = T0) -> Out:
        return self.do(self.desk.hear(json.dumps(frame).encode(), now))

    def answer(self, result: Any, *, place: int = -1, now: int = T0) -> Out:
        return self.hear({"id": self.sent[place]["id"], "status": 200, "result": result}, now)

    def fail(self, code: int, msg: str, *, status: int = 400, place: int = -1, data: Any = None, now: int = T0) -> Out:
        error = {"code": code, "msg": msg} | ({} if data is None else {"data": data})
        return self.hear({"id": self.sent[place]["id"], "status": status, "error": error}, now)

    def report(self, now: int = T0, **more: Any) -> Out:
        return self.hear({"subscriptionId": 0, "event": REPORT | more}, now)


def order(**more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "orderId": 42, "orderListId": -1, "clientOrderId": ID, "transactTime": T0 // NS_PER_MS,
        "price": "61000.1", "origQty": "0.01", "executedQty": "0.00", "status": "NEW", "timeInForce": "GTC",
        "type": "LIMIT", "side": "BUY", "updateTime": T0 // NS_PER_MS,
    } | more  # fmt: skip


def names(out: Out) -> list[str]:
    return [type(event).__name__ for event in out.events]
