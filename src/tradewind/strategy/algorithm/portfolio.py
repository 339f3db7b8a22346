"""The books as an algorithm sees them. Floats, for they are there to be reckoned with; orders and ledger are exact.

Values are in the session's base currency; what cannot be valued because a price is missing is NaN, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.strategy.algorithm.assets import Securities, Security
    from tradewind.strategy.context import Context

NAN = math.nan


class Holding:
    """One position, held or not; its figures are those of the moment at which they are asked for."""

    __slots__ = ("_ctx", "_look", "asset")

    def __init__(self, asset: Security, ctx: Context) -> None:
        self.asset = asset
        self._ctx = ctx
        self._look = ctx.position_of(asset)

    @property
    def sid(self) -> Security:
        """The asset, by its older name."""
        return self.asset

    @property
    def amount(self) -> float:
        """How many units are held, negative for a short position."""
        quantity = self._look().quantity
        return float(quantity) if quantity else 0.0

    @property
    def cost_basis(self) -> float:
        """The mean price paid."""
        return float(self._look().average_price)

    @property
    def last_sale_price(self) -> float:
        """The last price; NaN before the first."""
        last = self._ctx.price(self.asset)
        return NAN if last is None else last

    @property
    def value(self) -> float:
        """What it is worth, signed, in the base currency; NaN if a price is missing."""
        worth = self._ctx.worth(self.asset)
        unit = NAN if worth is None else float(worth) * float(self.asset.instrument.multiplier)
        return self.amount * self.last_sale_price * unit


class Holdings(Mapping["Security | str", Holding]):
    """The positions of an algorithm; what is not held has an amount of 0 and is not counted."""

    def __init__(self, ctx: Context, assets: Securities) -> None:
        self._ctx = ctx
        self._assets = assets
        self._holdings: dict[str, Holding] = {asset: Holding(asset, ctx) for asset in assets}

    def __getitem__(self, name: Security | str) -> Holding:
        """Return the position in an asset, held or not; `KeyError` if the session does not trade it."""
        return self._holdings.get(name) or self._holdings[self._assets.named(name)]

    def __iter__(self) -> Iterator[Security]:
        """Yield the assets that are held."""
        return (asset for asset in self._assets if not self._ctx.position(asset).is_flat)

    def __len__(self) -> int:
        """Count the assets that are held."""
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        """Tell whether an asset is held."""
        return isinstance(name, str) and any(asset == name for asset in self)


class Portfolio:
    """What the account is worth and what of it is held in assets."""

    def __init__(self, ctx: Context, assets: Securities) -> None:
        self._ctx = ctx
        self.started: float | None = None
        """What the account was worth when its worth was first known; a session that goes on keeps that of the first."""
        self.positions = Holdings(ctx, assets)

    @property
    def cash(self) -> float:
        """What there is of the first asset's currency, open orders not deducted."""
        return float(self._ctx.cash())

    @property
    def portfolio_value(self) -> float:
        """Cash and positions together."""
        equity = self._ctx.equity
        return NAN if equity is None else float(equity)

    @property
    def positions_value(self) -> float:
        """What is held, longs less shorts."""
        return math.fsum(holding.value for holding in self.positions.values())

    positions_exposure = positions_value

    @property
    def starting_cash(self) -> float:
        """What the account was worth when its worth was first known: at the start, or with the first prices."""
        self.begin()
        return NAN if self.started is None else self.started

    @property
    def pnl(self) -> float:
        """What has been gained since the start."""
        return self.portfolio_value - self.starting_cash

    @property
    def returns(self) -> float:
        """What has been gained since the start, as a fraction of it."""
        return self.pnl / self.starting_cash if self.starting_cash else NAN

    def begin(self) -> bool:
        """Take note of the opening worth, as soon as it is known; tell whether it is."""
        if self.started is None and self._ctx.equity is not None:
            self.started = float(self._ctx.equity)
        return self.started is not None


class AlgorithmAccount:
    """The account as a broker would describe it."""

    def __init__(self, ctx: Context, portfolio: Portfolio) -> None:
        self._ctx = ctx
        self._portfolio = portfolio

    @property
    def leverage(self) -> float:
        """The value of all positions, longs and shorts added, over the equity."""
        gross = math.fsum(abs(holding.value) for holding in self._portfolio.positions.values())
        return self._over_equity(gross)

    @property
    def net_leverage(self) -> float:
        """The value of longs less shorts over the equity."""
        value = self._portfolio.positions_value
        return self._over_equity(value)

    @property
    def settled_cash(self) -> float:
        """What there is of the first asset's currency."""
        return self._portfolio.cash

    @property
    def buying_power(self) -> float:
        """What new orders may cost: free margin, or on a cash account the cash that no order has reserved."""
        free = self._ctx.buying_power
        return NAN if free is None else float(free)

    available_funds = excess_liquidity = buying_power

    @property
    def net_liquidation(self) -> float:
        """What would be left if all were sold at the last prices."""
        return self._portfolio.portfolio_value

    equity_with_loan = net_liquidation

    @property
    def initial_margin_requirement(self) -> float:
        """What holding the positions asks for, by the instruments' initial margins."""
        held = self._portfolio.positions.values()
        return math.fsum(abs(holding.value) * float(holding.asset.instrument.margin_initial) for holding in held)

    @property
    def maintenance_margin_requirement(self) -> float:
        """What keeping the positions asks for, by the instruments' maintenance margins."""
        held = self._portfolio.positions.values()
        return math.fsum(abs(holding.value) * float(holding.asset.instrument.margin_maintenance) for holding in held)

    @property
    def total_positions_value(self) -> float:
        """What is held, longs less shorts."""
        return self._portfolio.positions_value

    total_positions_exposure = total_positions_value

    @property
    def cushion(self) -> float:
        """Buying power over equity."""
        return self.buying_power / self.net_liquidation if self.net_liquidation else NAN

    def _over_equity(self, value: float) -> float:
        """Return a multiple of the equity; of an equity of nothing there is none."""
        equity = self.net_liquidation
        return 0.0 if not value else value / equity if equity else NAN
