"""Parameters of the indicators that the contract names: a JSON array, of which the tail may be missing."""

from __future__ import annotations

import json
import math

from tradewind.strategy.wasm.enums import IndicatorType
from tradewind.strategy.wasm.errors import InvalidIndicatorConfig, UnsupportedIndicator

PERIOD_MAX = 10_000

T = IndicatorType
DEFAULTS: dict[IndicatorType, tuple[object, ...]] = {
    T.RSI: (14, 30.0, 70.0),
    T.EMA: (20,),
    T.MA: (20,),
    T.MACD: (12, 26, 9),
    T.ATR: (14,),
    T.BOLLINGER_BANDS: (20, 2.0, "24h"),
    T.WILLIAMS_R: (14, -20.0, -80.0),
    T.PSY: (12, 75.0, 25.0),
    T.WADDAH_ATTAR: (20, 40, 9, 14, 150.0),
}
"""Parameters and their defaults; an int is a period, a float any number, a text a length of time."""


_KINDS = {int(kind): kind for kind in DEFAULTS}
_NAMES = {int(kind): kind.name for kind in IndicatorType}


def kind_of(number: int) -> IndicatorType:
    """Return the indicator of a number; refuse one that is not there."""
    kind = _KINDS.get(number)
    if kind is None:
        raise UnsupportedIndicator(f"there is no indicator {_NAMES.get(number, number)} here")
    return kind


def parameters(kind: IndicatorType, text: str) -> tuple[object, ...]:
    """Read the text of a JSON array; what is missing at its end takes the defaults."""
    defaults = DEFAULTS[kind]
    try:
        given = json.loads(text) if text.strip() else []
    except ValueError as error:
        raise InvalidIndicatorConfig(f"{kind.name}: not JSON: {error}") from error
    if not isinstance(given, list) or len(given) > len(defaults):
        raise InvalidIndicatorConfig(f"{kind.name}: a JSON array of up to {len(defaults)} values, not {text[:100]}")
    read = [_parameter(kind, value, default) for value, default in zip(given, defaults, strict=False)]
    return (*read, *defaults[len(read) :])


def _parameter(kind: IndicatorType, value: object, default: object) -> object:
    if isinstance(default, str):
        if isinstance(value, str):
            return value
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        if isinstance(default, float):
            return float(value)
        if value == int(value) and 1 <= value <= PERIOD_MAX:
            return int(value)
    raise InvalidIndicatorConfig(f"{kind.name}: {value!r} cannot stand where {default!r} is the default")


_UNITS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000, "d": 86_400_000_000_000}


def duration(text: str) -> int:
    """Read `24h`, `1h30m` or `90m` as nanoseconds; raise `ValueError`."""
    total, digits = 0, ""
    for letter in text:
        if letter.isdecimal() and letter.isascii():
            digits += letter
        elif letter in _UNITS and digits:
            total, digits = total + int(digits) * _UNITS[letter], ""
        else:
            raise ValueError(f"not a length of time: {text!r}")
    if digits or not total:
        raise ValueError(f"not a length of time: {text!r}")
    return total
