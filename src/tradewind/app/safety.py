"""Whether orders may be real: the one place that decides it (T1).

Two flags of the command line (or the two arguments of their names of `tradewind.signals.add_exchange`), both, and
nothing else: no variable and no file makes an order real.
"""

from __future__ import annotations

import msgspec

from tradewind.domain.errors import ConfigError

LIVE_FLAG = "--live-trading"
RISK_FLAG = "--i-understand-the-risks"
_WORDS = ("live", "paper")


class Mode(msgspec.Struct, frozen=True):
    """Whether orders are real, and what the user must be told about it; empty if nothing."""

    real: bool
    notice: str = ""

    @property
    def name(self) -> str:
        """Return `live` or `paper`."""
        return "live" if self.real else "paper"


def trading_mode(*, live_trading: bool, understood: bool, venue_is_real: bool, environ_mode: str | None) -> Mode:
    """Decide whether orders are real; raise `ConfigError` where what was asked for contradicts itself.

    `venue_is_real` says that real money stands behind the configured trading venue, `environ_mode` is
    the variable TRADING_MODE.
    """
    word = (environ_mode or "").strip().lower()
    if word and word not in _WORDS:
        raise ConfigError(f"TRADING_MODE is {environ_mode!r}; it may be unset, {' or '.join(_WORDS)}")
    if live_trading != understood:
        given, missing = (LIVE_FLAG, RISK_FLAG) if live_trading else (RISK_FLAG, LIVE_FLAG)
        raise ConfigError(f"{given} alone sends no order: add {missing} for real orders, or leave both out for paper")
    if not live_trading:
        return Mode(real=False, notice=_why_paper(word, venue_is_real=venue_is_real))
    if word == "paper":
        raise ConfigError(
            f"TRADING_MODE is paper, but {LIVE_FLAG} {RISK_FLAG} ask for real orders: drop one of the two"
        )
    if not venue_is_real:
        raise ConfigError(
            f"{LIVE_FLAG} {RISK_FLAG} ask for real orders, but no real money stands behind the trading venue: "
            "name a live one in trading.provider_type, or leave both flags out"
        )
    return Mode(real=True, notice="LIVE: orders are real")


def _why_paper(word: str, *, venue_is_real: bool) -> str:
    """Say why the orders of somebody who may expect otherwise are not real."""
    reasons = [
        reason
        for holds, reason in (
            (word == "live", "TRADING_MODE=live does not make orders real"),
            (venue_is_real, "the trading venue is a real one, but is not used for orders"),
        )
        if holds
    ]
    if not reasons:
        return ""
    return f"PAPER: {'; '.join(reasons)}. Real orders need both {LIVE_FLAG} and {RISK_FLAG}"
