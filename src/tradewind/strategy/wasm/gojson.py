"""Numbers as Go writes them into JSON, which is what guests were written against."""

from __future__ import annotations

from decimal import Decimal


def number(value: float) -> str:
    """Return a finite float in the shortest form that gives it back: plain between 1e-6 and 1e21."""
    size = abs(value)
    if value == 0.0:
        return "0"
    if 1e-6 <= size < 1e21:
        if size < 1e15 and value == int(value):
            return str(int(value))
        text = repr(value)
        if "e" in text:
            text = format(Decimal(text), "f")
        return text.removesuffix(".0")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa.removesuffix('.0')}e{'-' if exponent.startswith('-') else '+'}{int(exponent.lstrip('+-')):02d}"


def numbers(values: dict[str, float]) -> str:
    """Return a JSON object of numbers."""
    return "{" + ",".join([f'"{name}":{number(value)}' for name, value in values.items()]) + "}"
