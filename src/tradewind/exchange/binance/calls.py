"""A request as it is carried out, whichever way it came: who asks, with which parameters."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tradewind.exchange.binance.candles import BY_NAME
from tradewind.exchange.binance.refusals import bad_interval, bad_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tradewind.domain.time import Interval
    from tradewind.exchange.binance.dealer import Dealer
    from tradewind.exchange.binance.faults import Faults
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import ApiKey
    from tradewind.exchange.binance.market import Market
    from tradewind.exchange.binance.params import Params


@dataclass
class Call:
    """One request."""

    floor: TradingFloor
    params: Params
    address: str
    key: ApiKey | None = None
    order_counts: tuple[int, int] | None = field(default=None)
    """How many orders count by now, where the request was one."""
    with_limits: bool = True
    """Whether the answer over the WebSocket API tells of limits."""

    @property
    def dealer(self) -> Dealer:
        """The account that asks."""
        if self.key is None or self.key.account not in self.floor.dealers:
            raise bad_key()
        return self.floor.dealers[self.key.account]

    @property
    def market(self) -> Market:
        """The market of the symbol that must be given."""
        return self.floor.market(self.params.symbol(self.floor.symbols))

    def interval(self) -> Interval:
        """Return the interval that must be given, and that the klines here can have."""
        found = BY_NAME.get(self.params.need("interval"))
        base = next(iter(self.floor.markets.values())).candles.base
        if found is None or not (found == base or found.is_made_of(base)):
            raise bad_interval()
        return found

    def count_order(self) -> None:
        """Count an order that is to be placed."""
        self.order_counts = self.floor.limits.order(self.dealer.account.name, self.floor.now())


def carried_out(call: Call, operation: Operation, faults: Faults) -> object:
    """Carry an order or a cancel out, with what was made to go wrong with it; the result may have to be waited for."""
    faults.before_order()
    result = operation(call)
    if inspect.iscoroutine(result):
        return _later(result, faults)
    faults.after_order()
    return result


async def _later(result: Awaitable[object], faults: Faults) -> object:
    told = await result
    faults.after_order()
    return told


if TYPE_CHECKING:
    Operation = Callable[[Call], object | Awaitable[object]]
    """What carries a request out; it returns the result."""
