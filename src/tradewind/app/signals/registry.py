"""`add_strategy`, `add_exchange`, `add_frame`, under either of the names that the page and its code use."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tradewind.app.signals.exchange_rules import breakers_from, limits_from
from tradewind.domain.errors import ConfigError, DataError
from tradewind.domain.money import exact
from tradewind.strategy.signals.definition import ExchangeDefinition, FrameDefinition, StrategyDefinition, checked
from tradewind.strategy.signals.registry import EXCHANGES, FRAMES, STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

DECIMALS = {
    "quantity", "cost", "min_take_profit_pct", "min_stop_loss_pct", "max_stop_loss_pct", "entry_tolerance_pct",
    "slippage_pct", "fee_pct", "tick", "lot", "quantity_min", "notional_min", "balance", "volume_share",
}  # fmt: skip

When = datetime | date | str | int


def add_strategy(  # noqa: PLR0913 - the documented names
    *,
    strategy_name: str | None = None,
    get_signal: Callable[..., Any],
    interval: str = "1m",
    callbacks: Mapping[str, Callable[..., Any]] | None = None,
    symbols: Iterable[str] = (),
    replace: bool = False,
    name: str | None = None,
    **rules: Any,  # noqa: ANN401 - fields of StrategyDefinition
) -> StrategyDefinition:
    """Define a strategy; `rules` are the further fields of `StrategyDefinition`, such as sizing and limits.

    Raises `ConfigError` with all mistakes at once, and `DuplicateName`.
    """
    called = _named("strategy", strategy_name, name)
    made: StrategyDefinition = _made(StrategyDefinition, called, {
        "strategy_name": called, "get_signal": get_signal, "interval": interval, "callbacks": dict(callbacks or {}),
        "symbols": tuple(symbols), **rules,
    })  # fmt: skip
    checked("strategy", called, made.mistakes())
    again = called in STRATEGIES.names() and _is_same_source(STRATEGIES.get(called), made)
    STRATEGIES.add(called, made, replace=replace or again)
    return made


def add_exchange(  # noqa: PLR0913 - the documented names
    *,
    exchange_name: str | None = None,
    get_candles: Callable[..., Any] | None = None,
    format_price: Callable[..., Any] | None = None,
    format_quantity: Callable[..., Any] | None = None,
    venue: str | None = None,
    config: Path | str | Mapping[str, Any] | None = None,
    replace: bool = False,
    name: str | None = None,
    **rules: Any,  # noqa: ANN401 - fields of ExchangeDefinition
) -> ExchangeDefinition:
    """Define an exchange: where candles come from, and where orders go: on paper, unless there is a `venue`.

    `get_candles(symbol=, interval=, since=, limit=)` is called by keyword, `since` in milliseconds; a live key at a
    venue does not ask it. `venue` is `exchange`, `binance` or `binance-live`, and `config` the path of a session's
    configuration or a mapping with the same blocks. Real money needs `live_trading=True` and
    `i_understand_the_risks=True`, both.
    """
    called = _named("exchange", exchange_name, name)
    made: ExchangeDefinition = _made(ExchangeDefinition, called, {
        "exchange_name": called, "get_candles": get_candles or _nowhere,
        "venue": venue or "", "config": config, "format_price": format_price,
        "format_quantity": format_quantity, **rules,
    })  # fmt: skip
    mistakes = made.mistakes()
    if get_candles is None and venue is None:
        mistakes.append("V10: get_candles is missing, and there is no venue to have candles from")
    checked("exchange", called, mistakes)
    EXCHANGES.add(called, made, replace=replace)
    return made


def add_frame(
    *,
    frame_name: str,
    start_date: When,
    end_date: When,
    interval: str = "1m",
    replace: bool = False,
) -> FrameDefinition:
    """Define a stretch of the past; dates without a time are midnight UTC, numbers are milliseconds."""
    made = FrameDefinition(frame_name, interval, _milliseconds(start_date), _milliseconds(end_date))
    checked("frame", frame_name, made.mistakes())
    FRAMES.add(frame_name, made, replace=replace)
    return made


def _nowhere(**_: Any) -> Any:  # noqa: ANN401 - takes the place of a user's function
    raise DataError("the exchange was defined without get_candles: a backtest has no candles to run on")


def list_strategies() -> tuple[str, ...]:
    """Return the names of all strategies."""
    return STRATEGIES.names()


def list_exchanges() -> tuple[str, ...]:
    """Return the names of all exchanges."""
    return EXCHANGES.names()


def list_frames() -> tuple[str, ...]:
    """Return the names of all frames."""
    return FRAMES.names()


def _is_same_source(old: StrategyDefinition, new: StrategyDefinition) -> bool:
    """Tell whether a file that is loaded as a strategy defines once more what it defined before."""
    codes = [getattr(d.get_signal, "__code__", None) for d in (old, new)]
    return all(d.module.startswith("tradewind_strategy_") for d in (old, new)) and codes[0] == codes[1]


def _named(kind: str, name: str | None, alias: str | None) -> str:
    if name is not None and alias is not None and name != alias:
        raise ConfigError(f"{kind}_name {name!r} and name {alias!r} are both given, and differ")
    called = name if name is not None else alias
    if not called or not isinstance(called, str):
        raise ConfigError(f"{kind}_name: a text that is not empty is needed")
    return called


def _made(kind: type[Any], name: str, fields: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the definitions
    known = set(kind.__dataclass_fields__)
    strange = sorted(set(fields) - known)
    if strange:
        raise ConfigError(f"{name!r} cannot have {', '.join(strange)}; it may have: {', '.join(sorted(known))}")
    try:
        return kind(**{key: _exact(key, value) for key, value in fields.items()})
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ConfigError(f"{name!r}: V10: {error}") from error


def _exact(key: str, value: Any) -> Any:  # noqa: ANN401
    if key == "limits":
        return limits_from(value)
    if key == "breakers":
        return breakers_from(value)
    if key not in DECIMALS or value is None or value == "auto":
        return tuple(value) if key in ("sides", "optional") else value
    return exact(value)


def _milliseconds(when: When) -> int:
    if isinstance(when, int):
        return when
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return round(when.timestamp() * 1000)
