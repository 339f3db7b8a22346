"""The block `risk`: limits that no order may break, and how large an order is that names no quantity."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tradewind.app.config.risk_blocks import (
    ConfirmSettings,
    CorrelationSettings,
    DynamicSettings,
    GovernorSettings,
    MacroSettings,
    SizingSettings,
)
from tradewind.risk.parameters import RiskParameters
from tradewind.venues.registry.fields import Count, Fraction, Positive, Seconds, Settings, mistake

Share = Annotated[Decimal | None, Field(examples=["0.05"])]
"""A fraction; what is wrong with it is told together with the rest."""
SHARES = (
    "base_risk_per_trade", "max_risk_per_trade", "max_position_size", "max_total_exposure", "max_daily_risk",
    "max_correlated_risk", "max_drawdown", "stop_loss", "min_stop", "max_stop", "min_fraction", "max_fraction",
    "max_filled_price_deviation",
)  # fmt: skip
OF_PARAMETERS = (*SHARES, "max_concurrent_positions", "one_entry", "stop_limit_seconds")
"""The keys that are parameters by the same names."""
_STANDARD = RiskParameters()
_BLOCKS = {"dynamic": True, "correlation": True, "governor": False, "macro": False}
"""The blocks that can be left out, and whether the standard profile has them."""


class RiskSettings(Settings):
    """Limits that no order may break; null is no limit. Fractions are of the equity."""

    max_order_value: Positive | None = None
    """Value of one order, in the quote asset."""
    max_position_value: Positive | None = None
    """Value of one position, in the quote asset."""
    max_position_quantity: Positive | None = None
    """Size of one position, in base units."""
    price_collar: Fraction | None = Decimal("0.10")
    """How far a limit price may lie on the losing side of the last price, as a fraction."""
    max_orders_per_minute: Count | None = None
    """New orders in any 60 seconds."""
    max_leverage: Positive | None = None
    """Value of all positions over the equity."""
    allow_short: bool = False
    """Whether a position may be sold below zero."""
    sizing: SizingSettings = SizingSettings()
    """Size of orders without a quantity."""
    max_order_quantity: Positive | None = None
    """Size of one order, in base units."""
    max_strategy_value: Positive | None = None
    """Value of what one strategy holds of one instrument, in the quote asset."""
    max_gross_value: Positive | None = None
    """Value of all positions together, in the base currency."""
    max_net_value: Positive | None = None
    """Value of longs less shorts, or shorts less longs, in the base currency."""
    max_amends_per_minute: Count | None = None
    """Amendments in any 60 seconds; those that only reduce pass."""
    max_data_age_seconds: Seconds | None = None
    """An entry needs a last price that is not older; only its own instrument is concerned."""
    trading_hours_only: bool = False
    """Whether entries wait for the sessions of `instruments.calendar`."""
    refuse_self_cross: bool = False
    """Whether an order is refused that could trade against one of ours."""
    profile: Literal["none", "standard"] = "none"
    """`standard` sets all limits below to the values of docs/risk.md; single keys, null too, go before it."""
    base_risk_per_trade: Share = None
    """Equity lost if the stop is hit: what `atr_risk` sizes by where `sizing.value` is not written."""
    max_risk_per_trade: Share = None
    """The most of it."""
    max_position_size: Share = None
    """Value of one position over equity."""
    max_fraction: Share = None
    """Value of one strategy's position in one instrument over equity."""
    max_total_exposure: Share = None
    """Value of all positions over equity."""
    max_daily_risk: Share = None
    """Loss of the day and what all positions lose from entry to stop, over equity at the day's start."""
    max_correlated_risk: Share = None
    """Exposure from which few positions count as concentrated."""
    max_drawdown: Share = None
    """The cap of `breakers.max_drawdown`, which it also is without that block; the tiers of `dynamic` end before it."""
    max_filled_price_deviation: Share = None
    """How much worse than its price an execution is told of; from half of it on the instrument may only reduce."""
    stop_limit_seconds: int | None = None
    """So long after its trigger a stop with a limit that protects may rest; then what it leaves is closed."""
    max_concurrent_positions: int | None = None
    """How many positions there may be, with those on their way."""
    one_entry: bool = False
    """Whether a second entry into a position is refused unless it says that it adds."""
    stop_loss: Share = None
    """Distance of the stop of an entry that names none."""
    min_stop: Share = None
    """The nearest stop; with it or `max_stop` an entry needs a stop."""
    max_stop: Share = None
    """The farthest stop."""
    min_fraction: Share = None
    """A smaller entry is refused."""
    atr_period: int = 14
    """Bars of the mean true range."""
    position_size_atr_multiplier: Decimal = Decimal("1.0")
    """How many mean true ranges `atr_risk` reckons with."""
    dynamic: DynamicSettings = DynamicSettings()
    """Less risk in a drawdown, after losses and in wild markets."""
    correlation: CorrelationSettings = CorrelationSettings()
    """What moves together counts as one."""
    governor: GovernorSettings = GovernorSettings()
    """Caps on all positions by what the market is like."""
    macro: MacroSettings = MacroSettings()
    """No entries around known events."""
    confirm: ConfirmSettings = ConfirmSettings()
    """Entries that wait to be confirmed."""

    @model_validator(mode="before")
    @classmethod
    def _profile_and_blocks(cls, value: Any) -> Any:  # noqa: ANN401 -- plain data
        """Put the profile's values under what is written, and have each written block act unless it says not to."""
        if not isinstance(value, dict):
            return value
        standard = value.get("profile") == "standard"
        limits = {name: getattr(_STANDARD, name) for name in (*OF_PARAMETERS, "max_leverage")} if standard else {}
        blocks = {
            name: {"enabled": True, **(value[name] or {})} if name in value else {"enabled": standard and has}
            for name, has in _BLOCKS.items()
            if isinstance(value.get(name), dict | None)
        }
        return _sized({**limits, **value, **blocks})

    @model_validator(mode="after")
    def _is_right(self) -> RiskSettings:
        faults = self.parameters().faults()
        if faults:
            raise mistake("; ".join(faults))
        return self

    def parameters(self) -> RiskParameters:
        """Return the engine's limits of entries, but for the calendar of macro events."""
        return RiskParameters(
            **{name: getattr(self, name) for name in OF_PARAMETERS},
            max_leverage=self.max_leverage,
            atr_period=self.atr_period,
            position_size_atr_multiplier=self.position_size_atr_multiplier,
            dynamic=self.dynamic.config(),
            correlation=self.correlation.config(),
            governor=self.governor.config(),
            macro=self.macro.config(()),
        )

    @property
    def limits_entries(self) -> bool:
        """Whether any limit of entries acts; where none does, an order pays for none."""
        blocks = (self.dynamic, self.correlation, self.governor, self.macro)
        named = (
            name for name in OF_PARAMETERS if name not in ("base_risk_per_trade", "max_correlated_risk", "max_drawdown")
        )
        return any(getattr(self, name) not in (None, False) for name in named) or any(b.enabled for b in blocks)


def _sized(value: dict[str, Any]) -> dict[str, Any]:
    """Have `atr_risk` size by the base risk where its own value is not written."""
    sizing, base = value.get("sizing"), value.get("base_risk_per_trade")
    if base is None or not isinstance(sizing, dict) or sizing.get("kind") != "atr_risk" or "value" in sizing:
        return value
    return {**value, "sizing": {**sizing, "value": base}}
