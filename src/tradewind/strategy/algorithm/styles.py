"""Order styles of the algorithm API: how an order finds its price, and under which terms.

A style knows nothing of assets or amounts; it turns into the terms of `Context.submit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.strategy.terms import Number


class ExecutionStyle:
    """The terms that every style takes.

    `time_in_force` is gtc, day, ioc, fok or gtd (with `expire_at`, nanoseconds UTC); `tag` is a word for the record.
    """

    def __init__(
        self,
        *,
        time_in_force: str = "gtc",
        expire_at: int | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        tag: str = "",
    ) -> None:
        self.terms: dict[str, Any] = {}
        if time_in_force != "gtc":
            self.terms["tif"] = time_in_force.lower()
        if expire_at is not None:
            self.terms["expire_at"] = expire_at
        if post_only:
            self.terms["post_only"] = True
        if reduce_only:
            self.terms["reduce_only"] = True
        if tag:
            self.terms["tag"] = tag


class MarketOrder(ExecutionStyle):
    """At whatever the market pays."""


class LimitOrder(ExecutionStyle):
    """At `limit_price` or better."""

    def __init__(self, limit_price: Number, **terms: Any) -> None:  # noqa: ANN401 - as ExecutionStyle
        super().__init__(**terms)
        self.terms["limit"] = limit_price


class StopOrder(ExecutionStyle):
    """At the market once it has reached `stop_price`."""

    def __init__(self, stop_price: Number, **terms: Any) -> None:  # noqa: ANN401 - as ExecutionStyle
        super().__init__(**terms)
        self.terms["stop"] = stop_price


class StopLimitOrder(ExecutionStyle):
    """At `limit_price` or better once the market has reached `stop_price`."""

    def __init__(self, limit_price: Number, stop_price: Number, **terms: Any) -> None:  # noqa: ANN401
        super().__init__(**terms)
        self.terms |= {"limit": limit_price, "stop": stop_price}


class TrailingStopOrder(ExecutionStyle):
    """At the market once it has come back from its best by `trail_amount` (price) or `trail_percent` (0.05 is 5 %)."""

    def __init__(
        self,
        trail_amount: Number | None = None,
        trail_percent: Number | None = None,
        **terms: Any,  # noqa: ANN401 - as ExecutionStyle
    ) -> None:
        if (trail_amount is None) == (trail_percent is None):
            raise ValueError("a trailing stop has a trail_amount or a trail_percent, one of them")
        super().__init__(**terms)
        self.terms |= {"trail_amount": trail_amount, "trail_fraction": trail_percent}


class BracketOrder(ExecutionStyle):
    """An entry with a stop and a target that come to life with its first fill and cancel each other.

    The other terms are those of the entry's style.
    """

    def __init__(
        self,
        entry_style: ExecutionStyle | None = None,
        stop_loss_price: Number | None = None,
        take_profit_price: Number | None = None,
    ) -> None:
        if stop_loss_price is None and take_profit_price is None:
            raise ValueError("a bracket has a stop_loss_price, a take_profit_price or both")
        super().__init__()
        self.terms = (entry_style or MarketOrder()).terms | {
            "stop_loss": stop_loss_price, "take_profit": take_profit_price,
        }  # fmt: skip


class OCOOrder(ExecutionStyle):
    """Several orders for the same amount, of which only one comes about: the others are cancelled."""

    def __init__(self, *styles: ExecutionStyle) -> None:
        if len(styles) < 2 or any(isinstance(style, OCOOrder) for style in styles):
            raise ValueError("one cancels other: give two styles or more, none of them an OCOOrder")
        super().__init__()
        self.styles = styles


def style_of(limit_price: Number | None, stop_price: Number | None) -> ExecutionStyle:
    """Return the style that prices alone stand for."""
    if limit_price is None:
        return MARKET if stop_price is None else StopOrder(stop_price)
    return LimitOrder(limit_price) if stop_price is None else StopLimitOrder(limit_price, stop_price)


MARKET = MarketOrder()
