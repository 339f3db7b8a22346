"""Orders in the words of the algorithm API: amounts with a sign, values, shares of the equity, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyExecutionError, StrategyInitializationError
from tradewind.domain.money import exact
from tradewind.domain.order import Side
from tradewind.strategy.algorithm.records import AlgorithmOrder
from tradewind.strategy.algorithm.styles import ExecutionStyle, OCOOrder, style_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId
    from tradewind.strategy.algorithm.assets import Securities, Security
    from tradewind.strategy.context import Context
    from tradewind.strategy.terms import Number

CALLED = "called"
"""The phase in which an algorithm may order: its functions are being called by the session."""


class AlgorithmOrders:
    """What an algorithm can order. Amounts go down to the instrument's lot; nothing is cut to whole units."""

    def __init__(self) -> None:
        self.ctx: Context = None  # type: ignore[assignment] # given when the session starts
        self._assets: Securities = None  # type: ignore[assignment]
        self._phase = ""
        self._rivals = 0

    def order(
        self,
        asset: Security | str,
        amount: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Buy `amount` units, or sell if it is negative; return the order's id, None if there is nothing to do.

        Without prices and style it is a market order. Raise `StrategyInitializationError` in `initialize`.
        """
        return self._place(self._assets.named(asset), exact(amount), _chosen(limit_price, stop_price, style))

    def order_value(
        self,
        asset: Security | str,
        value: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Order as much as `value` of the asset's currency buys at the last price."""
        asset, chosen = self._assets.named(asset), _chosen(limit_price, stop_price, style)
        amount = self._amount_of(asset, exact(value))
        return None if amount is None else self._place(asset, amount, chosen)

    def order_percent(
        self,
        asset: Security | str,
        percent: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Order as much as a share of the portfolio's value buys: 0.5 is half of it."""
        value = self._value_of(self._assets.named(asset), percent)
        return None if value is None else self.order_value(asset, value, limit_price, stop_price, style)

    def order_target(
        self,
        asset: Security | str,
        target: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Order what is missing to a position of `target` units; what is on its way counts as there."""
        asset, chosen = self._assets.named(asset), _chosen(limit_price, stop_price, style)
        if isinstance(chosen, OCOOrder):
            return self._place(asset, exact(target) - self.ctx.committed(asset), chosen)
        self._may_speak()
        return self.ctx.target_quantity(target, asset, **chosen.terms)

    def order_target_value(
        self,
        asset: Security | str,
        target: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Order what is missing to a position worth `target` of the asset's currency at the last price."""
        asset = self._assets.named(asset)
        amount = self._amount_of(asset, exact(target))
        return None if amount is None else self.order_target(asset, amount, limit_price, stop_price, style)

    def order_target_percent(
        self,
        asset: Security | str,
        target: Number,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        style: ExecutionStyle | None = None,
    ) -> ClientOrderId | None:
        """Order what is missing to a position worth a share of the portfolio's value."""
        value = self._value_of(self._assets.named(asset), target)
        return None if value is None else self.order_target_value(asset, value, limit_price, stop_price, style)

    def batch_market_order(self, share_counts: Mapping[Any, Number]) -> list[ClientOrderId]:
        """Place market orders for amounts by asset; return the ids of those that were placed."""
        placed = [self.order(asset, amount) for asset, amount in dict(share_counts).items()]
        return [order for order in placed if order is not None]

    def cancel_order(self, order: AlgorithmOrder | ClientOrderId | str) -> None:
        """Take an order back."""
        self._may_speak()
        self.ctx.cancel(order.id if isinstance(order, AlgorithmOrder) else order)  # type: ignore[arg-type] # ids are text

    def get_order(self, order: AlgorithmOrder | ClientOrderId | str) -> AlgorithmOrder | None:
        """Return an order as it is now; None if risk refused it, or it is long gone."""
        known = self.ctx.order(order.id if isinstance(order, AlgorithmOrder) else order)  # type: ignore[arg-type]
        return None if known is None else AlgorithmOrder(known, self._assets.by_instrument[known.spec.instrument])

    def get_open_orders(self, asset: Security | str | None = None) -> Any:  # noqa: ANN401 - a list, or lists by asset
        """Return the open orders of an asset, oldest first; without one, those of all assets, by asset."""
        if asset is not None:
            named = self._assets.named(asset)
            return [AlgorithmOrder(order, named) for order in self.ctx.open_orders(named)]
        found: dict[Security, list[AlgorithmOrder]] = {}
        for order in self.ctx.open_orders():
            named = self._assets.by_instrument[order.spec.instrument]
            found.setdefault(named, []).append(AlgorithmOrder(order, named))
        return found

    def _place(self, asset: Security, amount: Decimal, style: ExecutionStyle) -> ClientOrderId | None:
        self._may_speak()
        quantity = asset.instrument.quantity(abs(amount))
        if not quantity:
            return None
        side = Side.BUY if amount > 0 else Side.SELL
        if not isinstance(style, OCOOrder):
            return self.ctx.submit(side, quantity, asset, **style.terms)
        self._rivals += 1
        name = f"oco-{self._rivals}"
        placed = [self.ctx.submit(side, quantity, asset, oco=name, **one.terms) for one in style.styles]
        return placed[0]

    def _may_speak(self) -> None:
        if self._phase == CALLED:
            return
        if self._phase == "initialize":
            raise StrategyInitializationError("initialize sets up, it does not trade: order from handle_data on")
        raise StrategyExecutionError("the session is over: nothing can be ordered any more")

    def _amount_of(self, asset: Security, value: Decimal) -> Decimal | None:
        last = self.ctx.price(asset)
        if not last:
            self.ctx.log(f"nothing ordered: {asset} has no price yet", "warning")
            return None
        return value / (exact(last) * asset.instrument.multiplier)

    def _value_of(self, asset: Security, percent: Number) -> Decimal | None:
        equity, worth = self.ctx.equity, self.ctx.worth(asset)
        if equity is None or not worth:
            self.ctx.log(f"nothing ordered: the portfolio cannot be valued, or {asset} has no price yet", "warning")
            return None
        return exact(percent) * equity / worth


def _chosen(limit: Number | None, stop: Number | None, style: ExecutionStyle | None) -> ExecutionStyle:
    if style is None:
        return style_of(limit, stop)
    if limit is not None or stop is not None:
        raise ValueError("give a style or prices, not both")
    return style
