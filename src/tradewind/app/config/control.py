"""The block `control`: the hand on the switch of a running session."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tradewind.venues.registry.fields import Settings


class ControlSettings(Settings):
    """The local API behind `tradewind control` and `tradewind top`, of live sessions."""

    enabled: bool = True
    """Whether a live session listens at all."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port of 127.0.0.1; 0 takes a free one, and `control.json` in the session's folder says which."""
    socket: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The path of a Unix socket, in the place of the port."""
    strategies: tuple[str, ...] = ()
    """What `swap-strategy` may put in a strategy's place, beside what is configured or installed: `file.py:Class` …"""
