"""The sizer of a session: asks for what its formula needs, and makes a quantity of the fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.approval import RiskWarned
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.step import Refusal, RefusalCode
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.entry.book import lines
from tradewind.risk.entry.caps import daily_left
from tradewind.risk.sizing.ranges import PERCENTILE_BARS, average_true_range, percentile
from tradewind.risk.sizing.settings import SizerKind, Sizing
from tradewind.risk.sizing.sizers import Asked, Unsized, leveraged, size_of, volatility_factor

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View
    from tradewind.risk.facts import Facts
    from tradewind.risk.limits import Limits

PLAIN = (SizerKind.FIXED_QUANTITY, SizerKind.FIXED_VALUE, SizerKind.FRACTION_OF_EQUITY)


def is_plain(sizing: Sizing) -> bool:
    """Tell whether a sizer needs no more than a price and the equity."""
    return sizing.kind in PLAIN and not sizing.volatility_target and not sizing.leveraged


def needs_facts(limits: Limits) -> bool:
    """Tell whether limits or sizer go by more than the view."""
    return limits.parameters is not None or not is_plain(limits.sizing)


class Sizer:
    """Sizes the entries that name no quantity."""

    def __init__(self, limits: Limits, view: View, facts: Facts) -> None:
        self._sizing = limits.sizing
        self._parameters = limits.parameters
        self._view = view
        self._facts = facts

    def quantity(self, intent: OrderIntent, price: Decimal) -> Decimal | Refusal:
        """Return the raw quantity of an entry, not yet on the lot."""
        view = self._view
        instrument = view.instrument(intent.instrument)
        equity, worth = view.equity(), view.worth(instrument.quote)
        if equity is None or worth is None:
            return Refusal(intent, RefusalCode.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
        size = size_of(self._asked(intent, price, equity))
        if isinstance(size, Unsized):
            return Refusal(intent, size.code, detail=size.detail)
        size = self._wrapped(size, intent)
        return max(size.value, ZERO) * equity / (price * instrument.multiplier * worth)

    def _asked(self, intent: OrderIntent, price: Decimal, equity: Decimal) -> Asked:
        parameters, facts, sizing = self._parameters, self._facts, self._sizing
        asked = Asked(
            sizing, intent.confidence, intent.strength, facts.regime(intent.instrument), price,
            profits=facts.results.of(intent.strategy) if sizing.kind is SizerKind.KELLY else (),
        )  # fmt: skip
        if sizing.kind is not SizerKind.ATR_RISK:
            return asked
        asked.atr = self._atr(intent, 14 if parameters is None else parameters.atr_period)
        if parameters is not None:
            asked.atr_multiplier = parameters.position_size_atr_multiplier
            if parameters.max_risk_per_trade is not None:
                asked.risk_max = FractionOfEquity(parameters.max_risk_per_trade)
            asked.daily_left = daily_left(parameters, self._view, facts, equity, ONE, found=lines(self._view))
        return asked

    def _atr(self, intent: OrderIntent, period: int) -> Decimal | None:
        atr = average_true_range(self._view.bars(intent.instrument, self._facts.interval, period + 1), period)
        return None if atr is None else exact(atr)

    def _wrapped(self, size: FractionOfEquity, intent: OrderIntent) -> FractionOfEquity:
        if self._sizing.volatility_target:
            period = 14 if self._parameters is None else self._parameters.atr_period
            bars = self._view.bars(intent.instrument, self._facts.interval, PERCENTILE_BARS + period)
            stands = percentile(bars, period)
            if stands is None:
                detail = f"fewer than {PERCENTILE_BARS + period} bars: the size is left as it is"
                self._facts.warn(RiskWarned("volatility_target", detail, intent.instrument))
            else:
                size *= volatility_factor(exact(stands))
        if self._sizing.leveraged and self._facts.leverages is not None:
            size = leveraged(size, self._facts.leverages.of(intent.instrument))
        return size
