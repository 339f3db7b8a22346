"""How patient we are with Binance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Times in seconds of the clock on the wall."""

    answer_seconds: float = 10.0
    """How long a request waits for its answer before its outcome is unknown."""
    wait_seconds: float = 2.0
    """How long a request waits for a connection before it is refused, never sent."""
    silent_seconds: float = 90.0
    """How long a subscription may be silent, from the moment it was asked for, before it is opened anew."""
    dead_seconds: float = 60.0
    """How long a connection may say nothing at all, not even a ping (every 20 s on spot)."""
    private_dead_seconds: float = 600.0
    """The same of a USD-M account's stream, where a ping comes every three minutes."""
    listen_key_seconds: float = 1_500.0
    """How often the key of that stream is renewed; it lives for an hour."""
    rotate_seconds: float = 23 * 3600.0
    """How old a connection of market data may be before the next one takes over; Binance cuts it after 24 h."""
    pace_seconds: float = 0.3
    """Between two words of ours on a market connection: five a second are allowed, pongs among them."""
    clock_seconds: float = 600.0
    """How often the clocks are compared."""
    terms_seconds: float = 900.0
    """How often it is asked in which steps the symbols are traded; and whenever a filter has refused an order."""
    backoff_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    """Waits between tries to connect; the last one is repeated for ever."""
