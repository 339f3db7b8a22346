"""Who acts for an account: what is told of the process that has its lease."""

from __future__ import annotations

import msgspec


class Holder(msgspec.Struct, frozen=True):
    """A process that has a lease, or wants it."""

    host: str
    pid: int
    since: str
    """When it was started, as ISO 8601."""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"
