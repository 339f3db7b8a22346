"""From the block `risk` to the limits of the gate; a calendar of macro events is read here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import structs
from pydantic import ValidationError

from tradewind.app.config.rendering import time_ns
from tradewind.app.config.risk_blocks import MacroEventSettings, MacroSettings
from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_SECOND
from tradewind.risk.limits import Limits
from tradewind.risk.macro import HOURS, HOURS_ELSE, MacroEvent

if TYPE_CHECKING:
    from collections.abc import Collection

    from tradewind.app.config.risk import RiskSettings
    from tradewind.app.config.risk_blocks import ConfirmSettings
    from tradewind.domain.ids import StrategyId
    from tradewind.engine.settings import EngineSettings
    from tradewind.risk.macro import MacroConfig


def limits_of(settings: RiskSettings) -> Limits:
    """Return the limits of the gate; `ConfigError` if a calendar of macro events cannot be read."""
    age = settings.max_data_age_seconds
    parameters = structs.replace(settings.parameters(), macro=macro_of(settings.macro))
    return Limits(
        order_value_max=settings.max_order_value,
        position_value_max=settings.max_position_value,
        position_quantity_max=settings.max_position_quantity,
        price_collar=settings.price_collar,
        orders_per_minute_max=settings.max_orders_per_minute,
        leverage_max=settings.max_leverage,
        allow_short=settings.allow_short,
        sizing=settings.sizing.sizing(),
        parameters=parameters if settings.limits_entries else None,
        order_quantity_max=settings.max_order_quantity,
        strategy_value_max=settings.max_strategy_value,
        gross_value_max=settings.max_gross_value,
        net_value_max=settings.max_net_value,
        amends_per_minute_max=settings.max_amends_per_minute,
        data_age_max_ns=None if age is None else int(age * NS_PER_SECOND),
        in_session_only=settings.trading_hours_only,
        self_cross=not settings.refuse_self_cross,
    )


def with_confirmation(
    settings: EngineSettings, confirm: ConfirmSettings, strategies: Collection[StrategyId], *, attended: bool
) -> EngineSettings:
    """Return the settings with the entries that wait; `ConfigError` for what cannot wait, or is not there."""
    if not confirm.acts:
        return settings
    if settings.fills_at_once:
        raise ConfigError("risk.confirm: fill.model current_bar_mid trades on the bar that was seen, and cannot wait")
    unknown = ", ".join(sorted(set(confirm.strategies) - set(strategies)))
    if unknown:
        raise ConfigError(f"risk.confirm.strategies: no strategy {unknown}; there are {', '.join(strategies)}")
    return structs.replace(settings, confirmation=confirm.confirmation(attended=attended))


_ONE_POSITION = ("max_position_size", "max_position_value", "max_position_quantity")
_ALL_POSITIONS = ("max_total_exposure", "max_gross_value", "max_leverage")


def check_for_real_money(settings: RiskSettings) -> None:
    """Raise `ConfigError` for real orders without a limit of one position and one of all of them together."""
    missing = [
        f"{what} ({', '.join(names)})"
        for what, names in (("one position", _ONE_POSITION), ("all positions together", _ALL_POSITIONS))
        if all(getattr(settings, name) is None for name in names)
    ]
    if missing:
        raise ConfigError(
            f"risk: real money needs a limit of {' and one of '.join(missing)}; `profile: standard` has both"
        )


def macro_of(settings: MacroSettings) -> MacroConfig | None:
    """Return the macro calendar with the events of its file; None where it does not act."""
    if not settings.enabled:
        return None
    if settings.file is not None:
        written = _read(Path(settings.file))
        settings = settings.model_copy(
            update={
                "events": (*settings.events, *written.events),
                "valid_until": settings.valid_until or written.valid_until,
            }
        )
    return settings.config([_event(each) for each in settings.events])


def _event(settings: MacroEventSettings) -> MacroEvent:
    before, after = (Decimal(hours) for hours in HOURS.get(settings.type, HOURS_ELSE))
    return MacroEvent(
        settings.name, settings.type, time_ns(settings.time),
        before if settings.hours_before is None else settings.hours_before,
        after if settings.hours_after is None else settings.hours_after,
    )  # fmt: skip


def _read(path: Path) -> MacroSettings:
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"risk.macro.file: {path} cannot be read: {error}") from error
    if not isinstance(data, dict) or set(data) - {"events", "valid_until"}:
        raise ConfigError(f"risk.macro.file: {path}: a calendar has `events` and `valid_until`, and nothing else")
    try:
        return MacroSettings(enabled=True, **data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"risk.macro.file: {path}: {where}: {first['msg']}") from error
