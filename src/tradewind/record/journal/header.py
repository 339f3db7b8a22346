"""What a journal says of its session: all that is needed to replay it and to make its files again."""

from __future__ import annotations

import msgspec

from tradewind.domain.instrument import Instrument
from tradewind.engine.engine import EngineSettings


class StrategySource(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy of a session: where its code came from, the hash of that code, and its parameters."""

    id: str
    """What its orders and positions are booked under."""
    name: str
    """What people call it."""
    version: str = ""
    source: str = ""
    """`file.py:Class`, a `.wasm` file or an installed name."""
    sha256: str = ""
    """The hash of that source."""
    parameters: str = "{}"
    """Its parameters, as JSON, secrets masked."""
    guest: str = "{}"
    """The settings that a WASM guest was run with, as JSON."""


class SessionHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a session, written once, before its first step."""

    session_id: str
    created: str
    """The wall time of the start, as ISO 8601."""
    mode: str
    """`backtest`, `paper`, `shadow` or `live`."""
    engine: EngineSettings
    instruments: tuple[Instrument, ...]
    strategies: tuple[StrategySource, ...]
    code_version: str = ""
    config: str = "{}"
    """The whole configuration, as JSON, secrets masked."""
    config_hash: str = ""
    data: str = ""
    """Which market data it ran on, as its source describes them."""
    seed: int = 0
    parent: str | None = None
    """The session that this one resumes."""
    timezone: str = "UTC"
    """Where the days of the session's files begin and end."""
    by_day: bool = True
    """Whether each day has its own folder; else all rows lie in the first (a backtest over years)."""
    account: str = ""
    """The account that the session trades; empty in a backtest."""
    lease_token: int = 0
    """The fencing token under which it may: above that of every session of the account before it. 0 in a backtest."""
