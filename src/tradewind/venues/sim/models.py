"""The small models that make a simulation real: fees, slippage, latency. Each is chosen in the configuration.

All answers are exact decimals or integers; what is random is drawn from a seed that is part of the session.
"""

# ruff: noqa: ARG002 - a model is told all that any model may need

from __future__ import annotations

import random
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tradewind.domain.money import BPS, ONE, ZERO, exact
from tradewind.domain.order import Side

if TYPE_CHECKING:
    from tradewind.domain.ids import Asset
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs

FEE_STEP = Decimal("0.00000001")
"""Venues reckon fees to eight decimals; we round against ourselves: costs up, rebates down."""

_FREE = ZERO.quantize(FEE_STEP)


class FeeModel(Protocol):
    """What an execution costs."""

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return the fee (negative: a rebate) and the asset it is taken in."""
        ...


@runtime_checkable
class OrderFeeModel(Protocol):
    """A fee model for which an order's first execution is not like the others."""

    def further(
        self, instrument: Instrument, quantity: Decimal, price: Decimal, filled: Decimal
    ) -> tuple[Decimal, Asset]:
        """Return the fee of an execution of an order that had filled so much before."""
        ...


class BpsFees:
    """Basis points of the value, for maker and taker; None takes the instrument's own schedule."""

    def __init__(self, maker_bps: Decimal | None = None, taker_bps: Decimal | None = None) -> None:
        self._maker = None if maker_bps is None else maker_bps * BPS
        self._taker = None if taker_bps is None else taker_bps * BPS

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return value × rate, in the quote asset."""
        rate = self._maker if maker else self._taker
        if rate is None:
            rate = (instrument.fees.maker_bps if maker else instrument.fees.taker_bps) * BPS
        fee = charged(instrument.notional(quantity, price) * rate) if rate else _FREE
        return fee, instrument.quote


class PerShareFees:
    """So much a share, at least `minimum` an order, at most `cap` (a fraction) of an execution's value."""

    def __init__(self, rate: Decimal, minimum: Decimal = ZERO, cap: Decimal | None = None) -> None:
        self._rate = rate
        self._minimum = minimum
        self._cap = cap

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return max(rate × shares, minimum), at most cap × value, in the quote asset."""
        return self._capped(instrument, quantity, price, max(self._rate * quantity, self._minimum))

    def further(
        self, instrument: Instrument, quantity: Decimal, price: Decimal, filled: Decimal
    ) -> tuple[Decimal, Asset]:
        """Return by how much max(rate × shares, minimum) of the whole order has grown, at most cap × value."""
        grown = max(self._rate * (filled + quantity), self._minimum) - max(self._rate * filled, self._minimum)
        return self._capped(instrument, quantity, price, grown)

    def _capped(
        self, instrument: Instrument, quantity: Decimal, price: Decimal, amount: Decimal
    ) -> tuple[Decimal, Asset]:
        if self._cap is not None:
            amount = min(amount, self._cap * instrument.notional(quantity, price))
        return charged(amount), instrument.quote


class PerContractFees:
    """So much a contract (a contract is `multiplier` base units)."""

    def __init__(self, rate: Decimal) -> None:
        self._rate = rate

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return rate × contracts, in the quote asset."""
        return charged(self._rate * quantity), instrument.quote


class PerOrderFees:
    """The same for every order, taken with its first execution."""

    def __init__(self, cost: Decimal) -> None:
        self._cost = cost

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal, *, maker: bool) -> tuple[Decimal, Asset]:
        """Return the cost, in the quote asset."""
        return charged(self._cost), instrument.quote

    def further(
        self, instrument: Instrument, quantity: Decimal, price: Decimal, filled: Decimal
    ) -> tuple[Decimal, Asset]:
        """Return nothing: it was taken."""
        return ZERO, instrument.quote


class SlippageModel(Protocol):
    """How much worse than the reference a taker's price is."""

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return the price paid or received; `volume` is what traded in the bar, in base units."""
        ...


class NoSlippage:
    """The reference price itself."""

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return the price as it is."""
        return price


class FixedBpsSlippage:
    """So many basis points against the taker."""

    def __init__(self, bps: Decimal) -> None:
        self._bought, self._sold = ONE + bps * BPS, ONE - bps * BPS

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return price × (1 ± bps)."""
        return price * (self._bought if side is Side.BUY else self._sold)


class SpreadSlippage:
    """Half of a constant spread, in price units, against the taker: for data that have no quotes."""

    def __init__(self, spread: Decimal) -> None:
        self._half = spread / 2

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return price ± half the spread."""
        return price + side.sign * self._half


class VolumeShareSlippage:
    """Impact that grows with the square of our share of the bar's volume.

    price × (1 ± impact × share²), share = min(quantity ÷ volume, limit). Source: Zipline's
    `VolumeShareSlippage` (documented defaults: limit 0.025, impact 0.1).
    """

    def __init__(self, limit: Decimal = Decimal("0.025"), impact: Decimal = Decimal("0.1")) -> None:
        self._limit = limit
        self._impact = impact

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return the price after impact; a bar without volume gives the largest share."""
        share = self._limit if volume <= 0.0 else min(quantity / exact(volume), self._limit)
        return price * (ONE + side.sign * self._impact * share * share)


class AsymmetricSlippage:
    """One model for buys, another for sales."""

    def __init__(self, buy: SlippageModel, sell: SlippageModel) -> None:
        self._models = {Side.BUY: buy, Side.SELL: sell}

    def price(self, side: Side, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return what the model of the side says."""
        return self._models[side].price(side, price, quantity, volume)


class LatencyModel(Protocol):
    """How long things take on the way, in nanoseconds."""

    def submit(self) -> TimeNs:
        """Return how long a new order takes to the venue."""
        ...

    def cancel(self) -> TimeNs:
        """Return how long a cancel or an amendment takes to the venue."""
        ...

    def report(self) -> TimeNs:
        """Return how long the venue's word takes to us."""
        ...

    def look(self) -> TimeNs:
        """Return how long a question about the account takes to the venue; nothing is drawn for it."""
        ...

    def glimpse(self) -> TimeNs:
        """Return how long its answer takes to us; nothing is drawn for it."""
        ...

    @property
    def randoms(self) -> tuple[random.Random, ...]:
        """The generators that it draws from."""
        ...


class FixedLatency:
    """Always the same."""

    def __init__(self, submit_ns: TimeNs = 0, cancel_ns: TimeNs = 0, report_ns: TimeNs = 0) -> None:
        self._submit, self._cancel, self._report = submit_ns, cancel_ns, report_ns

    def submit(self) -> TimeNs:
        """Return the constant way to the venue."""
        return self._submit

    def cancel(self) -> TimeNs:
        """Return the constant way of a cancel."""
        return self._cancel

    def report(self) -> TimeNs:
        """Return the constant way back."""
        return self._report

    def look(self) -> TimeNs:
        """Return the constant way to the venue."""
        return self._submit

    def glimpse(self) -> TimeNs:
        """Return the constant way back."""
        return self._report

    @property
    def randoms(self) -> tuple[random.Random, ...]:
        """None: nothing is drawn."""
        return ()


class JitterLatency:
    """A base and a random part, uniform in ± `jitter` (a fraction) of it, drawn from a seed."""

    def __init__(self, base: FixedLatency, jitter: float, seed: int) -> None:
        self._base = base
        self._jitter = jitter
        self._random = random.Random(seed)  # noqa: S311 - a simulation, reproducible by its seed

    def _draw(self, base: TimeNs) -> TimeNs:
        return max(0, int(base * (1.0 + self._jitter * (2.0 * self._random.random() - 1.0))))

    def submit(self) -> TimeNs:
        """Draw the way to the venue."""
        return self._draw(self._base.submit())

    def cancel(self) -> TimeNs:
        """Draw the way of a cancel."""
        return self._draw(self._base.cancel())

    def report(self) -> TimeNs:
        """Draw the way back."""
        return self._draw(self._base.report())

    def look(self) -> TimeNs:
        """Return the base of the way to the venue."""
        return self._base.look()

    def glimpse(self) -> TimeNs:
        """Return the base of the way back."""
        return self._base.glimpse()

    @property
    def randoms(self) -> tuple[random.Random, ...]:
        """The one that everything is drawn from."""
        return (self._random,)


class NormalLatency(JitterLatency):
    """A base and a normally distributed part with a standard deviation of `jitter` times the base, cut at zero."""

    def _draw(self, base: TimeNs) -> TimeNs:
        return max(0, int(base * (1.0 + self._jitter * self._random.gauss(0.0, 1.0))))


def charged(amount: Decimal) -> Decimal:
    """Round what we pay (negative: receive) to the step of fees, against us."""
    return amount.quantize(FEE_STEP, ROUND_CEILING)
